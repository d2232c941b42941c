/**
 * A buyer changes his mind before paying. Open payment pages are closed first, so that a forgotten tab cannot be paid; money that
 * arrives all the same is booked as his balance. Repeating it changes nothing.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { voidDraft } from '../billing/invoices.ts'
import { paymentsOf } from '../billing/queries.ts'
import { isFinal, isOpenAttempt } from '../billing/rules.ts'
import { cancelAttempt } from '../billing/start-payment.ts'
import { findOrder, lockOrder } from './queries.ts'
import { settleOrder } from './settle-order.ts'

export async function cancelOrder(shop: Shop, orderId: string): Promise<void> {
  const now = shop.now()
  const open = await transaction(shop, 'read-order', async (tx) => {
    const order = await findOrder(tx, orderId)
    if (order === null) throw new Refusal('not_found', 'There is no such order.')
    return order.invoiceId === null ? [] : paymentsOf(tx, order.invoiceId)
  })
  for (const payment of open)
    if (!isFinal(payment.status) && !isOpenAttempt(payment.status)) await cancelAttempt(shop, payment)
  await transaction(shop, 'cancel-order', async (tx) => {
    const order = await lockOrder(tx, orderId)
    if (order.status === 'canceled') return
    if (order.status === 'processing')
      throw new Refusal('in_progress', 'A payment for this order is on its way, so it cannot be canceled now.')
    if (order.status !== 'awaiting_payment' || order.invoiceId === null)
      throw new Refusal('already_settled', 'This order is paid already.')
    if (!(await voidDraft(tx, shop, order.invoiceId, 'canceled by the buyer', now)))
      throw new Refusal('conflict', 'A part of this order is paid. It is canceled when that money is given back.')
    await settleOrder(tx, shop, order.id, now)
    await run(tx, sql`update orders set expires_at = null where business_id = current_business() and id = ${order.id}`)
  })
}
