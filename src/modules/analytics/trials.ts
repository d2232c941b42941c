/** What became of trials: how many began, run, led to a paid plan or lapsed; and how often which limit refused one. */
import { rows, sql, type Tx } from '#platform/db.ts'
import type { TrialRefusal } from '../checkout/trials.ts'

/** `converted`: the customer has paid for a period since. `lapsed`: it is over, and he has not. */
export type TrialFigures = {
  planId: string
  plan: string
  began: number
  running: number
  converted: number
  lapsed: number
}
export type TrialReport = { plans: TrialFigures[]; refused: { limit: TrialRefusal; count: number }[] }

/** Trials that began since then, by plan; those never delivered or canceled before are none. */
export async function trialReport(tx: Tx, since: Temporal.Instant): Promise<TrialReport> {
  const plans = await rows(
    tx,
    sql<TrialFigures>`select x.plan_id as "planId", x.plan, count(*)::int as began, count(*) filter (where not x.paid and x.status = 'trial')::int as running,
        count(*) filter (where x.paid)::int as converted, count(*) filter (where not x.paid and x.status <> 'trial')::int as lapsed
      from (
        select o.plan_id, p.name as plan, s.status, exists (select from periods paid
            join subscriptions own on own.business_id = paid.business_id and own.id = paid.subscription_id and own.customer_id = o.customer_id
            join invoice_items i on i.business_id = paid.business_id and i.id = paid.invoice_item_id and i.total_minor > 0
            where paid.business_id = o.business_id and paid.kind = 'paid' and paid.created_at >= o.created_at) as paid
        from orders o join plans p on p.business_id = o.business_id and p.id = o.plan_id and p.trial
        join subscriptions s on s.business_id = o.business_id and s.id = o.subscription_id and s.status <> 'pending'
        where o.business_id = current_business() and o.created_at >= ${since} and o.status <> 'canceled') x
      group by 1, 2 order by 3 desc, 1`,
  )
  const refused = await rows(
    tx,
    sql<{ limit: TrialRefusal; count: number }>`select data ->> 'limit' as limit, count(*)::int as count from events
      where business_id = current_business() and type = 'trial.refused' and at >= ${since} group by 1 order by 2 desc, 1`,
  )
  return { plans, refused }
}

/** Of those that are over, how many in a hundred stayed; null before the first is over. */
export function conversionPercent(plans: readonly Pick<TrialFigures, 'converted' | 'lapsed'>[]): number | null {
  const converted = plans.reduce((sum, each) => sum + each.converted, 0)
  const over = converted + plans.reduce((sum, each) => sum + each.lapsed, 0)
  return over === 0 ? null : Math.round((converted * 1_000) / over) / 10
}
