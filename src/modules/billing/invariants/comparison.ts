/** What a comparison with a gateway found is told once, and what was booked of it is money. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

export const comparisonInvariants = invariantsOf('billing', [
  {
    id: 'M1-difference-booked',
    text: 'Money that was found at a gateway and booked rests on its own fact, of its amount',
    query: () => sql`select d.business_id, d.id, d.fact from money_differences d
      left join money_facts f on f.business_id = d.business_id and f.gateway_account_id = d.gateway_account_id and f.kind = 'capture' and f.fact_id = d.fact
      where d.because = 'booked' and (f.fact_id is null or f.payment_id is distinct from d.payment_id or f.amount_minor <> d.theirs_minor)`,
  },
  {
    id: 'J1-comparison-pages',
    text: 'Pages of a comparison are kept only while it is under way',
    query: () => sql`select g.business_id, g.comparison_id from gateway_comparison_pages g
      join gateway_comparisons c on c.business_id = g.business_id and c.id = g.comparison_id where c.state <> 'running'`,
  },
])
