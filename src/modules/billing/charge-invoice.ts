/** Staff, or a program, ask that an open invoice be charged to a kept method now. The charge itself is durable work of its own. */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import { record } from '../events/record.ts'
import { whyNotCharged } from './charge-facts.ts'
import { askToCollect, type Collection, defaultMethodId, findCollection } from './collections.ts'
import { findMethod } from './payment-methods.ts'
import { lockInvoice, paymentsOf } from './queries.ts'
import { isMoving } from './rules.ts'

export type ChargeOrder = {
  invoiceId: string
  /** Else the customer's default one. */
  methodId?: string | undefined
  /** What whoever asks has seen and confirmed: anything else is refused. */
  amount?: Money | undefined
}

/** Safe to repeat: while a charge of the invoice is planned or on its way, it stays the only one. */
export const chargeInvoice = (shop: Shop, order: ChargeOrder): Promise<Collection> =>
  transaction(shop, 'ask-charge', (tx) => chargeInvoiceIn(tx, shop, order))

/** As `chargeInvoice`, with the caller's commit. */
export async function chargeInvoiceIn(tx: Tx, shop: Shop, order: ChargeOrder): Promise<Collection> {
  const now = shop.now()
  const invoice = await lockInvoice(tx, order.invoiceId)
  if (invoice.status === 'paid') throw new Refusal('already_settled', 'This invoice is paid already.')
  if (invoice.status !== 'open' && invoice.status !== 'draft') throw new Refusal('conflict', 'This invoice is closed.')
  const owed = money(invoice.totalMinor - invoice.paidMinor, invoice.currency)
  if (order.amount !== undefined && (order.amount.minor !== owed.minor || order.amount.currency !== owed.currency))
    throw new Refusal('conflict', 'The amount has changed meanwhile. Please look at it again.', [
      { pointer: '/amount', code: 'mismatch', detail: 'This is not what is owed now.' },
    ])
  const reason = await whyNotCharged(tx, invoice.id)
  if (reason !== null) throw new Refusal('conflict', `This invoice cannot be charged: ${reason}.`)
  const attempts = await paymentsOf(tx, invoice.id)
  if (attempts.some(isMoving)) throw new Refusal('in_progress', 'A payment for this invoice is on its way.')
  const id = order.methodId ?? (await defaultMethodId(tx, invoice.customerId))
  const method = id === null ? null : await findMethod(tx, id)
  if (method === null || method.customerId !== invoice.customerId || method.status !== 'active')
    throw new Refusal('invalid_input', 'There is no saved payment method to charge.', [
      { pointer: '/payment_method', code: 'unknown', detail: 'Please choose a saved payment method that works.' },
    ])
  const { customerId } = invoice
  const by = shop.actor
  await askToCollect(tx, shop, { invoiceId: invoice.id, customerId, by, methodId: method.id, atOnce: true }, now)
  await record(tx, shop, now, {
    type: 'invoice.charge_asked',
    subjectType: 'invoice',
    subjectId: invoice.id,
    customerId,
    data: { method: method.id, amount: owed.minor.toString(), currency: owed.currency },
  })
  const planned = await findCollection(tx, invoice.id)
  assert(planned !== null, 'it was planned just now')
  return planned
}
