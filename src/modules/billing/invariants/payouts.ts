/** Money that gateways paid out is in the books as it was entered. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

export const payoutInvariants = invariantsOf('billing', [
  {
    id: 'M4-payout',
    text: 'A payout has taken from its gateway what arrived and what was kept, and one that was undone nothing',
    query:
      () => sql`select o.business_id, o.id, o.amount_minor::text, o.fee_minor::text, coalesce(t.total, 0)::text as booked from payouts o
      left join (select business_id, cause_id, sum(case when credit_account like 'clearing/%' then amount else -amount end) as total
        from transfers where purpose like 'payout%' group by 1, 2) t on t.business_id = o.business_id and t.cause_id = o.id
      where coalesce(t.total, 0) <> case when o.undone_at is null then o.amount_minor + o.fee_minor else 0 end`,
  },
])
