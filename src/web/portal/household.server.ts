/** With whom a line is renewed, or could be: plain values for portal and console. */
import { type HouseholdPreview, householdOf, possibleCompanions, previewJoin } from '#modules/billing/household.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import type { Tx } from '#platform/db.ts'

export async function readHousehold(tx: Tx, subscription: Subscription) {
  return {
    members: (await householdOf(tx, subscription)).map((each) => ({
      id: each.subscription.id,
      planName: each.planName,
      username: each.username,
      status: each.subscription.status,
      paidThrough: each.subscription.paidThrough?.toString() ?? null,
      price: each.price,
      next: each.next === null ? null : { price: each.next.price, ends: each.next.ends.toString() },
      own: each.subscription.id === subscription.id,
    })),
    offers: await offersFor(tx, subscription),
  }
}

export type HouseholdShown = Awaited<ReturnType<typeof readHousehold>>

/** One for each group that there is, and each line that is in none. */
async function offersFor(tx: Tx, subscription: Subscription) {
  const seen = new Set<string>()
  const offers = []
  for (const other of await possibleCompanions(tx, subscription)) {
    if (seen.has(other.householdId ?? other.id)) continue
    seen.add(other.householdId ?? other.id)
    const preview = await previewJoin(tx, subscription.id, other.id)
    offers.push({ with: other.id, lines: await namesOf(tx, other), ...shown(preview) })
  }
  return offers
}

async function namesOf(tx: Tx, other: Subscription): Promise<{ planName: string; username: string }[]> {
  if (other.householdId !== null)
    return (await householdOf(tx, other)).map(({ planName, username }) => ({ planName, username }))
  const [plan, line] = [await findPlan(tx, other.planId), await lineOfSubscription(tx, other.id)]
  return [{ planName: plan?.name ?? '', username: line?.username ?? '' }]
}

const shown = ({ first, from, price, invoiceStays }: HouseholdPreview) => ({
  first: first && { starts: first.starts.toString(), ends: first.ends.toString(), price: first.price },
  from: from.toString(),
  price,
  invoiceStays,
})
