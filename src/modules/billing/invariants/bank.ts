/** Money on the bank account: what a statement told is booked once, or a person sees it. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../../people/invariants.ts'

export const bankInvariants = invariantsOf('billing', [
  {
    id: 'M2-entry-once',
    text: 'An entry of a bank statement is kept once, and no payment holds the money of two',
    query:
      () => sql`select business_id, entry_key as what, count(*)::int as times from bank_entries group by business_id, gateway_account_id, entry_key having count(*) > 1
      union all select business_id, payment_id, count(*)::int from bank_entries where payment_id is not null group by business_id, payment_id having count(*) > 1`,
  },
  {
    id: 'M1-entry-booked',
    text: 'An entry that is booked rests on its own fact of its amount, and no other entry has one',
    query: () => sql`select e.business_id, e.id, e.status from bank_entries e
      left join money_facts f on f.business_id = e.business_id and f.gateway_account_id = e.gateway_account_id and f.kind = 'capture' and f.fact_id = e.entry_key
      where (e.status = 'booked') <> (f.fact_id is not null)
        or e.status = 'booked' and (f.payment_id <> e.payment_id or f.amount_minor <> e.amount_minor or e.direction <> 'credit')`,
  },
  {
    id: 'J1-entry-seen',
    text: 'An entry that nobody has looked at belongs to a file that is still looked through',
    query:
      () => sql`select e.business_id, e.id from bank_entries e join bank_imports i on i.business_id = e.business_id and i.id = e.import_id
      where e.status = 'new' and i.next_match_at is null`,
  },
  {
    id: 'J3-import-stuck',
    text: 'No file of a bank waits an hour to be looked through',
    query: (now) => sql`select i.business_id, i.id from bank_imports i join businesses b on b.id = i.business_id
      where i.next_match_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
