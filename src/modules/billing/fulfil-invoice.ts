/** A paid invoice gives what it sold, each item once and forever, counted from the moment it was paid. */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx, together } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { keptPlan } from '../catalog/plans.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { extend, type Subscription } from '../subscriptions/rules/subscription.ts'
import { applyPaidChange, renewedAs } from './apply-plan-change.ts'
import { findInvoice, type InvoiceItem, lockUnfulfilled } from './queries.ts'

export async function fulfilInvoice(shop: Shop, invoiceId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'fulfil-invoice', (tx) => fulfil(tx, shop, invoiceId, now))
}

/** As `fulfilInvoice`, inside the caller's transaction, which may know already when it was paid. */
export async function fulfil(
  tx: Tx,
  shop: Shop,
  invoiceId: string,
  now: Temporal.Instant,
  knownPaidAt?: Temporal.Instant,
): Promise<void> {
  const paidAt = knownPaidAt ?? (await paidAtOf(tx, invoiceId))
  if (paidAt === null) return
  for (const item of await lockUnfulfilled(tx, invoiceId))
    await together([
      give(tx, shop, item, paidAt, now),
      run(
        tx,
        sql`update invoice_items set fulfilled_at = ${now} where business_id = current_business() and id = ${item.id}`,
      ),
    ])
}

async function paidAtOf(tx: Tx, invoiceId: string): Promise<Temporal.Instant | null> {
  const invoice = await findInvoice(tx, invoiceId)
  return invoice?.status === 'paid' ? invoice.paidAt : null
}

async function give(
  tx: Tx,
  shop: Shop,
  item: InvoiceItem,
  paidAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  assert(item.subscriptionId !== null, 'an item to fulfil names its subscription')
  if (item.kind === 'change') return applyPaidChange(tx, shop, item, paidAt, now)
  if (item.kind !== 'period' || item.termUnit === null || item.termCount === null) return
  const term = { unit: item.termUnit, count: item.termCount * item.quantity }
  const plan = item.planId === null ? null : await keptPlan(tx, shop, item.planId)
  let before: Subscription['status'] = 'pending'
  let starts = paidAt
  // changeSubscription saves the state and its history, and wants the line: it is the one door.
  const after = await changeSubscription(
    tx,
    shop,
    item.subscriptionId,
    now,
    (subscription) => {
      before = subscription.status
      const change = extend(subscription, term, paidAt, 'from_payment', plan?.trial ? 'trial' : 'paid')
      starts = change.period?.starts ?? paidAt
      return change
    },
    { invoiceItemId: item.id, reason: `invoice ${item.invoiceId}` },
  )
  if (item.planId !== null && item.planId !== after.planId) await renewedAs(tx, shop, after, item.planId, starts, now)
  if (before === 'pending') return // The login itself is the message.
  const template = before === 'suspended' || before === 'terminated' ? 'resumed' : 'renewed'
  await queueMessage(
    tx,
    shop,
    {
      template,
      claim: `${template}/${item.id}`,
      customerId: after.customerId,
      about: { subscription_id: item.subscriptionId, invoice_id: item.invoiceId },
    },
    now,
  )
}
