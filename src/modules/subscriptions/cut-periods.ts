/** Time that was sold and is taken back: the periods end at `at`, and say what they were sold as. */
import { run, sql, type Tx } from '#platform/db.ts'
import { cutCredits } from '../ledger/credits.ts'

/** What began after `at` keeps its row with nothing left of it, since its invoice was paid and fulfilled once. */
export const cutPeriods = async (
  tx: Tx,
  subscriptionId: string,
  at: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> => {
  await run(
    tx,
    sql`update periods set starts = least(starts, ${at}::timestamptz), ends = ${at}, ended_early_at = ${now},
        sold_starts = coalesce(sold_starts, starts), sold_ends = coalesce(sold_ends, ends)
      where business_id = current_business() and subscription_id = ${subscriptionId} and ends > ${at}`,
  )
  await cutCredits(tx, subscriptionId, at, now)
  for (const changes of [sql`plan_changes`, sql`add_on_changes`])
    await run(
      tx,
      sql`update ${changes} set covers_until = ${at}
        where business_id = current_business() and subscription_id = ${subscriptionId} and covers_until > ${at}`,
    )
}
