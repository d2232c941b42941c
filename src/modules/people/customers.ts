/** Customers: who buys, from one business. */
import type { Shop } from '#app.ts'
import { asked, byId, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'

export type Customer = {
  id: string
  email: string
  name: string
  country: string | null
  language: string
  tags: string[]
  userId: string | null
  address: { lines?: string[]; city?: string; postalCode?: string; region?: string; country?: string }
  vatId: string | null
  /** Why no tax is taken of him; null: he pays it as everybody. */
  taxExempt: string | null
  /** What the buyer calls his purchase, for his invoices; empty: nothing. */
  poNumber: string
  /** Days after its invoice on which a renewal is due; null: when its period begins. */
  netDays: number | null
  /** Whether his renewals of one day go on one invoice; null: as the business says. */
  oneInvoice: boolean | null
  marketingConsentAt: Temporal.Instant | null
  mailBrokenAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  erasedAt: Temporal.Instant | null
  version: number
}

const columns = sql`id, email, name, country, language, tags, user_id as "userId", address, vat_id as "vatId", tax_exempt as "taxExempt", po_number as "poNumber", net_days as "netDays", one_invoice as "oneInvoice",
  marketing_consent_at as "marketingConsentAt", mail_broken_at as "mailBrokenAt", created_at as "createdAt", erased_at as "erasedAt", version`

export const findCustomer = (tx: Tx, id: string): Promise<Customer | null> =>
  maybe(tx, sql<Customer>`select ${columns} from customers where business_id = current_business() and id = ${id}`)

const customersById = byId<Customer>(
  (ids) => sql`select ${columns} from customers where business_id = current_business() and id = any(${ids}::text[])`,
)

export async function readCustomer(tx: Tx, id: string): Promise<Customer> {
  const [found] = await asked(tx, customersById, id)
  assert(found !== undefined, `customer ${id} exists`)
  return found
}

export const findCustomerByEmail = (tx: Tx, email: string): Promise<Customer | null> =>
  maybe(
    tx,
    sql<Customer>`select ${columns} from customers where business_id = current_business() and email_key = ${email.toLowerCase()}`,
  )

/** The language of the customer of this business behind a signed-in person; null: he is none. */
export const languageOfPerson = async (tx: Tx, userId: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{ language: string }>`select language from customers
        where business_id = current_business() and user_id = ${userId} and erased_at is null order by id limit 1`,
    )
  )?.language ?? null

export type CustomerFilter = {
  search?: string | undefined
  tag?: string | undefined
  since?: Temporal.Instant | undefined
}
/** Newest first; `search` matches e-mail, name, id and user names of lines by their beginning or, for 3 characters and more, anywhere. */
export function listCustomers(tx: Tx, filter: CustomerFilter, page: Page): Promise<Customer[]> {
  const pattern = filter.search ? `%${filter.search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return rowsOfPage(
    tx,
    sql<Customer>`select ${columns} from customers c
      where business_id = current_business()
        and (${pattern}::text is null or email_key like ${pattern} or lower(name) like ${pattern} or id = ${filter.search ?? null}
          or exists (select from lines l where l.business_id = c.business_id and l.customer_id = c.id and l.username_key like ${pattern}))
        and (${filter.since ?? null}::timestamptz is null or created_at >= ${filter.since ?? null})
        and (${filter.tag ?? null}::text is null or ${filter.tag ?? null} = any (tags))`,
    page,
  )
}

export type NewCustomer = {
  email: string
  name?: string | undefined
  country?: string | null | undefined
  language?: string | undefined
  /** The exact sentence that was agreed to, when the box was ticked. */
  marketingConsent?: string | null | undefined
}

/** The customer of that address, made when new. Two checkouts at once get the same one. */
export async function findOrCreateCustomer(
  tx: Tx,
  shop: Shop,
  facts: NewCustomer,
  now: Temporal.Instant,
): Promise<Customer> {
  const id = newId('cus', shop.app.clock)
  const email = facts.email.trim()
  const consent = facts.marketingConsent ?? null
  const made = await maybe(
    tx,
    sql<Customer>`insert into customers (business_id, id, email, name, country, language, marketing_consent_at, marketing_consent_text, created_at)
      values (${shop.businessId}, ${id}, ${email}, ${facts.name ?? ''}, ${facts.country ?? null}, ${facts.language ?? shop.language},
        ${consent === null ? null : now}, ${consent}, ${now})
      on conflict (business_id, email_key) do nothing
      returning ${columns}`,
  )
  if (made !== null) {
    await record(tx, shop, now, {
      type: 'customer.created',
      subjectType: 'customer',
      subjectId: id,
      customerId: id,
      data: { consent: consent !== null },
    })
    return made
  }
  if (consent !== null)
    await run(
      tx,
      sql`update customers set marketing_consent_at = ${now}, marketing_consent_text = ${consent}
        where business_id = current_business() and email_key = ${email.toLowerCase()} and marketing_consent_at is null`,
    )
  const known = await findCustomerByEmail(tx, email)
  if (known === null) throw new Refusal('conflict', 'Please send the order once more.')
  return known
}

/** History is not erased, so what is known of a person is not told there: only that it is other now. */
const ofPersons = { personal: ['name', 'tags', 'address', 'vatId', 'poNumber'] }

export type CustomerChange = Partial<
  Pick<
    Customer,
    'name' | 'country' | 'language' | 'tags' | 'address' | 'vatId' | 'taxExempt' | 'poNumber' | 'netDays' | 'oneInvoice'
  >
>

export async function changeCustomer(
  tx: Tx,
  shop: Shop,
  id: string,
  change: CustomerChange,
  now: Temporal.Instant,
): Promise<Customer> {
  const before = await findCustomer(tx, id)
  if (before === null) throw new Refusal('not_found', 'There is no such customer.')
  const after = { ...before, ...change }
  await run(
    tx,
    sql`update customers set name = ${after.name}, country = ${after.country}, language = ${after.language}, tags = ${after.tags}::text[],
        address = ${JSON.stringify(after.address)}::jsonb, vat_id = ${after.vatId}, tax_exempt = ${after.taxExempt}, po_number = ${after.poNumber}, net_days = ${after.netDays}, one_invoice = ${after.oneInvoice}, version = version + 1
      where business_id = current_business() and id = ${id}`,
  )
  await record(tx, shop, now, {
    type: 'customer.changed',
    subjectType: 'customer',
    subjectId: id,
    customerId: id,
    data: { fields: Object.keys(change), ...changesOf(before, change, ofPersons) },
  })
  return { ...after, version: before.version + 1 }
}

/** No more marketing mail, at once. Service messages are part of what was bought and go on. Repeating it changes nothing. */
export async function withdrawConsent(tx: Tx, shop: Shop, id: string, now: Temporal.Instant): Promise<void> {
  const changed = await run(
    tx,
    sql`update customers set marketing_consent_at = null, marketing_consent_text = null, version = version + 1
      where business_id = current_business() and id = ${id} and marketing_consent_at is not null`,
  )
  if (changed > 0)
    await record(tx, shop, now, {
      type: 'customer.unsubscribed',
      subjectType: 'customer',
      subjectId: id,
      customerId: id,
    })
}

export type Note = {
  id: string
  author: string
  body: string
  /** What it is about, in a word each: lists can be narrowed by them. */
  tags: string[]
  /** The subscription that it is about; null: the customer. */
  subscriptionId: string | null
  pinned: boolean
  at: Temporal.Instant
}

/** Tags are kept in small letters, each once. Refuses more than ten, and any longer than forty characters. */
export function tagsOf(given: readonly string[]): string[] {
  const tags = [...new Set(given.map((each) => each.trim().toLowerCase()).filter((each) => each !== ''))]
  if (tags.length > 10 || tags.some((each) => each.length > 40))
    throw new Refusal('invalid_input', 'Please check the tags.', [
      { pointer: '/tags', code: 'too_long', detail: 'At most ten tags of forty characters.' },
    ])
  return tags
}

export async function addNote(
  tx: Tx,
  shop: Shop,
  customerId: string,
  body: string,
  now: Temporal.Instant,
  about: { tags?: readonly string[] | undefined; subscriptionId?: string | null | undefined } = {},
): Promise<string> {
  const id = newId('note', shop.app.clock)
  const { subscriptionId = null } = about
  if (subscriptionId !== null && !(await owns(tx, customerId, subscriptionId)))
    throw new Refusal('invalid_input', 'Please check the subscription.', [
      { pointer: '/subscription_id', code: 'unknown', detail: 'This customer has no such subscription.' },
    ])
  await run(
    tx,
    sql`insert into customer_notes (business_id, id, customer_id, author, body, at, tags, subscription_id)
      values (${shop.businessId}, ${id}, ${customerId}, ${shop.actor}, ${body}, ${now}, ${tagsOf(about.tags ?? [])}::text[], ${subscriptionId})`,
  )
  return id
}

const owns = async (tx: Tx, customerId: string, subscriptionId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from subscriptions where business_id = current_business() and id = ${subscriptionId} and customer_id = ${customerId}`,
  )) !== null

export const listNotes = (tx: Tx, customerId: string): Promise<Note[]> =>
  rows(
    tx,
    sql<Note>`select id, author, body, tags, subscription_id as "subscriptionId", pinned, at from customer_notes
      where business_id = current_business() and customer_id = ${customerId} order by pinned desc, at desc limit 100`,
  )
