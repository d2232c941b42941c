/** Credits gate the line: a period on the parent's panel begins when its credits are held, and waits without a line until then. */
import type { Shop } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { enqueue } from '#platform/jobs.ts'
import { dayOf, endOfTerm, plusHours, secondsBetween } from '#platform/time.ts'
import { askCredits, releaseCredits, reviveCredits, type Taken } from '../ledger/credits.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { wantLine } from '../lines/want-line.ts'
import { creditsShortJob } from './jobs.ts'
import type { Change, Subscription } from './rules/subscription.ts'

/** What a change means for the credits of a reseller. The answer is the subscription as it is to be saved. */
export async function gateByCredits(
  tx: Tx,
  shop: Shop,
  before: Subscription,
  after: Subscription,
  change: Change,
  periodId: string | null,
  invoiceItemId: string | null,
  now: Temporal.Instant,
): Promise<Subscription> {
  if (after.status === 'terminated') {
    await releaseCredits(tx, after.id, now)
    return { ...after, waitingFor: null }
  }
  const again = before.status === 'terminated' ? await reviveCredits(tx, after.id, now) : null
  const taken = await askForPeriod(tx, shop, after, change, periodId, invoiceItemId, now)
  const short = [again, taken].find((each) => each?.status === 'waiting')
  const rests = (again ?? taken) !== null && (await isPausedFromAbove(tx))
  if (short) await waitForCredits(tx, shop, after, short, now)
  if (rests) await restLine(tx, shop, after, now)
  return rests ? { ...after, waitingFor: 'parent' } : short ? { ...after, waitingFor: 'credits' } : after
}

async function askForPeriod(
  tx: Tx,
  shop: Shop,
  after: Subscription,
  change: Change,
  periodId: string | null,
  invoiceItemId: string | null,
  now: Temporal.Instant,
): Promise<Taken | null> {
  if (change.period === undefined || periodId === null) return null
  const { starts, ends } = change.period
  const whole = endOfTerm(starts, after.term, after.anchorDay ?? dayOf(starts, after.zone), after.zone)
  const share = ends.equals(whole) ? 1 : secondsBetween(starts, ends) / secondsBetween(starts, whole)
  const { id: subscriptionId, planId } = after
  const asked = { periodId, subscriptionId, planId, starts, ends, share, invoiceItemId, askedBy: shop.actor }
  return askCredits(tx, asked, now)
}

/** Somebody above suspended this business with its lines: nothing of it runs on panels from above. */
export const isPausedFromAbove = async (tx: Tx): Promise<boolean> =>
  (await maybe(tx, sql`select from businesses where id = current_business() and suspended_lines = 'paused'`)) !== null

/** A line that runs rests until there are credits; one that was never made is not wanted yet. Whose wallet is short is told. */
export async function waitForCredits(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  { shortHolder }: Taken,
  now: Temporal.Instant,
): Promise<void> {
  await restLine(tx, shop, subscription, now)
  if (shortHolder !== null)
    await enqueue(tx, creditsShortJob, { businessId: shortHolder }, `credits-short/${shortHolder}`)
}

/** A line that runs is suspended, whatever its subscription says; one that was never made is left alone. */
export async function restLine(
  tx: Tx,
  shop: Shop,
  { id, paidThrough }: Subscription,
  now: Temporal.Instant,
): Promise<void> {
  const line = await lineOfSubscription(tx, id)
  if (line?.wanted === 'active' && paidThrough !== null)
    await wantLine(
      tx,
      shop,
      id,
      { wanted: 'suspended', until: plusHours(paidThrough, 24), paidUntil: paidThrough, restrictedTo: null },
      now,
    )
}
