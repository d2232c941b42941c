/** Calendar arithmetic over every anchor day of 2024 to 2032, in zones with every kind of clock change. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareInstants,
  dayOf,
  endOfTerm,
  type Instant,
  instant,
  isAfter,
  isBefore,
  isSame,
  plusDays,
  plusHours,
  plusSeconds,
  type Term,
} from './time.ts'

/** Half-hour changes, changes at midnight, changes southward, none at all. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'America/Havana',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Chatham',
]
const zone = fc.constantFrom(...zones)
const start = fc
  .record({
    year: fc.integer({ min: 2024, max: 2032 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
    minute: fc.integer({ min: 0, max: 1439 }),
  })
  .map(({ year, month, day, minute }) =>
    Temporal.PlainDateTime.from({ year, month, day, hour: Math.floor(minute / 60), minute: minute % 60 }),
  )
const monthly: fc.Arbitrary<Term> = fc.oneof(
  fc.record({ unit: fc.constant('month' as const), count: fc.constantFrom(1, 2, 3, 6, 12) }),
  fc.record({ unit: fc.constant('year' as const), count: fc.constantFrom(1, 2) }),
)
const runs = { numRuns: 400 }

/** Ends of `count` terms in a row, each from where the one before ended. */
function chain(from: Instant, term: Term, anchor: number, zone: string, count: number): Instant[] {
  const ends: Instant[] = []
  for (let at = from; ends.length < count; ) {
    at = endOfTerm(at, term, anchor, zone)
    ends.push(at)
  }
  return ends
}

const monthsOf = (term: Term) => (term.unit === 'year' ? term.count * 12 : term.count)

describe('F39, F40, F41: periods tile and return to the anchor day', () => {
  it('for any anchor day, term, zone and hour', () => {
    fc.assert(
      fc.property(start, monthly, zone, (local, term, zone) => {
        const from = local.toZonedDateTime(zone).toInstant()
        const anchor = dayOf(from, zone)
        const first = Temporal.PlainYearMonth.from(from.toZonedDateTimeISO(zone).toPlainDate())
        chain(from, term, anchor, zone, 30).forEach((end, index) => {
          const day = end.toZonedDateTimeISO(zone)
          const month = first.add({ months: monthsOf(term) * (index + 1) })
          expect(day.toPlainDate().toPlainYearMonth().toString()).toBe(month.toString())
          expect(day.day).toBe(Math.min(anchor, month.daysInMonth))
        })
      }),
      runs,
    )
  })

  it('every anchor day of every month from 2024 to 2032, one month and one year', () => {
    for (
      let month = Temporal.PlainYearMonth.from('2024-01');
      Temporal.PlainYearMonth.compare(month, '2032-12') <= 0;
      month = month.add({ months: 1 })
    )
      for (let day = 1; day <= month.daysInMonth; day++)
        for (const term of [
          { unit: 'month', count: 1 },
          { unit: 'year', count: 1 },
        ] satisfies Term[]) {
          const from = month
            .toPlainDate({ day })
            .toZonedDateTime({ timeZone: 'Europe/Berlin', plainTime: '12:00' })
            .toInstant()
          const end = endOfTerm(from, term, day, 'Europe/Berlin').toZonedDateTimeISO('Europe/Berlin')
          const target = month.add({ months: monthsOf(term) })
          expect(`${end.toPlainDate()}`).toBe(`${target.toPlainDate({ day: Math.min(day, target.daysInMonth) })}`)
          expect(end.hour).toBe(12)
        }
  })

  it('F41: a year from 29 February ends on 28 February, and on the 29th when there is one', () => {
    const ends = chain(instant('2024-02-29T12:00:00Z'), { unit: 'year', count: 1 }, 29, 'UTC', 8).map((end) =>
      end.toString().slice(0, 10),
    )
    expect(ends).toEqual([
      '2025-02-28',
      '2026-02-28',
      '2027-02-28',
      '2028-02-29',
      '2029-02-28',
      '2030-02-28',
      '2031-02-28',
      '2032-02-29',
    ])
  })

  it('F50: a month from 31 January never reaches into March, and the drifted day is not the new anchor', () => {
    const ends = chain(instant('2026-01-31T12:00:00Z'), { unit: 'month', count: 1 }, 31, 'UTC', 5).map((end) =>
      end.toString().slice(0, 10),
    )
    expect(ends).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31', '2026-06-30'])
  })
})

describe('clock changes', () => {
  it('days are counted on the wall clock, whatever was counted before', () => {
    const zones = ['Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC']
    // Around the changes of 2026 as well as anywhere.
    const near = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2011-12-30T10:00:00Z'].map(instant)
    const at = fc.oneof(
      fc
        .integer({ min: 1_200_000_000, max: 2_200_000_000 })
        .map((s) => Temporal.Instant.fromEpochMilliseconds(s * 1000)),
      fc
        .tuple(fc.constantFrom(...near), fc.integer({ min: -90_000, max: 90_000 }))
        .map(([to, s]) => to.add({ seconds: s })),
      fc.constantFrom(...near),
    )
    fc.assert(
      fc.property(at, fc.integer({ min: -90, max: 365 }), fc.constantFrom(...zones), (from, days, zone) => {
        expect(plusDays(from, days, zone).toString()).toBe(
          from.toZonedDateTimeISO(zone).add({ days }).toInstant().toString(),
        )
      }),
      {
        numRuns: 2_000,
        // Back from within a stretch to the hour that comes twice at its beginning.
        examples: [
          [instant('2018-04-19T14:00:00Z'), 5, 'Pacific/Apia'],
          [instant('2018-04-19T14:00:00Z'), -19, 'Pacific/Apia'],
        ],
      },
    )
  })

  it('the hour on the wall stays, unless a change swallowed it', () => {
    fc.assert(
      fc.property(start, monthly, zone, (local, term, zone) => {
        const from = local.toZonedDateTime(zone)
        const end = endOfTerm(from.toInstant(), term, from.day, zone).toZonedDateTimeISO(zone)
        const wanted = end.toPlainDate().toPlainDateTime(from.toPlainTime())
        expect(end.toString()).toBe(wanted.toZonedDateTime(zone).toString())
      }),
      runs,
    )
  })

  it('a first of the month whose hour does not exist does not move the end', () => {
    // On 1 October 2028 there is no half past two in Sydney.
    const from = Temporal.ZonedDateTime.from('2028-10-15T02:30[Australia/Sydney]').toInstant()
    const end = endOfTerm(from, { unit: 'month', count: 1 }, 15, 'Australia/Sydney').toZonedDateTimeISO(
      'Australia/Sydney',
    )
    expect(end.toPlainDateTime().toString()).toBe('2028-11-15T02:30:00')
  })

  it('F43: days are counted on the calendar, hours on the clock', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 400 }), zone, (local, count, zone) => {
        const from = local.toZonedDateTime(zone)
        const days = endOfTerm(from.toInstant(), { unit: 'day', count }, from.day, zone).toZonedDateTimeISO(zone)
        expect(from.toPlainDate().until(days.toPlainDate(), { largestUnit: 'days' }).days).toBe(count)
        const hours = endOfTerm(from.toInstant(), { unit: 'hour', count }, from.day, zone)
        expect(hours.epochMilliseconds - from.epochMilliseconds).toBe(count * 3_600_000)
      }),
      runs,
    )
  })
})

describe('comparing and adding without durations', () => {
  const anyInstant = fc
    .bigInt({ min: -2_000_000_000_000_000_000n, max: 4_000_000_000_000_000_000n })
    .map((nanoseconds) => new Temporal.Instant(nanoseconds))

  it('tells the order as Temporal does, to the nanosecond', () => {
    const pair = fc
      .tuple(anyInstant, fc.bigInt({ min: -2n, max: 2n }))
      .chain(([a, near]) =>
        fc.tuple(fc.constant(a), fc.oneof(anyInstant, fc.constant(new Temporal.Instant(a.epochNanoseconds + near)))),
      )
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const order = Temporal.Instant.compare(a, b)
        expect([compareInstants(a, b), isBefore(a, b), isAfter(a, b), isSame(a, b)]).toEqual([
          order,
          order < 0,
          order > 0,
          order === 0,
        ])
      }),
      runs,
    )
  })

  it('adds hours to the minute and seconds to the millisecond, as Temporal does', () => {
    const amount = fc.double({ min: -100_000, max: 100_000, noNaN: true })
    fc.assert(
      fc.property(anyInstant, amount, (at, count) => {
        expect(plusHours(at, count).toString()).toBe(at.add({ minutes: Math.round(count * 60) }).toString())
        expect(plusSeconds(at, count).toString()).toBe(at.add({ milliseconds: Math.round(count * 1000) }).toString())
      }),
      runs,
    )
  })
})
