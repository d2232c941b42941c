/**
 * Goes on with periods that need credits: one that begins takes them or waits; those that wait are served oldest first, or most valuable
 * first, as far as the wallet goes; what is held for a line that is up is used, at once or when it is watched. Safe to repeat: each look begins with what is on record.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import type { Instant } from '#platform/time.ts'
import { postCredits, type Taken, takeCredits } from '../ledger/credits.ts'
import { settle } from '../people/attention.ts'
import { openShop } from '../people/business.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { waitForCredits } from '../subscriptions/credits.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { creditsShort } from './credits-short.ts'

/** More would keep one worker from everybody else; the sweep brings the rest. */
const mostAtOnce = 500

type Kept = {
  status: Taken['status']
  /** Something is held for it. */
  open: boolean
  subscriptionId: string
  shortIssuer: string | null
  shortHolder: string | null
}

export async function resumeCredits(shop: Shop, periodId: string): Promise<void> {
  const kept = await transaction(shop, 'read-period-credits', (tx) => findPeriodCredits(tx, periodId))
  if (kept === null) return
  if (kept.open) await transaction(shop, 'post-credits', (tx) => postCredits(tx, kept.subscriptionId, shop.now()))
  if (kept.status === 'ahead') await serve(shop, periodId, kept.subscriptionId)
  else if (kept.status === 'waiting') await serveWaiting(shop.app, kept.shortIssuer ?? '', kept.shortHolder ?? '')
}

const findPeriodCredits = (tx: Tx, periodId: string): Promise<Kept | null> =>
  maybe(
    tx,
    sql<Kept>`select status, status = 'held' or early_open as open, subscription_id as "subscriptionId", short_issuer as "shortIssuer", short_holder as "shortHolder"
      from period_credits where business_id = current_business() and period_id = ${periodId}`,
  )

/** In the order that its holder chose, whoever of the branch sold it, until this wallet has too little for the next. Those whose other wallets are short stand aside. */
async function serveWaiting(app: App, issuer: string, holder: string): Promise<void> {
  const owner = await openShop(app, issuer, 'system')
  for (let served = 0; served < mostAtOnce; served++) {
    const next = await transaction(owner, 'read-next-waiting', (tx) =>
      maybe(
        tx,
        sql<{ businessId: string; periodId: string; subscriptionId: string }>`
          select business_id as "businessId", period_id as "periodId", subscription_id as "subscriptionId" from next_waiting(${issuer}, ${holder})`,
      ),
    )
    if (next === null) return nobodyWaits(app, issuer, holder)
    const seller = await openShop(app, next.businessId, 'system')
    const taken = await serve(seller, next.periodId, next.subscriptionId)
    if (taken?.status === 'waiting' && taken.shortHolder === holder) return
  }
}

/** Takes the credits of one period and lets its line go on, or notes what it waits for. */
async function serve(shop: Shop, periodId: string, subscriptionId: string): Promise<Taken | null> {
  const now = shop.now()
  return transaction(shop, 'take-credits', async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId)
    const taken = await takeCredits(tx, periodId, now)
    const over = taken?.status === 'held' || taken?.status === 'released'
    if (over && subscription.waitingFor === 'credits' && !(await stillWaits(tx, subscriptionId, now)))
      await changeSubscription(tx, shop, subscriptionId, now, () => ({ event: 'noted', next: { waitingFor: null } }), {
        reason: taken.status === 'held' ? 'the credits are there' : 'the period that waited for credits is over',
        locked: subscription,
      })
    if (taken?.status === 'waiting' && subscription.waitingFor === null) {
      await changeSubscription(
        tx,
        shop,
        subscriptionId,
        now,
        () => ({ event: 'noted', next: { waitingFor: 'credits' } }),
        {
          reason: 'too few credits for the period that begins',
          locked: subscription,
        },
      )
      await waitForCredits(tx, shop, subscription, taken, now)
    }
    return taken
  })
}

/** An older period that is served, or over, says nothing about the one that runs. */
const stillWaits = async (tx: Tx, subscriptionId: string, now: Instant): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from period_credits where business_id = current_business() and subscription_id = ${subscriptionId} and status = 'waiting' and ends > ${now} limit 1`,
  )) !== null

async function nobodyWaits(app: App, issuer: string, holder: string): Promise<void> {
  for (const id of [issuer, holder]) {
    const shop = await openShop(app, id, 'system')
    await transaction(shop, 'credits-are-enough', (tx) => settle(tx, creditsShort, holder, 'system', shop.now()))
  }
}
