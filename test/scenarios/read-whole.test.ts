/** What no listing carries is found by reading lines whole, a share with each comparison: who changed a password or bouquets by hand is told of. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { acceptDifference, mendDifference } from '#modules/lines/decide-difference.ts'
import {
  type DifferenceSettings,
  differenceSetting,
  saveDifferenceSettings,
} from '#modules/lines/difference-settings.ts'
import { listDifferences, listReconciliations } from '#modules/lines/reconciliations.ts'
import { readSetting } from '#modules/people/settings.ts'
import { xuiResellerHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const names = ['ana', 'ben', 'cem', 'dora', 'emil', 'fay', 'gus', 'hal']
const all = (world: World, filter = {}) => read(world.shop, (tx) => listDifferences(tx, filter, { limit: 100 }))
const open = async (world: World) =>
  (await all(world, { state: 'open' })).map(({ kind, username, shape }) => [kind, username, shape]).sort()
const last = async (world: World) =>
  present((await read(world.shop, (tx) => listReconciliations(tx, world.panelId, { limit: 1 })))[0])
const settings = (world: World, changes: Partial<DifferenceSettings>) =>
  transaction(world.shop, 'settings', async (tx) =>
    saveDifferenceSettings(tx, world.shop, { ...(await readSetting(tx, world.shop, differenceSetting)), ...changes }),
  )

async function compare(world: World) {
  await world.pass({ minutes: 1 })
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, world.shop.now()))
  await world.settle()
  expect(world.failures).toEqual([])
  return last(world)
}

/** Eight paid lines, compared when asked only, each to be read whole within ten days. */
async function eight(world: World, more: Partial<DifferenceSettings> = {}): Promise<Temporal.Instant> {
  await settings(world, { every_hours: 0, read_days: 10, requests_per_second: 50, ...more })
  for (const name of names) await world.customer(name).buys()
  return world.shop.now()
}

scenario(
  'a share of the lines is read with each comparison, oldest first, and the page says since when all were',
  async (world) => {
    const sold = await eight(world)
    expect(await compare(world)).toMatchObject({ state: 'done', sampled: 0, oldestReadAt: sold })
    await world.pass({ hours: 4 * 24 })
    expect(await compare(world)).toMatchObject({ sampled: 0, oldestReadAt: sold })
    await world.pass({ hours: 2 * 24 })
    const begun = world.shop.now()
    for (const _ of [1, 2, 3]) expect(await compare(world)).toMatchObject({ sampled: 2, oldestReadAt: sold })
    const fourth = await compare(world)
    expect(fourth.sampled).toBe(2)
    expect(Temporal.Instant.compare(present(fourth.oldestReadAt), begun)).toBe(1)
    expect(await compare(world)).toMatchObject({ sampled: 0, oldestReadAt: fourth.oldestReadAt })
    expect(await all(world)).toEqual([])
  },
)

scenario(
  'a password and bouquets that were changed by hand are told, stay told, and are set right when somebody says so',
  async (world) => {
    await eight(world)
    await world.byHand('edit', { username: 'ben', fields: { password: 'byhand999' } })
    await world.byHand('edit', { username: 'cem', fields: { bouquet: '[9]' } })
    await world.byHand('edit', { username: 'dora', fields: { password: 'byhand999', max_connections: 7 } })
    await compare(world)
    const listed = ['edited_by_hand', 'dora', 'connections=7']
    expect(await open(world)).toEqual([listed])
    await world.pass({ hours: 6 * 24 })
    for (const _ of [1, 2, 3, 4]) await compare(world)
    const seen = [['edited_by_hand', 'ben', 'password'], ['edited_by_hand', 'cem', 'bouquets=9'], listed]
    expect(await open(world)).toEqual(seen)
    expect(
      (await all(world))
        .filter(({ hidden }) => hidden)
        .map(({ username }) => username)
        .sort(),
    ).toEqual(['ben', 'cem'])
    expect(
      JSON.stringify(await all(world), (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('byhand999')
    // No list shows them, and nobody was asked: they are there until they were read again.
    await compare(world)
    expect(await open(world)).toEqual(seen)
    expect(await world.lineOnPanel('ben')).toMatchObject({ password: 'byhand999' })

    await world.byHand('edit', { username: 'cem', fields: { bouquet: '[1,2,3]' } })
    const ben = present((await all(world)).find(({ username }) => username === 'ben'))
    await mendDifference(world.shop, ben.id)
    await world.pass({ minutes: 5 })
    expect((await world.lineOnPanel('ben'))?.password).not.toBe('byhand999')
    await compare(world)
    expect(await open(world)).toEqual([listed])
    expect(
      (await all(world, { state: 'closed' })).map(({ username, closedBecause }) => [username, closedBecause]).sort(),
    ).toEqual([
      ['ben', 'mended'],
      ['cem', 'gone'],
    ])
  },
)

scenario(
  'what was accepted stays accepted; where changes by hand are set right unasked, these are, too',
  async (world) => {
    await eight(world, { read_days: 2 })
    await world.byHand('edit', { username: 'ben', fields: { password: 'byhand999' } })
    await world.pass({ hours: 30 })
    await compare(world)
    const [found] = await all(world, { state: 'open' })
    await transaction(world.shop, 'accept', (tx) =>
      acceptDifference(tx, world.shop, present(found).id, world.shop.now()),
    )
    await compare(world)
    expect((await all(world)).map(({ state }) => state)).toEqual(['accepted'])
    await settings(world, { mends: ['edited_by_hand'] })
    await world.byHand('edit', { username: 'cem', fields: { bouquet: '[9]' } })
    await world.pass({ hours: 30 })
    await compare(world)
    await world.pass({ minutes: 5 })
    expect((await world.lineOnPanel('cem'))?.bouquet).toBe('[1,2,3]')
    expect(
      (await all(world, { state: 'closed' })).map(({ username, closedBecause }) => [username, closedBecause]),
    ).toEqual([['cem', 'mended']])
    expect(await world.lineOnPanel('ben')).toMatchObject({ password: 'byhand999' })
  },
)

scenario(
  'turned off, nothing is read; a panel that fails meanwhile ends the sample and not the comparison',
  async (world) => {
    await eight(world, { read_days: 0 })
    await world.pass({ hours: 20 * 24 })
    expect(await compare(world)).toMatchObject({ state: 'done', sampled: 0 })
    await settings(world, { read_days: 2 })
    await world.strike('panel', { fault: 'http_500', action: 'get_line', times: 1 })
    expect(await compare(world)).toMatchObject({ state: 'done', sampled: 0 })
    expect(await compare(world)).toMatchObject({ state: 'done', sampled: 8 })
  },
)

scenario(
  'on a panel that says itself what differs, lines that nobody touched are found in order',
  { house: xuiResellerHouse },
  async (world) => {
    await settings(world, { every_hours: 0, read_days: 2 })
    for (const name of ['ana', 'ben']) await world.customer(name).buys()
    await world.pass({ hours: 30 })
    expect(await compare(world)).toMatchObject({ state: 'done', sampled: 2 })
    expect(await all(world)).toEqual([])
  },
)
