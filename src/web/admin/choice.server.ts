/** What staff typed to say whose money it is: the number of one invoice, or a customer's address. */
import type { Choice } from '#modules/billing/bank/book-entry.ts'
import { listInvoices } from '#modules/billing/queries.ts'
import { findCustomerByEmail } from '#modules/people/customers.ts'
import type { Tx } from '#platform/db.ts'

/** Null: it names none, or several. */
export async function choiceNamed(tx: Tx, wanted: string): Promise<Choice | null> {
  const customer = await findCustomerByEmail(tx, wanted.toLowerCase())
  if (customer !== null) return { customerId: customer.id }
  const [invoice, another] = await listInvoices(tx, { search: wanted }, { limit: 2 })
  return invoice !== undefined && another === undefined ? { invoiceId: invoice.id } : null
}
