/** When a kept card expires, and whether that is before it is charged again. */
import { type Instant, isBefore, plusHours, type Zone } from '#platform/time.ts'
import { leaves, type Policy } from '../../subscriptions/rules/policy.ts'
import type { Subscription } from '../../subscriptions/rules/subscription.ts'

/** A card is good until the end of the month that is printed on it. Answers the first moment after it, in `zone`. */
export const expiryOf = ({ month, year }: { month: number; year: number }, zone: Zone): Instant =>
  Temporal.PlainDate.from({ year, month, day: 1 }).add({ months: 1 }).toZonedDateTime(zone).toInstant()

/** An instant on the last day on which it can be charged, for people. */
export const lastDayOf = (expiresAt: Instant): string => plusHours(expiresAt, -1).toString()

export const warningHours = 30 * 24

/** When to look for the first time whether its customer must be told. */
export const warnsAt = (expiresAt: Instant): Instant => plusHours(expiresAt, -warningHours)

/** A renewal may move the end of paid time beyond the expiry: looked at again each day. Null: it has expired, and nobody needs it. */
export const looksAgainAt = (expiresAt: Instant, now: Instant): Instant | null =>
  isBefore(now, expiresAt) ? plusHours(now, 24) : null

type Charged = { subscription: Subscription; policy: Policy }

/** Renewed by itself, by a policy that charges, and the money for the next period is due when the card is good no more. */
const isChargedAfter = (expiresAt: Instant, { subscription, policy }: Charged): boolean =>
  (subscription.status === 'active' || subscription.status === 'grace') &&
  !leaves(subscription) &&
  subscription.paidThrough !== null &&
  !isBefore(subscription.paidThrough, expiresAt) &&
  policy.steps.some(({ action }) => action === 'charge')

/** The first that the default card cannot pay any more; null: it pays whatever comes next. */
export function firstUnpayable<T extends Charged>(expiresAt: Instant, charged: readonly T[]): T | null {
  const ends = ({ subscription: { paidThrough } }: Charged) => paidThrough?.epochMilliseconds ?? 0
  const [first = null] = charged
    .filter((each) => isChargedAfter(expiresAt, each))
    .sort((a, b) => ends(a) - ends(b) || (a.subscription.id < b.subscription.id ? -1 : 1))
  return first
}
