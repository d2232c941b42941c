/** Money that gateways kept and paid out is in the books once. */
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
      where coalesce(t.total, 0) <> case when o.undone_at is null and o.state = 'arrived' then o.amount_minor + o.fee_minor else 0 end`,
  },
  {
    id: 'M4-payout-difference',
    text: 'What arrived more or less than was sent is booked once a person accepted it, and as much as the bank says',
    query:
      () => sql`select o.business_id, o.id, o.difference_minor::text, coalesce(t.total, 0)::text as booked from payouts o
      left join bank_entries e on e.business_id = o.business_id and e.id = o.entry_id
      left join (select business_id, cause_id, sum(case when debit_account like 'bank/%' then amount else -amount end) as total
        from transfers where purpose in ('bank_difference', 'bank_difference_undone') group by 1, 2) t on t.business_id = o.business_id and t.cause_id = o.id
      where coalesce(t.total, 0) <> o.difference_minor or o.difference_minor <> 0 and o.difference_minor <> e.amount_minor - o.amount_minor`,
  },
  {
    id: 'M4-gateway-fee',
    text: 'What a gateway kept is booked once, by the move that told it, and of a dispute by the dispute alone',
    query:
      () => sql`select m.business_id, m.id, m.booked_minor::text, coalesce(t.total, 0)::text as booked from gateway_moves m
      full join (select business_id, cause_id, sum(case when purpose = 'gateway_fee' then amount else -amount end) as total
        from transfers where purpose in ('gateway_fee', 'gateway_fee_back') group by 1, 2) t on t.business_id = m.business_id and t.cause_id = m.id
      where m.id is null or coalesce(t.total, 0) <> m.booked_minor or m.booked_minor <> case when m.state = 'booked' and m.kind <> 'dispute' then m.fee_minor else 0 end`,
  },
  {
    id: 'M4-payout-entry',
    text: 'An entry of a bank that a payout arrived as is no payment',
    query:
      () => sql`select o.business_id, o.id, e.status from payouts o join bank_entries e on e.business_id = o.business_id and e.id = o.entry_id
      where e.status <> 'noted' or o.undone_at is not null or o.state <> 'arrived'`,
  },
  {
    id: 'M4-payout-fee',
    text: 'A payout that its gateway told of keeps no fee that its moves tell',
    query: () => sql`select o.business_id, o.id, o.fee_minor::text from payouts o
      where o.remote_ref is not null and o.fee_minor > 0 and exists (
        select 1 from gateway_moves m where m.business_id = o.business_id and m.payout_id = o.id and m.kind <> 'dispute' and m.fee_minor <> 0)`,
  },
])
