/** Money that is taken back: the books say what the dispute says, and nobody sells to or charges whom one freezes. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

/** What transfers made of one kind of account for each dispute. */
const movedOn = (kind: string) => sql`(select t.business_id, t.cause_id,
    sum(case when t.debit_account like ${`${kind}/%`} then t.amount else 0 end - case when t.credit_account like ${`${kind}/%`} then t.amount else 0 end) as total
  from transfers t where split_part(t.purpose, '/', 1) like 'dispute\\_%' group by 1, 2)`

export const disputeInvariants = invariantsOf('billing', [
  {
    id: 'M7-dispute-booked',
    text: 'The books hold for each dispute what was taken and is not decided, what is lost, and what it cost',
    query:
      () => sql`select d.business_id, d.id, d.withdrawn_minor::text as withdrawn, d.lost_minor::text as lost, d.fee_minor::text as fee from disputes d
      left join ${movedOn('disputed')} held on held.business_id = d.business_id and held.cause_id = d.id
      left join ${movedOn('write_off')} gone on gone.business_id = d.business_id and gone.cause_id = d.id
      left join ${movedOn('fees')} kept on kept.business_id = d.business_id and kept.cause_id = d.id
      left join ${movedOn('clearing')} paid on paid.business_id = d.business_id and paid.cause_id = d.id
      where coalesce(held.total, 0) <> d.withdrawn_minor - d.lost_minor or coalesce(gone.total, 0) <> d.lost_minor
        or coalesce(kept.total, 0) <> d.fee_minor or coalesce(paid.total, 0) <> -(d.withdrawn_minor + d.fee_minor)`,
  },
  {
    id: 'M7-disputed',
    text: 'What of a payment counts as taken back is what its disputes took, and never more than came in',
    query:
      () => sql`select p.business_id, p.id, p.disputed_minor::text as stored, coalesce(d.taken, 0)::text as taken from payments p
      left join (select business_id, payment_id, sum(withdrawn_minor) as taken from disputes group by 1, 2) d
        on d.business_id = p.business_id and d.payment_id = p.id
      where p.disputed_minor <> coalesce(d.taken, 0) or p.disputed_minor > p.received_minor`,
  },
  {
    id: 'M3-frozen',
    text: 'No saved method of a customer is charged while a dispute freezes him',
    query: () => sql`select p.business_id, p.id, d.id as dispute from payments p
      join disputes d on d.business_id = p.business_id and d.customer_id = p.customer_id
        and p.created_at > d.created_at and (d.released_at is null or p.created_at < d.released_at)
      where p.payment_method_id is not null`,
  },
  {
    id: 'J1-dispute-asked',
    text: 'A dispute that its gateway has not decided is asked about again',
    query: () => sql`select d.business_id, d.id, d.status from disputes d
      join payments p on p.business_id = d.business_id and p.id = d.payment_id
      where d.remote_ref is not null and d.closed_at is null and p.next_check_at is null`,
  },
])
