/** Why a plan cannot be bought at the moment: what the console says beside it, in words that lead to the remedy. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { findProduct, type Plan } from '../catalog/plans.ts'
import { soldNow } from '../catalog/sold-price.ts'
import { barredPanels } from '../lines/route-line.ts'

export type Obstacle =
  | 'plan_off'
  | 'product_off'
  | 'no_price'
  | 'no_package'
  | 'panel_untested'
  | 'panels_closed'
  | 'no_room'

/** Empty when it can be sold in the shop's own currency. Whether the shop itself is open is another question. */
export async function whyNotSold(
  tx: Tx,
  shop: Shop,
  plan: Pick<Plan, 'productId' | 'active' | 'prices'>,
): Promise<Obstacle[]> {
  const product = await findProduct(tx, plan.productId)
  const obstacles: Obstacle[] = []
  if (!plan.active) obstacles.push('plan_off')
  if (product === null || !product.active) obstacles.push('product_off')
  if ((await soldNow(tx, shop, plan, shop.currency, shop.now())) === null) obstacles.push('no_price')
  return [...obstacles, ...(await whyNotDelivered(tx, plan.productId))]
}

async function whyNotDelivered(tx: Tx, productId: string): Promise<Obstacle[]> {
  const barriers = await barredPanels(tx, productId, null)
  if (barriers.length === 0) return ['no_package']
  if (barriers.includes(null)) return []
  if (barriers.includes('full')) return ['no_room']
  return [barriers.every((barrier) => barrier === 'untested') ? 'panel_untested' : 'panels_closed']
}
