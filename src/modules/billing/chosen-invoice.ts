/** Where staff book money that came by itself: on a bank account, or in a gateway's own list. */
import { maybe, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

/** An invoice, or whatever the customer was asked for first. */
export type Choice = { invoiceId: string } | { customerId: string }

/** The id of the chosen invoice. Throws `invalid_input` at `/customer_id` where nothing is open in this currency. */
export async function chosenInvoice(tx: Tx, choice: Choice, currency: string): Promise<string> {
  if ('invoiceId' in choice) return choice.invoiceId
  const invoice = await oldestOpen(tx, choice.customerId, currency)
  if (invoice !== null) return invoice.id
  throw new Refusal('invalid_input', 'This customer has no open invoice.', [
    {
      pointer: '/customer_id',
      code: 'nothing_open',
      detail: `There is no open invoice in ${currency}: please choose one that is paid, and it becomes the balance.`,
    },
  ])
}

const oldestOpen = (tx: Tx, customerId: string, currency: string): Promise<{ id: string } | null> =>
  maybe(
    tx,
    sql<{
      id: string
    }>`select id from invoices where business_id = current_business() and customer_id = ${customerId} and currency = ${currency} and status in ('draft', 'open')
      order by created_at, id limit 1`,
  )

/** Throws `invalid_input` at `/invoice_id` where the money is not in the currency of what it is to pay. */
export function requireCurrency(currency: string, there: { currency: string }): void {
  if (there.currency === currency) return
  throw new Refusal('invalid_input', 'The currency is another.', [
    {
      pointer: '/invoice_id',
      code: 'mismatch',
      detail: `This invoice is in ${there.currency}, the money in ${currency}.`,
    },
  ])
}
