/** What is renewed next, and what is renewed together with it. */
import type { Shop } from '#app.ts'
import { type Tx, together } from '#platform/db.ts'
import { dateOf, isBefore, isSame, laterOf } from '#platform/time.ts'
import { keptPlan } from '../catalog/plans.ts'
import { factsUnder } from '../subscriptions/facts.ts'
import { membersOf } from '../subscriptions/households.ts'
import { type NextTerms, termsOfNext } from '../subscriptions/plan-changes.ts'
import { policyOf, sharersOf } from '../subscriptions/queries.ts'
import { type AskedOn, askedOn, goTogether } from '../subscriptions/rules/consolidation.ts'
import { isAsked } from '../subscriptions/rules/household.ts'
import { timeline } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { renewalInvoiceOf } from './queries.ts'

/** A period that would begin now begins when the shop is to be closed. */
export const isPastClosing = ({ closesAt, now }: Shop, { paidThrough }: Pick<Subscription, 'paidThrough'>): boolean =>
  closesAt !== null && !isBefore(paidThrough === null ? now() : laterOf(paidThrough, now()), closesAt)

export type Renewal = { subscription: Subscription; planId: string; planName: string; next: NextTerms }

/** Null where the plan is not renewed, the customer did not agree to its new price, or the shop is closed by then. */
export async function renewalOf(tx: Tx, shop: Shop, subscription: Subscription): Promise<Renewal | null> {
  if (isPastClosing(shop, subscription)) return null
  const next = await termsOfNext(tx, subscription)
  const plan = await keptPlan(tx, shop, next.planId)
  if (plan === null || !plan.renewable || next.unanswered) return null
  return { subscription, planId: plan.id, planName: plan.name, next }
}

/**
 * Whom one invoice asks for as well: the others of its household that end at the same moment, and, where the customer gets one invoice for
 * a day, those that are invoiced on the same day, from that day on. All of them go on, and have no invoice yet.
 */
export async function companionsOf(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<Renewal[]> {
  if (subscription.paidThrough === null || !isAsked(subscription)) return []
  const found: Renewal[] = []
  for (const each of [...(await housemates(tx, subscription)), ...(await sameDay(tx, shop, subscription, now))]) {
    if (each.paidThrough === null || found.some((one) => one.subscription.id === each.id)) continue
    const [known, renewal] = await together([
      renewalInvoiceOf(tx, each.id, each.paidThrough),
      renewalOf(tx, shop, each),
    ])
    if (known === null && renewal !== null) found.push(renewal)
  }
  return found
}

async function housemates(tx: Tx, subscription: Subscription): Promise<Subscription[]> {
  const { householdId } = subscription
  return householdId === null
    ? []
    : (await membersOf(tx, householdId)).filter((each) => isHousemate(subscription, each))
}

/** They are asked for together because they are one household, whatever else is so. */
export const isHousemate = (a: Subscription, b: Subscription): boolean =>
  a.id !== b.id &&
  a.householdId !== null &&
  a.householdId === b.householdId &&
  a.currency === b.currency &&
  isAsked(b) &&
  a.paidThrough !== null &&
  b.paidThrough !== null &&
  isSame(a.paidThrough, b.paidThrough)

/** Who pays one of them long before its day pays that one alone: before it, nothing is consolidated. */
async function sameDay(tx: Tx, shop: Shop, subscription: Subscription, now: Temporal.Instant): Promise<Subscription[]> {
  const others = (await sharersOf(tx, subscription.customerId)).filter(
    (each) => each.id !== subscription.id && isAsked(each) && each.asleepSince === null,
  )
  if (others.length === 0) return []
  const own = await dayOf(tx, shop, subscription)
  if (own === null || own.asked > dateOf(now, shop.zone)) return []
  const days = await Promise.all(others.map((each) => dayOf(tx, shop, each)))
  return others.filter((_, index) => goTogether(own, days[index] ?? null))
}

async function dayOf(tx: Tx, shop: Shop, subscription: Subscription): Promise<AskedOn | null> {
  const policy = await policyOf(tx, shop, subscription)
  return askedOn(subscription, timeline(subscription, policy, await factsUnder(tx, policy, subscription)), shop.zone)
}
