/** What the form of an add-on sent, as the catalog wants it: a price in each currency of each plan that it is sold with. */
import type { AddOnFacts } from '#modules/catalog/add-ons.ts'
import { faultOfBreaks, type PriceBreak } from '#modules/catalog/rules.ts'
import { mostConnections } from '#modules/subscriptions/rules/add-on.ts'
import { fromDecimal, isCurrency } from '#platform/money.ts'
import { formReader } from './form-reader.server.ts'
import { creditsIn } from './plan-form.server.ts'

/** A plan whose prices are all empty is one that it is not sold with. */
export function readAddOnForm(form: FormData): { facts: AddOnFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const asked = Map.groupBy(
    [...form.keys()].flatMap((name) => {
      const [, planId, currency] = /^price\.(plan_[0-9a-z]{26})\.([A-Z]{3})$/.exec(name) ?? []
      return planId === undefined || currency === undefined || !isCurrency(currency) ? [] : [{ planId, currency }]
    }),
    ({ planId }) => planId,
  )
  const plans = [...asked].flatMap(([planId, each]) => {
    const prices = each.flatMap(({ currency }) => {
      const amount = read.money(`price.${planId}.${currency}`, currency)
      const name = `breaks.${planId}.${currency}`
      const breaks = breaksIn(read.raw(name), currency)
      if (breaks === null) read.refuse(name, 'Please write numbers and prices like 3: 2.50, 5: 2.00.')
      else if (faultOfBreaks(breaks) !== null) read.refuse(name, faultOfBreaks(breaks) ?? '')
      else if (amount === null && breaks.length > 0)
        read.refuse(`price.${planId}.${currency}`, 'Please enter the price of one.')
      return amount === null || breaks === null ? [] : [{ currency, amountMinor: amount.minor, breaks }]
    })
    const creditCostMilli = creditsIn(read, `credits.${planId}`)
    return prices.length === 0 ? [] : [{ planId, creditCostMilli, prices }]
  })
  const facts: AddOnFacts = {
    kind: 'connection',
    name: read.text('name', { most: 80 }),
    maxQuantity: read.whole('max_quantity', { from: 1, to: mostConnections - 1 }),
    active: read.flag('active'),
    position: read.whole('position', { from: 0, to: 9_999 }),
    plans,
  }
  return { facts, errors: read.errors }
}

/** `3: 2.50, 5: 2.00`. Null: written otherwise. */
function breaksIn(text: string, currency: string): PriceBreak[] | null {
  if (text === '') return []
  const found = text.split(/[,;]\s+|;/).map((part) => {
    const [, from = '', price = ''] = /^(\d{1,3})\s*:\s*([\d.,]+)$/.exec(part.trim()) ?? []
    const amount = from === '' ? null : fromDecimal(price, currency)
    return amount === null ? null : { from: Number(from), amountMinor: amount.minor }
  })
  return found.every((each) => each !== null) ? found : null
}
