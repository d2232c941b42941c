/** What another plan would mean for a subscription: one answer for API, console and portal, and the one that the act carries out. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import type { Term } from '#platform/time.ts'
import { addOnsFor } from '../catalog/add-ons.ts'
import { readExchange } from '../catalog/exchange.ts'
import { findPlan, findProduct, listPlans, listProducts, type Plan, type Product, termOf } from '../catalog/plans.ts'
import { type Converted, pieceAt } from '../catalog/rules/exchange.ts'
import { type SoldPrice, soldIn, soldNow } from '../catalog/sold-price.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { packageFor } from '../lines/reshape-line.ts'
import { readSetting } from '../people/settings.ts'
import { heldOf } from '../subscriptions/add-ons.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import type { ChangedAddOn } from '../subscriptions/plan-changes.ts'
import { fingerprintOf } from '../subscriptions/preview.ts'
import { findSubscription } from '../subscriptions/queries.ts'
import { creditsOf, extraConnections, type HeldAddOn, mostConnections, sumOf } from '../subscriptions/rules/add-on.ts'
import { type PlanChange, planChange } from '../subscriptions/rules/plan-change.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { paidTime } from './paid-time.ts'

export type PlanChangePreview = {
  subscription: Subscription
  plan: Plan
  product: Product
  change: PlanChange
  due: Money
  charge: Money
  credit: Money
  /** Each renewal from then on, add-ons included. */
  nextPrice: Money
  /** Of it the plan's own. */
  planPrice: Money
  /** What that was made of, where the plan is sold by rate; of its add-ons by their ids. */
  converted: { plan: Converted | null; addOns: ReadonlyMap<string, Converted | null> }
  /** What goes on beside the new plan, at its prices there, and what ends because the new plan is not sold with it. */
  addOns: { kept: ChangedAddOn[]; ended: HeldAddOn[] }
  nextTerm: Term
  /** Credits that each new period takes from the wallet, in thousandths. */
  nextCreditsMilli: bigint
  line: { username: string; connections: { before: number; after: number } }
  /** To be sent with the act, which then does exactly this. */
  fingerprint: string
}

const notThere = (): Refusal => new Refusal('not_found', 'There is no such subscription.')

/** `asOf`: the instant at which amounts are counted. Throws with a sentence where the plan cannot be had. */
export async function previewPlanChange(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  planId: string,
  asOf: Temporal.Instant,
): Promise<PlanChangePreview> {
  const subscription = await findSubscription(tx, subscriptionId)
  const line = await lineOfSubscription(tx, subscriptionId)
  if (subscription === null || line === null) throw notThere()
  const { plan, product } = await offered(tx, subscription, planId)
  if ((await packageFor(tx, line, product)) === null)
    throw new Refusal('not_sellable', 'This plan is not offered where this line is. Please choose another plan.')
  const price = await soldNow(tx, shop, plan, subscription.currency, asOf)
  if (price === null) throw new Refusal('not_sellable', `This plan has no price in ${subscription.currency}.`)
  const rules = await readSetting(tx, shop, lifeSetting)
  const term = termOf(plan)
  const { stretches, differences } = await paidTime(tx, subscriptionId, asOf, term, 'priced')
  const held = subscription.addOns === 0 ? [] : await heldOf(tx, subscriptionId)
  const { converted, ...addOns } = await addOnsAfter(tx, shop, held, plan.id, subscription.currency, asOf)
  const change = planChange({
    // Plan and add-ons are one price for one time: what both cost together is compared, and prorated.
    subscription: { ...subscription, priceMinor: subscription.priceMinor + sumOf(held, 'quantity') },
    to: {
      id: plan.id,
      priceMinor: price.price.minor + sumOf(addOns.kept, 'quantity'),
      term,
      creditCostMilli: plan.creditCostMilli,
    },
    stretches,
    differences,
    ends: rules.upgrade,
    counting: { unit: rules.proration, zone: subscription.zone },
    now: asOf,
  })
  if (change === null) throw new Refusal('conflict', `The plan cannot be changed while it is ${subscription.status}.`)
  const after =
    product.connections +
    (change.takesEffect === 'now'
      ? extraConnections(addOns.kept)
      : extraConnections(addOns.kept.map((each) => ({ ...each, quantity: each.renewsQuantity }))))
  if (after > mostConnections)
    throw new Refusal(
      'not_sellable',
      `With its add-ons the line would have ${after} connections, and no line has more than ${mostConnections}.`,
    )
  const inCurrency = (minor: bigint) => money(minor, subscription.currency)
  const nextPrice = inCurrency(price.price.minor + sumOf(addOns.kept, 'renewsQuantity'))
  return {
    subscription,
    plan,
    product,
    change,
    due: inCurrency(change.dueMinor),
    charge: inCurrency(change.chargeMinor),
    credit: inCurrency(change.creditMinor),
    nextPrice,
    planPrice: price.price,
    converted: { plan: price.converted.price, addOns: converted },
    addOns,
    nextTerm: term,
    nextCreditsMilli: plan.creditCostMilli + creditsOf(addOns.kept, 'renewsQuantity'),
    line: { username: line.username, connections: { before: line.connections, after } },
    fingerprint: fingerprintOf(asOf, {
      ...change,
      at: change.at?.toString(),
      endsAt: change.endsAt.toString(),
      subscription: subscription.id,
      plan: plan.id,
      price: price.price.minor,
      term,
      connections: after,
      addOns: addOns.kept,
      ended: addOns.ended.map(({ addOnId }) => addOnId),
    }),
  }
}

/** Add-ons stay where the new plan is sold with them, at what they cost there. */
async function addOnsAfter(
  tx: Tx,
  shop: Shop,
  held: readonly HeldAddOn[],
  planId: string,
  currency: string,
  asOf: Temporal.Instant,
): Promise<PlanChangePreview['addOns'] & { converted: PlanChangePreview['converted']['addOns'] }> {
  if (held.length === 0) return { kept: [], ended: [], converted: new Map() }
  if (held.some(({ fromPeriodId }) => fromPeriodId !== null))
    throw new Refusal(
      'conflict',
      'The next period is paid with another number of add-ons already: the plan can be changed once that has begun.',
    )
  const offered = new Map((await addOnsFor(tx, shop, planId, currency, asOf)).map((each) => [each.addOn.id, each]))
  const kept = held.flatMap(({ fromPeriodId: _, ...each }): ChangedAddOn[] => {
    const there = offered.get(each.addOnId)
    if (there === undefined) return []
    const { priceMinor, breaks, creditCostMilli } = there
    return [{ ...each, priceMinor, breaks, creditCostMilli }]
  })
  const converted = new Map(
    held.map(({ addOnId, quantity }) => [addOnId, pieceAt(offered.get(addOnId)?.converted ?? null, quantity)]),
  )
  return { kept, ended: held.filter(({ addOnId }) => !offered.has(addOnId)), converted }
}

async function offered(tx: Tx, subscription: Subscription, planId: string): Promise<{ plan: Plan; product: Product }> {
  const plan = await findPlan(tx, planId)
  const product = plan === null ? null : await findProduct(tx, plan.productId)
  if (plan === null || product === null) throw new Refusal('not_found', 'There is no such plan.')
  if (!plan.active || !product.active || plan.trial || !plan.renewable)
    throw new Refusal('not_sellable', 'This plan cannot be changed to.')
  if (plan.id === subscription.planId) throw new Refusal('conflict', 'This is the present plan.')
  return { plan, product }
}

export type PlanToChangeTo = { plan: Plan; sold: SoldPrice }

/** The plans that a subscription can be changed to, in the order of the shop, at what they cost now. */
export async function plansToChangeTo(tx: Tx, shop: Shop, subscription: Subscription): Promise<PlanToChangeTo[]> {
  const line = await lineOfSubscription(tx, subscription.id)
  if (line === null) return []
  const products = new Map((await listProducts(tx)).map((each) => [each.id, each]))
  const [exchange, now] = [await readExchange(tx, shop), shop.now()]
  const found: PlanToChangeTo[] = []
  for (const plan of await listPlans(tx, { forSale: true })) {
    const sold = soldIn(plan, subscription.currency, exchange, now)
    if (plan.id === subscription.planId || plan.trial || !plan.renewable || sold === null) continue
    const product = products.get(plan.productId)
    if (product !== undefined && (await packageFor(tx, line, product)) !== null) found.push({ plan, sold })
  }
  return found
}
