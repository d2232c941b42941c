/** The facts that smart rules ask for, read for many subscriptions in one statement. */
import { asked, byId, rows, sql, type Tx } from '#platform/db.ts'
import { periodStart, presentPeriodStarts } from './queries.ts'
import { type Facts, noFacts } from './rules/condition.ts'
import type { Policy } from './rules/policy.ts'
import type { Subscription } from './rules/subscription.ts'

type Row = {
  id: string
  periodStarts: Temporal.Instant | null
  since: Temporal.Instant | null
  paidPeriods: number
  /** Instants as RFC 3339 text: they come in arrays, which the driver leaves alone. */
  renewals: { due: string; on_time: boolean }[]
  failed: string[]
  lastSeen: Temporal.Instant | null
  country: string | null
  productId: string | null
  tags: string[]
}

/** How far back rules may look: renewals, and days of declined payments. */
const mostRenewals = 60
const mostFailures = 365

/**
 * Facts of each subscription that exists. A renewal counts as on time when its invoice was paid by the end of the time before; one
 * that was taken back does not count.
 */
export async function factsOf(tx: Tx, subscriptionIds: readonly string[]): Promise<Map<string, Facts>> {
  if (subscriptionIds.length === 0) return new Map()
  const found = await rows(tx, factRows.many(subscriptionIds))
  return new Map(found.map((row) => [row.id, fromRow(row)]))
}

const factRows = byId<Row>(
  (subscriptionIds) =>
    sql`select s.id, p.since, coalesce(p.paid, 0)::int as "paidPeriods", ${presentPeriodStarts(sql`s.id`, sql`s.paid_through`)} as "periodStarts", coalesce(u.last_seen_at, case when k.usage_at is not null then l.activated_at end) as "lastSeen", c.country, c.tags, pl.product_id as "productId",
        coalesce(r.renewals, '[]') as renewals, coalesce(f.failed, '[]') as failed
      from subscriptions s
      join customers c on c.business_id = s.business_id and c.id = s.customer_id
      join plans pl on pl.business_id = s.business_id and pl.id = s.plan_id
      left join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      left join panels k on k.business_id = l.panel_business_id and k.id = l.panel_id
      left join line_usage u on u.business_id = l.business_id and u.line_id = l.id
      left join lateral (
        select min(starts) as since, count(*) filter (where kind = 'paid') as paid
        from periods where business_id = s.business_id and subscription_id = s.id) p on true
      left join lateral (
        select jsonb_agg(jsonb_build_object('due', to_char(x.due at time zone 'UTC', ${rfc3339}), 'on_time', x.on_time) order by x.due desc) as renewals from (
          select i.period_start as due, v.paid_at is not null and v.paid_at <= i.period_start as on_time
          from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
          where i.business_id = s.business_id and i.subscription_id = s.id and i.period_start is not null and v.status <> 'void'
          order by i.period_start desc limit ${mostRenewals}) x) r on true
      left join lateral (
        select jsonb_agg(to_char(pay.created_at at time zone 'UTC', ${rfc3339})) as failed from payments pay
        where pay.business_id = s.business_id and pay.status = 'failed' and pay.created_at > s.paid_through - make_interval(days => ${mostFailures})
          and pay.invoice_id in (select i.invoice_id from invoice_items i where i.business_id = s.business_id and i.subscription_id = s.id)) f on true
      where s.business_id = current_business() and s.id = any (${subscriptionIds}::text[])`,
)

const rfc3339 = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

const fromRow = ({ renewals, failed, id: _id, ...row }: Row): Facts => ({
  ...row,
  renewals: renewals.map(({ due, on_time }) => ({ due: Temporal.Instant.from(due), onTime: on_time })),
  failedCharges: failed.map((at) => Temporal.Instant.from(at)),
})

/** The facts that this policy needs of one subscription: without rules, where its period began is enough. */
export async function factsUnder(
  tx: Tx,
  policy: Pick<Policy, 'rules'>,
  subscription: Pick<Subscription, 'id' | 'paidThrough' | 'createdAt'>,
): Promise<Facts> {
  if (policy.rules.length === 0) return { ...noFacts, periodStarts: await periodStart(tx, subscription) }
  const [row] = await asked(tx, factRows, subscription.id)
  return row === undefined ? noFacts : fromRow(row)
}
