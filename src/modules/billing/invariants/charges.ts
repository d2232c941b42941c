/** Charging kept methods: with consent, one at a time, never for what is settled, and within what card networks allow. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'
import { mostTriesPerCard, networkDays } from '../rules/charging.ts'

const moving = sql`('created', 'requires_action', 'processing', 'indeterminate')`

export const chargeInvariants = invariantsOf('billing', [
  {
    id: 'M2-one-way',
    text: 'At most one attempt to collect an invoice is open at a time',
    query: () => sql`select business_id, invoice_id, count(*)::int as times from (
        select business_id, invoice_id from payments where superseded_at is null and status in ${moving}
        union all
        select w.business_id, w.invoice_id from payment_invoices w join payments p on p.business_id = w.business_id and p.id = w.payment_id
          where p.superseded_at is null and p.status in ${moving}) o
      group by 1, 2 having count(*) > 1`,
  },
  {
    id: 'M2-charged-paid',
    text: 'No method was charged for an invoice that was paid before',
    query: () => sql`select p.business_id, p.id, p.created_at, v.paid_at from payments p
      join invoices v on v.business_id = p.business_id and v.id = p.invoice_id
      where p.payment_method_id is not null and p.created_at > v.paid_at`,
  },
  {
    id: 'M3-consent',
    text: 'A method is charged only for the customer who agreed to it, at the gateway that keeps it, after he agreed and before he removed it',
    query: () => sql`select p.business_id, p.id, m.id as method from payments p
      join payment_methods m on m.business_id = p.business_id and m.id = p.payment_method_id
      where m.customer_id <> p.customer_id or m.gateway_account_id <> p.gateway_account_id
        or m.consented_at > p.created_at or m.removed_at < p.created_at`,
  },
  {
    id: 'M3-network-limit',
    text: `No card was charged more than ${mostTriesPerCard} times within ${networkDays} days`,
    query: () => sql`select business_id, card, at, times from (
        select p.business_id, coalesce(m.fingerprint, m.id) as card, p.created_at as at,
          count(*) over (partition by p.business_id, coalesce(m.fingerprint, m.id) order by p.created_at
            range between interval '${sql.raw(String(networkDays))} days' preceding and current row)::int as times
        from payments p join payment_methods m on m.business_id = p.business_id and m.id = p.payment_method_id) c
      where times > ${mostTriesPerCard}`,
  },
  {
    id: 'J1-collection-goes-on',
    text: 'A collection that is charging has a charge that is under way',
    query: () => sql`select c.business_id, c.invoice_id from collections c
      where c.status = 'charging' and not exists (select from payments p where p.business_id = c.business_id and p.invoice_id = c.invoice_id
        and p.payment_method_id is not null and p.status in ${moving})`,
  },
  {
    id: 'J3-collection-stuck',
    text: 'A charge that is due is tried within the hour',
    query: (
      now,
    ) => sql`select c.business_id, c.invoice_id, c.next_try_at from collections c join businesses b on b.id = c.business_id
      where c.next_try_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'J1-card-watched',
    text: 'A card that renewals are charged to is looked at until its customer was told that it expires, or it has',
    query: (
      now,
    ) => sql`select m.business_id, m.id, m.expires_at from payment_methods m join businesses b on b.id = m.business_id
      where m.is_default and m.status = 'active' and m.expires_at > ${businessNow(now)} and m.warn_at is null and m.warned_at is null`,
  },
  {
    id: 'J3-card-stuck',
    text: 'A card that may expire too early is looked at within the hour',
    query: (
      now,
    ) => sql`select m.business_id, m.id, m.warn_at from payment_methods m join businesses b on b.id = m.business_id
      where m.warn_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'M3-setup-consent',
    text: 'What was kept on a page without a payment belongs to the customer who agreed there, in his words',
    query: () => sql`select s.business_id, s.id, m.id as method from method_setups s
      join payment_methods m on m.business_id = s.business_id and m.id = s.payment_method_id
      where m.customer_id <> s.customer_id or m.gateway_account_id <> s.gateway_account_id or m.mandate <> s.mandate`,
  },
  {
    id: 'J1-setup-goes-on',
    text: 'A page on which a method is kept is asked after until it is over',
    query: () =>
      sql`select business_id, id, status from method_setups where ended_at is null and next_check_at is null`,
  },
  {
    id: 'J3-setup-stuck',
    text: 'A page on which a method is kept is asked after within the hour',
    query: (
      now,
    ) => sql`select s.business_id, s.id, s.next_check_at from method_setups s join businesses b on b.id = s.business_id
      where s.next_check_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'J1-method-forgotten',
    text: 'A removed method is forgotten by its gateway, or the gateway is being asked to',
    query: () =>
      sql`select business_id, id from payment_methods where status = 'removed' and forget_at is null and forgotten_at is null`,
  },
])
