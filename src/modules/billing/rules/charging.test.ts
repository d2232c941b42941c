import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeclineClass } from '#adapters/gateways/gateway.ts'
import { isAfter, isBefore, plusHours, secondsBetween } from '#platform/time.ts'
import {
  afterDecline,
  atGoodHour,
  mostTriesPerCard,
  networkPause,
  pageHoldsUntil,
  seedOf,
  type Try,
  tellsCustomer,
  whenAsked,
} from './charging.ts'

const zone = 'Europe/Berlin'
const noon = Temporal.Instant.from('2026-03-01T11:00:00Z')
const retried: DeclineClass[] = ['soft_funds', 'soft_issuer', 'soft_technical', 'unknown']

/** Declined each time it is tried, as the schedule says, until nothing more is tried: hours after the first try. */
function ladder(...classes: DeclineClass[]): { hours: number[]; end: string } {
  const tries: Try[] = []
  const hours: number[] = []
  for (let at = noon, n = 0; n < 100; n += 1) {
    tries.push({ class: classes[Math.min(n, classes.length - 1)] as DeclineClass, at })
    const next = afterDecline(tries, zone, 0)
    if (next.kind === 'wait') return { hours, end: next.for }
    hours.push(Math.round(secondsBetween(noon, next.at) / 3600))
    at = next.at
  }
  throw new Error('the schedule never ends')
}

describe('the schedule after a decline', () => {
  test.each([
    ['too little money: near the next paydays', ['soft_funds'], [24, 72, 120, 168, 240, 336], 'customer'],
    ['the bank in doubt: four more', ['soft_issuer'], [24, 72, 120, 168], 'customer'],
    ['a word we do not know: two more', ['unknown'], [24, 72], 'customer'],
    ['a machine in trouble: soon, then like the bank', ['soft_technical'], [1, 6, 30, 78, 126, 174], 'customer'],
    [
      'a machine in trouble, then too little money',
      ['soft_technical', 'soft_funds'],
      [1, 25, 73, 121, 169, 241, 337],
      'customer',
    ],
    ['the bank wants to see the customer', ['needs_authentication'], [], 'customer'],
    ['an expired card', ['method_invalid'], [], 'method'],
    ['a lost card', ['hard_blocked'], [], 'method'],
    ['a withdrawn permission', ['mandate_gone'], [], 'method'],
    ['suspicion', ['fraud'], [], 'staff'],
    ['a gateway set up wrong', ['configuration'], [], 'staff'],
    ['lost after all', ['soft_funds', 'hard_blocked'], [24], 'method'],
  ] as [string, DeclineClass[], number[], string][])('%s', (_, classes, hours, end) => {
    expect(ladder(...classes)).toEqual({ hours, end })
  })

  test('it always ends, moves forward, and stays below what card networks allow', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...retried), { minLength: 1, maxLength: 30 }), (classes) => {
        const { hours } = ladder(...classes)
        expect(hours.length).toBeLessThanOrEqual(mostTriesPerCard - 1)
        expect(hours).toEqual([...hours].sort((a, b) => a - b))
        expect(new Set(hours).size).toBe(hours.length)
      }),
    )
  })
})

describe('a step of the policy asks', () => {
  const tried = (kind: DeclineClass, hoursAgo: number): Try => ({ class: kind, at: plusHours(noon, -hoursAgo) })
  test('the first time: now', () => expect(whenAsked([], noon, zone, 0)).toEqual({ kind: 'retry', at: noon }))
  test('a day after a decline: now', () =>
    expect(whenAsked([tried('soft_funds', 24)], noon, zone, 0)).toEqual({ kind: 'retry', at: noon }))
  test('an hour after a decline: not before half a day has passed', () =>
    expect(whenAsked([tried('soft_funds', 1)], noon, zone, 0)).toEqual({ kind: 'retry', at: plusHours(noon, 11) }))
  test('what waits goes on waiting', () =>
    expect(whenAsked([tried('hard_blocked', 48)], noon, zone, 0)).toMatchObject({ kind: 'wait', for: 'method' }))
  test('a mistake in the set-up may have been mended', () =>
    expect(whenAsked([tried('configuration', 48)], noon, zone, 0)).toEqual({ kind: 'retry', at: noon }))
})

describe('networks count tries per card', () => {
  const charged = (count: number) => Array.from({ length: count }, (_, index) => plusHours(noon, -(count - index) * 24))
  test('up to the bound nothing waits', () => expect(networkPause(charged(mostTriesPerCard - 1), noon)).toBeNull())
  test('at the bound it waits until the first is 30 days old', () =>
    expect(networkPause(charged(mostTriesPerCard), noon)?.toString()).toBe('2026-03-19T11:00:01Z'))

  test('whoever keeps to it never exceeds the bound in any 30 days', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 13, maxLength: 60 }), (gaps) => {
        const done: Temporal.Instant[] = []
        let at = noon
        for (const gap of gaps) {
          at = plusHours(at, gap)
          const pause = networkPause(done, at)
          if (pause !== null && isAfter(pause, at)) at = pause
          done.push(at)
          const recent = done.filter((each) => !isBefore(each, plusHours(at, -30 * 24)))
          expect(recent.length).toBeLessThanOrEqual(mostTriesPerCard)
        }
      }),
    )
  })
})

describe('hours and words', () => {
  test('nothing is charged between two and five at night, in the business’s zone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * 24 * 400 }), fc.nat(), (minutes, seed) => {
        const at = noon.add({ minutes })
        const good = atGoodHour(at, zone, seed)
        const { hour } = good.toZonedDateTimeISO(zone)
        expect(hour < 2 || hour >= 5).toBe(true)
        expect(isBefore(good, at)).toBe(false)
        // Three hours and two to spread over; the night in which the clock goes back has an hour more.
        expect(secondsBetween(at, good)).toBeLessThanOrEqual(6 * 3600)
      }),
    )
  })

  test('a page holds a charge back for half an hour, a promised transfer for three days', () => {
    expect(pageHoldsUntil(noon, false)).toEqual(plusHours(noon, 0.5))
    expect(pageHoldsUntil(noon, true)).toEqual(plusHours(noon, 72))
  })

  test('the customer is told of the first decline, of another reason and of the end, not of each try', () => {
    const soon = { kind: 'retry', at: plusHours(noon, 24) } as const
    const over = { kind: 'wait', for: 'customer', reason: '' } as const
    const tries = (...classes: DeclineClass[]): Try[] => classes.map((kind) => ({ class: kind, at: noon }))
    expect(tellsCustomer(tries('soft_funds'), soon)).toBe(true)
    expect(tellsCustomer(tries('soft_funds', 'soft_funds'), soon)).toBe(false)
    expect(tellsCustomer(tries('soft_funds', 'soft_issuer'), soon)).toBe(true)
    expect(tellsCustomer(tries('soft_funds', 'soft_funds'), over)).toBe(true)
    expect(tellsCustomer(tries('soft_technical'), { kind: 'retry', at: plusHours(noon, 1) })).toBe(false)
    expect(tellsCustomer(tries('fraud'), over)).toBe(false)
    expect(tellsCustomer(tries('configuration'), over)).toBe(false)
  })

  test('the same invoice always gets the same minute', () => {
    expect(seedOf('inv_1')).toBe(seedOf('inv_1'))
    expect(seedOf('inv_1')).not.toBe(seedOf('inv_2'))
  })
})
