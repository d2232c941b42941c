import { expect, test } from 'vitest'
import { askAgainAt, nextCheckAt } from './rules.ts'

const made = Temporal.Instant.from('2026-03-01T12:00:00Z')
const now = made.add({ hours: 3 })
const seconds = (at: Temporal.Instant | null) => at?.since(now).total('seconds') ?? null

test.each([
  [0, 60, 300],
  [1, 300, 300],
  [2, 1_800, 1_800],
  [3, 7_200, 1_800],
  [4, 21_600, 1_800],
  [30, 86_400, 1_800],
])('after %i looks the next comes in %i s, and in %i s where nobody answered', (checks, asked, notAnswered) => {
  expect(seconds(nextCheckAt(checks, made, now))).toBe(asked)
  expect(seconds(askAgainAt(checks, made, now))).toBe(notAnswered)
})

test('after a month nobody asks any more', () => {
  const late = made.add({ hours: 24 * 30, seconds: 1 })
  expect(nextCheckAt(40, made, late)).toBeNull()
  expect(askAgainAt(40, made, late)).toBeNull()
})
