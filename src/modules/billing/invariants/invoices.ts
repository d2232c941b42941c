/** Money asked: totals, numbers, and what a paid item gave. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'

export const invoiceInvariants = invariantsOf('billing', [
  {
    id: 'M9-own-items',
    text: 'An invoice asks for nothing that is another customer’s',
    query:
      () => sql`select i.business_id, i.id, i.invoice_id, v.customer_id, s.customer_id as of_customer from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      join subscriptions s on s.business_id = i.business_id and s.id = i.subscription_id
      where s.customer_id <> v.customer_id`,
  },
  {
    id: 'M9-consolidated',
    text: 'An invoice for a whole day is a renewal of several subscriptions',
    query:
      () => sql`select v.business_id, v.id, v.purpose, count(distinct i.subscription_id)::int as subscriptions from invoices v
      left join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id and i.kind = 'period'
      where v.consolidated group by v.business_id, v.id, v.purpose having v.purpose <> 'renewal' or count(distinct i.subscription_id) < 2`,
  },
  {
    id: 'M5-invoice-total',
    text: 'An invoice’s totals are the sums of its items',
    query:
      () => sql`select v.business_id, v.id, v.total_minor::text as stored, coalesce(i.total, 0)::text as items from invoices v
      left join (select business_id, invoice_id, sum(net_minor) as net, sum(tax_minor) as tax, sum(total_minor) as total from invoice_items group by 1, 2) i
        on i.business_id = v.business_id and i.invoice_id = v.id
      where v.net_minor <> coalesce(i.net, 0) or v.tax_minor <> coalesce(i.tax, 0) or v.total_minor <> coalesce(i.total, 0)`,
  },
  {
    id: 'M5-invoice-paid',
    text: 'What an invoice counts as paid is what was allocated to it',
    query:
      () => sql`select v.business_id, v.id, v.paid_minor::text as stored, coalesce(a.total, 0)::text as allocated from invoices v
      left join (select business_id, invoice_id, sum(amount_minor) as total from allocations group by 1, 2) a
        on a.business_id = v.business_id and a.invoice_id = v.id
      where v.paid_minor <> coalesce(a.total, 0)`,
  },
  {
    id: 'M5-settled',
    text: 'An issued invoice that is paid in full counts as paid, and no other does',
    query: () => sql`select business_id, id, status, paid_minor::text, total_minor::text from invoices
      where (status = 'paid' and paid_minor <> total_minor) or (status in ('draft', 'open') and total_minor > 0 and paid_minor >= total_minor)`,
  },
  {
    id: 'M4-allocation',
    text: 'Each allocation moved its amount from the customer’s balance to what we owe in service and tax, or a part of it back',
    query:
      () => sql`select a.business_id, a.id, a.amount_minor::text as allocated, coalesce(t.total, 0)::text as moved from allocations a
      left join (select business_id, cause_id, sum(case when purpose = 'sale_undone' then -amount else amount end) as total from transfers
          where purpose in ('sale', 'tax', 'sale_undone') group by 1, 2) t
        on t.business_id = a.business_id and t.cause_id = a.id
      where a.amount_minor <> coalesce(t.total, 0)`,
  },
  {
    id: 'M9-asked-once',
    text: 'One period of a subscription is asked for by one invoice',
    query:
      () => sql`select i.business_id, i.subscription_id, i.period_start, count(*)::int as times from invoice_items i
      where i.period_start is not null group by 1, 2, 3 having count(*) > 1`,
  },
  {
    id: 'M9-paid-once',
    text: 'A paid item has bought exactly one period, and no period was bought by an item that is not paid',
    query: () => sql`select i.business_id, i.id, v.status, i.fulfilled_at, p.periods from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      left join (select business_id, invoice_item_id, count(*)::int as periods from periods where invoice_item_id is not null group by 1, 2) p
        on p.business_id = i.business_id and p.invoice_item_id = i.id
      where i.kind = 'period' and coalesce(p.periods, 0) <> case when i.fulfilled_at is null then 0 else 1 end
        or i.fulfilled_at is not null and v.status <> 'paid'`,
  },
  {
    id: 'M9-paid-period',
    text: 'A paid period names what paid for it',
    query: () => sql`select p.business_id, p.id from periods p where p.kind = 'paid' and not exists (
      select from invoice_items i where i.business_id = p.business_id and i.id = p.invoice_item_id and i.subscription_id = p.subscription_id)`,
  },
  {
    id: 'J3-paid-not-given',
    text: 'What was paid for is given within the hour',
    query: (now) => sql`select i.business_id, i.id, v.paid_at from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id join businesses b on b.id = i.business_id
      where v.status = 'paid' and i.subscription_id is not null and i.fulfilled_at is null and v.paid_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'M10-number',
    text: 'Numbers of a series begin at one and leave no gap',
    query:
      () => sql`select coalesce(v.business_id, s.business_id) as business_id, coalesce(v.series, s.series) as series, v.numbers, v.highest, s.last_number
      from (select business_id, series, count(distinct number)::int as numbers, count(*)::int as invoices, max(number) as highest from (
          select business_id, series, number from invoices where number is not null union all select business_id, series, number from credit_notes) n group by 1, 2) v
      full join invoice_series s on s.business_id = v.business_id and s.series = v.series
      where coalesce(v.numbers, 0) <> coalesce(v.invoices, 0) or coalesce(v.numbers, 0) <> coalesce(v.highest, 0) or coalesce(v.highest, 0) <> coalesce(s.last_number, 0)`,
  },
  {
    id: 'M10-dates',
    text: 'Within a series a higher number is not dated earlier',
    // A minute of tolerance: two processes may ask their clocks before they queue for a number.
    query: () => sql`select business_id, id, series, number, issued_at from (
        select *, lag(issued_at) over (partition by business_id, series order by number) as before from invoices where number is not null) v
      where issued_at < before - interval '1 minute'`,
  },
  {
    id: 'M10-frozen',
    text: 'An issued invoice has its number, its instant and its frozen document, a draft none of them',
    query: () => sql`select business_id, id, status from invoices
      where (issued_at is null) <> (number is null) or (issued_at is null) <> (series is null) or (issued_at is null) <> (document is null)
        or (status = 'draft' and issued_at is not null) or (status in ('open', 'paid') and issued_at is null)`,
  },
])
