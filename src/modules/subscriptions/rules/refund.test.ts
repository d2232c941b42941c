import fc from 'fast-check'
import { expect, it } from 'vitest'
import { endOfTerm, instant, plusHours } from '#platform/time.ts'
import type { RefundPolicy } from '../life-settings.ts'
import { type Refundable, refundsOf } from './refund.ts'

const start = instant('2026-04-01T00:00:00Z')
const utc = { unit: 'second', zone: 'UTC' } as const
const month: Refundable = {
  starts: start,
  ends: instant('2026-05-01T00:00:00Z'),
  minor: 3000n,
  invoiceId: 'inv_1',
  boughtAt: start,
}
const policy = (more: Partial<RefundPolicy>): RefundPolicy => ({ kind: 'prorated', days: 14, fee_minor: 0, ...more })
const given = (more: Partial<RefundPolicy>, now: string) =>
  refundsOf([month], policy(more), utc, instant(now)).get('inv_1')

it('S1-59: nothing, the part that is left, or all of it within some days, less a fee', () => {
  expect(given({ kind: 'none' }, '2026-04-02T00:00:00Z')).toBeUndefined()
  expect(given({}, '2026-04-21T00:00:00Z')).toBe(1000n)
  expect(given({ fee_minor: 250 }, '2026-04-21T00:00:00Z')).toBe(750n)
  expect(given({ fee_minor: 1000 }, '2026-04-21T00:00:00Z')).toBeUndefined()
  expect(given({ kind: 'full_within' }, '2026-04-15T00:00:00Z')).toBe(3000n)
  expect(given({ kind: 'full_within' }, '2026-04-15T00:00:01Z')).toBeUndefined()
})

it('F54, F59: never more than was paid, whatever the order, and the fee is kept once', () => {
  const zone = fc.constantFrom('America/Sao_Paulo', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia')
  const sold = fc.record({
    minor: fc.bigInt({ min: 0n, max: 100_000n }),
    ahead: fc.integer({ min: 0, max: 6 }),
    invoice: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(
      zone,
      fc.array(sold, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('prorated' as const, 'full_within' as const),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 6000 }),
      (place, list, kind, fee_minor, hours) => {
        const all: Refundable[] = list.map(({ minor, ahead, invoice }) => {
          const starts = ahead === 0 ? start : endOfTerm(start, { unit: 'month', count: ahead }, 1, place)
          const ends = endOfTerm(starts, { unit: 'month', count: 1 }, 1, place)
          return { starts, ends, minor, invoiceId: `inv_${invoice}`, boughtAt: start }
        })
        const counting = { unit: hours % 2 === 0 ? 'day' : 'second', zone: place } as const
        const now = plusHours(start, hours)
        const sums = refundsOf(all, policy({ kind, fee_minor }), counting, now)
        expect(refundsOf([...all].reverse(), policy({ kind, fee_minor }), counting, now)).toEqual(sums)
        for (const [invoiceId, sum] of sums) {
          const paid = all
            .filter((each) => each.invoiceId === invoiceId)
            .reduce((total, each) => total + each.minor, 0n)
          expect(sum > 0n && sum <= paid).toBe(true)
        }
        const total = (of: Map<string, bigint>) => [...of.values()].reduce((a, b) => a + b, 0n)
        const whole = total(refundsOf(all, policy({ kind }), counting, now))
        const rest = whole - BigInt(fee_minor)
        expect(total(sums)).toBe(rest > 0n ? rest : 0n)
      },
    ),
    { numRuns: 500 },
  )
})
