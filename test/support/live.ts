/** A live business beside the world's own, as its owner would have set it up: a panel, a way to pay, products and plans. */
import { type Shop, transaction } from '#app.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { saveAddOn } from '#modules/catalog/add-ons.ts'
import { saveCoupon } from '#modules/catalog/coupons.ts'
import { savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { mapProduct, savePanel } from '#modules/lines/panels.ts'
import { attestRights, createBusiness, goLive, openShop } from '#modules/people/business.ts'
import { xuiHouse } from './panel-houses.ts'
import { byTransfer, familyMonthly } from './shop.ts'
import type { World } from './world.ts'

export async function liveBusiness(world: World, slug = 'live') {
  const { app } = world
  const businessId = await createBusiness(
    app,
    {
      slug,
      name: 'Harbour TV',
      mode: 'live',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      country: 'DE',
      brand: { color: '#1d5fd0' },
      supportEmail: 'help@harbour.example',
    },
    app.clock.now(),
  )
  const shop: Shop = await openShop(app, businessId, 'system')
  const made = await transaction(shop, 'set-up', async (tx) => {
    const panelId = await savePanel(tx, shop, {
      name: 'Panel A',
      kind: 'xui',
      settings: xuiHouse.settings(world.panelOrigin),
      weight: 1,
      capacity: null,
      drained: false,
    })
    const gatewayId = await saveGateway(tx, shop, byTransfer)
    const productId = await saveProduct(tx, shop, {
      name: 'Family',
      description: '',
      lineKind: 'line',
      connections: 2,
      outputs: ['hls', 'ts'],
      usernameStrategy: 'hybrid',
      passwordStrategy: 'generated',
      active: true,
      position: 0,
    })
    const planId = await savePlan(tx, shop, familyMonthly(productId, 'EUR'))
    await mapProduct(tx, shop, productId, [{ panelId, ...xuiHouse.package }])
    const addOnId = await saveAddOn(tx, shop, {
      kind: 'connection',
      name: 'Extra connection',
      maxQuantity: 3,
      active: true,
      position: 0,
      plans: [{ planId, creditCostMilli: 0n, prices: [{ currency: 'EUR', amountMinor: 300n, breaks: [] }] }],
    })
    const couponId = await saveCoupon(tx, shop, {
      code: 'WELCOME20',
      note: '',
      percent: 2_000,
      periods: 3,
      planIds: [planId],
      sums: [],
      oncePerCustomer: true,
      newCustomers: true,
      stock: 500,
      startsAt: null,
      endsAt: null,
      active: true,
    })
    await attestRights(tx, shop, 'system', shop.now())
    await goLive(tx, shop, shop.now())
    return { panelId, gatewayId, productId, planId, addOnId, couponId }
  })
  return { ...made, businessId, shop: await openShop(app, businessId, 'system') }
}
