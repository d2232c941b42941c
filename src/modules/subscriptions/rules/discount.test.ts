import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Discount, discountOn, leftAfterNext, percentText } from './discount.ts'

const half: Discount = {
  useId: 'cpu_1',
  code: 'HALF',
  percent: 5_000,
  amountMinor: null,
  periods: null,
  planIds: null,
  given: 0,
}
const on = (differs: Partial<Discount>, baseMinor = 1299n, planId = 'plan_1') =>
  discountOn({ ...half, ...differs }, { planId, baseMinor, currency: 'EUR' })

describe('what a coupon takes off a period', () => {
  test.each([
    [{}, 650n, 'Coupon HALF: 50 % off'], // 6.495, half a cent away from zero
    [{ percent: 10_000 }, 1299n, 'Coupon HALF: 100 % off'],
    [{ percent: 1_250 }, 162n, 'Coupon HALF: 12.5 % off'],
    [{ percent: null, amountMinor: 200n }, 200n, 'Coupon HALF: 2.00 EUR off'],
    [{ percent: null, amountMinor: 2_000n }, 1299n, 'Coupon HALF: 20.00 EUR off'], // never more than there is
    [{ periods: 1 }, 650n, 'Coupon HALF: 50 % off'],
    [{ periods: 3, given: 1 }, 650n, 'Coupon HALF: 50 % off (2 of 3)'],
    [{ planIds: ['plan_1'] }, 650n, 'Coupon HALF: 50 % off'],
  ])('%o', (differs, minor, text) => {
    expect(on(differs)).toEqual({ useId: 'cpu_1', minor, text })
  })

  test('nothing once it ran out, for another plan, and where there is nothing to take', () => {
    expect(on({ periods: 3, given: 3 })).toBeNull()
    expect(on({ planIds: ['plan_2'] })).toBeNull()
    expect(on({}, 0n)).toBeNull()
  })

  test('of a part of a period the same part of an amount', () => {
    const part = (minor: bigint) => minor / 2n
    expect(
      discountOn({ ...half, percent: null, amountMinor: 200n }, { planId: 'p', baseMinor: 600n, currency: 'EUR' }, part)
        ?.minor,
    ).toBe(100n)
  })
})

test('how much longer it runs', () => {
  expect(leftAfterNext({ periods: 3, given: 0 })).toBe(2)
  expect(leftAfterNext({ periods: 1, given: 1 })).toBe(0)
  expect(leftAfterNext({ periods: null, given: 9 })).toBeNull()
  expect(percentText(1_250)).toBe('12.5 %')
})

test('a percentage never makes a price negative', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10_000_000n), fc.integer({ min: 1, max: 10_000 }), (baseMinor, percent) => {
      const taken = discountOn({ ...half, percent }, { planId: 'p', baseMinor, currency: 'EUR' })?.minor ?? 0n
      expect(taken >= 0n && taken <= baseMinor).toBe(true)
    }),
  )
})
