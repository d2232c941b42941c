import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { renewalInvoiceOf } from '#modules/billing/queries.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { money } from '#platform/money.ts'
import { endOfTerm } from '#platform/time.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { giveFreeDays, resumeByHand, suspendByHand, terminateByHand } from './by-hand.ts'
import { readSubscription } from './queries.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ start: '2026-03-31T12:00:00Z' })
}, 60_000)
afterAll(() => world.close())

let buyers = 0
async function bought() {
  const { shop } = world
  const name = `hand${++buyers}`
  const [plan] = await transaction(shop, 'read', (tx) => listPlans(tx))
  const order = await placeOrder(shop, {
    cartKey: name,
    planId: plan?.id ?? '',
    email: `${name}@example.net`,
    username: name,
    source: 'console',
  })
  await markReceived(shop, { invoiceId: order.invoiceId ?? '', amount: money(1299, 'EUR'), reference: name })
  await world.settle()
  return { id: order.subscriptionId ?? '', name }
}
const now = (id: string) => transaction(world.shop, 'read', (tx) => readSubscription(tx, id))

test('suspended by hand: the line is off at once and on again when the hand lifts it', async () => {
  const { id, name } = await bought()
  await suspendByHand(world.shop, id, 'shared with the whole street')
  await world.settle()
  expect(await now(id)).toMatchObject({ status: 'suspended' })
  expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 0 })
  await expect(suspendByHand(world.shop, id, 'again')).rejects.toThrow('Only a running subscription')
  await resumeByHand(world.shop, id, 'sorted out')
  await world.settle()
  expect(await now(id)).toMatchObject({ status: 'active', suspendedAt: null })
  expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 1 })
})

test('free days move the end, renewals count from there, and repeating is a second gift', async () => {
  const { id } = await bought()
  expect((await now(id)).paidThrough?.toString()).toBe('2026-04-30T12:00:00Z')
  await giveFreeDays(world.shop, id, 3, 'panel was down')
  expect(await now(id)).toMatchObject({ status: 'active', anchorDay: 3 })
  expect((await now(id)).paidThrough?.toString()).toBe('2026-05-03T12:00:00Z')
  expect(() => giveFreeDays(world.shop, id, 0, 'nothing')).toThrow('number of days')
})

test('after the paid time a resumed line stays up until the chosen day, and is suspended again then', async () => {
  const { id, name } = await bought()
  const end = (await now(id)).paidThrough ?? world.clock.now()
  await world.until(end.add({ hours: 96 }).toString())
  expect(await now(id)).toMatchObject({ status: 'suspended' })
  await expect(resumeByHand(world.shop, id, 'pays on Friday')).rejects.toThrow('until when')
  const until = world.clock.now().add({ hours: 20 })
  await resumeByHand(world.shop, id, 'pays on Friday', until)
  await world.settle()
  expect(await now(id)).toMatchObject({ status: 'grace' })
  expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 1 })
  await world.until(until.add({ hours: 1 }).toString())
  expect(await now(id)).toMatchObject({ status: 'suspended' })
  expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 0 })
})

test('paid after it was resumed unpaid, the month begins when the line came back: nobody buys days in the dark', async () => {
  const { id, name } = await bought()
  const end = (await now(id)).paidThrough ?? world.clock.now()
  await world.until(end.add({ hours: 120 }).toString())
  const back = world.clock.now()
  await resumeByHand(world.shop, id, 'pays tomorrow', back.add({ hours: 48 }))
  await world.until(back.add({ hours: 24 }).toString())
  const open = await transaction(world.shop, 'read', (tx) => renewalInvoiceOf(tx, id, end))
  await markReceived(world.shop, { invoiceId: open?.id ?? '', amount: money(1299, 'EUR'), reference: `${name}-2` })
  await world.settle()
  const after = await now(id)
  expect(after).toMatchObject({ status: 'active', anchorDay: back.toZonedDateTimeISO(after.zone).day })
  const bill = { unit: 'month', count: 1 } as const
  expect(after.paidThrough?.toString()).toBe(endOfTerm(back, bill, after.anchorDay ?? 0, after.zone).toString())
  expect((await world.proof()).broken).toEqual([])
})

test('ended by hand: the line is gone and no further act is possible', async () => {
  const { id } = await bought()
  await terminateByHand(world.shop, id, 'fraud')
  await world.settle()
  expect(await now(id)).toMatchObject({ status: 'terminated', terminatedBecause: 'staff' })
  await expect(terminateByHand(world.shop, id, 'fraud')).rejects.toThrow('ended already')
  await expect(giveFreeDays(world.shop, id, 3, 'sorry')).rejects.toThrow('not ended')
  await expect(suspendByHand({ ...world.shop, businessId: 'biz_other' }, id, 'x')).rejects.toThrow(
    'no such subscription',
  )
})
