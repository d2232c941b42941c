/** The demo's business as its owner would set it up, through the same doors: brand, panels, gateways, products, plans. */
import { type App, type Shop, transaction } from '#app.ts'
import { saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { saveAddOn } from '#modules/catalog/add-ons.ts'
import { saveCoupon } from '#modules/catalog/coupons.ts'
import { type PlanFacts, type ProductFacts, savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { differenceSetting, saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import { mapProduct, savePanel } from '#modules/lines/panels.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { attestRights, createBusiness, goLive, openShop } from '#modules/people/business.ts'
import { makeBatch } from '#modules/vouchers/make-batch.ts'
import { assert } from '#platform/errors.ts'

export type PanelAddress = { url: string; apiKey: string; viewerHost: string; viewerPort: number }
export type GatewayAddress = { apiBase: string; apiKey: string; noticeSecret: string }

export type Catalog = {
  businessId: string
  panelIds: readonly string[]
  sandboxId: string
  bankId: string
  plans: Readonly<Record<PlanKey, string>>
}
export type PlanKey = 'trial' | 'solo' | 'family' | 'family_quarter' | 'family_year' | 'household'

export async function setUpShop(app: App, panels: readonly PanelAddress[], gateway: GatewayAddress): Promise<Catalog> {
  const businessId = await createBusiness(
    app,
    {
      slug: 'northwind',
      name: 'Northwind TV',
      mode: 'test',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      country: 'DE',
      brand: { color: '#1d5fd0', tagline: 'Television for the whole house' },
      legal: { name: 'Northwind TV (demo)', address: ['Example Street 1', '10115 Berlin', 'Germany'] },
      supportEmail: 'help@northwind.example',
      abuseEmail: 'abuse@northwind.example',
    },
    app.clock.now(),
  )
  const shop = await openShop(app, businessId, 'system')
  const made = await transaction(shop, 'set-up', async (tx) => {
    const panelIds: string[] = []
    for (const [index, address] of panels.entries())
      panelIds.push(
        await savePanel(tx, shop, { ...panelFacts(address), name: index === 0 ? 'Panel North' : 'Panel South' }),
      )
    const gateways = await saveGateways(tx, shop, gateway)
    const plans = await savePlans(tx, shop, panelIds)
    await saveDifferenceSettings(tx, shop, patientPanels)
    await attestRights(tx, shop, 'system', shop.now())
    await goLive(tx, shop, shop.now())
    return { panelIds, ...gateways, plans }
  })
  for (const id of made.panelIds) {
    const test = await testPanel(shop, id)
    assert(test.ok, `the demo's panel passes its live test: ${JSON.stringify(test.steps)}`)
  }
  await testGateway(shop, made.sandboxId)
  return { businessId, ...made }
}

type Tx = Parameters<typeof saveProduct>[0]

/** The demo's panels run on this machine and bear it; at the pace that spares a real one its five months would stand still for half a minute. */
const patientPanels = { ...differenceSetting.schema.parse({}), requests_per_second: 50 }

export const panelFacts = ({ url, apiKey, viewerHost, viewerPort }: PanelAddress) => ({
  kind: 'xui',
  settings: { url, api_key: apiKey, viewer_scheme: 'http', viewer_host: viewerHost, viewer_port: viewerPort },
  weight: 1,
  capacity: null,
  drained: false,
})

export const gatewayFacts = ({ apiBase, apiKey, noticeSecret }: GatewayAddress) => ({
  name: 'Sandbox card',
  kind: 'sandbox',
  settings: { api_base: apiBase, api_key: apiKey, notice_secret: noticeSecret },
  active: true,
  position: 0,
})

async function saveGateways(tx: Tx, shop: Shop, address: GatewayAddress) {
  const sandboxId = await saveGateway(tx, shop, gatewayFacts(address))
  const bankId = await saveGateway(tx, shop, {
    name: 'Bank transfer',
    kind: 'bank_transfer',
    settings: {
      account_holder: 'Nobody: this is a demo',
      iban: 'DE79 0000 0000 1234 5678 90', // The digits are right, the bank does not exist.
      note: 'This is a demo: please transfer nothing.',
    },
    active: true,
    position: 1,
  })
  return { sandboxId, bankId }
}

const product = (name: string, description: string, connections: number, position: number): ProductFacts => ({
  name,
  description,
  lineKind: 'line',
  connections,
  outputs: ['hls', 'ts'],
  usernameStrategy: 'hybrid',
  passwordStrategy: 'generated',
  active: true,
  position,
})

async function savePlans(tx: Tx, shop: Shop, panelIds: readonly string[]): Promise<Catalog['plans']> {
  const solo = await saveProduct(tx, shop, product('Solo', 'One screen, general channels.', 1, 0))
  const family = await saveProduct(tx, shop, product('Family', 'Two screens, all channels and films.', 2, 1))
  const household = await saveProduct(tx, shop, product('Household', 'Four screens, all channels and films.', 4, 2))
  const bouquets: [string, number[]][] = [
    [solo, [1, 4]],
    [family, [1, 2, 3, 4]],
    [household, [1, 2, 3, 4]],
  ]
  for (const [productId, ids] of bouquets)
    await mapProduct(
      tx,
      shop,
      productId,
      panelIds.map((panelId) => ({ panelId, bouquets: ids })),
    )
  let position = 0
  const plan = (
    productId: string,
    name: string,
    unit: PlanFacts['termUnit'],
    count: number,
    amount: bigint,
    more: Partial<PlanFacts> = {},
  ) =>
    savePlan(tx, shop, {
      productId,
      name,
      description: '',
      termUnit: unit,
      termCount: count,
      creditCostMilli: 0n,
      trial: false,
      renewable: true,
      bestValue: false,
      active: true,
      position: position++,
      prices: [{ currency: 'EUR', amountMinor: amount, setupMinor: 0n }],
      ...more,
    })
  const plans = {
    trial: await plan(solo, 'Trial', 'hour', 24, 0n, {
      trial: true,
      renewable: false,
      description: 'A day to look around. No payment.',
    }),
    solo: await plan(solo, 'Solo', 'month', 1, 799n, { description: 'For one television.' }),
    family: await plan(family, 'Family', 'month', 1, 1299n, { description: 'For two televisions.' }),
    family_quarter: await plan(family, 'Family, 3 months', 'month', 3, 3499n, {
      bestValue: true,
      description: 'For two televisions, cheaper by the quarter.',
    }),
    family_year: await plan(family, 'Family, 12 months', 'year', 1, 11_900n, {
      description: 'For two televisions, two months free.',
    }),
    household: await plan(household, 'Household', 'month', 1, 1999n, { description: 'For up to four televisions.' }),
  }
  // A piece costs three euros a month, wherever it is, and a sixth less where there are three.
  const sold: [string, bigint][] = [
    [plans.solo, 300n],
    [plans.family, 300n],
    [plans.family_quarter, 900n],
    [plans.family_year, 3_600n],
    [plans.household, 300n],
  ]
  await saveAddOn(tx, shop, {
    kind: 'connection',
    name: 'Extra connection',
    maxQuantity: 3,
    active: true,
    position: 0,
    plans: sold.map(([planId, amountMinor]) => ({
      planId,
      creditCostMilli: 0n,
      prices: [{ currency: 'EUR', amountMinor, breaks: [{ from: 3, amountMinor: (amountMinor * 5n) / 6n }] }],
    })),
  })
  await saveCoupon(tx, shop, {
    code: 'WELCOME20',
    note: 'On the leaflet',
    percent: 2_000,
    periods: 3,
    planIds: [],
    sums: [],
    oncePerCustomer: true,
    newCustomers: true,
    stock: 500,
    startsAt: null,
    endsAt: null,
    active: true,
  })
  await makeBatch(
    tx,
    shop,
    {
      name: 'Kiosks, spring',
      planId: plans.family,
      value: null,
      count: 20,
      price: { minor: 1_000n, currency: 'EUR' },
      soldTo: 'Kiosk Meyer',
      lastUseAt: null,
    },
    shop.now(),
  )
  return plans
}
