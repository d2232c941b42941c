/** Time that was bought and is not over, with the money that was really paid for it: the base of every proration and refund. */
import { rows, sql, type Tx } from '#platform/db.ts'
import type { Term } from '#platform/time.ts'
import type { Stretch } from '../subscriptions/rules/plan-change.ts'
import type { Gap } from '../subscriptions/rules/proration.ts'
import type { Refundable } from '../subscriptions/rules/refund.ts'

/** Of payments that paid it besides their own: nothing of one that is in dispute, so that no money goes out twice. */
const paidWithOthers = sql`coalesce((select sum(a.amount_minor - coalesce((select sum(r.amount_minor) from refunds r
      where r.business_id = p.business_id and r.payment_id = p.id and r.invoice_id = v.id and r.status not in ('failed', 'canceled')), 0))
    from payment_invoices w join payments p on p.business_id = w.business_id and p.id = w.payment_id and p.status = 'succeeded' and p.disputed_minor = 0
      join allocations a on a.business_id = w.business_id and a.payment_id = w.payment_id and a.invoice_id = w.invoice_id
    where w.business_id = v.business_id and w.invoice_id = v.id), 0)`

/** What came in for an invoice and was not given back or promised back. A surplus beside it is the customer's and not counted, nor is what was forgiven. */
const netOfInvoice = sql`least(v.paid_minor, coalesce((
    select sum(p.received_minor - p.disputed_minor - coalesce((select sum(r.amount_minor) from refunds r
        where r.business_id = p.business_id and r.payment_id = p.id and r.invoice_id is null and r.stray_id is null and r.status not in ('failed', 'canceled')), 0)
        - case when p.several then coalesce((select sum(a.amount_minor) from allocations a
            where a.business_id = p.business_id and a.payment_id = p.id and a.invoice_id <> p.invoice_id), 0) else 0 end)
      from payments p where p.business_id = v.business_id and p.invoice_id = v.id and p.status = 'succeeded'), 0)
  + ${paidWithOthers}
  + coalesce((select sum(a.amount_minor) from allocations a
      where a.business_id = v.business_id and a.invoice_id = v.id and a.payment_id is null), 0)
  - v.forgiven_minor)`

/** `paid`: the money that came, tax included. `priced`: as the price list counts, which may be without tax. */
export type Counted = 'paid' | 'priced'

const ownAmount = {
  paid: sql`i.total_minor`,
  priced: sql`case when v.tax->>'prices' = 'exclusive' then i.net_minor else i.total_minor end`,
}
const addOnAmount = {
  paid: sql`a.total_minor`,
  priced: sql`case when v.tax->>'prices' = 'exclusive' then a.net_minor else a.total_minor end`,
}

/** An item's share of what its invoice brought, rounded down. */
const netOfItem = (counted: Counted) =>
  sql`case when v.total_minor = 0 then 0 else greatest(0, div((${ownAmount[counted]})::numeric * ${netOfInvoice}, v.total_minor))::bigint end`

/** What a period was sold for: its own item, and those of the add-ons beside it, less what a coupon took off (F54). */
const netOfPeriod = (
  counted: Counted,
) => sql`case when v.total_minor = 0 then 0 else greatest(0, div((${ownAmount[counted]} + coalesce((select sum(${addOnAmount[counted]}) from invoice_items a
    where a.business_id = i.business_id and a.invoice_id = i.invoice_id and a.subscription_id = i.subscription_id and a.kind in ('add_on', 'discount')), 0))::numeric
  * ${netOfInvoice}, v.total_minor))::bigint end`

/** The item that a period was sold by, and its invoice: each found by its id. As plain joins they were put together first, all items of a business with all its invoices. */
const soldBy = sql`left join lateral (select * from invoice_items i where i.business_id = p.business_id and i.id = p.invoice_item_id offset 0) i on true
      left join lateral (select * from invoices v where v.business_id = i.business_id and v.id = i.invoice_id offset 0) v on true`

type Row = Gap & {
  minor: bigint
  termUnit: Term['unit'] | null
  termCount: number | null
  quantity: number | null
  /** No whole terms: until the day of a household. */
  part: boolean
  invoiceId: string | null
  boughtAt: Temporal.Instant
}

export type PaidTime = {
  stretches: (Stretch & Refundable)[]
  differences: Refundable[]
}

/** Periods that end after `at` and what was paid later for the rest of them; `term` is that of which a stretch holds so many. */
export async function paidTime(
  tx: Tx,
  subscriptionId: string,
  at: Temporal.Instant,
  term: Term,
  counted: Counted,
): Promise<PaidTime> {
  const periods = await rows(
    tx,
    sql<Row>`select p.starts, p.ends, coalesce(${netOfPeriod(counted)}, 0) as minor, i.term_unit as "termUnit", i.term_count as "termCount", i.covers_until is not null as part, i.quantity, i.invoice_id as "invoiceId",
        coalesce(v.paid_at, p.created_at) as "boughtAt"
      from periods p ${soldBy}
      where p.business_id = current_business() and p.subscription_id = ${subscriptionId} and p.ends > ${at} order by p.starts`,
  )
  const differences = await rows(
    tx,
    sql<
      Gap & { minor: bigint; invoiceId: string; boughtAt: Temporal.Instant }
    >`select c.applied_at as starts, c.covers_until as ends, ${netOfItem(counted)} as minor, i.invoice_id as "invoiceId", coalesce(v.paid_at, c.applied_at) as "boughtAt"
      from plan_changes c
      join invoice_items i on i.business_id = c.business_id and i.invoice_id = c.invoice_id and i.kind = 'change'
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where c.business_id = current_business() and c.subscription_id = ${subscriptionId} and c.status = 'applied' and c.covers_until > ${at}
      union all
      select c.applied_at, c.covers_until, ${netOfItem(counted)}, i.invoice_id, coalesce(v.paid_at, c.applied_at)
      from add_on_changes c
      join invoice_items i on i.business_id = c.business_id and i.invoice_id = c.invoice_id and i.kind = 'add_on'
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where c.business_id = current_business() and c.subscription_id = ${subscriptionId} and c.status = 'applied' and c.covers_until > ${at}`,
  )
  const gaps = await rows(
    tx,
    sql<Gap>`select starts, ends from pauses where business_id = current_business() and subscription_id = ${subscriptionId} and ends is not null`,
  )
  const within = ({ starts, ends }: Gap): Gap[] =>
    gaps.filter(
      (gap) => Temporal.Instant.compare(gap.starts, starts) >= 0 && Temporal.Instant.compare(gap.ends, ends) <= 0,
    )
  return {
    stretches: periods.map((each) => ({
      starts: each.starts,
      ends: each.ends,
      minor: each.minor,
      gaps: within(each),
      terms:
        !each.part && each.termUnit === term.unit && each.termCount === term.count ? BigInt(each.quantity ?? 1) : null,
      invoiceId: each.invoiceId,
      boughtAt: each.boughtAt,
    })),
    differences: differences.map((each) => ({ ...each, gaps: within(each) })),
  }
}
