/** What is renewed next, and what is renewed together with it. */
import type { Shop } from '#app.ts'
import { type Tx, together } from '#platform/db.ts'
import { isSame } from '#platform/time.ts'
import { keptPlan } from '../catalog/plans.ts'
import { membersOf } from '../subscriptions/households.ts'
import { type NextTerms, termsOfNext } from '../subscriptions/plan-changes.ts'
import { isAsked } from '../subscriptions/rules/household.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { renewalInvoiceOf } from './queries.ts'

export type Renewal = { subscription: Subscription; planId: string; planName: string; next: NextTerms }

/** Null where the plan is not renewed, or the customer did not agree to its new price. */
export async function renewalOf(tx: Tx, shop: Shop, subscription: Subscription): Promise<Renewal | null> {
  const next = await termsOfNext(tx, subscription)
  const plan = await keptPlan(tx, shop, next.planId)
  if (plan === null || !plan.renewable || next.unanswered) return null
  return { subscription, planId: plan.id, planName: plan.name, next }
}

/** The others of its household that end at the same moment, go on, and have no invoice yet: one invoice asks for all. */
export async function companionsOf(tx: Tx, shop: Shop, subscription: Subscription): Promise<Renewal[]> {
  const { id, householdId, paidThrough, currency } = subscription
  if (householdId === null || paidThrough === null || !isAsked(subscription)) return []
  const found: Renewal[] = []
  for (const each of await membersOf(tx, householdId)) {
    if (each.id === id || each.currency !== currency || !isAsked(each)) continue
    if (each.paidThrough === null || !isSame(each.paidThrough, paidThrough)) continue
    const [known, renewal] = await together([
      renewalInvoiceOf(tx, each.id, each.paidThrough),
      renewalOf(tx, shop, each),
    ])
    if (known === null && renewal !== null) found.push(renewal)
  }
  return found
}
