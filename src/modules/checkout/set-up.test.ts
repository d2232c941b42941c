import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways, saveGateway } from '#modules/billing/gateways.ts'
import { findPlan, listPlans, savePlan } from '#modules/catalog/plans.ts'
import { mapProduct, productPanels, savePanel } from '#modules/lines/panels.ts'
import { createBusiness, openShop, readBusiness } from '#modules/people/business.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { invited } from '../../../test/support/resellers.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { attest, confirmStep, openForBusiness, setUpState, skipMail } from './set-up.ts'
import { whyNotSold } from './why-not-sold.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('an empty business is led step by step, and opens only when nothing is missing', async () => {
  const facts = { slug: 'fresh', name: 'Fresh', mode: 'test', zone: 'UTC', currency: 'EUR', country: 'US' } as const
  const id = await createBusiness(world.app, facts, world.clock.now())
  const shop = await openShop(world.app, id, 'staff:mem_1')
  const states = () => transaction(shop, 'read', (tx) => setUpState(tx, shop))
  expect((await states()).map(({ state }) => state)).toEqual(Array(8).fill('next'))
  await expect(openForBusiness(shop)).rejects.toMatchObject({ code: 'conflict' })

  await transaction(shop, 'save', (tx) => confirmStep(tx, shop, 'brand', { name: 'Fresh TV' }))
  await transaction(shop, 'save', (tx) => confirmStep(tx, shop, 'money', { currency: 'USD', zone: 'Europe/Berlin' }))
  await transaction(shop, 'save', (tx) => skipMail(tx, shop))
  await transaction(shop, 'save', (tx) =>
    saveGateway(tx, shop, {
      name: 'Transfer',
      kind: 'manual',
      settings: { instructions: 'Please transfer.' },
      active: true,
      position: 0,
    }),
  )
  await attest(shop)
  expect(Object.fromEntries((await states()).map(({ step, state }) => [step, state]))).toEqual({
    brand: 'done',
    money: 'done',
    mail: 'skipped',
    panel: 'next',
    gateway: 'done',
    plan: 'next',
    rights: 'done',
    live: 'next',
  })
  const refused = await openForBusiness(shop).catch((error: unknown) => error)
  expect(refused).toMatchObject({ fields: [{ pointer: '/panel' }, { pointer: '/plan' }] })
  expect((await transaction(shop, 'read', readBusiness)).liveAt).toBeNull()
})

test('a business where everything is in place opens once', async () => {
  const { shop } = world
  await transaction(shop, 'save', async (tx) => {
    await confirmStep(tx, shop, 'brand', {})
    await confirmStep(tx, shop, 'money', {})
    await skipMail(tx, shop)
  })
  const before = (await transaction(shop, 'read', readBusiness)).liveAt
  await openForBusiness(shop)
  expect((await transaction(shop, 'read', readBusiness)).liveAt).toEqual(before)
  expect(await transaction(shop, 'read', async (tx) => (await listGateways(tx)).length)).toBe(2)
})

test('why a plan is not sold is told by its cause', async () => {
  const { shop } = world
  await transaction(shop, 'try', async (tx) => {
    const plan = (await listPlans(tx))[0]
    if (plan === undefined) throw new Error('the world sells a plan')
    const why = () => whyNotSold(tx, shop, plan)
    expect(await why()).toEqual([])
    const off = await savePlan(tx, shop, { ...plan, active: false, prices: [] })
    const changed = await findPlan(tx, off)
    expect(changed && (await whyNotSold(tx, shop, changed))).toEqual(['plan_off', 'no_price'])
    const mapped = await productPanels(tx, plan.productId)
    await mapProduct(tx, shop, plan.productId, [])
    expect(await why()).toEqual(['no_package'])
    const other = await savePanel(tx, shop, {
      name: 'New',
      kind: 'xui',
      settings: { url: 'http://panel.test/new/', api_key: 'k'.repeat(20), viewer_host: 'tv.example' },
      weight: 1,
      capacity: null,
      drained: false,
    })
    await mapProduct(tx, shop, plan.productId, [{ panelId: other, bouquets: [1] }])
    expect(await why()).toEqual(['panel_untested'])
    await mapProduct(
      tx,
      shop,
      plan.productId,
      mapped.map((each) => ({ panelId: each.panelId, bouquets: each.package.bouquets })),
    )
    expect(await why()).toEqual([])
  })
})

test('a reseller opens when a plan is shared and his wallet can pay for its first line; until then nobody can order', async () => {
  const shop = await invited(world, { slug: 'empty', planIds: [] })
  const open = () =>
    transaction(shop, 'read', async (tx) =>
      (await setUpState(tx, shop)).filter(({ state }) => state === 'next').map(({ step }) => step),
    )
  const share = (costMilli: bigint) =>
    transaction(world.shop, 'share', (tx) =>
      sharePlan(tx, world.shop, { resellerId: shop.businessId, planId: world.planId, ...standardTerms, costMilli }),
    )
  expect(await open()).toEqual(['panel', 'plan', 'credits', 'live'])
  await share(1_000n)
  expect(await open()).toEqual(['credits', 'live'])
  expect(await openForBusiness(shop).catch((error: unknown) => error)).toMatchObject({
    code: 'conflict',
    fields: [{ pointer: '/credits' }],
  })
  await expect(world.customer('Early', shop).orders()).rejects.toMatchObject({ code: 'not_sellable' })
  // What costs nothing needs none.
  await share(0n)
  expect(await open()).toEqual(['live'])
  await share(1_000n)
  expect(await open()).toEqual(['credits', 'live'])

  const move = { resellerId: shop.businessId, amountMilli: 1_000n, reason: 'To begin with' }
  await giveCredits(world.shop, move)
  expect(await open()).toEqual(['live'])
  await openForBusiness(shop)
  expect(await open()).toEqual([])
  // Who is open stays open: without credits his lines wait.
  await takeBackCredits(world.shop, move)
  expect(await open()).toEqual([])
  await world.customer('Late', await openShop(world.app, shop.businessId, 'system')).orders()
})
