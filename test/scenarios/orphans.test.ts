/** Lines on a panel that are nobody's here: taken over, switched off or removed there by a person, once each. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { adoptNow, takeOverOrphan } from '#modules/adoption/begin-adoption.ts'
import { listAdoptionLines, readAdoption } from '#modules/adoption/queries.ts'
import { listEvents } from '#modules/events/queries.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { removeOrphan, switchOffOrphan } from '#modules/lines/clear-orphan.ts'
import { openPanel } from '#modules/lines/panels.ts'
import { type Difference, listDifferences } from '#modules/lines/reconciliations.ts'
import {
  ministraHouse,
  nxtHouse,
  oneStreamHouse,
  type PanelHouse,
  xcVmHouse,
  xuiHouse,
  xuiResellerHouse,
} from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const orphans = async (world: World): Promise<Difference[]> =>
  (await read(world.shop, (tx) => listDifferences(tx, { kind: 'orphan' }, { limit: 50 }))).sort((a, b) =>
    a.username < b.username ? -1 : 1,
  )
const orphan = async (world: World, name: string) =>
  present((await orphans(world)).find(({ username }) => username === name))

async function compare(world: World): Promise<void> {
  await world.pass({ minutes: 1 })
  const now = world.shop.now()
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, now))
  await world.settle()
  expect(world.failures).toEqual([])
}

/** Somebody else's billing made it there. */
async function made(world: World, house: PanelHouse, username: string): Promise<void> {
  const { panel } = await openPanel(world.app, world.businessId, world.panelId)
  await panel.createLine({
    username,
    password: `${username}Secret9`,
    marker: `ref:${username}`,
    enabled: true,
    expiresAt: world.shop.now().add({ hours: 24 * 28 }),
    maxConnections: 1,
    package: { ...house.package, outputs: ['hls', 'ts'] },
  })
}

/** What was changed on the panel since `from`. */
const changes = (world: World, from: number) =>
  world
    .truth()
    .slice(from)
    .map(({ action }) => action)

for (const house of [xuiHouse, xcVmHouse, xuiResellerHouse, nxtHouse, oneStreamHouse, ministraHouse])
  scenario(
    `${house.imitation.kind}: switched off and removed, once, whoever asks twice or hears nothing`,
    { house },
    async (world) => {
      const { shop } = world
      for (const name of ['stranger1', 'stranger2', 'stranger3']) await made(world, house, name)
      await compare(world)
      const [first, second] = [await orphan(world, 'stranger1'), await orphan(world, 'stranger2')]
      const before = await world.linesOnPanel()
      const from = world.truth().length

      // Whoever comes second is refused while it is under way, and finds it off afterwards.
      await Promise.allSettled([
        switchOffOrphan(shop, first.id, 'nobody pays for it'),
        switchOffOrphan(shop, first.id, 'nobody pays for it'),
      ])
      expect(changes(world, from)).toHaveLength(1)
      expect(await orphan(world, 'stranger1')).toMatchObject({
        state: 'accepted',
        reason: 'nobody pays for it',
        decidedBy: shop.actor,
        found: { enabled: false },
      })

      // The panel removed it, and its answer was lost: it is told as failed, and done by the second try without a second change.
      await world.strike('panel', { fault: 'timeout_after', times: 1 })
      await removeOrphan(shop, second.id, 'it was a test').catch((error) =>
        expect(error).toMatchObject({ code: 'panel_failed' }),
      )
      if ((await orphan(world, 'stranger2')).state === 'open') await removeOrphan(shop, second.id, 'it was a test')
      expect(changes(world, from)).toHaveLength(2)
      expect(await orphan(world, 'stranger2')).toMatchObject({
        state: 'closed',
        closedBecause: 'removed',
        reason: 'it was a test',
      })
      await expect(removeOrphan(shop, second.id, 'again')).rejects.toMatchObject({ code: 'conflict' })

      // Nobody else's line was touched, and nothing else of the one that is off.
      const after = await world.linesOnPanel()
      expect(after).toHaveLength(before.length - 1)
      await compare(world)
      expect((await orphans(world)).map(({ username, state }) => [username, state])).toEqual([
        ['stranger1', 'accepted'],
        ['stranger2', 'closed'],
        ['stranger3', 'open'],
      ])
      const told = await read(shop, (tx) => listEvents(tx, { type: 'difference.decided' }, { limit: 50 }))
      expect(told.map(({ actor }) => actor)).toEqual(told.map(() => shop.actor))
      expect(told.map(({ data }) => data)).toContainEqual(
        expect.objectContaining({ decision: 'remove', username: 'stranger2', reason: 'it was a test' }),
      )
    },
  )

scenario('one that is switched on again is told of again', async (world) => {
  await world.addedByHand({ username: 'stranger' })
  await compare(world)
  await switchOffOrphan(world.shop, (await orphan(world, 'stranger')).id, 'unknown')
  expect(await world.lineOnPanel('stranger')).toMatchObject({ enabled: 0 })
  await compare(world)
  expect(await orphan(world, 'stranger')).toMatchObject({ state: 'accepted' })
  await world.byHand('edit', { username: 'stranger', fields: { enabled: 1 } })
  await compare(world)
  expect(await orphan(world, 'stranger')).toMatchObject({ state: 'open', reason: null, decidedBy: null })
})

scenario('what the panel says no to, or became another line, stays as it is and is open again', async (world) => {
  const { shop } = world
  await world.addedByHand({ username: 'stranger' })
  await world.customer('ana').buys()
  await compare(world)
  const { id } = await orphan(world, 'stranger')
  await world.strike('panel', { fault: 'http_500', times: 1 })
  await expect(removeOrphan(shop, id, 'unknown')).rejects.toMatchObject({ code: 'panel_failed' })
  expect(await orphan(world, 'stranger')).toMatchObject({ state: 'open', reason: null })
  await world.byHand('edit', { username: 'stranger', fields: { username: 'renamed' } })
  await expect(removeOrphan(shop, id, 'unknown')).rejects.toMatchObject({ code: 'conflict' })
  await expect(switchOffOrphan(shop, id, 'unknown')).rejects.toMatchObject({ code: 'conflict' })
  expect(await world.lineOnPanel('renamed')).toMatchObject({ enabled: 1 })

  // A line of ours is set right, never removed.
  await world.byHand('edit', { username: 'ana', fields: { enabled: 0 } })
  await compare(world)
  const [ours] = await read(shop, (tx) => listDifferences(tx, { kind: 'paid_not_served' }, { limit: 1 }))
  await expect(removeOrphan(shop, present(ours).id, 'x')).rejects.toMatchObject({ code: 'conflict' })
  expect(await world.linesOnPanel('ana')).toHaveLength(1)
})

scenario('who dies after he asked the panel is followed: it is open again, or gone', async (world) => {
  const { shop } = world
  await world.addedByHand({ username: 'stranger1' }, { username: 'stranger2' })
  await compare(world)
  // Two who took it and died: one before the panel was asked, one after.
  await world.tamper(
    `update differences set state = 'mending', reason = 'unknown', decided_by = 'staff:x', decided_at = now() where kind = 'orphan'`,
  )
  await world.tamper(`update differences set decided_at = '${shop.now().toString()}' where kind = 'orphan'`)
  await world.byHand('forget', { username: 'stranger2' })
  await compare(world)
  expect((await orphans(world)).map(({ state, reason }) => [state, reason])).toEqual([
    ['open', null],
    ['closed', 'unknown'],
  ])
})

scenario('one is taken over by itself: read first, then adopted, and no second time', async (world) => {
  const { shop } = world
  const later = String(shop.now().add({ hours: 24 * 28 }).epochMilliseconds / 1000)
  await world.addedByHand(
    {
      username: 'stranger1',
      password: 'Secret123',
      exp_date: later,
      reseller_notes: 'bob@example.net',
      bouquet: '[1,2,3]',
    },
    { username: 'stranger2', password: 'Secret456', exp_date: later },
  )
  await compare(world)
  const { id } = await orphan(world, 'stranger1')
  const takeOver = () => transaction(shop, 'take-over', (tx) => takeOverOrphan(tx, shop, id, null, shop.now()))
  const begun = await takeOver()
  expect(await takeOver()).toBe(begun)
  await world.settle()
  const from = world.truth().length
  const lines = await read(shop, (tx) => listAdoptionLines(tx, begun, {}, { limit: 9 }))
  expect(lines).toMatchObject([{ username: 'stranger1', state: 'fits', email: 'bob@example.net' }])
  await transaction(shop, 'adopt', (tx) => adoptNow(tx, shop, begun, shop.now()))
  await world.settle()
  expect(await read(shop, (tx) => readAdoption(tx, begun))).toMatchObject({ state: 'adopted', source: 'line' })
  expect(changes(world, from)).toEqual([])
  expect((await orphans(world)).map(({ closedBecause }) => closedBecause)).toEqual(['adopted', null])
  await expect(takeOver()).rejects.toMatchObject({ code: 'conflict' })
})
