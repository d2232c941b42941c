import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { holdSuspension } from '#modules/subscriptions/change-subscription.ts'
import { read } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { type Explanation, explainSubscription } from './explain-subscription.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ start: '2026-01-31T12:00:00Z' })
}, 60_000)
afterAll(() => world.close())

const explain = (id: string): Promise<Explanation> =>
  read(world.shop, (tx) => explainSubscription(tx, world.shop, id, world.shop.now()))

test('from purchase to end: the change that made it so, its rule, the money, what holds it back and what comes', async () => {
  const ana = await world.customer('ana').buys()
  const bought = await explain(ana.subscriptionId)
  expect(bought.because).toMatchObject({ event: 'subscription.activated', rule: null })
  expect(bought.bought).toMatchObject({
    invoiceId: ana.invoiceId,
    invoiceNumber: 'INV-2026-00001',
    receivedMinor: 1299n,
  })
  expect(bought.next.map(({ key, at }) => `${key} ${at.toString().slice(0, 10)}`)).toEqual([
    'invoice 2026-02-21',
    'remind_3d 2026-02-25',
    'charge_1d_before 2026-02-27',
    'remind_1d 2026-02-27',
    'charge_0d 2026-02-28',
    'remind_0d 2026-02-28',
    'grace 2026-02-28',
    'charge_1d_after 2026-03-01',
    'charge_2d_after 2026-03-02',
    'suspend 2026-03-03',
    'terminate 2026-03-07',
  ])
  expect(bought.guards).toEqual([])

  await world.until('2026-03-01T12:00:00Z')
  const [open] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
  const late = await explain(ana.subscriptionId)
  expect(late.because).toMatchObject({
    event: 'subscription.entered_grace',
    actor: 'rule:pol_default/grace',
    rule: { policyId: 'pol_default', version: 1, step: 'grace', rules: [] },
  })
  expect(late.open?.id).toBe(open?.id)
  expect(late.next[0]?.key).toBe('charge_2d_after')

  const until = Temporal.Instant.from('2026-03-10T12:00:00Z')
  await transaction(world.shop, 'hold', (tx) =>
    holdSuspension(tx, world.shop, ana.subscriptionId, until, world.shop.now(), 'he is on a ship'),
  )
  const held = await explain(ana.subscriptionId)
  expect(held.guards).toEqual([{ cause: 'held', until, reason: 'held back by staff' }])
  expect(held.acted[0]).toMatchObject({ event: 'subscription.noted', reason: 'do not suspend: he is on a ship' })
  expect(held.because?.event).toBe('subscription.entered_grace') // A hold is no new state.
  expect(held.cutOff).toEqual(until)

  await world.until('2026-03-10T13:00:00Z')
  expect((await explain(ana.subscriptionId)).because).toMatchObject({
    event: 'subscription.suspended',
    rule: { step: 'suspend', version: 1 },
    reason: expect.stringContaining('held back by staff'),
  })
  await world.until('2026-03-14T13:00:00Z')
  const ended = await explain(ana.subscriptionId)
  expect(ended.because).toMatchObject({ event: 'subscription.terminated', rule: { step: 'terminate' } })
  expect(ended.next).toEqual([])
})

test('a payment on its way is told as what holds the suspension back, and until when', async () => {
  const ben = await world.customer('ben').buys()
  const { paidThrough } = await ben.subscription()
  await world.until(paidThrough?.add({ hours: 60 }).toString() ?? '')
  await world.customer('ben').paysOpenInvoice('later')
  const { guards } = await explain(ben.subscriptionId)
  expect(guards).toMatchObject([{ cause: 'payment', reason: 'a payment is on its way' }])
})

test('another subscription, or none, is not found', async () => {
  await expect(explain('sub_nobody')).rejects.toMatchObject({ code: 'not_found' })
})
