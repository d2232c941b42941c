/** What a quote comes to: today, at each renewal, and beside the list. Values only. */
import { allOf } from '../../catalog/rules.ts'
import { type DiscountTerms, discountOn } from '../../subscriptions/rules/discount.ts'
import type { Quote } from '../quotes.ts'

type Base = { planId: string; baseMinor: bigint; currency: string }

/** What a quote's discount takes off a period; `given`: how many it took something off before. */
export const takenBy = (terms: DiscountTerms, base: Base, given = 0): bigint =>
  discountOn({ ...terms, useId: '', code: '', planIds: null, given }, base)?.minor ?? 0n

export type QuoteSums = {
  /** What is asked for when it is accepted. */
  today: bigint
  /** What the discount takes off of that. */
  off: bigint
  /** The period and what goes with it, without any discount. */
  period: bigint
  /** The same by the list of the day it was made; null: the list did not sell all of it so. */
  list: bigint | null
  /** Of the first renewal. */
  renewal: bigint
}

type Priced = Pick<Quote, 'planId' | 'currency' | 'priceMinor' | 'setupMinor' | 'listMinor' | 'addOns' | 'discount'>

export function sumsOfQuote({
  planId,
  currency,
  priceMinor,
  setupMinor,
  listMinor,
  addOns,
  discount,
}: Priced): QuoteSums {
  const period = addOns.reduce((sum, each) => sum + allOf(each, each.quantity), priceMinor)
  const list = addOns.reduce<bigint | null>(
    (sum, each) => (sum === null || each.listMinor === null ? null : sum + each.listMinor * BigInt(each.quantity)),
    listMinor,
  )
  const base = { planId, baseMinor: period, currency }
  const off = discount === null ? 0n : takenBy(discount, base)
  const renewal = period - (discount === null ? 0n : takenBy(discount, base, 1))
  return { today: period - off + setupMinor, off, period, list, renewal }
}
