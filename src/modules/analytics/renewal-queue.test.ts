/** The renewal queue in a world: who stands where while time passes, customers pay or do not, and rules do their work or are kept from it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { takeOutOfQueue } from '#modules/subscriptions/by-hand.ts'
import { defaultSteps } from '#modules/subscriptions/rules/policy.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { read } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { atRisk, countQueues, type Horizon, listQueue, type Queue, queues } from './renewal-queue.ts'

let world: World
const ids = new Map<string, string>()
beforeAll(async () => {
  world = await createWorld({ start: '2026-01-31T12:00:00Z' })
  const { shop } = world
  const steps = [...defaultSteps, { key: 'look', action: 'flag' as const, offset_days: 1 }]
  const wish = { id: 'pol_default', name: 'Standard', steps }
  await transaction(shop, 'save-policy', (tx) => savePolicy(tx, shop, wish, shop.now()))
  for (const name of ['ana', 'bob', 'cara', 'dan']) ids.set((await world.customer(name).buys()).subscriptionId, name)
}, 90_000)
afterAll(async () => {
  await world.close()
})

const idOf = (name: string) => [...ids].find(([, each]) => each === name)?.[0] ?? ''
const listed = (queue: Queue, within?: Horizon, limit = 10) =>
  read(world.shop, (tx) => listQueue(tx, queue, { limit }, world.shop.now(), within))
const namesIn = async (queue: Queue, within?: Horizon) =>
  (await listed(queue, within)).map(({ id }) => ids.get(id)).toSorted()
const counted = () => read(world.shop, (tx) => countQueues(tx, world.shop.now()))
const everybody = ['ana', 'bob', 'cara', 'dan']

/** Every queue with somebody in it; the figures must agree with the lists. */
async function standing() {
  const { counts, expiring } = await counted()
  const found: Partial<Record<Queue, unknown>> = {}
  for (const queue of queues) {
    const names = await namesIn(queue)
    expect(queue === 'expiring' ? expiring[7] : counts[queue], queue).toBe(names.length)
    if (names.length > 0) found[queue] = names
  }
  return found
}

test('what was just bought is in no queue; it expires within thirty days before it does within seven', async () => {
  expect(await standing()).toEqual({})
  await world.until('2026-02-02T12:00:00Z')
  expect(await namesIn('expiring', 30)).toEqual(everybody)
  expect(await namesIn('expiring', 14)).toEqual([])
  expect((await counted()).expiring).toEqual({ 7: 0, 14: 0, 30: 4 })
})

test('an invoice that is out is due with its money, the last message and the next step; a payment takes it over to what was done', async () => {
  await world.until('2026-02-26T12:00:00Z')
  expect(await standing()).toEqual({ due: everybody, expiring: everybody })
  const [first] = await listed('due')
  expect(first).toMatchObject({
    status: 'active',
    asked: { minor: 1299n, currency: 'EUR' },
    message: { status: 'sent' },
    failedBecause: null,
  })
  expect(first?.nextStep).not.toBeNull()
  await world.customer('ana').paysOpenInvoice()
  await world.customer('bob').paysOpenInvoice('decline')
  const others = ['bob', 'cara', 'dan']
  expect(await standing()).toEqual({ due: others, failed: ['bob'], done: ['ana'], expiring: others })
  expect(await read(world.shop, atRisk)).toEqual([{ currency: 'EUR', minor: 1299n, invoices: 1 }])
  expect((await listed('failed'))[0]?.failedBecause).toEqual(expect.stringMatching(/\w/))
  await world.pass({ hours: 25 })
  expect(await standing()).toEqual({ due: others, failed: ['bob'], expiring: others })
})

test('past the end it is in grace, and the policy’s flag puts it into the queue until staff take it out, with a reason', async () => {
  await world.until('2026-03-01T18:00:00Z')
  const others = ['bob', 'cara', 'dan']
  expect(await standing()).toEqual({ grace: others, failed: ['bob'], flagged: others })
  const staff = await world.as('staff:mem_test')
  await takeOutOfQueue(staff, idOf('cara'), 'he pays on Monday')
  await world.settle()
  expect(await namesIn('flagged')).toEqual(['bob', 'dan'])
  await expect(takeOutOfQueue(staff, idOf('cara'), 'again')).rejects.toMatchObject({ code: 'conflict' })
  const oldest = await read(world.shop, (tx) => listQueue(tx, 'grace', { limit: 2 }, world.shop.now()))
  const place = oldest[1]
  const rest = await read(world.shop, (tx) =>
    listQueue(
      tx,
      'grace',
      { limit: 2, before: { at: place?.at ?? world.shop.now(), id: place?.id ?? '' } },
      world.shop.now(),
    ),
  )
  expect([...oldest, ...rest].map(({ id }) => ids.get(id)).toSorted()).toEqual(others)
  const back = await read(world.shop, (tx) =>
    listQueue(
      tx,
      'grace',
      { limit: 2, after: { at: rest[0]?.at ?? world.shop.now(), id: rest[0]?.id ?? '' } },
      world.shop.now(),
    ),
  )
  expect(back.map(({ id }) => id)).toEqual(oldest.map(({ id }) => id))
  const open = (await world.customer('cara').invoices()).find(({ status }) => status === 'open')
  await markReceived(staff, {
    invoiceId: open?.id ?? '',
    amount: { minor: 1299n, currency: 'EUR' },
    reference: 'BANK 7',
  })
  await world.customer('bob').paysOpenInvoice()
  expect(await standing()).toEqual({ grace: ['dan'], flagged: ['dan'], done: ['bob'] })
  expect(await read(world.shop, atRisk)).toEqual([])
  expect((await world.proof()).broken).toEqual([])
})

test('who ended with nobody noticing is on the list of exceptions within a day; a hold of staff is an outcome', async () => {
  const eve = await world.customer('eve').buys()
  ids.set(eve.subscriptionId, 'eve')
  // The engine is kept from it: no invoice, no reminder, no step.
  await world.tamper(
    `update subscriptions set next_step_at = '2027-01-01T00:00:00Z' where id = '${eve.subscriptionId}'`,
  )
  await world.until('2026-04-02T06:00:00Z')
  expect(await namesIn('forgotten')).toEqual([])
  await world.until('2026-04-02T20:00:00Z')
  expect(await namesIn('forgotten')).toEqual(['eve'])
  expect((await counted()).counts.forgotten).toBe(1)
  expect(await listed('forgotten')).toMatchObject([{ status: 'active', asked: null }])
  await world.tamper(`update subscriptions set hold_until = '2026-05-01T00:00:00Z' where id = '${eve.subscriptionId}'`)
  expect(await namesIn('forgotten')).toEqual([])
})
