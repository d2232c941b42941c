/** Our account at a supplier's panel over time: what our calls took and what was bought explains what is there; the rest is for a person. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import {
  accountDifferences,
  accountPurchases,
  explainDifference,
  notePurchase,
  undoPurchase,
} from '#modules/lines/compare-account.ts'
import { lookAtPanels, lookMinutes } from '#modules/lines/panel-health.ts'
import { findPanel, savePanel } from '#modules/lines/panels.ts'
import { listAttention } from '#modules/people/attention.ts'
import { xuiResellerDefaults } from '../../src/imitations/panels/xui-reseller.ts'
import { type PanelHouse, xuiResellerHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z', house: xuiResellerHouse }
const first = Number(xuiResellerDefaults.credits)

const looks = async (world: World) => {
  await world.pass({ minutes: lookMinutes })
  await lookAtPanels(world.app)
}
/** Somebody sits at the panel's own page: it spends, or the supplier books more. */
const byHand = (world: World, credits: number) =>
  world.panel.app.fetch(
    new Request(`${world.panelOrigin}/__credits`, { method: 'POST', body: JSON.stringify({ credits }) }),
  )
const differences = async (world: World) =>
  (await read(world.shop, (tx) => accountDifferences(tx, world.panelId, { limit: 20 }))).map(
    ({ expected, found, bought, rest, state }) =>
      [expected, found, bought, rest, state].map((each) => each.replace('.0000', '')),
  )
const items = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx))).map(({ kind, title }) => [kind, title])
const note = (world: World, credits: string) =>
  transaction(world.shop, 'note', (tx) => notePurchase(tx, world.shop, world.panelId, { credits, note: 'by bank' }))
const explain = async (world: World, reason: string) => {
  const [newest] = await read(world.shop, (tx) => accountDifferences(tx, world.panelId, { limit: 1 }))
  await transaction(world.shop, 'explain', (tx) => explainDifference(tx, world.shop, present(newest).id, reason))
}

scenario('sales, renewals and what was bought explain an account to the credit', start, async (world) => {
  await looks(world)
  const ana = await world.customer('ana').buys()
  await looks(world)
  await ana.renews()
  await note(world, '100')
  await looks(world) // Not come yet: nothing is missing.
  expect([await differences(world), await items(world)]).toEqual([[], []])
  await byHand(world, 100)
  await world.customer('ben').buys()
  await looks(world)
  expect(await differences(world)).toEqual(
    [[`${first - 4}`, `${first + 96}`, '100', '0', 'clear']].map((row) => [
      expect.any(String),
      expect.any(String),
      ...row.slice(2),
    ]),
  )
  expect(await items(world)).toEqual([])
  const found = present(await read(world.shop, (tx) => findPanel(tx, world.panelId)))
  expect(Number(found.credits)).toBe(first - 6 + 100)
  expect(found.comparedAt).toEqual(found.creditsAt)
})

scenario(
  'what somebody spends on the panel by hand is told with its sum and window until it is explained',
  start,
  async (world) => {
    await looks(world)
    const before = world.clock.now()
    await world.customer('ana').buys()
    await byHand(world, -7)
    await looks(world)
    expect(await differences(world)).toEqual([[`${first - 2}`, `${first - 9}`, '0', '-7', 'open']])
    const [open] = await read(world.shop, (tx) => listAttention(tx))
    expect(open).toMatchObject({
      kind: 'panel_credits_unexplained',
      subjectId: world.panelId,
      title: expect.stringMatching(/^7 credits at .* are gone, and no call of ours took them$/),
      detail: expect.stringContaining(`Between ${before.toString({ smallestUnit: 'second' })}`.slice(0, 20)),
    })
    // A second time: one item, the sum of both.
    await byHand(world, -3)
    await looks(world)
    expect((await items(world)).map(([, title]) => title?.split(' ')[0])).toEqual(['10'])
    await explain(world, 'a line for a friend')
    expect((await items(world)).map(([, title]) => title?.split(' ')[0])).toEqual(['7'])
    await expect(explain(world, 'again')).rejects.toMatchObject({ code: 'conflict' })
    const [, older] = await read(world.shop, (tx) => accountDifferences(tx, world.panelId, { limit: 2 }))
    await transaction(world.shop, 'explain', (tx) => explainDifference(tx, world.shop, present(older).id, 'a mistake'))
    expect(await items(world)).toEqual([])
    await looks(world)
    expect((await differences(world)).map((row) => row[4])).toEqual(['explained', 'explained'])
  },
)

scenario(
  'a rise is taken as bought; what it hides comes out when the purchase is noted, and a purchase that does not come is told',
  start,
  async (world) => {
    await looks(world)
    await byHand(world, 47) // Bought fifty, and spent three.
    await looks(world)
    expect(await differences(world)).toEqual([[`${first}`, `${first + 47}`, '0', '47', 'rise']])
    expect(await items(world)).toEqual([])
    const id = await note(world, '50')
    expect((await differences(world))[0]?.slice(2)).toEqual(['50', '-3', 'open'])
    expect((await items(world)).map(([kind]) => kind)).toEqual(['panel_credits_unexplained'])
    for (let twice = 0; twice < 2; twice++)
      await transaction(world.shop, 'undo', (tx) => undoPurchase(tx, world.shop, id))
    expect((await differences(world))[0]?.slice(2)).toEqual(['0', '47', 'rise'])
    expect(await items(world)).toEqual([])
    await note(world, '47')
    expect((await differences(world))[0]?.slice(2)).toEqual(['47', '0', 'clear'])
    // Of two that were noted, one comes; then the other is late.
    const [one, two] = [await note(world, '20'), await note(world, '30')]
    await byHand(world, 20)
    await looks(world)
    const come = await read(world.shop, (tx) => accountPurchases(tx, world.panelId, { limit: 9 }))
    expect(
      come
        .filter(({ differenceId, undoneAt }) => differenceId === null && undoneAt === null)
        .map((each) => each.id)
        .sort(),
    ).toEqual([two])
    expect(come.find((each) => each.id === one)?.differenceId).not.toBeNull()
    await world.pass({ hours: 73 })
    await looks(world)
    expect((await items(world)).map(([kind]) => kind)).toEqual(['panel_credits_not_come'])
    await transaction(world.shop, 'undo', (tx) => undoPurchase(tx, world.shop, two))
    expect(await items(world)).toEqual([])
  },
)

const slow: PanelHouse = { ...xuiResellerHouse, options: { charge_ms: '15', credits: String(first) } }

scenario(
  'time-outs and two workers that spend while the panel is looked at explain themselves; what a hand took meanwhile is found to the credit',
  { ...start, house: slow },
  async (world) => {
    await looks(world)
    const buyers = Array.from({ length: 8 }, (_, n) => world.customer(`viewer${n}`))
    await world.strike('panel', { fault: 'timeout_after', action: 'create_line', times: 2 })
    await world.strike('panel', { fault: 'timeout_before', action: 'create_line', times: 2 })
    await world.withWorkers(2, async (apps) => {
      const orders = await Promise.all(buyers.map((each) => each.orders()))
      const paid = Promise.all(orders.map((each) => each.pays()))
      await byHand(world, -5)
      for (let n = 0; n < 6; n++) {
        await world.db.pool.query('update panels set looked_at = null')
        await Promise.all(apps.map((each) => lookAtPanels(each)))
      }
      await paid
    })
    await world.pass({ minutes: 30 })
    await looks(world)
    expect((await world.linesOnPanel()).length).toBe(8)
    const found = await differences(world)
    expect(found.map((row) => [row[3], row[4]])).toEqual([['-5', 'open']])
    expect((await items(world)).map(([kind]) => kind)).toEqual(['panel_credits_unexplained'])
    await explain(world, 'a demo for a friend')
  },
)

scenario(
  'other settings are another account: nothing is compared across them, and what costs nothing has none',
  start,
  async (world) => {
    await looks(world)
    await byHand(world, -50)
    await transaction(world.shop, 'save', async (tx) => {
      const { name, kind, weight, capacity, drained } = present(await findPanel(tx, world.panelId))
      const settings = {
        ...xuiResellerHouse.settings(world.panelOrigin),
        viewer_host: 'tv2.example',
      }
      await savePanel(tx, world.shop, { name, kind, weight, capacity, drained, settings }, world.panelId)
    })
    await looks(world)
    expect(await differences(world)).toEqual([])
  },
)

scenario('a panel that costs no credits has no purchases', async (world) => {
  await expect(note(world, '5')).rejects.toMatchObject({ code: 'conflict' })
  expect(await differences(world)).toEqual([])
})
