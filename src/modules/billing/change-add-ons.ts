/**
 * A customer wants more or fewer of an add-on, or staff do for him. What was previewed is what happens: more is invoiced and given when
 * that is paid, fewer waits for the next period. A wish for more can be taken back until money came for it.
 */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format, money } from '#platform/money.ts'
import { earlierOf, plusHours } from '#platform/time.ts'
import { eachOf } from '../catalog/rules.ts'
import { cancelAddOnChange, heldOf, insertAddOnChange, openAddOnChangeOf, saveHeld } from '../subscriptions/add-ons.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { instantOfPreview, outdated } from '../subscriptions/preview.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { giveMore } from './apply-add-ons.ts'
import { draftInvoice, issueInvoice } from './invoices.ts'
import { type AddOnPreview, previewAddOn } from './preview-add-ons.ts'
import { lockInvoice } from './queries.ts'
import { replaceRenewal, withdrawInvoice } from './withdraw-invoice.ts'

/** For so long more is offered at what was counted, as a change of plan is. */
const offerHours = 48

/** `invoiceId`: what is to be paid first; null: it took effect, or waits for the next period. */
export type AskedAddOn = { invoiceId: string | null }

/** `quantity` is what it shall have in all. `fingerprint` is the preview's. Throws `conflict` when it would be another change by now. */
export function changeAddOn(
  shop: Shop,
  subscriptionId: string,
  wish: { addOnId: string; quantity: number },
  fingerprint: string,
  reason = '',
): Promise<AskedAddOn> {
  const now = shop.now()
  return transaction(shop, 'change-add-on', async (tx) => {
    await lockSubscription(tx, subscriptionId)
    const look = (asOf: Temporal.Instant) => previewAddOn(tx, shop, subscriptionId, wish.addOnId, wish.quantity, asOf)
    const preview = await look(instantOfPreview(fingerprint, now))
    if (preview.fingerprint !== fingerprint) throw outdated(asItIsNow(await look(now)))
    await takeBack(tx, shop, subscriptionId, 'something else was chosen', now)
    return preview.change.takesEffect === 'now'
      ? askForMore(tx, shop, preview, reason, now)
      : planForNext(tx, shop, preview, reason, now)
  })
}

const asItIsNow = ({ change, due, nextPrice }: AddOnPreview): string =>
  change.takesEffect === 'now'
    ? `It would now cost ${format(due)} at once and ${format(nextPrice)} at each renewal.`
    : `It would now begin with the next period, for ${format(nextPrice)}.`

const said = (preview: AddOnPreview, reason: string) => ({
  reason: `${preview.addOn.name}: ${preview.held.quantity} → ${preview.quantity}${reason ? `; ${reason}` : ''}`,
})

async function askForMore(
  tx: Tx,
  shop: Shop,
  preview: AddOnPreview,
  reason: string,
  now: Temporal.Instant,
): Promise<AskedAddOn> {
  const { subscription, addOn, held, change } = preview
  const invoiceId = change.dueMinor > 0n ? await invoiceFor(tx, shop, preview, now) : null
  const lapses = earlierOf(plusHours(now, offerHours), subscription.paidThrough ?? now)
  await insertAddOnChange(
    tx,
    shop,
    {
      subscriptionId: subscription.id,
      addOnId: addOn.id,
      fromQuantity: held.quantity,
      toQuantity: preview.quantity,
      priceMinor: held.priceMinor,
      breaks: held.breaks,
      creditCostMilli: held.creditCostMilli,
      chargeMinor: change.dueMinor,
      invoiceId,
      dueAt: invoiceId === null ? null : lapses,
      reason,
    },
    now,
  )
  await changeSubscription(
    tx,
    shop,
    subscription.id,
    now,
    () => ({ event: 'add_ons_asked', next: {} }),
    said(preview, reason),
  )
  if (invoiceId === null) await giveMore(tx, shop, subscription.id, { ...held, more: change.more }, now)
  return { invoiceId }
}

/** Where the number decides on the price, the row says what is compared: each side at its own. */
function insteadOf({ held, quantity, subscription }: AddOnPreview): string {
  const side = (count: number) => `${count} × ${format(money(eachOf(held, count), subscription.currency))}`
  if (held.breaks.length === 0 || held.quantity === 0) return ''
  return `: ${side(quantity)} instead of ${side(held.quantity)}`
}

async function invoiceFor(tx: Tx, shop: Shop, preview: AddOnPreview, now: Temporal.Instant): Promise<string> {
  const { subscription, addOn, change, due } = preview
  const { id } = await draftInvoice(
    tx,
    shop,
    {
      customerId: subscription.customerId,
      currency: subscription.currency,
      purpose: 'change',
      dueAt: plusHours(now, offerHours),
      items: [
        {
          kind: 'add_on',
          description: `${addOn.name} for the rest of the period${insteadOf(preview)}`,
          amount: due,
          quantity: change.more,
          subscriptionId: subscription.id,
          addOnId: addOn.id,
          converted: preview.converted,
        },
      ],
    },
    now,
  )
  await issueInvoice(tx, shop, await lockInvoice(tx, id), now)
  return id
}

/** The next renewal asks for it; one that is out already is taken back, and its successor issued at once. */
async function planForNext(
  tx: Tx,
  shop: Shop,
  preview: AddOnPreview,
  reason: string,
  now: Temporal.Instant,
): Promise<AskedAddOn> {
  const { subscription, held, quantity } = preview
  const others = (await heldOf(tx, subscription.id)).filter(({ addOnId }) => addOnId !== held.addOnId)
  await saveHeld(tx, shop, subscription.id, [...others, { ...held, renewsQuantity: quantity }], now)
  await changeSubscription(
    tx,
    shop,
    subscription.id,
    now,
    () => ({ event: 'add_ons_planned', next: {} }),
    said(preview, reason),
  )
  if (subscription.paidThrough !== null)
    await replaceRenewal(tx, shop, subscription.id, subscription.paidThrough, { unlessBusy: false, again: true }, now)
  return { invoiceId: null }
}

/** Takes an open wish for more back and withdraws its invoice. Nothing open: `conflict`. */
export function undoAddOn(shop: Shop, subscriptionId: string, reason = ''): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'undo-add-on', async (tx) => {
    await lockSubscription(tx, subscriptionId)
    if (!(await takeBack(tx, shop, subscriptionId, reason || 'taken back', now)))
      throw new Refusal('conflict', 'No add-on waits for its payment.')
  })
}

/** False: there was none. Throws where money came for it, or is on its way. */
export async function takeBack(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const open = await openAddOnChangeOf(tx, subscriptionId)
  if (open === null) return false
  if (open.invoiceId !== null)
    await withdrawInvoice(tx, shop, await lockInvoice(tx, open.invoiceId), `add-on: ${reason}`, now)
  await cancelAddOnChange(tx, open.id)
  await changeSubscription(tx, shop, subscriptionId, now, () => ({ event: 'add_ons_canceled', next: {} }), {
    reason: `${open.name}: ${reason}`,
  })
  return true
}
