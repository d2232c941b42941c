/** What an invoice says, before anyone decides how it looks. A snapshot: nothing in it is looked up again. */
import { type Money, minus } from '#platform/money.ts'

export type Party = {
  readonly name: string
  /** Street, postal code and city, country: one line each. */
  readonly addressLines: readonly string[]
  readonly vatId: string | null
  readonly email: string | null
}

export type InvoiceLine = {
  readonly description: string
  /** Smaller below it, such as the period that is paid for. */
  readonly detail: string | null
  readonly quantity: number
  readonly unitNet: Money
  readonly net: Money
  /** In percent, as a decimal: `19`, `8.1`, `0`. */
  readonly taxRate: string
  readonly gross: Money
}

export type TaxLine = {
  readonly rate: string
  /** Why no tax is taken, where that must be said, such as "Reverse charge". */
  readonly note: string | null
  readonly net: Money
  readonly tax: Money
}

/** What it comes to, at whose rate, and of which day. */
export type StatedIn = {
  readonly tax: Money
  readonly rate: string
  readonly source: 'ecb' | 'staff'
  readonly day: string
}

export type InvoiceDocument = {
  /** A pro forma asks for money and is no invoice yet: it has no number. */
  readonly kind: 'invoice' | 'pro_forma' | 'credit_note'
  readonly number: string | null
  /** Credit notes name the invoice they correct. */
  readonly corrects: string | null
  /** The buyer's own number of his purchase. */
  readonly purchaseOrder: string | null
  readonly language: string
  /** `#rrggbb` */
  readonly brandColor: string
  readonly seller: Party
  readonly buyer: Party
  readonly issuedOn: Temporal.PlainDate | null
  readonly dueOn: Temporal.PlainDate | null
  readonly items: readonly InvoiceLine[]
  readonly taxes: readonly TaxLine[]
  readonly net: Money
  readonly tax: Money
  /** The tax in the money of the state that it is owed to, where that is another: null in `stated` while no rate is known. */
  readonly taxIn: { readonly currency: string; readonly stated: StatedIn | null } | null
  readonly total: Money
  readonly paid: Money
  readonly state: 'open' | 'paid' | 'void' | 'refunded'
  readonly paidOn: Temporal.PlainDate | null
  readonly paymentMethod: string | null
  /** What to write on a transfer. */
  readonly paymentReference: string | null
  readonly notes: readonly string[]
}

/** What remains to be paid. */
export const openOf = ({ total, paid }: InvoiceDocument): Money => minus(total, paid)
