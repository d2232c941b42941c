import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nowpayments as imitation } from '#imitations/gateways/nowpayments.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { createHttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { anyCheckout, failure, gatewayContract, listenForNotices, type NoticeListener } from './contract.ts'
import type { Gateway } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'
import { canonical } from './nowpayments/notices.ts'
import { nowpayments } from './nowpayments.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const { key: apiKey = '', ipn_secret: noticeSecret = '' } = imitation.defaults
const actions = {
  create: 'POST /v1/invoice',
  read: 'GET /v1/payment/*',
  refund: 'nothing',
  charge: 'nothing',
  setup: 'nothing',
}

const settingsOf = ({ url }: Served) => ({
  api_base: url,
  api_key: apiKey,
  pay_currency: 'usdttrc20',
  notice_secret: noticeSecret,
})

gatewayContract(
  nowpayments,
  async () => {
    const clock = stoppedClock('2026-03-01T12:00:00Z')
    const listener = await listenForNotices(clock.now)
    const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now })
    const settings = settingsOf(served)
    const context = { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url }
    const program = programOf(served)
    return {
      gateway: nowpayments.open(settings, context),
      withKey: (api_key) => nowpayments.open({ ...settings, api_key }, context),
      forLive: () => nowpayments.open(settings, { ...context, livemode: true }),
      withNoticeSecrets: (notice_secret) => nowpayments.open({ ...settings, notice_secret }, context),
      noticeSecret,
      ...imitated(served, listener, clock, actions),
      buyer: async (payment, does) => void (await program('/__send', { payment, settled: does === 'pays' })),
      settle: async (payment) => void (await program('/__settle', { payment, outcome: 'finished' })),
    }
  },
  {
    hasNoModes: true,
    cannotDecline: true,
    staysOpen: true,
    findsNothing: true,
    signature: { header: 'x-nowpayments-sig', spoiled: (value) => [value.slice(0, -1), value.replace(/^./, 'g')] },
  },
)

describe('nowpayments', () => {
  let clock: StoppedClock
  let served: Served
  let listener: NoticeListener
  let gateway: Gateway
  let program: ReturnType<typeof programOf>

  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    listener = await listenForNotices(clock.now)
    served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now })
    program = programOf(served)
    const context = { http, log: silentLog, now: clock.now, livemode: false, noticeUrl: listener.url }
    gateway = nowpayments.open(settingsOf(served), context)
  })
  afterEach(async () => {
    await served.close()
    await listener.close()
  })

  const start = async (over: Parameters<typeof anyCheckout>[1] = {}) =>
    (await gateway.createCheckout(anyCheckout(clock, over))).remoteRef
  const send = (payment: string, percent = 100, settled = true) => program('/__send', { payment, percent, settled })
  const now = (payment: string) => gateway.fetchPayment(payment)
  const eur = (minor: number) => money(minor, 'EUR')

  test('the page is of the one coin that is taken', async () => {
    const checkout = await gateway.createCheckout(anyCheckout(clock))
    const page = checkout.kind === 'redirect' ? await (await fetch(checkout.url)).text() : ''
    expect(page).toContain('10.99 EUR')
    expect(page).toContain('USDTTRC20')
  })

  test('too little counts as the part of the price that it is; what is sent to the same address later is added', async () => {
    const payment = await start()
    await send(payment, 40)
    const { received } = await now(payment)
    expect(received).toEqual(eur(439))
    expect(await now(payment)).toMatchObject({ status: 'succeeded', requested: eur(1099), captureId: payment })
    await send(payment, 61)
    expect((await now(payment)).received.minor).toBeGreaterThanOrEqual(1099n)
    const hints = await Promise.all((await listener.take(2)).map((each) => gateway.verifyNotice?.(each)))
    expect(hints.flatMap((each) => each?.hints ?? []).map(({ remoteRef }) => remoteRef)).toEqual([payment, payment])
    expect(new Set(hints.map((each) => each?.dedupeKey)).size).toBe(2)
  })

  test('too much is all received; a little over by rounding is the price', async () => {
    const [much, exactly] = [await start(), await start({ ourRef: 'pay_other' })]
    await send(much, 200)
    await send(exactly)
    expect((await now(much)).received.minor).toBeGreaterThanOrEqual(2198n)
    expect((await now(exactly)).received).toEqual(eur(1099))
  })

  test('what comes after the rate was held is a payment of its own, and counts', async () => {
    const payment = await start()
    clock.advance({ minutes: 21 })
    expect(await now(payment)).toMatchObject({ status: 'expired', received: eur(0) })
    await send(payment)
    expect(await now(payment)).toMatchObject({ status: 'succeeded', received: eur(1099) })
  })

  test.each([
    ['failed', 'failed'],
    ['refunded', 'canceled'],
  ])('%s ends without money as %s', async (outcome, status) => {
    const payment = await start()
    await send(payment, 100, false)
    await program('/__settle', { payment, outcome })
    expect(await now(payment)).toMatchObject({ status, received: eur(0), captureId: null })
  })

  test('less than they can move is refused before anybody pays', async () => {
    expect(await failure(start({ amount: eur(50) }))).toEqual({ kind: 'rejected', code: 'amount_minimal_error' })
  })

  test('the test says when the account does not take the coin', async () => {
    expect((await gateway.checkConnection()).detail).toContain('takes USDTTRC20')
    const other = nowpayments.open(
      { ...settingsOf(served), pay_currency: 'xmr' },
      { http, log: silentLog, now: clock.now, livemode: false },
    )
    expect((await other.checkConnection()).detail).toContain('XMR is not among the coins')
  })

  const signedAs = (text: string, signed = text) => ({
    body: new TextEncoder().encode(text),
    headers: { 'x-nowpayments-sig': createHmac('sha512', noticeSecret).update(signed).digest('hex') },
    receivedAt: clock.now(),
  })

  test.each([
    ['a key that occurs twice', '{"payment_id":1,"payment_status":"waiting","payment_id":2}'],
    ['a number that is rounded', '{"payment_id":12345678901234567890,"payment_status":"waiting"}'],
    ['no payment', '{"b":1}'],
  ])('%s is refused, however it is signed', async (_, text) => {
    await expect(gateway.verifyNotice?.(signedAs(text, text))).rejects.toMatchObject({ reason: 'forged' })
    const rewritten = JSON.stringify(JSON.parse(text))
    await expect(gateway.verifyNotice?.(signedAs(text, rewritten))).rejects.toMatchObject({ reason: 'forged' })
  })
})

describe('what is signed', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  test('keys are sorted at every depth, nothing nested is dropped', () => {
    const body = '{"payment_id":123,"fee":{"serviceFee":0.01,"currency":"btc"},"a":[{"z":1,"b":null}]}'
    const sorted = '{"a":[{"b":null,"z":1}],"fee":{"currency":"btc","serviceFee":0.01},"payment_id":123}'
    expect(canonical(bytes(body))).toBe(sorted)
    expect(canonical(bytes(body.replaceAll(',', ' ,\n ')))).toBe(sorted)
  })

  test('spaces within words stay', () => {
    expect(canonical(bytes('{ "b" : "a \\" b" , "a" : 1 }'))).toBe('{"a":1,"b":"a \\" b"}')
  })
})

/**
 * NOWPayments publishes what it signs and how, and no signature. The bodies are its own: the payment of its API documentation ("Instant Payments
 * Notifications", a comma added that is missing there), and the one of its SDK's test (NowPaymentsIO/nowpayments-sdk-nodejs,
 * test/sdk.test.js). The signatures are what that SDK's `createWebhookSignature` gives for them with the secret of that test.
 */
describe('the published notices', () => {
  const documented =
    '{"payment_id":123456789,"parent_payment_id":987654321,"invoice_id":null,"payment_status":"finished","pay_address":"address","payin_extra_id":null,"price_amount":1,"price_currency":"usd","pay_amount":15,"actually_paid":15,"actually_paid_at_fiat":0,"pay_currency":"trx","order_id":null,"order_description":null,"purchase_id":"123456789","outcome_amount":14.8106,"outcome_currency":"trx","payment_extra_ids":null,"fee":{"currency":"btc","depositFee":0.09853637216235617,"withdrawalFee":0,"serviceFee":0}}'
  const signatures = {
    documented:
      'c25bf047988599ea20b610b08190746e76833b7305c6f856a64f1d8dfd46fd476438151c54a29dd261eb561cad907182b70f8e408566cf4ca23c5961466493b5',
    ofSdk:
      '1b6be51d5b318df11f120aaf9ee56ba94b34bd97a1a35fa90b3e46b6de55baf094487d61d30a73bf589c3b5afa6c7aeb8e204ebfadfa66b1d26eb7031c1f6dec',
  }
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  const settings = { api_base: 'http://127.0.0.1:9', api_key: 'any key', pay_currency: 'trx', notice_secret: 'secret' }
  const heard = (text: string, signature: string) =>
    nowpayments.open(settings, { http, log: silentLog, now: clock.now, livemode: false }).verifyNotice?.({
      body: new TextEncoder().encode(text),
      headers: { 'x-nowpayments-sig': signature },
      receivedAt: clock.now(),
    })

  test('fit, the fees within them included', async () => {
    expect(await heard(documented, signatures.documented)).toMatchObject({
      eventType: 'payment.finished',
      hints: [{ object: 'payment', remoteRef: '987654321', ourRef: null }],
    })
    const pretty = JSON.stringify(JSON.parse(documented), null, 2)
    expect(await heard(pretty, signatures.documented)).toMatchObject({ eventType: 'payment.finished' })
    // It is no payment; that is found out after its signature has fitted.
    await expect(heard('{"b":2,"a":{"d":4,"c":3}}', signatures.ofSdk)).rejects.toThrow(
      'the signed body is not a payment',
    )
  })

  test('and nothing else does', async () => {
    for (const [text, signature] of [
      [documented.replace('"depositFee":0.09', '"depositFee":0.08'), signatures.documented],
      [documented.replace('"price_amount":1,', '"price_amount":2,'), signatures.documented],
      [documented, signatures.ofSdk],
      ['{"b":2,"a":{"d":4,"c":4}}', signatures.ofSdk],
    ] as const)
      await expect(heard(text, signature)).rejects.toMatchObject({ reason: 'forged', message: /does not fit/ })
  })
})

test.each(['', 'x', 'BTC!', 'a b'])('%j is no coin', (pay_currency) => {
  expect(nowpayments.settings.safeParse({ api_key: 'long enough', pay_currency }).success).toBe(false)
})
