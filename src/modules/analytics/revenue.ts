/**
 * Revenue as it is earned: what was paid for a period is earned over that period, second by second, and shown by month. Nothing is posted
 * for it: it follows from items, periods and refunds, each of which has its day, so that a month that is over stays as it was told.
 */
import type { RawBuilder } from 'kysely'
import { rows, sql, type Tx } from '#platform/db.ts'
import { money, toDecimal } from '#platform/money.ts'

export type RevenueOfMonth = {
  /** `2026-03`, of the business's zone. */
  month: string
  currency: string
  /** Served in this month, net of tax; an early end earns the rest at once. */
  earned: bigint
  /** Given back in this month, net of tax. */
  refunded: bigint
  /** Lost by disputes, less what was won again, and small rests that were forgiven. */
  lost: bigint
  /** Kept by gateways. */
  fees: bigint
  /** Cash: what came from buyers in this month, whatever for and whenever it is served, tax included. */
  received: bigint
  /** Cash: what buyers got back in this month from where they had paid, by refunds and disputes, less what came again. */
  returned: bigint
  /** Paid and not served yet, at the end of the month. */
  deferred: bigint
}

/**
 * What each paid item was sold for, from when until when, and where that was cut. Add-ons and discounts go with the period beside them; what has no time
 * (a set-up) is earned when it is paid; what was not given yet is not earned.
 */
export const sold = sql`select v.currency, v.customer_id as customer, i.net_minor as net, i.invoice_id as invoice, u.id as subscription, coalesce(i.plan_id, p.plan_id, u.plan_id) as plan,
    coalesce(p.sold_starts, p.starts, c.applied_at, o.applied_at, v.paid_at) as s, coalesce(p.sold_ends, p.ends, c.covers_until, o.covers_until, v.paid_at) as e,
    case when p.ended_early_at is not null then p.ends end as cut
  from invoice_items i
  join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status = 'paid'
  left join lateral (select q.*, b.plan_id from periods q join invoice_items b on b.business_id = q.business_id and b.id = q.invoice_item_id
      where q.business_id = i.business_id and b.invoice_id = i.invoice_id and (b.id = i.id or i.kind in ('add_on', 'discount') and b.subscription_id = i.subscription_id)
      order by b.id = i.id desc, q.starts limit 1) p on true
  left join lateral (select x.applied_at, x.covers_until from plan_changes x
      where x.business_id = i.business_id and x.invoice_id = i.invoice_id and i.kind = 'change' and x.status = 'applied' and x.covers_until is not null limit 1) c on true
  left join lateral (select x.applied_at, x.covers_until from add_on_changes x
      where x.business_id = i.business_id and x.invoice_id = i.invoice_id and i.kind = 'add_on' and x.status = 'applied' limit 1) o on true
  left join lateral (select x.id, x.plan_id from subscriptions x where x.business_id = i.business_id and x.id = coalesce(i.subscription_id,
      (select min(y.subscription_id) from invoice_items y where y.business_id = i.business_id and y.invoice_id = i.invoice_id and i.kind = 'setup'))) u on true
  where i.business_id = current_business() and i.net_minor <> 0
    and (i.kind in ('setup', 'custom', 'late_fee') or p.starts is not null or c.applied_at is not null or o.applied_at is not null)`

/**
 * Earned of an item before an instant: whole once its time is over or was cut, else its share, rounded down; so months add up to the item. What happens
 * at the very first moment of a month is that month's: what has no time, and what an early end earns at once.
 */
export const earnedBefore = (at: RawBuilder<unknown>) =>
  sql`case when ${at} > s.cut or ${at} >= s.e and ${at} > s.s then s.net when ${at} <= s.s then 0
    else trunc(s.net * (extract(epoch from ${at} - s.s) / extract(epoch from s.e - s.s))) end`
export const earnedUntil = earnedBefore(sql`b.at`)

/** Money of buyers, as it comes and goes at the gateways and the desk; what they keep, pay out or collect for others is none of it. In another currency than was asked for it has come once somebody has said where it belongs. */
const cash = {
  received: sql`case when split_part(t.purpose, '/', 1) = 'receipt' then t.amount else 0 end`,
  returned: sql`case when t.credit_account like 'clearing/%' and split_part(t.debit_account, '/', 1) in ('customer', 'deferred', 'tax', 'disputed') then t.amount
    when t.debit_account like 'clearing/%' and split_part(t.credit_account, '/', 1) in ('customer', 'deferred', 'tax', 'disputed') and split_part(t.purpose, '/', 1) <> 'receipt' then -t.amount else 0 end`,
}

/** From the first to the last month, both included, for each currency that was used. Months before the first sale are absent. */
export async function revenueByPeriod(tx: Tx, months: readonly string[], zone: string): Promise<RevenueOfMonth[]> {
  const bounds = [...months.map((each) => startOf(each, zone)), startOf(after(months.at(-1) ?? ''), zone)]
  const found = await rows(
    tx,
    sql<{
      place: number
      currency: string
      earned: bigint
      refunded: bigint
      lost: bigint
      fees: bigint
      received: bigint
      returned: bigint
      booked: bigint
    }>`
      with bounds as (select at, place::int from unnest(${bounds.map(String)}::timestamptz[]) with ordinality u (at, place)),
      sold as materialized (${sold}),
      earned as (select b.place, s.currency, sum(${earnedUntil})::bigint as minor from bounds b cross join sold s group by 1, 2),
      moved as (select b.place, t.unit as currency,
          sum(case when t.credit_account = 'deferred/' || t.unit then t.amount when t.debit_account = 'deferred/' || t.unit then -t.amount else 0 end) as booked,
          sum(case when t.debit_account = 'deferred/' || t.unit and split_part(t.purpose, '/', 1) in ('refund', 'refund_to_balance') then t.amount else 0 end) as refunded,
          sum(case when t.debit_account in ('write_off/' || t.unit, 'shortfall/' || t.unit) then t.amount when t.credit_account = 'write_off/' || t.unit then -t.amount else 0 end) as lost,
          sum(case when t.debit_account like 'fees/%' then t.amount when t.credit_account like 'fees/%' then -t.amount else 0 end) as fees,
          sum(${cash.received}) as received, sum(${cash.returned}) as returned
        from bounds b join transfers t on t.business_id = current_business() and t.at < b.at and t.unit <> 'credit' group by 1, 2)
      select coalesce(m.place, e.place) as place, coalesce(m.currency, e.currency) as currency, coalesce(e.minor, 0)::bigint as earned,
        coalesce(m.refunded, 0)::bigint as refunded, coalesce(m.lost, 0)::bigint as lost, coalesce(m.fees, 0)::bigint as fees,
        coalesce(m.received, 0)::bigint as received, coalesce(m.returned, 0)::bigint as returned, coalesce(m.booked, 0)::bigint as booked
      from moved m full join earned e on e.place = m.place and e.currency = m.currency order by 2, 1`,
  )
  const at = (place: number, currency: string) =>
    found.find((each) => each.place === place && each.currency === currency)
  const nothing = { earned: 0n, refunded: 0n, lost: 0n, fees: 0n, received: 0n, returned: 0n, booked: 0n }
  const currencies = [...new Set(found.map(({ currency }) => currency))]
  return months.flatMap((month, index) =>
    currencies.flatMap((currency) => {
      const [before, until] = [at(index + 1, currency) ?? nothing, at(index + 2, currency) ?? nothing]
      const row = {
        month,
        currency,
        earned: until.earned - before.earned,
        refunded: until.refunded - before.refunded,
        lost: until.lost - before.lost,
        fees: until.fees - before.fees,
        received: until.received - before.received,
        returned: until.returned - before.returned,
        // What the books hold as sold, refunds taken off, is what was earned less what went back, and what is still to be served.
        deferred: until.booked + until.refunded - until.earned,
      }
      return Object.values(row).every((value) => typeof value !== 'bigint' || value === 0n) ? [] : [row]
    }),
  )
}

const revenueHead = 'month,currency,earned,refunded,lost,fees,received,returned,still_to_serve'

/** The same as a table for a spreadsheet. */
export const revenueCsv = (found: readonly RevenueOfMonth[]): string =>
  [
    revenueHead,
    ...found.map((row) => {
      const sums = [row.earned, row.refunded, row.lost, row.fees, row.received, row.returned, row.deferred]
      return [row.month, row.currency, ...sums.map((minor) => toDecimal(money(minor, row.currency)))].join(',')
    }),
    '',
  ].join('\r\n')

export const startOf = (month: string, zone: string): Temporal.Instant =>
  Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 }).toZonedDateTime(zone).toInstant()

export const after = (month: string): string => Temporal.PlainYearMonth.from(month).add({ months: 1 }).toString()

/** Months from one to another, both included. */
export function monthsBetween(from: string, to: string): string[] {
  const all: string[] = []
  for (
    let month = Temporal.PlainYearMonth.from(from);
    Temporal.PlainYearMonth.compare(month, Temporal.PlainYearMonth.from(to)) <= 0 && all.length < 120;
    month = month.add({ months: 1 })
  )
    all.push(month.toString())
  return all
}
