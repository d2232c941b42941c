/** How many lines and trials a business may begin within 24 hours: asked where one is ordered, before anybody pays. */
import type { Shop } from '#app.ts'
import { maybe, type Query, sql, type Tx } from '#platform/db.ts'
import { plusHours, secondsBetween } from '#platform/time.ts'
import { RateLimited } from '../people/rate-limits.ts'

const windowSeconds = 24 * 3_600

type At = { at: Temporal.Instant }

/** Paid for, or set up already. What was only ordered keeps no place, or whoever orders without paying would close the shop. */
const lines = (since: Temporal.Instant, skip: number): Query<At> =>
  sql<At>`select coalesce(activated_at, created_at) as at from lines where business_id = current_business() and wanted <> 'none'
    and coalesce(activated_at, created_at) > ${since} order by 1 desc offset ${skip} limit 1`

const trials = (since: Temporal.Instant, skip: number): Query<At> =>
  sql<At>`select t.at from trial_marks t where t.business_id = current_business() and t.kind = 'email' and t.at > ${since}
    and exists (select from orders o where o.business_id = t.business_id and o.id = t.order_id and o.status <> 'canceled') order by 1 desc offset ${skip} limit 1`

/** Throws `RateLimited`, which says when there is a place again. */
export async function refuseOverLimit(tx: Tx, shop: Shop, isTrial: boolean, now: Temporal.Instant): Promise<void> {
  const { linesPerDay, trialsPerDay } = shop.limits
  const since = plusHours(now, -24)
  const ask = async (most: number | null, query: typeof lines, what: string) => {
    if (most === null) return
    const oldest = most === 0 ? { at: now } : await maybe(tx, query(since, most - 1))
    if (oldest === null) return
    const resetSeconds = Math.max(1, Math.ceil(secondsBetween(now, plusHours(oldest.at, 24))))
    throw new RateLimited({ limit: 'business', quota: most, windowSeconds, remaining: 0, resetSeconds }, what)
  }
  await ask(linesPerDay, lines, 'This shop sells no more lines today')
  if (isTrial) await ask(trialsPerDay, trials, 'All trials of today are given away')
}
