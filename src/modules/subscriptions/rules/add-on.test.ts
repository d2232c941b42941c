import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addOnChange, type HeldAddOn, piecesOf, sumOf, sumOfPieces } from './add-on.ts'

const at = (text: string) => Temporal.Instant.from(text)
const starts = at('2026-04-01T00:00:00Z')
const ends = at('2026-05-01T00:00:00Z')
const subscription = {
  status: 'active',
  paidThrough: ends,
  zone: 'Etc/UTC',
  term: { unit: 'month', count: 1 },
} as const
const price = {
  priceMinor: 300n,
  breaks: [
    { from: 3, amountMinor: 250n },
    { from: 5, amountMinor: 180n },
  ],
}

const due = (from: number, to: number, now = starts) =>
  addOnChange({
    subscription,
    held: { quantity: from, renewsQuantity: from },
    quantity: to,
    price,
    stretches: [{ starts, ends, minor: 1299n, terms: 1n, gaps: [] }],
    counting: { unit: 'second', zone: 'Etc/UTC' },
    now,
  })?.dueMinor

test.each([
  [0, 2, 600n],
  [2, 3, 150n], // The third makes the other two cheaper as well.
  [0, 3, 750n],
  [4, 5, 0n], // Five cost less than four: what was paid is not given back.
  [1, 5, 600n],
])('from %i to %i for a whole period: %s', (from, to, minor) => expect(due(from, to)).toBe(minor))

test('half of a period costs half of the difference, rounded down', () =>
  expect(due(0, 1, at('2026-04-16T00:00:00Z'))).toBe(150n))

test('for a whole period, steps that never cost less come to what the last number costs at once', () =>
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1 }), (numbers) => {
      const steps = [0, ...numbers.sort((a, b) => a - b)]
      const paid = steps.slice(1).reduce((sum, to, index) => sum + (due(steps[index] ?? 0, to) ?? 0n), 0n)
      expect(paid).toBe(due(0, steps.at(-1) ?? 0))
    }),
  ))

test('what an invoice asks for row by row is what the subscription counts, in whatever order', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ quantity: fc.integer({ min: 0, max: 9 }), minor: fc.bigInt({ min: 0n, max: 9_999n }) })),
      (rows) => {
        const held = rows.map(
          ({ quantity, minor }, index): HeldAddOn => ({
            ...{ addOnId: `addon_${index}`, kind: 'connection', name: 'Extra', quantity, renewsQuantity: quantity },
            ...{ priceMinor: minor, breaks: price.breaks, creditCostMilli: 0n, fromPeriodId: null },
          }),
        )
        expect(sumOfPieces(piecesOf(held, 'quantity'))).toBe(sumOf(held, 'quantity'))
        expect(sumOf(held.toReversed(), 'renewsQuantity')).toBe(sumOf(held, 'renewsQuantity'))
      },
    ),
  ))
