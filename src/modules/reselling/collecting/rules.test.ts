import { expect, test } from 'vitest'
import { bounded, keptOf, kindOfMove, partsOf, payableOf } from './rules.ts'

test.each([
  ['nothing agreed', 1299n, 0, {}, 0n],
  ['two percent and thirty', 1299n, 200, { EUR: 30 }, 55n],
  ['thirty of another currency', 1299n, 0, { USD: 30 }, 0n],
  ['never more than came', 20n, 200, { EUR: 30 }, 20n],
  ['rounded in his favour', 99n, 100, {}, 0n],
])('kept: %s', (_, amount, keptBps, keptFixed, kept) => {
  expect(keptOf(amount, 'EUR', { keptBps, keptFixed })).toBe(kept)
})

test.each([
  ['receipt', 'payment'],
  ['receipt/cap_1/200', 'payment'],
  ['refund', 'refund'],
  ['refund/tax/failed', 'refund'],
  ['dispute_withdrawn/1', 'dispute'],
  ['dispute_reinstated/2', 'dispute'],
  ['dispute_fee/3', 'dispute_fee'],
])('%s is a %s', (purpose, kind) => {
  expect(kindOfMove(purpose)).toBe(kind)
})

test.each([
  [1000n, 300n, 700n],
  [300n, 300n, 0n],
  [200n, 300n, 0n],
  [-100n, 0n, 0n],
])('of %d with %d held back, %d is payable', (balanceMinor, heldMinor, payable) => {
  expect(payableOf({ balanceMinor, heldMinor })).toBe(payable)
})

test('a payout is taken from what has something, in order, and adds up', () => {
  const loans = [
    { id: 'a', balanceMinor: -50n },
    { id: 'b', balanceMinor: 300n },
    { id: 'c', balanceMinor: 400n },
  ]
  expect(partsOf(500n, loans).map(({ loan, minor }) => [loan.id, minor])).toEqual([
    ['b', 300n],
    ['c', 200n],
  ])
})

test.each([
  [1000n, 300n, 300n],
  [200n, 300n, 200n],
  [-100n, 300n, 0n],
])('of %d owed, %d on hold, %d is held back', (balanceMinor, heldMinor, held) => {
  const heldUntil = Temporal.Instant.from('2026-02-01T00:00:00Z')
  expect(bounded({ currency: 'EUR', balanceMinor, heldMinor, heldUntil })).toEqual({
    currency: 'EUR',
    balanceMinor,
    heldMinor: held,
    heldUntil: held === 0n ? null : heldUntil,
  })
})
