/** F53: any sequence of pauses leaves a subscription that goes on, and no day is lost or won. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dayOf, instant, plusHours, secondsBetween } from '#platform/time.ts'
import { endPause, type Pause, pause, pauseOffer } from './pause.ts'
import { aSubscription } from './subscription.test-support.ts'
import { extend, type Subscription } from './subscription.ts'

const start = instant('2026-01-31T12:00:00Z')
const pending = (zone: string): Subscription => aSubscription({ zone, createdAt: start })
const zone = fc.constantFrom('America/Sao_Paulo', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia')

it('F53: seconds served are seconds sold, however often it rested and whenever it was paid', () => {
  const act = fc.record({
    /** Hours that pass before it, and whether it is paid while it rests. */
    after: fc.integer({ min: 1, max: 200 }),
    rests: fc.integer({ min: 1, max: 2000 }),
    pays: fc.boolean(),
  })
  fc.assert(
    fc.property(zone, fc.array(act, { minLength: 1, maxLength: 8 }), (place, acts) => {
      let now = start
      let sub = pending(place)
      let sold = 0
      let rested = 0
      const apply = (change: ReturnType<typeof extend>) => {
        if (change.period !== undefined) sold += secondsBetween(change.period.starts, change.period.ends)
        sub = { ...sub, ...change.next }
      }
      apply(extend(sub, { unit: 'month', count: 3 }, now))
      for (const { after, rests, pays } of acts) {
        now = plusHours(now, after)
        apply(pause(now))
        const since = now
        now = plusHours(now, rests)
        if (pays) apply(extend(sub, sub.term, now))
        expect(sub.status).toBe('paused')
        apply(endPause(sub, now))
        rested += secondsBetween(since, now)
        expect(sub).toMatchObject({ status: 'active', pausedAt: null })
        expect(sub.anchorDay).toBe(dayOf(sub.paidThrough ?? start, place))
      }
      expect(secondsBetween(start, sub.paidThrough ?? start)).toBe(sold + rested)
    }),
    { numRuns: 500 },
  )
})

const running = { status: 'active' as const, paidThrough: instant('2026-12-01T00:00:00Z') }
const now = instant('2026-06-01T00:00:00Z')
const limits = { perYear: 2, daysPerYear: 30 }
const rest = (from: string, days: number): Pause => ({
  starts: instant(from),
  ends: plusHours(instant(from), days * 24),
})

it('F87: limits look back a year from now, not to a January, and forget what is older', () => {
  expect(pauseOffer(running, [], limits, now)).toMatchObject({ possible: true, pausesLeft: 2, daysLeft: 30 })
  expect(pauseOffer(running, [rest('2026-02-01T00:00:00Z', 10)], limits, now)).toMatchObject({
    possible: true,
    pausesLeft: 1,
    daysLeft: 20,
    latest: instant('2026-06-21T00:00:00Z'),
  })
  expect(pauseOffer(running, [rest('2025-12-01T00:00:00Z', 3), rest('2026-02-01T00:00:00Z', 3)], limits, now)).toEqual({
    possible: false,
    because: 'count',
  })
  expect(pauseOffer(running, [rest('2026-02-01T00:00:00Z', 30)], limits, now)).toEqual({
    possible: false,
    because: 'days',
  })
  // Begun before the year, ended within it: its count is forgotten, its days within the year are not.
  expect(pauseOffer(running, [rest('2025-05-22T00:00:00Z', 20)], limits, now)).toMatchObject({
    pausesLeft: 2,
    daysLeft: 20,
  })
  expect(pauseOffer(running, [], { ...limits, perYear: 0 }, now)).toEqual({ possible: false, because: 'count' })
})

it('only what runs and has time left can rest', () => {
  for (const status of ['pending', 'trial', 'grace', 'suspended', 'paused', 'terminated'] as const)
    expect(pauseOffer({ ...running, status }, [], limits, now)).toEqual({ possible: false, because: 'state' })
  expect(pauseOffer({ ...running, paidThrough: now }, [], limits, now)).toEqual({ possible: false, because: 'state' })
})
