import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOfTerm, instant, type Term } from '#platform/time.ts'
import { type PlanChange, planChange, type Wish } from './plan-change.ts'
import { aSubscription } from './subscription.test-support.ts'
import type { Subscription } from './subscription.ts'

const month: Term = { unit: 'month', count: 1 }
const from = instant('2026-04-01T12:00:00Z')
const now = instant('2026-04-16T12:00:00Z')

const subscription = (more: Partial<Subscription> = {}): Subscription =>
  aSubscription({
    status: 'active',
    anchorDay: 1,
    paidThrough: instant('2026-05-01T12:00:00Z'),
    term: month,
    createdAt: from,
    ...more,
  })

function wish(price: bigint, more: Partial<Wish> = {}): Wish {
  return {
    subscription: subscription(),
    to: { id: 'plan_2', priceMinor: price, term: month, creditCostMilli: 0n },
    stretches: [{ starts: from, ends: instant('2026-05-01T12:00:00Z'), minor: 1299n, terms: 1n }],
    differences: [],
    ends: 'keep',
    counting: { unit: 'second', zone: 'UTC' },
    now,
    ...more,
  }
}
const decided = (given: Wish): PlanChange => {
  const found = planChange(given)
  if (found === null) throw new Error('the plan can be changed')
  return found
}

describe('another plan', () => {
  it('up is now, down and another term are at the end', () => {
    expect(decided(wish(1999n))).toMatchObject({
      takesEffect: 'now',
      chargeMinor: 999n,
      creditMinor: 649n,
      dueMinor: 350n,
    })
    expect(decided(wish(799n))).toMatchObject({ takesEffect: 'at_end', dueMinor: 0n })
    const yearly = wish(9999n)
    expect(decided({ ...yearly, to: { ...yearly.to, term: { unit: 'year', count: 1 } } })).toMatchObject({
      takesEffect: 'at_end',
      dueMinor: 0n,
    })
  })

  it('F66: a change that costs nothing is one, and takes effect at once', () => {
    expect(decided(wish(1299n))).toMatchObject({ takesEffect: 'now', dueMinor: 0n, at: now })
  })

  it('F54: what was paid with nothing is no credit, and money paid dearer is not given back', () => {
    const free = wish(1299n, {
      stretches: [{ starts: from, ends: instant('2026-05-01T12:00:00Z'), minor: 0n, terms: 1n }],
    })
    expect(decided(free)).toMatchObject({ creditMinor: 0n, dueMinor: 649n })
    const dear = wish(1299n, {
      stretches: [{ starts: from, ends: instant('2026-05-01T12:00:00Z'), minor: 4999n, terms: 1n }],
    })
    expect(decided(dear)).toMatchObject({ takesEffect: 'at_end', dueMinor: 0n })
  })

  it('free days stay a gift: only the difference of the prices is asked for them', () => {
    const gift = {
      starts: instant('2026-05-01T12:00:00Z'),
      ends: instant('2026-05-04T12:00:00Z'),
      minor: 0n,
      terms: null,
    }
    const given = wish(1999n)
    const through = subscription({ paidThrough: gift.ends })
    // Three of the 31 days of May at 7.00: 67 cents, beside the rest of April.
    expect(decided({ ...given, subscription: through, stretches: [...given.stretches, gift] }).dueMinor).toBe(
      350n + 67n,
    )
  })

  it('nothing begins before the money: in grace and after it the next renewal is the new plan', () => {
    for (const status of ['grace', 'suspended', 'terminated'] as const)
      expect(decided(wish(1999n, { subscription: subscription({ status }) }))).toMatchObject({
        takesEffect: 'at_end',
        at: null,
      })
    for (const status of ['pending', 'trial', 'paused'] as const)
      expect(planChange(wish(1999n, { subscription: subscription({ status }) }))).toBeNull()
  })

  it('never negative, never more credit than was paid, and the end never moves to the customer’s loss', () => {
    const zone = fc.constantFrom('America/Sao_Paulo', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia')
    const minor = fc.bigInt({ min: 0n, max: 100_000n })
    fc.assert(
      fc.property(
        zone,
        minor,
        minor,
        minor,
        fc.integer({ min: 1, max: 59 }),
        fc.boolean(),
        (place, old, paid, next, days, restart) => {
          const first = endOfTerm(from, month, 1, place)
          const second = endOfTerm(first, month, 1, place)
          const given = wish(next, {
            subscription: subscription({ zone: place, paidThrough: second, priceMinor: old }),
            stretches: [
              { starts: from, ends: first, minor: paid, terms: 1n },
              { starts: first, ends: second, minor: old, terms: 1n },
            ],
            ends: restart ? 'restart' : 'keep',
            counting: { unit: days % 2 === 0 ? 'day' : 'second', zone: place },
            now: from.add({ hours: 24 * days }),
          })
          const { dueMinor, chargeMinor, creditMinor, restarts, endsAt } = decided({
            ...given,
            stretches: given.stretches.filter(({ ends }) => Temporal.Instant.compare(ends, given.now) > 0),
          })
          expect(dueMinor).toBe(chargeMinor - creditMinor)
          expect(dueMinor >= 0n && creditMinor >= 0n).toBe(true)
          expect(creditMinor <= paid + old).toBe(true)
          if (!restarts) expect(endsAt.equals(second)).toBe(true)
          else expect(dueMinor > 0n).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})
