/** Money that came in another currency than was asked for: booked once, in its own, and where somebody has said. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

/** What of one is in the books, by what was done with it. */
const moved = sql`
  select m.business_id, m.id, m.currency, m.payment_id, m.gateway_account_id, m.customer_id,
    coalesce((select sum(t.amount) from transfers t where t.business_id = m.business_id and t.cause_id = m.payment_id and t.purpose = 'stray/' || m.fact_id
      and t.debit_account = 'clearing/' || m.currency || '/' || m.gateway_account_id and t.credit_account = 'suspense/' || m.currency), 0) as came,
    coalesce((select sum(t.amount) from transfers t where t.business_id = m.business_id and t.cause_id = m.id and split_part(t.purpose, '/', 1) = 'stray_counted'
      and t.debit_account = 'suspense/' || m.currency and t.credit_account = 'exchange/' || m.currency), 0) as counted,
    coalesce((select sum(t.amount) from transfers t where t.business_id = m.business_id and t.cause_id = m.id and t.purpose like 'receipt/kept/%'
      and t.debit_account = 'suspense/' || m.currency and t.credit_account = 'customer/' || m.currency || '/' || m.customer_id), 0) as kept,
    coalesce((select sum(r.amount_minor) from refunds r where r.business_id = m.business_id and r.stray_id = m.id and r.status = 'succeeded'), 0) as returned,
    coalesce((select sum(f.amount_minor) from money_facts f where f.business_id = m.business_id and f.gateway_account_id = m.gateway_account_id and f.kind = 'exchanged'
      and f.payment_id = m.payment_id and f.fact_id like 'counted/' || m.id || '/%'), 0) as worth
  from stray_moneys m`

export const strayInvariants = invariantsOf('billing', [
  {
    id: 'M1-stray-fact',
    text: 'Money in another currency than was asked for is one fact of its payment, and every such fact is on record',
    query:
      () => sql`select coalesce(m.business_id, f.business_id) as business_id, coalesce(m.id, f.payment_id) as id, coalesce(m.fact_id, f.fact_id) as fact from stray_moneys m
      full join (select * from money_facts where kind = 'capture' and currency is not null) f
        on f.business_id = m.business_id and f.gateway_account_id = m.gateway_account_id and f.fact_id = m.fact_id
      left join payments p on p.business_id = m.business_id and p.id = m.payment_id
      where m.id is null or f.fact_id is null or f.payment_id <> m.payment_id or f.amount_minor <> m.amount_minor or f.currency <> m.currency
        or not p.stray or p.customer_id <> m.customer_id or p.gateway_account_id <> m.gateway_account_id or p.currency <> m.worth_currency`,
  },
  {
    id: 'M1-stray-booked',
    text: 'Such money is in the books as it came, was counted, kept and given back',
    query:
      () => sql`select m.business_id, m.id, x.came::text, x.counted::text, x.kept::text, x.returned::text, x.worth::text from stray_moneys m
      join (${moved}) x on x.business_id = m.business_id and x.id = m.id
      where x.came <> m.amount_minor or x.counted <> m.counted_minor or x.kept <> m.kept_minor or x.returned <> m.returned_minor or x.worth <> m.worth_minor`,
  },
  {
    id: 'M4-suspense',
    text: 'What belongs to nobody yet is what is left of money in other currencies, and a person is told of each',
    query:
      () => sql`select coalesce(m.business_id, t.business_id) as business_id, coalesce(m.unit, t.unit) as unit, coalesce(m.waits, 0)::text as open, coalesce(t.total, 0)::text as booked from (
        select business_id, currency as unit, sum(amount_minor - counted_minor - kept_minor - returned_minor) as waits from stray_moneys group by 1, 2) m
      full join (select business_id, unit, sum(case when credit_account like 'suspense/%' then amount else -amount end) as total from transfers
        where credit_account like 'suspense/%' or debit_account like 'suspense/%' group by 1, 2) t on t.business_id = m.business_id and t.unit = m.unit
      where coalesce(m.waits, 0) <> coalesce(t.total, 0)
      union all
      select m.business_id, m.id, m.amount_minor::text, '' from stray_moneys m where m.state = 'open' and not exists (
        select from attention a where a.business_id = m.business_id and a.kind = 'stray_money' and a.subject_id = m.payment_id)`,
  },
])
