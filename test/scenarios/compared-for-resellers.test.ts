/** A parent's comparison also looks at the lines of its resellers: told to each of them, counted for the parent, and read by nobody else. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { mendDifference } from '#modules/lines/decide-difference.ts'
import { differenceSetting, saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import {
  type Difference,
  differencesOfSellers,
  listDifferences,
  listReconciliations,
} from '#modules/lines/reconciliations.ts'
import { listAttention } from '#modules/people/attention.ts'
import { readSetting } from '#modules/people/settings.ts'
import { rows, sql } from '#platform/db.ts'
import { xuiPairHouse } from '../support/panel-houses.ts'
import { joins, sells } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const all = (shop: Shop): Promise<Difference[]> =>
  read(shop, (tx) => listDifferences(tx, { state: 'open' }, { limit: 50 }))
const told = async (shop: Shop) => (await all(shop)).map(({ kind, username, shape }) => [username, kind, shape]).sort()
const counts = (world: World) => read(world.shop, (tx) => differencesOfSellers(tx, world.panelId))

async function compare(world: World, options: { trustsLess?: boolean } = {}) {
  await world.pass({ minutes: 20 })
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, options, world.shop.now()))
  await world.settle()
  expect(world.failures).toEqual([])
  return present((await read(world.shop, (tx) => listReconciliations(tx, world.panelId, { limit: 1 })))[0])
}

const nothingByItself = (shop: Shop) =>
  transaction(shop, 'settings', async (tx) =>
    saveDifferenceSettings(tx, shop, { ...(await readSetting(tx, shop, differenceSetting)), mends: [] }),
  )

scenario(
  'each reseller is told of his own lines, the parent of their number, and what is safe is set right',
  async (world) => {
    const south = await joins(world, { slug: 'south', credits: 50_000n })
    const east = await joins(world, { slug: 'east', credits: 50_000n })
    await world.customer('ana').buys()
    for (const name of ['kim', 'lou', 'max', 'ned']) await sells(world, south, name)
    await sells(world, east, 'zoe')
    for (const shop of [world.shop, south, east]) await nothingByItself(shop)
    expect(await compare(world)).toMatchObject({ state: 'done', listed: 6, expected: 1, missing: 0, differing: 0 })
    for (const shop of [world.shop, south, east]) expect(await told(shop)).toEqual([])

    await world.byHand('forget', { username: 'kim' })
    await world.byHand('edit', { username: 'lou', fields: { enabled: 0 } })
    await world.byHand('edit', { username: 'max', fields: { max_connections: 9 } })
    await world.byHand('edit', { username: 'zoe', fields: { enabled: 0 } })
    const [ned] = await world.linesOnPanel('ned')
    await world.addedByHand({ username: 'ned2', reseller_notes: String(ned?.reseller_notes) })
    expect(await compare(world)).toMatchObject({ state: 'done', differing: 0 })
    expect(await told(world.shop)).toEqual([])
    expect(await told(south)).toEqual([
      ['kim', 'paid_not_served', 'absent'],
      ['lou', 'paid_not_served', 'disabled'],
      ['max', 'edited_by_hand', 'connections=9'],
      ['ned2', 'duplicate', 'on'],
    ])
    expect(await told(east)).toEqual([['zoe', 'paid_not_served', 'disabled']])
    expect(await counts(world)).toEqual([
      { kind: 'duplicate', count: 1 },
      { kind: 'edited_by_hand', count: 1 },
      { kind: 'paid_not_served', count: 3 },
    ])
    // Neither the parent nor another reseller reads a row, by whatever query.
    const every = (shop: Shop) => read(shop, (tx) => rows(tx, sql<{ id: string }>`select id from differences`))
    expect([(await every(world.shop)).length, (await every(east)).length]).toEqual([0, 1])

    // A person decides, and the panel follows; a duplicate is the owner's to remove.
    const of = async (username: string) => present((await all(south)).find((each) => each.username === username))
    await expect(mendDifference(south, (await of('ned2')).id)).rejects.toMatchObject({ code: 'conflict' })
    await mendDifference(south, (await of('max')).id)
    await world.settle()
    expect(await world.lineOnPanel('max')).toMatchObject({ max_connections: 2 })
    // By itself again: what is plainly the reseller's is set right at the next look, and what is gone is closed.
    await transaction(south, 'settings', async (tx) => {
      const known = await readSetting(tx, south, differenceSetting)
      await saveDifferenceSettings(tx, south, { ...known, mends: ['paid_not_served'] })
    })
    await world.byHand('forget', { username: 'ned2' })
    await compare(world)
    await compare(world)
    expect(await told(south)).toEqual([])
    expect(await world.lineOnPanel('kim')).toMatchObject({ enabled: 1 })
    expect(await world.lineOnPanel('lou')).toMatchObject({ enabled: 1 })
    expect(await told(east)).toEqual([['zoe', 'paid_not_served', 'disabled']])
    expect(await counts(world)).toEqual([{ kind: 'paid_not_served', count: 1 }])
  },
)

scenario(
  'the box of a reseller’s line that was deleted by hand is told to him, and made anew when he says so',
  { house: xuiPairHouse },
  async (world) => {
    const mac = '00:1A:79:12:34:56'
    const south = await joins(world, { slug: 'south', credits: 50_000n })
    await sells(world, south, 'kim', { mac, username: 'kim.tv' })
    await nothingByItself(south)
    const box = async () => (await world.linesOnPanel()).find((row) => row.mac === mac)
    await compare(world)
    expect(await told(south)).toEqual([])
    await world.byHand('forget', { username: String((await box())?.username) })
    expect(await compare(world)).toMatchObject({ state: 'done', differing: 0 })
    expect(await told(south)).toEqual([['kim.tv', 'paid_not_served', 'box_absent']])
    expect(await box()).toBeUndefined()
    await mendDifference(south, present((await all(south))[0]).id)
    await world.settle()
    expect(await box()).toMatchObject({ enabled: 1 })
    await compare(world)
    expect(await told(south)).toEqual([])
  },
)

scenario('a list that is short of one reseller alone concludes nothing for him, and says so', async (world) => {
  const south = await joins(world, { slug: 'south', credits: 50_000n })
  const east = await joins(world, { slug: 'east', credits: 50_000n })
  for (let n = 0; n < 30; n++) await world.customer(`own${n}`).buys()
  for (let n = 0; n < 12; n++) await sells(world, south, `kim${n}`)
  await sells(world, east, 'zoe')
  const waiting = (shop: Shop) => read(shop, (tx) => listAttention(tx))
  expect(await compare(world)).toMatchObject({ state: 'done', sellersDoubted: 0 })
  expect(await waiting(south)).toEqual([])
  for (let n = 0; n < 11; n++) await world.byHand('forget', { username: `kim${n}` })
  expect(await compare(world)).toMatchObject({ state: 'done', listed: 32, sellersDoubted: 1 })
  expect(await told(south)).toEqual([])
  const item = {
    kind: 'supplier_listing_doubtful',
    severity: 'bad',
    detail: expect.stringContaining('11 of your 12 lines'),
  }
  expect(await waiting(south)).toEqual([expect.objectContaining(item)])
  for (const shop of [world.shop, east]) expect(await waiting(shop)).toEqual([])

  // His supplier has looked, and says so: each is looked up by itself, and he is told what is gone.
  expect(await compare(world, { trustsLess: true })).toMatchObject({ state: 'done', sellersDoubted: 0 })
  expect(await told(south)).toHaveLength(11)
  expect((await waiting(south)).map(({ kind }) => kind)).not.toContain('supplier_listing_doubtful')
})
