/** What must always be true of affiliates. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

export const affiliateInvariants = invariantsOf('affiliates', [
  {
    id: 'M5-affiliate-owed',
    text: 'What the books owe an affiliate is what is left of his commissions less what he was paid',
    query:
      () => sql`select coalesce(r.business_id, t.business_id) as business_id, coalesce(r.account, t.account) as account, coalesce(r.minor, 0)::text as counted, coalesce(t.minor, 0)::text as booked
      from (select business_id, account, sum(minor) as minor from (
          select business_id, 'affiliate/' || currency || '/' || affiliate_id as account, kept_minor as minor from commissions
          union all select business_id, 'affiliate/' || currency || '/' || affiliate_id, -amount_minor from affiliate_payouts) m group by 1, 2) r
      full join (select business_id, account, sum(minor) as minor from (
          select business_id, credit_account as account, amount as minor from transfers where credit_account like 'affiliate/%'
          union all select business_id, debit_account, -amount from transfers where debit_account like 'affiliate/%') m group by 1, 2) t
        on t.business_id = r.business_id and t.account = r.account
      where coalesce(r.minor, 0) <> coalesce(t.minor, 0)`,
  },
  {
    id: 'M1-commission',
    text: 'A commission is for a paid invoice of somebody whom the affiliate brought, and nobody brings himself',
    query: () => sql`select m.business_id, m.id, m.invoice_id from commissions m
      join invoices v on v.business_id = m.business_id and v.id = m.invoice_id
      join affiliates a on a.business_id = m.business_id and a.id = m.affiliate_id
      where v.status <> 'paid' or v.customer_id <> m.customer_id or v.currency <> m.currency or a.customer_id = m.customer_id
        or not exists (select from referrals r where r.business_id = m.business_id and r.affiliate_id = m.affiliate_id and r.customer_id = m.customer_id)`,
  },
  {
    id: 'M1-affiliate-payout',
    text: 'What an affiliate was paid went where it was to go, once: his balance, the bank, or his wallet at its price',
    query: () => sql`select p.business_id, p.id, p.way from affiliate_payouts p
      join affiliates a on a.business_id = p.business_id and a.id = p.affiliate_id
      where (select count(*) from transfers t where t.business_id = p.business_id and t.cause_id = p.id and t.amount = p.amount_minor and t.credit_account =
          case p.way when 'balance' then 'customer/' || p.currency || '/' || a.customer_id when 'by_hand' then 'bank/' || p.currency else 'exchange/' || p.currency end) <> 1
        or (p.way = 'credits' and not exists (select from transfers t where t.business_id = p.business_id and t.cause_id = p.id
          and t.amount = p.credits_milli and t.credit_account = 'wallet/credit/' || p.reseller_id))`,
  },
])
