import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponentOf, ratioOf } from '#platform/money.ts'
import { convertAt, convertedAt, type RateLock, rateBetween, roundings, stepsOf, volumeAt } from './exchange.ts'

const lock = (more: Partial<RateLock> = {}): RateLock => ({
  fromCurrency: 'EUR',
  toCurrency: 'USD',
  rate: '1.0871',
  day: '2026-11-20',
  marginPercent: '0',
  rounding: 'minor',
  source: 'ecb',
  quotedAt: '2026-11-22T12:00:00Z',
  ...more,
})

describe('a price by rate', () => {
  it.each([
    ['1299 EUR in dollars', lock(), 1299n, 1412n],
    ['with a margin', lock({ marginPercent: '2.5' }), 1299n, 1447n],
    ['to ten cents', lock({ rounding: 'tenth' }), 1299n, 1410n],
    ['to half a dollar', lock({ rounding: 'half' }), 1299n, 1400n],
    ['to the nearest .99', lock({ rounding: 'ninety_nine' }), 1299n, 1399n],
    ['to the nearest .99, upwards', lock({ rounding: 'ninety_nine' }), 1340n, 1499n],
    ['in yen, which have no cents', lock({ toCurrency: 'JPY', rate: '163.52' }), 1299n, 2124n],
    ['in yen, to .99', lock({ toCurrency: 'JPY', rate: '163.52', rounding: 'ninety_nine' }), 1299n, 2124n],
    ['in dinars, which have a thousand', lock({ toCurrency: 'KWD', rate: '0.3341' }), 1299n, 4340n],
    ['in dinars, to .990', lock({ toCurrency: 'KWD', rate: '0.3341', rounding: 'ninety_nine' }), 1299n, 3990n],
    ['from yen', lock({ fromCurrency: 'JPY', rate: '0.006648' }), 1980n, 1316n],
    ['what is free', lock({ rounding: 'ninety_nine' }), 0n, 0n],
    ['the least there is', lock({ rate: '0.0001' }), 1n, 1n],
    ['the least that ends in .99', lock({ rounding: 'ninety_nine' }), 1n, 99n],
    ['half a cent, away from zero', lock({ rate: '0.5' }), 1n, 1n],
  ])('%s', (_, at, from, to) => {
    expect(convertAt(at, from)).toBe(to)
  })

  const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'BHD', 'GBP', 'CLP')
  const rate = fc
    .tuple(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 1, max: 999_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`)
  const margin = fc
    .integer({ min: 0, max: 9_999 })
    .map((hundredths) => `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`)
  const locks = fc
    .record({
      fromCurrency: currency,
      toCurrency: currency,
      rate,
      marginPercent: margin,
      rounding: fc.constantFrom(...roundings),
    })
    .map(lock)
  const price = fc.bigInt({ min: 1n, max: 10n ** 12n })

  /** All in one unit that divides everything: no rounding on this side. */
  const exact = (at: RateLock, from: bigint) => {
    const [r, m] = [ratioOf(at.rate), ratioOf(at.marginPercent)]
    return {
      num: from * r.num * (100n * m.den + m.num) * 10n ** BigInt(exponentOf(at.toCurrency)),
      den: r.den * 100n * m.den * 10n ** BigInt(exponentOf(at.fromCurrency)),
    }
  }

  it('is never further from the exact sum than half a step, and lies on a step', () => {
    fc.assert(
      fc.property(locks, price, (at, from) => {
        const { step, below } = stepsOf(at.rounding, at.toCurrency)
        const { num, den } = exact(at, from)
        const to = convertAt(at, from)
        expect((to + below) % step).toBe(0n)
        expect(to > 0n).toBe(true)
        const off = to * den - num
        // Below the least step there is only that one.
        if (to > step - below) expect((off < 0n ? -off : off) * 2n <= step * den).toBe(true)
        else expect(num < (2n * step - below) * den).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps the order of prices, and is the same whenever it is asked', () => {
    fc.assert(
      fc.property(locks, price, price, (at, a, b) => {
        const [x, y] = [convertAt(at, a), convertAt(at, b)]
        if (a < b) expect(x <= y).toBe(true)
        expect(convertAt({ ...at }, a)).toBe(x)
      }),
    )
  })

  it('of a currency in itself at one is the price', () => {
    fc.assert(
      fc.property(currency, price, (code, from) => {
        expect(convertAt(lock({ fromCurrency: code, toCurrency: code, rate: '1' }), from)).toBe(from)
      }),
    )
  })

  it('says what it was made of; nothing of what is free', () => {
    expect(convertedAt(lock(), 1299n)).toMatchObject({ fromMinor: 1299n, toMinor: 1412n, rate: '1.0871' })
    expect(convertedAt(lock(), 0n)).toBeNull()
  })

  it('goes for each tier of a volume price by itself', () => {
    expect(volumeAt(lock(), { priceMinor: 500n, breaks: [{ from: 3, amountMinor: 400n }] })).toEqual({
      priceMinor: 544n,
      breaks: [{ from: 3, amountMinor: 435n }],
    })
  })
})

describe('a rate between two', () => {
  const day = { base: 'EUR', day: '2026-11-20', rates: { USD: '1.0871', JPY: '163.52' } }
  it.each([
    ['EUR', 'USD', '1.0871'],
    ['USD', 'EUR', '0.91987858'],
    ['USD', 'JPY', '150.41854'],
    ['JPY', 'USD', '0.0066481164'],
  ])('%s to %s', (from, to, rate) => {
    expect(rateBetween(day, from, to)).toEqual({ rate, day: '2026-11-20' })
  })
  it('is none where one is not told', () => {
    expect(rateBetween(day, 'EUR', 'CHF')).toBeNull()
    expect(rateBetween(day, 'CHF', 'USD')).toBeNull()
    expect(rateBetween(day, 'USD', 'USD')).toBeNull()
  })
})
