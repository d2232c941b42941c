/** Commissions follow the money of their invoices: what the buyer or his bank has back, and what came back to us. */
import type { Shop } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { affiliateAccount, commission } from '../ledger/rules.ts'
import type { Programme } from './programme.ts'
import { type Affiliate, affiliateStandings, withMoneyBack } from './queries.ts'
import { balanceOf, leftOf, stepOf } from './rules.ts'

/** What was taken back takes its share along; what came back brings it back. The caller holds the affiliate's lock. Safe to repeat. */
export async function followMoney(
  tx: Tx,
  shop: Shop,
  affiliate: Affiliate,
  programme: Programme,
  now: Temporal.Instant,
): Promise<void> {
  const moving = await withMoneyBack(tx, affiliate.id)
  if (moving.length === 0) return
  const standings = await affiliateStandings(tx, [affiliate.id], now)
  const balances = new Map(standings.map((each) => [each.currency, balanceOf(each)]))
  for (const each of moving) {
    const { id, currency, earned, kept, openDispute } = each
    const balance = balances.get(currency) ?? 0n
    const below = programme.below === null || currency !== shop.currency ? null : BigInt(programme.below)
    const next = stepOf(each, leftOf(earned, each.total, each.back), { balance, below })
    const by = next.kept - kept
    if (by === 0n && next.letGo === each.letGo && openDispute === each.disputed) continue
    await run(
      tx,
      sql`update commissions set kept_minor = ${next.kept}, let_go_minor = ${next.letGo}, disputed = ${openDispute}, moves = moves + ${by === 0n ? 0 : 1}
        where business_id = current_business() and id = ${id}`,
    )
    if (by === 0n) continue
    balances.set(currency, balance + by)
    await move(tx, shop, affiliate, { id, currency, by, moves: each.moves + 1 }, now)
    await record(tx, shop, now, {
      type: by < 0n ? 'commission.taken_back' : 'commission.given_back',
      subjectType: 'affiliate',
      subjectId: affiliate.id,
      customerId: affiliate.customerId,
      data: { amount: (by < 0n ? -by : by).toString(), currency, commission: id },
    })
  }
}

/** Each move of a commission has its number: the database refuses it a second time. */
export function move(
  tx: Tx,
  shop: Shop,
  affiliate: Affiliate,
  { id, currency, by, moves }: { id: string; currency: string; by: bigint; moves: number },
  now: Temporal.Instant,
): Promise<void> {
  const [cost, his] = [commission(currency), affiliateAccount(currency, affiliate.id)]
  const purpose = `commission/${moves}`
  return post(
    tx,
    shop,
    [by > 0n ? { debit: cost, credit: his, amount: by, purpose } : { debit: his, credit: cost, amount: -by, purpose }],
    { id, at: now },
  )
}
