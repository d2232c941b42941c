/** Another plan, more or fewer add-ons, and invoices that were taken back. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'

export const changeInvariants = invariantsOf('billing', [
  {
    id: 'M9-change-paid',
    text: 'A change of plan takes effect only after the money for it',
    query: () => sql`select c.business_id, c.id, c.status, c.takes_effect from plan_changes c
      where c.status in ('applied', 'paid') and case when c.takes_effect = 'now'
        then c.charge_minor > c.credit_minor and not exists (select from invoices v
          where v.business_id = c.business_id and v.id = c.invoice_id and v.status = 'paid')
        else not exists (select from periods p join invoice_items i on i.business_id = p.business_id and i.id = p.invoice_item_id
          where p.business_id = c.business_id and p.subscription_id = c.subscription_id and i.plan_id = c.to_plan_id and p.created_at >= c.created_at) end`,
  },
  {
    id: 'M9-add-on-paid',
    text: 'More of an add-on is given only after the money for it',
    query: () => sql`select c.business_id, c.id, c.status from add_on_changes c
      where c.status = 'applied' and c.charge_minor > 0 and not exists (select from invoices v
        where v.business_id = c.business_id and v.id = c.invoice_id and v.status = 'paid')`,
  },
  {
    id: 'M9-add-on-bought',
    text: 'What a subscription has of an add-on was bought',
    query: () => sql`select a.business_id, a.subscription_id, a.add_on_id, a.quantity from subscription_add_ons a
      join subscriptions s on s.business_id = a.business_id and s.id = a.subscription_id and s.status <> 'pending'
      where a.quantity > 0 and not exists (select from add_on_changes c
          where c.business_id = a.business_id and c.subscription_id = a.subscription_id and c.add_on_id = a.add_on_id and c.status = 'applied')
        and not exists (select from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status = 'paid'
          where i.business_id = a.business_id and i.subscription_id = a.subscription_id and i.add_on_id = a.add_on_id)`,
  },
  {
    id: 'J3-add-on-stuck',
    text: 'No add-on waits an hour beyond its time',
    query: (now) => sql`select d.business_id, d.subscription_id, d.at from (
        select business_id, subscription_id, due_at as at from add_on_changes where status = 'awaiting_payment'
        union all
        select a.business_id, a.subscription_id, p.starts from subscription_add_ons a
          join periods p on p.business_id = a.business_id and p.id = a.from_period_id
          join subscriptions s on s.business_id = a.business_id and s.id = a.subscription_id and s.status <> 'paused') d
      join businesses b on b.id = d.business_id where d.at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'J3-change-stuck',
    text: 'No change of plan waits an hour beyond its time',
    query: (
      now,
    ) => sql`select c.business_id, c.id, c.status, c.due_at from plan_changes c join businesses b on b.id = c.business_id
      where c.status in ('awaiting_payment', 'paid') and c.due_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
