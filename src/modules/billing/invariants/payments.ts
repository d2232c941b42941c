/** Money received and given back: every fact once, on record, and on its way. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'

const received = sql`f.kind in ('capture', 'received_by_hand', 'exchanged') and f.currency is null`
const ended = sql`('succeeded', 'failed', 'canceled')`

export const paymentInvariants = invariantsOf('billing', [
  {
    id: 'M1-fact',
    text: 'A succeeded payment rests on facts that make its amount, and every fact of money received belongs to a succeeded payment',
    query: () => sql`select p.business_id, p.id, p.status, f.facts, f.total::text from payments p
      left join (select business_id, payment_id, count(*)::int as facts, sum(amount_minor) as total from money_facts f where ${received} group by 1, 2) f
        on f.business_id = p.business_id and f.payment_id = p.id
      where (p.status = 'succeeded') <> (coalesce(f.facts, 0) > 0) or coalesce(f.total, 0) <> p.received_minor`,
  },
  {
    id: 'M1-receipt',
    text: 'Money received is in the books: from its gateway to its customer, or from the exchange account where it came in another currency',
    query:
      () => sql`select p.business_id, p.id, p.received_minor::text, (coalesce(t.total, 0) + coalesce(x.total, 0))::text as booked from payments p
      left join (select business_id, cause_id, debit_account, credit_account, sum(amount) as total from transfers where split_part(purpose, '/', 1) = 'receipt' group by 1, 2, 3, 4) t
        on t.business_id = p.business_id and t.cause_id = p.id
          and t.debit_account = 'clearing/' || p.currency || '/' || p.gateway_account_id and t.credit_account = 'customer/' || p.currency || '/' || p.customer_id
      left join (select business_id, cause_id, debit_account, credit_account, sum(amount) as total from transfers
          where split_part(purpose, '/', 1) = 'receipt' and debit_account like 'exchange/%' group by 1, 2, 3, 4) x
        on x.business_id = p.business_id and x.cause_id = p.id and p.stray
          and x.debit_account = 'exchange/' || p.currency and x.credit_account = 'customer/' || p.currency || '/' || p.customer_id
      where coalesce(t.total, 0) + coalesce(x.total, 0) <> p.received_minor`,
  },
  {
    id: 'M2-once',
    text: 'One payment at a gateway is one payment here',
    query: () => sql`select business_id, gateway_account_id, remote_ref, count(*)::int as times from payments
      where remote_ref is not null group by 1, 2, 3 having count(*) > 1`,
  },
  {
    id: 'M3-same-invoice',
    text: 'A payment has the customer and the currency of its invoice, and is allocated to nothing but what it was made for',
    query:
      () => sql`select p.business_id, p.id from payments p join invoices v on v.business_id = p.business_id and v.id = p.invoice_id
      where v.customer_id <> p.customer_id or v.currency <> p.currency
        or exists (select from allocations a where a.business_id = p.business_id and a.payment_id = p.id and a.invoice_id <> p.invoice_id
          and not exists (select from payment_invoices w where w.business_id = a.business_id and w.payment_id = a.payment_id and w.invoice_id = a.invoice_id))`,
  },
  {
    id: 'M3-several',
    text: 'What a payment pays besides its own invoice is its customer’s and in its currency, and the payment says that there is some',
    query: () => sql`select w.business_id, w.payment_id as id, w.invoice_id from payment_invoices w
      join payments p on p.business_id = w.business_id and p.id = w.payment_id
      join invoices v on v.business_id = w.business_id and v.id = w.invoice_id
      where v.customer_id <> p.customer_id or v.currency <> p.currency or w.invoice_id = p.invoice_id or not p.several`,
  },
  {
    id: 'M3-mode',
    text: 'A live business takes no money that does not exist',
    query: () =>
      sql`select g.business_id, g.id from gateway_accounts g join businesses b on b.id = g.business_id where g.kind = 'sandbox' and b.mode = 'live'`,
  },
  {
    id: 'M5-allocated',
    text: 'No more of a payment is allocated than came in',
    query: () => sql`select p.business_id, p.id, p.received_minor::text, a.total::text as allocated from payments p
      join (select business_id, payment_id, sum(amount_minor) as total from allocations where payment_id is not null group by 1, 2) a
        on a.business_id = p.business_id and a.payment_id = p.id
      where a.total > p.received_minor`,
  },
  {
    id: 'M5-forgiven',
    text: 'What an invoice and its payment say was forgiven is in the books, from the account of its own',
    query:
      () => sql`select v.business_id, v.id, v.forgiven_minor::text as stored, coalesce(t.total, 0)::text as booked from invoices v
      left join (select a.business_id, a.invoice_id, sum(m.amount) as total from transfers m join allocations a on a.business_id = m.business_id and a.id = m.cause_id
          where m.purpose = 'tolerance' and m.debit_account = 'shortfall/' || m.unit and a.payment_id is null group by 1, 2) t
        on t.business_id = v.business_id and t.invoice_id = v.id
      where v.forgiven_minor <> coalesce(t.total, 0)
      union all
      select p.business_id, p.customer_id, sum(p.forgiven_minor)::text, max(v.total)::text from payments p
      left join (select business_id, customer_id, sum(forgiven_minor) as total from invoices group by 1, 2) v on v.business_id = p.business_id and v.customer_id = p.customer_id
      group by 1, 2 having sum(p.forgiven_minor) <> max(v.total) or bool_or(p.forgiven_minor > 0 and p.status <> 'succeeded')`,
  },
  {
    id: 'M7-refunded',
    text: 'What counts as given back is what its refunds gave, and never more than came in',
    query:
      () => sql`select p.business_id, p.id, p.refunded_minor::text as stored, coalesce(r.done, 0)::text as given from payments p
      left join (select business_id, payment_id, sum(amount_minor) filter (where status = 'succeeded') as done,
          sum(amount_minor) filter (where status not in ('failed', 'canceled')) as asked from refunds where stray_id is null group by 1, 2) r
        on r.business_id = p.business_id and r.payment_id = p.id
      where p.refunded_minor <> coalesce(r.done, 0) or coalesce(r.asked, 0) > p.received_minor`,
  },
  {
    id: 'M7-refund-of-invoice',
    text: 'A refund names an invoice that its payment paid, and takes no more of it than that',
    query:
      () => sql`select r.business_id, r.payment_id as id, r.invoice_id, sum(r.amount_minor)::text as asked, coalesce(max(a.total), 0)::text as paid from refunds r
      join payments p on p.business_id = r.business_id and p.id = r.payment_id
      left join (select business_id, payment_id, invoice_id, sum(amount_minor) as total from allocations group by 1, 2, 3) a
        on a.business_id = r.business_id and a.payment_id = r.payment_id and a.invoice_id = r.invoice_id
      where r.invoice_id is not null and r.status not in ('failed', 'canceled')
      group by 1, 2, 3, p.invoice_id having r.invoice_id = p.invoice_id or sum(r.amount_minor) > coalesce(max(a.total), 0)`,
  },
  {
    id: 'M7-refund-of-sale',
    text: 'Refunds of a customer take no more out of what was sold to him than he paid for it',
    query:
      () => sql`select r.business_id, r.customer_id as id, r.currency, r.total::text as given, coalesce(a.total, 0)::text as paid from (
        select f.business_id, p.customer_id, f.currency, sum(f.amount_minor - f.from_balance_minor) as total from refunds f
          join payments p on p.business_id = f.business_id and p.id = f.payment_id
        where f.stray_id is null and f.status not in ('failed', 'canceled') group by 1, 2, 3) r
      left join (select v.business_id, v.customer_id, v.currency, sum(a.amount_minor) as total from allocations a
          join invoices v on v.business_id = a.business_id and v.id = a.invoice_id group by 1, 2, 3) a
        on a.business_id = r.business_id and a.customer_id = r.customer_id and a.currency = r.currency
      where r.total > coalesce(a.total, 0)`,
  },
  {
    id: 'M7-refund-booked',
    text: 'A refund that succeeded is one fact and one movement in the books, any other none',
    query: () => sql`select r.business_id, r.id, r.status from refunds r
      left join (select business_id, cause_id, sum(case when purpose like '%/failed' then -amount else amount end) as total from transfers
          where split_part(purpose, '/', 1) in ('refund', 'refund_to_balance') group by 1, 2) t
        on t.business_id = r.business_id and t.cause_id = r.id
      where coalesce(t.total, 0) <> case when r.status <> 'succeeded' then 0 when r.destination = 'balance' then r.amount_minor - r.from_balance_minor else r.amount_minor end
        or r.status = 'succeeded' and not exists (select from money_facts f
          where f.business_id = r.business_id and f.kind = 'refund' and f.payment_id = r.payment_id and f.fact_id = r.remote_ref and f.amount_minor = r.amount_minor)`,
  },
  {
    id: 'J1-payment-asked',
    text: 'A payment that is not final has a time at which its gateway is asked, waits for staff, or was shown to them',
    query:
      () => sql`select p.business_id, p.id, p.status from payments p join gateway_accounts g on g.business_id = p.business_id and g.id = p.gateway_account_id
      where p.status in ('created', 'requires_action', 'processing', 'indeterminate') and p.next_check_at is null and g.kind not in ('manual', 'bank_transfer')
        and not exists (select from attention a where a.business_id = p.business_id and a.subject_id = p.id and a.kind in ('payment_unknown', 'payment_mismatch'))
        and not exists (select from stray_moneys s where s.business_id = p.business_id and s.payment_id = p.id and s.state = 'open')`,
  },
  {
    id: 'J1-refund-asked',
    text: 'A refund that is not final has a time at which it goes on',
    query: () =>
      sql`select business_id, id, status from refunds where (status in ${ended}) = (next_check_at is not null)`,
  },
  {
    id: 'J1-notice-ends',
    text: 'A notice that was received has a time at which it is read, and ends with a reason',
    query: () => sql`select business_id, id, status from notices
      where (status = 'received') <> (next_try_at is not null) or (status = 'received') <> (done_at is null) or (status in ('ignored', 'failed') and reason = '')`,
  },
  {
    id: 'J3-money-stuck',
    text: 'No payment, refund or notice waits an hour beyond its time',
    query: (now) => sql`select d.business_id, d.id, d.due from (
        select business_id, id, next_check_at as due from payments union all select business_id, id, next_check_at from refunds
        union all select business_id, id, next_try_at from notices) d join businesses b on b.id = d.business_id
      where d.due < ${businessNow(now)} - ${stuckAfter}`,
  },
])
