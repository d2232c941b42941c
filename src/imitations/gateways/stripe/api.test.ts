import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { payment, sdkFor, tryOut } from './try-out.ts'

const raw = async (url: string, path: string, body: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    body,
    headers: { authorization: 'Bearer sk_test_x', 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, unknown> & { error?: Record<string, string> },
  }
}

describe('keys', () => {
  it('refuses callers without a test key, in the shape that the SDK knows', async () => {
    const { url, sdk } = await tryOut()
    expect((await fetch(`${url}/v1/account`)).status).toBe(401)
    const port = Number(new URL(url).port)
    await expect(sdkFor(port, 'sk_live_abc').accounts.retrieveCurrent()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
      statusCode: 401,
    })
    expect(await sdk.accounts.retrieveCurrent()).toMatchObject({
      object: 'account',
      charges_enabled: true,
      default_currency: 'eur',
    })
    expect(await sdk.balance.retrieve()).toMatchObject({ object: 'balance', livemode: false, pending: [] })
  })

  it('takes one key only when told so', async () => {
    const { url } = await tryOut({ options: { key: 'sk_test_mine' } })
    const port = Number(new URL(url).port)
    await expect(sdkFor(port).balance.retrieve()).rejects.toMatchObject({ statusCode: 401 })
    expect(await sdkFor(port, 'sk_test_mine').balance.retrieve()).toMatchObject({ object: 'balance' })
  })
})

describe('idempotency keys', () => {
  it('gives the same answer again, refuses another request, forgets after a day', async () => {
    let now = Temporal.Instant.from('2026-03-01T00:00:00Z')
    const { url, sdk } = await tryOut({ now: () => now })
    const ask = (amount: number) =>
      raw(url, '/v1/payment_intents', `amount=${amount}&currency=eur`, { 'idempotency-key': 'k1' })
    const first = await ask(1099)
    const again = await ask(1099)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.body).toEqual(first.body)
    expect(await ask(2000)).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } })
    expect((await sdk.paymentIntents.list()).data).toHaveLength(1)
    now = now.add({ hours: 24 })
    expect((await ask(1099)).body.id).not.toBe(first.body.id)
  })

  it('replays a decline, keeps nothing of what was not valid', async () => {
    const { sdk, url } = await tryOut()
    const intent = await sdk.paymentIntents.create({ amount: 1099, currency: 'eur' })
    const confirm = () =>
      raw(url, `/v1/payment_intents/${intent.id}/confirm`, 'payment_method=pm_card_chargeDeclined', {
        'idempotency-key': 'k2',
      })
    expect((await confirm()).status).toBe(402)
    expect((await confirm()).headers.get('idempotent-replayed')).toBe('true')
    expect((await sdk.charges.list()).data).toHaveLength(1)
    const invalid = await raw(url, '/v1/payment_intents', 'amount=x&currency=eur', { 'idempotency-key': 'k3' })
    expect(invalid).toMatchObject({
      status: 400,
      body: { error: { code: 'parameter_invalid_integer', param: 'amount' } },
    })
    expect(
      (await raw(url, '/v1/payment_intents', 'amount=1099&currency=eur', { 'idempotency-key': 'k3' })).status,
    ).toBe(200)
  })

  it('protects a caller whose answer was lost', async () => {
    const { sdk, faults } = await tryOut()
    faults.add({ fault: 'timeout_after', times: 1, action: 'POST /v1/checkout/sessions' })
    await expect(sdk.checkout.sessions.create(payment(), { idempotencyKey: 'k4' })).resolves.toMatchObject({
      status: 'open',
    }) // The SDK asks again by itself.
    expect((await sdk.checkout.sessions.list()).data).toHaveLength(1)
  })
})

describe('bad requests', () => {
  it.each([
    ['/v1/checkout/sessions', 'mode=payment&success_url=http://a.test', 'parameter_missing', 'line_items'],
    ['/v1/checkout/sessions', 'mode=payment', 'parameter_missing', 'success_url'],
    ['/v1/checkout/sessions', 'mode=payment&success_url=nowhere', 'url_invalid', 'success_url'],
    [
      '/v1/checkout/sessions',
      'mode=payment&success_url=http://a.test&discounts[0][coupon]=x',
      'parameter_unknown',
      'discounts',
    ],
    ['/v1/payment_intents', 'amount=49&currency=eur', 'amount_too_small', 'amount'],
    ['/v1/payment_intents', 'amount=100000000&currency=eur', 'amount_too_large', 'amount'],
    ['/v1/payment_intents', 'amount=10.99&currency=eur', 'parameter_invalid_integer', 'amount'],
    ['/v1/payment_intents', 'amount=1099', 'parameter_missing', 'currency'],
    ['/v1/refunds', 'payment_intent=pi_none', 'resource_missing', 'payment_intent'],
  ])('%s %s is refused with %s', async (path, body, code, param) => {
    const { url } = await tryOut()
    const answer = await raw(url, path, body)
    expect(answer.status).toBe(code === 'resource_missing' ? 404 : 400)
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', code, param })
  })

  it.each([
    ['jpy', 500, true],
    ['kwd', 1235, false],
    ['kwd', 1230, true],
    ['isk', 10_050, false],
    ['isk', 10_000, true],
    ['xyz', 1000, false],
  ])('amounts follow the grammar of %s: %i', async (currency, amount, fits) => {
    const { sdk, url } = await tryOut()
    expect((await raw(url, '/v1/payment_intents', `amount=${amount}&currency=${currency}`)).status).toBe(
      fits ? 200 : 400,
    )
    expect((await sdk.paymentIntents.list()).data).toHaveLength(fits ? 1 : 0)
  })

  it('refuses JSON, unknown ids and unknown addresses', async () => {
    const { url, sdk } = await tryOut()
    expect((await raw(url, '/v1/payment_intents', '{}', { 'content-type': 'application/json' })).status).toBe(400)
    await expect(sdk.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({
      code: 'resource_missing',
      statusCode: 404,
    })
    expect((await raw(url, '/v1/teapots', '')).status).toBe(404)
    await expect(sdk.checkout.sessions.create(payment({ expires_at: 1 }))).rejects.toMatchObject({
      param: 'expires_at',
    })
  })
})

describe('payment intents', () => {
  it('take money once, whatever is asked after', async () => {
    const { sdk } = await tryOut()
    const intent = await sdk.paymentIntents.create({ amount: 1099, currency: 'eur', payment_method: 'pm_card_visa' })
    expect(intent.status).toBe('requires_confirmation')
    expect((await sdk.paymentIntents.confirm(intent.id)).status).toBe('succeeded')
    await expect(sdk.paymentIntents.confirm(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
    await expect(sdk.paymentIntents.cancel(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
    expect((await sdk.charges.list()).data).toHaveLength(1)
  })

  it.each([
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_authenticationRequired', 'authentication_required', 'authentication_required'],
  ])('in the absence of the payer %s answers %s', async (method, code, decline) => {
    const { sdk } = await tryOut()
    const customer = await sdk.customers.create({ email: 'c@example.com' })
    const attached = await sdk.paymentMethods.attach(method, { customer: customer.id })
    const intent = await sdk.paymentIntents.create({
      amount: 1099,
      currency: 'eur',
      customer: customer.id,
      payment_method: attached.id,
    })
    await expect(sdk.paymentIntents.confirm(intent.id, { off_session: true })).rejects.toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code,
      decline_code: decline,
      payment_intent: { id: intent.id, status: 'requires_payment_method' },
    })
    expect(await sdk.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code },
    })
    expect((await sdk.paymentIntents.cancel(intent.id)).status).toBe('canceled')
  })
})

describe('refunds', () => {
  async function paid() {
    const imitated = await tryOut()
    const intent = await imitated.sdk.paymentIntents.create({
      amount: 1000,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      confirm: true,
    })
    return { ...imitated, intent }
  }

  it('never give back more than was paid', async () => {
    const { sdk, intent } = await paid()
    const first = await sdk.refunds.create({ payment_intent: intent.id, amount: 400, metadata: { refund: 'ref_1' } })
    expect(first).toMatchObject({ status: 'succeeded', amount: 400, payment_intent: intent.id })
    await expect(sdk.refunds.create({ payment_intent: intent.id, amount: 601 })).rejects.toMatchObject({
      param: 'amount',
    })
    await sdk.refunds.create({ payment_intent: intent.id })
    await expect(sdk.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    })
    const charge = await sdk.charges.retrieve(String(intent.latest_charge), { expand: ['refunds'] })
    expect(charge).toMatchObject({ amount_refunded: 1000, refunded: true })
    expect(charge.refunds?.data.map((each) => each.amount)).toEqual([600, 400])
    expect((await sdk.refunds.list({ payment_intent: intent.id })).data).toHaveLength(2)
  })

  it('may stay pending and fail later; the amount can then be refunded again', async () => {
    const { sdk, intent, faults, control } = await paid()
    faults.add({ fault: 'refund_pending', times: 1 })
    const refund = await sdk.refunds.create({ payment_intent: intent.id })
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' })
    await control('/__settle', { refund: refund.id, outcome: 'failed' })
    expect(await sdk.refunds.retrieve(refund.id)).toMatchObject({ status: 'failed', failure_reason: 'declined' })
    expect((await sdk.events.list({ type: 'refund.*' })).data.map((event) => event.type)).toEqual([
      'refund.failed',
      'refund.updated',
      'refund.created',
    ])
    expect((await sdk.refunds.create({ payment_intent: intent.id })).status).toBe('succeeded')
  })

  it('are refused while a dispute holds the money', async () => {
    const { sdk, intent, control } = await paid()
    const dispute = (await control('/__dispute', { payment_intent: intent.id })).body as { id: string }
    await expect(sdk.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({ code: 'charge_disputed' })
    expect(await sdk.disputes.retrieve(dispute.id)).toMatchObject({ status: 'needs_response', amount: 1000 })
    await control('/__settle', { dispute: dispute.id, outcome: 'won' })
    expect((await sdk.events.list({ type: 'charge.dispute.*' })).data.map((event) => event.type).sort()).toEqual([
      'charge.dispute.closed',
      'charge.dispute.created',
      'charge.dispute.funds_reinstated',
      'charge.dispute.funds_withdrawn',
    ])
  })
})

it('pages through lists as the SDK does', async () => {
  const { sdk } = await tryOut()
  const made: string[] = []
  for (let index = 0; index < 7; index++)
    made.unshift((await sdk.customers.create({ email: `c${index}@example.com` })).id)
  const first = await sdk.customers.list({ limit: 3 })
  expect(first).toMatchObject({ object: 'list', has_more: true })
  expect(first.data.map((each) => each.id)).toEqual(made.slice(0, 3))
  expect((await sdk.customers.list({ limit: 3, starting_after: made[5] ?? '' })).has_more).toBe(false)
  expect((await sdk.customers.list({ limit: 2, ending_before: made[3] ?? '' })).data.map((each) => each.id)).toEqual(
    made.slice(1, 3),
  )
  const all = await sdk.customers.list({ limit: 2 }).autoPagingToArray({ limit: 100 })
  expect(all.map((each) => each.id)).toEqual(made)
})

it('forgets events after thirty days', async () => {
  let now = Temporal.Instant.from('2026-03-01T00:00:00Z')
  const { sdk } = await tryOut({ now: () => now })
  await sdk.customers.create({ email: 'a@example.com' })
  const [event] = (await sdk.events.list()).data
  expect((await sdk.events.retrieve(event?.id ?? '')).id).toBe(event?.id)
  now = now.add({ hours: 24 * 30 })
  expect((await sdk.events.list()).data).toEqual([])
})

it('finds everything as it was after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stripe-imitation-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const first = await tryOut({ folder })
  const session = await first.sdk.checkout.sessions.create(payment(), { idempotencyKey: 'k5' })
  await first.control('/__pay', { session: session.id, how: 'card' })
  await first.close()
  const second = await tryOut({ folder })
  expect(await second.sdk.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: 'paid' })
  expect((await second.sdk.checkout.sessions.create(payment(), { idempotencyKey: 'k5' })).id).toBe(session.id)
  const facts = (await (await fetch(`${second.url}/__truth`)).json()) as { facts: { action: string }[] }
  expect(facts.facts.map((fact) => fact.action)).toEqual([
    'session_created',
    'payment_intent_created',
    'charge_succeeded',
    'session_completed',
  ])
})
