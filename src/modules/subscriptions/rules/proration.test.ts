/** Money for time, split at any instant: F42, F43, F54, F59. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayOf, endOfTerm, type Instant, instant, type Term } from '#platform/time.ts'
import { type Bought, type Counting, lengthOf, partLeft, priceOf, split, valueLeft } from './proration.ts'

const zone = fc.constantFrom('America/Sao_Paulo', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia')
const counting: fc.Arbitrary<Counting> = fc.record({ unit: fc.constantFrom('second' as const, 'day' as const), zone })
const start = fc
  .integer({ min: Date.UTC(2010, 0, 1) / 1000, max: Date.UTC(2032, 11, 31) / 1000 })
  .map((seconds) => Temporal.Instant.fromEpochMilliseconds(seconds * 1000))
const term: fc.Arbitrary<Term> = fc.oneof(
  fc.record({ unit: fc.constant('hour' as const), count: fc.integer({ min: 1, max: 72 }) }),
  fc.record({ unit: fc.constant('day' as const), count: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ unit: fc.constant('month' as const), count: fc.constantFrom(1, 3, 6, 12) }),
)
const price = fc.bigInt({ min: 0n, max: 10_000_000n })

const sold = (starts: Instant, length: Term, minor: bigint, place: string): Bought => ({
  starts,
  ends: endOfTerm(starts, length, dayOf(starts, place), place),
  minor,
})
/** An instant inside: `share` of 1,000,000 parts after the start. */
const inside = ({ starts, ends }: Bought, share: number): Instant =>
  starts.add({ milliseconds: Math.floor(((ends.epochMilliseconds - starts.epochMilliseconds) * share) / 1_000_000) })
const share = fc.integer({ min: -100_000, max: 1_100_000 })
const runs = { numRuns: 1000 }

describe('what is left of paid time', () => {
  it('two halves are the whole, wherever it is cut, and neither is negative', () => {
    fc.assert(
      fc.property(start, term, price, share, counting, (starts, length, minor, at, how) => {
        const bought = sold(starts, length, minor, how.zone)
        const { used, left } = split(bought, inside(bought, at), how)
        expect(used + left).toBe(minor)
        expect(used >= 0n && left >= 0n).toBe(true)
      }),
      runs,
    )
  })

  it('the later it is cut, the less is left: all at the start, nothing at the end', () => {
    fc.assert(
      fc.property(start, term, price, share, share, counting, (starts, length, minor, a, b, how) => {
        const bought = sold(starts, length, minor, how.zone)
        const [early, late] = [inside(bought, Math.min(a, b)), inside(bought, Math.max(a, b))]
        expect(split(bought, early, how).left >= split(bought, late, how).left).toBe(true)
        expect(split(bought, bought.starts, how).left).toBe(minor)
        expect(split(bought, bought.ends, how).left).toBe(0n)
      }),
      runs,
    )
  })

  it('F59: the sum does not depend on the order of the stretches, and never exceeds what was paid', () => {
    const many = fc.array(fc.record({ starts: start, length: term, minor: price }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(many, start, counting, fc.integer({ min: 1, max: 7 }), (stretches, at, how, turn) => {
        const all = stretches.map(({ starts, length, minor }) => sold(starts, length, minor, how.zone))
        const turned = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)].reverse()
        const value = valueLeft(all, at, how)
        expect(valueLeft(turned, at, how)).toBe(value)
        expect(value <= all.reduce((sum, { minor }) => sum + minor, 0n)).toBe(true)
      }),
      runs,
    )
  })

  it('F54: what cost nothing is worth nothing, whatever its list price', () => {
    fc.assert(
      fc.property(start, term, share, counting, (starts, length, at, how) => {
        const free = sold(starts, length, 0n, how.zone)
        expect(split(free, inside(free, at), how).left).toBe(0n)
      }),
      runs,
    )
  })

  it('a pause moves the end and takes nothing: what is left before it is left after it', () => {
    fc.assert(
      fc.property(
        start,
        term,
        price,
        fc.integer({ min: 1, max: 999_999 }),
        fc.integer({ min: 1, max: 90 * 86_400 }),
        zone,
        (starts, length, minor, at, seconds, place) => {
          const how: Counting = { unit: 'second', zone: place }
          const before = sold(starts, length, minor, place)
          const [from, to] = [inside(before, at), inside(before, at).add({ seconds })]
          const after = { ...before, ends: before.ends.add({ seconds }), gaps: [{ starts: from, ends: to }] }
          expect(split(after, to, how)).toEqual(split(before, from, how))
          expect(split(after, from, how)).toEqual(split(before, from, how))
        },
      ),
      runs,
    )
  })

  it('an upgrade never costs less than nothing: the dearer plan for the rest is at least what was paid for it', () => {
    fc.assert(
      fc.property(start, term, price, price, share, counting, (starts, length, minor, more, at, how) => {
        const bought = sold(starts, length, minor, how.zone)
        const when = inside(bought, at)
        expect(priceOf(minor + more, partLeft(bought, when, how)) >= split(bought, when, how).left).toBe(true)
      }),
      runs,
    )
  })

  it('F42: the whole period is the denominator, also when the rest was bought anew in between', () => {
    const month = sold(instant('2026-04-01T00:00:00Z'), { unit: 'month', count: 1 }, 3000n, 'UTC')
    const how: Counting = { unit: 'second', zone: 'UTC' }
    expect(partLeft(month, instant('2026-04-21T00:00:00Z'), how)).toEqual({ left: 864_000_000n, whole: 2_592_000_000n })
    expect(split(month, instant('2026-04-21T00:00:00Z'), how)).toEqual({ used: 2000n, left: 1000n })
  })

  it('F43: days are counted by the calendar of the zone, so the night in which clocks change is one day', () => {
    const how: Counting = { unit: 'day', zone: 'Europe/Berlin' }
    // 11 October to 11 November in Berlin: 31 days and an hour.
    const [from, to] = [instant('2026-10-10T22:00:00Z'), instant('2026-11-10T23:00:00Z')]
    expect(lengthOf(from, to, how)).toBe(31n)
    expect(split({ starts: from, ends: to, minor: 3100n }, instant('2026-10-25T12:00:00Z'), how).left).toBe(1700n)
    // Samoa had no 30 December 2011.
    const apia: Counting = { unit: 'day', zone: 'Pacific/Apia' }
    expect(lengthOf(instant('2011-12-29T22:00:00Z'), instant('2011-12-31T22:00:00Z'), apia)).toBe(3n)
  })
})
