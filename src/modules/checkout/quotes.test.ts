/** Quotes as stories: offered, accepted once, at the price that was said. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { sellsByRate } from '../../../test/support/exchange.ts'
import { aQuote } from '../../../test/support/quotes.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, purchaseOf, read } from '../../../test/support/stories.ts'
import { itemsOf } from '../billing/queries.ts'
import { registered } from '../billing/tax/tax.test-support.ts'
import { findAddOn, saveAddOn } from '../catalog/add-ons.ts'
import { typeRate } from '../catalog/exchange.ts'
import { findPlan, savePlan } from '../catalog/plans.ts'
import { openShop } from '../people/business.ts'
import { findSubscription } from '../subscriptions/queries.ts'
import { acceptQuote } from './accept-quote.ts'
import { quoteState, quoteUrl, readQuote, withdrawQuote } from './quotes.ts'
import { sumsOfQuote } from './rules/quote.ts'

const by = { source: 'storefront' } as const

scenario('an accepted quote is one order at its price, today and at each renewal', async (world) => {
  const { shop } = world
  const id = await aQuote(world, { setupMinor: 500n })
  // What the plan costs meanwhile, and whether it is sold at all, is of no concern.
  const plan = present(await read(shop, (tx) => findPlan(tx, world.planId)))
  await transaction(shop, 'off', (tx) => savePlan(tx, shop, { ...plan, active: false, prices: [] }, plan.id))
  const all = await Promise.all([acceptQuote(shop, id, by), acceptQuote(shop, id, by), acceptQuote(shop, id, by)])
  expect(new Set(all.map((order) => order.id)).size).toBe(1)
  const [invoice] = await world.customer('kim').invoices()
  expect(invoice).toMatchObject({ totalMinor: 1_400n, currency: 'EUR' })
  const subscription = await read(shop, (tx) => findSubscription(tx, all[0].subscriptionId ?? ''))
  expect(subscription?.priceMinor).toBe(900n)
  expect(await read(shop, (tx) => readQuote(tx, id))).toMatchObject({ status: 'accepted', orderId: all[0].id })
  await expect(withdrawQuote(shop, id)).rejects.toMatchObject({ code: 'conflict' })
})

scenario('after its last day, or withdrawn, nobody accepts it', async (world) => {
  const { shop } = world
  const [late, back] = [await aQuote(world), await aQuote(world)]
  expect(quoteUrl(shop, await read(shop, (tx) => readQuote(tx, back)))).toContain('/quotes/')
  await withdrawQuote(shop, back)
  await expect(withdrawQuote(shop, back)).rejects.toMatchObject({ code: 'conflict' })
  await expect(acceptQuote(shop, back, by)).rejects.toMatchObject({ code: 'conflict' })
  await world.pass({ hours: 73 })
  expect(quoteState(await read(shop, (tx) => readQuote(tx, late)), shop.now())).toBe('expired')
  await expect(acceptQuote(shop, late, by)).rejects.toMatchObject({ code: 'conflict' })
  expect(await world.customer('kim').invoices()).toEqual([])
  await expect(aQuote(world, { validUntil: shop.now() })).rejects.toMatchObject({ code: 'invalid_input' })
})

scenario('a number of add-ons takes the tier of its number, and keeps it when the list has changed', async (world) => {
  const { shop } = world
  const addOnId = await connectionAddOn(world, 500n, {}, [{ from: 3, amountMinor: 400n }])
  const asListed = { priceMinor: null, setupMinor: null }
  const id = await aQuote(world, { ...asListed, addOns: [{ addOnId, quantity: 3, priceMinor: null }] })
  const quote = await read(shop, (tx) => readQuote(tx, id))
  expect(quote).toMatchObject({ priceMinor: 1_299n, addOns: [{ priceMinor: 500n, listMinor: 400n, converted: null }] })
  expect(sumsOfQuote(quote)).toEqual({ today: 2_499n, off: 0n, period: 2_499n, list: 2_499n, renewal: 2_499n })
  const addOn = present(await read(shop, (tx) => findAddOn(tx, addOnId)))
  await transaction(shop, 'dearer', (tx) => saveAddOn(tx, shop, { ...addOn, active: false, plans: [] }, addOnId))
  const order = await acceptQuote(shop, id, by)
  const items = await read(shop, (tx) => itemsOf(tx, order.invoiceId ?? ''))
  expect(items.map(({ kind, quantity, totalMinor }) => [kind, quantity, totalMinor])).toEqual([
    ['period', 1, 1_299n],
    ['add_on', 3, 1_200n],
  ])
  const kim = purchaseOf(world, order)
  await kim.pays()
  await world.settle()
  expect(await kim.renews()).toMatchObject({ totalMinor: 2_499n })
})

scenario('what staff type over is the price of each, whatever the tiers say', async (world) => {
  const { shop } = world
  const addOnId = await connectionAddOn(world, 500n, {}, [{ from: 3, amountMinor: 400n }])
  const id = await aQuote(world, { addOns: [{ addOnId, quantity: 4, priceMinor: 250n }] })
  const quote = await read(shop, (tx) => readQuote(tx, id))
  expect(quote.addOns).toMatchObject([{ priceMinor: 250n, breaks: [], listMinor: 400n }])
  expect(sumsOfQuote(quote)).toMatchObject({ today: 1_900n, list: 2_899n })
  await acceptQuote(shop, id, by)
  expect(await world.customer('kim').invoices()).toMatchObject([{ totalMinor: 1_900n }])
})

scenario('a quote by rate keeps the rate of the day it was made, and so does its order', async (world) => {
  const { shop } = world
  await sellsByRate(world, { source: 'staff' })
  const rate = (rate: string, day: string) =>
    transaction(shop, 'type', (tx) => typeRate(tx, shop, { currency: 'USD', rate, day }))
  await rate('1.0871', '2026-01-31')
  const addOnId = await connectionAddOn(world, 500n, {}, [{ from: 2, amountMinor: 400n }])
  const asListed = { currency: 'USD', priceMinor: null, setupMinor: null }
  const open = await openShop(world.app, world.businessId, 'staff:test')
  const addOns = [{ addOnId, quantity: 2, priceMinor: null }]
  const id = await aQuote({ shop: open, planId: world.planId }, { ...asListed, addOns })
  await world.until('2026-02-02')
  await rate('1.5000', '2026-02-02')
  const order = await acceptQuote(await openShop(world.app, world.businessId, 'staff:test'), id, by)
  const items = await read(shop, (tx) => itemsOf(tx, order.invoiceId ?? ''))
  expect(items.map(({ totalMinor, converted }) => [totalMinor, converted?.rate, converted?.fromMinor])).toEqual([
    [1_412n, '1.0871', '1299'],
    [870n, '1.0871', '400'],
  ])
  // In a currency that nothing is sold in, only what staff type.
  await expect(aQuote(world, { ...asListed, currency: 'GBP' })).rejects.toMatchObject({ code: 'invalid_input' })
  await aQuote(world, { ...asListed, currency: 'GBP', priceMinor: 1_000n })
})

scenario('a discount holds for as many periods as were promised', async (world) => {
  const { shop } = world
  const discount = { percent: 5_000, amountMinor: null, periods: 2 }
  const id = await aQuote(world, { discount, setupMinor: 100n })
  const sums = sumsOfQuote(await read(shop, (tx) => readQuote(tx, id)))
  expect(sums).toEqual({ today: 550n, off: 450n, period: 900n, list: 1_299n, renewal: 450n })
  const kim = purchaseOf(world, await acceptQuote(shop, id, by))
  await kim.pays()
  await world.settle()
  expect((await kim.items()).find(({ kind }) => kind === 'discount')?.description).toBe('Discount: 50 % off (1 of 2)')
  expect(await kim.renews()).toMatchObject({ totalMinor: 450n })
  expect(await kim.renews()).toMatchObject({ totalMinor: 900n })
  const nothing = { percent: null, amountMinor: 0n, periods: 1 }
  await expect(aQuote(world, { discount: nothing })).rejects.toMatchObject({ code: 'invalid_input' })
})

scenario('faults of a quote are told beside their fields', async (world) => {
  const addOnId = await connectionAddOn(world, 500n)
  const faults = async (addOns: { addOnId: string; quantity: number; priceMinor: bigint | null }[]) =>
    aQuote(world, { addOns }).then(
      () => [],
      (refusal: { fields: { pointer: string }[] }) => refusal.fields.map(({ pointer }) => pointer),
    )
  const one = { addOnId, quantity: 1, priceMinor: null }
  expect(await faults([{ ...one, quantity: 5 }])).toEqual(['/add_ons/0/quantity'])
  expect(await faults([one, one])).toEqual(['/add_ons/1/add_on_id'])
  expect(await faults([{ ...one, addOnId: 'addon_none' }])).toEqual(['/add_ons/0/add_on_id'])
})

scenario('tax comes on top of what was offered, by what is known when it is accepted', async (world) => {
  const { shop } = world
  await registered(world, { prices: 'exclusive' })
  const addOnId = await connectionAddOn(world, 500n)
  const discount = { percent: null, amountMinor: 300n, periods: null }
  const addOns = [{ addOnId, quantity: 2, priceMinor: null }]
  const order = await acceptQuote(shop, await aQuote(world, { addOns, discount }), by)
  const [invoice] = await world.customer('kim').invoices()
  expect(invoice?.netMinor).toBe(1_600n)
  expect(invoice?.totalMinor).toBeGreaterThan(1_600n)
  expect(order.invoiceId).toBe(invoice?.id)
  expect((await world.proof()).broken).toEqual([])
})
