/** Tax and the papers that take it back. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { oddExponents } from '#platform/money.ts'

const odd = JSON.stringify(oddExponents())

export const taxInvariants = invariantsOf('billing', [
  {
    id: 'M10-credit-note',
    text: 'A numbered invoice that was voided has one credit note over all of it; any other only such of its refunds, never over more than it asked for',
    query:
      () => sql`select v.business_id, v.id, v.status, v.total_minor::text as total, n.notes, n.total::text as credited from invoices v
      left join (select c.business_id, c.invoice_id, count(*)::int as notes, count(c.refund_id)::int as of_refunds,
            sum(c.total_minor) filter (where c.refund_id is null or r.status = 'succeeded') as total, sum(c.tax_minor) filter (where c.refund_id is null or r.status = 'succeeded') as tax
          from credit_notes c left join refunds r on r.business_id = c.business_id and r.id = c.refund_id group by 1, 2) n on n.business_id = v.business_id and n.invoice_id = v.id
      where case when v.status = 'void' and v.number is not null then n.notes is distinct from 1 or n.total <> v.total_minor or n.tax <> v.tax_minor
        else n.notes <> n.of_refunds or n.total > v.total_minor or n.tax > v.tax_minor end`,
  },
  {
    id: 'M10-refund-credited',
    text: 'Money that went back of a taxed invoice has its credit note, with the tax that the books took back',
    query:
      () => sql`select r.business_id, r.id, r.amount_minor::text as refunded, n.total_minor::text as credited from refunds r
      join payments p on p.business_id = r.business_id and p.id = r.payment_id
      join invoices v on v.business_id = p.business_id and v.id = coalesce(r.invoice_id, p.invoice_id)
      left join credit_notes n on n.business_id = r.business_id and n.refund_id = r.id
      where v.tax is not null and v.status = 'paid' and r.stray_id is null and r.status = 'succeeded' and r.done_at >= v.paid_at and r.amount_minor > r.from_balance_minor
        and (n.total_minor is null or n.total_minor > r.amount_minor - r.from_balance_minor or n.tax_minor <> r.tax_minor)`,
  },
  {
    id: 'M5-tax-frozen',
    text: 'An invoice takes tax at the rate that was decided with it',
    query: () => sql`select i.business_id, i.id, i.tax_rate, v.tax->>'rate' as decided from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where i.tax_rate <> coalesce(v.tax->>'rate', '0') or (i.tax_rate = '0' and i.tax_minor <> 0)`,
  },
  {
    id: 'M5-tax-rate',
    text: 'The tax of an invoice is its rate on what it asks for, rounded once',
    query: () => sql`select business_id, id, tax_minor::text, tax->>'rate' as rate from invoices
      where tax is not null and tax_minor <> round(case when tax->>'prices' = 'inclusive'
        then total_minor * (tax->>'rate')::numeric / (100 + (tax->>'rate')::numeric) else net_minor * (tax->>'rate')::numeric / 100 end)`,
  },
  {
    id: 'M5-tax-stated',
    text: 'What a paper states in the money of the state is its sums at the rate that it names, rounded once',
    query: () => sql`select business_id, id, tax_in::text as stated from invoices
      cross join lateral (select (tax_in->>'rate')::numeric * 10::numeric ^ (coalesce((${odd}::jsonb->>(tax_in->>'currency'))::int, 2) - coalesce((${odd}::jsonb->>currency)::int, 2)) as factor) f
      where tax_in ? 'rate' and (tax_in->>'currency' = currency
        or (tax_in->>'taxMinor')::numeric <> round(tax_minor * f.factor) or (tax_in->>'netMinor')::numeric <> round(net_minor * f.factor))`,
  },
  {
    id: 'M10-tax-stated',
    text: 'Credit notes take back what their invoice states in the money of the state, at its rate: never more, and all of it with the last',
    query:
      () => sql`select v.business_id, v.id, v.tax_in::text as stated, n.tax::text as credited from invoices v join (
          select c.business_id, c.invoice_id, sum((c.tax_in->>'taxMinor')::numeric) filter (where counts) as tax, sum(c.tax_minor) filter (where counts) as tax_minor,
            sum(c.total_minor) filter (where counts) as total_minor, bool_and(c.tax_in is not null and c.tax_in->>'rate' is not distinct from i.tax_in->>'rate') as same
          from credit_notes c join invoices i on i.business_id = c.business_id and i.id = c.invoice_id and i.tax_in is not null
          left join refunds r on r.business_id = c.business_id and r.id = c.refund_id cross join lateral (select c.refund_id is null or r.status = 'succeeded' as counts) o
          group by 1, 2) n on n.business_id = v.business_id and n.invoice_id = v.id
      where not n.same or n.tax > (v.tax_in->>'taxMinor')::numeric or (n.total_minor = v.total_minor and n.tax_minor = v.tax_minor and n.tax <> (v.tax_in->>'taxMinor')::numeric)`,
  },
  {
    id: 'M4-tax-owed',
    text: 'The tax account of each month holds the tax of invoices paid in it, less that of credit notes for refunds',
    query:
      () => sql`select coalesce(t.business_id, d.business_id) as business_id, coalesce(t.unit, d.unit) as unit, coalesce(t.month, d.month) as month,
        coalesce(t.booked, 0)::text as booked, coalesce(d.owed, 0)::text as owed from (
        select business_id, unit, date_trunc('month', at at time zone 'UTC') as month,
          sum(case when credit_account = 'tax/' || unit then amount else -amount end) as booked
        from transfers where 'tax/' || unit in (credit_account, debit_account) and purpose not like '%/failed' group by 1, 2, 3) t
      full join (select business_id, unit, month, sum(tax) as owed from (
          select business_id, currency as unit, date_trunc('month', paid_at at time zone 'UTC') as month, tax_minor as tax from invoices
            where status = 'paid' and tax_minor <> 0
          union all
          select business_id, currency, date_trunc('month', issued_at at time zone 'UTC'), -tax_minor from credit_notes where refund_id is not null) e
        group by 1, 2, 3) d on d.business_id = t.business_id and d.unit = t.unit and d.month = t.month
      where coalesce(t.booked, 0) <> coalesce(d.owed, 0)`,
  },
])
