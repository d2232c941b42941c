/** Selling by exchange rate: what has no price of its own in a currency is sold at one by rate, and keeps it whatever the rate does later. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { changeAddOn } from '#modules/billing/change-add-ons.ts'
import { changePlan } from '#modules/billing/change-plan.ts'
import { documentOf } from '#modules/billing/document-of.ts'
import { addOnsOf, previewAddOn } from '#modules/billing/preview-add-ons.ts'
import { plansToChangeTo, previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { itemsOf } from '#modules/billing/queries.ts'
import { listRates, typeRate } from '#modules/catalog/exchange.ts'
import { findPlan, savePlan } from '#modules/catalog/plans.ts'
import { findReading, readAllRates, readRates } from '#modules/catalog/read-rates.ts'
import { listOffers, readOffer } from '#modules/checkout/offers.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop } from '#modules/people/business.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { makeBatch } from '#modules/vouchers/make-batch.ts'
import { connectionAddOn } from '../support/add-ons.ts'
import { dyingAt } from '../support/dying.ts'
import { sellsByRate, theBank } from '../support/exchange.ts'
import { anotherPlan } from '../support/plans.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** As the next request opens it: a shop in hand keeps what it has read. */
const opened = (world: World) => openShop(world.app, world.businessId, 'staff:test')
const offers = async (world: World, currency: string) => {
  const shop = await opened(world)
  return read(shop, (tx) => listOffers(tx, shop, currency))
}
const attention = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
const inDollars = { currency: 'USD' } as const
/** A shop that sells in dollars at the bank's rate, which is known. */
async function dollarShop(world: World, more: Parameters<typeof sellsByRate>[1] = {}) {
  const bank = await theBank(world)
  await sellsByRate(world, more)
  await world.settle()
  return bank
}

scenario('nothing is sold by rate until somebody says so, and without a rate it stays unsold', async (world) => {
  const { shop } = world
  expect((await offers(world, 'USD')).currencies).toEqual(['EUR'])
  await expect(world.customer('ana', await opened(world)).orders(inDollars)).rejects.toMatchObject({
    code: 'not_sellable',
  })
  await sellsByRate(world, { source: 'staff' })
  expect(await attention(world)).toEqual(['exchange_rate_old'])
  await expect(world.customer('ana', await opened(world)).orders(inDollars)).rejects.toMatchObject({
    code: 'not_sellable',
  })
  const typed = { currency: 'USD', rate: '1.0871', day: '2026-01-31' }
  await transaction(shop, 'type', (tx) => typeRate(tx, shop, typed))
  expect(await attention(world)).toEqual([])
  const { currencies, offers: shown } = await offers(world, 'USD')
  expect(currencies).toEqual(['EUR', 'USD'])
  expect(shown[0]).toMatchObject({
    price: { minor: 1412n, currency: 'USD' },
    converted: { price: { source: 'staff', rate: '1.0871' } },
  })
  // What was typed for a day that has not come, or is no rate, is refused.
  for (const wrong of [
    { day: '2026-02-01' },
    { rate: '0.00' },
    { rate: '-1' },
    { currency: 'EUR' },
    { currency: 'QQQ' },
  ])
    await expect(transaction(shop, 'type', (tx) => typeRate(tx, shop, { ...typed, ...wrong }))).rejects.toMatchObject({
      code: 'invalid_input',
    })
  // Five days later it may be used; on the sixth it is too old, and staff are told.
  await world.until('2026-02-05')
  expect((await offers(world, 'USD')).currencies).toEqual(['EUR', 'USD'])
  await world.until('2026-02-06')
  await readAllRates(world.app)
  expect((await offers(world, 'USD')).currencies).toEqual(['EUR'])
  expect(await attention(world)).toEqual(['exchange_rate_old'])
  await expect(world.customer('ana', await opened(world)).orders(inDollars)).rejects.toMatchObject({
    code: 'not_sellable',
  })
})

scenario(
  'an order locks its rate: the same cart keeps it, and the renewal asks for the agreed price',
  async (world) => {
    const { shop, planId } = world
    const bank = await dollarShop(world, {
      currencies: [{ currency: 'USD', margin_percent: '2', rounding: 'ninety_nine' }],
    })
    const request = {
      cartKey: 'cart/one',
      planId,
      email: 'ana@example.net',
      username: 'ana',
      currency: 'USD',
      source: 'api',
    } as const
    const order = await placeOrder(shop, request)
    await bank.tells({ day: '2026-02-02', rates: { USD: '2.0000' } })
    await world.pass({ hours: 49 - 1 })
    await readRates(shop)
    expect((await offers(world, 'USD')).offers[0]?.price.minor).toBe(2_699n)
    expect((await placeOrder(shop, request)).id).toBe(order.id)
    const [invoice] = await world.customer('ana').invoices()
    expect(invoice).toMatchObject({ currency: 'USD', totalMinor: 1_399n })
    const [item] = await read(shop, (tx) => itemsOf(tx, order.invoiceId ?? ''))
    expect(item?.converted).toEqual({
      ...{
        fromCurrency: 'EUR',
        fromMinor: '1299',
        toCurrency: 'USD',
        toMinor: '1399',
        rate: '1.0871',
        day: '2026-01-30',
      },
      ...{ marginPercent: '2', rounding: 'ninety_nine', source: 'ecb', quotedAt: '2026-01-31T12:00:00Z' },
    })
    expect((await read(shop, (tx) => documentOf(tx, shop, order.invoiceId ?? ''))).items[0]?.detail).toBe(
      '13.99 USD converted from 12.99 EUR at 1.0871 plus 2% (European Central Bank, January 30, 2026)',
    )
    const subscription = await read(shop, (tx) => readSubscription(tx, order.subscriptionId ?? ''))
    expect(subscription).toMatchObject({ currency: 'USD', priceMinor: 1_399n })
  },
)

scenario(
  'who bought by rate goes on at his price, with conversion switched off and the plan without a price',
  async (world) => {
    const { shop, planId } = world
    await dollarShop(world)
    const ana = await world.customer('ana').buys(inDollars)
    expect((await ana.subscription()).priceMinor).toBe(1_412n)
    await sellsByRate(world, { currencies: [] })
    const plan = present(await read(shop, (tx) => findPlan(tx, planId)))
    await transaction(shop, 'no-prices', (tx) => savePlan(tx, shop, { ...plan, prices: [] }, plan.id))
    await expect(world.customer('ben', await opened(world)).orders(inDollars)).rejects.toMatchObject({
      code: 'not_sellable',
    })
    expect(await ana.renews()).toMatchObject({ currency: 'USD', totalMinor: 1_412n })
    await world.until('2026-03-29')
    const invoices = await world.customer('ana').invoices()
    expect(invoices.map(({ totalMinor, purpose }) => [totalMinor, purpose])).toEqual([
      [1_412n, 'renewal'],
      [1_412n, 'renewal'],
      [1_412n, 'order'],
    ])
    // The price is his, not the rate's: nothing of a renewal is converted anew.
    for (const { id } of invoices.slice(0, 2))
      expect((await read(shop, (tx) => itemsOf(tx, id))).every(({ converted }) => converted === null)).toBe(true)
  },
)

scenario('a plan with a price of its own in a currency keeps it', async (world) => {
  const { shop } = world
  await dollarShop(world)
  const own = await anotherPlan(world, {
    amount: 2_000n,
    prices: [
      { currency: 'EUR', amountMinor: 2_000n, setupMinor: 0n },
      { currency: 'USD', amountMinor: 2_500n, setupMinor: 100n },
    ],
  })
  expect(await read(shop, (tx) => readOffer(tx, shop, own, 'USD'))).toMatchObject({
    price: { minor: 2_500n },
    setup: { minor: 100n },
    converted: { price: null, setup: null },
  })
  // Vouchers and quotes are promises: a rate is none.
  const batch = {
    name: 'b',
    planId: world.planId,
    value: null,
    count: 1,
    price: { minor: 900n, currency: 'USD' },
    soldTo: '',
    lastUseAt: null,
  }
  await expect(transaction(shop, 'batch', (tx) => makeBatch(tx, shop, batch, shop.now()))).rejects.toMatchObject({
    code: 'invalid_input',
  })
})

scenario(
  'add-ons and a dearer plan are converted at the rate of their day, and lock it on their own invoice',
  async (world) => {
    const { shop } = world
    const bank = await dollarShop(world)
    const big = await anotherPlan(world, { amount: 2_000n })
    const addOnId = await connectionAddOn(world, 500n, { [big]: 600n }, [{ from: 2, amountMinor: 400n }])
    const ana = await world.customer('ana').buys({ ...inDollars, addOns: [{ addOnId, quantity: 2 }] })
    // 12.99, and two at 4.00 each.
    expect((await ana.items()).map(({ totalMinor, converted }) => [totalMinor, converted?.fromMinor])).toEqual([
      [1_412n, '1299'],
      [870n, '400'],
    ])
    await bank.tells({ day: '2026-02-02', rates: { USD: '1.2000' } })
    await world.until('2026-02-02')
    await readRates(shop)
    const later = await opened(world)
    const subscription = await ana.subscription()
    // What was agreed stays for more of the same; the other plan costs what it costs today.
    const [connection] = await read(shop, (tx) => addOnsOf(tx, later, subscription))
    expect(connection?.held).toMatchObject({ priceMinor: 544n, quantity: 2 })
    const more = await read(shop, (tx) => previewAddOn(tx, later, subscription.id, addOnId, 3, shop.now()))
    expect([more.price.minor, more.converted]).toEqual([435n, null])
    const [choice] = await read(shop, (tx) => plansToChangeTo(tx, later, subscription))
    expect(choice).toMatchObject({ sold: { price: { minor: 2_400n, currency: 'USD' } } })
    const preview = await read(shop, (tx) => previewPlanChange(tx, later, subscription.id, big, shop.now()))
    expect(preview.converted.plan).toMatchObject({
      rate: '1.2000',
      fromMinor: 2_000n,
      toMinor: 2_400n,
      day: '2026-02-02',
    })
    const { invoiceId } = await changePlan(later, subscription.id, big, preview.fingerprint)
    const [difference] = await read(shop, (tx) => itemsOf(tx, invoiceId ?? ''))
    expect(difference?.converted).toMatchObject({ rate: '1.2000', toMinor: '2400' })
    await world.customer('ana').paysOpenInvoice()
    expect(await ana.subscription()).toMatchObject({ planId: big, priceMinor: 2_400n, currency: 'USD' })
    expect((await ana.renews()).totalMinor).toBe(2_400n + 2n * 480n)
  },
)

scenario('the first add-on and a cheaper plan lock the rate of the day on which they were asked for', async (world) => {
  const { shop } = world
  const bank = await dollarShop(world)
  const small = await anotherPlan(world, { amount: 500n, connections: 1 })
  const addOnId = await connectionAddOn(world, 500n)
  const ana = await world.customer('ana').buys(inDollars)
  const { id } = await ana.subscription()
  const one = await read(shop, (tx) => previewAddOn(tx, shop, id, addOnId, 1, shop.now()))
  expect(one.converted).toMatchObject({ rate: '1.0871', toMinor: 544n })
  const { invoiceId } = await changeAddOn(shop, id, { addOnId, quantity: 1 }, one.fingerprint)
  expect((await read(shop, (tx) => itemsOf(tx, invoiceId ?? '')))[0]?.converted).toMatchObject({ toMinor: '544' })
  const preview = await read(shop, (tx) => previewPlanChange(tx, shop, id, small, shop.now()))
  // The rate moves between the look and the act: it is another change by then.
  await bank.tells({ day: '2026-01-31', rates: { USD: '1.3000' } })
  await readRates(shop)
  const later = await opened(world)
  await expect(changePlan(later, id, small, preview.fingerprint)).rejects.toMatchObject({ code: 'conflict' })
  const again = await read(later, (tx) => previewPlanChange(tx, later, id, small, later.now()))
  expect(await changePlan(later, id, small, again.fingerprint)).toMatchObject({ status: 'scheduled' })
  await bank.tells({ rates: { USD: '9.9999' } })
  await readRates(shop)
  const renewal = await ana.renews()
  expect(renewal.totalMinor).toBe(650n)
  expect((await read(shop, (tx) => itemsOf(tx, renewal.id)))[0]?.converted).toMatchObject({
    rate: '1.3000',
    toMinor: '650',
  })
})

scenario('a shop whose own currency is sold by rate is open for business', async (world) => {
  const { shop, planId } = world
  await theBank(world)
  await sellsByRate(world, { base: 'USD', currencies: [{ currency: 'EUR' }, { currency: 'JPY' }] })
  await world.settle()
  const plan = present(await read(shop, (tx) => findPlan(tx, planId)))
  const prices = [{ currency: 'USD', amountMinor: 1_500n, setupMinor: 300n }]
  await transaction(shop, 'dollars', (tx) => savePlan(tx, shop, { ...plan, prices }, plan.id))
  expect((await offers(world, 'JPY')).offers[0]).toMatchObject({
    price: { minor: 2_256n, currency: 'JPY' },
    setup: { minor: 451n },
    converted: { price: { rate: '150.41854' } },
  })
  const ana = await world.customer('ana').buys()
  expect((await ana.items()).map(({ kind, totalMinor, converted }) => [kind, totalMinor, converted?.rate])).toEqual([
    ['period', 1_380n, '0.91987858'],
    ['setup', 276n, '0.91987858'],
  ])
})

scenario('a bank that does not answer, or dies on us, leaves what was known', async (world) => {
  const { shop } = world
  const bank = await theBank(world)
  bank.faults.add({ fault: 'http_503' })
  await sellsByRate(world)
  await world.settle()
  expect(await attention(world)).toEqual(['exchange_rate_old'])
  expect(await read(shop, findReading)).toMatchObject({ readAt: null, lastError: 'the file of rates answered 503' })
  bank.faults.clear()
  const died: string[] = []
  for (let deadly = 1; deadly < 20; deadly++) {
    const { points, dead } = await dyingAt(deadly, () => readRates(shop))
    if (!dead) break
    died.push(points.at(-1) ?? '')
    await readRates(shop)
    expect((await offers(world, 'USD')).offers[0]?.price.minor, died.at(-1) ?? '').toBe(1_412n)
  }
  expect(died.map((point) => point.split(':')[0])).toEqual(
    expect.arrayContaining(['fetch-rates', 'save-rates', 'judge-rates']),
  )
  expect(await attention(world)).toEqual([])
  expect(await read(shop, findReading)).toMatchObject({ lastError: null })
  expect((await read(shop, (tx) => listRates(tx, shop))).map(({ currency, rate }) => [currency, rate])).toEqual([
    ['USD', '1.0871'],
  ])
  bank.faults.add({ fault: 'html' })
  await readAllRates(world.app)
  expect((await offers(world, 'USD')).offers[0]?.price.minor).toBe(1_412n)
})
