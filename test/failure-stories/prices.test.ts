/** What went wrong elsewhere, told as our own stories: what was agreed, what costs nothing, and what was canceled before. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { documentOf } from '#modules/billing/document-of.ts'
import { registered } from '#modules/billing/tax/tax.test-support.ts'
import { findPlan, savePlan } from '#modules/catalog/plans.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { changeBusiness } from '#modules/people/business.ts'
import { changeCustomer } from '#modules/people/customers.ts'
import { scenario } from '../support/scenario.ts'
import { present } from '../support/stories.ts'
import type { World } from '../support/world.ts'

async function priced(world: World, amountMinor: bigint, name?: string): Promise<void> {
  await transaction(world.shop, 'set-up', async (tx) => {
    const plan = present(await findPlan(tx, world.planId))
    const prices = [{ currency: 'EUR', amountMinor, setupMinor: 0n }]
    await savePlan(
      tx,
      world.shop,
      { ...plan, prices, name: name ?? plan.name },
      name === undefined ? plan.id : undefined,
    )
  })
}

scenario('F63: the price agreed at the sale wins over the plan’s new one, until somebody changes it', async (world) => {
  const tv = await world.customer('ana').buys()
  await priced(world, 9_900n)
  const renewed = await tv.renews()
  expect(renewed.totalMinor).toBe(1299n)
  const other = await world.customer('bob').buys()
  expect((await other.items()).map(({ totalMinor }) => totalMinor)).toEqual([9_900n])
})

scenario(
  'F67: what costs nothing renews itself, period after period, and nobody can be asked to pay it',
  async (world) => {
    await priced(world, 0n, 'Gift')
    const gift = await world.customer('ana').orders({ plan: 'Gift' })
    await world.settle()
    const { rows: told } = await rehearse(world.shop, { days: 100, payments: 'nobody' })
    await world.pass({ days: 100 })
    expect(await gift.subscription()).toMatchObject({ status: 'active' })
    expect(await gift.payments()).toEqual([])
    const periods = await gift.periods()
    expect(periods.length).toBeGreaterThanOrEqual(4)
    expect(periods.length).toBeLessThanOrEqual(5)
    // And the rehearsal knew: a renewal for each period that was to come, and nobody cut off.
    expect(told.filter(({ action }) => action === 'payment')).toHaveLength(periods.length - 1)
    expect(told.map(({ action }) => action)).not.toContain('suspend')
    expect(await (await gift.line()).onPanel()).toMatchObject({ enabled: true })
  },
)

scenario('F67: an order that costs nothing asks for no payment and is set up at once', async (world) => {
  await priced(world, 0n, 'Gift')
  const gift = await world.customer('ana').orders({ plan: 'Gift' })
  await world.settle()
  expect(await gift.payments()).toEqual([])
  expect(await gift.order()).toMatchObject({ status: 'ready' })
  expect(await (await gift.line()).onPanel()).toMatchObject({ enabled: true })
})

scenario('F78: canceling what is canceled at the gateway already works, and twice is once', async (world) => {
  const order = await world.customer('ana').orders()
  await order.pays('decline')
  await world.settle()
  const [page] = [...world.gateway.store.shelf<{ id: string; status: string }>('payments').values()]
  // Somebody canceled it on the gateway's own pages.
  world.gateway.store.shelf('payments').put(present(page).id, { ...page, status: 'canceled' })
  await cancelOrder(world.shop, order.orderId)
  await cancelOrder(world.shop, order.orderId)
  await world.settle()
  expect(await order.order()).toMatchObject({ status: 'canceled' })
})

scenario(
  'F62: a currency without a price blocks the sale, and a price of one currency is never another’s',
  async (world) => {
    const missing = world.customer('ana').orders({ currency: 'SEK' })
    await expect(missing).rejects.toMatchObject({ code: 'not_sellable' })
    expect(await world.customer('ana').invoices()).toEqual([])
    await transaction(world.shop, 'set-up', async (tx) => {
      const plan = present(await findPlan(tx, world.planId))
      const prices = [...plan.prices, { currency: 'SEK', amountMinor: 13_900n, setupMinor: 0n }]
      await savePlan(tx, world.shop, { ...plan, prices }, plan.id)
    })
    await world.customer('ana').orders({ currency: 'SEK' })
    await world.customer('ben').orders()
    const asked = [...(await world.customer('ana').invoices()), ...(await world.customer('ben').invoices())]
    expect(asked.map(({ currency, totalMinor }) => [currency, totalMinor])).toEqual([
      ['SEK', 13_900n],
      ['EUR', 1299n],
    ])
  },
)

scenario(
  'F64, F65: what was issued says the same after plan, prices, tax, buyer and shop have changed',
  async (world) => {
    await registered(world)
    const tv = await world.customer('ana').buys({ country: 'DE' })
    const paper = () => transaction(world.shop, 'read', (tx) => documentOf(tx, world.shop, tv.invoiceId))
    const before = await paper()
    const { customerId } = await tv.subscription()
    await priced(world, 9_900n)
    await transaction(world.shop, 'change', async (tx) => {
      const plan = present(await findPlan(tx, world.planId))
      await savePlan(tx, world.shop, { ...plan, name: 'Other', prices: [] }, plan.id)
      await changeCustomer(
        tx,
        world.shop,
        customerId,
        { name: 'Somebody Else', vatId: 'DE123456788' },
        world.shop.now(),
      )
      await changeBusiness(tx, world.shop, { name: 'Another Shop', legal: { name: 'Another Ltd', vatId: 'DE1' } })
    })
    await registered(world, { registrations: [] })
    expect(await paper()).toEqual(before)
    expect(JSON.stringify(before, (_, each) => (typeof each === 'bigint' ? String(each) : each))).toContain('"207"')
  },
)
