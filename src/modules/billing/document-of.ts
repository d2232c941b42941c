/** An invoice as a paper: the frozen parties where it was issued, the present ones while it is a pro forma. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { readBusiness } from '../people/business.ts'
import { convertedText } from './document/converted.ts'
import type { InvoiceDocument, InvoiceLine, TaxLine } from './document/document.ts'
import { labelsFor, type PaperWords, paperLanguage } from './document/labels.ts'
import { methodName } from './document/view.ts'
import { snapshotOf } from './invoices.ts'
import {
  findInvoice,
  type Invoice,
  type InvoiceItem,
  itemsOf,
  type Payment,
  paymentsOf,
  type Snapshot,
} from './queries.ts'
import type { TaxDecision } from './rules/tax.ts'
import { isStated } from './rules/tax-currency.ts'
import { eachOfItem, invoiceNumber } from './rules.ts'

/** Throws `not_found`. The caller has asked whether this reader may see it. */
export async function documentOf(tx: Tx, shop: Shop, invoiceId: string): Promise<InvoiceDocument> {
  const invoice = await findInvoice(tx, invoiceId)
  if (invoice === null) throw new Refusal('not_found', 'There is no such invoice.')
  const [items, payments, business] = [
    await itemsOf(tx, invoiceId),
    await paymentsOf(tx, invoiceId),
    await readBusiness(tx),
  ]
  const { seller, buyer, zone, poNumber, ...more } = partiesOf(
    invoice.document ?? (await snapshotOf(tx, shop, invoice.customerId)),
    invoice.tax,
  )
  const language = paperLanguage(more.language)
  const words = labelsFor(language)
  const amount = (minor: bigint) => money(minor, invoice.currency)
  const day = (at: Temporal.Instant | null) => at?.toZonedDateTimeISO(zone).toPlainDate() ?? null
  return {
    kind: invoice.number === null ? 'pro_forma' : 'invoice',
    number: invoiceNumber(invoice.series, invoice.number),
    corrects: null,
    purchaseOrder: poNumber ?? null,
    language,
    brandColor: business.brand.color ?? '#0d6a75',
    seller: { name: seller.name, addressLines: seller.address, vatId: seller.vatId, email: seller.email },
    buyer: { name: buyer.name, addressLines: buyer.address, vatId: buyer.vatId, email: buyer.email },
    issuedOn: day(invoice.issuedAt),
    dueOn: day(invoice.dueAt),
    items: items.map((item) => lineOf(invoice, item, language)),
    taxes: taxesOf(invoice, items, words),
    net: amount(invoice.netMinor),
    tax: amount(invoice.taxMinor),
    taxIn: taxInOf(invoice),
    total: amount(invoice.totalMinor),
    paid: amount(invoice.paidMinor),
    state: stateOf(invoice, payments),
    paidOn: day(invoice.paidAt),
    paymentMethod: methodOf(payments, words),
    paymentReference:
      payments.find((each) => each.status !== 'succeeded' && each.reference !== null)?.reference ?? null,
    notes: notesOf(invoice.tax),
  }
}

const lineOf = (invoice: Invoice, item: InvoiceItem, language: string): InvoiceLine => {
  const each = eachOfItem(item.netMinor, item.quantity)
  const asOne = { description: `${item.quantity} × ${item.description}`, quantity: 1 }
  return {
    ...(each === null ? asOne : { description: item.description, quantity: item.quantity }),
    detail: convertedText(item.converted, language),
    unitNet: money(each ?? item.netMinor, invoice.currency),
    net: money(item.netMinor, invoice.currency),
    taxRate: item.taxRate,
    gross: money(item.totalMinor, invoice.currency),
  }
}

/** The numbers that the decision was taken on stand for those of today. */
const partiesOf = (snapshot: Snapshot, tax: TaxDecision | null): Snapshot => ({
  ...snapshot,
  seller: { ...snapshot.seller, vatId: tax?.sellerNumber ?? snapshot.seller.vatId },
  buyer: { ...snapshot.buyer, vatId: tax?.buyerVatId ?? snapshot.buyer.vatId },
})

/** One row per rate, of nothing as well; none where the business takes no tax at all. */
function taxesOf({ tax, currency }: Invoice, items: readonly InvoiceItem[], words: PaperWords): TaxLine[] {
  if (tax === null || tax.treatment === 'not_registered') return []
  const sum = (group: readonly InvoiceItem[], name: 'netMinor' | 'taxMinor') =>
    money(
      group.reduce((total, each) => total + each[name], 0n),
      currency,
    )
  return [...Map.groupBy(items, ({ taxRate }) => taxRate)].map(([rate, group]) => ({
    rate,
    note: tax.treatment === 'reverse_charge' ? words.reverseCharge : null,
    net: sum(group, 'netMinor'),
    tax: sum(group, 'taxMinor'),
  }))
}

/** Where no tax is taken there is nothing to state. */
export function taxInOf({ taxIn, taxMinor }: Pick<Invoice, 'taxIn' | 'taxMinor'>): InvoiceDocument['taxIn'] {
  if (taxIn === null || taxMinor === 0n) return null
  const { currency } = taxIn
  if (!isStated(taxIn)) return { currency, stated: null }
  const { rate, source, day } = taxIn
  return { currency, stated: { tax: money(BigInt(taxIn.taxMinor), currency), rate, source, day } }
}

/** Why nothing is taken, in the words that the law wants. */
const notesOf = (tax: TaxDecision | null): string[] => (tax?.note == null ? [] : [tax.note])

function stateOf(invoice: Invoice, payments: readonly Payment[]): InvoiceDocument['state'] {
  if (invoice.status === 'void') return 'void'
  if (invoice.status !== 'paid') return 'open'
  const paid = payments.filter(({ status }) => status === 'succeeded')
  return paid.length > 0 && paid.every((each) => each.refundedMinor >= each.receivedMinor) ? 'refunded' : 'paid'
}

function methodOf(payments: readonly Payment[], words: PaperWords): string | null {
  const method = payments.find(({ status }) => status === 'succeeded')?.method ?? null
  return method === null ? null : methodName(method, words)
}
