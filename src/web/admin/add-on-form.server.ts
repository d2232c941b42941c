/** What the form of an add-on sent, as the catalog wants it: a price in each currency of each plan that it is sold with. */
import type { AddOnFacts } from '#modules/catalog/add-ons.ts'
import { mostConnections } from '#modules/subscriptions/rules/add-on.ts'
import { isCurrency } from '#platform/money.ts'
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
      return amount === null ? [] : [{ currency, amountMinor: amount.minor }]
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
