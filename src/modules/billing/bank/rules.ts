/** What an entry of a bank statement is: whose money, surely or not. Values only. */
import type { PaymentStatus } from '../rules.ts'

export type EntryStatus = 'new' | 'waiting' | 'booked' | 'aside' | 'noted'

/** Why an entry waits for a person; `twin`: why it was put aside by itself. */
export type Why =
  | 'no_reference'
  | 'unknown_reference'
  | 'several_references'
  | 'other_currency'
  | 'paid_already'
  | 'invoice_closed'
  | 'came_back'
  | 'failed'
  | 'twin'

export type EntryFacts = {
  direction: 'credit' | 'debit'
  reversal: boolean
  currency: string
  /** Whether something in it looks like a reference of ours. */
  refers: boolean
}

/** What its reference leads to. */
export type KnownPayment = { id: string; currency: string; status: PaymentStatus }
/** What an invoice number in it leads to. */
export type KnownInvoice = {
  id: string
  currency: string
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible'
}

export type Target = { paymentId: string } | { invoiceId: string }

export type Verdict = { status: 'waiting'; why: Why } | { status: 'noted' } | { status: 'booked'; target: Target }

const waits = (why: Why): Verdict => ({ status: 'waiting', why })

/**
 * A reference with check digits is sure; so is the number of one open invoice. Whatever leads to two things, to money in another currency
 * or to what is paid already waits: the same money may have been marked by hand. Money for an attempt that was given up is sure: it
 * becomes the customer's balance, as everywhere. What leaves the account is noted, unless it takes back what came.
 */
export function verdictOn(
  entry: EntryFacts,
  payments: readonly KnownPayment[],
  invoices: readonly KnownInvoice[],
): Verdict {
  if (entry.direction === 'debit')
    return entry.reversal || payments.length > 0 ? waits('came_back') : { status: 'noted' }
  if (entry.reversal) return waits('came_back')
  const [payment, another] = payments
  if (another !== undefined) return waits('several_references')
  if (payment !== undefined) {
    if (payment.currency !== entry.currency) return waits('other_currency')
    return payment.status === 'succeeded'
      ? waits('paid_already')
      : { status: 'booked', target: { paymentId: payment.id } }
  }
  const [invoice, second] = invoices
  if (second !== undefined) return waits('several_references')
  if (invoice === undefined) return waits(entry.refers ? 'unknown_reference' : 'no_reference')
  if (invoice.currency !== entry.currency) return waits('other_currency')
  return invoice.status === 'open' || invoice.status === 'draft'
    ? { status: 'booked', target: { invoiceId: invoice.id } }
    : waits('invoice_closed')
}

/** `INV-2026-00017`, however it was written, in every series that the business ever had. */
export const invoiceNumbersIn = (text: string, prefixes: readonly string[]): { series: string; number: number }[] => {
  const found = prefixes.flatMap((prefix) => {
    const written = prefix.split('-').join('[\\s./-]?')
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${written}[\\s./-]?(\\d{4})[\\s./-]?(\\d{5,7})(?!\\d)`, 'giu')
    return [...text.matchAll(pattern)].map(([, year, number]) => ({
      series: `${prefix}-${year}`,
      number: Number(number),
    }))
  })
  return [...new Map(found.map((each) => [`${each.series}/${each.number}`, each])).values()]
}
