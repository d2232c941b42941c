/** What is free is paid out: to the customer's own balance, as credits to his wallet, or by hand outside of the shop, which staff note. */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { spendBalanceSoon } from '../billing/jobs.ts'
import { record } from '../events/record.ts'
import { post, type Transfer } from '../ledger/post.ts'
import { affiliateAccount, bank, creditsIssued, customerBalance, exchange, wallet } from '../ledger/rules.ts'
import { readSetting } from '../people/settings.ts'
import { followMoney } from './follow-money.ts'
import { type Programme, programmeSetting } from './programme.ts'
import { type Affiliate, affiliateStandings, childBusinesses, lockAffiliate, type Way } from './queries.ts'
import { payableOf } from './rules.ts'

/** Everything that is free, where it is not less than the least; the caller holds the affiliate's lock. */
export async function payOut(
  tx: Tx,
  shop: Shop,
  affiliate: Affiliate,
  programme: Programme,
  now: Temporal.Instant,
): Promise<void> {
  // Credits are of no use to who has closed, or buys from somebody else by now.
  const holder = affiliate.way === 'credits' ? affiliate.resellerId : null
  const inCredits = holder !== null && (await childBusinesses(tx)).some(({ id }) => id === holder)
  for (const standing of await affiliateStandings(tx, [affiliate.id], now)) {
    const amount = payableOf(standing)
    const { currency } = standing
    const own = currency === shop.currency
    if (amount === 0n || (own && amount < BigInt(programme.least_payout))) continue
    // Credits have a price in one currency; other money goes to the balance.
    const price = own && inCredits ? programme.credit_price : null
    if (inCredits && own && price === null) continue
    const credits = price === null ? null : (amount * 1_000n) / BigInt(price)
    if (credits === 0n) continue
    await pay(
      tx,
      shop,
      affiliate,
      { currency, amount, credits, way: credits === null ? 'balance' : 'credits', reference: '' },
      now,
    )
  }
}

/** Staff have paid him everything that is free in a currency. `conflict` where nothing is. Answers the payout's id. */
export const payByHand = (
  shop: Shop,
  affiliateId: string,
  wish: { currency: string; reference: string },
): Promise<string> => transaction(shop, 'pay-affiliate', (tx) => payByHandIn(tx, shop, affiliateId, wish, shop.now()))

/** As `payByHand`, inside the caller's transaction. */
export async function payByHandIn(
  tx: Tx,
  shop: Shop,
  affiliateId: string,
  { currency, reference }: { currency: string; reference: string },
  now: Temporal.Instant,
): Promise<string> {
  const affiliate = await lockAffiliate(tx, affiliateId)
  await followMoney(tx, shop, affiliate, await readSetting(tx, shop, programmeSetting), now)
  const standing = (await affiliateStandings(tx, [affiliateId], now)).find((each) => each.currency === currency)
  const amount = standing === undefined ? 0n : payableOf(standing)
  if (amount === 0n) throw new Refusal('conflict', `Nothing in ${currency} is free to be paid out.`)
  return pay(tx, shop, affiliate, { currency, amount, credits: null, way: 'by_hand', reference }, now)
}

type Payment = { currency: string; amount: bigint; credits: bigint | null; way: Way; reference: string }

async function pay(
  tx: Tx,
  shop: Shop,
  affiliate: Affiliate,
  { currency, amount, credits, way, reference }: Payment,
  now: Temporal.Instant,
): Promise<string> {
  const id = newId('apo', shop.app.clock)
  const resellerId = way === 'credits' ? affiliate.resellerId : null
  await run(
    tx,
    sql`insert into affiliate_payouts (business_id, id, affiliate_id, currency, amount_minor, way, reference, reseller_id, credits_milli, let_go_minor, created_at, created_by)
      values (${shop.businessId}, ${id}, ${affiliate.id}, ${currency}, ${amount}, ${way}, ${reference}, ${resellerId}, ${credits},
        (select coalesce(sum(let_go_minor), 0) from commissions where business_id = current_business() and affiliate_id = ${affiliate.id} and currency = ${currency}), ${now}, ${shop.actor})`,
  )
  const from = affiliateAccount(currency, affiliate.id)
  const purpose = 'affiliate_payout'
  const to = {
    balance: customerBalance(currency, affiliate.customerId),
    by_hand: bank(currency),
    credits: exchange(currency),
  }[way]
  const given: Transfer[] =
    resellerId === null || credits === null
      ? []
      : [{ debit: creditsIssued, credit: wallet(resellerId), amount: credits, purpose: 'commission_credits' }]
  await post(tx, shop, [{ debit: from, credit: to, amount, purpose }, ...given], { id, at: now })
  if (way === 'balance') await spendBalanceSoon(tx, shop, affiliate.customerId)
  await record(tx, shop, now, {
    type: 'affiliate.paid',
    subjectType: 'affiliate',
    subjectId: affiliate.id,
    customerId: affiliate.customerId,
    data: { amount: amount.toString(), currency, way },
  })
  return id
}
