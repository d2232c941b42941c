/** An extra connection to sell beside the plan that every world has. */
import { transaction } from '#app.ts'
import { saveAddOn } from '#modules/catalog/add-ons.ts'
import type { PriceBreak } from '#modules/catalog/rules.ts'
import type { OpenShop } from './shop.ts'

/** At most four of it, at `amount` beside the world's own plan and at what `also` says beside others; `breaks` beside each. */
export function connectionAddOn(
  { shop, planId }: Pick<OpenShop, 'shop' | 'planId'>,
  amount: bigint,
  also: Record<string, bigint> = {},
  breaks: readonly PriceBreak[] = [],
): Promise<string> {
  const plans = Object.entries({ [planId]: amount, ...also }).map(([id, minor]) => ({
    planId: id,
    creditCostMilli: 500n,
    prices: [{ currency: shop.currency, amountMinor: minor, breaks }],
  }))
  return transaction(shop, 'an-add-on', (tx) =>
    saveAddOn(tx, shop, {
      kind: 'connection',
      name: 'Extra connection',
      maxQuantity: 4,
      active: true,
      position: 0,
      plans,
    }),
  )
}
