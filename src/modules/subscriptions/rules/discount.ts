/** What a coupon takes off a period: pure, so that checkout, invoice, reminder and rehearsal say the same sum. */
import { format, money, share } from '#platform/money.ts'

export type DiscountTerms = {
  /** Hundredths of a percent; null: an amount. */
  percent: number | null
  /** In the subscription's currency. */
  amountMinor: bigint | null
  /** Null: for as long as it renews. */
  periods: number | null
}

export type Discount = DiscountTerms & {
  useId: string
  /** Empty: what a quote takes off, without a coupon. */
  code: string
  /** Null: with every plan. */
  planIds: readonly string[] | null
  /** Periods that were paid with it. */
  given: number
}

/** One period's discount. `minor` is what is taken off, above zero. */
export type Taken = { useId: string; minor: bigint; text: string }

/** `part`: the same part of an amount that the period is of a whole term. */
export function discountOn(
  discount: Discount,
  { planId, baseMinor, currency }: { planId: string; baseMinor: bigint; currency: string },
  part: (minor: bigint) => bigint = (minor) => minor,
): Taken | null {
  const { useId, code, percent, amountMinor, periods, planIds, given } = discount
  if (periods !== null && given >= periods) return null
  if (planIds !== null && !planIds.includes(planId)) return null
  const wanted =
    percent === null ? part(amountMinor ?? 0n) : share(money(baseMinor, currency), BigInt(percent), 10_000n).minor
  const minor = wanted < baseMinor ? wanted : baseMinor
  if (minor <= 0n) return null
  const off = percent === null ? `${format(money(amountMinor ?? 0n, currency))} off` : `${percentText(percent)} off`
  const which = periods === null || periods === 1 ? '' : ` (${given + 1} of ${periods})`
  return { useId, minor, text: `${code === '' ? 'Discount' : `Coupon ${code}`}: ${off}${which}` }
}

/** `1250` is `12.5 %`. */
export const percentText = (hundredths: number): string => `${hundredths / 100} %`

/** How many more periods it is for, once the next was paid; null: all of them. */
export const leftAfterNext = ({ periods, given }: Pick<Discount, 'periods' | 'given'>): number | null =>
  periods === null ? null : Math.max(0, periods - given - 1)
