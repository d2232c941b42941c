/** The form of a quote: what the list asks for beside each field, and what was sent. */
import type { Shop } from '#app.ts'
import { soldAs } from '#modules/billing/rules.ts'
import { addOnsFor } from '#modules/catalog/add-ons.ts'
import { readExchange } from '#modules/catalog/exchange.ts'
import { findProduct, listPlans, termOf } from '#modules/catalog/plans.ts'
import { currenciesOf, soldIn } from '#modules/catalog/sold-price.ts'
import type { QuotedAddOn, QuoteFacts } from '#modules/checkout/make-quote.ts'
import { mostConnections } from '#modules/subscriptions/rules/add-on.ts'
import type { DiscountTerms } from '#modules/subscriptions/rules/discount.ts'
import type { Tx } from '#platform/db.ts'
import { isCurrency, type Money, money } from '#platform/money.ts'
import { dayOf, percentOf } from './coupon-form.server.ts'
import { type FormReader, formReader } from './form-reader.server.ts'

export type QuotedList = Awaited<ReturnType<typeof quotedList>>

/** Of the plan and in the currency that were chosen, or else of the first plan in the shop's own. */
export async function quotedList(tx: Tx, shop: Shop, url: string) {
  const query = new URL(url).searchParams
  const plans = (await listPlans(tx)).filter(({ trial }) => !trial)
  const plan = plans.find(({ id }) => id === query.get('plan')) ?? plans[0]
  const [exchange, now] = [await readExchange(tx, shop), shop.now()]
  const wanted = query.get('currency') ?? ''
  const currency = isCurrency(wanted) ? wanted : shop.currency
  const list = plan ? soldIn(plan, currency, exchange, now) : null
  const product = plan ? await findProduct(tx, plan.productId) : null
  const most = mostConnections - (product?.connections ?? 0)
  const beside = plan ? await addOnsFor(tx, shop, plan.id, currency, now) : []
  return {
    plans: plans.map((each) => ({ value: each.id, label: soldAs(each.name, termOf(each)) })),
    planId: plan?.id ?? '',
    currency,
    currencies: [...new Set([...plans.flatMap((each) => currenciesOf(each, exchange)), currency])].sort(),
    list: list && { price: list.price, setup: list.setup },
    addOns: beside.map(({ addOn, priceMinor, breaks }) => ({
      id: addOn.id,
      name: addOn.name,
      most: Math.min(addOn.maxQuantity, most),
      price: money(priceMinor, currency),
      breaks: breaks.map(({ from, amountMinor }) => ({ from, price: money(amountMinor, currency) })),
    })),
    until: now.toZonedDateTimeISO(shop.zone).toPlainDate().add({ days: 14 }).toString(),
  }
}

export function readQuoteForm(form: FormData, shop: Shop): { facts: QuoteFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const sent = read.raw('currency')
  const currency = isCurrency(sent) ? sent : shop.currency
  const last = dayOf(read, 'valid_on')
  if (last === null && read.errors.valid_on === undefined) read.refuse('valid_on', 'Please choose a day.')
  const facts = {
    email: read.email('email') ?? '',
    name: read.text('name', { most: 120, least: 0 }),
    planId: read.text('plan_id', { most: 60 }),
    currency,
    priceMinor: minorOf(read.money('price', currency, { positive: true })),
    setupMinor: minorOf(read.money('setup', currency)),
    addOns: [...form.keys()].flatMap((name) => addOnOf(read, name, currency)),
    discount: discountOf(read, currency),
    note: read.text('note', { most: 1_000, least: 0, lines: true }),
    validUntil: last?.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant() ?? shop.now(),
  }
  return { facts, errors: read.errors }
}

const minorOf = (sum: Money | null): bigint | null => sum?.minor ?? null

/** A field of a number is one add-on; nothing, or none of it, is left out. */
function addOnOf(read: FormReader, field: string, currency: string): QuotedAddOn[] {
  const addOnId = /^pieces\.(addon_\w+)$/.exec(field)?.[1]
  if (addOnId === undefined || ['', '0'].includes(read.raw(field))) return []
  const quantity = read.whole(field, { from: 1, to: mostConnections - 1 })
  return [{ addOnId, quantity, priceMinor: minorOf(read.money(`each.${addOnId}`, currency)) }]
}

function discountOf(read: FormReader, currency: string): DiscountTerms | null {
  const amountMinor = minorOf(read.money('off', currency, { positive: true }))
  const percent = read.raw('percent') === '' ? null : percentOf(read)
  if (percent === null && amountMinor === null) return null
  if (percent !== null && amountMinor !== null) read.refuse('off', 'Please enter a percentage or an amount, not both.')
  return {
    percent,
    amountMinor,
    periods: read.raw('periods') === '' ? null : read.whole('periods', { from: 1, to: 120 }),
  }
}
