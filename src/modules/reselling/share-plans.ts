/** What a parent lets a child sell, for how many credits, and within which prices. */
import type { Shop } from '#app.ts'
import { json, one, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { findPlan } from '../catalog/plans.ts'
import { faultOfBreaks } from '../catalog/rules.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { plansFor, readChild } from './queries.ts'
import type { Break } from './rules.ts'

export type PlanTerms = {
  /** Thousandths of a credit for a whole term; null: what the plan itself says. */
  costMilli: bigint | null
  breaks: readonly Break[]
  /** Bounds of the reseller's own price, in minor units of his currency. */
  leastMinor: bigint | null
  mostMinor: bigint | null
}

export const standardTerms: PlanTerms = { costMilli: null, breaks: [], leastMinor: null, mostMinor: null }

/**
 * Shares a plan, or changes what was agreed about one: the reseller has a copy of it under the same id, on the same panels. Repeating it
 * brings term and panels of the copy up to date. What was agreed counts for periods that begin from now on.
 */
export async function sharePlan(
  tx: Tx,
  shop: Shop,
  { resellerId, planId, ...terms }: PlanTerms & { resellerId: string; planId: string },
): Promise<void> {
  const now = shop.now()
  await readChild(tx, resellerId)
  if ((await findPlan(tx, planId)) === null) throw new Refusal('not_found', 'There is no such plan.')
  const fault = faultOfBreaks(terms.breaks)
  if (fault !== null)
    throw new Refusal('invalid_input', 'Please check the breakpoints.', [
      { pointer: '/breaks', code: 'invalid', detail: fault },
    ])
  if (terms.leastMinor !== null && terms.mostMinor !== null && terms.leastMinor > terms.mostMinor)
    throw new Refusal('invalid_input', 'Please check the prices.', [
      { pointer: '/most', code: 'out_of_range', detail: 'The highest price lies below the lowest.' },
    ])
  const before = (await plansFor(tx, resellerId)).find((each) => each.planId === planId && each.version > 0) ?? null
  await run(
    tx,
    sql`insert into plan_grants (business_id, plan_id, granted_to, credit_cost_milli, breaks, least_minor, most_minor, created_at)
      values (${shop.businessId}, ${planId}, ${resellerId}, ${terms.costMilli},
        ${json(terms.breaks.map(({ from, costMilli }) => ({ from, cost_milli: Number(costMilli) })))}, ${terms.leastMinor}, ${terms.mostMinor}, ${now})
      on conflict (business_id, plan_id, granted_to) do update set credit_cost_milli = excluded.credit_cost_milli, breaks = excluded.breaks,
        least_minor = excluded.least_minor, most_minor = excluded.most_minor, ended_at = null, version = plan_grants.version + 1`,
  )
  await one(tx, sql`select share_plan(${resellerId}, ${planId}, ${now})`)
  await record(tx, shop, now, {
    type: 'plan.shared',
    subjectType: 'plan',
    subjectId: planId,
    data: { reseller: resellerId, ...changesOf(before, { ...terms, shared: true }) },
  })
}

/** Nothing new is sold of it; lines that run go on and are renewed as agreed. */
export async function stopSharing(tx: Tx, shop: Shop, resellerId: string, planId: string): Promise<void> {
  const now = shop.now()
  await readChild(tx, resellerId)
  const ended = await run(
    tx,
    sql`update plan_grants set ended_at = ${now}, version = version + 1
      where business_id = current_business() and plan_id = ${planId} and granted_to = ${resellerId} and ended_at is null`,
  )
  if (ended === 0) throw new Refusal('not_found', 'This plan is not shared with him.')
  await one(tx, sql`select stop_sharing_plan(${resellerId}, ${planId})`)
  await record(tx, shop, now, {
    type: 'plan.unshared',
    subjectType: 'plan',
    subjectId: planId,
    data: { reseller: resellerId },
  })
}
