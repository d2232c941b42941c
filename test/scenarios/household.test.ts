/** A family's lines: brought to one day at their own price, then one invoice, one reminder and one payment for all; nothing is lost on the way. */
import { simpleParser } from 'mailparser'
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { cancelAtEnd, undoCancel } from '#modules/billing/cancel-subscription.ts'
import { changePlan } from '#modules/billing/change-plan.ts'
import { joinHousehold, leaveHousehold, previewJoin } from '#modules/billing/household.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { type InvoiceItem, itemsOf, paymentsOf } from '#modules/billing/queries.ts'
import { executeSteps } from '#modules/dunning/execute-steps.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { openShop } from '#modules/people/business.ts'
import { giveFreeDays } from '#modules/subscriptions/by-hand.ts'
import { setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
import { Refusal } from '#platform/errors.ts'
import { anotherPlan } from '../support/plans.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z' }

/** Three lines of Ana, bought on the first, the fifth and the eleventh. */
async function family(world: World): Promise<[Purchase, Purchase, Purchase]> {
  const ana = world.customer('ana')
  const first = await ana.buys()
  await world.until('2026-04-05')
  const second = await ana.buys({ username: 'kids' })
  await world.until('2026-04-11')
  return [first, second, await ana.buys({ username: 'grandma' })]
}

const join = (world: World, member: Purchase, lead: Purchase) =>
  joinHousehold(world.shop, member.subscriptionId, lead.subscriptionId)

const ends = async (...all: Purchase[]) => {
  const found = []
  for (const each of all) found.push((await each.subscription()).paidThrough?.toString().slice(0, 16) ?? '')
  return found
}

const open = async (world: World) =>
  (await world.customer('ana').invoices()).filter(({ status }) => status === 'open').reverse()

const templates = async (each: Purchase, from: string) =>
  (await each.messages())
    .filter(({ at }) => Temporal.Instant.compare(at, Temporal.Instant.from(from)) >= 0)
    .map(({ template, at }) => `${at.toString().slice(5, 10)} ${template}`)

/** All three end on 1 June. */
async function together(world: World): Promise<[Purchase, Purchase, Purchase]> {
  const all = await family(world)
  await join(world, all[1], all[0])
  await join(world, all[2], all[0])
  for (const day of ['2026-04-30', '2026-05-05', '2026-05-11']) {
    await world.until(day)
    for (const _ of await open(world)) await world.customer('ana').paysOpenInvoice()
  }
  expect(await ends(...all)).toEqual(Array(3).fill('2026-06-01T12:00'))
  return all
}

scenario('B-16: three lines become one renewal: one invoice, one mail at a time, one payment', start, async (world) => {
  const [first, second, third] = await family(world)
  const preview = await read(world.shop, (tx) => previewJoin(tx, third.subscriptionId, first.subscriptionId))
  // 21 of the 31 days from 11 May.
  expect(preview.first).toMatchObject({ price: { minor: 880n } })
  expect(preview.first?.ends.toString()).toBe('2026-06-01T12:00:00Z')
  expect(preview.from.toString()).toBe('2026-06-01T12:00:00Z')
  await join(world, second, first)
  await join(world, third, first)
  expect(await ends(first, second, third)).toEqual(['2026-05-01T12:00', '2026-05-05T12:00', '2026-05-11T12:00'])

  const items: InvoiceItem[] = []
  for (const day of ['2026-04-30', '2026-05-05', '2026-05-11']) {
    await world.until(day)
    for (const { id } of await open(world)) {
      items.push(...(await read(world.shop, (tx) => itemsOf(tx, id))))
      await world.customer('ana').paysOpenInvoice()
    }
  }
  expect(items.map(({ description, totalMinor }) => `${description} ${totalMinor}`)).toEqual([
    'Family monthly, 1 month from 2026-05-01 1299',
    // 27 of 31 days.
    'Family monthly from 2026-05-05 until 2026-06-01 1131',
    'Family monthly from 2026-05-11 until 2026-06-01 880',
  ])
  expect(await ends(first, second, third)).toEqual(Array(3).fill('2026-06-01T12:00'))

  await world.until('2026-05-26T12:00:00Z')
  const [one, none] = await open(world)
  expect(none).toBeUndefined()
  expect(one?.totalMinor).toBe(3n * 1299n)
  const told = await rehearse(world.shop, { days: 10 })
  expect(told.rows.flatMap(({ mails, at }) => mails.map((each) => `${at.toString().slice(5, 10)} ${each}`))).toEqual([
    '05-29 renewal_reminder',
    '05-31 renewal_reminder',
    '06-01 renewal_reminder',
    '06-01 grace',
    '06-04 suspended',
  ])
  expect(told.rows.filter(({ step, amount }) => step === 'suspend' && amount?.minor === 1299n)).toHaveLength(3)
  const paying = await rehearse(world.shop, { days: 40, payments: 'as_before' })
  expect(
    paying.rows.filter(({ action }) => action === 'payment').map(({ mails, amount, at }) => ({ mails, amount, at })),
  ).toMatchObject(
    [1, 2].flatMap(() =>
      [['receipt', 'renewed'], [], []].map((mails) => ({ mails, amount: { minor: 1299n, currency: 'EUR' } })),
    ),
  )
  await world.until('2026-06-05T12:00:00Z')
  expect(await templates(first, '2026-05-20T00:00:00Z')).toEqual([
    '05-25 renewal_invoice',
    '05-29 renewal_reminder',
    '05-31 renewal_reminder',
    '06-01 grace',
    '06-01 renewal_reminder',
    '06-04 suspended',
  ])
  for (const each of [first, second, third]) expect((await each.subscription()).status).toBe('suspended')
  const mail = await simpleParser(present(world.mailbox.mails.at(-1)).raw)
  expect(mail.text).toContain('Family monthly (ana), Family monthly (kids), Family monthly (grandma)')
  expect(mail.text).toContain('38.97')

  await world.customer('ana').paysOpenInvoice()
  expect(await ends(first, second, third)).toEqual(Array(3).fill('2026-07-05T12:00'))
  expect(await templates(first, '2026-06-05T00:00:00Z')).toEqual(['06-05 receipt', '06-05 resumed'])
})

scenario('B-16: who cancels, rests or leaves takes the others out of nothing', start, async (world) => {
  const [first, second, third] = await together(world)
  await world.until('2026-05-26')
  const [all] = await open(world)
  expect(all?.totalMinor).toBe(3n * 1299n)

  await cancelAtEnd(world.shop, third.subscriptionId, 'grandma moved')
  await world.settle()
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([2n * 1299n])

  // Switched off, it is asked for no more; switched on again, it is asked again.
  const renews = (on: boolean) =>
    transaction(world.shop, 'renew', (tx) => setAutoRenew(tx, world.shop, second.subscriptionId, on, world.shop.now()))
  await renews(false)
  await world.settle()
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([1299n])
  await renews(true)
  await world.settle()
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([1299n, 1299n])

  await leaveHousehold(world.shop, second.subscriptionId)
  await world.customer('ana').paysOpenInvoice()
  await world.customer('ana').paysOpenInvoice()
  expect(await ends(first, second, third)).toEqual(['2026-07-01T12:00', '2026-07-01T12:00', '2026-06-01T12:00'])
  await world.until('2026-06-27')
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([1299n, 1299n])
})

scenario('B-16: leaving while one invoice asks for all gives each side its own', start, async (world) => {
  const [first, second, third] = await together(world)
  await world.until('2026-05-26')
  await leaveHousehold(world.shop, first.subscriptionId, 'moved out')
  expect((await open(world)).map(({ totalMinor }) => totalMinor).sort()).toEqual([1299n, 2598n])
  // The lead is gone: the others go on by the same day.
  await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, third.subscriptionId, world.shop.now()))
  for (const _ of await open(world)) await world.customer('ana').paysOpenInvoice()
  expect(await ends(first, second, third)).toEqual(Array(3).fill('2026-07-01T12:00'))
  await leaveHousehold(world.shop, second.subscriptionId)
  expect((await third.subscription()).householdId).toBeNull()
  await expect(leaveHousehold(world.shop, third.subscriptionId)).rejects.toMatchObject({ code: 'conflict' })
})

scenario('B-16: an end that a pause moved apart is brought back by the next renewal', start, async (world) => {
  const [first, second, third] = await together(world)
  await world.until('2026-05-20')
  await pauseSubscription(world.shop, second.subscriptionId, { until: null, reason: 'holiday' })
  await world.until('2026-05-30')
  await resumePaused(world.shop, second.subscriptionId)
  expect(await ends(second)).toEqual(['2026-06-11T12:00'])
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([2598n])
  await world.customer('ana').paysOpenInvoice()
  await world.until('2026-06-06')
  const [back] = await open(world)
  expect(back?.totalMinor).toBe((1299n * 20n) / 30n)
  await world.customer('ana').paysOpenInvoice()
  expect(await ends(first, second, third)).toEqual(Array(3).fill('2026-07-01T12:00'))
})

scenario(
  'B-16: a saved card is charged once for all, as it was foretold; each row of the invoice says whose it is',
  start,
  async (world) => {
    const ana = world.customer('ana')
    const first = await ana.buys({ saves: true })
    const second = await ana.buys({ username: 'kids' })
    await join(world, second, first)
    await world.until('2026-04-25')
    const [invoice] = await open(world)
    const items = await read(world.shop, (tx) => itemsOf(tx, present(invoice).id))
    expect(items.map(({ description }) => description)).toEqual([
      'Family monthly (ana), 1 month from 2026-05-01',
      'Family monthly (kids), 1 month from 2026-05-01',
    ])
    const foreseen = (await rehearse(world.shop, { days: 10 })).rows
    expect(foreseen.filter(({ action }) => action === 'charge')).toMatchObject([
      { amount: { minor: 2598n, currency: 'EUR' }, at: Temporal.Instant.from('2026-04-30T12:00:00Z') },
    ])
    await world.until('2026-05-04')
    const payments = await read(world.shop, (tx) => paymentsOf(tx, present(invoice).id))
    expect(payments.map(({ status, amountMinor, methodId }) => [status, amountMinor, methodId !== null])).toEqual([
      ['succeeded', 2598n, true],
    ])
    expect(await ends(first, second)).toEqual(Array(2).fill('2026-06-01T12:00'))
    expect((await templates(first, '2026-04-26T00:00:00Z')).filter((each) => each.endsWith('renewed'))).toHaveLength(1)
  },
)

scenario('B-16: another plan for one of them replaces the invoice for all', start, async (world) => {
  const [first, second, third] = await together(world)
  const basic = await anotherPlan(world, { name: 'Basic monthly', amount: 799n, connections: 1 })
  await world.until('2026-05-26')
  const preview = await read(world.shop, (tx) =>
    previewPlanChange(tx, world.shop, second.subscriptionId, basic, world.shop.now()),
  )
  await changePlan(world.shop, second.subscriptionId, basic, preview.fingerprint)
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([2n * 1299n + 799n])
  await world.customer('ana').paysOpenInvoice()
  expect(await ends(first, second, third)).toEqual(Array(3).fill('2026-07-01T12:00'))
  await world.until('2026-06-02')
  expect(await second.subscription()).toMatchObject({ planId: basic, priceMinor: 799n })
})

scenario('B-16: workers that find all of a household at once make one invoice and one mail', start, async (world) => {
  const [first, second, third] = await together(world)
  world.clock.advance({ hours: 24 * 14 + 1 })
  await world.withWorkers(3, async (apps) => {
    await Promise.all(
      apps.flatMap((app) =>
        [first, second, third].map(async ({ subscriptionId }) =>
          executeSteps(await openShop(app, world.businessId, 'system'), subscriptionId),
        ),
      ),
    )
  })
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([3n * 1299n])
  expect((await templates(first, '2026-05-20T00:00:00Z')).filter((each) => each.endsWith('invoice'))).toHaveLength(1)
})

scenario('B-16: an invoice that was out when two joined speaks for itself, also in mails', start, async (world) => {
  const ana = world.customer('ana')
  const first = await ana.buys()
  const second = await ana.buys({ username: 'kids' })
  await world.until('2026-04-25')
  await join(world, second, first)
  expect(await open(world)).toHaveLength(2)
  await world.until('2026-04-29')
  const reminders = (await templates(first, '2026-04-26T00:00:00Z')).filter((each) => each.endsWith('reminder'))
  // Each asks for its own money: neither may stand for the other.
  expect(reminders).toEqual(['04-28 renewal_reminder', '04-28 renewal_reminder'])
  for (const _ of [1, 2]) await ana.paysOpenInvoice()
  await world.until('2026-05-26')
  expect((await open(world)).map(({ totalMinor }) => totalMinor)).toEqual([2n * 1299n])
})

/** Small numbers by seed, the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const mayBeRefused = async (act: Promise<unknown>): Promise<void> => {
  await act.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
  })
}

for (const seed of [1, 2, 3, 4])
  scenario(
    `B-16: whatever a family does for five months, no time and no cent is lost (seed ${seed})`,
    start,
    async (world) => {
      const { shop } = world
      const roll = dice(seed)
      const all = await family(world)
      const any = () => present(all[roll(3)])
      const acts: (() => Promise<unknown>)[] = [
        () => join(world, any(), any()),
        () => join(world, any(), any()),
        () => leaveHousehold(shop, any().subscriptionId),
        () => any().renews(),
        () => pauseSubscription(shop, any().subscriptionId, { until: null, reason: '' }),
        () => resumePaused(shop, any().subscriptionId),
        () => giveFreeDays(shop, any().subscriptionId, 1 + roll(9), 'a gift'),
        () => cancelAtEnd(shop, any().subscriptionId, 'enough'),
        () => undoCancel(shop, any().subscriptionId),
        () => transaction(shop, 'renew', (tx) => setAutoRenew(tx, shop, any().subscriptionId, roll(3) > 0, shop.now())),
        async () => {
          if ((await open(world)).length > 0) await world.customer('ana').paysOpenInvoice()
        },
        async () => {
          for (const _ of await open(world)) await world.customer('ana').paysOpenInvoice()
        },
      ]
      let now = Temporal.Instant.from('2026-04-12T09:00:00Z')
      for (let day = 0; day < 75; day++) {
        now = now.add({ hours: 24 + roll(48) })
        await world.until(now.toString())
        await mayBeRefused(present(acts[roll(acts.length)])())
        await world.settle()
        expect((await world.proof()).broken).toEqual([])
      }
      // What was paid for is what was given: each item one period, and each cent on an item.
      const { rows } = await world.db.pool.query(`select v.id from invoices v
      where v.status = 'paid' and (v.total_minor <> (select sum(i.total_minor) from invoice_items i where i.invoice_id = v.id)
        or exists (select from invoice_items i where i.invoice_id = v.id and i.kind = 'period'
          and not exists (select from periods p where p.invoice_item_id = i.id)))`)
      expect(rows).toEqual([])
      expect(world.failures).toEqual([])
    },
  )
