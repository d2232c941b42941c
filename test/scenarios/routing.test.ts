/** Where new lines go when a product is on several panels, and what planned work on a panel does. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { listOffers } from '#modules/checkout/offers.ts'
import { whyNotSold } from '#modules/checkout/why-not-sold.ts'
import { endWork, planWork } from '#modules/lines/panel-work.ts'
import { findPanel, type PanelFacts, savePanel, shownSettings } from '#modules/lines/panels.ts'
import { listAttention } from '#modules/people/attention.ts'
import { plusHours } from '#platform/time.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const change = (world: World, id: string, facts: Partial<PanelFacts>) =>
  transaction(world.shop, 'change-panel', async (tx) => {
    const panel = present(await findPanel(tx, id))
    const settings = shownSettings(world.app, panel).shown
    return savePanel(tx, world.shop, { ...panel, settings, ...facts }, id)
  })
const kinds = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
const sold = async (world: World) => (await read(world.shop, (tx) => listOffers(tx, world.shop, null))).offers.length

scenario('the last place is sold once, however many order at once; what is given up is free again', async (world) => {
  const other = await world.addPanel('panel-b', { capacity: 2, reserved: 1 })
  await change(world, world.panelId, { capacity: 1 })
  await world.mapTo(world.panelId, other.id)
  const names = ['ana', 'ben', 'cem', 'dora', 'emil']
  const tries = await Promise.allSettled(names.map((name) => world.customer(name).orders()))
  const orders = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(orders).toHaveLength(2)
  for (const each of tries) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'not_sellable' })
  const lines = await Promise.all(orders.map(async (order) => (await order.line()).stored()))
  expect(lines.map(({ panelId }) => panelId).sort()).toEqual([world.panelId, other.id].sort())
  expect(await sold(world)).toBe(0)
  const plan = present(await read(world.shop, (tx) => findPlan(tx, world.planId)))
  expect(await read(world.shop, (tx) => whyNotSold(tx, world.shop, plan))).toEqual(['no_room'])

  const [first, second] = [present(orders[0]), present(orders[1])]
  await cancelOrder(world.shop, first.orderId)
  expect(await sold(world)).toBe(1)
  await second.pays()
  await world.settle()
  const again = await world.customer('fay').buys()
  expect(await again.order()).toMatchObject({ status: 'ready' })
  expect(await sold(world)).toBe(0)
  // Who paid keeps his place; an order that ran out of time gives it back.
  await change(world, other.id, { capacity: 3, reserved: 1 })
  await world.customer('gus').orders()
  expect(await sold(world)).toBe(0)
  await world.pass({ days: 8 })
  expect(await sold(world)).toBe(1)
})

scenario(
  'the decision stays with the line: by country, by hand, and what no panel takes is not sold',
  async (world) => {
    const austria = await world.addPanel('panel-at', { countries: ['AT'] })
    await world.mapTo(world.panelId, austria.id)
    const ana = await world.customer('ana').buys({ country: 'AT' })
    expect(await (await ana.line()).stored()).toMatchObject({
      panelId: austria.id,
      routed: {
        by: 'rule',
        because: 'near',
        country: 'AT',
        panels: [
          { id: austria.id, standing: 'chosen' },
          { id: world.panelId, standing: 'not_near' },
        ],
      },
    })
    expect(await austria.line('ana')).toMatchObject({ enabled: 1 })
    const ben = await world.customer('ben').buys({ country: 'DE' })
    expect(await (await ben.line()).stored()).toMatchObject({
      panelId: world.panelId,
      routed: { because: 'only_left', panels: [{ standing: 'chosen' }, { standing: 'other_country' }] },
    })
    await change(world, world.panelId, { drained: true })
    await expect(world.customer('cem').orders({ country: 'DE' })).rejects.toMatchObject({
      code: 'not_sellable',
      fields: [{ pointer: '/country' }],
    })
    await change(world, austria.id, { drained: true })
    expect(await sold(world)).toBe(0)
    const plan = present(await read(world.shop, (tx) => findPlan(tx, world.planId)))
    expect(await read(world.shop, (tx) => whyNotSold(tx, world.shop, plan))).toEqual(['panels_closed'])
  },
)

scenario(
  'planned work: nothing is sent, nobody is alarmed, others take new orders, what waits is done after it',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const other = await world.addPanel('panel-b')
    const now = world.shop.now()
    const calls = () => world.truth().length
    await transaction(world.shop, 'plan', (tx) =>
      planWork(tx, world.shop, world.panelId, { starts: now, ends: plusHours(now, 3), reason: 'new disks' }),
    )
    await world.strike('panel', { fault: 'down' })
    const before = calls()
    // The only panel with the product: who buys is told that it takes longer, and staff knew.
    const ben = await world.customer('ben').buys()
    expect(await ben.order()).toMatchObject({ status: 'delayed', reason: 'The panel is being worked on: new disks' })
    expect((await ben.messages()).map(({ template }) => template)).toContain('setup_delayed')
    await ana.renews()
    await world.mapTo(world.panelId, other.id)
    const cem = await world.customer('cem').buys()
    expect(await cem.order()).toMatchObject({ status: 'ready' })
    expect(await (await cem.line()).stored()).toMatchObject({ panelId: other.id, routed: { because: 'answers' } })
    await world.pass({ hours: 2 })
    expect(await kinds(world)).toEqual([])
    expect(calls()).toBe(before)
    expect(await read(world.shop, (tx) => findPanel(tx, world.panelId))).toMatchObject({ health: 'up', failures: 0 })

    world.heal('panel')
    await transaction(world.shop, 'over', (tx) => endWork(tx, world.shop, world.panelId))
    await world.settle()
    expect(await ben.order()).toMatchObject({ status: 'ready' })
    expect((await (await ana.line()).onPanel())?.until).toBe(
      (await (await ana.line()).stored()).wantedUntil.toString({ smallestUnit: 'second' }),
    )
  },
)

scenario('planned work that runs out while the panel is still down is trouble like any other', async (world) => {
  const now = world.shop.now()
  await transaction(world.shop, 'plan', (tx) =>
    planWork(tx, world.shop, world.panelId, { starts: now, ends: plusHours(now, 1), reason: 'new disks' }),
  )
  await world.strike('panel', { fault: 'down' })
  await world.customer('ana').buys()
  await world.pass({ minutes: 30 })
  expect(await kinds(world)).toEqual([])
  await world.pass({ hours: 2 })
  expect((await kinds(world)).sort()).toEqual(['order_delayed', 'panel_down'])
  await expect(transaction(world.shop, 'over', (tx) => endWork(tx, world.shop, world.panelId))).rejects.toMatchObject({
    code: 'conflict',
  })
  for (const [starts, ends] of [
    [3, 2],
    [-3, -2],
    [0, 24 * 8],
  ] as const)
    await expect(
      transaction(world.shop, 'plan', (tx) =>
        planWork(tx, world.shop, world.panelId, {
          starts: plusHours(world.shop.now(), starts),
          ends: plusHours(world.shop.now(), ends),
          reason: 'x',
        }),
      ),
    ).rejects.toMatchObject({ code: 'invalid_input', fields: [{ pointer: '/ends_at' }] })
  world.heal('panel')
  await world.pass({ minutes: 15 })
  expect(await kinds(world)).toEqual([])
})
