/**
 * Moves an order to what the facts below it say, and tells the buyer what he must know: once that it is delayed. The login itself is
 * on its way by then: `lines` queued it in the commit that found the line up. Safe to repeat.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { type Batch, maybe, run, sql, type Tx, table } from '#platform/db.ts'
import { isAfter, plusHours } from '#platform/time.ts'
import { tellShort } from '../billing/confirm-payment.ts'
import { voidDraft } from '../billing/invoices.ts'
import { findInvoice, paymentsOf } from '../billing/queries.ts'
import { record, recordEach, type Told, told, toldColumns } from '../events/record.ts'
import { waitsForWork } from '../lines/panel-work.ts'
import { findLine, lineOfSubscription } from '../lines/queries.ts'
import { letPlaceGo } from '../lines/route-line.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise, settle } from '../people/attention.ts'
import { findOrderByInvoice, findOrderBySubscription, lockOrder, type Order } from './queries.ts'
import { type OrderFacts, orderStatusOf } from './rules.ts'

/** A line is up for the first time: in its commit the order says so. One that was delayed is told more; see `settleOrderOfLine`. */
export const orderIsReady: App['lineUp'] = (tx, shop, lineId, now) =>
  tx.withCommit(ready, { lineId, ...told(shop, now, { reason: '' }) })

/** The statuses are a parameter: written out, the planner takes the small index of open orders and walks all of them. */
const ready: Batch<Told & { lineId: string }> = {
  keyOf: ({ lineId }) => lineId,
  many: (lines) => sql`with changed as (
      update orders o set status = 'ready', reason = '', paid_at = coalesce(o.paid_at, v.paid_at), ready_at = t.at, version = o.version + 1
      from ${table('t', lines, [['line_id', 'text', ({ lineId }) => lineId], ...toldColumns])}, lines l, invoices v
      where o.business_id = current_business() and l.business_id = current_business() and l.id = t.line_id and l.subscription_id = o.subscription_id
        and l.activated_at is not null and v.business_id = current_business() and v.id = o.invoice_id and o.status = any(${['awaiting_payment', 'processing', 'setting_up']})
      returning o.id, o.customer_id, t.*)
    ${recordEach('order.ready', 'order')}`,
}

/** The line moved: up, delayed, refused. */
export async function settleOrderOfLine(shop: Shop, lineId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'settle-order', async (tx) => {
    const line = await findLine(tx, lineId)
    const order = line === null ? null : await findOrderBySubscription(tx, line.subscriptionId)
    if (order !== null && order.status !== 'ready' && order.status !== 'refunded')
      await settleOrder(tx, shop, order.id, now)
  })
}

/** Found by the sweep. */
export async function settleOrderById(shop: Shop, orderId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'settle-order', (tx) => settleOrder(tx, shop, orderId, now))
}

/** A payment moved without being final money. */
export async function settleOrderOfInvoice(shop: Shop, invoiceId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'settle-order', async (tx) => {
    const order = await findOrderByInvoice(tx, invoiceId)
    if (order !== null) await settleOrder(tx, shop, order.id, now)
  })
}

/** Not paid within its time: it is closed and the buyer told. Money that comes later is booked as his balance, and staff see it (S2-47). */
export async function expireOrder(shop: Shop, orderId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'expire-order', async (tx) => {
    const order = await lockOrder(tx, orderId)
    if (order.expiresAt === null || isAfter(order.expiresAt, now) || order.invoiceId === null) return
    const invoice = await findInvoice(tx, order.invoiceId)
    const open = (await paymentsOf(tx, order.invoiceId)).some(
      ({ status }) => status === 'processing' || status === 'indeterminate',
    )
    if ((await settleOrder(tx, shop, order.id, now)) === 'refunded') return endsNever(tx, order.id)
    if (invoice?.status === 'draft' && invoice.paidMinor > 0n) {
      // Some of its money is here: it neither ends nor is forgotten. A person asks for the rest or gives it back.
      await tellShort(tx, shop, invoice, 0n, now)
      return wait(tx, order.id, plusHours(now, 24 * 7))
    }
    if (open) {
      // Money may still come: a person looks, the order stays.
      await raise(
        tx,
        shop,
        {
          kind: 'order_pending_long',
          subjectType: 'order',
          subjectId: order.id,
          title: `Order ${order.number} waits long for its payment`,
          severity: 'warn',
        },
        now,
      )
      return wait(tx, order.id, plusHours(now, 24))
    }
    if (invoice?.status === 'draft') await voidDraft(tx, shop, order.invoiceId, 'not paid in time', now)
    await settleOrder(tx, shop, order.id, now)
    await endsNever(tx, order.id)
    await queueMessage(
      tx,
      shop,
      {
        template: 'payment_expired',
        claim: `payment_expired/${order.id}`,
        customerId: order.customerId,
        about: { order_id: order.id },
        sendUntil: plusHours(now, 48),
      },
      now,
    )
  })
}

const endsNever = (tx: Tx, orderId: string): Promise<void> => wait(tx, orderId, null)

const wait = async (tx: Tx, orderId: string, until: Temporal.Instant | null): Promise<void> =>
  void (await run(
    tx,
    sql`update orders set expires_at = ${until} where business_id = current_business() and id = ${orderId}`,
  ))

export async function settleOrder(
  tx: Tx,
  shop: Shop,
  orderId: string,
  now: Temporal.Instant,
): Promise<Order['status']> {
  const order = await lockOrder(tx, orderId)
  const facts = await factsOf(tx, order)
  if (facts === null) return order.status
  const { status, reason } = orderStatusOf(order.status, facts)
  if (status === 'refunded' && facts.invoiceStatus === 'draft') await endUnpaid(tx, shop, order, facts, now)
  if (status === order.status && reason === order.reason) return status
  await run(
    tx,
    sql`update orders set status = ${status}, reason = ${reason}, paid_at = coalesce(paid_at, ${facts.paidAt}), ready_at = coalesce(ready_at, ${status === 'ready' ? now : null}), version = version + 1
      where business_id = current_business() and id = ${order.id}`,
  )
  if (status !== order.status)
    await record(tx, shop, now, {
      type: `order.${status}`,
      subjectType: 'order',
      subjectId: order.id,
      customerId: order.customerId,
      data: { from: order.status, reason },
    })
  if (status === 'canceled' && order.subscriptionId !== null) await letPlaceGo(tx, order.subscriptionId)
  // Whoever suspended it has told whom it concerns.
  if (facts.subscription !== 'suspended') await tell(tx, shop, order, status, reason, now)
  return status
}

/** All that was paid of it was given back: it is asked for no more, and lets go of its coupon and its place (F38). Not while money is on its way. */
async function endUnpaid(
  tx: Tx,
  shop: Shop,
  { invoiceId, subscriptionId }: Order,
  { paymentStatuses }: Pick<OrderFacts, 'paymentStatuses'>,
  now: Temporal.Instant,
): Promise<void> {
  if (invoiceId === null || paymentStatuses.some((each) => each === 'processing' || each === 'indeterminate')) return
  const ended = await voidDraft(tx, shop, invoiceId, 'what was paid of it was given back', now)
  if (ended && subscriptionId !== null) await letPlaceGo(tx, subscriptionId)
}

/** It waits for work that staff planned themselves. */
async function knownBefore(tx: Tx, order: Order, now: Temporal.Instant): Promise<boolean> {
  const line = order.subscriptionId === null ? null : await lineOfSubscription(tx, order.subscriptionId)
  return line !== null && waitsForWork(tx, line, now)
}

async function factsOf(tx: Tx, order: Order) {
  if (order.invoiceId === null || order.subscriptionId === null) return null
  const [invoice, payments, line, waiting, refunded] = await Promise.all([
    findInvoice(tx, order.invoiceId),
    paymentsOf(tx, order.invoiceId),
    lineOfSubscription(tx, order.subscriptionId),
    maybe(
      tx,
      sql<{
        for: string | null
        status: string
      }>`select waiting_for as for, status from subscriptions where business_id = current_business() and id = ${order.subscriptionId}`,
    ),
    maybe(
      tx,
      sql<{ all: boolean }>`select coalesce(bool_and(refunded_minor >= received_minor), false) as all from payments
        where business_id = current_business() and invoice_id = ${order.invoiceId} and status = 'succeeded' and received_minor > 0`,
    ),
  ])
  if (invoice === null) return null
  return {
    invoiceStatus: invoice.status,
    paidAt: invoice.paidAt,
    paymentStatuses: payments.map(({ status }) => status),
    line:
      line === null
        ? null
        : {
            activated: line.activatedAt !== null,
            tries: line.tries,
            trouble: line.trouble,
            needsReview: line.needsReview,
            lastAnswer: line.lastAnswer,
          },
    waitingFor: waiting?.for ?? null,
    subscription: standingOf(waiting?.status),
    refunded: refunded?.all ?? false,
  }
}

const standingOf = (status: string | undefined): OrderFacts['subscription'] =>
  status === 'suspended' || status === 'terminated' ? status : 'other'

async function tell(
  tx: Tx,
  shop: Shop,
  order: Order,
  status: Order['status'],
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const about = { order_id: order.id }
  if (status === 'processing')
    await queueMessage(
      tx,
      shop,
      {
        template: 'payment_pending',
        claim: `payment_pending/${order.id}`,
        customerId: order.customerId,
        about,
        sendUntil: plusHours(now, 24),
      },
      now,
    )
  if (status === 'delayed' || status === 'needs_review') {
    const news = await queueMessage(
      tx,
      shop,
      {
        template: 'setup_delayed',
        claim: `setup_delayed/${order.id}`,
        customerId: order.customerId,
        about,
        sendUntil: plusHours(now, 2),
      },
      now,
    )
    if (news)
      await run(
        tx,
        sql`update orders set delay_told_at = ${now} where business_id = current_business() and id = ${order.id}`,
      )
    if (status === 'delayed' && (await knownBefore(tx, order, now))) return
    await raise(
      tx,
      shop,
      {
        kind: 'order_delayed',
        subjectType: 'order',
        subjectId: order.id,
        title: `Order ${order.number} is paid and not set up`,
        detail: reason,
        severity: status === 'needs_review' ? 'bad' : 'warn',
      },
      now,
    )
  }
  if (status === 'ready' || status === 'refunded' || status === 'canceled')
    for (const kind of ['order_delayed', 'order_pending_long']) await settle(tx, kind, order.id, 'system', now)
}
