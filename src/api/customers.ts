/** Customers, the notes that staff keep on them, and their timeline. */
import type { Shop } from '#app.ts'
import { confirmVatId, type VatCheck, vatCheckOf } from '#modules/billing/tax/confirm-vat-id.ts'
import { listEvents } from '#modules/events/queries.ts'
import {
  addNote,
  type Customer,
  changeCustomer,
  findCustomer,
  findCustomerByEmail,
  findOrCreateCustomer,
  listCustomers,
  listNotes,
  type Note,
} from '#modules/people/customers.ts'
import { lookAgain } from '#modules/subscriptions/change-subscription.ts'
import { Refusal } from '#platform/errors.ts'
import { EventOut, eventOf } from './events.ts'
import { type Call, route, whole } from './route.ts'
import {
  at,
  atOr,
  byId,
  country,
  email,
  given,
  id,
  language,
  lines,
  list,
  listQuery,
  paperLanguageText,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const Address = z.strictObject({
  lines: z.array(words(160)).max(5).optional(),
  city: text(80).optional(),
  postal_code: text(20).optional(),
  region: text(40).optional().openapi({ description: 'A state; of the United States by its two letters.' }),
  country: country.optional(),
})

export const CustomerOut = resource('Customer', {
  id: z.string(),
  email: z.string(),
  name: z.string(),
  country: z.string().nullable(),
  language: z.string(),
  tags: z.array(z.string()),
  address: z.strictObject({
    lines: z.array(z.string()),
    city: z.string().nullable(),
    postal_code: z.string().nullable(),
    region: z.string().nullable(),
    country: z.string().nullable(),
  }),
  vat_id: z.string().nullable(),
  tax_exempt: z
    .string()
    .nullable()
    .openapi({ description: 'Why no tax is taken of him; null: he pays it as everybody.' }),
  po_number: z.string().openapi({ description: 'What he calls his purchase, for his invoices; empty: nothing.' }),
  net_days: z.int().nullable().openapi({
    description: 'Days after its invoice on which a renewal is due; null: when its period begins.',
  }),
  one_invoice: z.boolean().nullable().openapi({
    description: 'Whether renewals that are invoiced on one day go on one invoice; null: as the business says.',
  }),
  marketing_consent_at: time.nullable(),
  mail_broken_at: time.nullable().openapi({ description: 'Since when the mailbox refuses for good.' }),
  created_at: time,
  erased_at: time.nullable(),
})

export const customerOf = (shop: Shop, { address, ...customer }: Customer): z.input<typeof CustomerOut> => ({
  id: customer.id,
  email: customer.email,
  name: customer.name,
  country: customer.country,
  language: customer.language,
  tags: customer.tags,
  address: {
    lines: address.lines ?? [],
    city: address.city ?? null,
    postal_code: address.postalCode ?? null,
    region: address.region ?? null,
    country: address.country ?? null,
  },
  vat_id: customer.vatId,
  tax_exempt: customer.taxExempt,
  po_number: customer.poNumber,
  net_days: customer.netDays,
  one_invoice: customer.oneInvoice,
  marketing_consent_at: atOr(customer.marketingConsentAt),
  mail_broken_at: atOr(customer.mailBrokenAt),
  created_at: at(customer.createdAt),
  erased_at: atOr(customer.erasedAt),
  livemode: shop.livemode,
})

const missing = () => new Refusal('not_found', 'There is no such customer.')

async function read(call: Call, id: string): Promise<Customer> {
  const found = await call.read((tx) => findCustomer(tx, id))
  if (found === null) throw missing()
  return found
}

const tags = z.array(words(40)).max(50)
const facts = {
  name: text(120).optional(),
  country: country.nullable().optional(),
  language: language.optional().openapi({ description: paperLanguageText }),
  tags: tags.optional(),
  address: Address.optional(),
  vat_id: text(32).nullable().optional(),
  tax_exempt: words(200).nullable().optional(),
  po_number: text(60)
    .optional()
    .openapi({ description: 'What the buyer calls his purchase: on each invoice that is issued from then on.' }),
  net_days: z.int().min(1).max(120).nullable().optional().openapi({
    description:
      'Days after its invoice on which a renewal is due. Reminders and suspension follow the policy all the same.',
  }),
  one_invoice: z.boolean().nullable().optional().openapi({
    description: 'Whether renewals that are invoiced on one day go on one invoice; null: as the business says.',
  }),
}

type Facts = z.output<z.ZodObject<typeof facts>>

function changeOf({ address, vat_id, tax_exempt, po_number, net_days, one_invoice, ...rest }: Facts) {
  const { postal_code, ...place } = address ?? {}
  return {
    ...given(rest),
    ...(address === undefined ? {} : { address: given({ ...place, postalCode: postal_code }) }),
    ...given({ vatId: vat_id, taxExempt: tax_exempt, poNumber: po_number, netDays: net_days, oneInvoice: one_invoice }),
  }
}

const NoteOut = resource('Note', {
  id: z.string(),
  author: z.string(),
  body: z.string(),
  tags: z.array(z.string()),
  subscription_id: z.string().nullable(),
  pinned: z.boolean(),
  at: time,
})
const noteOf = (shop: Shop, { subscriptionId, ...note }: Note): z.input<typeof NoteOut> => ({
  ...note,
  subscription_id: subscriptionId,
  at: at(note.at),
  livemode: shop.livemode,
})

const VatCheckOut = resource('VatCheck', {
  vat_id: z.string().nullable().openapi({ description: 'Null: there is none that could be one by its form.' }),
  status: z.enum(['unchecked', 'valid', 'invalid']).nullable(),
  reference: z.string().nullable().openapi({ description: 'The number of the consultation.' }),
  checked_at: time.nullable(),
})

const checkOf = ({ livemode }: Shop, check: VatCheck | null): z.input<typeof VatCheckOut> => ({
  vat_id: check?.vatId ?? null,
  status: check?.status ?? null,
  reference: check?.reference ?? null,
  checked_at: atOr(check?.checkedAt ?? null),
  livemode,
})

export const customers = [
  route({
    method: 'get',
    path: '/customers',
    scope: 'customers:read',
    summary: 'Lists customers, newest first.',
    query: listQuery({ search: words(100).optional(), tag: words(40).optional() }),
    answer: list(CustomerOut),
    handle: async (call) => {
      const { search, tag } = call.query
      const found = await call.read((tx) => listCustomers(tx, { search, tag }, call.page))
      return call.list(
        found,
        (each) => customerOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/customers',
    scope: 'customers:write',
    summary: 'Makes a customer. Orders make theirs by themselves.',
    status: 201,
    body: z.strictObject({ email, ...facts, marketing_consent: text(500).optional() }),
    answer: CustomerOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { email: address, marketing_consent, ...more } = call.body
      const made = await call.write('create-customer', async (tx) => {
        if ((await findCustomerByEmail(tx, address)) !== null)
          throw new Refusal('conflict', 'A customer has this e-mail address already.', [
            { pointer: '/email', code: 'exists', detail: 'A customer has this e-mail address already.' },
          ])
        const { id } = await findOrCreateCustomer(
          tx,
          call.shop,
          {
            email: address,
            name: more.name,
            country: more.country,
            language: more.language,
            marketingConsent: marketing_consent,
          },
          call.now,
        )
        const { tags, address: place, vat_id, tax_exempt } = more
        const change = changeOf({ tags, address: place, vat_id, tax_exempt })
        if (Object.keys(change).length > 0) await changeCustomer(tx, call.shop, id, change, call.now)
        return { id }
      })
      return customerOf(call.shop, await read(call, made.id))
    },
    retell: async (call, made) => customerOf(call.shop, await read(call, made ?? '')),
  }),
  route({
    method: 'get',
    path: '/customers/{id}',
    scope: 'customers:read',
    summary: 'Reads a customer.',
    params: byId('cus'),
    answer: CustomerOut,
    handle: async (call) => customerOf(call.shop, await read(call, call.params.id)),
  }),
  route({
    method: 'patch',
    path: '/customers/{id}',
    scope: 'customers:write',
    summary: 'Changes a customer; fields left out stay.',
    params: byId('cus'),
    body: z.strictObject(facts),
    answer: CustomerOut,
    handle: async (call) => {
      const { shop, params, now, body } = call
      await call.write('change-customer', async (tx) => {
        await changeCustomer(tx, shop, params.id, changeOf(body), now)
        await lookAgain(tx, params.id, now)
      })
      return customerOf(shop, await read(call, params.id))
    },
  }),
  route({
    method: 'get',
    path: '/customers/{id}/events',
    scope: 'customers:read',
    summary: "A customer's timeline, newest first.",
    params: byId('cus'),
    query: listQuery({}),
    answer: list(EventOut),
    handle: async (call) => {
      await read(call, call.params.id)
      const found = await call.read((tx) => listEvents(tx, { customerId: call.params.id }, call.page))
      return call.list(
        found,
        (each) => eventOf(call.shop, each),
        (each) => each.at,
      )
    },
  }),
  route({
    method: 'get',
    path: '/customers/{id}/notes',
    scope: 'customers:read',
    summary: 'Lists the notes on a customer: pinned ones first, a hundred at most.',
    params: byId('cus'),
    answer: list(NoteOut),
    handle: async (call) => {
      await read(call, call.params.id)
      const found = await call.read((tx) => listNotes(tx, call.params.id))
      return whole(
        call,
        found.map((each) => noteOf(call.shop, each)),
      )
    },
  }),
  route({
    method: 'post',
    path: '/customers/{id}/notes',
    scope: 'customers:write',
    summary: 'Adds a note.',
    status: 201,
    params: byId('cus'),
    body: z.strictObject({
      body: lines(4_000, 1),
      tags: z
        .array(words(40))
        .max(10)
        .optional()
        .openapi({ description: 'What it is about: renewals can be narrowed by them.' }),
      subscription_id: id('sub').optional().openapi({ description: 'The subscription that it is about.' }),
    }),
    answer: NoteOut,
    handle: async (call) => {
      await read(call, call.params.id)
      const made = await call.write('add-note', (tx) =>
        addNote(tx, call.shop, call.params.id, call.body.body, call.now, {
          tags: call.body.tags,
          subscriptionId: call.body.subscription_id,
        }),
      )
      return readNote(call, call.params.id, made)
    },
    retell: (call, made) => readNote(call, call.params.id, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/customers/{id}/vat_check',
    scope: 'customers:read',
    summary: 'Reads what is known of the VAT number of a customer.',
    params: byId('cus'),
    answer: VatCheckOut,
    handle: async (call) => checkOf(call.shop, await call.read((tx) => vatCheckOf(tx, call.params.id))),
  }),
  route({
    method: 'post',
    path: '/customers/{id}/vat_check',
    scope: 'customers:write',
    summary: 'Keeps what the register said of the VAT number of a customer. Invoices from now on go by it.',
    params: byId('cus'),
    body: z.strictObject({ valid: z.boolean(), reference: text(80) }),
    answer: VatCheckOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) =>
      checkOf(
        call.shop,
        await call.write('confirm-vat-id', (tx) => confirmVatId(tx, call.shop, call.params.id, call.body, call.now)),
      ),
  }),
]

async function readNote(call: Call, customerId: string, noteId: string): Promise<z.input<typeof NoteOut>> {
  const found = (await call.read((tx) => listNotes(tx, customerId))).find(({ id }) => id === noteId)
  if (found === undefined) throw new Refusal('not_found', 'There is no such note.')
  return noteOf(call.shop, found)
}
