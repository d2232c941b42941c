import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stripe as imitation } from '#imitations/gateways/stripe.ts'
import { type Served, serveImitation } from '#imitations/kit.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { ProviderError } from '#platform/errors.ts'
import { createHttpOut, type HttpOut, parseAllowList } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { anyCheckout, gatewayContract, listenForNotices } from './contract.ts'
import type { Gateway } from './gateway.ts'
import { imitated, programOf } from './imitated.test-support.ts'
import { fromStripeAmount, toStripeAmount } from './stripe/amounts.ts'
import { stripeFailure } from './stripe/errors.ts'
import { readEvent } from './stripe/notices.ts'
import { stripe, stripeApiVersion } from './stripe.ts'

const http = createHttpOut({ allowPrivate: parseAllowList('127.0.0.1'), log: silentLog })
const key = 'sk_test_contract'
const noticeSecret = 'whsec_contract'
const actions = {
  create: 'POST /v1/checkout/sessions',
  read: 'GET /v1/checkout/sessions/*',
  refund: 'POST /v1/refunds',
  charge: 'POST /v1/payment_intents/*/confirm',
  setup: 'POST /v1/checkout/sessions',
}
const how = { pays: 'card', declined_for_funds: 'declined', pays_later: 'delayed' } as const

const behaviors = {
  pays: 'pm_card_visa',
  no_funds: 'pm_card_chargeDeclinedInsufficientFunds',
  lost: 'pm_card_chargeDeclinedLostCard',
  asks_the_buyer: 'pm_card_authenticationRequired',
  fraud: 'pm_card_chargeDeclinedFraudulent',
} as const

gatewayContract(stripe, async () => {
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  const listener = await listenForNotices(clock.now)
  const options = { key, webhook_url: listener.url, webhook_secret: noticeSecret }
  const served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options })
  const settings = { api_base: served.url, api_key: key, notice_secret: noticeSecret }
  const context = { http, log: silentLog, now: clock.now, livemode: false }
  const program = programOf(served)
  const intents = new Map<string, string>()

  return {
    gateway: stripe.open(settings, context),
    withKey: (api_key) => stripe.open({ ...settings, api_key }, context),
    forLive: () => stripe.open(settings, { ...context, livemode: true }),
    withNoticeSecrets: (notice_secret) => stripe.open({ ...settings, notice_secret }, context),
    noticeSecret,
    ...imitated(served, listener, clock, actions),
    buyer: async (session, does) => {
      const paid = await program('/__pay', { session, how: how[does] })
      intents.set(session, paid.payment_intent ?? '')
    },
    settle: async (session) =>
      void (await program('/__settle', { payment_intent: intents.get(session), outcome: 'succeeded' })),
    payOut: async () => void (await program('/__payout', {})),
    script: async ({ methodRef }, does) =>
      void (await program('/__method', { payment_method: methodRef, behaves: behaviors[does] })),
  }
})

describe('stripe', () => {
  let clock: StoppedClock
  let served: Served
  let gateway: Gateway
  let program: ReturnType<typeof programOf>

  const open = (over: { http?: HttpOut; statement_text?: string } = {}) =>
    stripe.open(
      { api_base: served.url, api_key: key, notice_secret: null, statement_text: over.statement_text },
      { http: over.http ?? http, log: silentLog, now: clock.now, livemode: false },
    )

  beforeEach(async () => {
    clock = stoppedClock('2026-03-01T12:00:00Z')
    served = await serveImitation(imitation, { port: 0, folder: null, now: clock.now, options: { key } })
    program = programOf(served)
    gateway = open()
  })
  afterEach(() => served.close())

  const asStripe = async (path: string): Promise<unknown> =>
    (await fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).json()

  const start = async (over: Parameters<typeof anyCheckout>[1] = {}) =>
    (await gateway.createCheckout(anyCheckout(clock, over))).remoteRef

  test('the same payment is answered by its session and by its intent', async () => {
    const session = await start()
    const { payment_intent: intent = '' } = await program('/__pay', { session, how: 'card' })
    const snapshot = await gateway.fetchPayment(session)
    expect(snapshot).toMatchObject({ captureId: intent, method: { kind: 'card', brand: 'visa', last4: '4242' } })
    expect(await gateway.fetchPayment(intent)).toEqual(snapshot)
  })

  test('what buyers read on their statement goes with each payment, at its page and of a kept method', async () => {
    const named = open({ statement_text: 'NORD TV' })
    const request = anyCheckout(clock, { saveFor: { customerId: 'cus_1', customerRef: null } })
    const { remoteRef: session } = await named.createCheckout(request)
    const { payment_intent: first = '' } = await program('/__pay', { session, how: 'card' })
    const { saved } = await named.fetchPayment(session)
    if (saved == null || named.chargeSaved === undefined) throw new Error('nothing was kept')
    const charged = await named.chargeSaved({ ...request, ourRef: 'pay_next', method: saved })
    for (const intent of [first, charged.captureId])
      expect(await asStripe(`/v1/payment_intents/${intent}`)).toMatchObject({ statement_descriptor_suffix: 'NORD TV' })
    const plain = await program('/__pay', { session: await start({ ourRef: 'pay_plain' }), how: 'card' })
    expect(await asStripe(`/v1/payment_intents/${plain.payment_intent}`)).toMatchObject({
      statement_descriptor_suffix: null,
    })
  })

  test.each(['12345', 'NORD*TV', 'A', "Nord's", 'a text that is far too long'])(
    '"%s" is no text for a statement',
    (text) => {
      expect(stripe.settings.safeParse({ api_key: key, statement_text: text }).success).toBe(false)
    },
  )

  test('a debit that bounces after days has failed, with its reason', async () => {
    const session = await start()
    const { payment_intent } = await program('/__pay', { session, how: 'delayed' })
    await program('/__settle', { payment_intent, outcome: 'failed' })
    expect(await gateway.fetchPayment(session)).toMatchObject({
      status: 'failed',
      received: money(0, 'EUR'),
      captureId: null,
      failure: { class: expect.any(String) },
    })
  })

  test('a payment that is older than the list is found by search, one that search does not know yet by the list', async () => {
    const old = await start()
    await program('/__pay', { session: old, how: 'card' })
    clock.advance({ hours: 24 * 10 })
    await start({ ourRef: 'pay_other', attempt: 1 })
    expect(await gateway.findByReference(anyCheckout(clock).ourRef)).toMatchObject([
      { remoteRef: old, status: 'succeeded' },
    ])

    const young = await start({ ourRef: 'pay_young' })
    await program('/__pay', { session: young, how: 'card' })
    served.faults.add({ fault: 'search_lag', ms: 60_000 })
    expect(await gateway.findByReference('pay_young')).toMatchObject([{ remoteRef: young, status: 'succeeded' }])
  })

  test.each([
    [1, 31],
    [48 * 60, 24 * 60 - 1],
    [120, 120],
  ])('a wish to expire in %i minutes becomes %i, which Stripe takes', async (wanted, given) => {
    const session = await start({ expiresAt: clock.now().add({ minutes: wanted }) })
    clock.advance({ minutes: given - 1 })
    expect(await gateway.fetchPayment(session)).toMatchObject({ status: 'requires_action' })
    clock.advance({ minutes: 2 })
    expect(await gateway.fetchPayment(session)).toMatchObject({ status: 'expired' })
  })

  test('an idempotency key that met other words is ambiguous: the first request was carried out', async () => {
    const first = await start()
    await expect(start({ description: 'another text' })).rejects.toMatchObject({ kind: 'ambiguous' })
    expect(await gateway.findByReference(anyCheckout(clock).ourRef)).toMatchObject([{ remoteRef: first }])
  })

  test('a refund that fails later is told so', async () => {
    const session = await start()
    await program('/__pay', { session, how: 'card' })
    served.faults.add({ fault: 'refund_pending', times: 1 })
    const made = await gateway.refund?.({
      ourRef: 'ref_1',
      remoteRef: session,
      amount: money(500, 'EUR'),
      reason: 'asked',
    })
    expect(made).toMatchObject({ status: 'pending', reason: 'asked' })
    await program('/__settle', { refund: made?.ref, outcome: 'failed' })
    expect((await gateway.fetchPayment(session)).refunds).toEqual([{ ...made, status: 'failed' }])
  })

  test('what leaves is in the pinned version and holds no card', async () => {
    const sent: { url: string; headers: Headers; body: string }[] = []
    const spy: HttpOut = {
      ...http,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        sent.push({ url: request.url, headers: request.headers, body: await request.clone().text() })
        return http.fetch(request)
      },
    }
    const { ourRef } = anyCheckout(clock)
    await open({ http: spy }).createCheckout(anyCheckout(clock))
    expect(sent).toHaveLength(1)
    expect(sent[0]?.headers.get('stripe-version')).toBe(stripeApiVersion)
    expect(sent[0]?.headers.get('idempotency-key')).toBe(`${ourRef}:1:1099:EUR`)
    const form = new URLSearchParams(sent[0]?.body)
    expect(form.get('metadata[linekeeper_payment]')).toBe(ourRef)
    expect(form.get('payment_intent_data[metadata][linekeeper_payment]')).toBe(ourRef)
    expect(form.get('adaptive_pricing[enabled]')).toBe('false')
    expect([...form.keys()].filter((name) => /card/.test(name))).toEqual([])
  })

  test('no error shows the key', async () => {
    const wrong = 'sk_test_averysecretkey'
    const stranger = stripe.open(
      { api_base: served.url, api_key: wrong, notice_secret: null },
      { http, log: silentLog, now: clock.now, livemode: false },
    )
    const error: unknown = await stranger.checkConnection().catch((each: unknown) => each)
    expect(error).toBeInstanceOf(ProviderError)
    expect(String((error as ProviderError).message)).not.toContain(wrong)
  })
})

describe('amounts', () => {
  test.each([
    [1099, 'EUR', 1099],
    [500, 'JPY', 500],
    [500, 'ISK', 50_000],
    [1_500_000, 'HUF', 1_500_000],
    [1230, 'KWD', 1230],
    [500_00, 'MGA', 500],
    [0, 'USD', 0],
  ])('%i minor units of %s are %i at Stripe, and back', (minor, currency, amount) => {
    expect(toStripeAmount(money(minor, currency))).toBe(amount)
    expect(fromStripeAmount(amount, currency.toLowerCase())).toEqual(money(minor, currency))
  })

  test.each([
    [1234, 'KWD', 'amount_not_representable'],
    [50_050, 'MGA', 'amount_not_representable'],
    [10n ** 15n, 'EUR', 'amount_not_representable'],
    [500, 'UGX', 'currency_not_supported'],
    [500, 'CLF', 'currency_not_supported'],
    [500, 'XXZ', 'currency_not_supported'],
  ])('%i %s is refused, not rounded: %s', (minor, currency, code) => {
    expect(() => toStripeAmount(money(minor, currency))).toThrow(expect.objectContaining({ kind: 'rejected', code }))
  })

  test('an answer that is no whole number of minor units is refused', () => {
    expect(() => fromStripeAmount(50_050, 'isk')).toThrow(expect.objectContaining({ code: 'unexpected_answer' }))
  })
})

test.each([
  [{ code: 'card_declined', decline_code: 'insufficient_funds' }, 'soft_funds'],
  [{ code: 'card_declined', decline_code: 'insufficient_funds', advice_code: 'do_not_try_again' }, 'hard_blocked'],
  [{ code: 'card_declined', decline_code: 'generic_decline' }, 'soft_issuer'],
  [{ code: 'card_declined', decline_code: 'generic_decline', network_advice_code: '03' }, 'hard_blocked'],
  [{ code: 'card_declined', decline_code: 'do_not_honor', advice_code: 'confirm_card_data' }, 'method_invalid'],
  [{ code: 'expired_card', advice_code: 'do_not_try_again' }, 'method_invalid'],
  [{ code: 'card_declined', decline_code: 'stolen_card' }, 'hard_blocked'],
  [{ code: 'card_declined', decline_code: 'fraudulent' }, 'fraud'],
  [{ code: 'authentication_required' }, 'needs_authentication'],
  [{ code: 'processing_error' }, 'soft_technical'],
  [{ code: 'card_declined', decline_code: 'revocation_of_authorization' }, 'mandate_gone'],
  [{ code: 'card_declined', decline_code: 'testmode_decline' }, 'configuration'],
  [{ code: 'card_declined', decline_code: 'something_new' }, 'unknown'],
  [{}, 'unknown'],
])('decline %o is %s, in words a buyer may read', (error, expected) => {
  const failure = stripeFailure(error)
  expect(failure.class).toBe(expected)
  expect(failure.message).not.toMatch(/stolen|fraud|_/i)
})

describe('events', () => {
  const event = (type: string, object: object, over: object = {}) =>
    new TextEncoder().encode(
      JSON.stringify({
        id: 'evt_1',
        object: 'event',
        type,
        created: 1_772_366_400,
        livemode: false,
        data: { object },
        ...over,
      }),
    )
  const metadata = { linekeeper_payment: 'pay_1' }

  test.each([
    ['checkout.session.completed', { id: 'cs_1', client_reference_id: 'pay_1' }, [['payment', 'cs_1', 'pay_1']]],
    ['payment_intent.succeeded', { id: 'pi_1', metadata }, [['payment', 'pi_1', 'pay_1']]],
    ['charge.refunded', { id: 'ch_1', payment_intent: 'pi_1', metadata }, [['refund', 'pi_1', 'pay_1']]],
    ['refund.failed', { id: 're_1', payment_intent: 'pi_1', metadata: {} }, [['refund', 'pi_1', null]]],
    ['charge.dispute.created', { id: 'du_1', payment_intent: { id: 'pi_1' } }, [['dispute', 'pi_1', null]]],
    ['refund.created', { id: 're_1', payment_intent: null }, []],
    ['customer.created', { id: 'cus_1' }, []],
    ['balance.available', {}, []],
  ])('%s', (type, object, hints) => {
    const verified = readEvent(event(type, object), false)
    expect(verified).toMatchObject({ dedupeKey: 'evt_1', eventType: type })
    expect(verified.occurredAt?.toString()).toBe('2026-03-01T12:00:00Z')
    expect(verified.hints.map((each) => [each.object, each.remoteRef, each.ourRef])).toEqual(hints)
  })

  test.each([
    ['of the other mode', event('payment_intent.succeeded', { id: 'pi_1' }, { livemode: true })],
    ['not an event', new TextEncoder().encode('{"object":"charge"}')],
    ['not JSON', new TextEncoder().encode('<html>')],
    ['not UTF-8', Uint8Array.of(0xff, 0xfe)],
  ])('what is %s is refused although it is signed', (_what, body) => {
    expect(() => readEvent(body, false)).toThrow(expect.objectContaining({ reason: 'forged' }))
  })

  test("the official SDK's own signatures fit, with or without a rolled secret beside", async () => {
    const body = event('payment_intent.succeeded', { id: 'pi_1', metadata })
    const payload = new TextDecoder().decode(body)
    const receivedAt = Temporal.Instant.from('2026-03-01T12:00:00Z')
    const timestamp = receivedAt.epochMilliseconds / 1000
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: 'whsec_old', timestamp })
    const settings = { api_base: 'https://api.stripe.com', api_key: key, notice_secret: 'whsec_new, whsec_old' }
    const gateway = stripe.open(settings, { http, log: silentLog, now: () => receivedAt, livemode: false })
    const notice = { body, headers: { 'stripe-signature': header }, receivedAt }
    expect(await gateway.verifyNotice?.(notice)).toMatchObject({ dedupeKey: 'evt_1' })
  })
})

/** The event in the tests of Stripe's own .NET library (stripe-dotnet, EventUtilityTest.cs and event_test_signature.json), signed on 2 August 2018. */
describe('the published notice', () => {
  const told = `{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "cus_123",
      "object": "customer",
      "created": 123456789,
      "email": "test@stripe.com",
      "livemode": false,
      "metadata": {}
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "customer.created"
}
`
  const published = {
    secret: 'webhook_secret',
    header:
      't=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7,v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef',
    body: told,
    after: 100,
  }
  const heard = ({ secret, header, body, after }: typeof published) => {
    const receivedAt = Temporal.Instant.fromEpochMilliseconds((1_533_204_620 + after) * 1_000)
    const settings = { api_base: 'http://127.0.0.1:9', api_key: key, notice_secret: secret }
    return stripe.open(settings, { http, log: silentLog, now: () => receivedAt, livemode: false }).verifyNotice?.({
      body: new TextEncoder().encode(body),
      headers: { 'stripe-signature': header },
      receivedAt,
    })
  }

  test('fits, and leads to nothing: it is about no payment', async () => {
    expect(await heard(published)).toMatchObject({ dedupeKey: 'evt_123', eventType: 'customer.created', hints: [] })
  })

  test.each([
    ['another secret', { secret: 'webhook_secre' }, 'forged'],
    ['another body', { body: `${told}this_changes_the_json` }, 'forged'],
    ['other spaces', { body: told.trim() }, 'forged'],
    ['its old signature alone', { header: published.header.replace('v1=', 'v2=') }, 'forged'],
    ['another time', { header: published.header.replace('t=1533204620', 't=1533204621') }, 'forged'],
    ['no time', { header: published.header.replace('1533204620', '') }, 'forged'],
    ['a later hour', { after: 400 }, 'stale'],
    ['an earlier hour', { after: -400 }, 'stale'],
  ])('does not fit with %s', async (_, over, reason) => {
    await expect(heard({ ...published, ...over })).rejects.toMatchObject({ reason })
  })
})

test.each(['pk_test_1', 'sk_1', 'whsec_1', ''])('%j is not a secret key', (api_key) => {
  expect(stripe.settings.safeParse({ api_key }).success).toBe(false)
})
