/** Money that went back of a taxed invoice has a paper of its own: a credit note over what the invoice asked for, with the tax in it. */
import type { Shop } from '#app.ts'
import { one, sql, type Tx } from '#platform/db.ts'
import { record } from '../../events/record.ts'
import { lockInvoice, type Refund } from '../queries.ts'
import { invoiceNumber } from '../rules.ts'
import { insertCreditNote } from '../withdraw-invoice.ts'

/**
 * Of a refund that was just booked, tax included. A business without tax writes none, as before: its invoices say nothing that a tax office
 * counts. What was more than the invoice asked for is the customer's own money, and no credit. Called once per refund, whose key the note
 * carries. Should the refund fail after all, the note stands, and the reports take it back on that day.
 */
export async function creditRefund(
  tx: Tx,
  shop: Shop,
  refund: Pick<Refund, 'id' | 'amountMinor' | 'fromBalanceMinor' | 'taxMinor' | 'reason'> & { invoiceId: string },
  now: Temporal.Instant,
): Promise<void> {
  const invoice = await lockInvoice(tx, refund.invoiceId)
  // Tax is owed from the last part of the money on: what was paid in part has booked none.
  if (invoice.tax === null || invoice.status !== 'paid') return
  const { credited } = await one(
    tx,
    sql<{ credited: bigint }>`select coalesce(sum(n.total_minor), 0)::bigint as credited from credit_notes n
      join refunds r on r.business_id = n.business_id and r.id = n.refund_id and r.status = 'succeeded'
      where n.business_id = current_business() and n.invoice_id = ${invoice.id}`,
  )
  const left = invoice.totalMinor - credited
  const asked = refund.amountMinor - refund.fromBalanceMinor
  const totalMinor = asked < left ? asked : left
  if (totalMinor <= 0n) return
  const credit = { totalMinor, taxMinor: refund.taxMinor, refundId: refund.id }
  const { series, number } = await insertCreditNote(tx, shop, invoice, credit, refund.reason, now)
  await record(tx, shop, now, {
    type: 'invoice.credited',
    subjectType: 'invoice',
    subjectId: invoice.id,
    customerId: invoice.customerId,
    data: {
      credit_note: invoiceNumber(series, number),
      amount: totalMinor.toString(),
      tax: refund.taxMinor.toString(),
      currency: invoice.currency,
      refund: refund.id,
      reason: refund.reason,
    },
  })
}
