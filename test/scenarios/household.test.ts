/** A family's lines: brought to one day at their own price, then one invoice, one reminder and one payment for all; nothing is lost on the way. */
import { simpleParser } from 'mailparser'
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { cancelAtEnd } from '#modules/billing/cancel-subscription.ts'
import { joinHousehold, leaveHousehold, previewJoin } from '#modules/billing/household.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { type InvoiceItem, itemsOf } from '#modules/billing/queries.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
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
  expect(preview.first).toMatchObject({ price: { minor: (1299n * 21n) / 31n } })
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
    'Family monthly from 2026-05-11 until 2026-06-01 879',
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
