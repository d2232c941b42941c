/** What a paid term does, over any life: F39 to F41, F46, F47, F50. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dayOf,
  type Instant,
  instant,
  isAfter,
  isBefore,
  plusHours,
  secondsBetween,
  type Term,
} from '#platform/time.ts'
import { noFacts } from './condition.ts'
import { cutOff, type Policy, standardPolicy, timeline } from './policy.ts'
import { aSubscription } from './subscription.test-support.ts'
import { enterGrace, extend, type Period, resume, type Subscription, suspend, terminate } from './subscription.ts'

const policy: Policy = { id: 'pol_default', version: 1, ...standardPolicy }
const month: Term = { unit: 'month', count: 1 }

const pending = (zone: string): Subscription => aSubscription({ zone })

/** What the engine has made of it by `now`. */
function aged(subscription: Subscription, now: Instant): Subscription {
  const end = subscription.paidThrough
  if (end === null || isBefore(now, end)) return subscription
  const over = (hours: number) => !isBefore(now, plusHours(end, hours))
  if (over(168)) return { ...subscription, ...terminate(plusHours(end, 168), 'unpaid').next }
  if (over(72)) return { ...subscription, ...suspend(plusHours(end, 72)).next }
  return { ...subscription, ...enterGrace().next }
}

type Paid = { period: Period; paidAt: Instant; from: Subscription['status']; after: Subscription }

/** Pays once at the start, then each time so many hours before (−) or after the end of what was paid. */
function life(start: Instant, zone: string, delays: readonly number[], term: Term): Paid[] {
  const paid: Paid[] = []
  let subscription = pending(zone)
  let at = start
  for (const delay of [0, ...delays]) {
    const wanted = subscription.paidThrough === null ? start : plusHours(subscription.paidThrough, delay)
    at = isBefore(wanted, at) ? at : wanted // Nobody pays before he paid last.
    const before = aged(subscription, at)
    const { period, next } = extend(before, term, at)
    if (period === undefined) throw new Error('a paid term is a period')
    subscription = { ...before, ...next }
    paid.push({ period, paidAt: at, from: before.status, after: subscription })
  }
  return paid
}

const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana')
const start = fc
  .integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2032, 11, 31) / 60_000 })
  .map((minutes) => Temporal.Instant.fromEpochMilliseconds(minutes * 60_000))
/** Early by up to three weeks, on time, in grace, after suspension, after termination. */
const delay = fc.oneof(
  fc.integer({ min: -500, max: 0 }),
  fc.constant(0),
  fc.integer({ min: 1, max: 71 }),
  fc.integer({ min: 72, max: 167 }),
  fc.integer({ min: 168, max: 2000 }),
)
const term: fc.Arbitrary<Term> = fc.oneof(
  fc.record({ unit: fc.constant('month' as const), count: fc.constantFrom(1, 3, 6) }),
  fc.record({ unit: fc.constant('year' as const), count: fc.constant(1) }),
  fc.record({ unit: fc.constant('day' as const), count: fc.constantFrom(7, 30) }),
)
const lives = fc.tuple(start, zone, fc.array(delay, { minLength: 1, maxLength: 14 }), term)
const runs = { numRuns: 500 }

describe('a paid term', () => {
  it('F39, F40, F41: periods never overlap, and leave a gap only where there was no line', () => {
    fc.assert(
      fc.property(lives, ([start, zone, delays, term]) => {
        const paid = life(start, zone, delays, term)
        paid.slice(1).forEach(({ period, from, paidAt }, index) => {
          const before = (paid[index] as Paid).period
          if (from === 'active' || from === 'grace') expect(period.starts.equals(before.ends)).toBe(true)
          else expect(period.starts.equals(paidAt)).toBe(true)
          expect(isBefore(period.starts, before.ends)).toBe(false)
        })
      }),
      runs,
    )
  })

  it('F46, F47: days served are days sold, however late it was paid', () => {
    fc.assert(
      fc.property(lives, ([start, zone, delays, term]) => {
        const paid = life(start, zone, delays, term)
        for (const { period, paidAt, from, after } of paid) {
          // Nothing of the term lies in a past in which there was no line.
          if (from === 'suspended' || from === 'terminated' || from === 'pending')
            expect(isBefore(period.starts, paidAt)).toBe(false)
          expect(after.paidThrough?.equals(period.ends)).toBe(true)
          expect(after.status).toBe('active')
        }
        const sold = paid.reduce((sum, { period }) => sum + secondsBetween(period.starts, period.ends), 0)
        const served = union(paid.map(({ period }) => period))
        expect(served).toBe(sold)
      }),
      runs,
    )
  })

  it('F50: no term is shorter than what was sold, nor longer than its anchor allows', () => {
    fc.assert(
      fc.property(lives, ([start, zone, delays, term]) => {
        for (const { period, after } of life(start, zone, delays, term)) {
          const from = period.starts.toZonedDateTimeISO(zone).toPlainDate()
          const to = period.ends.toZonedDateTimeISO(zone).toPlainDate()
          const least = from.add(
            term.unit === 'day'
              ? { days: term.count }
              : term.unit === 'year'
                ? { years: term.count }
                : { months: term.count },
          )
          const more = least.until(to, { largestUnit: 'days' }).days
          expect(more).toBeGreaterThanOrEqual(0)
          expect(more).toBeLessThanOrEqual(term.unit === 'day' ? 0 : 3)
          if (term.unit !== 'day') expect(to.day).toBe(Math.min(after.anchorDay ?? 0, to.daysInMonth))
        }
      }),
      runs,
    )
  })

  it('a month after weeks is a whole month, counted from its own first day', () => {
    const zone = 'Europe/Berlin'
    const week: Term = { unit: 'day', count: 7 }
    const first = extend(pending(zone), week, instant('2026-09-08T04:58:00Z')).next
    const weekly = { ...pending(zone), ...first, term: week } as Subscription
    expect(weekly.paidThrough?.toString()).toBe('2026-09-15T04:58:00Z')
    const { period, next } = extend(weekly, month, instant('2026-09-14T10:00:00Z'))
    expect([period?.starts.toString(), period?.ends.toString()]).toEqual([
      '2026-09-15T04:58:00Z',
      '2026-10-15T04:58:00Z',
    ])
    expect(next.anchorDay).toBe(15)
  })

  it('paid again after suspension, it counts from the payment’s own day', () => {
    const [first, second] = life(instant('2026-01-31T12:00:00Z'), 'Europe/Berlin', [100], month)
    expect(first?.period.ends.toString()).toBe('2026-02-28T12:00:00Z')
    expect(second?.after.anchorDay).toBe(dayOf(instant('2026-03-04T16:00:00Z'), 'Europe/Berlin'))
    expect(second?.period.starts.toString()).toBe('2026-03-04T16:00:00Z')
  })
})

describe('brought back unpaid by staff', () => {
  const end = instant('2026-02-28T12:00:00Z')
  const broughtBack = (from: Subscription, at: string) => ({ ...from, ...resume(from, instant(at)).next })
  const bought = aSubscription({ status: 'active', paidThrough: end, anchorDay: 31 })
  const off = { ...bought, ...suspend(plusHours(end, 72)).next }

  it('the days in the dark are not sold: what is bought in grace begins when the line came back', () => {
    const back = broughtBack(off, '2026-03-10T09:00:00Z')
    const { period, event, next } = extend(back, month, instant('2026-03-11T09:00:00Z'))
    expect([event, period?.starts.toString(), period?.ends.toString()]).toEqual([
      'renewed',
      '2026-03-10T09:00:00Z',
      '2026-04-10T09:00:00Z',
    ])
    expect(next.anchorDay).toBe(10)
  })

  it('restored after its end, likewise', () => {
    const ended = { ...off, ...terminate(plusHours(end, 168), 'unpaid').next }
    const { period } = extend(broughtBack(ended, '2026-05-01T00:00:00Z'), month, instant('2026-05-04T00:00:00Z'))
    expect(period?.starts.toString()).toBe('2026-05-01T00:00:00Z')
  })

  it('with paid time left it goes on where that ends', () => {
    const back = broughtBack({ ...bought, ...suspend(instant('2026-02-10T00:00:00Z')).next }, '2026-02-12T00:00:00Z')
    expect(extend(back, month, instant('2026-02-13T00:00:00Z')).period?.starts.toString()).toBe(end.toString())
  })

  it('once: the renewal after that begins where paid time ends, as any other', () => {
    const back = broughtBack(off, '2026-03-10T09:00:00Z')
    const renewed = { ...back, ...extend(back, month, instant('2026-03-11T09:00:00Z')).next }
    const { period } = extend({ ...renewed, ...enterGrace().next }, month, instant('2026-04-11T00:00:00Z'))
    expect(period?.starts.toString()).toBe('2026-04-10T09:00:00Z')
  })
})

describe('the timeline', () => {
  it('S2: asks before it cuts, and never cuts inside paid time', () => {
    fc.assert(
      fc.property(lives, fc.boolean(), ([start, zone, delays, term], autoRenew) => {
        const last = life(start, zone, delays, term).at(-1) as Paid
        const subscription = { ...last.after, autoRenew }
        const planned = timeline(subscription, policy, { ...noFacts, periodStarts: last.period.starts })
        const at = (action: string) => planned.find((step) => step.action === action)?.at
        const [suspended, terminated] = [at('suspend'), at('terminate')]
        if (suspended === undefined || terminated === undefined) throw new Error('the ladder is complete')
        expect(isBefore(suspended, last.period.ends)).toBe(false)
        expect(isAfter(terminated, suspended)).toBe(true)
        expect(suspended.equals(cutOff(subscription, policy, noFacts) as Instant)).toBe(true)
        expect(at('issue_invoice') !== undefined).toBe(autoRenew)
        for (const step of planned) expect(isBefore(step.at, last.period.starts)).toBe(false)
        expect(planned.map(({ at: when }) => when.epochMilliseconds)).toEqual(
          planned.map(({ at: when }) => when.epochMilliseconds).sort((a, b) => a - b),
        )
      }),
      runs,
    )
  })
})

/** Seconds covered by at least one period. */
function union(periods: readonly Period[]): number {
  const sorted = [...periods].sort((a, b) => Temporal.Instant.compare(a.starts, b.starts))
  let covered = 0
  let until = sorted[0]?.starts
  for (const { starts, ends } of sorted) {
    const from = until !== undefined && isAfter(until, starts) ? until : starts
    if (isAfter(ends, from)) covered += secondsBetween(from, ends)
    until = until !== undefined && isAfter(until, ends) ? until : ends
  }
  return covered
}
