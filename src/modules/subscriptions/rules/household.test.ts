import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayOf, endOfTerm, instant, isAfter, isSame, secondsBetween, type Term, termsAway } from '#platform/time.ts'
import { fitsTogether, isPart, type Lead, type Paid, priceOfSpan, spanToMeet } from './household.ts'
import { aSubscription } from './subscription.test-support.ts'
import { extendBy } from './subscription.ts'

const month: Term = { unit: 'month', count: 1 }
const paid = (until: string, differs: Partial<Paid> = {}): Paid => {
  const paidThrough = instant(until)
  const zone = differs.zone ?? 'UTC'
  return { paidThrough, zone, anchorDay: dayOf(paidThrough, zone), term: month, ...differs }
}
const lead = (until: string, anchorDay?: number): Lead => ({
  paidThrough: instant(until),
  anchorDay: anchorDay ?? dayOf(instant(until), 'UTC'),
})

describe('the next period of a member', () => {
  it.each([
    // member ends, lead ends, its next period ends
    ['2026-01-10T12:00:00Z', '2026-01-24T08:00:00Z', '2026-01-24T08:00:00Z'],
    ['2026-01-10T12:00:00Z', '2026-06-24T08:00:00Z', '2026-01-24T08:00:00Z'], // The lead is paid far ahead.
    ['2026-05-10T12:00:00Z', '2026-01-24T08:00:00Z', '2026-05-24T08:00:00Z'], // The member is.
    ['2026-01-20T12:00:00Z', '2026-01-24T08:00:00Z', '2026-02-24T08:00:00Z'], // No bill for four days.
  ])('that ends %s beside a lead that ends %s runs until %s', (member, leads, until) => {
    expect(spanToMeet(paid(member), lead(leads))?.ends.toString()).toBe(instant(until).toString())
  })

  it('is a whole term where that ends on the day already', () => {
    expect(spanToMeet(paid('2026-01-24T08:00:00Z'), lead('2026-04-24T08:00:00Z'))).toBeNull()
    expect(spanToMeet(paid('2026-02-28T08:00:00Z', { anchorDay: 31 }), lead('2026-03-31T08:00:00Z'))).toBeNull()
  })

  it('goes by the anchor day of the lead, also after a short month', () => {
    const member = paid('2026-02-28T12:00:00Z', { anchorDay: 31 })
    expect(spanToMeet(member, lead('2026-02-28T12:00:00Z', 30))?.ends.toString()).toBe('2026-03-30T12:00:00Z')
  })

  it('of a year meets a lead of months on its day', () => {
    const yearly = paid('2026-02-10T00:00:00Z', { term: { unit: 'year', count: 1 } })
    expect(spanToMeet(yearly, lead('2026-05-24T00:00:00Z'))?.ends.toString()).toBe('2026-05-24T00:00:00Z')
  })

  it('costs its part of the price', () => {
    const member = paid('2026-01-10T00:00:00Z')
    const span = spanToMeet(member, lead('2026-01-24T00:00:00Z'))
    // 14 of the 31 days until 10 February.
    expect(span && priceOfSpan(999n, span, member)).toBe(451n)
    const longer = spanToMeet(paid('2026-01-20T00:00:00Z'), lead('2026-01-24T00:00:00Z'))
    expect(longer && priceOfSpan(999n, longer, paid('2026-01-20T00:00:00Z'))).toBe(999n + 143n)
  })
})

it('two lines that were bought minutes apart cost what they did, and nobody is told of a part', () => {
  const member = paid('2026-01-24T08:20:00Z')
  const span = spanToMeet(member, lead('2026-01-24T08:00:00Z'))
  expect(span?.ends.toString()).toBe('2026-02-24T08:00:00Z')
  expect(span && [priceOfSpan(999n, span, member), isPart(span, member)]).toEqual([999n, false])
})

it('only terms that meet again and again fit together', () => {
  expect(fitsTogether(month, { unit: 'year', count: 1 })).toBe(true)
  expect(fitsTogether(month, { unit: 'day', count: 30 })).toBe(false)
  expect(fitsTogether({ unit: 'day', count: 30 }, { unit: 'day', count: 30 })).toBe(true)
  expect(fitsTogether({ unit: 'day', count: 7 }, { unit: 'day', count: 30 })).toBe(false)
})

const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Pacific/Apia')
const moment = fc
  .integer({ min: 1_700_000_000, max: 1_860_000_000 })
  .map((s) => Temporal.Instant.fromEpochMilliseconds(s * 1000))
const term = fc.constantFrom<Term>(
  month,
  { unit: 'month', count: 3 },
  { unit: 'year', count: 1 },
  { unit: 'day', count: 30 },
  { unit: 'hour', count: 48 },
)

it('whoever joins keeps all paid time, meets the others with his next renewal, and pays for exactly the time he gets', () => {
  fc.assert(
    fc.property(zone, moment, moment, term, fc.bigInt(0n, 100_000n), (zone, own, others, term, price) => {
      const member: Paid = { paidThrough: own, anchorDay: dayOf(own, zone), term, zone }
      const leads: Lead = { paidThrough: others, anchorDay: dayOf(others, zone) }
      const span = spanToMeet(member, leads)
      const whole = endOfTerm(own, term, member.anchorDay, zone)
      const ends = span?.ends ?? whole
      expect(isAfter(ends, own)).toBe(true)
      // Never much longer than a term, never a sliver.
      const [length, most] = [secondsBetween(own, ends), secondsBetween(own, whole)]
      expect(length).toBeLessThanOrEqual(most * 1.25 + 4 * 86_400)
      expect(length).toBeGreaterThanOrEqual(Math.min(7 * 86_400, most / 4))
      // From then on each whole term ends on a day of the household: nothing is left to mend.
      const after: Paid = { ...member, paidThrough: ends, anchorDay: span?.anchorDay ?? member.anchorDay }
      if (span !== null) expect(spanToMeet(after, leads)).toBeNull()
      // The price is that of whole terms and a part, never more than the terms it touches, never less than those it holds.
      if (span === null) return
      const cost = priceOfSpan(price, span, member)
      let terms = 0n
      while (!isAfter(termsAway(own, term, Number(terms) + 1, member.anchorDay, zone), ends)) terms++
      expect(cost).toBeGreaterThanOrEqual(terms * price)
      expect(cost).toBeLessThanOrEqual((terms + 1n) * price)
    }),
    { numRuns: 2_000 },
  )
})

it('a span that is paid too late, or whose beginning moved, is as long as it was sold', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: 3_600, max: 4_000_000 }), fc.boolean(), (starts, length, suspended) => {
      const span = { starts, ends: starts.add({ seconds: length }), anchorDay: 5 }
      const paidAt = suspended ? starts.add({ hours: 90 }) : starts.subtract({ hours: 90 })
      const state = suspended
        ? ({ status: 'suspended', suspendedAt: starts } as const)
        : ({ status: 'active' } as const)
      const change = extendBy(aSubscription({ ...state, paidThrough: starts, anchorDay: 9 }), month, span, paidAt)
      const period = change.period
      expect(period && secondsBetween(period.starts, period.ends)).toBe(length)
      expect(period && isSame(period.starts, suspended ? paidAt : starts)).toBe(true)
      expect(change.next.paidThrough?.toString()).toBe(period?.ends.toString())
      if (!suspended) expect(change.next.anchorDay).toBe(5)
    }),
  )
})
