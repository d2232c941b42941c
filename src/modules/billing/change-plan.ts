/**
 * A customer wants another plan, or staff do for him. What was previewed is what happens: more for the money is invoiced and takes
 * effect when that is paid, less waits for the next period. A wish can be taken back until money came for it.
 */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format } from '#platform/money.ts'
import { earlierOf, plusHours } from '#platform/time.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { findChange, insertChange, openChangeOf, type StoredChange, setChange } from '../subscriptions/plan-changes.ts'
import { instantOfPreview, outdated } from '../subscriptions/preview.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { piecesOf } from '../subscriptions/rules/add-on.ts'
import { applyAtOnce } from './apply-plan-change.ts'
import { takeBack as takeBackAddOn } from './change-add-ons.ts'
import { addOnItems, draftInvoice, issueInvoice, type NewItem } from './invoices.ts'
import { type PlanChangePreview, previewPlanChange } from './preview-plan-change.ts'
import { lockInvoice, renewalInvoiceOf } from './queries.ts'
import { replaceRenewal, withdrawInvoice } from './withdraw-invoice.ts'

/** For so long a difference is offered; afterwards more of the period is used than was counted. */
const offerHours = 48

export type AskedChange = { changeId: string; status: StoredChange['status']; invoiceId: string | null }

/** `fingerprint` is the preview's. Throws `conflict` when it would be another change by now. */
export function changePlan(
  shop: Shop,
  subscriptionId: string,
  planId: string,
  fingerprint: string,
  reason = '',
): Promise<AskedChange> {
  const now = shop.now()
  return transaction(shop, 'change-plan', (tx) => ask(tx, shop, subscriptionId, planId, fingerprint, reason, now))
}

async function ask(
  tx: Tx,
  shop: Shop,
  id: string,
  planId: string,
  fingerprint: string,
  reason: string,
  now: Temporal.Instant,
): Promise<AskedChange> {
  const before = await lockSubscription(tx, id)
  const preview = await previewPlanChange(tx, shop, id, planId, instantOfPreview(fingerprint, now))
  if (preview.fingerprint !== fingerprint) throw outdated(await asItIsNow(tx, shop, id, planId, now))
  await takeBack(tx, shop, id, 'another plan was chosen', now)
  await takeBackAddOn(tx, shop, id, 'another plan was chosen', now)
  const { change } = preview
  const invoiceId = change.dueMinor > 0n || change.restarts ? await invoiceFor(tx, shop, preview, now) : null
  const status = invoiceId === null ? 'scheduled' : 'awaiting_payment'
  const changeId = await insertChange(
    tx,
    shop,
    {
      subscriptionId: id,
      fromPlanId: before.planId,
      toPlanId: planId,
      takesEffect: change.takesEffect,
      status,
      priceMinor: preview.planPrice.minor,
      term: preview.nextTerm,
      creditCostMilli: preview.plan.creditCostMilli,
      chargeMinor: change.chargeMinor,
      creditMinor: change.creditMinor,
      restarts: change.restarts,
      invoiceId,
      // Time that is over cannot be changed any more.
      dueAt:
        invoiceId === null
          ? null
          : earlierOf(plusHours(now, offerHours), change.restarts ? plusHours(now, offerHours) : change.endsAt),
      addOns: preview.addOns.kept,
      converted: preview.converted.plan,
      reason,
    },
    now,
  )
  await changeSubscription(tx, shop, id, now, () => ({ event: 'plan_change_asked', next: {} }), {
    reason: `${preview.plan.name}${reason ? `: ${reason}` : ''}`,
  })
  if (change.takesEffect === 'at_end' && before.paidThrough !== null)
    await replaceRenewal(tx, shop, id, before.paidThrough, { unlessBusy: false, again: true }, now)
  const asked = await findChange(tx, changeId)
  if (asked !== null && change.takesEffect === 'now' && invoiceId === null) await applyAtOnce(tx, shop, asked, now)
  return { changeId, status: (await findChange(tx, changeId))?.status ?? status, invoiceId }
}

async function asItIsNow(tx: Tx, shop: Shop, id: string, planId: string, now: Temporal.Instant): Promise<string> {
  const { change, due, nextPrice } = await previewPlanChange(tx, shop, id, planId, now)
  return change.takesEffect === 'now'
    ? `It would now cost ${format(due)} at once and ${format(nextPrice)} at each renewal.`
    : `It would now begin with the next period, for ${format(nextPrice)}.`
}

/** The difference in one item; a period of its own beside what is credited for the old one. */
async function invoiceFor(tx: Tx, shop: Shop, preview: PlanChangePreview, now: Temporal.Instant): Promise<string> {
  const { subscription, plan, change, charge, credit, due } = preview
  const of = { subscriptionId: subscription.id, planId: plan.id }
  const converted = preview.converted.plan
  const items: NewItem[] = change.restarts
    ? [
        {
          ...of,
          kind: 'change',
          description: `Credit for the rest of the present plan`,
          amount: { minor: -credit.minor, currency: credit.currency },
        },
        { ...of, kind: 'period', description: plan.name, amount: preview.planPrice, term: preview.nextTerm, converted },
        ...addOnItems(piecesOf(preview.addOns.kept, 'quantity'), subscription, preview.converted.addOns),
      ]
    : [
        {
          ...of,
          kind: 'change',
          description: `${plan.name} for the rest of the period: ${format(charge)} less ${format(credit)} paid for it`,
          amount: due,
          converted,
        },
      ]
  const facts = {
    customerId: subscription.customerId,
    currency: subscription.currency,
    purpose: 'change',
    items,
  } as const
  const { id } = await draftInvoice(tx, shop, { ...facts, dueAt: plusHours(now, offerHours) }, now)
  await issueInvoice(tx, shop, await lockInvoice(tx, id), now)
  return id
}

/** Takes an open wish back: its invoice is withdrawn, the next period is the present plan's again. Nothing open: `conflict`. */
export function undoPlanChange(shop: Shop, subscriptionId: string, reason = ''): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'undo-plan-change', async (tx) => {
    await lockSubscription(tx, subscriptionId)
    if (!(await takeBack(tx, shop, subscriptionId, reason || 'taken back', now)))
      throw new Refusal('conflict', 'There is no change of plan to take back.')
  })
}

/** False: there was none. Throws where money came for it, or is on its way. */
async function takeBack(tx: Tx, shop: Shop, id: string, reason: string, now: Temporal.Instant): Promise<boolean> {
  const change = await openChangeOf(tx, id)
  if (change === null) return false
  if (change.status === 'paid')
    throw new Refusal('conflict', 'The next period is paid as the new plan already, so this cannot be taken back.')
  if (change.invoiceId !== null)
    await withdrawInvoice(tx, shop, await lockInvoice(tx, change.invoiceId), `change of plan: ${reason}`, now)
  await setChange(tx, change.id, 'canceled', null)
  const { paidThrough } = await changeSubscription(
    tx,
    shop,
    id,
    now,
    () => ({ event: 'plan_change_canceled', next: {} }),
    { reason },
  )
  if (change.takesEffect === 'at_end' && paidThrough !== null && (await renewalInvoiceOf(tx, id, paidThrough)) !== null)
    await replaceRenewal(tx, shop, id, paidThrough, { unlessBusy: false, again: true }, now)
  return true
}
