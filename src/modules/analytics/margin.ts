/**
 * What lines bring in and what they cost: the revenue of each month as it is earned (`revenue.ts`), beside the credits that the same time was
 * kept with. A credit costs what its lot did, the oldest lot first; credits of which nobody has said what they cost are told as such. Computed,
 * not posted: it follows from items, periods, charges and lots.
 */
import { rows, sql, type Tx } from '#platform/db.ts'
import { money, toDecimal } from '#platform/money.ts'
import { csvCell } from './csv.ts'
import { after, earnedUntil, sold, startOf } from './revenue.ts'

export type MarginSums = {
  /** Served in this month, net of tax. */
  earned: bigint
  /** Given back in this month, net of tax. */
  refunded: bigint
  /** Kept by gateways in this month: of payments, refunds and disputes. */
  fees: bigint
  /** Of the credits that this month was kept with, as far as their cost is known. */
  cost: bigint
  /** Credits of this month of which it is not known, in thousandths. */
  unknownMilli: bigint
}

export type MarginRow = MarginSums & {
  /** `2026-03`, of the business's zone. */
  month: string
  currency: string
  /** `resellers`: lines of businesses below, which cost credits here and earn elsewhere. `other`: what is sold without a plan. */
  of: 'plan' | 'resellers' | 'other'
  planId: string | null
  planName: string | null
}

export type MarginOfLine = MarginSums & { currency: string; subscriptionId: string; username: string | null }

/** What is left; null where a part of the cost is not known. */
export const marginOf = ({ earned, refunded, fees, cost, unknownMilli }: MarginSums): bigint | null =>
  unknownMilli === 0n ? earned - refunded - fees - cost : null

/**
 * Each use of credits with its place in the order in which they were used, beside lots with theirs. What was used before the first lot was entered has
 * no cost that anybody knows; what comes back for days that nobody has was not used.
 */
const used = sql`flow as materialized (select * from wallet_flow()),
    lots as materialized (
      select source, cost, currency, at, hi - credits as lo, hi, credits, min(at) over (partition by source) as first from (
        select *, sum(credits) over (partition by source order by at, id) as hi from (
          select 'wallet' as source, f.id, f.at, f.amount::numeric as credits, coalesce(l.cost_minor, f.cost_minor) as cost, coalesce(l.currency, f.currency) as currency
          from flow f left join credit_lots l on l.business_id = current_business() and l.transfer_id = f.id and l.undone_at is null
          where f.amount > 0 and f.undoes is null
          union all
          select panel_id, id, bought_at, credits_milli, cost_minor, currency from credit_lots
          where business_id = current_business() and panel_id is not null and undone_at is null) l) l),
    uses as (
      select 'wallet' as source, f.id, f.at, (-f.amount - coalesce(b.amount, 0))::numeric as credits, f.seller, p.subscription_id as subscription, f.purpose,
        coalesce(p.sold_starts, p.starts, f.at) as s, coalesce(p.sold_ends, p.ends, f.at) as e, case when p.ended_early_at is not null then p.ends end as cut
      from flow f
        left join (select undoes, sum(amount) as amount from flow where undoes is not null group by 1) b on b.undoes = f.id
        left join periods p on p.business_id = current_business() and p.id = f.period_id and f.seller = current_business()
      where f.amount < 0
      union all
      select c.panel_id, c.seq::text, c.asked_at, c.price * 1000, c.line_business_id, l.subscription_id, 'credits_used',
        coalesce(p.sold_starts, p.starts, c.asked_at), coalesce(p.sold_ends, p.ends, c.asked_at), case when p.ended_early_at is not null then p.ends end
      from panel_charges c
        left join lines l on l.business_id = c.line_business_id and l.id = c.line_id
        left join lateral (select q.* from periods q where q.business_id = l.business_id and q.subscription_id = l.subscription_id and q.created_at <= c.asked_at
          order by q.created_at desc, q.starts desc limit 1) p on true
      where c.business_id = current_business() and c.state in ('done', 'unclear')),
    placed as materialized (
      select u.*, sum(case when f.first is null or u.at < f.first then 0 else u.credits end) over (partition by u.source order by u.at, u.id) as hi,
        f.first is null or u.at < f.first as early
      from uses u left join (select distinct source, first from lots) f on f.source = u.source where u.credits > 0),
    costs as materialized (
      select u.source, u.id, u.subscription, u.seller, u.purpose, u.s, u.e, u.cut, l.currency, least(u.hi, l.hi) - greatest(u.hi - u.credits, l.lo) as credits,
        trunc(l.cost * (least(u.hi, l.hi) - l.lo) / l.credits) - trunc(l.cost * (greatest(u.hi - u.credits, l.lo) - l.lo) / l.credits) as cost
      from placed u join lots l on l.source = u.source and l.cost is not null and l.lo < u.hi and u.hi - u.credits < l.hi where not u.early),
    spent as (
      select subscription, seller, purpose, s, e, cut, currency, cost, 0::numeric as unknown from costs
      union all
      select subscription, seller, purpose, s, e, cut, null, 0, sum(credits) from (
        select source, id, subscription, seller, purpose, s, e, cut, credits from placed
        union all select source, id, subscription, seller, purpose, s, e, cut, -credits from costs) x
      group by source, id, subscription, seller, purpose, s, e, cut)`

/** Revenue, what went back, fees, cost, and credits of unknown cost: each with the time over which it is spread. */
const pieces = sql`select n.plan, n.subscription, n.currency, false as resellers, 'earned' as what, n.net::numeric as net, n.s, n.e, n.cut from sold n
    union all
    select r.plan, r.subscription, r.currency, false, 'refunded', r.part, r.at, r.at, null from (
      select n.plan, n.subscription, n.currency, t.at,
        trunc(t.amount * sum(n.net) over parts / nullif(sum(n.net) over whole, 0)) - trunc(t.amount * (sum(n.net) over parts - n.net) / nullif(sum(n.net) over whole, 0)) as part
      from transfers t join refunds f on f.business_id = t.business_id and f.id = t.cause_id
        join payments y on y.business_id = f.business_id and y.id = f.payment_id
        join (select plan, subscription, currency, invoice, sum(net) as net from sold group by 1, 2, 3, 4) n on n.invoice = coalesce(f.invoice_id, y.invoice_id)
      where t.business_id = current_business() and t.debit_account = 'deferred/' || t.unit and split_part(t.purpose, '/', 1) in ('refund', 'refund_to_balance')
      window parts as (partition by t.id order by n.plan, n.subscription), whole as (partition by t.id)) r where r.part is not null
    union all
    select f.plan, f.subscription, f.unit, false, 'fees', coalesce(f.part, f.kept), f.at, f.at, null from (
      select n.plan, n.subscription, t.unit, t.at, t.kept,
        trunc(t.kept * sum(n.net) over parts / nullif(sum(n.net) over whole, 0)) - trunc(t.kept * (sum(n.net) over parts - n.net) / nullif(sum(n.net) over whole, 0)) as part
      from (select id, cause_id, unit, at, case when debit_account like 'fees/%' then amount else -amount end as kept from transfers
          where business_id = current_business() and (debit_account like 'fees/%' or credit_account like 'fees/%')) t
        left join gateway_moves m on m.business_id = current_business() and m.id = t.cause_id
        left join disputes d on d.business_id = current_business() and d.id = t.cause_id
        left join payments y on y.business_id = current_business() and y.id = coalesce(m.payment_id, d.payment_id)
        left join (select plan, subscription, invoice, sum(net) as net from sold group by 1, 2, 3) n on n.invoice = y.invoice_id
      window parts as (partition by t.id order by n.plan, n.subscription), whole as (partition by t.id)) f
    union all
    select u.plan_id, x.subscription, coalesce(x.currency, u.currency, (select currency from businesses where id = current_business())), x.seller is distinct from current_business(), w.what, w.net, x.s, x.e, x.cut
    from spent x left join subscriptions u on u.business_id = current_business() and u.id = x.subscription
      cross join lateral (values ('cost', x.cost), ('unknown', x.unknown)) w (what, net)
    where x.purpose = 'credits_used' and w.net <> 0`

const until = (what: keyof typeof names) =>
  sql`coalesce(sum(${earnedUntil}) filter (where s.what = ${sql.lit(names[what])}), 0)::bigint`

const names = { earned: 'earned', refunded: 'refunded', fees: 'fees', cost: 'cost', unknownMilli: 'unknown' } as const

type Found = MarginSums & {
  place: number
  currency: string
  resellers: boolean
  key: string | null
  name: string | null
}

/** Running sums at each bound, by plan or by subscription. `plan`: only of it. */
const runningSums = (tx: Tx, bounds: readonly Temporal.Instant[], by: 'plan' | 'subscription', plan: string | null) =>
  rows(
    tx,
    sql<Found>`with bounds as (select at, place::int from unnest(${bounds.map(String)}::timestamptz[]) with ordinality u (at, place)),
      sold as materialized (${sold}), ${used}, pieces as materialized (${pieces}),
      sums as (select b.place, s.currency, s.resellers, ${by === 'plan' ? sql`s.plan` : sql`s.subscription`} as key, ${until('earned')} as earned, ${until('refunded')} as refunded, ${until('fees')} as fees,
          ${until('cost')} as cost, ${until('unknownMilli')} as unknown
        from bounds b cross join pieces s where ${plan}::text is null or s.plan = ${plan} and not s.resellers group by 1, 2, 3, 4)
      select s.place, s.currency, s.resellers, s.key, ${by === 'plan' ? sql`p.name` : sql`l.username`} as name, s.earned, s.refunded, s.fees, s.cost, s.unknown as "unknownMilli"
      from sums s ${
        by === 'plan'
          ? sql`left join plans p on p.business_id = current_business() and p.id = s.key`
          : sql`left join lines l on l.business_id = current_business() and l.subscription_id = s.key`
      } order by s.resellers, name nulls last, s.key, s.currency, s.place`,
  )

const nothing: MarginSums = { earned: 0n, refunded: 0n, fees: 0n, cost: 0n, unknownMilli: 0n }

const between = (before: MarginSums, later: MarginSums): MarginSums => ({
  earned: later.earned - before.earned,
  refunded: later.refunded - before.refunded,
  fees: later.fees - before.fees,
  cost: later.cost - before.cost,
  unknownMilli: later.unknownMilli - before.unknownMilli,
})

const isNothing = (sums: MarginSums): boolean =>
  sums.earned === 0n && sums.refunded === 0n && sums.fees === 0n && sums.cost === 0n && sums.unknownMilli === 0n

/** From the first to the last month, both included, by plan and currency. What is nothing is absent. */
export async function marginByPlan(tx: Tx, months: readonly string[], zone: string): Promise<MarginRow[]> {
  const bounds = [...months.map((each) => startOf(each, zone)), startOf(after(months.at(-1) ?? ''), zone)]
  const found = await runningSums(tx, bounds, 'plan', null)
  const groups = [...Map.groupBy(found, ({ key, resellers, currency }) => `${resellers}/${key}/${currency}`).values()]
  return months.flatMap((month, index) =>
    groups.flatMap((group) => {
      const at = (place: number) => group.find((each) => each.place === place) ?? nothing
      const sums = between(at(index + 1), at(index + 2))
      const [first] = group
      if (first === undefined || isNothing(sums)) return []
      const { resellers, key, name, currency } = first
      const of = resellers ? 'resellers' : key === null ? 'other' : 'plan'
      return [{ ...sums, month, currency, of, planId: key, planName: name } as const]
    }),
  )
}

/** Of one plan in one month: each line by itself, by name. */
export async function marginByLine(tx: Tx, month: string, planId: string, zone: string): Promise<MarginOfLine[]> {
  const found = await runningSums(tx, [startOf(month, zone), startOf(after(month), zone)], 'subscription', planId)
  return [...Map.groupBy(found, ({ key, currency }) => `${key}/${currency}`).values()].flatMap((group) => {
    const at = (place: number) => group.find((each) => each.place === place) ?? nothing
    const sums = between(at(1), at(2))
    const [first] = group
    if (first === undefined || first.key === null || isNothing(sums)) return []
    return [{ ...sums, currency: first.currency, subscriptionId: first.key, username: first.name }]
  })
}

const head = 'month,of,plan,name,currency,earned,refunded,fees,cost,credits of unknown cost,margin'

/** As a table for a spreadsheet. */
export const marginCsv = (found: readonly MarginRow[]): string =>
  [
    head,
    ...found.map((row) => {
      const inWords = (minor: bigint) => toDecimal(money(minor, row.currency))
      const margin = marginOf(row)
      return [
        row.month,
        row.of,
        row.planId ?? '',
        csvCell(row.planName ?? ''),
        row.currency,
        inWords(row.earned),
        inWords(row.refunded),
        inWords(row.fees),
        inWords(row.cost),
        `${row.unknownMilli / 1000n}.${String(row.unknownMilli % 1000n).padStart(3, '0')}`,
        margin === null ? '' : inWords(margin),
      ].join(',')
    }),
    '',
  ].join('\r\n')
