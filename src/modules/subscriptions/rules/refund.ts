/** What goes back when paid time ends early: by the business's policy, and never more than was really paid for that time. */
import { type Instant, isBefore, plusHours } from '#platform/time.ts'
import type { RefundPolicy } from '../life-settings.ts'
import { type Bought, type Counting, split } from './proration.ts'

/** A stretch with the invoice that brought its money, and when it was paid. */
export type Refundable = Bought & { invoiceId: string | null; boughtAt: Instant }

/** One sum per invoice; nothing for those that get nothing. */
export function refundsOf(
  all: readonly Refundable[],
  policy: RefundPolicy,
  counting: Counting,
  now: Instant,
): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const each of all) {
    const value = worth(each, policy, counting, now)
    if (each.invoiceId !== null && value > 0n) sums.set(each.invoiceId, (sums.get(each.invoiceId) ?? 0n) + value)
  }
  return lessFee(sums, BigInt(policy.fee_minor))
}

function worth(each: Refundable, policy: RefundPolicy, counting: Counting, now: Instant): bigint {
  switch (policy.kind) {
    case 'none':
      return 0n
    case 'prorated':
      return split(each, now, counting).left
    case 'full_within':
      return isBefore(plusHours(each.boughtAt, policy.days * 24), now) ? 0n : each.minor
  }
}

/** The fee is kept once, however many invoices there are: from the one that gets the most, then from the next. */
function lessFee(sums: Map<string, bigint>, fee: bigint): Map<string, bigint> {
  const kept = new Map<string, bigint>()
  let left = fee
  const dearestFirst = [...sums].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1))
  for (const [invoiceId, sum] of dearestFirst) {
    const taken = sum < left ? sum : left
    left -= taken
    if (sum > taken) kept.set(invoiceId, sum - taken)
  }
  return kept
}
