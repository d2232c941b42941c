/** Another plan takes effect: when its difference is paid, or when the period begins that was sold as it. Never before money. */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { dayOf, isAfter, plusHours } from '#platform/time.ts'
import { findPlan, findProduct } from '../catalog/plans.ts'
import { reshapeLine } from '../lines/reshape-line.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { writeHeld } from '../subscriptions/add-ons.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { cutPeriods } from '../subscriptions/cut-periods.ts'
import {
  changeApplied,
  changeOfInvoice,
  findChange,
  openChangeOf,
  type StoredChange,
  setChange,
} from '../subscriptions/plan-changes.ts'
import { dropPriceChange } from '../subscriptions/price-changes.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { extraConnections, type HeldAddOn } from '../subscriptions/rules/add-on.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { lockInvoice } from './queries.ts'
import { canBeWithdrawn, replaceRenewal, withdrawInvoice } from './withdraw-invoice.ts'

/** The item `change` of an invoice was paid. */
export async function applyPaidChange(
  tx: Tx,
  shop: Shop,
  item: { id: string; invoiceId: string },
  paidAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  const change = await changeOfInvoice(tx, item.invoiceId)
  assert(change !== null, `invoice ${item.invoiceId} sold a change of plan`)
  if (change.status === 'applied') return
  await apply(tx, shop, change, now, change.restarts ? paidAt : null)
}

/** The renewal was sold as another plan than the present one: it takes effect when that period begins, which may be now. */
export async function renewedAs(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  planId: string,
  starts: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  const change = await openChangeOf(tx, subscription.id)
  if (change === null || change.toPlanId !== planId || change.takesEffect === 'now') return
  if (isAfter(starts, now)) await setChange(tx, change.id, 'paid', starts)
  else await apply(tx, shop, change, now, null)
}

/** Applies without money what costs nothing. */
export const applyAtOnce = (tx: Tx, shop: Shop, change: StoredChange, now: Temporal.Instant): Promise<void> =>
  apply(tx, shop, change, now, null)

/** The sweep's way: a paid change whose period begins, or an offer that nobody paid. */
export async function movePlanChange(shop: Shop, changeId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'move-plan-change', async (tx) => {
    const change = await findChange(tx, changeId)
    if (change === null || change.dueAt === null || isAfter(change.dueAt, now)) return
    if (change.status === 'paid') return whenItBegins(tx, shop, change, now)
    if (change.status !== 'awaiting_payment' || change.invoiceId === null) return
    const invoice = await lockInvoice(tx, change.invoiceId)
    if (invoice.status === 'paid') return
    // Money may still come of it, or a part of it came: it waits for the rest.
    if (!(await canBeWithdrawn(tx, invoice)))
      return void (await setChange(tx, change.id, 'awaiting_payment', plusHours(now, 6)))
    await withdrawInvoice(tx, shop, invoice, 'the change of plan was not paid in time', now)
    await setChange(tx, change.id, 'canceled', null)
    await changeSubscription(tx, shop, change.subscriptionId, now, () => ({ event: 'plan_change_lapsed', next: {} }))
  })
}

/** A paused line has the end of its old period still before it: the change is looked at again after the pause. */
async function whenItBegins(tx: Tx, shop: Shop, change: StoredChange, now: Temporal.Instant): Promise<void> {
  const { status } = await lockSubscription(tx, change.subscriptionId)
  if (status === 'paused') return void (await setChange(tx, change.id, 'paid', plusHours(now, 6)))
  await apply(tx, shop, change, now, null)
}

/** `restartAt`: what is left of the old periods was counted as money, so they end there. */
async function apply(
  tx: Tx,
  shop: Shop,
  asked: StoredChange,
  now: Temporal.Instant,
  restartAt: Temporal.Instant | null,
): Promise<void> {
  const id = asked.subscriptionId
  const before = await lockSubscription(tx, id)
  const change = await findChange(tx, asked.id)
  if (change === null || change.status === 'applied') return
  const plan = await findPlan(tx, change.toPlanId)
  const product = plan === null ? null : await findProduct(tx, plan.productId)
  assert(plan !== null && product !== null && before.paidThrough !== null, 'a change of plan names a plan')
  const cut = restartAt !== null && isAfter(before.paidThrough, restartAt)
  if (cut) await cutPeriods(tx, id, restartAt, now)
  const end = cut ? restartAt : before.paidThrough
  await changeApplied(
    tx,
    change.id,
    now,
    change.restarts || change.takesEffect === 'at_end' || !isAfter(end, now) ? null : end,
  )
  await changeSubscription(
    tx,
    shop,
    id,
    now,
    (s) => ({
      event: 'plan_changed',
      next: {
        planId: plan.id,
        priceMinor: change.priceMinor,
        term: change.term,
        ...(cut ? { paidThrough: end, anchorDay: dayOf(end, s.zone) } : {}),
      },
    }),
    { reason: plan.name },
  )
  // The plan's own price was agreed with it.
  await dropPriceChange(tx, id, 'another plan', now)
  await run(
    tx,
    sql`update subscriptions set credit_cost_milli = ${change.creditCostMilli} where business_id = current_business() and id = ${id}`,
  )
  const held = addOnsFrom(change)
  if (held.length > 0 || before.addOns > 0) await writeHeld(tx, shop, id, held)
  await reshapeLine(tx, shop, id, product, extraConnections(held), now)
  if (change.takesEffect === 'now')
    await replaceRenewal(tx, shop, id, before.paidThrough, { unlessBusy: true, again: !cut }, now)
  await queueMessage(
    tx,
    shop,
    {
      template: 'plan_changed',
      claim: `plan_changed/${change.id}`,
      customerId: before.customerId,
      about: { subscription_id: id },
    },
    now,
  )
}

/** What was sold for later begins with the quantity that was sold. */
const addOnsFrom = ({ takesEffect, addOns }: StoredChange): HeldAddOn[] =>
  addOns.map((each) => ({
    ...each,
    quantity: takesEffect === 'now' ? each.quantity : each.renewsQuantity,
    fromPeriodId: null,
  }))
