/**
 * What is left of time that was paid for. The whole of a stretch is always the denominator, whoever asks and when; one part is
 * computed and the other is the rest, so that two halves never make a cent more than the whole. All sums are minor units.
 */
import { dateOf, type Instant, laterOf, type Zone } from '#platform/time.ts'

/** `day`: calendar days of the zone, and the day of a change belongs to what comes after it. */
export type Unit = 'second' | 'day'
export type Counting = { unit: Unit; zone: Zone }

export type Gap = { starts: Instant; ends: Instant }

/** A stretch of time and the money that was really paid for it, net of refunds. A gift cost nothing. Gaps were not served. */
export type Bought = { starts: Instant; ends: Instant; minor: bigint; gaps?: readonly Gap[] }

/** How long it is from one instant to a later one, in the unit that is counted; never negative. */
export function lengthOf(from: Instant, to: Instant, { unit, zone }: Counting): bigint {
  const length =
    unit === 'second'
      ? BigInt(to.epochMilliseconds) - BigInt(from.epochMilliseconds)
      : BigInt(Temporal.PlainDate.from(dateOf(from, zone)).until(dateOf(to, zone), { largestUnit: 'days' }).days)
  return length < 0n ? 0n : length
}

/** How much of a stretch was not served at `at`, beside the whole of it. Hours of one day have no days: they count in seconds. */
export function partLeft(
  bought: Gap & Pick<Bought, 'gaps'>,
  at: Instant,
  counting: Counting,
): { left: bigint; whole: bigint } {
  const { starts, ends, gaps = [] } = bought
  const later = laterOf(at, starts)
  const rested = (from: Instant) =>
    gaps.reduce((sum, gap) => sum + lengthOf(laterOf(gap.starts, from), gap.ends, counting), 0n)
  const whole = lengthOf(starts, ends, counting) - rested(starts)
  if (whole <= 0n)
    return counting.unit === 'day' ? partLeft(bought, at, { ...counting, unit: 'second' }) : { left: 0n, whole: 1n }
  const left = lengthOf(later, ends, counting) - rested(later)
  return { left: left < 0n ? 0n : left > whole ? whole : left, whole }
}

/** The value in two: what was used, and what is left, rounded down; together exactly what was paid. */
export function split(bought: Bought, at: Instant, counting: Counting): { used: bigint; left: bigint } {
  const { left, whole } = partLeft(bought, at, counting)
  const value = (bought.minor * left) / whole
  return { used: bought.minor - value, left: value }
}

/** Each stretch for itself, so that their order does not matter; never more than was paid for them together. */
export const valueLeft = (all: readonly Bought[], at: Instant, counting: Counting): bigint =>
  all.reduce((sum, bought) => sum + split(bought, at, counting).left, 0n)

/** What a price per `whole` costs for `left` of it, rounded down in the customer's favor. */
export const priceOf = (price: bigint, { left, whole }: { left: bigint; whole: bigint }): bigint =>
  (price * left) / whole
