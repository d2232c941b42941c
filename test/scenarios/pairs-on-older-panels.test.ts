/**
 * A login and a box in one order on XC_VM and on Xtream Codes, whose panels keep two rows for them. XC_VM lists and deletes; Xtream Codes does
 * neither, knows lines by their login and boxes by their address, and couples nothing.
 */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { moveLine } from '#modules/lines/move-line.ts'
import { leftoversOfLine } from '#modules/lines/moves.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { xcVmPairHouse, xtreamCodesPairHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = '2026-04-01T12:00:00Z'
const [mac, second] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF']
const bought = { mac, username: 'ana.tv' }

type Row = Record<string, unknown>
type Line = Awaited<ReturnType<Awaited<ReturnType<ReturnType<World['customer']>['buys']>>['line']>>
const loginIn = (rows: readonly Row[], name = 'ana.tv') => rows.find(({ username }) => username === name)
const boxIn = (rows: readonly Row[], address: string = mac) => rows.find((row) => row.mac === address)
/** Whether each of both is on; null: it is not there. */
function bothOn(rows: readonly Row[], { name = 'ana.tv', address = mac }: { name?: string; address?: string } = {}) {
  return [loginIn(rows, name), boxIn(rows, address)].map((row) => (row === undefined ? null : row.enabled === 1))
}
const on = [true, true]
const off = [false, false]
/** The end of each, as its own row on the panel says it. */
const ends = (rows: readonly Row[], address: string = mac) =>
  [loginIn(rows), boxIn(rows, address)].map((row) => row?.exp_date)
const made = (world: World, actions: readonly string[]) =>
  world.truth().flatMap(({ action, ids }) => (actions.includes(action) && ids.username !== undefined ? [action] : []))

/** Where nothing can be deleted: a minute before it was ended for good, after the days of grace. */
const over = Math.floor(Temporal.Instant.from('2026-07-12T11:59:00Z').epochMilliseconds / 1_000)

/** Both rows end when the line does, to the second, after whatever was done to it. */
async function bothEnd(world: World, line: Line, address: string = mac) {
  const until = Math.floor((await line.stored()).wantedUntil.epochMilliseconds / 1_000)
  expect(ends(await world.linesOnPanel(), address)).toEqual([until, until])
  return until
}

async function differences(world: World) {
  await world.pass({ minutes: 20 })
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, world.shop.now()))
  await world.settle()
  return read(world.shop, (tx) => listDifferences(tx, { state: 'open' }, { limit: 9 }))
}

/** `makes`, `changes`, `stops`, `starts`, `ends`: what is asked of the panel for the login, and for the box. */
const panels = {
  XC_VM: {
    house: xcVmPairHouse,
    lists: true,
    gone: [null, null],
    makes: ['create_line', 'create_mag'],
    changes: ['edit_line', 'edit_mag'],
    stops: ['disable_line', 'disable_mag'],
    starts: ['enable_line', 'enable_mag'],
    ends: ['delete_line', 'delete_mag'],
  },
  'Xtream Codes': {
    house: xtreamCodesPairHouse,
    lists: false,
    gone: off,
    makes: ['user_create', 'stb_create'],
    changes: ['user_edit', 'stb_edit'],
    stops: ['user_edit', 'stb_edit'],
    starts: ['user_edit', 'stb_edit'],
    ends: ['user_edit', 'stb_edit'],
  },
}

for (const [name, { house, lists, gone, ...calls }] of Object.entries(panels)) {
  scenario(`on ${name}: bought, extended, stopped, resumed, ended and sold again`, { start, house }, async (world) => {
    const ana = await world.customer('ana').buys(bought)
    const line = await ana.line()
    expect(await line.stored()).toMatchObject({
      kind: 'line',
      box: 'mag',
      username: 'ana.tv',
      heldMac: mac,
      differs: [],
    })
    const rows = await world.linesOnPanel()
    expect(bothOn(rows)).toEqual(on)
    expect([loginIn(rows)?.bouquet, boxIn(rows)?.bouquet]).toEqual(['[1,2,3]', '[1,2,3]'])
    for (const row of [loginIn(rows), boxIn(rows)]) expect(row?.reseller_notes).toContain((await line.stored()).marker)
    const first = await bothEnd(world, line)
    if (lists) expect(await differences(world)).toEqual([])
    await ana.renews()
    const extended = await bothEnd(world, line)
    expect(extended).toBeGreaterThan(first)
    await world.until('2026-06-05T12:00:00Z')
    expect(bothOn(await world.linesOnPanel())).toEqual(off)
    await bothEnd(world, line)
    await ana.renews()
    expect(bothOn(await world.linesOnPanel())).toEqual(on)
    expect(await bothEnd(world, line)).toBeGreaterThan(extended)
    if (lists) expect(await differences(world)).toEqual([])
    await world.until('2026-07-20T12:00:00Z')
    expect(await line.stored()).toMatchObject({ wanted: 'ended', heldMac: null })
    expect(bothOn(await world.linesOnPanel())).toEqual(gone)
    if (!lists) expect(ends(await world.linesOnPanel())).toEqual([over, over])
    // The box is sold anew, with another login: its address is free, also where its old row is left.
    const next = await (await world.customer('ben').buys({ mac, username: 'ben.tv' })).line()
    expect(await next.stored()).toMatchObject({ heldMac: mac, differs: [], needsReview: false })
    const after = await world.linesOnPanel()
    expect(bothOn(after, { name: 'ben.tv' })).toEqual(on)
    const anew = Math.floor((await next.stored()).wantedUntil.epochMilliseconds / 1_000)
    expect([loginIn(after, 'ben.tv')?.exp_date, boxIn(after)?.exp_date]).toEqual([anew, anew])
    expect(after.filter((row) => row.mac === mac)).toHaveLength(1)
    expect(loginIn(after)?.enabled ?? 0).toBe(0)
  })

  scenario(
    `on ${name}: whichever answer is lost after it was done, nothing is made or left twice`,
    { start, house },
    async (world) => {
      const loses = async (actions: readonly string[]) => {
        for (const action of actions) await world.strike('panel', { fault: 'timeout_after', action, times: 1 })
      }
      const struck = () => expect(world.panel.faults.list()).toEqual([])
      const before = made(world, calls.makes).length
      await loses(calls.makes)
      const ana = await world.customer('ana').buys(bought)
      await world.pass({ minutes: 30 })
      struck()
      const line = await ana.line()
      const well = async () =>
        expect(await line.stored()).toMatchObject({ differs: [], needsReview: false, trouble: null, nextTryAt: null })
      await well()
      expect(bothOn(await world.linesOnPanel())).toEqual(on)
      const first = await bothEnd(world, line)
      expect(made(world, calls.makes).slice(before)).toEqual(calls.makes)

      await loses(calls.changes)
      await ana.renews()
      await world.pass({ minutes: 30 })
      struck()
      await well()
      const extended = await bothEnd(world, line)
      expect(extended).toBeGreaterThan(first)

      await loses(calls.changes.slice(1))
      await transaction(world.shop, 'another-box', (tx) =>
        changeMac(tx, world.shop, line.id, { typed: second, limited: true }, world.shop.now()),
      )
      await world.pass({ minutes: 30 })
      struck()
      await well()
      expect(bothOn(await world.linesOnPanel(), { address: second })).toEqual(on)
      expect(boxIn(await world.linesOnPanel())).toBeUndefined()
      expect(await bothEnd(world, line, second)).toBe(extended)

      await loses(calls.stops)
      await world.until('2026-06-05T12:00:00Z')
      struck()
      await well()
      expect(bothOn(await world.linesOnPanel(), { address: second })).toEqual(off)
      await bothEnd(world, line, second)

      await loses(calls.starts)
      await ana.renews()
      await world.pass({ minutes: 30 })
      struck()
      await well()
      expect(bothOn(await world.linesOnPanel(), { address: second })).toEqual(on)
      expect(await bothEnd(world, line, second)).toBeGreaterThan(extended)

      await loses(calls.ends)
      await world.until('2026-07-20T12:00:00Z')
      struck()
      await well()
      expect(bothOn(await world.linesOnPanel(), { address: second })).toEqual(gone)
      if (!lists) expect(ends(await world.linesOnPanel(), second)).toEqual([over, over])
      expect(made(world, calls.makes).slice(before)).toEqual(calls.makes)
    },
  )

  scenario(`on ${name}: moved to another panel with both, and neither is left on`, { start, house }, async (world) => {
    const line = await (await world.customer('ana').buys(bought)).line()
    const other = await world.addPanel('panel-b')
    await world.mapTo(world.panelId, other.id)
    // The answer for the box is lost on the way.
    await other.strike({ fault: 'timeout_after', action: calls.makes[1] ?? '', times: 1 })
    await transaction(world.shop, 'move', (tx) =>
      moveLine(
        tx,
        world.shop,
        line.id,
        { toPanelId: other.id, reason: 'sold', tells: true, keepDays: 7 },
        world.shop.now(),
      ),
    )
    await world.pass({ minutes: 30 })
    expect(await line.stored()).toMatchObject({ panelId: other.id, heldMac: mac, differs: [], needsReview: false })
    expect(bothOn(await other.lines())).toEqual(on)
    expect((await other.lines()).filter((row) => row.mac === mac)).toHaveLength(1)
    expect(bothOn(await world.linesOnPanel())).toEqual(off)
    await world.pass({ days: 8 })
    expect(bothOn(await world.linesOnPanel())).toEqual(gone)
    expect(bothOn(await other.lines())).toEqual(on)
    expect((await read(world.shop, (tx) => leftoversOfLine(tx, line.id))).map(({ state }) => state)).toEqual(['gone'])
  })
}
