/** What a panel lists is compared with what we keep: every class, the guard against a bad listing, what mends itself and what a person decides. */
import { expect } from 'vitest'
import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { checkPanel, compareNow } from '#modules/lines/check-panel.ts'
import { keptLines, plainlyInStep } from '#modules/lines/comparison.ts'
import {
  acceptDifference,
  ignoreDifference,
  mendDifference,
  reopenDifference,
} from '#modules/lines/decide-difference.ts'
import {
  type DifferenceSettings,
  differenceSetting,
  saveDifferenceSettings,
} from '#modules/lines/difference-settings.ts'
import {
  type Difference,
  listDifferences,
  listReconciliations,
  nextComparison,
} from '#modules/lines/reconciliations.ts'
import { compareLine } from '#modules/lines/rules/compare-listing.ts'
import { lookAtLines } from '#modules/lines/want-line.ts'
import { listAttention } from '#modules/people/attention.ts'
import { readSetting } from '#modules/people/settings.ts'
import { rows, sql } from '#platform/db.ts'
import { secondsBetween } from '#platform/time.ts'
import { xtreamCodesHouse, xuiHouse, xuiResellerHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const all = (world: World, filter = {}): Promise<Difference[]> =>
  read(world.shop, (tx) => listDifferences(tx, filter, { limit: 1_000 }))
const open = async (world: World) =>
  (await all(world, { state: 'open' })).map(({ kind, username, shape }) => [kind, username, shape]).sort()
const last = async (world: World) =>
  present((await read(world.shop, (tx) => listReconciliations(tx, world.panelId, { limit: 1 })))[0])
const kinds = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind).sort()
const rightNow = (world: World) => world.shop.now()

async function compare(world: World, options: { trustsLess?: boolean } = {}): Promise<void> {
  await world.pass({ minutes: 1 })
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, options, rightNow(world)))
  await world.settle()
  expect(world.failures).toEqual([])
}

const settings = (world: World, changes: Partial<DifferenceSettings>) =>
  transaction(world.shop, 'settings', async (tx) =>
    saveDifferenceSettings(tx, world.shop, { ...(await readSetting(tx, world.shop, differenceSetting)), ...changes }),
  )
const nothingByItself = (world: World) => settings(world, { mends: [] })

scenario('every class is told once, with what is at stake, and closes when it is gone', async (world) => {
  await nothingByItself(world)
  for (const name of ['ana', 'ben', 'cem', 'dora', 'emil', 'fay']) await world.customer(name).buys()
  await world.until('2026-03-04') // Nobody renewed: suspended on the third day of grace.
  const late = (await world.customer('late').buys()) && 'late'
  await world.customer('gus').buys()
  await world.customer('hal').buys()
  await world.customer('ida').buys()
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  await compare(world)
  expect(await all(world)).toEqual([])
  expect(await last(world)).toMatchObject({ state: 'done', listed: 10, expected: 10, missing: 0, differing: 0 })

  await world.byHand('edit', { username: 'ana', fields: { enabled: 1, exp_date: null } })
  await world.byHand('forget', { username: late })
  await world.byHand('edit', { username: 'gus', fields: { enabled: 0 } })
  await world.byHand('edit', { username: 'hal', fields: { max_connections: 5 } })
  const [ida] = await world.linesOnPanel('ida')
  await world.addedByHand({ username: 'stranger' }, { username: 'ida', reseller_notes: String(ida?.reseller_notes) })
  await compare(world)
  const seen = [
    ['duplicate', 'ida', 'on'],
    ['edited_by_hand', 'hal', 'connections=5'],
    ['orphan', 'stranger', 'stranger'],
    ['paid_not_served', 'gus', 'disabled'],
    ['paid_not_served', 'late', 'absent'],
    ['served_not_paid', 'ana', 'plays'],
  ]
  expect(await open(world)).toEqual(seen)
  const found = await all(world)
  expect(found.find(({ username }) => username === 'gus')).toMatchObject({ valueMinor: 1299n, currency: 'EUR' })
  expect(found.find(({ kind }) => kind === 'orphan')).toMatchObject({ valueMinor: null, lineId: null })
  expect(await kinds(world)).toContain('panel_differs')
  expect(await world.lineOnPanel('gus')).toMatchObject({ enabled: 0 }) // Nothing was touched.

  await compare(world)
  const again = await all(world)
  expect(again.map(({ id }) => id).sort()).toEqual(found.map(({ id }) => id).sort())
  for (const each of again) {
    const before = present(found.find(({ id }) => id === each.id))
    expect(each.firstSeenAt).toEqual(before.firstSeenAt)
    expect(secondsBetween(before.lastSeenAt, each.lastSeenAt)).toBeGreaterThan(0)
  }

  await world.byHand('edit', { username: 'gus', fields: { enabled: 1 } })
  await world.byHand('forget', { username: 'stranger' })
  await compare(world)
  expect(await open(world)).toEqual(seen.filter(([, name]) => name !== 'gus' && name !== 'stranger'))
  expect((await all(world, { state: 'closed' })).map(({ closedBecause }) => closedBecause)).toEqual(['gone', 'gone'])
})

scenario('a line that has ended and plays again is told of; time given by hand is worth its share', async (world) => {
  await nothingByItself(world)
  const { subscriptionId } = await world.customer('ana').buys()
  await world.customer('ben').buys()
  const marker = present(await world.lineOnPanel('ana')).reseller_notes
  await world.until('2026-03-20')
  expect(await world.lineOnPanel('ana')).toBeNull()
  expect(subscriptionId).toMatch(/^sub_/)
  await world.customer('cem').buys()
  const until = Number(present(await world.lineOnPanel('cem')).exp_date) + 2 * 2_629_800
  await world.addedByHand({ username: 'ana', reseller_notes: String(marker) })
  await world.byHand('edit', { username: 'cem', fields: { exp_date: until } })
  await compare(world)
  expect(await open(world)).toEqual([
    ['edited_by_hand', 'cem', expect.stringContaining('expires_at=')],
    ['expired_active', 'ana', 'plays'],
  ])
  const [cem] = await all(world, { kind: 'edited_by_hand' })
  expect(cem?.valueMinor).toBe(2n * 1299n)
})

scenario(
  'what is plainly ours and safe is set right by itself, and closed when the panel was read back',
  async (world) => {
    for (const name of ['ana', 'ben', 'cem']) await world.customer(name).buys()
    await world.byHand('edit', { username: 'ana', fields: { enabled: 0 } })
    await world.byHand('forget', { username: 'ben' })
    await world.byHand('edit', { username: 'cem', fields: { max_connections: 9 } })
    await compare(world)
    expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    expect(await world.lineOnPanel('ben')).toMatchObject({ enabled: 1 })
    expect(await world.lineOnPanel('cem')).toMatchObject({ max_connections: 9 })
    expect(await last(world)).toMatchObject({ mended: 2, differing: 1 })
    await world.pass({ minutes: 2 })
    await world.settle()
    expect((await all(world, { state: 'closed' })).map(({ closedBecause }) => closedBecause)).toEqual([
      'mended',
      'mended',
    ])
    expect(await open(world)).toEqual([['edited_by_hand', 'cem', 'connections=9']])

    await settings(world, { mends: ['edited_by_hand'] })
    await compare(world)
    expect(await world.lineOnPanel('cem')).toMatchObject({ max_connections: 2 })
    await compare(world)
    expect(await open(world)).toEqual([])
    expect(await kinds(world)).toEqual([])
  },
)

scenario('more than usual is not set right by itself: a person is asked', async (world) => {
  const names = Array.from({ length: 12 }, (_, n) => `viewer${n}`)
  for (const name of names) await world.customer(name).buys()
  for (const username of names) await world.byHand('edit', { username, fields: { enabled: 0 } })
  await compare(world)
  expect(await last(world)).toMatchObject({ state: 'done', mended: 0, differing: 12 })
  expect(await world.lineOnPanel('viewer0')).toMatchObject({ enabled: 0 })
  const [item] = await read(world.shop, (tx) => listAttention(tx))
  expect(item).toMatchObject({ kind: 'panel_differs', severity: 'bad', detail: expect.stringContaining('12') })
  for (const { id } of await all(world)) await mendDifference(world.shop, id)
  await world.settle()
  expect(await world.lineOnPanel('viewer11')).toMatchObject({ enabled: 1 })
  await compare(world)
  expect(await open(world)).toEqual([])
})

for (const fault of ['html', 'null', 'empty', 'truncated', 'http_500', 'wrong_key'])
  scenario(`a listing that fails (${fault}) concludes nothing and is told`, async (world) => {
    for (const name of ['ana', 'ben']) await world.customer(name).buys()
    await world.byHand('forget', { username: 'ana' })
    await world.strike('panel', { fault, action: 'get_lines' })
    await compare(world)
    for (let tries = 0; tries < 5; tries++) await world.pass({ minutes: 35 })
    expect(await last(world)).toMatchObject({ state: 'failed', lastError: expect.stringMatching(/\S/) })
    expect(await all(world)).toEqual([])
    expect(await kinds(world)).toContain('panel_not_compared')
    expect(await world.lineOnPanel('ana')).toBeNull()
    world.heal('panel')
    await compare(world)
    expect(await last(world)).toMatchObject({ state: 'done', mended: 1 })
    expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    await compare(world)
    expect(await kinds(world)).toEqual([])
  })

scenario(
  'an empty or suddenly short list is not believed, until a person says so; then each line is looked up',
  async (world) => {
    for (let n = 0; n < 24; n++) await world.customer(`viewer${n}`).buys()
    await world.addedByHand({ username: 'stranger' })
    await compare(world)
    expect(await open(world)).toEqual([['orphan', 'stranger', 'stranger']])
    for (const fault of ['empty_list', 'half_list']) {
      await world.strike('panel', { fault })
      await compare(world)
      expect(await last(world)).toMatchObject({ state: 'doubtful', lastError: expect.stringMatching(/list|left out/) })
      expect(await open(world)).toEqual([['orphan', 'stranger', 'stranger']])
      expect(await kinds(world)).toContain('panel_listing_doubtful')
      await compare(world, { trustsLess: true })
      // They are all there when asked for one by one.
      expect(await last(world)).toMatchObject({ state: 'done', mended: 0, differing: 0 })
      expect(await kinds(world)).not.toContain('panel_listing_doubtful')
      world.heal('panel')
      await compare(world)
      expect(await last(world)).toMatchObject({ state: 'done', listed: 25, missing: 0 })
    }
  },
)

scenario('a line that the panel gave another number is found and learnt', async (world) => {
  await world.customer('ana').buys()
  const { id, ...row } = present(await world.lineOnPanel('ana')) as { id: number; username: string }
  await world.byHand('forget', { username: 'ana' })
  await world.addedByHand(row)
  await compare(world)
  await world.settle()
  expect(await open(world)).toEqual([])
  const now = present(await world.lineOnPanel('ana'))
  expect(now.id).not.toBe(id)
  const { rows } = await world.db.pool.query('select remote_id from lines')
  expect(rows).toEqual([{ remote_id: String(now.id) }])
})

scenario(
  'a person decides: accepted until it changes, ignored with a reason, opened again, a duplicate removed',
  async (world) => {
    await nothingByItself(world)
    const { shop } = world
    for (const name of ['ana', 'ben']) await world.customer(name).buys()
    await world.byHand('edit', { username: 'ana', fields: { max_connections: 5 } })
    const [ben] = await world.linesOnPanel('ben')
    await world.addedByHand({ username: 'ben', reseller_notes: String(ben?.reseller_notes) }, { username: 'stranger' })
    await compare(world)
    const id = async (name: string) =>
      present((await all(world)).find(({ username, closedAt }) => username === name && closedAt === null)).id
    await transaction(shop, 'accept', async (tx) => acceptDifference(tx, shop, await id('ana'), shop.now())).catch(
      () => {},
    )
    const ana = await id('ana')
    await transaction(shop, 'accept', (tx) => acceptDifference(tx, shop, ana, shop.now()))
    await expect(mendDifference(shop, await id('stranger'))).rejects.toMatchObject({ code: 'conflict' })
    const stranger = await id('stranger')
    await transaction(shop, 'ignore', (tx) => ignoreDifference(tx, shop, stranger, "the owner's own", shop.now()))
    await compare(world)
    expect(await open(world)).toEqual([['duplicate', 'ben', 'on']])
    await world.byHand('edit', { username: 'ana', fields: { max_connections: 6 } })
    await world.byHand('edit', { username: 'stranger', fields: { max_connections: 6 } })
    await compare(world)
    expect(await open(world)).toEqual([
      ['duplicate', 'ben', 'on'],
      ['edited_by_hand', 'ana', 'connections=6'],
    ])
    await transaction(shop, 'reopen', (tx) => reopenDifference(tx, shop, stranger, shop.now()))
    expect((await open(world)).map(([kind]) => kind)).toContain('orphan')

    await mendDifference(shop, await id('ben'))
    expect(await world.linesOnPanel('ben')).toEqual([expect.objectContaining({ id: ben?.id })])
    expect((await all(world, { kind: 'duplicate' }))[0]).toMatchObject({ state: 'closed', closedBecause: 'mended' })
  },
)

scenario('by itself: once a day, spread, gently; never when it was switched off', async (world) => {
  await world.customer('ana').buys()
  const first = present(await read(world.shop, (tx) => nextComparison(tx, world.panelId)))
  const hours = secondsBetween(world.clock.now(), first) / 3_600
  expect(hours).toBeGreaterThan(0)
  expect(hours).toBeLessThan(24)
  await world.until(first.toString())
  const run = await last(world)
  expect(run).toMatchObject({ state: 'done', askedBy: null, listed: 1 })
  expect(await read(world.shop, (tx) => nextComparison(tx, world.panelId))).toEqual(first.add({ hours: 24 }))
  await settings(world, { every_hours: 0 })
  await world.pass({ hours: 72 })
  expect((await last(world)).id).toBe(run.id)
  await settings(world, { every_hours: 2 })
  await world.pass({ hours: 2 })
  expect((await last(world)).id).not.toBe(run.id)
})

scenario(
  'broken off between two pages it goes on behind the last one, and finds the same',
  { house: { ...xuiHouse, options: { ...xuiHouse.options, page_cap: '5' } } },
  async (world) => {
    await nothingByItself(world)
    for (let n = 0; n < 4; n++) await world.customer(`viewer${n}`).buys()
    await world.addedByHand(...Array.from({ length: 8 }, (_, n) => ({ username: `stranger${n}` })))
    await world.byHand('edit', { username: 'viewer1', fields: { enabled: 0 } })
    await world.strike('panel', { fault: 'slow', ms: 1, times: 1, action: 'get_lines' })
    await world.strike('panel', { fault: 'http_500', times: 1, action: 'get_lines' })
    await compare(world)
    expect(await last(world)).toMatchObject({ state: 'running', pages: 1, listed: 5, breaks: 1 })
    await world.pass({ minutes: 3 })
    expect(await last(world)).toMatchObject({ state: 'done', listed: 12, expected: 4, missing: 0, differing: 9 })
    expect((await open(world)).filter(([kind]) => kind !== 'orphan')).toEqual([
      ['paid_not_served', 'viewer1', 'disabled'],
    ])
  },
)

scenario('two who compare at once do it once; who dies with it is followed when his lease is over', async (world) => {
  await world.customer('ana').buys()
  await world.addedByHand({ username: 'stranger' })
  const { shop, panelId } = world
  await transaction(shop, 'compare', (tx) => compareNow(tx, shop, panelId, {}, shop.now()))
  await Promise.all([checkPanel(shop, panelId), checkPanel(shop, panelId)])
  expect(await read(shop, (tx) => listReconciliations(tx, panelId, { limit: 9 }))).toHaveLength(1)
  expect(await last(world)).toMatchObject({ state: 'done', listed: 2 })

  await world.pass({ minutes: 1 })
  await transaction(shop, 'compare', (tx) => compareNow(tx, shop, panelId, {}, shop.now()))
  // He took it and died.
  await world.tamper(`update panel_checks set next_at = next_at + interval '150 seconds'`)
  await world.settle()
  expect(await last(world)).toMatchObject({ state: 'running', pages: 0 })
  await world.pass({ minutes: 3 })
  expect(await last(world)).toMatchObject({ state: 'done', listed: 2 })
})

scenario('no panel is asked more often than allowed', async (world) => {
  await settings(world, { requests_per_second: 1 })
  await world.customer('ana').buys()
  const started = performance.now()
  await compare(world)
  // Two requests: the page, and the one that tells that it was the last.
  expect(performance.now() - started).toBeGreaterThan(990)
})

scenario(
  'where lines are sold by package, nothing that costs credits is done without asking',
  { house: xuiResellerHouse },
  async (world) => {
    for (const name of ['ana', 'ben', 'cem']) await world.customer(name).buys()
    await world.byHand('forget', { username: 'ana' })
    await world.byHand('edit', { username: 'ben', fields: { enabled: 0 } })
    await world.byHand('edit', { username: 'cem', fields: { max_connections: 1 } })
    await compare(world)
    expect(await world.lineOnPanel('ana')).toBeNull()
    expect(await world.lineOnPanel('ben')).toMatchObject({ enabled: 1 })
    expect(await open(world)).toEqual([['paid_not_served', 'ana', 'absent']])
  },
)

scenario('a panel that cannot list is never compared, and says so', { house: xtreamCodesHouse }, async (world) => {
  const { shop } = world
  await expect(
    transaction(shop, 'compare', (tx) => compareNow(tx, shop, world.panelId, {}, shop.now())),
  ).rejects.toMatchObject({ code: 'conflict' })
  expect(await read(shop, (tx) => nextComparison(tx, world.panelId))).toBeNull()
})

scenario('while the business stands still nothing is compared', async (world) => {
  const { shop, panelId } = world
  await world.customer('ana').buys()
  await transaction(shop, 'compare', (tx) => compareNow(tx, shop, panelId, {}, shop.now()))
  const standing = { ...shop, standstill: { since: shop.now(), because: 'restored' as const } }
  await checkPanel(standing, panelId)
  await world.settle()
  expect(await last(world)).toMatchObject({ state: 'running', pages: 0 })
  await world.pass({ minutes: 61 })
  expect(await last(world)).toMatchObject({ state: 'done' })
})

scenario('what the database passes over as in step is just what the rule finds nothing in', async (world) => {
  await world.customer('ana').buys()
  await world.customer('ben').buys()
  const [ana, ben] = await read(world.shop, async (tx) => {
    const lines = await rows(
      tx,
      sql<{ id: string }>`select id from lines where business_id = current_business() order by username`,
    )
    return keptLines(tx, world.panelId, { ids: lines.map(({ id }) => id), names: [] })
  }).then((kept) => kept.sort((a, b) => (a.username < b.username ? -1 : 1)))
  const line = present(ana)
  const until = line.wantedUntil
  const at = rightNow(world)
  const right: ListedLine = {
    ref: present(line.remoteId),
    username: line.username,
    marker: `ref:${line.id}`,
    enabled: true,
    banned: false,
    expiresAt: until,
    maxConnections: line.connections,
    mac: null,
  }
  const powers = { absolute: true, charged: false, canDelete: true }
  const differing: ListedLine[] = [
    { ...right, marker: null },
    { ...right, marker: 'ref:nobody' },
    { ...right, marker: `ref:${present(ben).id}` },
    { ...right, ref: '1' },
    { ...right, username: 'Ana' },
    { ...right, username: `${line.username}\n${line.username}` }, // A column travels as one text, cut at line breaks.
    { ...right, ref: '' },
    { ...right, maxConnections: 99_999_999_999 },
    { ...right, enabled: false },
    { ...right, banned: true },
    { ...right, expiresAt: null },
    { ...right, expiresAt: at },
    { ...right, expiresAt: until.add({ seconds: 61 }) },
    { ...right, expiresAt: until.subtract({ seconds: 61 }) },
    { ...right, maxConnections: line.connections + 1 },
  ]
  const agreed = [
    right,
    { ...right, expiresAt: until.add({ seconds: 60 }) },
    { ...right, expiresAt: until.subtract({ seconds: 60 }) },
  ]
  await read(world.shop, async (tx) => {
    const inStep = await plainlyInStep(tx, world.panelId, [...differing, ...agreed], powers, at)
    expect([...inStep]).toEqual(agreed)
    for (const row of agreed) expect(compareLine(row, line, powers, at)).toBeNull()
    const packages = { ...powers, absolute: false } // Where packages decide, neither end nor screens can be held against it.
    const loose = await plainlyInStep(tx, world.panelId, differing, packages, at)
    expect(loose.size).toBe(4)
    for (const row of loose) expect(compareLine(row, line, packages, at)).toBeNull()
    // Long after: its time is over, whatever the panel says.
    expect(await plainlyInStep(tx, world.panelId, agreed, powers, until.add({ seconds: 1 }))).toEqual(new Set())
    // The reconciler is at it just now: it knows more than a listing.
    await lookAtLines(tx, [line.id], at)
    expect(await plainlyInStep(tx, world.panelId, agreed, powers, at)).toEqual(new Set())
  })
})
