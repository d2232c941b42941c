/** Statements of a bank account: handing them in, and deciding about what nobody can tell surely. */
import { csvColumns } from '#adapters/statements/csv.ts'
import { mostStatementBytes } from '#adapters/statements/statement.ts'
import type { Shop } from '#app.ts'
import { bookEntry, putAside, takeBack } from '#modules/billing/bank/book-entry.ts'
import {
  type BankEntry,
  type BankImport,
  findEntry,
  findImport,
  listEntries,
  listImports,
  suggestionsFor,
} from '#modules/billing/bank/entries.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { referencesOf } from '#modules/billing/bank/match-entries.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { invoiceNumber } from '#modules/billing/rules.ts'
import { findCustomer } from '#modules/people/customers.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route } from './route.ts'
import { at, atOr, byId, id, list, listQuery, minor, money, resource, time, words, z } from './schemas.ts'

const ImportOut = resource('BankImport', {
  id: z.string(),
  gateway: z.string(),
  file_name: z.string(),
  format: z.enum(['camt.053', 'camt.054', 'csv']),
  entries: z.int().openapi({ description: 'How many were new.' }),
  known: z.int().openapi({ description: 'How many had come before.' }),
  pending: z.int().openapi({ description: 'How many are only announced: they come again when they are booked.' }),
  booked: z.int(),
  waiting: z.int(),
  statements_missing: z.boolean().openapi({ description: 'The bank counts statements, and one before is not here.' }),
  done: z.boolean().openapi({ description: 'Every entry was looked at.' }),
  by: z.string(),
  created_at: time,
})

const importOf = (shop: Shop, each: BankImport): z.input<typeof ImportOut> => ({
  id: each.id,
  gateway: each.gatewayAccountId,
  file_name: each.fileName,
  format: each.format,
  entries: each.entries,
  known: each.known,
  pending: each.pending,
  booked: each.booked,
  waiting: each.waiting,
  statements_missing: each.missingStatements,
  done: each.nextMatchAt === null,
  by: each.by,
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const status = z.enum(['new', 'waiting', 'booked', 'aside', 'noted'])
const entryFacts = {
  id: z.string(),
  import_id: z.string(),
  gateway: z.string(),
  direction: z.enum(['credit', 'debit']),
  reversal: z.boolean(),
  amount: money,
  booked_on: z.string().openapi({ example: '2026-03-31' }),
  value_on: z.string().nullable(),
  name: z.string().nullable(),
  iban: z.string().nullable(),
  reference: z.string().nullable(),
  text: z.string(),
  end_to_end_id: z.string().nullable(),
  bank_reference: z.string().nullable(),
  status: status.openapi({ description: '`waiting`: for a person; `noted`: money that left the account.' }),
  why: z
    .enum([
      'no_reference',
      'unknown_reference',
      'several_references',
      'other_currency',
      'paid_already',
      'invoice_closed',
      'came_back',
      'failed',
      'twin',
    ])
    .nullable(),
  reason: z.string().nullable(),
  payment_id: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: time.nullable(),
  created_at: time,
}
const EntrySummary = resource('BankEntrySummary', entryFacts)
const EntryOut = resource('BankEntry', {
  ...entryFacts,
  suggestions: z.array(
    z.strictObject({
      invoice_id: z.string(),
      invoice_number: z.string().nullable(),
      customer_id: z.string(),
      open: money,
      because: z.enum(['reference', 'payer', 'amount']),
    }),
  ),
})

const entryOf = (shop: Shop, entry: BankEntry): z.input<typeof EntrySummary> => ({
  id: entry.id,
  import_id: entry.importId,
  gateway: entry.gatewayAccountId,
  direction: entry.direction,
  reversal: entry.reversal,
  amount: minor(entry.amountMinor, entry.currency),
  booked_on: entry.bookedOn,
  value_on: entry.valueOn,
  name: entry.name,
  iban: entry.iban,
  reference: entry.reference,
  text: entry.remittance,
  end_to_end_id: entry.endToEndId,
  bank_reference: entry.bankRef,
  status: entry.status,
  why: entry.why,
  reason: entry.reason,
  payment_id: entry.paymentId,
  decided_by: entry.decidedBy,
  decided_at: atOr(entry.decidedAt),
  created_at: at(entry.createdAt),
  livemode: shop.livemode,
})

const readImport = async (call: Call, importId: string): Promise<z.input<typeof ImportOut>> => {
  const found = await call.read((tx) => findImport(tx, importId))
  if (found === null) throw new Refusal('not_found', 'There is no such import.')
  return importOf(call.shop, found)
}

const readEntry = (call: Call, entryId: string): Promise<z.input<typeof EntryOut>> =>
  call.read(async (tx) => {
    const entry = await findEntry(tx, entryId)
    if (entry === null) throw new Refusal('not_found', 'There is no such entry.')
    const suggestions =
      entry.status === 'waiting' && entry.direction === 'credit'
        ? await suggestionsFor(tx, entry, referencesOf(entry))
        : []
    return {
      ...entryOf(call.shop, entry),
      suggestions: suggestions.map((each) => ({
        invoice_id: each.invoiceId,
        invoice_number: invoiceNumber(each.series, each.number),
        customer_id: each.customerId,
        open: minor(each.openMinor, each.currency),
        because: each.because,
      })),
    }
  })

/** Before anything is booked: what does not exist is a fault of its field. */
export async function choiceOf(
  call: Call,
  body: { invoice_id?: string | undefined; customer_id?: string | undefined },
) {
  const { invoice_id, customer_id } = body
  const unknown = (field: string, what: string) =>
    new Refusal('invalid_input', `Please check the ${what}.`, [
      { pointer: `/${field}`, code: 'unknown', detail: `There is no such ${what}.` },
    ])
  if ((invoice_id === undefined) === (customer_id === undefined))
    throw new Refusal('invalid_input', 'Please name an invoice or a customer.', [
      { pointer: '/invoice_id', code: 'required', detail: 'Either an invoice or a customer.' },
    ])
  if (invoice_id !== undefined) {
    if ((await call.read((tx) => findInvoice(tx, invoice_id))) === null) throw unknown('invoice_id', 'invoice')
    return { invoiceId: invoice_id }
  }
  const customerId = customer_id ?? ''
  if ((await call.read((tx) => findCustomer(tx, customerId))) === null) throw unknown('customer_id', 'customer')
  return { customerId }
}

export const bank = [
  route({
    method: 'get',
    path: '/bank_imports',
    scope: 'payments:read',
    summary: 'Lists the statements that were imported, newest first.',
    query: listQuery({}),
    answer: list(ImportOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listImports(tx, call.page)),
        (each) => importOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'post',
    path: '/bank_imports',
    scope: 'payments:write',
    summary: 'Imports a statement of the bank: camt.053, camt.054 or CSV.',
    description:
      'What is surely whose is booked moments later; everything else waits as an entry. The same file twice changes nothing and answers the first import.',
    status: 201,
    needsKey: true,
    mostBytes: 2 * mostStatementBytes,
    body: z.strictObject({
      gateway: id('gwa'),
      file_name: words(200),
      content: z.string().min(1).max(mostStatementBytes).openapi({ description: 'The file, as text.' }),
      columns: z
        .partialRecord(z.enum(csvColumns), words(100))
        .optional()
        .openapi({ description: 'For a CSV whose headings are unusual: which heading is what.' }),
    }),
    answer: ImportOut,
    handle: async (call) => {
      const { gateway, file_name, content, columns } = call.body
      const made = await importStatement(call.shop, {
        gatewayAccountId: gateway,
        fileName: file_name,
        content,
        columns,
      })
      return readImport(call, made)
    },
    retell: (call, made) => readImport(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/bank_imports/{id}',
    scope: 'payments:read',
    summary: 'Reads an import, and how its entries stand.',
    params: byId('bim'),
    answer: ImportOut,
    handle: (call) => readImport(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/bank_entries',
    scope: 'payments:read',
    summary: 'Lists entries of bank statements, newest first.',
    query: listQuery({ status: status.optional(), import_id: id('bim').optional(), search: words(64).optional() }),
    answer: list(EntrySummary),
    handle: async (call) => {
      const { status, import_id, search } = call.query
      return call.list(
        await call.read((tx) => listEntries(tx, { status, importId: import_id, search }, call.page)),
        (each) => entryOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/bank_entries/{id}',
    scope: 'payments:read',
    summary: 'Reads an entry, with the invoices that it may be meant for.',
    params: byId('ben'),
    answer: EntryOut,
    handle: (call) => readEntry(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/bank_entries/{id}/book',
    scope: 'payments:write',
    summary: 'Books a waiting entry to an invoice, or to what a customer owes longest.',
    description: 'More than is open becomes the customer’s balance.',
    needsKey: true,
    params: byId('ben'),
    body: z.strictObject({ invoice_id: id('inv').optional(), customer_id: id('cus').optional() }),
    answer: EntryOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await readEntry(call, call.params.id)
      await bookEntry(call.shop, call.params.id, await choiceOf(call, call.body))
      return readEntry(call, call.params.id)
    },
    retell: (call) => readEntry(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/bank_entries/{id}/put_aside',
    scope: 'payments:write',
    summary: 'Says that a waiting entry is for no invoice, and why.',
    params: byId('ben'),
    body: z.strictObject({ reason: words(500) }),
    answer: EntryOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await putAside(call.shop, call.params.id, call.body.reason)
      return readEntry(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/bank_entries/{id}/take_back',
    scope: 'payments:write',
    summary: 'Lets an entry that was put aside wait again.',
    params: byId('ben'),
    answer: EntryOut,
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await takeBack(call.shop, call.params.id)
      return readEntry(call, call.params.id)
    },
  }),
]
