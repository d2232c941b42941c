import { expect, test } from 'vitest'
import { parsePhpDate, printTime } from './dates.ts'

const now = Temporal.Instant.from('2026-01-31T12:00:00Z')
const parse = (text: string, habit: 'php' | 'ignore_zone' | 'refuse_zone' = 'php') => {
  const unix = parsePhpDate(text, 'Europe/Paris', now, habit)
  return unix === null ? null : Temporal.Instant.fromEpochMilliseconds(unix * 1000).toString()
}

test.each([
  ['2026-12-31T23:59:59Z', '2026-12-31T23:59:59Z'],
  ['2026-12-31T23:59:59+02:00', '2026-12-31T21:59:59Z'],
  ['2026-12-31 23:59:59 -0530', '2027-01-01T05:29:59Z'],
  ['@1798761599', '2026-12-31T23:59:59Z'],
  ['2026-12-31 23:59:59', '2026-12-31T22:59:59Z'], // Local time of the API user.
  ['2026-07-01 12:00', '2026-07-01T10:00:00Z'],
  ['2026-12-31', '2026-12-30T23:00:00Z'], // Midnight: the day itself is lost.
  ['2026-02-31', '2026-03-02T23:00:00Z'], // Runs over, as in PHP.
  ['2026-03-29 02:30:00', '2026-03-29T01:30:00Z'], // An hour that the clocks skip.
  ['+1 month', '2026-02-28T12:00:00Z'],
])('%s is %s', (text, instant) => expect(parse(text)).toBe(instant))

test.each(['1798761599', 'tomorrow-ish', '', '31.12.2026', '2026-13-01', '2026-12-31 25:00'])('%s is refused', (text) =>
  expect(parse(text)).toBeNull(),
)

test('patched builds pass over a zone, or refuse it', () => {
  expect(parse('2026-12-31T23:59:59Z', 'ignore_zone')).toBe('2026-12-31T22:59:59Z')
  expect(parse('2026-12-31T23:59:59Z', 'refuse_zone')).toBeNull()
  expect(parse('@1798761599', 'refuse_zone')).toBeNull()
  expect(parse('2026-12-31 23:59:59', 'refuse_zone')).toBe('2026-12-31T22:59:59Z')
})

test('times are printed in the panel’s zone', () => {
  expect(printTime(1_798_761_599, 'Europe/Paris')).toBe('2027-01-01 00:59:59')
})
