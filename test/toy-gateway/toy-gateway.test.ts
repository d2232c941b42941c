/** A gateway from outside `src`: loaded by its path, held to the same contract as ours, and paid with. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { startPayment } from '#modules/billing/start-payment.ts'
import { gatewayContract, listenForNotices } from '../../src/adapters/gateways/contract.ts'
import type { GatewayKind } from '../../src/adapters/gateways/gateway.ts'
import { imitated, programOf } from '../../src/adapters/gateways/imitated.test-support.ts'
import { serveImitation } from '../../src/imitations/kit.ts'
import { stoppedClock } from '../../src/platform/clock.ts'
import { createHttpOut, parseAllowList } from '../../src/platform/http-out.ts'
import { silentLog } from '../../src/platform/log.ts'
import { readSettings } from '../../src/plugins.ts'
import { createWorld } from '../support/world.ts'
import { toyDefaults, toyImitation } from './imitation.ts'

const path = join(import.meta.dirname, 'index.ts')
const load = async (plugins: string) => (await readSettings({ LINEKEEPER_PLUGINS: plugins })).plugins
const [toy] = (await load(path)).gateways as [GatewayKind]

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const actions = {
  create: 'POST /payments',
  read: 'GET /payments/*',
  refund: 'POST /payments/*/refunds',
  charge: '-',
  setup: '-',
}
const how = { pays: 'pays', declined_for_funds: 'declined', pays_later: 'later' } as const

gatewayContract(
  toy,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const served = await serveImitation(toyImitation, { port: 0, folder: null, now: clock.now, options: {} })
    const settings = { url: served.url, ...toyDefaults }
    const context = { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url }
    const program = programOf(served)
    return {
      gateway: toy.open(settings, context),
      withKey: (key) => toy.open({ ...settings, key }, context),
      forLive: () => toy.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (notice_secret) => toy.open({ ...settings, notice_secret }, context),
      noticeSecret: toyDefaults.notice_secret,
      ...imitated(served, listener, clock, actions),
      buyer: async (payment, does) => void (await program('/__pay', { payment, how: how[does] })),
      settle: async (payment) => void (await program('/__settle', { payment })),
    }
  },
  { signature: { header: 'x-toy-signature', spoiled: (value) => [value.slice(1), `${value}00`] } },
)

test('an order is paid with it like with any other: told by its notice, and given', async () => {
  const world = await createWorld({ plugins: await load(path) })
  onTestFinished(() => world.close())
  const gateway = await world.addGateway(toyImitation, (url) => ({ url, ...toyDefaults }))
  const bought = await world.customer('ana').orders()
  const { paymentId, redirectUrl } = await startPayment(world.shop, {
    invoiceId: bought.invoiceId,
    gatewayAccountId: gateway.id,
    returnUrl: 'http://shop.example/r',
    cancelUrl: 'http://shop.example/c',
    description: 'Family monthly',
  })
  expect(redirectUrl).toMatch(/^http:\/\/toy_pay\.test\/pay\/toy_\d+$/)
  const payment = redirectUrl?.split('/').at(-1) ?? ''
  await gateway.does('/__pay', { payment, how: 'pays' })
  const body = JSON.stringify({ id: 'note_1', event: 'paid', payment, reference: paymentId })
  const signed = (secret: string) => ({ 'x-toy-signature': createHmac('sha256', secret).update(body).digest('hex') })
  expect(await gateway.hears(body, signed('somebody else'))).toBe('forged')
  expect(await gateway.hears(body, signed(toyDefaults.notice_secret))).toBe('stored')
  await world.settle()

  expect(await bought.payments()).toMatchObject([{ id: paymentId, status: 'succeeded', receivedMinor: 1299n }])
  expect(await bought.order()).toMatchObject({ status: 'ready' })
  expect(await (await bought.line()).onPanel()).toMatchObject({ username: 'ana', enabled: true })
  expect((await world.proof()).broken).toEqual([])
})

describe('what cannot be used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'linekeeper-gateways-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const told = (name: string, text: string) => {
    writeFileSync(join(folder, name), `export default ({ z }) => ({ gateways: [${text}] })`)
    return readSettings({ LINEKEEPER_PLUGINS: join(folder, name) }).then(
      () => expect.unreachable('it did not fail'),
      (error: Error) => error.message,
    )
  }
  const kind = `{ kind: 'mine', title: 'Mine', settings: z.object({}), open: () => ({}), currencies: null,
    capabilities: { checkout: 'redirect', notices: false, refund: false, delayed: false, staffConfirms: false, savesMethods: false,
      savesWithoutPayment: false, findsUnpaid: true, testOnly: false } }`

  test.each([
    ['no kinds', '', /its answer: must hold at least one kind/],
    ['a way to pay of its own', kind.replace("'redirect'", "'popup'"), /gateways\.0\.capabilities\.checkout/],
    ['half the capabilities', kind.replace('findsUnpaid: true,', ''), /gateways\.0\.capabilities\.findsUnpaid/],
    [
      'currencies that are none',
      kind.replace('null', "['euro']"),
      /currencies\.0: must be a code of three capital letters/,
    ],
    ['a kind of ours', kind.replace("'mine'", "'stripe'"), /brings a kind of gateway that is there already/],
    ['the same kind twice', `${kind}, ${kind}`, /brings a kind of gateway that is there already/],
  ])('%s', async (name, text, complaint) => {
    expect(await told(`${name.replaceAll(' ', '-')}.mjs`, text)).toMatch(complaint)
  })
})
