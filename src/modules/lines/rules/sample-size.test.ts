import { expect, test } from 'vitest'
import { sampleSize } from './sample-size.ts'

test.each([
  { lines: 0, every_hours: 24, read_days: 30, size: 0 },
  { lines: 1, every_hours: 24, read_days: 30, size: 1 },
  { lines: 8, every_hours: 24, read_days: 10, size: 2 },
  { lines: 100_000, every_hours: 24, read_days: 30, size: 6_667 },
  { lines: 100_000, every_hours: 6, read_days: 30, size: 1_667 },
  { lines: 100_000, every_hours: 0, read_days: 30, size: 6_667 },
  { lines: 100, every_hours: 24, read_days: 1, size: 200 },
  { lines: 100, every_hours: 24, read_days: 0, size: 0 },
])('$lines lines every $every_hours hours, whole within $read_days days: $size', ({ lines, size, ...settings }) =>
  expect(sampleSize(lines, settings)).toBe(size),
)
