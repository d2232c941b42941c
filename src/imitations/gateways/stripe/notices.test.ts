import { expect, it } from 'vitest'
import { createStripe } from '../stripe.ts'
import { openShop, payment, tryOut } from './try-out.ts'

const secret = 'whsec_tests'

async function shopWithOnePayment(
  faults: { fault: string; ms?: number }[],
  options: Record<string, string> = {},
  answer?: (count: number) => number,
) {
  const shop = await openShop(answer)
  const imitated = await tryOut({ options })
  await imitated.control('/__webhooks', {
    url: shop.url,
    secret,
    events: ['payment_intent.succeeded', 'checkout.session.completed'],
  })
  for (const fault of faults) imitated.faults.add(fault)
  const session = await imitated.sdk.checkout.sessions.create(payment())
  await imitated.control('/__pay', { session: session.id, how: 'card' })
  await imitated.control('/__pump', {})
  const verified = () =>
    shop.notices.map(({ body, signature }) => {
      try {
        return imitated.sdk.webhooks.constructEvent(body, signature, secret).type
      } catch {
        return 'refused'
      }
    })
  return { ...imitated, shop, verified }
}

it('sends only what the endpoint asked for, signed', async () => {
  const { verified } = await shopWithOnePayment([])
  expect(verified().sort()).toEqual(['checkout.session.completed', 'payment_intent.succeeded'])
})

it('sends copies at once when asked to', async () => {
  const { verified } = await shopWithOnePayment([{ fault: 'notice_duplicate' }], { duplicates: '4' })
  expect(verified().filter((type) => type === 'payment_intent.succeeded')).toHaveLength(4)
  expect(verified()).toHaveLength(8)
})

it.each(['notice_tamper', 'notice_stale'])(
  '%s adds a notice that must be refused and keeps the genuine one',
  async (fault) => {
    const { verified } = await shopWithOnePayment([{ fault }])
    expect(verified().filter((type) => type === 'refused')).toHaveLength(2)
    expect(verified().filter((type) => type !== 'refused')).toHaveLength(2)
  },
)

it('turns the order round', async () => {
  const { verified } = await shopWithOnePayment([{ fault: 'notice_reorder' }])
  expect(verified()).toEqual(['checkout.session.completed', 'payment_intent.succeeded'])
})

it('loses notices, which are then only in the list of events', async () => {
  const { verified, sdk } = await shopWithOnePayment([{ fault: 'notice_drop' }])
  expect(verified()).toEqual([])
  expect((await sdk.events.list({ types: ['payment_intent.succeeded'] })).data).toHaveLength(1)
})

it('repeats what was not acknowledged, signed anew, and anything a person sends again', async () => {
  const { shop, sdk, control, verified } = await shopWithOnePayment([], { retry_waits: '0,0' }, (count) =>
    count < 2 ? 500 : 200,
  )
  await control('/__pump', {})
  expect(verified().sort()).toEqual([
    'checkout.session.completed',
    'checkout.session.completed',
    'payment_intent.succeeded',
    'payment_intent.succeeded',
  ])
  const [event] = (await sdk.events.list({ type: 'payment_intent.succeeded' })).data
  expect(event?.pending_webhooks).toBe(0)
  await control('/__resend', { event: event?.id, copies: 50 })
  await control('/__pump', {})
  expect(shop.notices).toHaveLength(54)
  expect(new Set(verified().slice(4))).toEqual(new Set(['payment_intent.succeeded']))
})

it('gives up after the last wait and follows no redirect', async () => {
  const { control, shop } = await shopWithOnePayment([], { retry_waits: '0' }, () => 302)
  await control('/__pump', {})
  expect((await control('/__pump', {})).body).toEqual({ sent: 0, waiting: 0 })
  expect(shop.notices).toHaveLength(4)
})

it('adds endpoints through the API, each with its own secret, shown once', async () => {
  const shop = await openShop()
  const { sdk, control } = await tryOut()
  const endpoint = await sdk.webhookEndpoints.create({ url: shop.url, enabled_events: ['customer.created'] })
  expect(endpoint.secret).toMatch(/^whsec_/)
  expect((await sdk.webhookEndpoints.retrieve(endpoint.id)).secret).toBeUndefined()
  await sdk.customers.create({ email: 'a@example.com' })
  await control('/__pump', {})
  const [notice] = shop.notices
  const event = sdk.webhooks.constructEvent(notice?.body ?? '', notice?.signature ?? '', endpoint.secret ?? '')
  expect(event).toMatchObject({
    type: 'customer.created',
    api_version: '2026-10-28.endive',
    request: { id: expect.stringMatching(/^req_/) },
  })
  await sdk.webhookEndpoints.del(endpoint.id)
  await sdk.customers.create({ email: 'b@example.com' })
  await control('/__pump', {})
  expect(shop.notices).toHaveLength(1)
})

it('in process nothing leaves before whoever holds the clock says so', async () => {
  let now = Temporal.Instant.from('2026-01-31T10:00:00Z')
  const sent: { at: string; type: string }[] = []
  let status = 503
  const imitation = await createStripe({
    folder: null,
    now: () => now,
    publicUrl: () => 'http://stripe.test',
    options: { webhook_url: 'http://shop.test/hooks', webhook_secret: secret, settle_after: '86400', seed: 'one' },
    deliver: async (_url, body) => {
      sent.push({ at: now.toString(), type: JSON.parse(body).type })
      return status
    },
  })
  const ask = async (path: string, fields: Record<string, string>) => {
    const answer = await imitation.app.request(path, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_x' },
      body: new URLSearchParams(fields),
    })
    return (await answer.json()) as { id: string }
  }
  const session = await ask('/v1/checkout/sessions', {
    mode: 'payment',
    success_url: 'http://shop.test/done',
    'line_items[0][quantity]': '2',
    'line_items[0][price_data][currency]': 'eur',
    'line_items[0][price_data][unit_amount]': '500',
    'line_items[0][price_data][product_data][name]': 'Monthly',
  })
  await imitation.app.request('/__pay', {
    method: 'POST',
    body: JSON.stringify({ session: session.id, how: 'delayed' }),
  })
  expect(sent).toEqual([])
  expect(await imitation.pump()).toBe(4)
  status = 200
  now = now.add({ seconds: 1 })
  expect(await imitation.pump()).toBe(4)
  now = now.add({ hours: 24 })
  await imitation.pump()
  expect(sent.slice(8)).toContainEqual({ at: '2026-02-01T10:00:01Z', type: 'checkout.session.async_payment_succeeded' })
  await imitation.close()
})
