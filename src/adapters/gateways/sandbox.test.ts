import { expect, onTestFinished, test } from 'vitest'
import { sandbox as imitation } from '#imitations/gateways/sandbox.ts'
import { serveImitation } from '#imitations/kit.ts'
import { stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money, zero } from '#platform/money.ts'
import { gatewayContract, listenForNotices } from './contract.ts'
import type { Gateway, RawNotice, VerifiedNotice } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'
import { sandbox } from './sandbox.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const actions = {
  create: 'POST /v1/payments',
  read: 'GET /v1/payments*',
  refund: 'POST */refunds',
  charge: 'POST /v1/charges',
  setup: 'POST /v1/setups',
}

const outcomes = {
  pays: 'pay',
  no_funds: 'insufficient_funds',
  lost: 'stolen_card',
  asks_the_buyer: 'authentication_required',
  fraud: 'fraudulent',
} as const

async function started() {
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  const listener = await listenForNotices(clock.now)
  const options = {
    api_key: 'sandbox_key',
    notice_url: listener.url,
    notice_secret: 'notice_secret',
    settle_after_ms: '',
  }
  const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
  const settings = { api_base: `${served.url}/`, api_key: options.api_key, notice_secret: options.notice_secret }
  const context = { http, log: silentLog, now: clock.now, livemode: false }
  const gateway = sandbox.open(settings, context)
  return { gateway, settings, context, program: programOf(served), ...imitated(served, listener, clock, actions) }
}

gatewayContract(
  sandbox,
  async () => {
    const { settings, context, program, ...world } = await started()
    const how = { pays: 'pay', declined_for_funds: 'decline', pays_later: 'later' } as const

    return {
      ...world,
      withKey: (api_key) => sandbox.open({ ...settings, api_key }, context),
      forLive: () => sandbox.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (notice_secret) => sandbox.open({ ...settings, notice_secret }, context),
      noticeSecret: settings.notice_secret,
      buyer: async (id, does) => void (await program('/__pay', { id, how: how[does] })),
      settle: async (id) => void (await program('/__settle', { id })),
      payOut: async () => void (await program('/__payout', { account: settings.api_key })),
      script: async ({ methodRef: id }, does) => void (await program('/__method', { id, outcomes: [outcomes[does]] })),
    }
  },
  { listsAll: true },
)

test('a dispute is read as it stands, with what it took, and evidence is handed in once', async () => {
  const { gateway, program, notices, stop, now } = await started()
  onTestFinished(stop)
  const page = await gateway.createCheckout({
    ourRef: 'pay_1',
    attempt: 1,
    amount: money(1099, 'EUR'),
    description: 'TV',
    customerEmail: 'ana@example.net',
    returnUrl: 'http://shop.example/done',
    cancelUrl: 'http://shop.example/back',
    expiresAt: now().add({ hours: 2 }),
  })
  const id = page.remoteRef
  await program('/__pay', { id, how: 'pay' })
  const { id: ref = '' } = await program('/__dispute', { id, asks: true, reason: 'unknown' })
  const [, told] = await notices(2)
  const { hints } = await verified(gateway, told)
  expect(hints).toEqual([
    { object: 'dispute', disputeRef: ref, remoteRef: id, ourRef: 'pay_1', type: 'dispute.opened' },
  ])
  const asked = { captureId: id, ourRef: 'pay_1', kind: 'card', reason: 'unknown', amount: money(1099, 'EUR') }
  expect(await gateway.fetchDispute?.(ref)).toMatchObject({ ...asked, status: 'warning', withdrawn: zero('EUR') })
  await program('/__verdict', { dispute: ref, to: 'taken' })
  const taken = { status: 'open', withdrawn: money(1099, 'EUR'), evidenceSent: false }
  expect(await gateway.fetchDispute?.(ref)).toMatchObject(taken)
  const words = { customerName: 'Ana', customerEmail: 'ana@example.net', product: 'TV', serviceDate: null }
  const evidence = { ...words, activity: 'watched', consent: 'agreed', summary: 'paid' }
  const sent = await gateway.submitEvidence?.({ disputeRef: ref, evidence })
  expect(sent).toMatchObject({ status: 'under_review', evidenceSent: true })
  await program('/__verdict', { dispute: ref, to: 'lost' })
  expect(await gateway.fetchDispute?.(ref)).toMatchObject({ status: 'lost', withdrawn: money(1099, 'EUR') })
  await program('/__verdict', { dispute: ref, to: 'won' })
  expect(await gateway.fetchDispute?.(ref)).toMatchObject({ status: 'won', withdrawn: zero('EUR') })
  await expect(gateway.fetchDispute?.('sbd_none')).rejects.toMatchObject({ kind: 'rejected', code: 'not_found' })
})

const verified = ({ verifyNotice }: Gateway, notice: RawNotice | undefined): Promise<VerifiedNotice> => {
  if (notice === undefined || verifyNotice === undefined) throw new Error('no notice came')
  return verifyNotice(notice)
}

test('the settings mark what is secret, and the sandbox is for test businesses', () => {
  const schema = sandbox.settings
  expect(sandbox.capabilities.testOnly).toBe(true)
  expect(schema.safeParse({ api_base: 'ftp://x', api_key: '' }).error?.issues.map((each) => each.path[0])).toEqual([
    'api_base',
    'api_key',
  ])
})
