/** Where a customer stands with each of his lines: what runs, until when, and what there is to pay. For portal and renewal pages. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { type Money, money } from '#platform/money.ts'
import { sellsAddOns } from '../catalog/add-ons.ts'
import { findPlan, findProduct } from '../catalog/plans.ts'
import { restrictionOf } from '../lines/panels.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import type { Line } from '../lines/rules.ts'
import { factsUnder } from '../subscriptions/facts.ts'
import { membersOf } from '../subscriptions/households.ts'
import { termsOfNext } from '../subscriptions/plan-changes.ts'
import { comingPriceOf } from '../subscriptions/price-changes.ts'
import { findSubscription, readPolicy, subscriptionsOf } from '../subscriptions/queries.ts'
import { leftAfterNext } from '../subscriptions/rules/discount.ts'
import { cutOff, type PlannedStep, timeline } from '../subscriptions/rules/policy.ts'
import type { ComingPrice } from '../subscriptions/rules/price-change.ts'
import { extend, extendBy, type Period, type Span, type Subscription } from '../subscriptions/rules/subscription.ts'
import { defaultMethodId } from './collections.ts'
import { type Invoice, linesOfInvoice, openAttemptsOf, renewalInvoiceOf } from './queries.ts'
import { companionsOf } from './renewals.ts'
import { spanOf } from './rules.ts'

export type Standing = {
  subscription: Subscription
  line: Line | null
  planName: string
  connections: number
  /** It has add-ons, or some are sold with its plan. */
  addOns: boolean
  /** Whether money can buy more time: the plan renews and has not been taken away. */
  renewable: boolean
  /** What the next period costs, or what is left of its invoice. */
  price: Money
  /** What its own coupon takes off that, and for how many periods after it; null: for all. */
  discount: { code: string; amount: Money; left: number | null } | null
  /** Each line that the renewal pays for, where there are several; `price` is for all of them. */
  together: readonly { planName: string; username: string; price: Money }[]
  /** How many its household has, itself among them; 0: it is in none. */
  household: number
  /** The next period, where it is no whole term. */
  span: Span | null
  /** The unpaid invoice for the next period, once it was issued. */
  invoice: Invoice | null
  /** When the picture stops unless it is paid. */
  cutOff: Temporal.Instant | null
  /** Every step of the present period, done or not; without restrictions that its line or panel does not allow. */
  planned: readonly PlannedStep[]
  /** Since when a payment is on its way that may still bring the money: nothing is stopped meanwhile. */
  payingSince: Temporal.Instant | null
  /** A saved method is charged for the renewal. */
  willCharge: boolean
  /** A new price that is announced for a renewal to come. */
  coming: ComingPrice | null
}

export async function standingsOf(tx: Tx, shop: Shop, customerId: string): Promise<Standing[]> {
  const found: Standing[] = []
  for (const subscription of await subscriptionsOf(tx, customerId)) found.push(await about(tx, shop, subscription))
  return found
}

/** Null for an unknown subscription and for one that was ordered and never paid. */
export async function standingOf(tx: Tx, shop: Shop, subscriptionId: string): Promise<Standing | null> {
  const subscription = await findSubscription(tx, subscriptionId)
  return subscription === null || subscription.paidThrough === null ? null : about(tx, shop, subscription)
}

async function about(tx: Tx, shop: Shop, subscription: Subscription): Promise<Standing> {
  const plan = await findPlan(tx, subscription.planId)
  const product = plan === null ? null : await findProduct(tx, plan.productId)
  const line = await lineOfSubscription(tx, subscription.id)
  const next =
    subscription.paidThrough === null ? null : await renewalInvoiceOf(tx, subscription.id, subscription.paidThrough)
  const invoice = next?.status === 'open' || next?.status === 'draft' ? next : null
  const policy = await readPolicy(tx, subscription.policyId)
  const { minor, together, span } = await asked(tx, shop, subscription, invoice, {
    planName: plan?.name ?? '',
    username: line?.username ?? '',
  })
  const facts = await factsUnder(tx, policy, subscription)
  const [paying] = await openAttemptsOf(tx, subscription.id)
  return {
    subscription,
    line,
    planName: plan?.name ?? '',
    connections: line?.connections ?? product?.connections ?? 1,
    addOns: subscription.addOns > 0 || (await sellsAddOns(tx, shop, subscription.planId, subscription.currency)),
    renewable: plan?.renewable ?? false,
    price: money(minor, subscription.currency),
    discount: await discountOnNext(tx, subscription),
    together: together.length > 1 ? together : [],
    household: subscription.householdId === null ? 0 : (await membersOf(tx, subscription.householdId)).length,
    span,
    invoice,
    cutOff: cutOff(subscription, policy, facts),
    planned: await noticed(tx, shop, subscription, timeline(subscription, policy, facts)),
    payingSince: paying?.createdAt ?? null,
    willCharge: (await defaultMethodId(tx, subscription.customerId)) !== null,
    coming: await comingPriceOf(tx, subscription.id),
  }
}

async function discountOnNext(tx: Tx, subscription: Subscription): Promise<Standing['discount']> {
  if (subscription.couponUseId === null || subscription.paidThrough === null) return null
  const { coupon, discount } = await termsOfNext(tx, subscription)
  if (coupon === null || discount === null) return null
  return { code: coupon.code, amount: money(discount.minor, subscription.currency), left: leftAfterNext(coupon) }
}

type Asked = { minor: bigint; together: Standing['together']; span: Span | null }

/** By the invoice that is out, or by the one that would be. */
async function asked(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  invoice: Invoice | null,
  own: { planName: string; username: string },
): Promise<Asked> {
  const { currency } = subscription
  if (invoice !== null) {
    const lines = await linesOfInvoice(tx, invoice.id)
    const item = lines.find(({ subscriptionId }) => subscriptionId === subscription.id)
    return {
      minor: invoice.totalMinor - invoice.paidMinor,
      together: lines.map(({ totalMinor, ...line }) => ({ ...line, price: money(totalMinor, currency) })),
      span: item === undefined ? null : spanOf(item),
    }
  }
  const next = await termsOfNext(tx, subscription)
  const together = [{ ...own, price: money(next.totalMinor, currency) }]
  for (const each of await companionsOf(tx, shop, subscription, shop.now())) {
    const line = await lineOfSubscription(tx, each.subscription.id)
    const price = money(each.next.totalMinor, currency)
    together.push({ planName: each.planName, username: line?.username ?? '', price })
  }
  return { minor: together.reduce((sum, { price }) => sum + price.minor, 0n), together, span: next.span }
}

/** A restriction that passes this line over is nothing that its owner would notice. */
async function noticed(
  tx: Tx,
  shop: Shop,
  { id }: Subscription,
  planned: readonly PlannedStep[],
): Promise<readonly PlannedStep[]> {
  if (!planned.some(({ action }) => action === 'restrict')) return planned
  const { connections, restrictable } = await restrictionOf(tx, shop.app, id)
  return planned.filter((step) => step.action !== 'restrict' || (restrictable && connections > (step.connections ?? 1)))
}

/** The period that the next payment buys, if it arrived now: what is promised before paying is what `extend` will do. */
export const nextPeriod = (
  { subscription, span }: Pick<Standing, 'subscription' | 'span'>,
  now: Temporal.Instant,
): Period | null =>
  (span === null ? extend(subscription, subscription.term, now) : extendBy(subscription, subscription.term, span, now))
    .period ?? null
