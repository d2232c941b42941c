/** What the books owe somebody in an account of his own, beside what the rows that speak of him add up to. */
import type { RawBuilder } from 'kysely'
import { sql } from '#platform/db.ts'

/**
 * Accounts named `<kind>/<currency>/<id>` whose balance is not what is counted. `counted`: a query with business_id, currency, owner and minor
 * (what is owed more by each row, in minor units).
 */
export const owedOtherwise = (kind: 'affiliate' | 'reseller', counted: RawBuilder<unknown>): RawBuilder<unknown> => {
  const ours = `${kind}/%`
  return sql`select coalesce(r.business_id, t.business_id) as business_id, coalesce(r.account, t.account) as account, coalesce(r.minor, 0)::text as counted, coalesce(t.minor, 0)::text as booked
    from (select business_id, ${`${kind}/`} || currency || '/' || owner as account, sum(minor) as minor from (${counted}) c group by 1, 2) r
    full join (select business_id, account, sum(minor) as minor from (
        select business_id, credit_account as account, amount as minor from transfers where credit_account like ${ours}
        union all select business_id, debit_account, -amount from transfers where debit_account like ${ours}) m group by 1, 2) t
      on t.business_id = r.business_id and t.account = r.account
    where coalesce(r.minor, 0) <> coalesce(t.minor, 0)`
}
