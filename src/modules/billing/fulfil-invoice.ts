/** A paid invoice gives what it sold, each item once and forever, counted from the moment it was paid. */
import { type Shop, transaction } from '#app.ts'
import { type Batch, sql, type Tx, table, written } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { keptPlan } from '../catalog/plans.ts'
import { queueLate } from '../messages/queue-message.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { endPriceChange, findPriceChange } from '../subscriptions/price-changes.ts'
import { extend, extendBy, type Subscription } from '../subscriptions/rules/subscription.ts'
import { applyPaidAddOn, beginWithAddOns } from './apply-add-ons.ts'
import { applyPaidChange, renewedAs } from './apply-plan-change.ts'
import { paymentMoved } from './jobs.ts'
import { findInvoice, type InvoiceItem, lockUnfulfilled } from './queries.ts'
import { spanOf } from './rules.ts'

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
  known: { paidAt?: Temporal.Instant; items?: readonly InvoiceItem[]; subscriptions?: readonly Subscription[] } = {},
): Promise<void> {
  const paidAt = known.paidAt ?? (await paidAtOf(tx, invoiceId))
  if (paidAt === null) return
  const given = new Set<string>()
  const told = new Set<string>()
  for (const item of known.items ?? (await lockUnfulfilled(tx, invoiceId))) {
    // What was locked before is only true until the first item changes it.
    const fresh = item.subscriptionId !== null && !given.has(item.subscriptionId)
    const before = fresh ? known.subscriptions?.find(({ id }) => id === item.subscriptionId) : undefined
    if (item.subscriptionId !== null) given.add(item.subscriptionId)
    written(tx, fulfilled, { id: item.id, at: now })
    await give(tx, shop, item, paidAt, now, before, told)
  }
}

const fulfilled: Batch<{ id: string; at: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (items) => sql`update invoice_items i set fulfilled_at = f.at
    from ${table('f', items, [
      ['id', 'text', ({ id }) => id],
      ['at', 'timestamptz', ({ at }) => at],
    ])} where i.business_id = current_business() and i.id = f.id`,
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
  locked: Subscription | undefined,
  told: Set<string>,
): Promise<void> {
  assert(item.subscriptionId !== null, 'an item to fulfil names its subscription')
  if (item.kind === 'change') return applyPaidChange(tx, shop, item, paidAt, now)
  if (item.kind === 'add_on') return applyPaidAddOn(tx, shop, { ...item, subscriptionId: item.subscriptionId }, now)
  if (item.kind !== 'period' || item.termUnit === null || item.termCount === null) return
  const term = { unit: item.termUnit, count: item.termCount * item.quantity }
  const plan = item.planId === null ? null : await keptPlan(tx, shop, item.planId)
  const price = await newPriceOf(tx, item, now)
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
      const span = spanOf(item)
      const change =
        span === null
          ? extend(subscription, term, paidAt, 'from_payment', plan?.trial ? 'trial' : 'paid')
          : extendBy(subscription, term, span, paidAt)
      starts = change.period?.starts ?? paidAt
      return price === null ? change : { ...change, next: { ...change.next, priceMinor: price } }
    },
    { invoiceItemId: item.id, reason: `invoice ${item.invoiceId}`, locked },
  )
  if (item.planId !== null && item.planId !== after.planId) await renewedAs(tx, shop, after, item.planId, starts, now)
  else if (after.addOns > 0)
    await beginWithAddOns(tx, shop, { ...item, subscriptionId: item.subscriptionId }, starts, now)
  if (before === 'pending') {
    // The login itself is the message; where no line is wanted yet, the order has to say so.
    if (after.waitingFor !== null) await paymentMoved(tx, shop, item)
    return
  }
  const template = before === 'suspended' || before === 'terminated' ? 'resumed' : 'renewed'
  // What is renewed together is told together.
  if (told.has(template)) return
  told.add(template)
  await queueLate(
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

/** Sold at an announced price: from now on that is the agreed one. Null: as before, or something else was agreed meanwhile. */
async function newPriceOf(tx: Tx, { id, priceChangeId }: InvoiceItem, now: Temporal.Instant): Promise<bigint | null> {
  const change = priceChangeId === null ? null : await findPriceChange(tx, priceChangeId)
  if (change === null || (await endPriceChange(tx, change.id, 'applied', `item ${id}`, now)) === 0) return null
  return change.newMinor
}
