/** More or fewer of an add-on, for portal and console: what there is, and what the chosen number would mean. */
import type { Shop } from '#app.ts'
import { type AddOnPreview, addOnsOf, previewAddOn } from '#modules/billing/preview-add-ons.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { convertedInRow } from '#modules/catalog/rules/exchange.ts'
import { openAddOnChangeOf } from '#modules/subscriptions/add-ons.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { mostConnections } from '#modules/subscriptions/rules/add-on.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'

/** What was chosen, out of an address or a form; null: nothing, or nothing that could be meant. */
export function chosenAddOn(from: { get(name: string): unknown }): { addOnId: string; quantity: number } | null {
  const [addOnId, quantity] = [from.get('add_on'), from.get('quantity')]
  if (typeof addOnId !== 'string' || typeof quantity !== 'string' || !/^\d{1,2}$/.test(quantity)) return null
  return { addOnId, quantity: Math.min(Number(quantity), mostConnections - 1) }
}

export async function addOnPage(tx: Tx, shop: Shop, subscriptionId: string, chosen: ReturnType<typeof chosenAddOn>) {
  const subscription = await readSubscription(tx, subscriptionId)
  const plan = await findPlan(tx, subscription.planId)
  const known = await addOnsOf(tx, shop, subscription)
  const wanted = chosen !== null && known.some(({ addOn }) => addOn.id === chosen.addOnId) ? chosen : null
  return {
    planName: plan?.name ?? '',
    term: subscription.term,
    addOns: known.map(({ addOn, held, forSale }) => ({
      id: addOn.id,
      name: addOn.name,
      quantity: held.quantity,
      renewsQuantity: held.renewsQuantity,
      /** None can be added where it is not for sale any more. */
      most: forSale ? Math.max(addOn.maxQuantity, held.quantity) : Math.max(held.quantity, held.renewsQuantity),
      price: money(held.priceMinor, subscription.currency),
      breaks: held.breaks,
      chosen: wanted?.addOnId === addOn.id ? wanted.quantity : null,
    })),
    open: await openAddOn(tx, subscriptionId),
    ...(wanted === null ? { preview: null, refused: null } : await previewOrWhyNot(tx, shop, subscriptionId, wanted)),
  }
}

/** What cannot be had is said on the page, beside the choice. */
async function previewOrWhyNot(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  { addOnId, quantity }: { addOnId: string; quantity: number },
) {
  try {
    const preview = await previewAddOn(tx, shop, subscriptionId, addOnId, quantity, shop.now())
    return { preview: shownPreview(preview), refused: null }
  } catch (error) {
    if (error instanceof Refusal && ['conflict', 'not_sellable', 'invalid_input'].includes(error.code))
      return { preview: null, refused: error.message }
    throw error
  }
}

/** More that waits for its payment, in what pages show of it. */
export async function openAddOn(tx: Tx, subscriptionId: string) {
  const open = await openAddOnChangeOf(tx, subscriptionId)
  return open === null ? null : { name: open.name, quantity: open.toQuantity, invoiceId: open.invoiceId }
}

const shownPreview = ({
  addOn,
  held,
  quantity,
  change,
  due,
  price,
  nextPrice,
  converted,
  line,
  fingerprint,
}: AddOnPreview) => ({
  addOnId: addOn.id,
  name: addOn.name,
  before: held.quantity,
  quantity,
  takesEffect: change.takesEffect,
  at: change.at?.toString() ?? null,
  ...{ due, price, nextPrice, fingerprint },
  connections: line.connections,
  converted: convertedInRow(converted),
})

export type ShownAddOn = ReturnType<typeof shownPreview>

/** What the form confirms: nothing is taken from it but the names of things. */
export function confirmedAddOn(form: FormData): { addOnId: string; quantity: number; fingerprint: string } {
  const chosen = chosenAddOn(form)
  const fingerprint = form.get('fingerprint')
  if (chosen === null || typeof fingerprint !== 'string')
    throw new Refusal('invalid_input', 'Please choose a number.', [
      { pointer: '/quantity', code: 'required', detail: 'Please choose a number.' },
    ])
  return { ...chosen, fingerprint }
}
