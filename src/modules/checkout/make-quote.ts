/** Makes a quote: what the till would ask for just now, and what staff typed over. Its prices and its rate are locked from here on. */
import type { Shop } from '#app.ts'
import { json, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { addOnsFor, listAddOns } from '../catalog/add-ons.ts'
import { findPlan, findProduct, type Plan, type Product } from '../catalog/plans.ts'
import { convertedInRow, pieceAt } from '../catalog/rules/exchange.ts'
import { allOf, breaksInRow, eachOf } from '../catalog/rules.ts'
import { type SoldPrice, soldNow } from '../catalog/sold-price.ts'
import { record } from '../events/record.ts'
import { extraConnections, mostConnections } from '../subscriptions/rules/add-on.ts'
import type { DiscountTerms } from '../subscriptions/rules/discount.ts'
import type { QuoteAddOn } from './quotes.ts'
import { takenBy } from './rules/quote.ts'

export type QuotedAddOn = {
  addOnId: string
  quantity: number
  /** Of each, whatever their number; null: as the list has it. */
  priceMinor: bigint | null
}

export type QuoteFacts = {
  email: string
  name: string
  planId: string
  currency: string
  /** Null: as the list has it. */
  priceMinor: bigint | null
  setupMinor: bigint | null
  addOns: readonly QuotedAddOn[]
  discount: DiscountTerms | null
  note: string
  validUntil: Temporal.Instant
}

export async function makeQuote(tx: Tx, shop: Shop, facts: QuoteFacts, now: Temporal.Instant): Promise<string> {
  const { planId, currency, discount } = facts
  const faults: FieldError[] = []
  const plan = await findPlan(tx, planId)
  const product = plan && (await findProduct(tx, plan.productId))
  if (plan === null || product === null)
    throw refused([{ pointer: '/plan_id', code: 'unknown', detail: 'There is no such plan.' }])
  if (plan.trial) faults.push({ pointer: '/plan_id', code: 'trial', detail: 'A trial is free anyway.' })
  if (Temporal.Instant.compare(facts.validUntil, now) <= 0)
    faults.push({ pointer: '/valid_until', code: 'out_of_range', detail: 'The last day lies in the past.' })
  const list = await soldNow(tx, shop, plan, currency, now)
  const { priceMinor, setupMinor, ...converted } = pricesOf(facts, list)
  if (priceMinor === null) {
    const detail = `This plan has no price in ${currency}: please enter one.`
    faults.push({ pointer: '/price', code: 'required', detail })
  }
  const addOns = await quotedAddOns(tx, shop, facts.addOns, { plan, product, currency, now, faults })
  const baseMinor = addOns.reduce((sum, each) => sum + allOf(each, each.quantity), priceMinor ?? 0n)
  if (discount !== null && takenBy(discount, { planId, baseMinor, currency }) === 0n)
    faults.push({ pointer: '/discount', code: 'nothing', detail: 'There is nothing that this could take off.' })
  if (faults.length > 0) throw refused(faults)
  const id = newId('quo', shop.app.clock)
  await run(
    tx,
    sql`insert into quotes (business_id, id, email, name, plan_id, currency, price_minor, setup_minor, list_minor, converted, setup_converted,
        discount_percent, discount_minor, discount_periods, note, status, valid_until, created_at, created_by)
      values (${shop.businessId}, ${id}, ${facts.email}, ${facts.name}, ${planId}, ${currency}, ${priceMinor}, ${setupMinor}, ${list?.price.minor ?? null},
        ${jsonOr(convertedInRow(converted.price))}, ${jsonOr(convertedInRow(converted.setup))}, ${discount?.percent ?? null}, ${discount?.amountMinor ?? null}, ${discount?.periods ?? null},
        ${facts.note}, 'open', ${facts.validUntil}, ${now}, ${shop.actor})`,
  )
  for (const [position, each] of addOns.entries())
    await run(
      tx,
      sql`insert into quote_add_ons (business_id, quote_id, add_on_id, position, quantity, price_minor, breaks, list_minor, credit_cost_milli, converted)
        values (${shop.businessId}, ${id}, ${each.addOnId}, ${position}, ${each.quantity}, ${each.priceMinor}, ${json(breaksInRow(each.breaks))}, ${each.listMinor},
          ${each.creditCostMilli}, ${jsonOr(each.converted)})`,
    )
  await record(tx, shop, now, { type: 'quote.created', subjectType: 'quote', subjectId: id })
  return id
}

const refused = (faults: FieldError[]) => new Refusal('invalid_input', 'Please check the quote.', faults)

const jsonOr = (value: unknown) => (value === null ? null : json(value))

/** What was typed is a price of its own. A set-up fee of the list goes with its price: who types the price types what comes on top, too. */
function pricesOf({ priceMinor, setupMinor }: Pick<QuoteFacts, 'priceMinor' | 'setupMinor'>, list: SoldPrice | null) {
  const listed = setupMinor === null && priceMinor === null
  return {
    priceMinor: priceMinor ?? list?.price.minor ?? null,
    setupMinor: setupMinor ?? (listed ? (list?.setup.minor ?? 0n) : 0n),
    price: priceMinor === null ? (list?.converted.price ?? null) : null,
    setup: listed ? (list?.converted.setup ?? null) : null,
  }
}

type Beside = { plan: Plan; product: Product; currency: string; now: Temporal.Instant; faults: FieldError[] }

/** Each at the tier of its number, unless staff typed what each costs. What the list does not sell beside the plan may still be promised, at a typed price. */
async function quotedAddOns(
  tx: Tx,
  shop: Shop,
  wanted: readonly QuotedAddOn[],
  { plan, product, currency, now, faults }: Beside,
): Promise<QuoteAddOn[]> {
  if (wanted.length === 0) return []
  const known = new Map((await listAddOns(tx)).map((each) => [each.id, each]))
  const offered = new Map((await addOnsFor(tx, shop, plan.id, currency, now)).map((each) => [each.addOn.id, each]))
  const addOns = wanted.flatMap(({ addOnId, quantity, priceMinor }, index): QuoteAddOn[] => {
    const [addOn, list] = [known.get(addOnId), offered.get(addOnId)]
    const wrong = (field: string, code: string, detail: string): [] => {
      faults.push({ pointer: `/add_ons/${index}/${field}`, code, detail })
      return []
    }
    if (addOn === undefined) return wrong('add_on_id', 'unknown', 'There is no such add-on.')
    if (wanted.findIndex((each) => each.addOnId === addOnId) < index)
      return wrong('add_on_id', 'unknown', 'This add-on is named twice.')
    const most = Math.min(addOn.maxQuantity, mostConnections - product.connections)
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > most)
      return wrong('quantity', 'out_of_range', `Please choose a number from 1 to ${most}.`)
    const price = priceMinor === null ? list : { priceMinor, breaks: [] }
    if (price === undefined)
      return wrong('price', 'required', `This is not sold with the plan in ${currency}: please enter a price.`)
    return [
      {
        ...{
          addOnId,
          kind: addOn.kind,
          name: addOn.name,
          quantity,
          priceMinor: price.priceMinor,
          breaks: price.breaks,
        },
        listMinor: list === undefined ? null : eachOf(list, quantity),
        creditCostMilli: addOn.plans.find((each) => each.planId === plan.id)?.creditCostMilli ?? 0n,
        converted: priceMinor === null && list ? convertedInRow(pieceAt(list.converted, quantity)) : null,
      },
    ]
  })
  if (product.connections + extraConnections(addOns) > mostConnections) {
    const detail = `A line has at most ${mostConnections} connections.`
    faults.push({ pointer: '/add_ons', code: 'out_of_range', detail })
  }
  return addOns
}
