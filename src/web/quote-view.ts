/** A quote as console and shop show it: each row with what the list asked for, and what all of it comes to. */
import { soldAs } from '#modules/billing/rules.ts'
import { type Plan, termOf } from '#modules/catalog/plans.ts'
import { eachOf } from '#modules/catalog/rules.ts'
import { type Quote, quoteState } from '#modules/checkout/quotes.ts'
import { sumsOfQuote } from '#modules/checkout/rules/quote.ts'
import { percentText } from '#modules/subscriptions/rules/discount.ts'
import { format, money } from '#platform/money.ts'

export type QuoteView = ReturnType<typeof quoteView>

export function quoteView(quote: Quote, plan: Plan, now: Temporal.Instant) {
  const { currency, discount } = quote
  const sums = sumsOfQuote(quote)
  const inCurrency = (minor: bigint) => money(minor, currency)
  /** Only where the list asked for more: nobody is shown that he pays more than others. */
  const before = (list: bigint | null, asked: bigint) => (list !== null && list > asked ? inCurrency(list) : null)
  return {
    state: quoteState(quote, now),
    plan: soldAs(plan.name, termOf(plan)),
    price: inCurrency(quote.priceMinor),
    list: before(quote.listMinor, quote.priceMinor),
    addOns: quote.addOns.map((each) => {
      const eachMinor = eachOf(each, each.quantity)
      return {
        ...{ id: each.addOnId, name: each.name, quantity: each.quantity },
        each: inCurrency(eachMinor),
        amount: inCurrency(eachMinor * BigInt(each.quantity)),
        list: before(each.listMinor, eachMinor),
        /** Its number makes each cheaper than one alone. */
        alone: each.priceMinor > eachMinor ? inCurrency(each.priceMinor) : null,
      }
    }),
    setup: inCurrency(quote.setupMinor),
    discount: discount && {
      amount: inCurrency(-sums.off),
      text: discount.percent === null ? format(inCurrency(discount.amountMinor ?? 0n)) : percentText(discount.percent),
      periods: discount.periods,
    },
    today: inCurrency(sums.today),
    full: inCurrency(sums.period),
    renewal: plan.renewable ? inCurrency(sums.renewal) : null,
    saved: before(sums.list, sums.period - sums.off) && inCurrency((sums.list ?? 0n) - sums.period + sums.off),
    converted: quote.converted ?? quote.addOns.find((each) => each.converted !== null)?.converted ?? null,
    validUntil: quote.validUntil.toString(),
  }
}
