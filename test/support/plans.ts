/** More to sell than the one plan that every world has. */
import { transaction } from '#app.ts'
import { type PlanFacts, savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { mapProduct } from '#modules/lines/panels.ts'
import type { OpenShop } from './shop.ts'

/** A plan beside the one of every world: `Family monthly`, 12.99 EUR for two screens. */
export async function anotherPlan(
  { shop, panelId }: Pick<OpenShop, 'shop' | 'panelId'>,
  facts: Partial<PlanFacts> & { amount: bigint; connections?: number; bouquets?: number[] },
): Promise<string> {
  const { amount, connections = 4, bouquets = [1, 2, 3, 4], ...plan } = facts
  return transaction(shop, 'another-plan', async (tx) => {
    const productId = await saveProduct(tx, shop, {
      name: 'Other',
      description: '',
      lineKind: 'line',
      connections,
      outputs: ['hls', 'ts'],
      usernameStrategy: 'hybrid',
      passwordStrategy: 'generated',
      active: true,
      position: 1,
    })
    await mapProduct(tx, shop, productId, [{ panelId, bouquets }])
    return savePlan(tx, shop, {
      productId,
      name: 'Other monthly',
      description: '',
      termUnit: 'month',
      termCount: 1,
      creditCostMilli: 2000n,
      trial: false,
      renewable: true,
      bestValue: false,
      active: true,
      position: 5,
      prices: [{ currency: shop.currency, amountMinor: amount, setupMinor: 0n }],
      ...plan,
    })
  })
}
