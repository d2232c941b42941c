import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noFacts } from './condition.ts'
import {
  askedFor,
  type Candidate,
  type ComingPrice,
  earliestStart,
  firstRenewal,
  fromMicro,
  monthlyMicro,
  newPrice,
  PriceRule,
  reach,
} from './price-change.ts'
import { aSubscription } from './subscription.test-support.ts'

const at = (text: string) => Temporal.Instant.from(text)
const running = aSubscription({ status: 'active', paidThrough: at('2026-03-10T12:00:00Z'), anchorDay: 10 })

const coming: ComingPrice = {
  id: 'pch_1',
  campaignId: 'pcm_1',
  status: 'announced',
  oldMinor: 1299n,
  newMinor: 1499n,
  note: '',
  toldAt: at('2026-03-01T00:00:00Z'),
  endPlannedAt: null,
  effectiveAt: at('2026-03-05T00:00:00Z'),
  noticeDays: 30,
  consent: 'notice',
  silence: 'keep',
}

describe('the new price', () => {
  test.each([
    [1299n, { by: 'percent', percent: 10 }, 1429n],
    [1299n, { by: 'percent', percent: 12.5 }, 1461n],
    [1299n, { by: 'percent', percent: -10 }, 1169n],
    [1299n, { by: 'percent', percent: 10, round_to: 50 }, 1450n],
    [1250n, { by: 'percent', percent: 10, round_to: 50 }, 1400n],
    [1299n, { by: 'amount', amount: 1500, currency: 'EUR' }, 1500n],
    [1299n, { by: 'amount', amount: 1500, currency: 'USD' }, null],
  ])('of %s by %j is %s', (priceMinor, rule, expected) => {
    expect(newPrice(PriceRule.parse(rule), { priceMinor, currency: 'EUR' })).toBe(expected)
  })

  test('in percent never turns a rise into a fall, and is a multiple of what it is rounded to', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10_000_000n }),
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 1, max: 1_000 }),
        (priceMinor, hundredths, roundTo) => {
          const rule = PriceRule.parse({ by: 'percent', percent: hundredths / 100, round_to: roundTo })
          const found = newPrice(rule, { priceMinor, currency: 'EUR' }) ?? -1n
          const exact = Number(priceMinor) * (1 + hundredths / 10_000)
          return found % BigInt(roundTo) === 0n && Math.abs(Number(found) - exact) <= roundTo / 2 + 0.01
        },
      ),
    )
  })
})

describe('from which renewal on', () => {
  test('never before the notice has passed, nor before it takes effect', () => {
    expect(earliestStart(coming, at('2026-03-01T00:00:00Z')).toString()).toBe('2026-03-31T00:00:00Z')
    expect(earliestStart({ ...coming, noticeDays: 0 }, at('2026-03-01T00:00:00Z')).toString()).toBe(
      '2026-03-05T00:00:00Z',
    )
  })

  test('it is the first end of a period from then on, counted as periods are', () => {
    const month = (ends: string, earliest: string) =>
      firstRenewal({ ...running, anchorDay: 31, paidThrough: at(ends) }, at(earliest))?.toString()
    expect(month('2026-03-31T12:00:00Z', '2026-03-31T12:00:00Z')).toBe('2026-03-31T12:00:00Z')
    expect(month('2026-01-31T12:00:00Z', '2026-02-27T12:00:00Z')).toBe('2026-02-28T12:00:00Z')
    expect(month('2026-01-31T12:00:00Z', '2026-03-01T00:00:00Z')).toBe('2026-03-31T12:00:00Z')
    expect(firstRenewal({ ...running, paidThrough: null }, at('2026-01-01T00:00:00Z'))).toBeNull()
  })

  test.each([
    ['2026-03-10T12:00:00Z', {}, 'active', 'old'],
    ['2026-04-10T12:00:00Z', {}, 'active', 'new'],
    ['2026-03-31T00:00:00Z', {}, 'active', 'new'],
    ['2026-03-30T23:59:59Z', {}, 'active', 'old'],
    ['2026-04-10T12:00:00Z', { toldAt: null }, 'active', 'old'],
    ['2026-04-10T12:00:00Z', { consent: 'ask' }, 'active', 'lapsed'],
    ['2026-03-10T12:00:00Z', { consent: 'ask' }, 'active', 'old'],
    ['2026-04-10T12:00:00Z', { consent: 'ask', status: 'accepted' }, 'active', 'new'],
    ['2026-03-10T12:00:00Z', { consent: 'ask', status: 'accepted' }, 'active', 'old'],
    ['2026-04-10T12:00:00Z', { consent: 'ask', silence: 'end' }, 'active', 'end'],
    ['2026-04-10T12:00:00Z', { consent: 'ask', silence: 'end', status: 'declined' }, 'grace', 'end'],
    ['2026-04-10T12:00:00Z', { consent: 'ask', silence: 'end' }, 'terminated', 'new'],
  ] as const)('a period from %s with %j of one that is %s: %s', (starts, given, status, expected) => {
    expect(askedFor({ ...coming, ...given }, at(starts), status)).toBe(expected)
  })
})

describe('whom it reaches', () => {
  const candidate: Candidate = {
    subscription: running,
    facts: noFacts,
    renewable: true,
    changesPlan: false,
    hasComing: false,
    hasException: false,
  }
  const campaign = {
    condition: { fact: 'plan', op: 'in', value: [running.planId] } as const,
    change: { by: 'amount', amount: 9999, currency: running.currency } as const,
  }
  const left = (given: Partial<Candidate>, more: Partial<typeof campaign> = {}) =>
    reach({ ...campaign, ...more } as never, { ...candidate, ...given })

  test('who is meant, at the new price', () => {
    expect(left({})).toEqual({ newMinor: 9999n })
    expect(reach({ ...campaign, condition: null }, candidate)).toEqual({ newMinor: 9999n })
  })

  test('and why others are left out', () => {
    expect(left({}, { condition: { fact: 'plan', op: 'in', value: ['plan_other'] } } as never)).toEqual({
      leftOut: 'filter',
    })
    expect(left({ renewable: false })).toEqual({ leftOut: 'not_running' })
    expect(left({ subscription: { ...running, status: 'trial' } })).toEqual({ leftOut: 'not_running' })
    expect(left({ subscription: { ...running, cancelAtEnd: true } })).toEqual({ leftOut: 'ends' })
    expect(left({ subscription: { ...running, currency: 'USD' } })).toEqual({ leftOut: 'currency' })
    expect(left({ subscription: { ...running, priceMinor: 9999n } })).toEqual({ leftOut: 'same' })
    expect(left({ changesPlan: true })).toEqual({ leftOut: 'plan_change' })
    expect(left({ hasComing: true })).toEqual({ leftOut: 'coming' })
    expect(left({ hasException: true })).toEqual({ leftOut: 'exception' })
  })
})

test('what a price brings in a month', () => {
  const monthly = (minor: bigint, unit: 'hour' | 'day' | 'month' | 'year', count: number) =>
    fromMicro(monthlyMicro(minor, { unit, count }))
  expect(monthly(1299n, 'month', 1)).toBe(1299n)
  expect(monthly(1200n, 'year', 1)).toBe(100n)
  expect(monthly(3000n, 'month', 3)).toBe(1000n)
  expect(monthly(100n, 'day', 1)).toBe(3044n)
  expect(monthly(700n, 'day', 7)).toBe(3044n)
})
