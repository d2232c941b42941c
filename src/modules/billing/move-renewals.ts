/** The end of paid time of many moved at once: what is out and unpaid for the time after it moves along, so that nobody holds two (F17). */
import { run, sql, type Tx } from '#platform/db.ts'
import type { Instant } from '#platform/time.ts'

/** Locks them before the subscriptions, as a payment does: else the two could wait for each other. */
export const lockOpenRenewals = (tx: Tx, customerIds: readonly string[]): Promise<number> =>
  run(
    tx,
    sql`select from invoices where business_id = current_business() and customer_id = any (${customerIds}::text[]) and status in ('draft', 'open')
      order by id for update`,
  )

export async function moveRenewalsAlong(
  tx: Tx,
  moved: readonly { subscriptionId: string; from: Instant; to: Instant }[],
): Promise<void> {
  await run(
    tx,
    sql`with items as (
        update invoice_items i set period_start = m.ends_after, covers_until = i.covers_until + (m.ends_after - m.ends_before)
        from unnest(${moved.map(({ subscriptionId }) => subscriptionId)}::text[], ${moved.map(({ from }) => from)}::timestamptz[], ${moved.map(({ to }) => to)}::timestamptz[])
            as m (subscription_id, ends_before, ends_after), invoices v
        where i.business_id = current_business() and i.subscription_id = m.subscription_id and i.period_start = m.ends_before and i.fulfilled_at is null
          and v.business_id = i.business_id and v.id = i.invoice_id and v.status in ('draft', 'open')
        returning i.id, i.invoice_id, m.ends_after),
      -- Others on the same invoice may stay where they are: it is due with the first.
      due as (
        select invoice_id, least(min(ends_after), (select min(o.period_start) from invoice_items o
            where o.business_id = current_business() and o.invoice_id = items.invoice_id and not o.id = any (array(select id from items)))) as at
        from items group by invoice_id)
      update invoices v set due_at = due.at from due where v.business_id = current_business() and v.id = due.invoice_id and v.net_days is null`,
  )
}
