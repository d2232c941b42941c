/** What the shop can sell right now: plans with a price in the currency, whose product some panel can take. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, share } from '#platform/money.ts'
import type { Term } from '#platform/time.ts'
import { type Exchange, readExchange } from '../catalog/exchange.ts'
import { findPlan, findProduct, listPlans, listProducts, type Plan, type Product, termOf } from '../catalog/plans.ts'
import { currenciesOf, type SoldPrice, soldIn } from '../catalog/sold-price.ts'
import { canBeDelivered } from '../lines/route-line.ts'

export type Offer = SoldPrice & { plan: Plan; product: Product; term: Term; monthly: Money | null }
export type Offers = { currency: string; currencies: string[]; offers: Offer[] }

/**
 * In the order of the shop. Asked for in a currency that nothing has a price in, the offers come in the shop's own, or else in
 * the first there is. What cannot be delivered is not shown (S2-08).
 */
export async function listOffers(tx: Tx, shop: Shop, wanted: string | null): Promise<Offers> {
  const [plans, products] = [await listPlans(tx, { forSale: true }), await listProducts(tx)]
  const deliverable = new Map<string, Product>()
  for (const product of products)
    if (plans.some((plan) => plan.productId === product.id) && (await canBeDelivered(tx, product.id)))
      deliverable.set(product.id, product)
  const sellable = plans.filter((plan) => deliverable.has(plan.productId))
  const [exchange, now] = [await readExchange(tx, shop), shop.now()]
  const currencies = [...new Set(sellable.flatMap((plan) => currenciesOf(plan, exchange)))].sort()
  const currency =
    [wanted, shop.currency].find((each) => each !== null && currencies.includes(each)) ?? currencies[0] ?? shop.currency
  const offers = sellable.flatMap((plan) => {
    const product = deliverable.get(plan.productId)
    return product === undefined ? [] : (offerOf(plan, product, currency, exchange, now) ?? [])
  })
  return { currency, currencies, offers }
}

/** One plan as an offer. Throws `not_found`, or `not_sellable` with a sentence for the buyer. */
export async function readOffer(tx: Tx, shop: Shop, planId: string, wanted: string | null): Promise<Offer> {
  const plan = await findPlan(tx, planId)
  const product = plan === null ? null : await findProduct(tx, plan.productId)
  if (plan === null || product === null) throw new Refusal('not_found', 'There is no such plan.')
  const [exchange, now] = [await readExchange(tx, shop), shop.now()]
  const offer = (currency: string | null | undefined) =>
    currency == null ? null : offerOf(plan, product, currency, exchange, now)
  const found = offer(wanted) ?? offer(shop.currency) ?? offer(plan.prices[0]?.currency)
  if (!plan.active || !product.active || found === null || !(await canBeDelivered(tx, product.id)))
    throw new Refusal('not_sellable', 'This plan is not for sale at the moment. Please choose another one.')
  return found
}

function offerOf(
  plan: Plan,
  product: Product,
  currency: string,
  exchange: Exchange,
  now: Temporal.Instant,
): Offer | null {
  const found = soldIn(plan, currency, exchange, now)
  if (found === null) return null
  const term = termOf(plan)
  return { plan, product, term, ...found, monthly: monthlyOf(found.price, term) }
}

/** What a month of it costs, for comparing; null for terms shorter than four weeks, where the figure would mislead. */
export function monthlyOf(price: Money, { unit, count }: Term): Money | null {
  if (unit === 'month') return share(price, 1n, BigInt(count))
  if (unit === 'year') return share(price, 1n, BigInt(count * 12))
  if (unit === 'day' && count >= 28) return share(price, 30n, BigInt(count))
  return null
}
