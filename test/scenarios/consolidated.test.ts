/** One invoice for a day: what a customer would be invoiced for on the same day is asked for at once; each subscription lives on by its own rules. */
import { simpleParser } from 'mailparser'
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { cancelAtEnd, undoCancel } from '#modules/billing/cancel-subscription.ts'
import { joinHousehold, leaveHousehold } from '#modules/billing/household.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { itemsOf, paymentsOf } from '#modules/billing/queries.ts'
import { executeStepSet, executeSteps } from '#modules/dunning/execute-steps.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { openShop } from '#modules/people/business.ts'
import { changeCustomer } from '#modules/people/customers.ts'
import { giveFreeDays } from '#modules/subscriptions/by-hand.ts'
import { setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
import { saveLifeSettings } from '#modules/subscriptions/save-life-settings.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T09:00:00Z' }

const perDay = (world: World) =>
  transaction(world.shop, 'per-day', (tx) =>
    saveLifeSettings(tx, world.shop, lifeSetting.schema.parse({ invoices: 'per_day' })),
  )

const of = async (world: World, name: string, oneInvoice: boolean | null) => {
  const id = await world.customer(name).id()
  await transaction(world.shop, 'say', (tx) => changeCustomer(tx, world.shop, id, { oneInvoice }, world.shop.now()))
}

/** Two of Ana that were bought on one day, eight hours apart, and one of another day. */
async function three(world: World, saves = false): Promise<[Purchase, Purchase, Purchase]> {
  const ana = world.customer('ana')
  const tv = await ana.buys({ username: 'living', saves })
  await world.until('2026-04-01T17:00:00Z')
  const kids = await ana.buys({ username: 'kids' })
  await world.until('2026-04-11T12:00:00Z')
  return [tv, kids, await ana.buys({ username: 'grandma' })]
}

const open = async (world: World, name = 'ana') =>
  (await world.customer(name).invoices()).filter(({ status }) => status === 'open').reverse()

const totals = async (world: World) => (await open(world)).map(({ totalMinor }) => totalMinor)

const ends = async (...all: Purchase[]) => {
  const found = []
  for (const each of all) found.push((await each.subscription()).paidThrough?.toString().slice(0, 16) ?? '')
  return found
}

const templates = async (each: Purchase, from: string) =>
  (await each.messages())
    .filter(({ at }) => Temporal.Instant.compare(at, Temporal.Instant.from(from)) >= 0)
    .map(({ template, at }) => `${at.toString().slice(5, 13)} ${template}`)

scenario('two of one day are one invoice and one reminder a day, the third has its own', start, async (world) => {
  await perDay(world)
  const [tv, kids, grandma] = await three(world)
  await world.until('2026-04-24T09:30:00Z')
  const [first, none] = await open(world)
  expect(none).toBeUndefined()
  expect(first).toMatchObject({ totalMinor: 2598n, consolidated: true })
  expect(first?.dueAt?.toString()).toBe('2026-05-01T09:00:00Z')
  const items = await read(world.shop, (tx) => itemsOf(tx, present(first).id))
  expect(items.map(({ description }) => description)).toEqual([
    'Family monthly (living), 1 month from 2026-05-01',
    'Family monthly (kids), 1 month from 2026-05-01',
  ])
  const mail = await simpleParser(present(world.mailbox.mails.at(-1)).raw)
  expect(mail.text).toContain('Family monthly (living), Family monthly (kids)')
  expect(mail.text).toContain('25.98')

  const foreseen = await rehearse(world.shop, { days: 7 })
  await world.until('2026-05-01T08:00:00Z')
  expect(await templates(tv, '2026-04-20T00:00:00Z')).toEqual([
    '04-24T09 renewal_invoice',
    '04-28T09 renewal_reminder',
    '04-30T09 renewal_reminder',
  ])
  // As it was foretold, the third on its own day included.
  const mails = foreseen.rows.filter(({ at }) => at.toString() < '2026-05-01T08')
  expect(mails.flatMap(({ mails, at }) => mails.map((each) => `${at.toString().slice(5, 13)} ${each}`))).toEqual([
    '04-28T09 renewal_reminder',
    '04-30T09 renewal_reminder',
  ])
  await world.customer('ana').paysOpenInvoice()
  // Each keeps its own hour.
  expect(await ends(tv, kids, grandma)).toEqual(['2026-06-01T09:00', '2026-06-01T17:00', '2026-05-11T12:00'])
  expect(await templates(tv, '2026-05-01T00:00:00Z')).toEqual(['05-01T08 receipt', '05-01T08 renewed'])
  await world.until('2026-05-04T13:00:00Z')
  expect(await open(world)).toMatchObject([{ totalMinor: 1299n, consolidated: false }])
  await world.customer('ana').paysOpenInvoice()
  expect(await ends(grandma)).toEqual(['2026-06-11T12:00'])

  // The second month: nobody pays at first. Each is warned and cut off at its own hour; part of the money renews nothing yet.
  await world.until('2026-06-01T12:00:00Z')
  expect([(await tv.subscription()).status, (await kids.subscription()).status]).toEqual(['grace', 'active'])
  const [second] = await open(world)
  const part = { invoiceId: present(second).id, amount: { minor: 1299n, currency: 'EUR' }, reference: 'half' }
  await markReceived(world.shop, part)
  expect(await open(world)).toMatchObject([{ id: second?.id, paidMinor: 1299n }])
  expect(await ends(tv, kids)).toEqual(['2026-06-01T09:00', '2026-06-01T17:00'])
  // What was paid in part is not taken back.
  await cancelAtEnd(world.shop, kids.subscriptionId, 'enough')
  await undoCancel(world.shop, kids.subscriptionId)
  await world.until('2026-06-04T12:00:00Z')
  expect([(await tv.subscription()).status, (await kids.subscription()).status]).toEqual(['suspended', 'grace'])
  await world.until('2026-06-04T18:00:00Z')
  expect((await kids.subscription()).status).toBe('suspended')
  await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, kids.subscriptionId, world.shop.now()))
  expect((await open(world)).filter(({ consolidated }) => consolidated)).toMatchObject([{ id: second?.id }])
  await world.customer('ana').paysOpenInvoice()
  expect([(await tv.subscription()).status, (await kids.subscription()).status]).toEqual(['active', 'active'])
  expect(world.failures).toEqual([])
})

scenario(
  'who cancels, rests or switches renewal off is taken off; the others stay on one invoice',
  start,
  async (world) => {
    await perDay(world)
    const ana = world.customer('ana')
    const all = [
      await ana.buys({ username: 'living' }),
      await ana.buys({ username: 'kids' }),
      await ana.buys({ username: 'gran' }),
    ]
    const [tv, kids, gran] = all as [Purchase, Purchase, Purchase]
    await world.until('2026-04-25T12:00:00Z')
    expect(await totals(world)).toEqual([3n * 1299n])
    await cancelAtEnd(world.shop, gran.subscriptionId, 'moved')
    await world.settle()
    expect(await open(world)).toMatchObject([{ totalMinor: 2n * 1299n, consolidated: true }])

    const renews = (on: boolean) =>
      transaction(world.shop, 'renew', (tx) => setAutoRenew(tx, world.shop, kids.subscriptionId, on, world.shop.now()))
    await renews(false)
    await world.settle()
    expect(await open(world)).toMatchObject([{ totalMinor: 1299n, consolidated: false }])
    await renews(true)
    await world.settle()
    // What is out stays as it is.
    expect(await totals(world)).toEqual([1299n, 1299n])
    await pauseSubscription(world.shop, tv.subscriptionId, { until: null, reason: '' })
    await world.until('2026-04-27T12:00:00Z')
    await resumePaused(world.shop, tv.subscriptionId)
    await world.settle()
    for (const _ of await open(world)) await ana.paysOpenInvoice()
    expect((await ends(kids, gran)).map((each) => each.slice(0, 10))).toEqual(['2026-06-01', '2026-05-01'])
    await world.until('2026-05-20T12:00:00Z')
    expect((await gran.subscription()).status).toBe('terminated')
    // An end that was moved has a day of its own.
    await giveFreeDays(world.shop, kids.subscriptionId, 10, 'a gift')
    await world.until('2026-05-31T12:00:00Z')
    expect((await open(world)).every(({ consolidated }) => !consolidated)).toBe(true)
  },
)

scenario('a saved card is charged once for all of a day, as it was foretold', start, async (world) => {
  await perDay(world)
  const [tv, kids] = await three(world, true)
  await world.until('2026-04-25T12:00:00Z')
  const [invoice] = await open(world)
  const foreseen = (await rehearse(world.shop, { days: 7 })).rows.filter(({ action }) => action === 'charge')
  expect(foreseen[0]).toMatchObject({ amount: { minor: 2598n, currency: 'EUR' } })
  await world.until('2026-05-02T12:00:00Z')
  const payments = await read(world.shop, (tx) => paymentsOf(tx, present(invoice).id))
  expect(payments.map(({ status, amountMinor }) => [status, amountMinor])).toEqual([['succeeded', 2598n]])
  expect(await ends(tv, kids)).toEqual(['2026-06-01T09:00', '2026-06-01T17:00'])
  expect((await templates(tv, '2026-04-26T00:00:00Z')).filter((each) => each.endsWith('receipt'))).toHaveLength(1)
})

scenario(
  'it is the business’s choice, and each customer’s exception; an early payment is for one alone',
  start,
  async (world) => {
    const [ana, ben] = [world.customer('ana'), world.customer('ben')]
    for (const each of [ana, ben])
      for (const username of ['living', 'kids']) await each.buys({ username: `${username}-${each.email.slice(0, 3)}` })
    await of(world, 'ana', true)
    await world.until('2026-04-25T12:00:00Z')
    expect(await open(world, 'ana')).toMatchObject([{ totalMinor: 2598n }])
    expect(await open(world, 'ben')).toHaveLength(2)
    for (const name of ['ana', 'ben'])
      for (const _ of await open(world, name)) await world.customer(name).paysOpenInvoice()

    await perDay(world)
    await of(world, 'ana', false)
    await world.until('2026-05-26T12:00:00Z')
    expect(await open(world, 'ana')).toHaveLength(2)
    expect(await open(world, 'ben')).toMatchObject([{ totalMinor: 2598n }])
    for (const name of ['ana', 'ben'])
      for (const _ of await open(world, name)) await world.customer(name).paysOpenInvoice()
    await world.until('2026-06-10T12:00:00Z')
    const one = present((await ben.invoices())[0])
    const [item] = await read(world.shop, (tx) => itemsOf(tx, one.id))
    const early = await transaction(world.shop, 'early', (tx) =>
      renewalInvoice(tx, world.shop, present(item?.subscriptionId), world.shop.now()),
    )
    expect(early).toMatchObject({ totalMinor: 1299n, consolidated: false })
  },
)

scenario('beside a household: its members and others of the same day are on one invoice', start, async (world) => {
  await perDay(world)
  const ana = world.customer('ana')
  const [tv, kids, gran] = [
    await ana.buys({ username: 'living' }),
    await ana.buys({ username: 'kids' }),
    await ana.buys({ username: 'gran' }),
  ]
  await joinHousehold(world.shop, kids.subscriptionId, tv.subscriptionId)
  await world.until('2026-04-25T12:00:00Z')
  expect(await open(world)).toMatchObject([{ totalMinor: 3n * 1299n, consolidated: true }])
  await leaveHousehold(world.shop, kids.subscriptionId)
  await world.settle()
  expect(await open(world)).toMatchObject([{ totalMinor: 3n * 1299n, consolidated: true }])
  await ana.paysOpenInvoice()
  expect((await ends(tv, kids, gran)).map((each) => each.slice(0, 10))).toEqual(Array(3).fill('2026-06-01'))
})

scenario(
  'workers that find all of a day at once, twice and in sets, make one invoice and one mail',
  start,
  async (world) => {
    await perDay(world)
    const [tv, kids, grandma] = await three(world)
    world.clock.advance({ hours: 24 * 14 })
    await world.withWorkers(3, async (apps) => {
      const ids = [tv, kids, grandma].map(({ subscriptionId }) => subscriptionId)
      const rounds = apps.map(async (app, index) => {
        const shop = await openShop(app, world.businessId, 'system')
        if (index === 0) await executeStepSet(shop, ids)
        for (const id of ids) await executeSteps(shop, id)
        await executeStepSet(shop, ids)
      })
      await Promise.all(rounds)
    })
    expect(await totals(world)).toEqual([2598n])
    expect((await templates(tv, '2026-04-20T00:00:00Z')).filter((each) => each.endsWith('invoice'))).toHaveLength(1)
  },
)
