import { expect, test } from 'vitest'
import { changeOf, monthsBack } from './months.ts'

test('months begin at midnight of the business, over the turn of a year and of the clocks', () => {
  const months = monthsBack(Temporal.Instant.from('2026-03-31T22:30:00Z'), 'Europe/Berlin', 4)
  expect(months.map(({ key, starts }) => `${key} ${starts}`)).toEqual([
    '2026-01 2025-12-31T23:00:00Z',
    '2026-02 2026-01-31T23:00:00Z',
    '2026-03 2026-02-28T23:00:00Z',
    '2026-04 2026-03-31T22:00:00Z',
  ])
})

test('a change says its direction and size', () => {
  expect(changeOf(3, 1)).toEqual({ direction: 'up', text: '+2' })
  expect(changeOf(1, 3)).toEqual({ direction: 'down', text: '−2' })
  expect(changeOf(2, 2).direction).toBe('same')
})
