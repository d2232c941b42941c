/** What must always be true of vouchers. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

export const voucherInvariants = invariantsOf('vouchers', [
  {
    id: 'M9-voucher-paid',
    text: 'A redeemed voucher paid one invoice, of its customer, for its line, over its price',
    query: () => sql`select v.business_id, v.id, v.invoice_id, i.status, i.total_minor::text from vouchers v
      join voucher_batches b on b.business_id = v.business_id and b.id = v.batch_id
      left join invoices i on i.business_id = v.business_id and i.id = v.invoice_id
      where v.status = 'redeemed' and b.plan_id is not null and (i.id is null or i.status <> 'paid' or i.customer_id <> v.customer_id or i.net_minor + i.tax_minor <> coalesce(b.price_minor, 0)
        or not exists (select from invoice_items t where t.business_id = v.business_id and t.invoice_id = v.invoice_id and t.subscription_id = v.subscription_id and t.kind = 'period'))`,
  },
  {
    id: 'M9-voucher-money',
    text: 'A voucher over money that was redeemed put its amount on the balance of who redeemed it, once, and no other did',
    query:
      () => sql`select v.business_id, v.id, b.value_minor::text, coalesce(t.total, 0)::text as moved from vouchers v
      join voucher_batches b on b.business_id = v.business_id and b.id = v.batch_id and b.value_minor is not null
      left join lateral (select sum(m.amount) as total from transfers m where m.business_id = v.business_id and m.cause_id = v.id and m.purpose in ('voucher', 'voucher_present')
        and m.credit_account = 'customer/' || b.value_currency || '/' || v.customer_id) t on true
      where coalesce(t.total, 0) <> case when v.status = 'redeemed' then b.value_minor else 0 end or v.invoice_id is not null`,
  },
  {
    id: 'M5-voucher-owed',
    text: 'What is owed for vouchers is the price of those that were sold and not used',
    query:
      () => sql`select coalesce(u.business_id, t.business_id) as business_id, coalesce(u.currency, t.unit) as unit, coalesce(u.owed, 0)::text as unused, coalesce(t.owed, 0)::text as booked
      from (select b.business_id, b.currency, sum(b.price_minor) as owed from vouchers v join voucher_batches b on b.business_id = v.business_id and b.id = v.batch_id
          where v.status = 'unused' and b.currency is not null group by 1, 2) u
      full join (select m.business_id, m.unit, sum(m.amount) as owed from (
          select business_id, unit, amount from transfers where credit_account = 'deferred/' || unit || '/vouchers'
          union all select business_id, unit, -amount from transfers where debit_account = 'deferred/' || unit || '/vouchers') m group by 1, 2) t
        on t.business_id = u.business_id and t.unit = u.currency
      where coalesce(u.owed, 0) <> coalesce(t.owed, 0)`,
  },
  {
    id: 'M9-voucher-count',
    text: 'A batch has as many vouchers as were made, each with its number',
    query: () => sql`select b.business_id, b.id, b.count, v.n from voucher_batches b
      left join (select business_id, batch_id, count(distinct number)::int as n, max(number) as last from vouchers group by 1, 2) v on v.business_id = b.business_id and v.batch_id = b.id
      where b.count is distinct from v.n or b.count is distinct from v.last`,
  },
])
