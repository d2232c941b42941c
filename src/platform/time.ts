/**
 * Calendar arithmetic. Instants are UTC; days and months are counted in a business's zone from an anchor day, clamped to the
 * month's end and never drifting: 31 January, 28 February, 31 March.
 */
import { assert } from './errors.ts'

export type Instant = Temporal.Instant
/** IANA name, `Europe/Berlin`. */
export type Zone = string

/** What a plan sells: hours and days are exact counts, months and years follow the anchor day. */
export type Term = { unit: 'hour' | 'day' | 'month' | 'year'; count: number }

export const instant = (text: string): Instant => Temporal.Instant.from(text)
/** Compared by their nanoseconds: `Temporal`'s own comparison first copies both, and costs ten times as much. */
export const isBefore = (a: Instant, b: Instant): boolean => a.epochNanoseconds < b.epochNanoseconds
export const isAfter = (a: Instant, b: Instant): boolean => a.epochNanoseconds > b.epochNanoseconds
export const isSame = (a: Instant, b: Instant): boolean => a.epochNanoseconds === b.epochNanoseconds
/** For sorting, earliest first. */
export const compareInstants = (a: Instant, b: Instant): number => (isBefore(a, b) ? -1 : isAfter(a, b) ? 1 : 0)
export const laterOf = (a: Instant, b: Instant): Instant => (isBefore(a, b) ? b : a)
export const earlierOf = (a: Instant, b: Instant): Instant => (isBefore(a, b) ? a : b)
/** To the minute. */
export const plusHours = (a: Instant, hours: number): Instant => plusMilliseconds(a, Math.round(hours * 60) * 60_000)
/** To the millisecond. */
export const plusSeconds = (a: Instant, seconds: number): Instant => plusMilliseconds(a, Math.round(seconds * 1000))
export const secondsBetween = (from: Instant, to: Instant): number =>
  (to.epochMilliseconds - from.epochMilliseconds) / 1000

/** Exact time is a sum: without a duration in between it costs a third. What did not move is the same. */
const plusMilliseconds = (a: Instant, milliseconds: number): Instant =>
  milliseconds === 0 ? a : new Temporal.Instant(a.epochNanoseconds + BigInt(milliseconds) * 1_000_000n)

/** Days on the wall clock of `zone`: the time of day stays when clocks change. */
export function plusDays(at: Instant, days: number, zone: Zone): Instant {
  const straight = plusMilliseconds(at, days * 86_400_000)
  const [a, b] = [at.epochMilliseconds, straight.epochMilliseconds]
  const known = steadyOf(zone)
  // Where the clock does not change in between, a day is a day; a rehearsal asks this a million times. Just after a change the hours
  // may be those that come twice, of which the first counts.
  if (known.some(({ from, until }) => a >= from && a < until && b >= from + mostDoubled && b < until)) return straight
  const local = at.toZonedDateTimeISO(zone)
  if (!known.some(({ from, until }) => a >= from && a < until)) {
    if (known.length === mostSteady) known.length = 0
    known.push({
      from: local.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity,
      until: local.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    })
  }
  return local.add({ days }).toInstant()
}

/** Stretches in which a zone's clock did not change, as far as they were met. */
const steady = new Map<Zone, { from: number; until: number }[]>()
const mostSteady = 20
/** A zone that crosses the date line lives a day twice. */
const mostDoubled = 86_400_000

function steadyOf(zone: Zone): { from: number; until: number }[] {
  const known = steady.get(zone) ?? []
  steady.set(zone, known)
  return known
}

/** The day of the month in `zone`: 1 to 31. */
export const dayOf = (at: Instant, zone: Zone): number => at.toZonedDateTimeISO(zone).day

/** `2026-03-31` in the zone. */
export const dateOf = (at: Instant, zone: Zone): string => at.toZonedDateTimeISO(zone).toPlainDate().toString()

export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return true
  } catch {
    return false
  }
}

/**
 * The end of `term` that starts at `starts`. Months and years land on `anchorDay` of the target month, clamped to its last day,
 * at the same wall-clock time; a day that a clock change swallowed or doubled follows Temporal's `compatible` rule.
 */
export function endOfTerm(starts: Instant, term: Term, anchorDay: number, zone: Zone): Instant {
  assert(Number.isInteger(term.count) && term.count > 0, 'a term counts at least one')
  return termsAway(starts, term, 1, anchorDay, zone)
}

/** As `endOfTerm`, so many terms away; below zero: before `from`. */
export function termsAway(from: Instant, term: Term, times: number, anchorDay: number, zone: Zone): Instant {
  const count = term.count * times
  switch (term.unit) {
    case 'hour':
      return from.add({ hours: count })
    case 'day':
      return plusDays(from, count, zone)
    case 'month':
    case 'year': {
      const months = term.unit === 'year' ? count * 12 : count
      // On the calendar without a clock: a first of the month whose hour a clock change swallowed must not move the end.
      const first = from.toZonedDateTimeISO(zone).toPlainDateTime().with({ day: 1 }).add({ months })
      return first
        .with({ day: Math.min(anchorDay, first.daysInMonth) })
        .toZonedDateTime(zone)
        .toInstant()
    }
  }
}

/** `1 month`, `12 months`, `3 days`: for people. */
export const describeTerm = (term: Term): string => `${term.count} ${term.unit}${term.count === 1 ? '' : 's'}`

/** `28 February 2026` in the reader's language and the business's zone. */
export const formatDay = (at: Instant, zone: Zone, language: string): string =>
  formatter(language, zone, { dateStyle: 'long' }).format(at.epochMilliseconds)

/** `28 February 2026, 18:00` */
export const formatMoment = (at: Instant, zone: Zone, language: string): string =>
  formatter(language, zone, { dateStyle: 'long', timeStyle: 'short' }).format(at.epochMilliseconds)

/** `15 minutes` */
export const formatSpan = (count: number, unit: string, language: string): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count)

/** Making a formatter costs a hundred times its use. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(language: string, zone: Zone, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // English without a region would print American dates to the world.
  const locale = language === 'en' ? 'en-GB' : language
  const key = `${locale}/${zone}/${style.timeStyle ?? ''}`
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(locale, { ...style, timeZone: zone })
  formatters.set(key, known)
  return known
}
