/** What a comparison settles by its digest, and what it must not: a digest only says yes, is believed for a minute, and survives who took it. */
import { expect } from 'vitest'
import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { checkPanel, compareNow } from '#modules/lines/check-panel.ts'
import { type Comparison, keptLines } from '#modules/lines/comparison.ts'
import { differenceSetting, saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import { settle, takeDigest } from '#modules/lines/digest.ts'
import { openPanel } from '#modules/lines/panels.ts'
import { type Difference, listDifferences, listReconciliations } from '#modules/lines/reconciliations.ts'
import { compareLine } from '#modules/lines/rules/compare-listing.ts'
import { lookAtLines } from '#modules/lines/want-line.ts'
import { readSetting } from '#modules/people/settings.ts'
import { rows, sql } from '#platform/db.ts'
import { xuiHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const open = async (world: World): Promise<Pick<Difference, 'kind' | 'username' | 'shape'>[]> =>
  (await read(world.shop, (tx) => listDifferences(tx, { state: 'open' }, { limit: 50 }))).map(
    ({ kind, username, shape }) => ({ kind, username, shape }),
  )
const last = async (world: World) =>
  present((await read(world.shop, (tx) => listReconciliations(tx, world.panelId, { limit: 1 })))[0])
const ask = async ({ shop, panelId }: World) =>
  transaction(shop, 'compare', (tx) => compareNow(tx, shop, panelId, {}, shop.now()))
async function compare(world: World): Promise<void> {
  await world.pass({ minutes: 1 })
  await ask(world)
  await world.settle()
  expect(world.failures).toEqual([])
}
const nothingByItself = ({ shop }: World) =>
  transaction(shop, 'settings', async (tx) =>
    saveDifferenceSettings(tx, shop, { ...(await readSetting(tx, shop, differenceSetting)), mends: [] }),
  )

const keptOf = (world: World) =>
  read(world.shop, async (tx) => {
    const ids = await rows(tx, sql<{ id: string }>`select id from lines where business_id = current_business()`)
    const kept = await keptLines(tx, world.panelId, { ids: ids.map(({ id }) => id), names: [] })
    return new Map(kept.map((line) => [line.username, line]))
  })

async function comparison({ shop, panelId }: World, absolute = true): Promise<Comparison> {
  const opened = await openPanel(shop.app, shop.businessId, panelId)
  const powers = { absolute, charged: false, canDelete: true }
  const settings = await read(shop, (tx) => readSetting(tx, shop, differenceSetting))
  const [reconciliation] = await read(shop, (tx) => listReconciliations(tx, panelId, { limit: 1 }))
  return { shop, opened, powers, settings, reconciliation: present(reconciliation), pace: async () => {} }
}

scenario('what a digest settles is just what the rule finds nothing in', async (world) => {
  await world.customer('ana').buys()
  await world.customer('ben').buys()
  await compare(world)
  const kept = await keptOf(world)
  const [line, ben] = [present(kept.get('ana')), present(kept.get('ben'))]
  const at = world.shop.now()
  const until = line.wantedUntil.round({ smallestUnit: 'second', roundingMode: 'floor' })
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
  const agreed = [right, { ...right, expiresAt: until.add({ milliseconds: 900 }) }]
  const loose = [
    { ...right, expiresAt: until.add({ seconds: 61 }) },
    { ...right, maxConnections: line.connections + 1 },
    { ...right, maxConnections: 99_999_999_999 },
  ]
  const differing: ListedLine[] = [
    { ...right, marker: null },
    { ...right, marker: 'ref:nobody' },
    { ...right, marker: `ref:${ben.id}` },
    { ...right, ref: present(ben.remoteId) },
    { ...right, username: 'Ana' },
    { ...right, username: 'änä' },
    { ...right, ref: '' },
    { ...right, enabled: false },
    { ...right, banned: true },
    { ...right, expiresAt: null },
    { ...right, expiresAt: at },
  ]
  const all = [...agreed, ...loose, ...differing]
  const exact = await comparison(world)
  const digest = await takeDigest(exact)
  expect(digest).toMatchObject({ expected: 2, withBoxes: false })
  expect(digest.keys.unseen()).toHaveLength(2)
  const settled = settle(digest, exact.powers, all, at)
  expect(settled.inStep).toEqual(agreed)
  expect(settled.rest).toEqual([...loose, ...differing])
  expect(settled.keys).toHaveLength(16)
  for (const row of agreed) expect(compareLine(row, line, exact.powers, at)).toBeNull()
  expect(digest.keys.unseen()).toHaveLength(1)

  // Where packages decide, neither end nor screens can be held against a row.
  const byPackage = await comparison(world, false)
  const found = settle(await takeDigest(byPackage), byPackage.powers, all, at)
  expect(found.inStep).toEqual([...agreed, ...loose])
  for (const row of found.inStep) expect(compareLine(row, line, byPackage.powers, at)).toBeNull()

  // It is believed for a minute, and then everything is compared as before.
  expect(settle(digest, exact.powers, all, at.add({ seconds: 60 })).inStep).toEqual(agreed)
  expect(settle(digest, exact.powers, all, at.add({ seconds: 61 })).inStep).toEqual([])
  // The reconciler is at it just now: it knows more than a listing.
  await transaction(world.shop, 'look', (tx) => lookAtLines(tx, [line.id], at))
  expect(settle(await takeDigest(exact), exact.powers, all, at).inStep).toEqual([])
})

scenario('a line whose time ends while a listing is read is in no digest', async (world) => {
  await world.customer('ana').buys()
  await compare(world)
  const line = present((await keptOf(world)).get('ana'))
  const byPackage = await comparison(world, false)
  const row: ListedLine = {
    ref: present(line.remoteId),
    username: 'ana',
    marker: `ref:${line.id}`,
    enabled: true,
    banned: false,
    expiresAt: line.wantedUntil.add({ hours: 24 }),
    maxConnections: 1,
    mac: null,
  }
  const settledAt = async (seconds: number) => {
    const at = line.wantedUntil.subtract({ seconds })
    const then = { ...byPackage, shop: { ...world.shop, now: () => at } }
    return settle(await takeDigest(then), byPackage.powers, [row], at).inStep.length
  }
  expect([await settledAt(121), await settledAt(119)]).toEqual([1, 0])
})

scenario(
  'who weighs a listing that another one read knows what he saw: nothing is missed that was listed',
  { house: { ...xuiHouse, options: { ...xuiHouse.options, page_cap: '5' } } },
  async (world) => {
    await nothingByItself(world)
    for (let n = 0; n < 5; n++) await world.customer(`viewer${n}`).buys()
    await world.addedByHand(...Array.from({ length: 4 }, (_, n) => ({ username: `stranger${n}` })))
    await world.byHand('edit', { username: 'viewer1', fields: { max_connections: 7 } })
    await world.byHand('forget', { username: 'viewer4' })
    await world.strike('panel', { fault: 'slow', ms: 1, times: 1, action: 'get_lines' })
    await world.strike('panel', { fault: 'http_500', times: 1, action: 'get_lines' })
    await compare(world)
    expect(await last(world)).toMatchObject({ state: 'running', stage: 'listing', pages: 1, listed: 5 })
    // As if the first had died behind the last page.
    await world.tamper(`update reconciliations set stage = 'missing'`)
    await world.pass({ minutes: 3 })
    expect(await last(world)).toMatchObject({ state: 'done', expected: 5, missing: 1 })
    expect((await open(world)).filter(({ kind }) => kind !== 'orphan')).toEqual([
      { kind: 'paid_not_served', username: 'viewer4', shape: 'absent' },
      { kind: 'edited_by_hand', username: 'viewer1', shape: 'connections=7' },
    ])
  },
)

scenario(
  'a line that changed while it was compared is not missed, and what was there before is no difference',
  async (world) => {
    await nothingByItself(world)
    for (let n = 0; n < 3; n++) await world.customer(`viewer${n}`).buys()
    await world.pass({ minutes: 1 })
    // The page is on its way, with what was so; meanwhile somebody pays for more, and the reconciler has done it.
    const { shop, panelId } = world
    await ask(world)
    await world.strike('panel', { fault: 'slow', ms: 400, times: 1, action: 'get_lines' })
    const checked = checkPanel(shop, panelId)
    await world.tamper(
      `update lines set revision = revision + 1, done_revision = revision + 1, connections = 2, found_at = found_at + interval '1 year' where username = 'viewer1'`,
    )
    await checked
    expect(await last(world)).toMatchObject({ state: 'done', listed: 3, missing: 0, differing: 0 })
    expect(await open(world)).toEqual([])
  },
)
