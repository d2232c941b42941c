/** Quotes: what staff offer one buyer until a day. Whoever has the link accepts it, and it becomes an order at exactly its prices. */
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { StoredConverted } from '../catalog/rules/exchange.ts'
import { breaksFrom, type PriceBreak, type StoredBreak } from '../catalog/rules.ts'
import { record } from '../events/record.ts'
import { signLink } from '../people/links.ts'
import type { HeldAddOn } from '../subscriptions/rules/add-on.ts'
import type { DiscountTerms } from '../subscriptions/rules/discount.ts'

export type QuoteState = 'open' | 'accepted' | 'withdrawn' | 'expired'

/** So many of an add-on, at a table that is its own from now on. */
export type QuoteAddOn = Pick<
  HeldAddOn,
  'addOnId' | 'kind' | 'name' | 'quantity' | 'priceMinor' | 'creditCostMilli'
> & {
  breaks: readonly PriceBreak[]
  /** What the list asked for each of so many; null: it was not sold so. */
  listMinor: bigint | null
  /** What each of so many was made of; null: its own price, or typed. */
  converted: StoredConverted | null
}

export type Quote = {
  id: string
  email: string
  name: string
  planId: string
  currency: string
  /** Of the first period, and of each renewal. */
  priceMinor: bigint
  /** Once, with the first period. */
  setupMinor: bigint
  /** What the list asked for a period when the quote was made; null: it was not sold in this currency. */
  listMinor: bigint | null
  /** The rate that a price of the list was made by, locked since then. */
  converted: StoredConverted | null
  setupConverted: StoredConverted | null
  addOns: QuoteAddOn[]
  discount: DiscountTerms | null
  note: string
  status: 'open' | 'accepted' | 'withdrawn'
  validUntil: Temporal.Instant
  orderId: string | null
  acceptedAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  createdBy: string
}

type Row = Omit<Quote, 'addOns' | 'discount'> & {
  addOns: (Omit<QuoteAddOn, 'priceMinor' | 'breaks' | 'listMinor' | 'creditCostMilli'> & {
    priceMinor: string
    breaks: StoredBreak[]
    listMinor: string | null
    creditCostMilli: string
  })[]
  percent: number | null
  amountMinor: bigint | null
  periods: number | null
}

const columns = sql`q.id, q.email, q.name, q.plan_id as "planId", q.currency, q.price_minor as "priceMinor", q.setup_minor as "setupMinor", q.list_minor as "listMinor",
  q.converted, q.setup_converted as "setupConverted", q.discount_percent as percent, q.discount_minor as "amountMinor", q.discount_periods as periods, q.note, q.status,
  q.valid_until as "validUntil", q.order_id as "orderId", q.accepted_at as "acceptedAt", q.created_at as "createdAt", q.created_by as "createdBy",
  coalesce((select jsonb_agg(jsonb_build_object('addOnId', a.add_on_id, 'kind', o.kind, 'name', o.name, 'quantity', a.quantity, 'priceMinor', a.price_minor::text, 'breaks', a.breaks,
      'listMinor', a.list_minor::text, 'creditCostMilli', a.credit_cost_milli::text, 'converted', a.converted) order by a.position)
    from quote_add_ons a join add_ons o on o.business_id = a.business_id and o.id = a.add_on_id
    where a.business_id = q.business_id and a.quote_id = q.id), '[]') as "addOns"`

const quoteOf = ({ percent, amountMinor, periods, addOns, ...row }: Row): Quote => ({
  ...row,
  discount: percent === null && amountMinor === null ? null : { percent, amountMinor, periods },
  addOns: addOns.map(({ priceMinor, breaks, listMinor, creditCostMilli, ...each }) => ({
    ...each,
    priceMinor: BigInt(priceMinor),
    breaks: breaksFrom(breaks),
    listMinor: listMinor === null ? null : BigInt(listMinor),
    creditCostMilli: BigInt(creditCostMilli),
  })),
})

export async function readQuote(tx: Tx, id: string): Promise<Quote> {
  const found = await maybe(
    tx,
    sql<Row>`select ${columns} from quotes q where q.business_id = current_business() and q.id = ${id}`,
  )
  if (found === null) throw missing()
  return quoteOf(found)
}

const missing = () => new Refusal('not_found', 'There is no such quote.')

/** Newest first. */
export const listQuotes = async (tx: Tx, page: Page): Promise<Quote[]> =>
  (
    await rowsOfPage(
      tx,
      sql<Row>`select * from (select ${columns}, q.created_at from quotes q where q.business_id = current_business()) f where true`,
      page,
    )
  ).map(quoteOf)

export const quoteState = (
  { status, validUntil }: Pick<Quote, 'status' | 'validUntil'>,
  now: Temporal.Instant,
): QuoteState => (status === 'open' && Temporal.Instant.compare(validUntil, now) <= 0 ? 'expired' : status)

/** Where the buyer accepts it. It opens until a month after its last day, to say that it is over. */
export const quoteUrl = (shop: Shop, { id, validUntil }: Pick<Quote, 'id' | 'validUntil'>): string =>
  `${shop.baseUrl}/quotes/${signLink(shop.app, { kind: 'quote', businessId: shop.businessId, id }, validUntil.add({ hours: 24 * 30 }))}`

/** What was accepted stays: cancel its order instead. */
export function withdrawQuote(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'withdraw-quote', async (tx) => {
    if ((await lockQuote(tx, id)).status !== 'open') throw new Refusal('conflict', 'This quote is not open any more.')
    await run(
      tx,
      sql`update quotes set status = 'withdrawn', withdrawn_at = ${now}, version = version + 1 where business_id = current_business() and id = ${id}`,
    )
    await record(tx, shop, now, { type: 'quote.withdrawn', subjectType: 'quote', subjectId: id })
  })
}

export async function lockQuote(tx: Tx, id: string): Promise<Quote> {
  const found = await maybe(
    tx,
    sql<Row>`select ${columns} from quotes q where q.business_id = current_business() and q.id = ${id} for update of q`,
  )
  if (found === null) throw missing()
  return quoteOf(found)
}

/** For an order: locked, and only while it is open. */
export async function takeQuote(tx: Tx, id: string, now: Temporal.Instant): Promise<Quote> {
  const quote = await lockQuote(tx, id)
  const state = quoteState(quote, now)
  if (state === 'expired') throw new Refusal('conflict', 'This offer has ended. Please ask us for a new one.')
  if (state !== 'open') throw new Refusal('conflict', 'This offer is not open any more.')
  return quote
}

export async function noteAccepted(
  tx: Tx,
  shop: Shop,
  id: string,
  orderId: string,
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`update quotes set status = 'accepted', accepted_at = ${now}, order_id = ${orderId}, version = version + 1
      where business_id = current_business() and id = ${id}`,
  )
  await record(tx, shop, now, { type: 'quote.accepted', subjectType: 'quote', subjectId: id, data: { order: orderId } })
}
