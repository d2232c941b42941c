/**
 * Credits that last for a time only: what was not used by then leaves the wallet, the oldest first; what is held for lines stays. Its holder is told
 * two weeks before. Safe to repeat: once it is gone, nothing is too old.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { inTransaction, maybe, rows, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type Instant, plusHours } from '#platform/time.ts'
import { post } from '../ledger/post.ts'
import { creditsExpired, idOf, wallet } from '../ledger/rules.ts'
import { raise, settle } from '../people/attention.ts'
import { openShop } from '../people/business.ts'
import { noteMove } from './move-credits.ts'
import { restTopUp } from './queries.ts'
import { formatCredits } from './rules.ts'

export const warnDays = 14
const kind = 'credits_expire'

/** `milli`: thousandths that are lost by the instant asked about, unless some are used before. Null: they last for ever. */
export type TooOld = { lastDays: number; milli: bigint }

/** For the holder of a wallet, and for who issues its credits. */
export const creditsTooOld = (tx: Tx, holder: string, at: Instant): Promise<TooOld | null> =>
  maybe(tx, sql<TooOld>`select last_days as "lastDays", milli from credits_too_old(${holder}, ${at})`)

export const lostSoon = (tx: Tx, holder: string, now: Instant): Promise<TooOld | null> =>
  creditsTooOld(tx, holder, plusHours(now, warnDays * 24))

/** One round over all wallets whose credits last for a time. */
export async function expireAll(app: App): Promise<void> {
  const wallets = await inTransaction(app.db, { role: 'lookup' }, 'read-lasting-wallets', (tx) =>
    rows(tx, sql<{ issuer: string; holder: string }>`select issuer, holder from lasting_wallets()`),
  )
  for (const { issuer, holder } of wallets) {
    const shop = await openShop(app, issuer, 'system')
    // A copy that nobody confirmed takes nothing from anybody.
    if (shop.standstill !== null) continue
    await expireCredits(shop, holder).catch((error: unknown) =>
      app.log.error('credits did not expire', { business: issuer, reseller: holder, error }),
    )
  }
}

export async function expireCredits(shop: Shop, resellerId: string): Promise<void> {
  const now = shop.now()
  const soon = await transaction(shop, 'expire-credits', async (tx) => {
    // Nothing is held or used while it is reckoned.
    await rows(
      tx,
      sql`select from accounts where business_id = current_business() and id = ${idOf(wallet(resellerId))} for update`,
    )
    const old = await creditsTooOld(tx, resellerId, now)
    if (old !== null && old.milli > 0n) await expire(tx, shop, resellerId, old, now)
    return lostSoon(tx, resellerId, now)
  })
  const holder = await openShop(shop.app, resellerId, 'system')
  await transaction(holder, 'tell-credits-expire', async (tx) => {
    if (soon === null || soon.milli === 0n) return void (await settle(tx, kind, resellerId, 'system', now))
    await raise(
      tx,
      holder,
      {
        kind,
        subjectType: 'wallet',
        subjectId: resellerId,
        title: 'Credits are lost soon',
        detail: `${formatCredits(soon.milli)} credits came almost ${soon.lastDays} days ago. What of them is not used within the next two weeks is lost.`,
        severity: 'warn',
      },
      now,
    )
  })
}

async function expire(tx: Tx, shop: Shop, resellerId: string, { lastDays, milli }: TooOld, now: Instant) {
  const id = newId('cmv', shop.app.clock)
  const reason = `Not used within ${lastDays} days`
  await noteMove(tx, shop, 'expired', { resellerId, amountMilli: milli, reason }, null, id)
  // What nobody used is not bought again by itself, until a paid line waits.
  await restTopUp(tx, resellerId, true)
  const lost = { debit: wallet(resellerId), credit: creditsExpired, amount: milli, purpose: 'credits_expired' }
  await post(tx, shop, [lost], { id, at: now })
}
