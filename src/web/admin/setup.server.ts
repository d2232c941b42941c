/** Where each step of the wizard leads: to a new thing, or to the one that still waits for its test. */
import type { Shop } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { listPlans, listProducts } from '#modules/catalog/plans.ts'
import { listPanels } from '#modules/lines/panels.ts'
import type { Tx } from '#platform/db.ts'

export async function whereTo(
  tx: Tx,
  shop: Shop,
): Promise<Record<'mail' | 'panel' | 'gateway' | 'plan' | 'credits', string>> {
  const panels = await listPanels(tx)
  const gateways = await listGateways(tx)
  const [product, plan] = [(await listProducts(tx))[0], (await listPlans(tx))[0]]
  const first = [...shop.app.gateways.values()].find(({ capabilities }) => shop.livemode !== capabilities.testOnly)
  return {
    mail: '/admin/mail',
    credits: '/admin/wallet',
    panel: panels[0] === undefined ? '/admin/panels/new' : `/admin/panels/${panels[0].id}`,
    gateway:
      gateways[0] === undefined ? `/admin/gateways/new?kind=${first?.kind ?? ''}` : `/admin/gateways/${gateways[0].id}`,
    plan:
      plan !== undefined
        ? `/admin/plans/${plan.id}`
        : product === undefined
          ? '/admin/products/new'
          : `/admin/plans/new?product=${product.id}`,
  }
}
