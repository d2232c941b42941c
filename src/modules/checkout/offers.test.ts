import { expect, test } from 'vitest'
import { money } from '#platform/money.ts'
import { monthlyOf } from './offers.ts'

test.each([
  [{ unit: 'month', count: 1 }, 1299n],
  [{ unit: 'month', count: 3 }, 433n],
  [{ unit: 'year', count: 1 }, 108n],
  [{ unit: 'day', count: 30 }, 1299n],
  [{ unit: 'day', count: 90 }, 433n],
  [{ unit: 'day', count: 7 }, null],
  [{ unit: 'hour', count: 24 }, null],
] as const)('a month of %o costs %s', (term, minor) => {
  expect(monthlyOf(money(1299, 'EUR'), term)?.minor ?? null).toBe(minor)
})
