/** Whose money it is that came by itself: what is likely, and what staff typed. */

import { suggestionsFor } from '#modules/billing/bank/entries.ts'
import type { Choice } from '#modules/billing/chosen-invoice.ts'
import { listInvoices } from '#modules/billing/queries.ts'
import { invoiceNumber } from '#modules/billing/rules.ts'
import { findCustomerByEmail } from '#modules/people/customers.ts'
import type { Tx } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import type { MoneyGuess } from './money-choice.tsx'

/** The number of one invoice, or a customer's address. Null: it names none, or several. */
export async function choiceNamed(tx: Tx, wanted: string): Promise<Choice | null> {
  const customer = await findCustomerByEmail(tx, wanted.toLowerCase())
  if (customer !== null) return { customerId: customer.id }
  const [invoice, another] = await listInvoices(tx, { search: wanted }, { limit: 2 })
  return invoice !== undefined && another === undefined ? { invoiceId: invoice.id } : null
}

/** Invoices that money which came by itself may be for, the likeliest first. */
export async function guessesFor(
  tx: Tx,
  entry: Parameters<typeof suggestionsFor>[1],
  references: readonly string[],
): Promise<MoneyGuess[]> {
  const found = await suggestionsFor(tx, entry, references)
  return found.map((each) => ({
    invoiceId: each.invoiceId,
    number: invoiceNumber(each.series, each.number) ?? each.invoiceId,
    customer: each.customer,
    open: money(each.openMinor, each.currency),
    because: each.because,
  }))
}
