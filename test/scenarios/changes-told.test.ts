/** Whoever changed a price, a gateway or what was agreed: history tells how it was and how it is, who did it, and no secret. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { findGateway, saveGateway } from '#modules/billing/gateways.ts'
import { saveRate } from '#modules/billing/tax/settings.ts'
import { saveCoupon } from '#modules/catalog/coupons.ts'
import { typeRate } from '#modules/catalog/exchange.ts'
import { findPlan, savePlan } from '#modules/catalog/plans.ts'
import { changeShop } from '#modules/checkout/change-shop.ts'
import { exportEvents } from '#modules/events/queries.ts'
import { readPanel, savePanel } from '#modules/lines/panels.ts'
import { openShop } from '#modules/people/business.ts'
import { changeCustomer } from '#modules/people/customers.ts'
import { saveLimits } from '#modules/people/limits.ts'
import { buyCredits, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { saveResumeOrder } from '#modules/reselling/save-resume-order.ts'
import { saveTerms } from '#modules/reselling/save-terms.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { saveOwnAlarm } from '#modules/reselling/wallet-alarm.ts'
import type { Tx } from '#platform/db.ts'
import { joins } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** The newest of a type. */
const told = async (shop: Shop, type: string) => {
  const [event] = await read(shop, (tx) => exportEvents(tx, { type }, 1))
  return present(event)
}

const does = (shop: Shop, work: (tx: Tx) => Promise<unknown>) => transaction(shop, 'change', work)

const ours = async (world: World): Promise<Shop> => openShop(world.app, world.businessId, 'staff:mem_ours')

scenario(
  'prices, gateways, panels, coupons and the shop itself are told as they were and as they are',
  async (world) => {
    await world.customer('ana').buys()
    const shop = await ours(world)
    const plan = present(await read(shop, (tx) => findPlan(tx, world.planId)))
    const [price] = plan.prices
    const dearer = { ...present(price), amountMinor: 9_900n }
    await does(shop, (tx) => savePlan(tx, shop, { ...plan, prices: [dearer] }, plan.id))
    expect(await told(shop, 'plan.changed')).toMatchObject({
      actor: 'staff:mem_ours',
      data: {
        from: { prices: [{ currency: 'EUR', amount_minor: String(present(price).amountMinor), setup_minor: '0' }] },
        to: { prices: [{ currency: 'EUR', amount_minor: '9900', setup_minor: '0' }] },
      },
    })
    expect(Object.keys((await told(shop, 'plan.changed')).data.to as object)).toEqual(['prices'])

    const gateway = present(await read(shop, (tx) => findGateway(tx, world.gatewayId)))
    const { kind, position, settings } = gateway
    const wished = { ...settings, api_key: 'a-key-nobody-reads', notice_secret: '' }
    await does(shop, (tx) =>
      saveGateway(tx, shop, { name: 'Cards', kind, settings: wished, active: false, position }, gateway.id),
    )
    expect((await told(shop, 'gateway.changed')).data).toEqual({
      from: { name: gateway.name, active: true, api_key: '(secret)' },
      to: { name: 'Cards', active: false, api_key: '(secret)' },
    })

    const panel = await read(shop, (tx) => readPanel(tx, world.panelId))
    const other = { ...panel.settings, api_key: 'another-key-nobody-reads' }
    await does(shop, (tx) => savePanel(tx, shop, { ...panel, settings: other, weight: 7 }, panel.id))
    expect((await told(shop, 'panel.changed')).data).toMatchObject({
      from: { weight: panel.weight, api_key: '(secret)' },
      to: { weight: 7, api_key: '(secret)' },
    })

    const facts = {
      ...{ code: 'SPRING', note: '', percent: 1_000, periods: 1, planIds: [], sums: [], oncePerCustomer: false },
      ...{ newCustomers: false, stock: null, startsAt: null, endsAt: null, active: true },
    }
    let coupon = ''
    await does(shop, async (tx) => {
      coupon = await saveCoupon(tx, shop, facts)
    })
    expect((await told(shop, 'coupon.created')).data).toMatchObject({ code: 'SPRING', to: { percent: 1_000 } })
    await does(shop, (tx) => saveCoupon(tx, shop, { ...facts, percent: 9_900, planIds: [plan.id] }, coupon))
    expect((await told(shop, 'coupon.changed')).data).toEqual({
      code: 'SPRING',
      from: { percent: 1_000, plan_ids: [] },
      to: { percent: 9_900, plan_ids: [plan.id] },
    })

    await does(shop, (tx) => changeShop(tx, shop, { name: 'Other TV', supportEmail: 'ana@example.net' }))
    expect((await told(shop, 'business.changed')).data).toMatchObject({
      from: { name: shop.name },
      to: { name: 'Other TV', support_email: '(not kept)' },
    })
    const customer = await world.customer('ana').id()
    await does(shop, (tx) => changeCustomer(tx, shop, customer, { name: 'Ana B.', netDays: 14 }, shop.now()))
    expect((await told(shop, 'customer.changed')).data).toMatchObject({
      from: { net_days: null },
      to: { net_days: 14, name: '(not kept)' },
    })

    const rate = { country: 'DE', region: '', validFrom: '2026-01-01' }
    await does(shop, (tx) => saveRate(tx, shop, { ...rate, percent: '19' }))
    await does(shop, (tx) => saveRate(tx, shop, { ...rate, percent: '7' }))
    expect((await told(shop, 'settings.changed')).data).toMatchObject({
      ...{ setting: 'tax_rates', country: 'DE', valid_from: '2026-01-01' },
      ...{ from: { percent: '19' }, to: { percent: '7' } },
    })
    await does(shop, (tx) => typeRate(tx, shop, { currency: 'USD', rate: '1.1', day: '2026-01-01' }))
    await does(shop, (tx) => typeRate(tx, shop, { currency: 'USD', rate: '1.2', day: '2026-01-01' }))
    expect((await told(shop, 'settings.changed')).data).toMatchObject({
      ...{ setting: 'exchange_rates', currency: 'USD', from: { rate: '1.1' }, to: { rate: '1.2' } },
    })
    const all = JSON.stringify(await read(shop, (tx) => exportEvents(tx, {}, 1_000)))
    for (const hidden of ['nobody-reads', 'ana@example.net', 'Ana B.']) expect(all).not.toContain(hidden)
  },
)

scenario(
  'what is agreed with a reseller is told to his supplier; what his own people decide, to him with their names',
  async (world) => {
    const shop = await ours(world)
    const joined = await joins(world, { slug: 'south', credits: 9_000n })
    const south = await openShop(world.app, joined.businessId, 'staff:mem_his')
    const resellerId = south.businessId
    const share = (costMilli: bigint) =>
      does(shop, (tx) =>
        sharePlan(tx, shop, {
          ...{ resellerId, planId: world.planId },
          ...{ ...standardTerms, costMilli, breaks: [{ from: 10, costMilli: costMilli / 2n }], leastMinor: 500n },
        }),
      )
    await share(2_000n)
    await share(1_000n)
    expect((await told(shop, 'plan.shared')).data).toEqual({
      reseller: resellerId,
      from: { cost_milli: '2000', breaks: [{ from: 10, cost_milli: '1000' }] },
      to: { cost_milli: '1000', breaks: [{ from: 10, cost_milli: '500' }] },
    })
    const limits = { requestsPerMinute: 60, mailsPerDay: null, linesPerDay: null, trialsPerDay: null }
    await does(shop, (tx) => saveLimits(tx, shop, resellerId, limits))
    await does(shop, (tx) => saveLimits(tx, shop, resellerId, { ...limits, requestsPerMinute: 600, linesPerDay: 5 }))
    expect((await told(shop, 'reseller.limits_changed')).data).toEqual({
      from: { requests_per_minute: 60, lines_per_day: null },
      to: { requests_per_minute: 600, lines_per_day: 5 },
    })
    await does(shop, (tx) => saveTerms(tx, shop, resellerId, { recovers: 'unused' }))
    expect((await told(shop, 'reseller.terms_changed')).data).toEqual({
      from: { recovers: 'nothing' },
      to: { recovers: 'unused' },
    })
    const pack = { name: 'Ten', creditsMilli: 10_000n, currency: 'EUR', priceMinor: 1_000n, active: true }
    const { id: packId } = await transaction(shop, 'pack', (tx) => savePack(tx, shop, pack))
    await does(shop, (tx) => savePack(tx, shop, { ...pack, priceMinor: 900n }, packId))
    expect((await told(shop, 'credit_pack.changed')).data).toEqual({
      from: { price_minor: '1000' },
      to: { price_minor: '900' },
    })

    // His own people: in his history by name, in his supplier's by their business.
    const both = async (what: string, inHis: string) => {
      const [his, supplier] = [await told(south, inHis), await told(shop, what)]
      expect([his.actor, supplier.actor]).toEqual(['staff:mem_his', `reseller:${resellerId}`])
      expect(supplier.data).toEqual(his.data)
      return his.data
    }
    await saveTopUp(south, { underMilli: 1_000n, packId, perDay: 2 })
    expect(await both('reseller.top_up_changed', 'wallet.top_up_changed')).toEqual({
      from: { under_milli: null, pack_id: null, per_day: null },
      to: { under_milli: '1000', pack_id: packId, per_day: 2 },
    })
    await saveTopUp(south, null)
    expect(await both('reseller.top_up_changed', 'wallet.top_up_changed')).toMatchObject({ to: { under_milli: null } })
    await saveOwnAlarm(south, { mode: 'own', underMilli: 500n, days: null })
    expect(await both('reseller.alarm_changed', 'wallet.alarm_changed')).toEqual({
      from: { mode: 'standard', under_milli: null },
      to: { mode: 'own', under_milli: '500' },
    })
    await saveResumeOrder(south, 'most_valuable')
    expect(await both('reseller.resume_order_changed', 'wallet.resume_order_changed')).toEqual({
      from: { resumes: 'oldest' },
      to: { resumes: 'most_valuable' },
    })
    const bought = await buyCredits(south, packId)
    expect(await told(south, 'wallet.credits_ordered')).toMatchObject({
      actor: 'staff:mem_his',
      data: { order: bought.id, invoice: bought.invoiceId },
    })
  },
)
