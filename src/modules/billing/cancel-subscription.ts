/**
 * The end before its time. At the end of paid time: nothing is lost and it can be taken back. Now: what goes back is shown first and
 * is what happens; who gets money for the rest gives the rest up, who gets none keeps it, should he come back.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format, type Money, money, sum } from '#platform/money.ts'
import { earlierOf } from '#platform/time.ts'
import { readSetting } from '../people/settings.ts'
import { cancelAddOnChange, openAddOnChangeOf } from '../subscriptions/add-ons.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { cutPeriods } from '../subscriptions/cut-periods.ts'
import { lifeSetting, type RefundPolicy } from '../subscriptions/life-settings.ts'
import { goOn } from '../subscriptions/pause.ts'
import { openChangeOf, setChange } from '../subscriptions/plan-changes.ts'
import { fingerprintOf, instantOfPreview, outdated } from '../subscriptions/preview.ts'
import { findSubscription, lockSubscription, periodStart } from '../subscriptions/queries.ts'
import { refundsOf as refundsByInvoice } from '../subscriptions/rules/refund.ts'
import { type EndReason, type Subscription, terminate } from '../subscriptions/rules/subscription.ts'
import { renewalInvoice } from './invoices.ts'
import { paidTime } from './paid-time.ts'
import { lockInvoice, lockPayment, type Payment, paymentsOf } from './queries.ts'
import { carryOut, refundableOf, requestRefund } from './refund-payment.ts'
import { isPastClosing } from './renewals.ts'
import { canBeWithdrawn, renewedBy, withdrawInvoice } from './withdraw-invoice.ts'

export type CancelPreview = {
  subscription: Subscription
  policy: RefundPolicy
  refund: Money
  parts: { paymentId: string; invoiceId: string; amount: Money }[]
  /** Whether the rest of paid time is given up for it. */
  givesUp: boolean
  fingerprint: string
}

const ended = ['pending', 'terminated']

export async function previewCancel(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  asOf: Temporal.Instant,
): Promise<CancelPreview> {
  const subscription = await findSubscription(tx, subscriptionId)
  if (subscription === null) throw new Refusal('not_found', 'There is no such subscription.')
  if (ended.includes(subscription.status)) throw new Refusal('conflict', 'This subscription does not run.')
  const rules = await readSetting(tx, shop, lifeSetting)
  const policy = rules.refund_by_plan[subscription.planId] ?? rules.refund
  // What rests has not served anything since it was paused.
  const at = subscription.pausedAt ?? asOf
  const { stretches, differences } = await paidTime(tx, subscriptionId, at, subscription.term, 'paid')
  const counting = { unit: rules.proration, zone: subscription.zone }
  const sums = refundsByInvoice([...stretches, ...differences], policy, counting, at)
  const parts: CancelPreview['parts'] = []
  for (const [invoiceId, sum] of sums) parts.push(...(await overPayments(tx, invoiceId, sum, subscription.currency)))
  const refund = sum(
    subscription.currency,
    parts.map(({ amount }) => amount),
  )
  return {
    subscription,
    policy,
    refund,
    parts,
    givesUp: refund.minor > 0n,
    fingerprint: fingerprintOf(asOf, { id: subscription.id, end: subscription.paidThrough?.toString(), parts }),
  }
}

/** The last payment first; never more than is left of one. */
async function overPayments(tx: Tx, invoiceId: string, sum: bigint, currency: string): Promise<CancelPreview['parts']> {
  const paid = (await paymentsOf(tx, invoiceId)).filter(({ status }) => status === 'succeeded')
  const parts: CancelPreview['parts'] = []
  let open = sum
  for (const payment of paid.toSorted(lastFirst)) {
    const left = (await refundableOf(tx, payment)).find((share) => share.invoiceId === invoiceId)?.leftMinor ?? 0n
    const part = left < open ? left : open
    if (part > 0n) parts.push({ paymentId: payment.id, invoiceId, amount: money(part, currency) })
    open -= part > 0n ? part : 0n
  }
  return parts
}

const lastFirst = (a: Payment, b: Payment): number => {
  const later =
    a.succeededAt === null || b.succeededAt === null ? 0 : Temporal.Instant.compare(b.succeededAt, a.succeededAt)
  return later === 0 ? a.id.localeCompare(b.id) : later
}

/** Ends it now. The refunds are asked for in the same commit and carried out after it; a sweep finds what was not. */
export async function cancelNow(
  shop: Shop,
  id: string,
  fingerprint: string,
  reason: string,
): Promise<{ refund: Money; refundIds: string[] }> {
  const now = shop.now()
  const { refund, refundIds } = await transaction(shop, 'cancel-now', async (tx) => {
    const asOf = instantOfPreview(fingerprint, now)
    // Payments are locked before the subscription, as everywhere.
    for (const { paymentId } of (await previewCancel(tx, shop, id, asOf)).parts) await lockPayment(tx, paymentId)
    await lockSubscription(tx, id)
    const preview = await previewCancel(tx, shop, id, asOf)
    if (preview.fingerprint !== fingerprint)
      throw outdated(`It would now give back ${format((await previewCancel(tx, shop, id, now)).refund)}.`)
    const refundIds: string[] = []
    for (const { paymentId, invoiceId, amount } of preview.parts)
      refundIds.push(await requestRefund(tx, shop, paymentId, amount, reason, now, 'source', invoiceId))
    await endNow(tx, shop, { ...preview, because: 'canceled' }, reason, now)
    return { refund: preview.refund, refundIds }
  })
  for (const refundId of refundIds) await carryOut(shop, refundId)
  return { refund, refundIds }
}

/** Inside the caller's transaction, which holds the subscription's lock. `givesUp`: the rest of its paid time is taken back. */
export async function endNow(
  tx: Tx,
  shop: Shop,
  { subscription, givesUp, because }: Pick<CancelPreview, 'subscription' | 'givesUp'> & { because: EndReason },
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const { id } = subscription
  const others = await withdrawOpen(tx, shop, id, 'the subscription ended', now)
  const change = await openChangeOf(tx, id)
  if (change !== null && change.status !== 'paid') await setChange(tx, change.id, 'canceled', null)
  await forgetAddOnWish(tx, id)
  if (subscription.status === 'paused') await goOn(tx, shop, id, reason, now)
  if (givesUp) await cutPeriods(tx, id, now, now)
  await changeSubscription(
    tx,
    shop,
    id,
    now,
    (s) => {
      const { event, next } = terminate(now, because)
      const paidThrough = givesUp && s.paidThrough !== null ? earlierOf(s.paidThrough, now) : s.paidThrough
      return { event, next: { ...next, paidThrough } }
    },
    { reason },
  )
  for (const other of others) await renewalInvoice(tx, shop, other, now)
}

/** Its invoice was withdrawn, or money for it is on its way and decides. */
async function forgetAddOnWish(tx: Tx, id: string): Promise<void> {
  const open = await openAddOnChangeOf(tx, id)
  if (open !== null) await cancelAddOnChange(tx, open.id)
}

/**
 * What asks for money that nobody owes any more. What is being paid stays: the money decides. Answers whom it asked as well: the others of
 * its household are asked again, without it.
 */
async function withdrawOpen(tx: Tx, shop: Shop, id: string, reason: string, now: Temporal.Instant): Promise<string[]> {
  const others: string[] = []
  const open = await rows(
    tx,
    sql<{
      id: string
    }>`select distinct v.id from invoices v join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id
      where v.business_id = current_business() and i.subscription_id = ${id} and v.status in ('draft', 'open') and v.purpose in ('renewal', 'change')
      order by v.id`,
  )
  for (const each of open) {
    const invoice = await lockInvoice(tx, each.id)
    if (!(await canBeWithdrawn(tx, invoice))) continue
    others.push(...(await renewedBy(tx, invoice.id)).filter((each) => each !== id))
    await withdrawInvoice(tx, shop, invoice, reason, now)
  }
  return others
}

/** It runs to its paid end and is not renewed. Nobody is asked for money any more. A second call changes nothing. */
export function cancelAtEnd(shop: Shop, id: string, reason: string): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'cancel-at-end', async (tx) => {
    const before = await lockSubscription(tx, id)
    if (ended.includes(before.status)) throw new Refusal('conflict', 'This subscription does not run.')
    if (before.cancelAtEnd) return before
    const others = await withdrawOpen(tx, shop, id, 'the subscription is not renewed', now)
    const change = await openChangeOf(tx, id)
    if (change?.status === 'awaiting_payment') await setChange(tx, change.id, 'canceled', null)
    await forgetAddOnWish(tx, id)
    const after = await changeSubscription(
      tx,
      shop,
      id,
      now,
      () => ({ event: 'cancel_planned', next: { cancelAtEnd: true, autoRenew: false } }),
      { reason },
    )
    for (const other of others) await renewalInvoice(tx, shop, other, now)
    return after
  })
}

/** Goes on as if nothing had been said; a renewal invoice that was taken back for it is asked for again. */
export function undoCancel(shop: Shop, id: string, reason = ''): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'undo-cancel', async (tx) => {
    const before = await lockSubscription(tx, id)
    if (!before.cancelAtEnd || ended.includes(before.status))
      throw new Refusal('conflict', 'There is no planned end to take back.')
    if (isPastClosing(shop, before))
      throw new Refusal('conflict', 'This shop closes: nothing is renewed past that day.')
    const after = await changeSubscription(
      tx,
      shop,
      id,
      now,
      () => ({ event: 'cancel_undone', next: { cancelAtEnd: false, autoRenew: true } }),
      { reason },
    )
    const taken = await maybe(
      tx,
      sql`select from invoices v join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id
        where v.business_id = current_business() and i.subscription_id = ${id} and v.status = 'void' and v.purpose = 'renewal'
          and v.issued_at >= ${await periodStart(tx, before)} limit 1`,
    )
    if (taken !== null) await renewalInvoice(tx, shop, id, now)
    return after
  })
}
