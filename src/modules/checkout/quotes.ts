/** Quotes: what staff offer one buyer at a price of its own, until a day. Whoever has the link accepts it, and it becomes an order. */
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Money } from '#platform/money.ts'
import { findPlan } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { signLink } from '../people/links.ts'

export type QuoteState = 'open' | 'accepted' | 'withdrawn' | 'expired'

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
  note: string
  status: 'open' | 'accepted' | 'withdrawn'
  validUntil: Temporal.Instant
  orderId: string | null
  acceptedAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  createdBy: string
}

const columns = sql`id, email, name, plan_id as "planId", currency, price_minor as "priceMinor", setup_minor as "setupMinor", note, status, valid_until as "validUntil",
  order_id as "orderId", accepted_at as "acceptedAt", created_at as "createdAt", created_by as "createdBy"`

export async function readQuote(tx: Tx, id: string): Promise<Quote> {
  const found = await maybe(
    tx,
    sql<Quote>`select ${columns} from quotes where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw missing()
  return found
}

const missing = () => new Refusal('not_found', 'There is no such quote.')

/** Newest first. */
export const listQuotes = (tx: Tx, page: Page): Promise<Quote[]> =>
  rowsOfPage(tx, sql<Quote>`select ${columns}, created_at from quotes where business_id = current_business()`, page)

export const quoteState = (
  { status, validUntil }: Pick<Quote, 'status' | 'validUntil'>,
  now: Temporal.Instant,
): QuoteState => (status === 'open' && Temporal.Instant.compare(validUntil, now) <= 0 ? 'expired' : status)

/** Where the buyer accepts it. It opens until a month after its last day, to say that it is over. */
export const quoteUrl = (shop: Shop, { id, validUntil }: Pick<Quote, 'id' | 'validUntil'>): string =>
  `${shop.baseUrl}/quotes/${signLink(shop.app, { kind: 'quote', businessId: shop.businessId, id }, validUntil.add({ hours: 24 * 30 }))}`

export type QuoteFacts = {
  email: string
  name: string
  planId: string
  price: Money
  setupMinor: bigint
  note: string
  validUntil: Temporal.Instant
}

export async function makeQuote(tx: Tx, shop: Shop, facts: QuoteFacts, now: Temporal.Instant): Promise<string> {
  const faults: FieldError[] = []
  const plan = await findPlan(tx, facts.planId)
  if (plan === null) faults.push({ pointer: '/plan_id', code: 'unknown', detail: 'There is no such plan.' })
  else if (plan.trial) faults.push({ pointer: '/plan_id', code: 'trial', detail: 'A trial is free anyway.' })
  if (Temporal.Instant.compare(facts.validUntil, now) <= 0)
    faults.push({ pointer: '/valid_until', code: 'out_of_range', detail: 'The last day lies in the past.' })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the quote.', faults)
  const id = newId('quo', shop.app.clock)
  await run(
    tx,
    sql`insert into quotes (business_id, id, email, name, plan_id, currency, price_minor, setup_minor, note, status, valid_until, created_at, created_by)
      values (${shop.businessId}, ${id}, ${facts.email}, ${facts.name}, ${facts.planId}, ${facts.price.currency}, ${facts.price.minor}, ${facts.setupMinor}, ${facts.note},
        'open', ${facts.validUntil}, ${now}, ${shop.actor})`,
  )
  await record(tx, shop, now, { type: 'quote.created', subjectType: 'quote', subjectId: id })
  return id
}

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
    sql<Quote>`select ${columns} from quotes where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw missing()
  return found
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
