/** What must always be true of affiliates. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { owedOtherwise } from '../ledger/owed.ts'

export const affiliateInvariants = invariantsOf('affiliates', [
  {
    id: 'M5-affiliate-owed',
    text: 'What the books owe an affiliate is what is left of his commissions less what he was paid and that was not taken back',
    query: () =>
      owedOtherwise(
        'affiliate',
        sql`select business_id, currency, affiliate_id as owner, kept_minor as minor from commissions
          union all select business_id, currency, affiliate_id, -amount_minor from affiliate_payouts where taken_back_at is null`,
      ),
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
  {
    id: 'M1-affiliate-payout-back',
    text: 'A payout that was taken back, and no other, came back from the bank in the books, once and whole, undoing the one that paid it',
    query: () => sql`select p.business_id, p.id from affiliate_payouts p
      where (p.taken_back_at is not null) <> exists (select from transfers b join transfers t on t.business_id = b.business_id and t.id = b.undoes
          where b.business_id = p.business_id and b.cause_id = p.id and b.purpose = 'affiliate_payout_taken_back' and b.amount = p.amount_minor
            and b.debit_account = t.credit_account and b.credit_account = t.debit_account and t.cause_id = p.id)
        or (select count(*) from transfers b where b.business_id = p.business_id and b.cause_id = p.id and b.purpose = 'affiliate_payout_taken_back')
          <> num_nonnulls(p.taken_back_at)`,
  },
])
