/**
 * Revenue as it is earned, by how long those have been customers for whom it was earned: whole months of the calendar from the one in which they first
 * paid to the one that is told. The sums of a month are its revenue.
 */
import { rows, sql, type Tx } from '#platform/db.ts'
import { money, toDecimal } from '#platform/money.ts'
import { after, earnedBefore, sold, startOf } from './revenue.ts'

/** In months since the first payment, both included; the last has no end. */
export const tenures = [
  { from: 0, to: 0 },
  { from: 1, to: 2 },
  { from: 3, to: 5 },
  { from: 6, to: 11 },
  { from: 12, to: 23 },
  { from: 24, to: null },
] as const

export type RevenueOfTenure = {
  /** `2026-03`, of the business's zone. */
  month: string
  currency: string
  from: number
  to: number | null
  /** Net of tax, as in the revenue of the month. */
  earned: bigint
  customers: number
}

/** From the first to the last month, both included; what nobody brought anything is absent. */
export async function revenueByTenure(tx: Tx, months: readonly string[], zone: string): Promise<RevenueOfTenure[]> {
  const found = await rows(
    tx,
    sql<{ place: number; currency: string; bucket: number; earned: bigint; customers: number }>`
      with months as (select * from unnest(${months.map((each) => startOf(each, zone).toString())}::timestamptz[],
          ${months.map((each) => startOf(after(each), zone).toString())}::timestamptz[], ${months.map((each) => `${each}-01`)}::date[]) with ordinality u (starts, ends, day, place)),
      sold as materialized (${sold}),
      first as (select customer_id as customer, (min(paid_at) at time zone ${zone})::date as day from invoices
        where business_id = current_business() and status = 'paid' and total_minor > 0 group by 1),
      earned as (select m.place, s.currency, s.customer, m.day, sum(${earnedBefore(sql`m.ends`)} - ${earnedBefore(sql`m.starts`)}) as minor
        from months m cross join sold s group by 1, 2, 3, 4),
      aged as (select e.*, coalesce(greatest(0, (extract(year from e.day) - extract(year from f.day)) * 12 + extract(month from e.day) - extract(month from f.day)), 0)::int as months
        from earned e left join first f on f.customer = e.customer where e.minor <> 0)
      select place::int, currency, width_bucket(months, ${tenures.map(({ from }) => from)}::int[]) - 1 as bucket, sum(minor)::bigint as earned, count(distinct customer)::int as customers
      from aged group by 1, 2, 3 order by 1, 2, 3`,
  )
  return found.flatMap(({ place, currency, bucket, earned, customers }) => {
    const [month, tenure] = [months[place - 1], tenures[bucket]]
    return month === undefined || tenure === undefined ? [] : [{ month, currency, ...tenure, earned, customers }]
  })
}

/** The same as a table for a spreadsheet. */
export const tenureCsv = (found: readonly RevenueOfTenure[]): string =>
  [
    'month,currency,months_from,months_to,earned,customers',
    ...found.map(({ month, currency, from, to, earned, customers }) =>
      [month, currency, from, to ?? '', toDecimal(money(earned, currency)), customers].join(','),
    ),
    '',
  ].join('\r\n')
