/** What must always be true of orders. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../people/invariants.ts'

export const checkoutInvariants = invariantsOf('checkout', [
  {
    id: 'S6-ready-is-up',
    text: 'An order is ready only when the panel confirmed its line',
    query: () => sql`select o.business_id, o.id from orders o where o.status = 'ready' and not exists (
      select from lines l where l.business_id = o.business_id and l.subscription_id = o.subscription_id and l.activated_at is not null)`,
  },
  {
    id: 'M3-order-and-invoice',
    text: 'An order’s invoice is its customer’s and asks for its subscription',
    query:
      () => sql`select o.business_id, o.id from orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where v.customer_id <> o.customer_id or not exists (select from invoice_items i
        where i.business_id = o.business_id and i.invoice_id = o.invoice_id and i.subscription_id = o.subscription_id)`,
  },
  {
    id: 'S6-trial-allowed',
    text: 'A trial that staff allowed was used by one order, of the address that it was for',
    query: () => sql`select a.business_id, a.id, a.order_id from trial_allowances a
      where a.used_at is not null and (not exists (select from trial_marks t
          where t.business_id = a.business_id and t.order_id = a.order_id and t.kind = 'email' and t.mark = a.mark)
        or exists (select from trial_allowances o where o.business_id = a.business_id and o.order_id = a.order_id and o.id <> a.id))`,
  },
  {
    id: 'M9-quote-kept',
    text: 'An accepted quote is one order of its plan and add-ons, at the prices, the rate and the discount that were offered',
    query: () => sql`select q.business_id, q.id, q.order_id from quotes q
      join orders o on o.business_id = q.business_id and o.id = q.order_id
      where o.plan_id <> q.plan_id
        or not exists (select from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
          where i.business_id = o.business_id and i.invoice_id = o.invoice_id and i.kind = 'period' and v.currency = q.currency
            and q.price_minor in (i.net_minor, i.total_minor) and i.converted is not distinct from q.converted)
        or exists (select from quote_add_ons a where a.business_id = q.business_id and a.quote_id = q.id
          and not exists (select from invoice_items i where i.business_id = o.business_id and i.invoice_id = o.invoice_id and i.kind = 'add_on' and i.add_on_id = a.add_on_id
            and i.quantity = a.quantity and volume_price(a.price_minor, a.breaks, a.quantity) * a.quantity in (i.net_minor, i.total_minor)
            and i.converted is not distinct from a.converted))
        or exists (select from invoice_items i where i.business_id = o.business_id and i.invoice_id = o.invoice_id and i.kind = 'add_on'
          and not exists (select from quote_add_ons a where a.business_id = q.business_id and a.quote_id = q.id and a.add_on_id = i.add_on_id))
        or exists (select from coupon_uses u where u.business_id = q.business_id and u.quote_id = q.id
          and (u.percent, u.amount_minor, u.periods) is distinct from (q.discount_percent, q.discount_minor, q.discount_periods))
        or (coalesce(q.discount_percent, q.discount_minor) is null) = exists (select from invoice_items i
          where i.business_id = o.business_id and i.invoice_id = o.invoice_id and i.kind = 'discount')`,
  },
  {
    id: 'J3-order-told',
    text: 'An order that is paid for does not go on waiting for its money',
    query: (now) => sql`select o.business_id, o.id, o.status from orders o join businesses b on b.id = o.business_id
      join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.status in ('awaiting_payment', 'processing', 'canceled') and v.status = 'paid' and v.paid_at < ${businessNow(now)} - ${stuckAfter}
        and not (o.status = 'canceled' and exists (select from subscriptions s where s.business_id = o.business_id and s.id = o.subscription_id and s.status = 'terminated'))`,
  },
  {
    id: 'J3-order-expires',
    text: 'An order that nobody pays ends in its time',
    query: (now) => sql`select o.business_id, o.id, o.expires_at from orders o join businesses b on b.id = o.business_id
      where o.status in ('awaiting_payment', 'processing') and (o.expires_at is null or o.expires_at < ${businessNow(now)} - ${stuckAfter})`,
  },
])
