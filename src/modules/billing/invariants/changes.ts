/** Another plan, and invoices that were taken back. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'

export const changeInvariants = invariantsOf('billing', [
  {
    id: 'M10-credit-note',
    text: 'A numbered invoice that was voided has one credit note over all of it, and no other invoice has one',
    query:
      () => sql`select v.business_id, v.id, v.status, v.total_minor::text as total, n.notes, n.total::text as credited from invoices v
      left join (select business_id, invoice_id, count(*)::int as notes, sum(total_minor) as total from credit_notes group by 1, 2) n
        on n.business_id = v.business_id and n.invoice_id = v.id
      where (coalesce(n.notes, 0) = 1) <> (v.status = 'void' and v.number is not null) or coalesce(n.notes, 0) > 1 or n.total <> v.total_minor`,
  },
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
    id: 'J3-change-stuck',
    text: 'No change of plan waits an hour beyond its time',
    query: (
      now,
    ) => sql`select c.business_id, c.id, c.status, c.due_at from plan_changes c join businesses b on b.id = c.business_id
      where c.status in ('awaiting_payment', 'paid') and c.due_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
