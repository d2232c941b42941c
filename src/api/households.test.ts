import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiWorld, apiWorld, type Json } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld({ start: '2026-04-01T12:00:00Z' })
}, 60_000)
afterAll(() => api.close())

test('a program asks what joining means, joins once however often it asks, sees one invoice, and leaves', async () => {
  const { world, done, ask } = api
  const tv = (await world.customer('ana').buys()).subscriptionId
  await world.until('2026-04-11')
  const kids = (await world.customer('ana').buys({ username: 'kids' })).subscriptionId
  const other = (await world.customer('ben').buys()).subscriptionId

  const { offers } = await done('GET', `/subscriptions/${kids}/household/preview`)
  expect(offers).toEqual([
    {
      with: tv,
      lead_id: tv,
      // 21 of 31 days.
      first_price: { amount: 880, currency: 'EUR' },
      first_starts: '2026-05-11T12:00:00Z',
      first_ends: '2026-06-01T12:00:00Z',
      together_from: '2026-06-01T12:00:00Z',
      price: { amount: 1299, currency: 'EUR' },
      invoice_stays: false,
    },
  ])

  for (const [of, body, status, code] of [
    [kids, { with: other }, 409, 'conflict'],
    [kids, { with: kids }, 409, 'conflict'],
    [kids, { with: 'sub_00000000000000000000000000' }, 404, 'not_found'],
    [kids, {}, 422, 'invalid_input'],
  ] as const) {
    const refused = await ask('POST', `/subscriptions/${of}/join_household`, { body })
    expect([refused.status, refused.body.code]).toEqual([status, code])
  }
  expect((await ask('POST', `/subscriptions/${kids}/leave_household`, { body: {} })).status).toBe(409)

  const join = { body: { with: tv }, once: 'join-kids' }
  const joined = (await ask('POST', `/subscriptions/${kids}/join_household`, join)).body
  expect((await ask('POST', `/subscriptions/${kids}/join_household`, join)).body).toEqual(joined)
  expect((joined.members as Json[]).map(({ subscription_id }) => subscription_id)).toEqual([tv, kids])
  expect(joined).toMatchObject({ lead_id: tv, members: [{}, { next_paid_through: '2026-06-01T12:00:00Z' }] })
  expect((await done('GET', `/subscriptions/${kids}/explanation`)).renewed_with).toEqual([tv])
  expect((await done('GET', `/subscriptions/${tv}`)).household_id).toBe(joined.household_id)
  // A second wish for the same is nothing new.
  expect((await done('POST', `/subscriptions/${kids}/join_household`, { with: tv })).household_id).toBe(
    joined.household_id,
  )

  await world.until('2026-05-05')
  const [invoice] = (await done('GET', '/invoices?status=open')).data as Json[]
  expect(((await done('GET', `/invoices/${invoice?.id}`)).items as Json[])[0]?.covers_until).toBe(
    '2026-06-01T12:00:00Z',
  )
  const left = await done('POST', `/subscriptions/${kids}/leave_household`, { reason: 'asked for' })
  expect(left).toMatchObject({ household_id: null, members: [] })
  const open = ((await done('GET', '/invoices?status=open')).data as Json[]).filter(
    (each) => each.customer_id === invoice?.customer_id,
  )
  // The lead's own, and the short one was replaced by one for a whole term.
  expect(open.map(({ total }) => (total as Json).amount)).toEqual([1299, 1299])
})
