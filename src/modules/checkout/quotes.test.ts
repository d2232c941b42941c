/** Quotes as stories: offered, accepted once, at the price that was said. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { aQuote } from '../../../test/support/quotes.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import { findPlan, savePlan } from '../catalog/plans.ts'
import { findSubscription } from '../subscriptions/queries.ts'
import { acceptQuote } from './accept-quote.ts'
import { quoteState, quoteUrl, readQuote, withdrawQuote } from './quotes.ts'

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
