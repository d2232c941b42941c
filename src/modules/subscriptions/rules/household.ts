/**
 * A household: subscriptions of one customer that are renewed together. One of them, the lead, says on which day; another is brought to that day
 * by its own next renewal, which is sold as the time until then, at its own price. Whatever moves an end apart (a pause, free days, a late
 * payment) is mended in the same way, so no act has to be refused for the sake of the others. Pure.
 */
import {
  dateOf,
  endOfTerm,
  type Instant,
  isAfter,
  isBefore,
  isSame,
  secondsBetween,
  type Term,
  termsAway,
} from '#platform/time.ts'
import { leaves } from './policy.ts'
import { lengthOf } from './proration.ts'
import type { Span, Subscription } from './subscription.ts'

export type Paid = Pick<Subscription, 'term' | 'zone'> & { paidThrough: Instant; anchorDay: number }

export type Lead = { paidThrough: Instant; anchorDay: number }

/** Whether it can be asked for beside the others of its household: it runs, and goes on. */
export const isAsked = (each: Subscription): boolean =>
  (each.status === 'active' || each.status === 'grace' || each.status === 'suspended') && !leaves(each)

/** Only terms that can meet again and again: months and years, or the very same hours or days. */
export const fitsTogether = (a: Term, b: Term): boolean =>
  isCalendar(a) ? isCalendar(b) : a.unit === b.unit && a.count === b.count

const isCalendar = ({ unit }: Term): boolean => unit === 'month' || unit === 'year'

/** Nobody gets a bill for a few days: what is shorter than this many seconds is sold together with the term after it. */
const leastSeconds = (wholeSeconds: number): number => Math.min(7 * 86_400, wholeSeconds / 4)

/**
 * The next period, where it is not a whole term: from the end of paid time to the next day of the household. Null: a whole term ends on
 * such a day. The days lie as far apart as the member's own terms, so one that is sold by the year meets the others once a year.
 */
export function spanToMeet({ paidThrough, anchorDay, term, zone }: Paid, lead: Lead): Span | null {
  const whole = endOfTerm(paidThrough, term, anchorDay, zone)
  const day = (times: number) => termsAway(lead.paidThrough, term, times, lead.anchorDay, zone)
  const length = secondsBetween(paidThrough, whole)
  let times = Math.floor(secondsBetween(lead.paidThrough, paidThrough) / length) - 1
  while (!isAfter(day(times), paidThrough)) times++
  while (isAfter(day(times - 1), paidThrough)) times--
  const meets = isBefore(day(times), whole) && secondsBetween(paidThrough, day(times)) < leastSeconds(length)
  const ends = meets ? day(times + 1) : day(times)
  return isSame(ends, whole) ? null : { starts: paidThrough, ends, anchorDay: lead.anchorDay }
}

/** It is told as something else than a whole term: minutes between two sales are not. */
export const isPart = (span: Span, { anchorDay, term, zone }: Omit<Paid, 'paidThrough'>): boolean =>
  dateOf(span.ends, zone) !== dateOf(endOfTerm(span.starts, term, anchorDay, zone), zone)

/** What a span costs: whole terms at their price, and of the last one the part that is taken, to the second, rounded half up. */
export function priceOfSpan(price: bigint, span: Span, { anchorDay, term, zone }: Omit<Paid, 'paidThrough'>): bigint {
  const counting = { unit: 'second', zone } as const
  let [sum, from] = [0n, span.starts]
  for (;;) {
    const to = endOfTerm(from, term, anchorDay, zone)
    if (isAfter(to, span.ends)) {
      const [part, whole] = [lengthOf(from, span.ends, counting), lengthOf(from, to, counting)]
      return sum + (2n * price * part + whole) / (2n * whole)
    }
    sum += price
    from = to
  }
}
