/** Add-ons at the checkout: what is offered beside the plan, and what the form chose of it. */
import type { Shop } from '#app.ts'
import { addOnsFor } from '#modules/catalog/add-ons.ts'
import type { Offer } from '#modules/checkout/offers.ts'
import { mostConnections } from '#modules/subscriptions/rules/add-on.ts'
import type { Tx } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import { valuesOf } from '#web/failure.ts'
import { appliedField, type CheckoutTax, chosenSums, type OfferedBeside, quantityField } from './chosen-sums.ts'

/** None beside a trial: it has nothing that could be added to. */
export async function addOnsOffered(tx: Tx, shop: Shop, { plan, product, price }: Offer): Promise<OfferedBeside[]> {
  const offered = plan.trial ? [] : await addOnsFor(tx, shop, plan.id, price.currency, shop.now())
  return offered.flatMap(({ addOn, priceMinor, breaks }) => {
    const most = Math.min(addOn.maxQuantity, mostConnections - product.connections)
    const each = money(priceMinor, price.currency)
    const screens = addOn.kind === 'connection'
    const reached = breaks.filter(({ from }) => from <= most)
    return most < 1 ? [] : [{ id: addOn.id, name: addOn.name, most, price: each, breaks: reached, screens }]
  })
}

/** What was chosen, each at its place in the offer, so that a refusal finds its field; and what it all costs today. */
export function chosenOf(
  form: FormData,
  offer: Offer,
  base: Offer['price'],
  addOns: readonly OfferedBeside[],
  tax: CheckoutTax | null,
) {
  const values = valuesOf(form)
  const beside = { base, price: offer.price, plan: { connections: offer.product.connections }, addOns, tax }
  const { extra } = chosenSums(beside, values)
  // What is no number is left for the order to refuse, beside its field.
  const count = (typed: string) => (/^\d{0,3}$/.test(typed) ? Number(typed) : -1)
  return {
    extraMinor: extra,
    /** With what was just learned of the coupon. */
    todayWith: (applied: string) => chosenSums(beside, { ...values, [appliedField]: applied }).today,
    addOns: addOns.map(({ id }, at) => ({ addOnId: id, quantity: count(values[quantityField(at)] ?? '') })),
  }
}
