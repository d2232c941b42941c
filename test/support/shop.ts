/** A business that sells: panel, gateway, product and plan, each through its own door and its own live test. */
import { type App, type Shop, transaction } from '#app.ts'
import { findGateway, saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { type PlanFacts, savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { mapProduct, savePanel } from '#modules/lines/panels.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { attestRights, createBusiness, goLive, type NewBusiness, openShop } from '#modules/people/business.ts'
import { type PanelHouse, xuiHouse } from './panel-houses.ts'

/** Where the imitations are reached. */
export type Origins = { panel: string; gateway: string }

export type OpenShop = { shop: Shop; panelId: string; gatewayId: string; productId: string; planId: string }

/** `name` tells businesses of one world apart at the gateway. */
export async function openBusiness(
  app: App,
  origins: Origins,
  {
    house = xuiHouse,
    heeds,
    ...facts
  }: Partial<NewBusiness> & { slug: string; house?: PanelHouse; heeds?: (told: string) => Promise<void> | undefined },
): Promise<OpenShop> {
  const now = app.clock.now()
  const businessId = await createBusiness(
    app,
    {
      name: 'Northwind TV',
      mode: 'test',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      country: 'DE',
      supportEmail: 'help@shop.example',
      ...facts,
    },
    now,
  )
  const shop = await openShop(app, businessId, 'staff:setup')
  const account = { api_key: `sandbox_key_${facts.slug}`, notice_secret: `sandbox_notice_secret_${facts.slug}` }
  const made = await transaction(shop, 'set-up', async (tx) => {
    const panelId = await savePanel(tx, shop, {
      name: 'Panel A',
      kind: house.imitation.kind,
      settings: house.settings(origins.panel),
      weight: 1,
      capacity: null,
      drained: false,
    })
    const gatewayId = await saveGateway(tx, shop, {
      name: 'Sandbox',
      kind: 'sandbox',
      settings: { api_base: origins.gateway, ...account },
      active: true,
      position: 0,
    })
    await saveGateway(tx, shop, { ...byTransfer, position: 1 })
    const productId = await saveProduct(tx, shop, {
      name: 'Family',
      description: '',
      lineKind: house.lineKind ?? 'line',
      box: house.box ?? null,
      connections: (house.lineKind ?? 'line') === 'line' ? 2 : 1,
      outputs: ['hls', 'ts'],
      usernameStrategy: 'hybrid',
      passwordStrategy: 'generated',
      active: true,
      position: 0,
    })
    const planId = await savePlan(tx, shop, familyMonthly(productId, shop.currency))
    await mapProduct(tx, shop, productId, [{ panelId, ...house.package }])
    await attestRights(tx, shop, 'staff:setup', shop.now())
    await goLive(tx, shop, shop.now())
    return { panelId, gatewayId, productId, planId }
  })
  const opened = await openShop(app, businessId, 'system')
  await tryOut(opened, origins, made, account, heeds)
  return { shop: opened, ...made }
}

/** Money that staff confirm. */
export const byTransfer = {
  name: 'Bank transfer',
  kind: 'manual',
  settings: { instructions: 'Please transfer {amount} with the reference {reference}.' },
  active: true,
  position: 0,
}

export const familyMonthly = (productId: string, currency: string): PlanFacts => ({
  productId,
  name: 'Family monthly',
  description: '',
  termUnit: 'month',
  termCount: 1,
  creditCostMilli: 1000n,
  trial: false,
  renewable: true,
  bestValue: false,
  active: true,
  position: 0,
  prices: [{ currency, amountMinor: 1299n, setupMinor: 0n }],
})

/** What the wizard asks for before a shop may open: a line made and removed, a gateway that answers and knows where we are. */
async function tryOut(
  shop: Shop,
  origins: Origins,
  made: { panelId: string; gatewayId: string },
  account: { api_key: string; notice_secret: string },
  heeds?: (told: string) => Promise<void> | undefined,
): Promise<void> {
  const { app } = shop
  await app.http.request({
    provider: 'sandbox',
    method: 'POST',
    url: `${origins.gateway}/__accounts`,
    json: { ...account, notice_url: `https://shop.example/hooks/${made.gatewayId}` },
    writes: true,
  })
  const first = await testPanel(shop, made.panelId)
  if (!first.ok) await heeds?.(first.steps.map(({ detail }) => detail).join(' '))
  const test = first.ok ? first : await testPanel(shop, made.panelId)
  if (!test.ok) throw new Error(`the panel's live test failed: ${JSON.stringify(test.steps)}`)
  await testGateway(shop, made.gatewayId)
}

/** A gateway account as it is stored. */
export const gatewayOf = (shop: Shop, id: string) => transaction(shop, 'read-gateway', (tx) => findGateway(tx, id))
