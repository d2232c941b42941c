import fc from 'fast-check'
import { expect, it } from 'vitest'
import { forgiven, type Tolerance, tolerancePattern } from './tolerance.ts'

const half: Tolerance = {
  percent: '0.5',
  most: new Map([
    ['EUR', 50n],
    ['JPY', 3n],
  ]),
}
const of = (totalMinor: bigint, currency = 'EUR') => ({ totalMinor, currency })

it.each<[string, Tolerance, { totalMinor: bigint; currency: string }, bigint, bigint]>([
  ['off: not even the smallest unit', { percent: '0', most: new Map([['EUR', 50n]]) }, of(10_000n), 1n, 0n],
  ['no most: nothing', { percent: '5', most: new Map() }, of(10_000n), 1n, 0n],
  ['another currency: nothing', half, of(10_000n, 'USD'), 1n, 0n],
  ['exactly the share', half, of(5_000n), 25n, 25n],
  ['a unit beyond the share', half, of(5_000n), 26n, 0n],
  ['the share is rounded down: 6.495', half, of(1_299n), 6n, 6n],
  ['and its next unit is beyond', half, of(1_299n), 7n, 0n],
  ['exactly the most', half, of(100_000n), 50n, 50n],
  ['a unit beyond the most', half, of(100_000n), 51n, 0n],
  ['in a currency without parts', half, of(1_000n, 'JPY'), 3n, 3n],
  ['and beyond its most', half, of(1_000n, 'JPY'), 4n, 0n],
  ['nothing is missing', half, of(5_000n), 0n, 0n],
  ['too much came', half, of(5_000n), -5n, 0n],
  ['hundredths of a percent count', { percent: '0.05', most: new Map([['EUR', 50n]]) }, of(10_000n), 5n, 5n],
  ['and no more of them', { percent: '0.05', most: new Map([['EUR', 50n]]) }, of(10_000n), 6n, 0n],
])('%s', (_name, tolerance, invoice, missing, wanted) => expect(forgiven(tolerance, invoice, missing)).toBe(wanted))

it('all or nothing, and never beyond either bound', () =>
  fc.assert(
    fc.property(fc.bigInt(1n, 1_000_000n), fc.bigInt(-100n, 2_000n), (total, missing) => {
      const given = forgiven(half, of(total), missing)
      expect(given === 0n || given === missing).toBe(true)
      expect(given >= 0n && given <= 50n && given * 1_000n <= total * 5n).toBe(true)
    }),
  ))

it.each(['0', '0.5', '2', '9.99', '10', '10.00'])('%s percent can be typed', (text) =>
  expect(tolerancePattern.test(text)).toBe(true),
)
it.each(['', '10.01', '11', '-1', '1.234', '.5', '1,5', '100'])('%j cannot', (text) =>
  expect(tolerancePattern.test(text)).toBe(false),
)
