import { expect, test } from 'vitest'
import { payoutDifferences, surePairs } from './rules.ts'

const arrived = { state: 'arrived', amountMinor: 1_000n, feeMinor: 0n, undoneAt: null, settledAt: null } as const
const nothing = {
  paymentsMinor: 0n,
  refundsMinor: 0n,
  disputesMinor: 0n,
  otherMinor: 0n,
  feesMinor: 0n,
  unknownMinor: 0n,
}
const whole = { ...nothing, paymentsMinor: 1_100n, refundsMinor: -50n, feesMinor: 50n }
const now = Temporal.Instant.from('2026-03-01T00:00:00Z')

test.each([
  ['all agrees', arrived, whole, 1_000n, true, []],
  ['nobody has told its parts, and the bank is not looked at', arrived, null, null, false, []],
  ['its parts are more', arrived, { ...whole, paymentsMinor: 1_200n }, null, false, [['parts', -100n]]],
  ['what was kept on the way counts', { ...arrived, feeMinor: 10n }, { ...whole, feesMinor: 40n }, null, false, []],
  ['money of nobody is in it', arrived, { ...whole, unknownMinor: 70n }, null, false, [['unknown', 70n]]],
  ['less arrived', arrived, whole, 990n, false, [['bank', -10n]]],
  ['it is on no statement', arrived, whole, null, true, [['missing', -1_000n]]],
  ['it is on its way', { ...arrived, state: 'coming' as const }, null, null, true, []],
  ['it was taken back', { ...arrived, undoneAt: now }, whole, 1n, true, []],
  ['somebody has looked', { ...arrived, settledAt: now }, whole, 1n, true, []],
] as const)('%s', (_, payout, parts, found, isDue, expected) => {
  expect(payoutDifferences(payout, parts, found, isDue).map(({ kind, minor }) => [kind, minor])).toEqual(expected)
})

const payout = (id: string, over: object = {}) => ({
  ...{
    id,
    currency: 'EUR',
    amountMinor: 1_000n,
    arrivedOn: '2026-03-02',
    reference: `po_1abcdef${id}`,
    remoteRef: null,
  },
  ...{ bankText: null, gateway: ['Stripe'] },
  ...over,
})
const entry = (id: string, text: string, over: object = {}) => ({
  ...{ id, currency: 'EUR', amountMinor: 1_000n, bookedOn: '2026-03-03', text },
  ...over,
})
const pairs = (...[payouts, entries]: Parameters<typeof surePairs<ReturnType<typeof payout>>>) =>
  surePairs(payouts, entries).map(({ payoutId, entryId }) => `${payoutId}-${entryId}`)

test('an entry that names a payout is it, whatever its sum; one that is alike only if nothing else is', () => {
  expect(pairs([payout('1')], [entry('a', 'STRIPE po-1abcdef1', { amountMinor: 900n })])).toEqual(['1-a'])
  expect(pairs([payout('1')], [entry('a', 'Stripe Payments Europe')])).toEqual(['1-a'])
  expect(pairs([payout('1')], [entry('a', 'Stripe'), entry('b', 'STRIPE')])).toEqual([])
  expect(pairs([payout('1'), payout('2')], [entry('a', 'Stripe')])).toEqual([])
  expect(pairs([payout('1'), payout('2')], [entry('a', 'po_1abcdef1'), entry('b', 'Stripe')])).toEqual(['1-a', '2-b'])
})

test('another sum, other days, another currency or another sender is nothing sure', () => {
  for (const over of [
    { amountMinor: 999n },
    { bookedOn: '2026-03-20' },
    { bookedOn: '2026-02-20' },
    { currency: 'USD' },
  ])
    expect(pairs([payout('1')], [entry('a', 'Stripe', over)])).toEqual([])
  expect(pairs([payout('1')], [entry('a', 'Ana Alt')])).toEqual([])
})
