/** What must always be true of money that is collected for resellers. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { owedOtherwise } from '../../ledger/owed.ts'

export const collectingInvariants = invariantsOf('reselling', [
  {
    id: 'M8-owed-to-reseller',
    text: 'What the books owe a reseller is what was collected for him less what was kept and paid out',
    query: () =>
      owedOtherwise(
        'reseller',
        sql`select business_id, currency, reseller_id as owner, amount_minor - kept_minor as minor from collected
          union all select business_id, currency, reseller_id, -amount_minor from reseller_payouts`,
      ),
  },
  {
    id: 'M8-collected',
    text: 'What was collected is a movement of the reseller’s on the gateway that is lent him, as large as his books say',
    query: () => sql`select c.business_id, c.id, c.transfer_id, c.amount_minor::text from collected c
      join gateway_loans l on l.business_id = c.business_id and l.id = c.loan_id
      left join transfers t on t.business_id = c.reseller_id and t.id = c.transfer_id
      where l.reseller_id <> c.reseller_id or t.id is null
        or c.amount_minor <> case 'clearing/' || c.currency || '/' || l.child_account_id when t.debit_account then t.amount when t.credit_account then -t.amount else 0 end`,
  },
  {
    id: 'M8-collected-all',
    text: 'Nothing moved on a lent gateway that its lender has passed over',
    query: () => sql`select l.business_id, l.id, t.id as transfer_id, t.purpose from gateway_loans l
      join accounts a on a.business_id = l.reseller_id and a.kind = 'clearing' and a.holder_id = l.child_account_id
      join transfers t on t.business_id = a.business_id and a.id in (t.debit_account, t.credit_account)
      where split_part(t.purpose, '/', 1) not in ('collecting_kept', 'payout')
        and t.at < (select max(c.at) - interval '1 day' from collected c where c.business_id = l.business_id and c.loan_id = l.id)
        and not exists (select from collected c where c.business_id = l.business_id and c.transfer_id = t.id)`,
  },
  {
    id: 'M8-settled',
    text: 'What a reseller’s books take off a lent gateway is what its lender kept and paid out, once each',
    query: () => sql`select t.business_id, t.id, t.purpose from gateway_accounts g
      join accounts a on a.business_id = g.business_id and a.kind = 'clearing' and a.holder_id = g.id
      join transfers t on t.business_id = a.business_id and a.id in (t.debit_account, t.credit_account) and split_part(t.purpose, '/', 1) in ('collecting_kept', 'payout')
      where g.loan_id is not null and t.credit_account <> a.id or g.loan_id is not null and not exists (
          select from collected c where t.purpose = 'collecting_kept' and c.business_id = g.lender_id and c.id = t.cause_id and c.loan_id = g.loan_id and c.kept_minor = t.amount)
        and not exists (
          select from payouts o join reseller_payout_parts p on p.business_id = g.lender_id and p.payout_id = o.remote_ref and p.loan_id = g.loan_id
          where t.purpose = 'payout' and o.business_id = t.business_id and o.id = t.cause_id and o.gateway_account_id = g.id and p.amount_minor = t.amount)`,
  },
  {
    id: 'M8-payout-parts',
    text: 'A payout to a reseller is taken whole from the gateways that are lent him',
    query:
      () => sql`select o.business_id, o.id, o.amount_minor::text, coalesce(sum(p.amount_minor), 0)::text as parts from reseller_payouts o
      left join reseller_payout_parts p on p.business_id = o.business_id and p.payout_id = o.id and p.reseller_id = o.reseller_id
      group by 1, 2, 3, o.amount_minor having coalesce(sum(p.amount_minor), 0) <> o.amount_minor`,
  },
  {
    id: 'M8-statement',
    text: 'A statement is the sum of its lines, and begins with what the one before ended with',
    query: () => sql`select s.business_id, s.id, s.number from reseller_statements s
      left join lateral (select coalesce(sum(c.amount_minor) filter (where c.kind = 'payment'), 0) as payments, coalesce(sum(c.amount_minor) filter (where c.kind = 'refund'), 0) as refunds,
          coalesce(sum(c.amount_minor) filter (where c.kind in ('dispute', 'dispute_fee')), 0) as disputes, coalesce(sum(c.kept_minor), 0) as kept
        from collected c where c.business_id = s.business_id and c.statement_id = s.id) c on true
      left join lateral (select coalesce(sum(o.amount_minor), 0) as paid from reseller_payouts o where o.business_id = s.business_id and o.statement_id = s.id) o on true
      left join lateral (select b.closing_minor from reseller_statements b where b.business_id = s.business_id and b.reseller_id = s.reseller_id and b.currency = s.currency and b.number < s.number
        order by b.number desc limit 1) before on true
      where (s.payments_minor, s.refunds_minor, s.disputes_minor, s.kept_minor, s.paid_minor, s.opening_minor)
        <> (c.payments, c.refunds, c.disputes, c.kept, o.paid, coalesce(before.closing_minor, 0))`,
  },
  {
    id: 'T3-lent',
    text: 'A lent gateway and its loan name each other',
    query:
      () => sql`select coalesce(g.business_id, l.reseller_id) as business_id, coalesce(g.id, l.child_account_id) as id from gateway_loans l
      full join (select * from gateway_accounts where loan_id is not null) g on g.business_id = l.reseller_id and g.id = l.child_account_id
      where g.id is null or l.id is null or g.loan_id <> l.id or g.lender_id <> l.business_id`,
  },
])
