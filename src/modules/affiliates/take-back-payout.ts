/** Staff noted by mistake that an affiliate was paid by hand: the note is taken back, and what it was over is free again. */
import { type Shop, transaction } from '#app.ts'
import { one, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { affiliateAccount, bank } from '../ledger/rules.ts'
import { readSetting } from '../people/settings.ts'
import { followMoney } from './follow-money.ts'
import { programmeSetting } from './programme.ts'
import { type Affiliate, type AffiliatePayout, lockAffiliate, readAffiliatePayout, type Way } from './queries.ts'

export type TakingBack = { affiliateId: string; payoutId: string; reason: string }

/**
 * The payout counts as not paid from now on; its row and its transfer stay. `not_found`: he has no such payout; `conflict`: it was taken back
 * before, or was really given, to his balance or in credits.
 */
export const takeBackPayout = (shop: Shop, wish: TakingBack): Promise<void> =>
  transaction(shop, 'take-back-payout', (tx) => takeBackPayoutIn(tx, shop, wish, shop.now()))

/** As `takeBackPayout`, inside the caller's transaction. */
export async function takeBackPayoutIn(
  tx: Tx,
  shop: Shop,
  { affiliateId, payoutId, reason }: TakingBack,
  now: Temporal.Instant,
): Promise<void> {
  const affiliate = await lockAffiliate(tx, affiliateId)
  const payout = await readAffiliatePayout(tx, affiliateId, payoutId)
  const why = refused[payout.way]
  if (why !== null) throw new Refusal('conflict', why)
  if (payout.takenBackAt !== null) throw new Refusal('conflict', 'This payout was taken back already.')
  await run(
    tx,
    sql`update affiliate_payouts set taken_back_at = ${now}, taken_back_by = ${shop.actor}, taken_back_reason = ${reason}
      where business_id = current_business() and id = ${payoutId}`,
  )
  await bookBack(tx, shop, payout, affiliateId, now)
  await record(tx, shop, now, {
    type: 'affiliate.payout_taken_back',
    subjectType: 'affiliate',
    subjectId: affiliateId,
    customerId: affiliate.customerId,
    data: { amount: payout.amountMinor.toString(), currency: payout.currency, payout: payoutId, reason },
  })
  await askAgain(tx, affiliate, payout)
  await followMoney(tx, shop, affiliate, await readSetting(tx, shop, programmeSetting), now)
}

/** What to do instead, by the way he was paid. */
const refused: Readonly<Record<Way, string | null>> = {
  by_hand: null,
  balance:
    'This went to his balance here and may have paid invoices. Only what was noted by hand can be taken back; where a payment should not have earned it, refund that payment.',
  credits:
    'These credits are in his wallet. Only what was noted by hand can be taken back; take credits out of his wallet on the page of the reseller.',
}

async function bookBack(
  tx: Tx,
  shop: Shop,
  { id, currency, amountMinor }: AffiliatePayout,
  affiliateId: string,
  now: Temporal.Instant,
): Promise<void> {
  const booked = await one(
    tx,
    sql<{
      id: string
    }>`select id from transfers where business_id = current_business() and cause_id = ${id} and purpose = 'affiliate_payout'`,
  )
  const [debit, credit] = [bank(currency), affiliateAccount(currency, affiliateId)]
  const purpose = 'affiliate_payout_taken_back'
  await post(tx, shop, [{ debit, credit, amount: amountMinor, purpose }], { id, at: now, undoes: booked.id })
}

/**
 * Commissions whose buyers had their money back were let go since he had been paid. As far as that was this payout, they are asked for again:
 * the newest first, no more than it was over. `followMoney` takes them.
 */
async function askAgain(tx: Tx, { id }: Affiliate, payout: AffiliatePayout): Promise<void> {
  if (payout.letGoMinor === null) return
  await run(
    tx,
    sql`with gone as (
        select m.id, m.let_go_minor, sum(m.let_go_minor) over (order by m.id desc) as so_far, sum(m.let_go_minor) over () as whole from commissions m
          where m.business_id = current_business() and m.affiliate_id = ${id} and m.currency = ${payout.currency} and m.let_go_minor > 0)
      update commissions m set let_go_minor = m.let_go_minor - least(g.let_go_minor, g.again - (g.so_far - g.let_go_minor))
      from (select *, least(whole - ${payout.letGoMinor}::bigint, ${payout.amountMinor}::bigint) as again from gone) g
      where m.business_id = current_business() and m.id = g.id and g.again > g.so_far - g.let_go_minor`,
  )
}
