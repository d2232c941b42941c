import { describe, expect, it } from 'vitest'
import { openShop, payment, tryOut } from './try-out.ts'

describe('a hosted checkout', () => {
  it('is created, paid and seen by every way of asking', async () => {
    const { sdk, control, url } = await tryOut()
    const session = await sdk.checkout.sessions.create(payment())
    expect(session).toMatchObject({
      object: 'checkout.session',
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 1099,
      currency: 'eur',
      payment_intent: null,
      livemode: false,
    })
    expect(session.id).toMatch(/^cs_test_a1[0-9A-Za-z]{56}$/)
    expect(session.url).toBe(`${url}/c/pay/${session.id}`)

    await control('/__pay', { session: session.id, how: 'card', email: 'buyer@example.com' })
    const paid = await sdk.checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent.latest_charge', 'line_items'],
    })
    expect(paid).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      customer_details: { email: 'buyer@example.com' },
    })
    expect(paid.line_items?.data[0]).toMatchObject({ description: 'Monthly', amount_total: 1099, quantity: 1 })
    expect(paid.payment_intent).toMatchObject({
      status: 'succeeded',
      amount_received: 1099,
      metadata: { attempt: 'pay_1' },
      latest_charge: {
        status: 'succeeded',
        paid: true,
        payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
      },
    })

    const intent = (paid.payment_intent as { id: string }).id
    const found = await sdk.paymentIntents.search({
      query: `metadata['attempt']:'pay_1' AND status:'succeeded'`,
      expand: ['data.latest_charge'],
    })
    expect(found.data.map((each) => each.id)).toEqual([intent])
    expect(found.data[0]?.latest_charge).toMatchObject({ object: 'charge' })
    expect((await sdk.paymentIntents.search({ query: String.raw`metadata['odd']:'it\'s'` })).data).toHaveLength(1)
    expect((await sdk.paymentIntents.search({ query: `metadata['attempt']:'pay_2'` })).data).toEqual([])
    expect((await sdk.checkout.sessions.list({ payment_intent: intent })).data.map((each) => each.id)).toEqual([
      session.id,
    ])
    expect((await sdk.events.list({ limit: 100 })).data.map((event) => event.type).reverse()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ])
  })

  it('shows a page that works without scripts and leads back to the shop', async () => {
    const { sdk, url } = await tryOut()
    const session = await sdk.checkout.sessions.create(
      payment({ cancel_url: 'http://127.0.0.1:9/plans?left={CHECKOUT_SESSION_ID}' }),
    )
    const page = await fetch(`${url}/c/pay/${session.id}`)
    const text = await page.text()
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(text).toContain('10.99 EUR')
    expect(text).not.toContain('<script')
    for (const how of ['card', 'declined', 'authenticate', 'delayed', 'back']) expect(text).toContain(`value="${how}"`)

    const press = (how: string) =>
      fetch(`${url}/c/pay/${session.id}`, {
        method: 'POST',
        body: new URLSearchParams({ how, email: 'b@example.com' }),
        redirect: 'manual',
      })
    expect((await press('back')).headers.get('location')).toBe(`http://127.0.0.1:9/plans?left=${session.id}`)
    const declined = await press('declined')
    expect([declined.status, declined.headers.get('location')]).toEqual([303, `/c/pay/${session.id}`])
    expect(await (await fetch(`${url}/c/pay/${session.id}`)).text()).toContain('insufficient funds.')
    const again = await press('card')
    expect([again.status, again.headers.get('location')]).toEqual([303, `http://127.0.0.1:9/done?cs=${session.id}`])

    // Pressing twice charges once.
    expect((await press('card')).headers.get('location')).toBe(`http://127.0.0.1:9/done?cs=${session.id}`)
    const charges = await sdk.charges.list()
    expect(charges.data.map((each) => each.status)).toEqual(['succeeded', 'failed'])
    expect(charges.data[1]).toMatchObject({ failure_code: 'card_declined', outcome: { reason: 'insufficient_funds' } })
    expect((await sdk.paymentIntents.list()).data).toHaveLength(1)
  })

  it('escapes what the shop and the buyer wrote', async () => {
    const { sdk, url } = await tryOut()
    const name = '<img src=x onerror=alert(1)>'
    const session = await sdk.checkout.sessions.create(
      payment({
        line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 500, product_data: { name } } }],
      }),
    )
    const text = await (await fetch(`${url}/c/pay/${session.id}`)).text()
    expect(text).not.toContain(name)
    expect(text).toContain('&lt;img src=x')
  })

  it('waits for the bank when the card asks for it', async () => {
    const { sdk, control } = await tryOut()
    const session = await sdk.checkout.sessions.create(payment())
    await control('/__pay', { session: session.id, how: 'authenticate' })
    const [asking] = (await sdk.paymentIntents.list()).data
    expect(asking).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } })

    await control('/__pay', { session: session.id, how: 'not_authenticated' })
    expect((await sdk.paymentIntents.list()).data[0]).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    })
    await control('/__pay', { session: session.id, how: 'authenticate' })
    await control('/__pay', { session: session.id, how: 'authenticated' })
    expect(await sdk.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
    })
  })

  it.each([
    ['succeeded', 'checkout.session.async_payment_succeeded', 'paid', 'succeeded'],
    ['failed', 'checkout.session.async_payment_failed', 'unpaid', 'requires_payment_method'],
  ])('ends a debit days later: %s', async (outcome, type, paymentStatus, status) => {
    const { sdk, control } = await tryOut()
    const session = await sdk.checkout.sessions.create(payment())
    await control('/__pay', { session: session.id, how: 'delayed' })
    const begun = await sdk.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] })
    expect(begun).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
      payment_intent: { status: 'processing' },
    })

    const intent = (begun.payment_intent as { id: string }).id
    await control('/__settle', { payment_intent: intent, outcome })
    expect((await sdk.events.list({ type })).data[0]?.data.object).toMatchObject({
      id: session.id,
      payment_status: paymentStatus,
    })
    expect(await sdk.paymentIntents.retrieve(intent)).toMatchObject({ status })
    expect((await control('/__settle', { payment_intent: intent, outcome })).status).toBe(400)
  })

  it('expires by itself and by request, and is then refused', async () => {
    let now = Temporal.Instant.from('2026-03-01T00:00:00Z')
    const { sdk, control, url } = await tryOut({ now: () => now })
    const first = await sdk.checkout.sessions.create(payment({ expires_at: now.epochMilliseconds / 1000 + 1800 }))
    const second = await sdk.checkout.sessions.create(payment())
    await control('/__pay', { session: second.id, how: 'declined' })
    now = now.add({ minutes: 30 })
    expect(await sdk.checkout.sessions.retrieve(first.id)).toMatchObject({ status: 'expired', url: null })
    expect(await sdk.checkout.sessions.expire(second.id)).toMatchObject({ status: 'expired' })
    expect((await sdk.paymentIntents.list()).data[0]).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'expired',
    })
    await expect(sdk.checkout.sessions.expire(second.id)).rejects.toMatchObject({ type: 'StripeInvalidRequestError' })
    await control('/__pay', { session: first.id, how: 'card' })
    expect((await sdk.charges.list()).data.filter((each) => each.paid)).toEqual([])
    expect(await (await fetch(`${url}/c/pay/${first.id}`)).text()).toContain('has expired')
  })

  it('saves a method in setup mode and charges it later', async () => {
    const { sdk, control } = await tryOut()
    const customer = await sdk.customers.create({ email: 'c@example.com', metadata: { customer: 'cus_1' } })
    const session = await sdk.checkout.sessions.create({
      mode: 'setup',
      currency: 'eur',
      customer: customer.id,
      success_url: 'http://127.0.0.1:9/done',
    })
    await control('/__pay', { session: session.id, how: 'card' })
    const done = await sdk.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] })
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      setup_intent: { status: 'succeeded', usage: 'off_session' },
    })
    const [method] = (await sdk.paymentMethods.list({ customer: customer.id })).data
    const renewal = await sdk.paymentIntents.create({
      amount: 1099,
      currency: 'eur',
      customer: customer.id,
      payment_method: method?.id ?? '',
      confirm: true,
      off_session: true,
    })
    expect(renewal.status).toBe('succeeded')
  })

  it('does not offer a debit where the currency has none', async () => {
    const { sdk, control } = await tryOut()
    const line = { quantity: 1, price_data: { currency: 'pln', unit_amount: 2000, product_data: { name: 'Monthly' } } }
    const session = await sdk.checkout.sessions.create(payment({ line_items: [line] }))
    expect(session.payment_method_types).toEqual(['card'])
    expect((await control('/__pay', { session: session.id, how: 'delayed' })).status).toBe(400)
  })
})

it('takes controls while everything else fails', async () => {
  const { sdk, control, faults } = await tryOut()
  const session = await sdk.checkout.sessions.create(payment())
  faults.add({ fault: 'http_500' })
  expect((await control('/__pay', { session: session.id, how: 'card' })).body).toMatchObject({ status: 'complete' })
  await expect(sdk.checkout.sessions.retrieve(session.id)).rejects.toThrow()
  faults.clear()
  expect((await sdk.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid')
  expect((await control('/__pay', { session: session.id, how: 'gold' })).status).toBe(422)
  expect((await control('/__pay', { session: 'cs_none', how: 'card' })).status).toBe(404)
})

it('finds a young payment late while its search index runs behind', async () => {
  const { sdk, faults } = await tryOut()
  await sdk.paymentIntents.create({ amount: 1099, currency: 'eur', metadata: { attempt: 'pay_9' } })
  const found = async () => (await sdk.paymentIntents.search({ query: "metadata['attempt']:'pay_9'" })).data.length
  faults.add({ fault: 'search_lag', ms: 60_000, times: 1 })
  expect(await found()).toBe(0)
  expect(await found()).toBe(1)
})

it('tells the shop only after the page has charged', async () => {
  const shop = await openShop()
  const { sdk, control } = await tryOut({ options: { webhook_url: shop.url, webhook_secret: 'whsec_tests' } })
  const session = await sdk.checkout.sessions.create(payment())
  expect((await control('/__pump', {})).body).toEqual({ sent: 0, waiting: 0 })
  await control('/__pay', { session: session.id, how: 'card' })
  await control('/__pump', {})
  const types = shop.notices.map(
    ({ body, signature }) => sdk.webhooks.constructEvent(body, signature, 'whsec_tests').type,
  )
  expect(types.sort()).toEqual([
    'charge.succeeded',
    'checkout.session.completed',
    'payment_intent.created',
    'payment_intent.succeeded',
  ])
})
