/**
 * Pausing and going on. While it rests the line is off, nobody is reminded and nothing runs out; then every period that was not over
 * ends later by exactly that long. Who pays meanwhile buys time after it.
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { isAfter } from '#platform/time.ts'
import { shiftCredits } from '../ledger/credits.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { readSetting } from '../people/settings.ts'
import { changeSubscription } from './change-subscription.ts'
import { lifeSetting } from './life-settings.ts'
import { lockSubscription } from './queries.ts'
import { endPause, type Pause, type PauseOffer, pause, pauseOffer, resumesAt } from './rules/pause.ts'
import type { Subscription } from './rules/subscription.ts'

export type StoredPause = Pause & { id: string; resumesAt: Temporal.Instant }

export const pausesOf = (tx: Tx, subscriptionId: string): Promise<StoredPause[]> =>
  rows(
    tx,
    sql<StoredPause>`select id, starts, ends, resumes_at as "resumesAt" from pauses
      where business_id = current_business() and subscription_id = ${subscriptionId} order by starts`,
  )

/** What a pause would mean, for all who show it. */
export async function previewPause(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<PauseOffer> {
  const { pauses_per_year: perYear, pause_days_per_year: daysPerYear } = await readSetting(tx, shop, lifeSetting)
  return pauseOffer(subscription, await pausesOf(tx, subscription.id), { perYear, daysPerYear }, now)
}

const sentences = {
  state: 'Only a running subscription with paid time left can be paused.',
  count: 'It was paused as often as a year allows.',
  days: 'It rested for as many days as a year allows.',
}

/** `until`: when it goes on by itself; never later than the year's limit. */
export function pauseSubscription(
  shop: Shop,
  id: string,
  { until, reason }: { until: Temporal.Instant | null; reason: string },
): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'pause', async (tx) => {
    const before = await lockSubscription(tx, id)
    const offer = await previewPause(tx, shop, before, now)
    if (!offer.possible) throw new Refusal('conflict', sentences[offer.because])
    if (until !== null && !isAfter(until, now))
      throw new Refusal('invalid_input', 'Please choose a day to come.', [
        { pointer: '/until', code: 'out_of_range', detail: 'Please choose a day to come.' },
      ])
    const pauseId = newId('pau', shop.app.clock)
    await run(
      tx,
      sql`insert into pauses (business_id, id, subscription_id, starts, resumes_at, reason, by)
        values (${shop.businessId}, ${pauseId}, ${id}, ${now}, ${resumesAt(offer, until)}, ${reason}, ${shop.actor})`,
    )
    const after = await changeSubscription(tx, shop, id, now, () => pause(now), { reason })
    await tell(tx, shop, after, 'paused', pauseId, now)
    return after
  })
}

/** Goes on before its day, or because its day has come. What does not rest is refused as `conflict`. */
export function resumePaused(shop: Shop, id: string, reason = ''): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'resume-paused', (tx) => goOn(tx, shop, id, reason, now))
}

/** The sweep's way: only what is due, so that a second nudge changes nothing. */
export async function resumeWhenDue(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'resume-when-due', async (tx) => {
    await lockSubscription(tx, id)
    const open = (await pausesOf(tx, id)).find(({ ends }) => ends === null)
    if (open !== undefined && !isAfter(open.resumesAt, now)) await goOn(tx, shop, id, 'its day has come', now)
  })
}

/** Inside the caller's transaction: the kept time is given back, and the line is up again. */
export async function goOn(
  tx: Tx,
  shop: Shop,
  id: string,
  reason: string,
  now: Temporal.Instant,
): Promise<Subscription> {
  const before = await lockSubscription(tx, id)
  if (before.status !== 'paused' || before.pausedAt === null)
    throw new Refusal('conflict', 'Only a paused subscription can go on.')
  const [open] = (await pausesOf(tx, id)).filter(({ ends }) => ends === null)
  await movePeriods(tx, id, before.pausedAt, now)
  // Taken back in the very instant: it did not rest.
  if (Temporal.Instant.compare(before.pausedAt, now) === 0)
    await run(
      tx,
      sql`delete from pauses where business_id = current_business() and subscription_id = ${id} and ends is null`,
    )
  else
    await run(
      tx,
      sql`update pauses set ends = ${now} where business_id = current_business() and subscription_id = ${id} and ends is null`,
    )
  const after = await changeSubscription(tx, shop, id, now, (s) => endPause(s, now), { reason })
  if (open !== undefined) await tell(tx, shop, after, 'resumed', open.id, now)
  return after
}

/** The last first: periods never overlap, not even for a moment. */
async function movePeriods(tx: Tx, id: string, from: Temporal.Instant, to: Temporal.Instant): Promise<void> {
  if (Temporal.Instant.compare(from, to) === 0) return
  const later = await rows(
    tx,
    sql<{
      id: string
    }>`select id from periods where business_id = current_business() and subscription_id = ${id} and ends > ${from} order by starts desc`,
  )
  for (const period of later)
    await run(
      tx,
      sql`update periods set starts = case when starts > ${from} then starts + (${to}::timestamptz - ${from}::timestamptz) else starts end,
          ends = ends + (${to}::timestamptz - ${from}::timestamptz), sold_starts = coalesce(sold_starts, starts), sold_ends = coalesce(sold_ends, ends)
        where business_id = current_business() and id = ${period.id}`,
    )
  await shiftCredits(tx, id, from, to)
  await run(
    tx,
    sql`update plan_changes set covers_until = case when covers_until > ${from} then covers_until + (${to}::timestamptz - ${from}::timestamptz) else covers_until end,
        due_at = case when status = 'paid' then due_at + (${to}::timestamptz - ${from}::timestamptz) else due_at end
      where business_id = current_business() and subscription_id = ${id}`,
  )
  await run(
    tx,
    sql`update add_on_changes set covers_until = covers_until + (${to}::timestamptz - ${from}::timestamptz)
      where business_id = current_business() and subscription_id = ${id} and covers_until > ${from}`,
  )
}

const tell = (
  tx: Tx,
  shop: Shop,
  { id, customerId }: Subscription,
  template: string,
  pauseId: string,
  now: Temporal.Instant,
) =>
  queueMessage(tx, shop, { template, claim: `${template}/${pauseId}`, customerId, about: { subscription_id: id } }, now)
