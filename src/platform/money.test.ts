import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  allocate,
  compare,
  exponentOf,
  format,
  fromDecimal,
  isCurrency,
  minus,
  money,
  negate,
  plus,
  share,
  sum,
  toDecimal,
  toJson,
} from './money.ts'

/** Fifteen digits: what `fromDecimal` reads. */
const amounts = fc.bigInt({ min: 1n - 10n ** 15n, max: 10n ** 15n - 1n })
const currencies = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'HUF', 'CLF')

describe('currencies', () => {
  it.each([
    ['JPY', 0],
    ['EUR', 2],
    ['HUF', 2],
    ['ISK', 0],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %i digits by ISO 4217, not by what a locale displays', (code, digits) => {
    expect(exponentOf(code)).toBe(digits)
  })

  it('knows what is none', () => {
    expect(['EUR', 'eur', 'EURO', 'XQQ', ''].map(isCurrency)).toEqual([true, false, false, false, false])
    expect(() => exponentOf('XQQ')).toThrow('unknown currency')
  })

  it('never mixes two', () => {
    expect(() => plus(money(1, 'EUR'), money(1, 'USD'))).toThrow('do not mix')
    expect(() => compare(money(1, 'EUR'), money(1, 'USD'))).toThrow('do not mix')
  })
})

test('decimals and back, for every currency and sign', () => {
  fc.assert(
    fc.property(amounts, currencies, (minor, currency) => {
      expect(fromDecimal(toDecimal(money(minor, currency)), currency)).toEqual(money(minor, currency))
    }),
  )
})

it.each([
  ['10.99', 1099n],
  ['10,99', 1099n],
  [' 7 ', 700n],
  ['-0.5', -50n],
  ['10.999', null],
  ['1e3', null],
  ['', null],
  ['1 000', null],
  ['ten', null],
])('reads %j', (text, minor) => {
  expect(fromDecimal(text, 'EUR')?.minor ?? null).toBe(minor)
})

it('prints exactly, with the code, beyond what a float holds', () => {
  expect(format(money(123456n, 'EUR'))).toBe('1,234.56 EUR')
  expect(format(money(5n, 'JPY'))).toBe('5 JPY')
  expect(format(money(900719925474099301n, 'EUR'))).toBe('9,007,199,254,740,993.01 EUR')
  expect(toJson(money(1099n, 'EUR'))).toEqual({ amount: 1099, currency: 'EUR' })
})

test('parts of an allocation sum to the whole, and none is off by more than a unit (F59)', () => {
  const weights = fc
    .array(fc.bigInt({ min: 0n, max: 1000n }), { minLength: 1, maxLength: 12 })
    .filter((each) => each.some((weight) => weight > 0n))
  fc.assert(
    fc.property(amounts, weights, (minor, each) => {
      const parts = allocate(money(minor, 'EUR'), each)
      const total = each.reduce((a, b) => a + b, 0n)
      expect(sum('EUR', parts)).toEqual(money(minor, 'EUR'))
      parts.forEach((part, index) => {
        const exact = (minor * (each[index] ?? 0n)) / total
        expect(part.minor - exact >= -1n && part.minor - exact <= 1n).toBe(true)
      })
    }),
  )
})

test('a share is rounded half away from zero: a credit note mirrors its invoice', () => {
  expect(share(money(25n, 'EUR'), 1n, 10n).minor).toBe(3n)
  expect(share(money(-25n, 'EUR'), 1n, 10n).minor).toBe(-3n)
  fc.assert(
    fc.property(
      amounts,
      fc.bigInt({ min: 0n, max: 1000n }),
      fc.bigInt({ min: 1n, max: 1000n }),
      (minor, part, whole) => {
        const amount = money(minor, 'EUR')
        expect(share(negate(amount), part, whole)).toEqual(negate(share(amount, part, whole)))
        expect(minus(amount, amount).minor).toBe(0n)
      },
    ),
  )
})
