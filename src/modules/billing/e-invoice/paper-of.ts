/** Invoices and credit notes that are out, gathered for an electronic invoice and for a PDF. */
import type { Shop } from '#app.ts'
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { money } from '#platform/money.ts'
import { readSetting } from '../../people/settings.ts'
import type { InvoiceDocument } from '../document/document.ts'
import { documentOf, taxInOf } from '../document-of.ts'
import { findInvoice, type Invoice, type InvoiceItem, itemsOf } from '../queries.ts'
import { isStated, type TaxIn } from '../rules/tax-currency.ts'
import { invoiceNumber } from '../rules.ts'
import { taxSetting } from '../tax/settings.ts'
import type { Paper } from './rules.ts'

export type CreditNote = {
  id: string
  invoiceId: string
  series: string
  number: number
  currency: string
  netMinor: bigint
  taxMinor: bigint
  /** As its invoice states it, at the same rate. */
  taxIn: TaxIn | null
  totalMinor: bigint
  reason: string
  by: string
  refundId: string | null
  issuedAt: Temporal.Instant
}

const columns = sql`id, invoice_id as "invoiceId", series, number, currency, net_minor as "netMinor", tax_minor as "taxMinor", tax_in as "taxIn", total_minor as "totalMinor",
  reason, by, refund_id as "refundId", issued_at as "issuedAt"`

/** Throws `not_found`. */
export async function readCreditNote(tx: Tx, id: string): Promise<CreditNote> {
  const found = await maybe(
    tx,
    sql<CreditNote>`select ${columns} from credit_notes where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such credit note.')
  return found
}

export const creditNotesOf = (tx: Tx, invoiceId: string): Promise<CreditNote[]> =>
  rows(
    tx,
    sql<CreditNote>`select ${columns} from credit_notes where business_id = current_business() and invoice_id = ${invoiceId} order by issued_at, number`,
  )

export type ListedCreditNote = CreditNote & {
  customerId: string
  invoiceSeries: string
  invoiceNumber: number
  /** Its buyer is a business, so that a form for machines is of use to him. */
  electronic: boolean
}

/** Newest first: of one customer, of one invoice, or all. */
export const listCreditNotes = (
  tx: Tx,
  of: { customerId?: string | undefined; invoiceId?: string | undefined },
  page: Page,
): Promise<ListedCreditNote[]> =>
  rowsOfPage(
    tx,
    sql<ListedCreditNote>`select * from (
        select n.id, n.invoice_id as "invoiceId", n.series, n.number, n.currency, n.net_minor as "netMinor", n.tax_minor as "taxMinor", n.tax_in as "taxIn", n.total_minor as "totalMinor",
          n.reason, n.by, n.refund_id as "refundId", n.issued_at as "issuedAt", n.issued_at as at, v.customer_id as "customerId", v.series as "invoiceSeries",
          v.number as "invoiceNumber", v.tax->>'buyerVatId' is not null as electronic
        from credit_notes n join invoices v on v.business_id = n.business_id and v.id = n.invoice_id
        where n.business_id = current_business()
          and (${of.customerId ?? null}::text is null or v.customer_id = ${of.customerId ?? null})
          and (${of.invoiceId ?? null}::text is null or v.id = ${of.invoiceId ?? null})) notes
      where true`,
    page,
    'at',
  )

/** Throws `not_found`; `conflict` with a sentence where it cannot be made. */
export async function paperOfInvoice(tx: Tx, shop: Shop, invoiceId: string): Promise<Paper> {
  const invoice = await findInvoice(tx, invoiceId)
  if (invoice === null) throw new Refusal('not_found', 'There is no such invoice.')
  const items = await itemsOf(tx, invoiceId)
  const { kept, day, number } = issuedOf(invoice)
  const paid = invoice.totalMinor === invoice.paidMinor
  return {
    ...(await frameOf(tx, shop, invoice, kept)),
    kind: 'invoice',
    number,
    issuedOn: day(invoice.issuedAt) ?? '',
    dueOn: paid ? null : day(invoice.dueAt),
    corrects: null,
    rows: items.map(rowOf),
    netMinor: invoice.netMinor,
    taxMinor: invoice.taxMinor,
    taxIn: statedOf(invoice),
    paidMinor: invoice.paidMinor,
  }
}

const rowOf = ({ description, quantity, netMinor }: InvoiceItem) => ({ description, quantity, netMinor })

/** Of all of an invoice with its rows; of a part in one row. */
export async function paperOfCreditNote(tx: Tx, shop: Shop, id: string): Promise<Paper> {
  const note = await readCreditNote(tx, id)
  const invoice = await findInvoice(tx, note.invoiceId)
  if (invoice === null) throw new Refusal('not_found', 'There is no such credit note.')
  const { kept, day, number } = issuedOf(invoice)
  const whole = note.totalMinor === invoice.totalMinor
  return {
    ...(await frameOf(tx, shop, invoice, kept)),
    kind: 'credit_note',
    number: invoiceNumber(note.series, note.number) ?? '',
    issuedOn: day(note.issuedAt) ?? '',
    dueOn: null,
    corrects: { number, issuedOn: day(invoice.issuedAt) ?? '' },
    rows: whole
      ? (await itemsOf(tx, invoice.id)).map(rowOf)
      : [{ description: `Part of ${number}: ${note.reason}`, quantity: 1, netMinor: note.netMinor }],
    netMinor: note.netMinor,
    taxMinor: note.taxMinor,
    taxIn: statedOf(note),
    // The money of a refund is back already; what was never paid is not given back.
    paidMinor: note.totalMinor,
  }
}

function issuedOf(invoice: Invoice) {
  const { document, tax, issuedAt, series, number } = invoice
  if (document === null || issuedAt === null)
    throw new Refusal('conflict', 'It is not issued yet: an electronic invoice needs its number.')
  if (tax === null)
    throw new Refusal('conflict', 'It says nothing of tax, as an electronic invoice must: see Settings, Tax.')
  if (tax.country === 'US' && tax.treatment === 'standard')
    throw new Refusal('conflict', 'Electronic invoices are for VAT, and it takes a sales tax.')
  const day = (at: Temporal.Instant | null) => at?.toZonedDateTimeISO(document.zone).toPlainDate().toString() ?? null
  return { kept: { document, tax }, day, number: invoiceNumber(series, number) ?? '' }
}

/** A document for programs is whole or is not given out: what reads it would not see that a sum follows. */
function statedOf({ taxIn, taxMinor }: Pick<Invoice, 'taxIn' | 'taxMinor'>): Paper['taxIn'] {
  if (taxIn === null || taxMinor === 0n) return null
  if (isStated(taxIn)) return { currency: taxIn.currency, taxMinor: BigInt(taxIn.taxMinor) }
  throw new Refusal(
    'conflict',
    `Its tax must be stated in ${taxIn.currency}, and no exchange rate of its day is known yet: see Settings, Currencies.`,
  )
}

/** Who sells, who buys: as they were when the invoice was issued; the parts of the seller's address as they are known now. */
async function frameOf(
  tx: Tx,
  shop: Shop,
  invoice: Invoice,
  { document, tax }: { document: NonNullable<Invoice['document']>; tax: NonNullable<Invoice['tax']> },
) {
  const { street, city, postal_code, contact, phone } = await readSetting(tx, shop, taxSetting)
  const { seller, buyer } = document
  const country = tax.buyerCountry ?? buyer.country ?? tax.country
  return {
    currency: invoice.currency,
    seller: {
      ...seller,
      country: seller.country ?? shop.country,
      place: { lines: street === '' ? seller.address.slice(0, 1) : [street], city, postalCode: postal_code },
      ...{ contact, phone },
    },
    buyer: { ...buyer, country },
    buyerReference: invoice.customerId,
    purchaseOrder: document.poNumber ?? null,
    tax,
  }
}

/** A credit note as a paper for people. */
export async function documentOfCreditNote(tx: Tx, shop: Shop, id: string): Promise<InvoiceDocument> {
  const note = await readCreditNote(tx, id)
  const invoice = await documentOf(tx, shop, note.invoiceId)
  const amount = (minor: bigint) => money(minor, note.currency)
  const whole = note.totalMinor === invoice.total.minor
  const rate = invoice.taxes[0]?.rate ?? '0'
  const [net, tax, total] = [amount(note.netMinor), amount(note.taxMinor), amount(note.totalMinor)]
  return {
    ...invoice,
    kind: 'credit_note',
    number: invoiceNumber(note.series, note.number),
    corrects: invoice.number,
    issuedOn: note.issuedAt.toZonedDateTimeISO(shop.zone).toPlainDate(),
    dueOn: null,
    items: whole
      ? invoice.items
      : [{ description: note.reason, detail: null, quantity: 1, unitNet: net, net, taxRate: rate, gross: total }],
    taxes: invoice.taxes.map((each) => (whole ? each : { ...each, net, tax })),
    ...{ net, tax, total },
    taxIn: taxInOf(note),
    paid: amount(0n),
    state: 'paid',
    paidOn: null,
    paymentMethod: null,
    paymentReference: null,
    notes: whole ? [...invoice.notes, note.reason] : invoice.notes,
  }
}
