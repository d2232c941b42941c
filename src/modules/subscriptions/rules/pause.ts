/** A line rests on its owner's wish: the paid time that is left is kept, within limits of a year, and the pause ends by itself. */
import { assert } from '#platform/errors.ts'
import {
  dayOf,
  earlierOf,
  type Instant,
  isAfter,
  isBefore,
  laterOf,
  plusHours,
  secondsBetween,
} from '#platform/time.ts'
import type { Change, Subscription } from './subscription.ts'

export type Limits = { perYear: number; daysPerYear: number }
/** `ends` null: it still lasts. */
export type Pause = { starts: Instant; ends: Instant | null }

export type PauseOffer =
  | { possible: false; because: 'state' | 'count' | 'days' }
  | { possible: true; keptSeconds: number; latest: Instant; pausesLeft: number; daysLeft: number }

/** A year back from now, whatever the calendar says: a limit that begins anew in January would be twice as long in winter. */
const yearHours = 365 * 24
/** A rest of a few minutes would only cost the panel. */
const leastHours = 1

/** Whether it can be paused now, what is kept of the paid time, and when it would end by itself. */
export function pauseOffer(
  { status, paidThrough }: Pick<Subscription, 'status' | 'paidThrough'>,
  pauses: readonly Pause[],
  { perYear, daysPerYear }: Limits,
  now: Instant,
): PauseOffer {
  if (status !== 'active' || paidThrough === null || !isAfter(paidThrough, now))
    return { possible: false, because: 'state' }
  const since = plusHours(now, -yearHours)
  const recent = pauses.filter(({ ends }) => ends === null || isAfter(ends, since))
  const rested = recent.reduce((sum, { starts, ends }) => sum + secondsBetween(laterOf(starts, since), ends ?? now), 0)
  const count = recent.filter(({ starts }) => !isBefore(starts, since)).length
  if (count >= perYear) return { possible: false, because: 'count' }
  const hoursLeft = daysPerYear * 24 - rested / 3600
  if (hoursLeft < leastHours) return { possible: false, because: 'days' }
  return {
    possible: true,
    keptSeconds: secondsBetween(now, paidThrough),
    latest: plusHours(now, hoursLeft),
    pausesLeft: perYear - count,
    daysLeft: Math.floor(hoursLeft / 24),
  }
}

/** When it ends by itself: on the day that was chosen, and never later than the limit. */
export const resumesAt = (offer: Extract<PauseOffer, { possible: true }>, wanted: Instant | null): Instant =>
  wanted === null ? offer.latest : earlierOf(wanted, offer.latest)

export const pause = (now: Instant): Change => ({ event: 'paused', next: { status: 'paused', pausedAt: now } })

/** The end moves by exactly as long as it rested; renewals are counted from the new end. */
export function endPause({ pausedAt, paidThrough, zone }: Subscription, now: Instant): Change {
  assert(pausedAt !== null && paidThrough !== null, 'a paused subscription says since when')
  const end = paidThrough.add(pausedAt.until(now))
  return { event: 'resumed', next: { status: 'active', pausedAt: null, paidThrough: end, anchorDay: dayOf(end, zone) } }
}
