import { request as forward } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import createMollieClient, { SequenceType } from '@mollie/api-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { mollie as imitation } from '#imitations/gateways/mollie.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { localhostPair } from '../../../test/support/tls-pair.ts'
import { anyCheckout, failure, gatewayContract, listenForNotices, type NoticeListener } from './contract.ts'
import type { Gateway, GatewayContext } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'
import { mollieFailure } from './mollie/snapshot.ts'
import { mollie } from './mollie.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const key = 'test_contract'
const organization_token = 'access_contract'
const actions = {
  create: 'POST /v2/payments',
  read: 'GET /v2/payments/*',
  refund: 'POST /v2/payments/*/refunds',
  charge: 'POST /v2/payments',
  setup: 'POST /v2/payments',
}
const how = { pays: 'card', declined_for_funds: 'insufficient_funds', pays_later: 'later' } as const
const outcomes = {
  pays: 'card',
  no_funds: 'insufficient_funds',
  lost: 'inactive_card',
  asks_the_buyer: 'authentication_required',
  fraud: 'possible_fraud',
} as const

gatewayContract(
  mollie,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options: { key } })
    const settings = { api_base: served.url, api_key: key, organization_token }
    const context = { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url }
    const program = programOf(served)
    return {
      gateway: mollie.open(settings, context),
      withKey: (api_key) => mollie.open({ ...settings, api_key }, context),
      forLive: () => mollie.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: () => mollie.open(settings, context),
      noticeSecret: '',
      ...imitated(served, listener, clock, actions),
      buyer: async (payment, does) => void (await program('/__pay', { payment, how: how[does] })),
      payOut: async () => void (await program('/__payout', {})),
      settle: async (id) => void (await program('/__settle', { id, outcome: 'succeeded' })),
      script: async ({ methodRef }, does) =>
        void (await program('/__mandate', { mandate: methodRef, how: outcomes[does] })),
    }
  },
  { declineEnds: true, asksNotices: true },
)

describe('mollie', () => {
  let clock: StoppedClock
  let served: Served
  let listener: NoticeListener
  let gateway: Gateway
  let program: ReturnType<typeof programOf>

  const open = (over: Partial<GatewayContext> = {}) =>
    mollie.open(
      { api_base: served.url, api_key: key },
      { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url, ...over },
    )
  const serve = async (options: Record<string, string> = {}) => {
    await served?.close()
    served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options: { key, ...options } })
    program = programOf(served)
    gateway = open()
  }

  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    listener = await listenForNotices(clock.now)
    await serve()
  })
  afterEach(async () => {
    await served.close()
    await listener.close()
  })

  const start = async (over: Parameters<typeof anyCheckout>[1] = {}) =>
    (await gateway.createCheckout(anyCheckout(clock, over))).remoteRef
  const paid = async (over: Parameters<typeof anyCheckout>[1] = {}, by = 'card') => {
    const payment = await start(over)
    await program('/__pay', { payment, how: by })
    return payment
  }
  const span = () => ({ from: clock.now().subtract({ hours: 1 }), until: clock.now().add({ hours: 1 }) })
  const refund = (remoteRef: string, minor = 400, ourRef = 'ref_1') =>
    gateway.refund?.({ ourRef, remoteRef, amount: money(minor, 'EUR'), reason: 'asked for it' })
  const notice = (text: string) =>
    gateway.verifyNotice?.({ body: new TextEncoder().encode(text), headers: {}, receivedAt: clock.now() })

  test('a payment that Mollie does not let us close stays as it is', async () => {
    await serve({ cancelable: '0' })
    const payment = await start()
    expect(await gateway.cancel?.(payment)).toMatchObject({ status: 'requires_action' })
    clock.advance({ minutes: 16 })
    expect(await gateway.cancel?.(payment)).toMatchObject({ status: 'expired' })
  })

  test('a refund is on its way until Mollie has sent it; asked again after days it is the same one, and it can fail', async () => {
    await serve({ refunds: 'queued' })
    const payment = await paid()
    const made = await refund(payment)
    expect(made).toMatchObject({ status: 'pending', reason: 'asked for it' })
    clock.advance({ hours: 48 })
    expect(await refund(payment)).toEqual(made)
    await program('/__settle', { id: made?.ref, outcome: 'failed' })
    expect(await refund(payment)).toEqual({ ...made, status: 'failed' })
    expect((await gateway.fetchPayment(payment)).refunds).toHaveLength(1)
  })

  test('iDEAL leaves a bank debit behind: charged later, it takes days, and can bounce', async () => {
    const saveFor = { customerId: 'cus_1', customerRef: null }
    const { saved } = await gateway.fetchPayment(await paid({ saveFor }, 'ideal'))
    expect(saved).toMatchObject({ kind: 'directdebit', last4: '1234', expires: null, fingerprint: expect.any(String) })
    if (saved === null) throw new Error('nothing was kept')
    const charge = { ourRef: 'pay_renewal', amount: money(1099, 'EUR'), description: 'TV', method: saved }
    const pending = await gateway.chargeSaved?.(charge)
    expect(pending).toMatchObject({ status: 'processing', captureId: null })
    clock.advance({ hours: 20 })
    expect(await gateway.chargeSaved?.(charge)).toEqual(pending)
    await program('/__settle', { id: pending?.remoteRef, outcome: 'failed', reason: 'AM04' })
    expect(await gateway.chargeSaved?.(charge)).toMatchObject({
      status: 'failed',
      failure: { class: 'soft_funds', code: 'AM04' },
    })
  })

  test('a page that only keeps a method is asked for with what the profile has of cards and PayPal, and is no payment', async () => {
    const request = {
      ...{ ourRef: 'pms_1', currency: 'EUR', customerEmail: 'zoe@example.org' },
      ...{ returnUrl: 'http://shop.example/back', cancelUrl: 'http://shop.example/no' },
      expiresAt: clock.now().add({ hours: 2 }),
      saveFor: { customerId: 'cus_1', customerRef: null },
    }
    const page = await gateway.startSetup?.(request)
    await program('/__pay', { payment: page?.remoteRef, how: 'paypal' })
    expect(await gateway.fetchSetup?.(page?.remoteRef ?? '')).toMatchObject({
      status: 'succeeded',
      saved: { kind: 'paypal', last4: null, expires: null, fingerprint: expect.any(String) },
    })
    expect(await gateway.listMoney?.({ ...span(), cursor: null, most: 10 })).toEqual({ moneys: [], next: null })
    await serve({ methods: 'ideal,directdebit' })
    expect(await failure(gateway.startSetup?.(request) ?? Promise.resolve())).toMatchObject({
      kind: 'rejected',
      code: 'no_method',
    })
  })

  test('the token of the organization is proved beside the key, and asks for nothing but balances and settlements', async () => {
    await serve({ organization_token })
    const base = { api_base: served.url, api_key: key }
    const context = { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url }
    const told = await mollie.open({ ...base, organization_token }, context).checkConnection()
    expect(told.detail).toContain('tells its fees and payouts')
    const other = mollie.open({ ...base, organization_token: 'access_other' }, context)
    expect(await failure(other.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'token_unknown' })
    // Payments do not wait for it.
    expect(await other.createCheckout(anyCheckout(clock))).toMatchObject({ kind: 'redirect' })
    expect(mollie.open({ ...base, organization_token: '' }, context).listMoves).toBeUndefined()
  })

  test('a settlement of nothing is explained by nothing, and one that nobody knows is refused', async () => {
    await program('/__payout', {})
    const books = mollie.open(
      { api_base: served.url, api_key: key, organization_token },
      { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url },
    )
    const [empty] = (await books.listPayouts?.({ ...span(), cursor: null, most: 10 }))?.payouts ?? []
    const request = { payoutRef: empty?.ref ?? '', cursor: null, most: 10 }
    expect(await books.listPayoutMoves?.(request)).toEqual({ moves: [], next: null })
    expect(
      await failure(books.listPayoutMoves?.({ ...request, payoutRef: 'stl_none' }) ?? Promise.resolve()),
    ).toMatchObject({
      code: 'not_found',
    })
  })

  test('what a bank takes back is told, and the payment stays known as paid', async () => {
    const payment = await paid()
    const [told] = await listener.take(1)
    const before = told && (await gateway.verifyNotice?.(told))
    await program('/__chargeback', { payment })
    const after = (await listener.take(2))[1]
    const verified = after && (await gateway.verifyNotice?.(after))
    expect(verified?.hints).toMatchObject([
      { object: 'payment', remoteRef: payment },
      { object: 'dispute', remoteRef: payment },
    ])
    expect(verified?.dedupeKey).not.toBe(before?.dedupeKey)
    expect(await gateway.fetchPayment(payment)).toMatchObject({ status: 'succeeded' })
  })

  test('a notice is worth what Mollie answers for it', async () => {
    const payment = await paid()
    expect(await notice(`id=${payment}`)).toMatchObject({ eventType: 'payment.paid', hints: [{ remoteRef: payment }] })
    expect(await notice('id=tr_nobody')).toMatchObject({ dedupeKey: 'unknown', hints: [] })
    expect(await notice('id=ord_1')).toMatchObject({ dedupeKey: 'unknown', hints: [] })
    for (const garbage of ['', '{"id":"tr_1"}', 'id=', 'id=../methods', `id=${'x'.repeat(65)}`])
      await expect(notice(garbage)).rejects.toMatchObject({ reason: 'forged' })
    served.faults.add({ fault: 'http_503', action: 'GET /v2/payments/*' })
    expect(await failure(notice(`id=${payment}`) ?? Promise.resolve())).toMatchObject({ kind: 'unavailable' })
  })

  test('notices that come twice and late are known once each', async () => {
    served.faults.add({ fault: 'notice_twice', action: 'payment.paid' })
    await paid()
    served.faults.add({ fault: 'notice_held' })
    const failed = await start({ ourRef: 'pay_other' })
    await program('/__pay', { payment: failed, how: 'insufficient_funds' })
    expect(await listener.take(2)).toHaveLength(2)
    served.faults.clear()
    await program('/__deliver', { reversed: true })
    const all = await Promise.all((await listener.take(3)).map((each) => gateway.verifyNotice?.(each)))
    expect(new Set(all.map((each) => each?.dedupeKey)).size).toBe(2)
    expect(all[2]?.hints).toMatchObject([{ remoteRef: failed, ourRef: 'pay_other' }])
  })

  test('a payment that is not among the newest is found on a later page', async () => {
    const first = await start({ ourRef: 'pay_first' })
    for (let count = 0; count < 260; count += 1) await start({ ourRef: `pay_${count}` })
    expect(await gateway.findByReference('pay_first')).toMatchObject([{ remoteRef: first }])
  }, 20_000)

  test.each([
    ['https://shop.example/hooks/gwa_1', 'https://api.mollie.com', true],
    ['http://localhost:3000/hooks/gwa_1', 'https://api.mollie.com', false],
    ['http://localhost:3000/hooks/gwa_1', 'http://127.0.0.1:9001', true],
  ])('notices go to %s from %s: %s', async (noticeUrl, api_base, told) => {
    const sent: string[] = []
    const spy: GatewayContext['http'] = {
      ...http,
      request: async (request) => {
        sent.push(JSON.stringify(request.json))
        return { status: 500, headers: new Headers(), text: '', tookMs: 0 }
      },
    }
    const context = { http: spy, log: silentLog, now: clock.now, livemode: false, noticeUrl }
    expect(
      await failure(mollie.open({ api_base, api_key: key }, context).createCheckout(anyCheckout(clock))),
    ).toMatchObject({
      kind: 'ambiguous',
    })
    expect(sent[0]?.includes(noticeUrl)).toBe(told)
    expect(sent[0]).not.toMatch(/card/i)
  })

  test('the official SDK works against the imitation, but for the address', async () => {
    const front = await secured(served.port)
    // The SDK speaks https only and trusts public authorities only: this process trusts our front for a moment.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const client = createMollieClient({ apiKey: key, apiEndpoint: `${front.url}/v2/` })
    const customer = await client.customers.create({ name: 'Zoe', email: 'zoe@example.org' })
    const payment = await client.payments.create({
      amount: { currency: 'EUR', value: '10.99' },
      description: 'TV, 1 month',
      redirectUrl: 'https://shop.example/back',
      webhookUrl: listener.url,
      sequenceType: SequenceType.first,
      customerId: customer.id,
      metadata: { order: '1' },
    })
    expect(payment.getCheckoutUrl()).toBe(`${served.url}/checkout/${payment.id}`)
    await program('/__pay', { payment: payment.id, how: 'card' })
    const paid = await client.payments.get(payment.id)
    expect(paid).toMatchObject({ status: 'paid', metadata: { order: '1' }, amountRemaining: { value: '10.99' } })
    const mandate = await client.customerMandates.get(paid.mandateId ?? '', { customerId: customer.id })
    expect(mandate).toMatchObject({ status: 'valid', method: 'creditcard' })
    const renewal = await client.payments.create({
      amount: { currency: 'EUR', value: '10.99' },
      description: 'Renewal',
      sequenceType: SequenceType.recurring,
      customerId: customer.id,
    })
    expect(renewal.status).toBe('paid')
    const refund = await client.paymentRefunds.create({
      paymentId: payment.id,
      amount: { currency: 'EUR', value: '4.00' },
    })
    expect(refund).toMatchObject({ status: 'refunded', paymentId: payment.id })
    const page = await client.payments.page({ limit: 1 })
    expect([...page].map(({ id }) => id)).toEqual([renewal.id])
    await expect(client.payments.get('tr_nobody')).rejects.toMatchObject({ statusCode: 404 })
    vi.unstubAllEnvs()
    front.close()
  })
})

/** TLS in front of a port of this machine. */
async function secured(port: number): Promise<{ url: string; close(): void }> {
  const server = createServer(localhostPair, (request, response) => {
    const { method, url, headers } = request
    const asked = forward({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(asked)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

test.each([
  [{ failureReason: 'insufficient_funds' }, 'soft_funds'],
  [{ failureReason: 'possible_fraud' }, 'fraud'],
  [{ failureReason: 'card_expired' }, 'method_invalid'],
  [{ failureReason: 'something_new' }, 'unknown'],
  [{ bankReasonCode: 'MD01' }, 'mandate_gone'],
  [{ bankReasonCode: 'AC04', failureReason: 'unknown_reason' }, 'hard_blocked'],
  [{ bankReasonCode: 'ZZ99' }, 'unknown'],
  [null, 'unknown'],
])('%o is %s, in words a buyer may read', (details, expected) => {
  const declined = mollieFailure(details as Parameters<typeof mollieFailure>[0])
  expect(declined.class).toBe(expected)
  expect(declined.message).not.toMatch(/fraud|_|[A-Z]{2}\d/)
})

test.each(['sk_test_1', 'test_', 'access_1', ''])('%j is no API key of a profile', (api_key) => {
  expect(mollie.settings.safeParse({ api_key }).success).toBe(false)
})
