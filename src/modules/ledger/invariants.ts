/** What must always be true of accounts, transfers and holds. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

/** What the transfers make of each account. */
const sums = sql`
  select business_id, account_id, sum(amount) as total from (
    select business_id, credit_account as account_id, amount from transfers
    union all
    select business_id, debit_account, -amount from transfers) moves
  group by business_id, account_id`

export const ledgerInvariants = invariantsOf('ledger', [
  {
    id: 'M4-transfer',
    text: 'A transfer moves a positive amount between two accounts',
    query: () => sql`select business_id, id from transfers where amount <= 0 or debit_account = credit_account`,
  },
  {
    id: 'M4-unit',
    text: 'A transfer is in the unit of the account that it debits',
    query: () => sql`select t.business_id, t.id, t.unit, a.unit as account_unit from transfers t
      join accounts a on a.business_id = t.business_id and a.id = t.debit_account where a.unit <> t.unit`,
  },
  {
    id: 'M4-zero',
    text: 'All accounts of a business in one unit add up to nothing',
    query: () => sql`select a.business_id, a.unit, sum(s.total)::text as left_over from accounts a
      join (${sums}) s on s.business_id = a.business_id and s.account_id = a.id
      group by a.business_id, a.unit having sum(s.total) <> 0`,
  },
  {
    id: 'M5-balance',
    text: 'The stored balance of a prepaid account is the sum of its transfers',
    query:
      () => sql`select a.business_id, a.id, a.balance::text as stored, coalesce(s.total, 0)::text as moved from accounts a
      left join (${sums}) s on s.business_id = a.business_id and s.account_id = a.id
      where a.prepaid and a.balance <> coalesce(s.total, 0)`,
  },
  {
    id: 'M6-overdrawn',
    text: 'Nobody spends more than he has, what is held for him included',
    query: () =>
      sql`select business_id, id, balance::text, held::text from accounts where prepaid and balance - held < 0`,
  },
  {
    id: 'M7-held',
    text: 'What an account holds back is the sum of its open holds',
    query:
      () => sql`select a.business_id, a.id, a.held::text as stored, coalesce(h.total, 0)::text as open from accounts a
      left join (select business_id, account_id, sum(amount) as total from holds where status = 'open' group by 1, 2) h
        on h.business_id = a.business_id and h.account_id = a.id
      where a.held <> coalesce(h.total, 0)`,
  },
  {
    id: 'M7-hold-ends-once',
    text: 'A posted hold has used its credits once, an open or released one never',
    query: () => sql`select h.business_id, h.id, h.status, coalesce(t.total, 0)::text as used from holds h
      left join (select business_id, cause_id, sum(amount) as total from transfers where purpose = 'credits_used' group by 1, 2) t
        on t.business_id = h.business_id and t.cause_id = h.id
      where coalesce(t.total, 0) <> case when h.status = 'posted' then h.amount else 0 end`,
  },
])
