/** Add-ons take effect: more when it is paid, another quantity when the period begins that was sold with it. */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { isAfter, plusHours } from '#platform/time.ts'
import { queueMessage } from '../messages/queue-message.ts'
import {
  addOnChangeApplied,
  addOnChangeOfInvoice,
  cancelAddOnChange,
  hasBegun,
  heldOf,
  openAddOnChangeOf,
  periodOfItem,
  putOffAddOnChange,
  saveHeld,
} from '../subscriptions/add-ons.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { type HeldAddOn, quantityFrom } from '../subscriptions/rules/add-on.ts'
import { itemsOf, lockInvoice } from './queries.ts'
import { canBeWithdrawn, replaceRenewal, withdrawInvoice } from './withdraw-invoice.ts'

/** The item `add_on` of an invoice was paid. Beside a period it only says what that cost; alone it gives more at once. */
export async function applyPaidAddOn(
  tx: Tx,
  shop: Shop,
  item: { invoiceId: string; subscriptionId: string },
  now: Temporal.Instant,
): Promise<void> {
  const change = await addOnChangeOfInvoice(tx, item.invoiceId)
  if (change === null || change.status === 'applied') return
  const { paidThrough } = await lockSubscription(tx, item.subscriptionId)
  await addOnChangeApplied(tx, change.id, now, paidThrough !== null && isAfter(paidThrough, now) ? paidThrough : null)
  const more = change.toQuantity - change.fromQuantity
  await giveMore(tx, shop, item.subscriptionId, { ...change, more }, now)
}

/** `more` of it from now on, at the price that was agreed; an open renewal invoice asks for it, too. */
export async function giveMore(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  given: Pick<HeldAddOn, 'addOnId' | 'kind' | 'name' | 'priceMinor' | 'breaks' | 'creditCostMilli'> & { more: number },
  now: Temporal.Instant,
): Promise<void> {
  const { more, ...agreed } = given
  const { addOnId, name } = agreed
  const before = await lockSubscription(tx, subscriptionId)
  const held = await heldOf(tx, subscriptionId)
  const { kind, priceMinor, breaks, creditCostMilli } = agreed
  const none = {
    ...{ addOnId, kind, name, priceMinor, breaks, creditCostMilli },
    quantity: 0,
    renewsQuantity: 0,
    fromPeriodId: null,
  }
  const known = held.find((each) => each.addOnId === addOnId) ?? none
  const quantity = known.quantity + more
  // What was to become fewer has become more: from now on it is all of them.
  const then = { ...known, quantity, renewsQuantity: Math.max(quantity, known.renewsQuantity) }
  await saveHeld(tx, shop, subscriptionId, [...held.filter((each) => each.addOnId !== addOnId), then], now)
  await tell(tx, shop, before, `${name}: ${known.quantity} → ${quantity}`, now)
  if (before.paidThrough !== null)
    await replaceRenewal(tx, shop, subscriptionId, before.paidThrough, { unlessBusy: true, again: true }, now)
}

/** A period was paid: where it was sold with another quantity, that holds when it begins, which may be now. */
export async function beginWithAddOns(
  tx: Tx,
  shop: Shop,
  item: { id: string; invoiceId: string; subscriptionId: string },
  starts: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  const held = await heldOf(tx, item.subscriptionId)
  const paid = new Map((await itemsOf(tx, item.invoiceId)).map((each) => [each.addOnId, each.quantity]))
  const then = held.map((each) => ({ ...each, to: quantityFrom(each, paid.get(each.addOnId) ?? 0) }))
  if (then.every(({ quantity, to }) => quantity === to)) return
  if (isAfter(starts, now)) {
    const fromPeriodId = await periodOfItem(tx, item.id)
    await saveHeld(
      tx,
      shop,
      item.subscriptionId,
      then.map(({ to, ...each }) => {
        // An earlier period that was paid with as many already begins with them: this one only goes on so.
        const known = each.fromPeriodId !== null && each.renewsQuantity === to
        return each.quantity === to || known ? each : { ...each, renewsQuantity: to, fromPeriodId }
      }),
      now,
    )
  } else {
    await saveHeld(
      tx,
      shop,
      item.subscriptionId,
      then.map(({ to, ...each }) => ({ ...each, quantity: to })),
      now,
    )
    await tell(tx, shop, await lockSubscription(tx, item.subscriptionId), changed(then), now)
  }
}

const changed = (then: readonly (HeldAddOn & { to: number })[]): string =>
  then.flatMap(({ name, quantity, to }) => (quantity === to ? [] : [`${name}: ${quantity} → ${to}`])).join(', ')

/** The sweep's way: an offer that nobody paid, or a period that begins with another quantity. A second call changes nothing. */
export async function moveAddOns(shop: Shop, subscriptionId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'move-add-ons', async (tx) => {
    await lapse(tx, shop, subscriptionId, now)
    const subscription = await lockSubscription(tx, subscriptionId)
    // What rests has the end of its old period still before it.
    if (subscription.status === 'paused') return
    const held = await heldOf(tx, subscriptionId)
    const then: (HeldAddOn & { to: number })[] = []
    for (const each of held) {
      const begins = each.fromPeriodId !== null && (await hasBegun(tx, each.fromPeriodId, now))
      then.push({
        ...each,
        to: begins ? each.renewsQuantity : each.quantity,
        fromPeriodId: begins ? null : each.fromPeriodId,
      })
    }
    if (then.every(({ fromPeriodId }, index) => fromPeriodId === held[index]?.fromPeriodId)) return
    await saveHeld(
      tx,
      shop,
      subscriptionId,
      then.map(({ to, ...each }) => ({ ...each, quantity: to })),
      now,
    )
    await tell(tx, shop, subscription, changed(then), now)
  })
}

async function lapse(tx: Tx, shop: Shop, subscriptionId: string, now: Temporal.Instant): Promise<void> {
  const open = await openAddOnChangeOf(tx, subscriptionId)
  if (open === null || open.invoiceId === null || open.dueAt === null || isAfter(open.dueAt, now)) return
  const invoice = await lockInvoice(tx, open.invoiceId)
  if (invoice.status !== 'open' && invoice.status !== 'draft') return
  // Money may still come of it, or a part of it came: it waits for the rest.
  if (!(await canBeWithdrawn(tx, invoice))) return void (await putOffAddOnChange(tx, open.id, plusHours(now, 6)))
  await withdrawInvoice(tx, shop, invoice, 'the add-on was not paid in time', now)
  await cancelAddOnChange(tx, open.id)
  await changeSubscription(tx, shop, subscriptionId, now, () => ({ event: 'add_ons_lapsed', next: {} }), {
    reason: open.name,
  })
}

/** History and customer learn of it together. */
async function tell(
  tx: Tx,
  shop: Shop,
  { id, customerId }: { id: string; customerId: string },
  what: string,
  now: Temporal.Instant,
): Promise<void> {
  await changeSubscription(tx, shop, id, now, () => ({ event: 'add_ons_changed', next: {} }), { reason: what })
  await queueMessage(
    tx,
    shop,
    {
      template: 'add_ons_changed',
      claim: `add_ons_changed/${id}/${now.epochNanoseconds}`,
      customerId,
      about: { subscription_id: id },
    },
    now,
  )
}
