/** Figures over all rooms, for the console. Nothing is written here; each figure counts the list that the console opens for it. */
import { one, rows, sql, type Tx } from '#platform/db.ts'

/** Open items that wait for a person: the number on the bell. */
export const countAttention = async (tx: Tx): Promise<number> =>
  (
    await one(
      tx,
      sql<{
        count: number
      }>`select count(*)::int as count from attention where business_id = current_business() and closed_at is null`,
    )
  ).count

export type Overview = {
  needsReview: number
  delayed: number
  awaiting: number
  endingSoon: number
  activeLines: number
  suspended: number
  newCustomers: number
  newCustomersBefore: number
  notDelivered: number
  anyPlan: boolean
  anyPanel: boolean
  anyOrder: boolean
}

/** `month` and `monthBefore` are the first instants of this month and the one before, in the business's zone. */
export const overviewOf = (
  tx: Tx,
  at: { month: Temporal.Instant; monthBefore: Temporal.Instant; soon: Temporal.Instant; lately: Temporal.Instant },
): Promise<Overview> =>
  one(
    tx,
    sql<Overview>`select
      (select count(*)::int from orders where business_id = current_business() and status = 'needs_review') as "needsReview",
      (select count(*)::int from orders where business_id = current_business() and status = 'delayed') as "delayed",
      (select count(*)::int from orders where business_id = current_business() and status = 'awaiting_payment') as "awaiting",
      (select count(*)::int from subscriptions where business_id = current_business() and paid_through < ${at.soon} and status in ('trial', 'active', 'grace')) as "endingSoon",
      (select count(*)::int from lines where business_id = current_business() and wanted = 'active') as "activeLines",
      (select count(*)::int from subscriptions where business_id = current_business() and status = 'suspended') as "suspended",
      (select count(*)::int from customers where business_id = current_business() and created_at >= ${at.month}) as "newCustomers",
      (select count(*)::int from customers where business_id = current_business() and created_at >= ${at.monthBefore} and created_at < ${at.month}) as "newCustomersBefore",
      (select count(*)::int from messages where business_id = current_business() and status = 'failed' and created_at >= ${at.lately}) as "notDelivered",
      exists (select from plans where business_id = current_business()) as "anyPlan",
      exists (select from panels where business_id = current_business()) as "anyPanel",
      exists (select from orders where business_id = current_business()) as "anyOrder"`,
  )

export type MonthOfMoney = { month: string; currency: string; minor: bigint }

/** Money received less money given back, by month of the business's zone (`2026-11`) and currency; months without any are absent. */
export const revenueByMonth = (tx: Tx, since: Temporal.Instant, zone: string): Promise<MonthOfMoney[]> =>
  rows(
    tx,
    sql<MonthOfMoney>`select to_char(at at time zone ${zone}, 'YYYY-MM') as month, currency, sum(minor)::bigint as minor from (
        select succeeded_at as at, currency, received_minor as minor from payments
          where business_id = current_business() and status = 'succeeded' and succeeded_at >= ${since}
        union all
        select done_at, currency, -amount_minor from refunds
          where business_id = current_business() and stray_id is null and status = 'succeeded' and done_at >= ${since}) moved
      group by 1, 2 order by 1, 2`,
  )
