import { describe, expect, test } from 'vitest'
import { balanceOf, earnedBy, leftOf, payableOf, type Rule, readCode, stepOf } from './rules.ts'

const tenth: Rule = { kind: 'percent', value: 1_000, payments: 1 }
const rules = (rule: Rule, products: (Rule & { product_id: string })[] = []) => ({ rule, products })
const first = { ordinal: 1, ownCurrency: true }
const plan = (minor: bigint, productId: string | null = 'a') => ({ productId, minor })

describe('what a payment earns', () => {
  test.each([
    ['a tenth, rounded down', rules(tenth), [plan(1_299n)], first, 129n],
    [
      'set-up goes with the plan, a discount off it',
      rules(tenth),
      [plan(1_000n), plan(500n, null), plan(-300n)],
      first,
      120n,
    ],
    ['nothing of nothing', rules(tenth), [plan(0n)], first, 0n],
    ['nothing where more was taken off than paid', rules(tenth), [plan(100n), plan(-200n)], first, 0n],
    ['the second payment of one', rules(tenth), [plan(1_000n)], { ...first, ordinal: 2 }, 0n],
    ['the third of three', rules({ ...tenth, payments: 3 }), [plan(1_000n)], { ...first, ordinal: 3 }, 100n],
    ['the hundredth of all', rules({ ...tenth, payments: 0 }), [plan(1_000n)], { ...first, ordinal: 100 }, 100n],
    ['an amount', rules({ kind: 'amount', value: 250, payments: 1 }), [plan(1_000n)], first, 250n],
    [
      'an amount is never more than was paid',
      rules({ kind: 'amount', value: 250, payments: 1 }),
      [plan(99n)],
      first,
      99n,
    ],
    [
      'an amount in another currency',
      rules({ kind: 'amount', value: 250, payments: 1 }),
      [plan(1_000n)],
      { ...first, ownCurrency: false },
      0n,
    ],
    ['a percentage in another currency', rules(tenth), [plan(1_000n)], { ...first, ownCurrency: false }, 100n],
    [
      'a product of its own',
      rules(tenth, [{ product_id: 'b', kind: 'percent', value: 5_000, payments: 2 }]),
      [plan(1_000n), plan(1_000n, 'b')],
      { ...first, ordinal: 2 },
      500n,
    ],
    [
      'a product that earns nothing',
      rules(tenth, [{ product_id: 'a', kind: 'none', value: 0, payments: 0 }]),
      [plan(1_000n)],
      first,
      0n,
    ],
  ])('%s', (_name, programme, items, at, earned) => expect(earnedBy(programme, items, at)).toBe(earned))
})

test.each([
  [100n, 1_000n, 0n, 100n],
  [100n, 1_000n, 333n, 66n],
  [100n, 1_000n, 1_000n, 0n],
  [100n, 1_000n, 2_000n, 0n],
  [100n, 0n, 0n, 100n],
])('of %d, for %d of which %d went back, %d is left', (earned, total, back, left) =>
  expect(leftOf(earned, total, back)).toBe(left),
)

describe('a commission follows its invoice', () => {
  const full = { earned: 100n, kept: 100n, letGo: 0n }
  test.each([
    ['nothing happened', full, 100n, { balance: 100n, below: null }, { kept: 100n, letGo: 0n }],
    ['it went back before it was paid out', full, 0n, { balance: 100n, below: 0n }, { kept: 0n, letGo: 0n }],
    ['after it was paid out: below nothing', full, 0n, { balance: 0n, below: null }, { kept: 0n, letGo: 0n }],
    ['as far as is allowed, the rest is let go', full, 0n, { balance: 0n, below: 30n }, { kept: 70n, letGo: 70n }],
    ['it is lower than that already', full, 0n, { balance: -50n, below: 30n }, { kept: 100n, letGo: 100n }],
    [
      'what was let go stays let go',
      { earned: 100n, kept: 70n, letGo: 70n },
      0n,
      { balance: 500n, below: 30n },
      { kept: 70n, letGo: 70n },
    ],
    [
      'it came back',
      { earned: 100n, kept: 0n, letGo: 0n },
      100n,
      { balance: -100n, below: null },
      { kept: 100n, letGo: 0n },
    ],
    [
      'it came back after a part was let go: never more than was earned',
      { earned: 100n, kept: 70n, letGo: 70n },
      100n,
      { balance: 0n, below: 30n },
      { kept: 100n, letGo: 70n },
    ],
  ])('%s', (_name, commission, left, account, next) => expect(stepOf(commission, left, account)).toEqual(next))
})

test('what is held is not paid out, and below nothing there is nothing to pay', () => {
  expect(payableOf({ kept: 300n, held: 120n, paidOut: 100n })).toBe(80n)
  expect(payableOf({ kept: 100n, held: 0n, paidOut: 150n })).toBe(0n)
  expect(balanceOf({ kept: 100n, held: 0n, paidOut: 150n })).toBe(-50n)
})

test.each([
  [' ana2026 ', 'ANA2026'],
  ['abc', null],
  ['a-b-c-d', null],
  ['x'.repeat(21), null],
])('the code %s is %s', (typed, code) => expect(readCode(typed)).toBe(code))
