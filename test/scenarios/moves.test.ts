/** Lines go to another panel with their login and their days, one by one or all of a panel, and home again. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { evacuatePanel, goOn, rollBack, standardWaves, stopEvacuation } from '#modules/lines/evacuate-panel.ts'
import { dropMove, moveLine } from '#modules/lines/move-line.ts'
import { countsOf, leftoversOfLine, movesOfLine, readEvacuation } from '#modules/lines/moves.ts'
import { findPanel, savePanel } from '#modules/lines/panels.ts'
import { passwordOf } from '#modules/lines/passwords.ts'
import { lineColumns } from '#modules/lines/queries.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { type Line, syncStateOf } from '#modules/lines/rules.ts'
import { changeTvLogin } from '#modules/lines/want-line.ts'
import { listAttention } from '#modules/people/attention.ts'
import { rows, sql } from '#platform/db.ts'
import { xuiDefaults } from '../../src/imitations/panels/xui.ts'
import {
  httpPanelHouse,
  mediaServerHouse,
  ministraHouse,
  type PanelHouse,
  xcVmHouse,
  xtreamCodesHouse,
  xuiBoxHouse,
  xuiHouse,
  xuiResellerHouse,
} from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { type LineInHand, parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const kinds = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
const wish = { reason: 'the panel is sold', tells: true, keepDays: 7 }
const move = async (world: World, lineId: string, toPanelId: string | null, more: Partial<typeof wish> = {}) => {
  await transaction(world.shop, 'move', (tx) =>
    moveLine(tx, world.shop, lineId, { ...wish, ...more, toPanelId }, world.shop.now()),
  )
  await world.settle()
}
const lastMove = async (world: World, line: LineInHand) =>
  present((await read(world.shop, (tx) => movesOfLine(tx, line.id)))[0])
const lefts = (world: World, line: LineInHand) => read(world.shop, (tx) => leftoversOfLine(tx, line.id))
const unix = (at: Temporal.Instant) => Math.floor(at.epochMilliseconds / 1000)
const viewers = { viewer_scheme: 'http', viewer_host: 'new.example', viewer_port: 8080 }
const second = (world: World, more: object = {}) => world.addPanel('panel-b', { viewers, ...more })

scenario(
  'one line moves: same login, same days; the old is off, then gone; the customer has the new address',
  async (world) => {
    const ana = await world.customer('ana').buys({ device: 'mag' })
    const other = await second(world)
    await world.mapTo(world.panelId, other.id)
    const line = await ana.line()
    const [before, password] = [await line.stored(), await line.password()]
    await move(world, line.id, other.id)
    const there = present(await other.line('ana'))
    expect(there).toMatchObject({ password, enabled: 1, exp_date: unix(before.wantedUntil), max_connections: 2 })
    const after = await line.stored()
    expect(after).toMatchObject({
      panelId: other.id,
      username: 'ana',
      paidUntil: before.paidUntil,
      routed: { by: 'staff', because: 'moved' },
    })
    expect(syncStateOf(after)).toBe('in_step')
    expect(await line.onPanel()).toMatchObject({ enabled: false, password })
    expect(await lefts(world, line)).toMatchObject([{ panelId: world.panelId, state: 'off' }])
    const [mail, ...more] = (await parsedMails(world.mailbox.mails)).filter(({ subject }) =>
      /new address/.test(subject ?? ''),
    )
    expect(more).toEqual([])
    expect(mail?.text).toContain('new.example')
    expect(mail?.text).toContain('/help/mag')
    // It is renewed where it is now, and what it left goes when nobody goes home any more.
    await ana.renews()
    expect(Number(present(await other.line('ana')).exp_date)).toBe(unix((await line.stored()).wantedUntil))
    await world.pass({ days: 8 })
    expect(await line.onPanel()).toBeNull()
    expect(await lefts(world, line)).toMatchObject([{ state: 'gone' }])
    expect(await kinds(world)).toEqual([])
  },
)

scenario('it goes home while what it left is there, also with another login than it left with', async (world) => {
  const ana = await world.customer('ana').buys()
  const other = await second(world)
  await world.mapTo(world.panelId, other.id)
  const line = await ana.line()
  await move(world, line.id, other.id, { tells: false })
  await transaction(world.shop, 'login', (tx) => changeTvLogin(tx, world.shop, line.id, null, world.shop.now()))
  await world.settle()
  await move(world, line.id, null)
  expect(await line.stored()).toMatchObject({ panelId: world.panelId, differs: [] })
  expect(await line.onPanel()).toMatchObject({ enabled: true, password: await line.password() })
  expect(await other.line('ana')).toMatchObject({ enabled: 0 })
  expect(await lefts(world, line)).toMatchObject([{ panelId: other.id, state: 'off' }])
  expect(await world.linesOnPanel()).toHaveLength(1)
  await world.pass({ days: 8 })
  expect(await other.line('ana')).toBeNull()
  expect(await line.onPanel()).toMatchObject({ enabled: true })
})

scenario(
  'the new panel is down: the line stays where it is, is served and renewed there, and moves when it is back',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const other = await second(world)
    await world.mapTo(world.panelId, other.id)
    const line = await ana.line()
    await other.strike({ fault: 'down' })
    await move(world, line.id, other.id)
    await world.pass({ minutes: 20 })
    expect(await lastMove(world, line)).toMatchObject({ state: 'waiting', trouble: 'unavailable' })
    await ana.renews()
    expect((await line.onPanel())?.enabled).toBe(true)
    expect((await line.onPanel())?.until).toBe((await line.stored()).wantedUntil.toString({ smallestUnit: 'second' }))
    other.heal()
    await world.pass({ minutes: 15 })
    expect(await lastMove(world, line)).toMatchObject({ state: 'done' })
    expect(Number(present(await other.line('ana')).exp_date)).toBe(unix((await line.stored()).wantedUntil))
    expect(await kinds(world)).toEqual([])
  },
)

for (const fault of ['timeout_after', 'timeout_before', 'html', 'http_500'])
  scenario(
    `the create on the new panel is answered with ${fault}: it is there once, and switched once`,
    async (world) => {
      const ana = await world.customer('ana').buys()
      const other = await second(world)
      await world.mapTo(world.panelId, other.id)
      const line = await ana.line()
      await other.strike({ fault, times: 1, action: 'create_line' })
      await move(world, line.id, other.id)
      await world.pass({ hours: 1 })
      expect(await line.stored()).toMatchObject({ panelId: other.id, differs: [] })
      expect(await other.line('ana')).toMatchObject({ enabled: 1, password: await line.password() })
      const made = [...other.machine.store.facts()].filter(({ action }) => action === 'create_line')
      expect(made).toHaveLength(2) // The live test's and this.
    },
  )

scenario(
  'the process dies at the switch: the next look finds what was made, and nobody is served twice',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const other = await second(world)
    await world.mapTo(world.panelId, other.id)
    const line = await ana.line()
    await world.db.pool.query(`create function dies() returns trigger language plpgsql security definer as $$ begin raise exception 'the process died'; end $$;
    create trigger dies before update on line_moves for each row when (new.state = 'done') execute function dies()`)
    await move(world, line.id, other.id)
    expect(world.failures.splice(0)).toHaveLength(1)
    expect(await line.stored()).toMatchObject({ panelId: world.panelId })
    expect(await line.onPanel()).toMatchObject({ enabled: true })
    await world.db.pool.query('drop trigger dies on line_moves')
    await world.pass({ minutes: 10 })
    expect(await line.stored()).toMatchObject({ panelId: other.id, nextTryAt: null })
    expect(await line.onPanel()).toMatchObject({ enabled: false })
    expect([...other.machine.store.facts()].filter(({ action }) => action === 'create_line')).toHaveLength(2)
  },
)

scenario(
  'what cannot be moved says why and stays: a stranger has the name, no place, the same machine',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const ben = await world.customer('ben').buys()
    const other = await second(world, { capacity: 1 })
    const line = await ana.line()
    const tries = (id: string, to: string | null) =>
      transaction(world.shop, 'move', (tx) =>
        moveLine(tx, world.shop, id, { ...wish, toPanelId: to }, world.shop.now()),
      )
    await expect(tries(line.id, other.id)).rejects.toMatchObject({ code: 'conflict' }) // No package there.
    await expect(tries(line.id, null)).rejects.toMatchObject({ code: 'conflict' })
    await expect(tries(line.id, world.panelId)).rejects.toMatchObject({ code: 'invalid_input' })
    await world.mapTo(world.panelId, other.id)
    await tries(line.id, other.id)
    await expect(tries(line.id, other.id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(tries((await ben.line()).id, other.id)).rejects.toMatchObject({ code: 'conflict' }) // Its place is taken.
    await transaction(world.shop, 'drop', (tx) => dropMove(tx, world.shop, line.id, world.shop.now()))
    await world.settle()
    expect(await lastMove(world, line)).toMatchObject({ state: 'dropped' })
    expect(await other.line('ana')).toBeNull()

    const twin = await world.addPanel('panel-c')
    await transaction(world.shop, 'twin', async (tx) => {
      const facts = { name: 'Again', kind: 'xui', weight: 1, capacity: null, drained: false }
      await savePanel(tx, world.shop, { ...facts, settings: xuiHouse.settings(world.panelOrigin) }, twin.id)
    })
    await world.mapTo(world.panelId, twin.id)
    await move(world, line.id, twin.id)
    expect(await lastMove(world, line)).toMatchObject({
      state: 'refused',
      lastAnswer: 'Again and Panel A are the same machine.',
    })
    expect(await kinds(world)).toEqual(['move_refused'])
    // On a third one a stranger has the name.
    const third = await world.addPanel('panel-d')
    await third.machine.app.fetch(
      new Request(`http://panel-d.test/${xuiDefaults.access_code}/`, {
        method: 'POST',
        body: new URLSearchParams({
          api_key: xuiDefaults.api_key,
          action: 'create_line',
          username: 'ana',
          password: 'of-a-stranger',
          max_connections: '1',
          exp_date: '2027-01-01',
          bouquets_selected: '[1]',
        }),
      }),
    )
    await world.mapTo(world.panelId, third.id)
    await move(world, line.id, third.id)
    expect(await lastMove(world, line)).toMatchObject({
      state: 'refused',
      lastAnswer: expect.stringContaining('belongs to somebody else'),
    })
    expect(await third.line('ana')).toMatchObject({ password: 'of-a-stranger', enabled: 1 })
    expect(await line.onPanel()).toMatchObject({ enabled: true })
  },
)

scenario(
  'a panel is evacuated in waves: a canary waits for a person, failures stop it, what was refused is tried again',
  async (world) => {
    const names = Array.from({ length: 12 }, (_, index) => `viewer${index}`)
    const lines: LineInHand[] = []
    for (const name of names) lines.push(await (await world.customer(name).buys()).line())
    const other = await second(world)
    await world.mapTo(world.panelId, other.id)
    const { shop } = world
    const id = await transaction(shop, 'evacuate', (tx) =>
      evacuatePanel(tx, shop, {
        ...standardWaves,
        ...wish,
        panelId: world.panelId,
        toPanelId: null,
        canary: 2,
        wave: 4,
        mostFailures: 1,
      }),
    )
    const state = () => read(shop, (tx) => readEvacuation(tx, id))
    const counts = () => read(shop, async (tx) => countsOf(tx, await readEvacuation(tx, id)))
    await world.settle()
    expect(await state()).toMatchObject({ state: 'waiting', waveNumber: 1 })
    expect(await counts()).toMatchObject({ left: 10, done: 2 })
    expect(await kinds(world)).toEqual(['evacuation_waits'])
    expect(await read(shop, (tx) => findPanel(tx, world.panelId))).toMatchObject({ drained: true })
    await world.pass({ hours: 2 })
    expect(await counts()).toMatchObject({ left: 10 })

    await other.strike({ fault: 'down' })
    await transaction(shop, 'on', (tx) => goOn(tx, shop, id))
    await world.pass({ hours: 1 })
    expect(await state()).toMatchObject({
      state: 'stopped',
      stoppedBecause: expect.stringContaining('could not be moved'),
    })
    expect(await counts()).toMatchObject({ left: 10, waiting: 0, done: 2 })
    expect(await kinds(world)).toContain('evacuation_waits')
    for (const line of lines.slice(2)) expect((await line.onPanel())?.enabled).toBe(true)

    other.heal()
    await world.pass({ minutes: 11 })
    await transaction(shop, 'on', (tx) => goOn(tx, shop, id))
    await world.pass({ hours: 1 })
    expect(await state()).toMatchObject({ state: 'finished' })
    expect(await counts()).toMatchObject({ left: 0, done: 12 })
    for (const name of names) expect(await other.line(name)).toMatchObject({ enabled: 1 })
    for (const line of lines) expect((await line.onPanel())?.enabled).toBe(false)
    await expect(transaction(shop, 'stop', (tx) => stopEvacuation(tx, shop, id))).rejects.toMatchObject({
      code: 'conflict',
    })

    await transaction(shop, 'back', (tx) => rollBack(tx, shop, id))
    await world.pass({ hours: 1 })
    expect(await state()).toMatchObject({ state: 'finished', back: true })
    expect(await counts()).toMatchObject({ left: 12, back: 12 })
    for (const line of lines)
      expect(await line.onPanel()).toMatchObject({ enabled: true, password: await line.password() })
    for (const name of names) expect(await other.line(name)).toMatchObject({ enabled: 0 })
  },
)

scenario("what a line left is nobody's orphan, and is off again when somebody switched it on", async (world) => {
  const ana = await world.customer('ana').buys()
  const other = await second(world)
  await world.mapTo(world.panelId, other.id)
  const line = await ana.line()
  const compare = async () => {
    await world.pass({ minutes: 20 })
    await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, world.shop.now()))
    await world.settle()
    return read(world.shop, (tx) => listDifferences(tx, {}, { limit: 9 }))
  }
  await move(world, line.id, other.id)
  expect(await compare()).toEqual([])
  await world.byHand('edit', { username: 'ana', fields: { enabled: 1 } })
  expect(await compare()).toEqual([])
  expect(await line.onPanel()).toMatchObject({ enabled: false })
  expect(await lefts(world, line)).toMatchObject([{ state: 'off' }])
  // Removed, and a backup brings it back.
  const kept = present((await world.linesOnPanel('ana'))[0])
  await world.pass({ days: 8 })
  expect(await line.onPanel()).toBeNull()
  const { id: _id, mac: _mac, ...columns } = kept
  await world.addedByHand(columns as { username: string })
  expect(await compare()).toEqual([])
  expect(await line.onPanel()).toBeNull()
  expect(await lefts(world, line)).toMatchObject([{ state: 'gone' }])
  expect(await other.line('ana')).toMatchObject({ enabled: 1 })
})

for (const [name, house] of Object.entries({ Ministra: ministraHouse, 'the XUI family': xuiBoxHouse }))
  scenario(
    `a box moves between panels of ${name} and goes home: same address, same end, on in one place only`,
    { start: '2026-04-01T12:00:00Z', house },
    async (world) => {
      const mac = '00:1A:79:12:34:56'
      const ana = await world.customer('ana').buys({ mac })
      const other = await world.addPanel('panel-b')
      await world.mapTo(world.panelId, other.id)
      const line = await ana.line()
      const before = await line.stored()
      const here = async () => (await world.linesOnPanel()).filter((each) => each.mac === mac)
      const there = async () => (await other.lines()).filter((each) => each.mac === mac)
      await move(world, line.id, other.id)
      expect(await line.stored()).toMatchObject({
        panelId: other.id,
        mac,
        heldMac: mac,
        differs: [],
        found: { expiresAt: before.found?.expiresAt },
      })
      expect(await there()).toMatchObject([{ enabled: 1 }])
      expect(await here()).toMatchObject([{ enabled: 0 }])
      await move(world, line.id, null)
      expect(await line.stored()).toMatchObject({ panelId: world.panelId, mac, heldMac: mac, differs: [] })
      expect(await here()).toMatchObject([{ enabled: 1 }])
      expect(await there()).toMatchObject([{ enabled: 0 }])
      await ana.renews()
      await world.pass({ days: 8 })
      expect(await there()).toEqual([])
      expect(await here()).toMatchObject([{ enabled: 1 }])
      expect(await kinds(world)).toEqual([])
    },
  )

/** `EVACUATED_LINES=1000` is the whole of it. */
const evacuated = Number(process.env.EVACUATED_LINES ?? 150)
/** How often the house looks for what is due: each line that waits for the dead panel has a moment of its own. */
const often = { seconds: 20 }

scenario(
  'the panel dies half-way: nobody loses a day or his login, what stayed on it is off when it is back, and all go home again',
  { seconds: Math.max(180, 2 * evacuated) },
  async (world) => {
    const names = Array.from({ length: evacuated }, (_, index) => `viewer${index}`)
    for (const [index, name] of names.entries()) {
      await world.customer(name).buys()
      // A house that has run for a while knows its tables; in a few seconds no vacuum comes by.
      if (index % 50 === 49) await world.db.pool.query('analyze')
    }
    const other = await second(world)
    await world.mapTo(world.panelId, other.id)
    const { shop } = world
    type Login = { username: string; until: string; paid: string; password: string }
    const logins = () =>
      read(shop, (tx) =>
        rows(
          tx,
          sql<Login>`select username, password, wanted_until::text as until, paid_until::text as paid from lines where business_id = current_business() order by username`,
        ),
      )
    const before = await logins()
    const half = Math.floor(evacuated / 2)
    const id = await transaction(shop, 'evacuate', (tx) =>
      evacuatePanel(tx, shop, {
        ...standardWaves,
        ...wish,
        panelId: world.panelId,
        toPanelId: other.id,
        canary: half,
        wave: Math.ceil(evacuated / 10),
      }),
    )
    const state = () => read(shop, (tx) => readEvacuation(tx, id))
    const counts = () => read(shop, async (tx) => countsOf(tx, await readEvacuation(tx, id)))
    await world.settle()
    await world.strike('panel', { fault: 'down' })
    await transaction(shop, 'on', (tx) => goOn(tx, shop, id))
    const began = performance.now()
    await world.pass({ hours: 2 }, often)
    const perSecond = (evacuated - half) / ((performance.now() - began) / 1000)
    console.info(`${evacuated - half} lines left a dead panel, ${perSecond.toFixed(1)} lines/s`)
    expect(await state()).toMatchObject({ state: 'finished' })
    expect(await counts()).toMatchObject({ left: 0, waiting: 0, refused: 0, done: evacuated })
    expect(await logins()).toEqual(before)

    /** Each line is on as it was sold at `where`, by the panel's own rows. */
    const served = async (where: typeof there) => {
      const passwords = new Map<string, string>()
      for (const each of await read(shop, (tx) => rows(tx, sql<Line>`select ${lineColumns} from lines`)))
        passwords.set(each.username, passwordOf(shop, each))
      const found = new Map((await where()).map((row) => [String(row.username), row]))
      for (const { username, until } of before) {
        const row = present(found.get(username))
        const end = Temporal.Instant.from(until.replace(' ', 'T').replace(/\+00$/, 'Z'))
        expect([username, row.enabled, row.exp_date, row.password]).toEqual([
          username,
          1,
          unix(end),
          passwords.get(username),
        ])
      }
    }
    const there = () => other.lines()
    const on = async (where: typeof there) => (await where()).filter(({ enabled }) => enabled === 1)
    await served(there)
    expect(await leftovers(world)).toEqual([
      { state: 'off', count: half },
      { state: 'on', count: evacuated - half },
    ])
    world.heal('panel')
    await world.pass({ hours: 2 }, often)
    expect(await on(() => world.linesOnPanel())).toEqual([])

    await transaction(shop, 'back', (tx) => rollBack(tx, shop, id))
    await world.pass({ hours: 2 }, often)
    expect(await counts()).toMatchObject({ left: evacuated, back: evacuated })
    expect(await logins()).toEqual(before)
    await served(() => world.linesOnPanel())
    expect(await on(there)).toEqual([])
    await world.pass({ days: 9 }, often)
    expect(await there()).toEqual([])
    await served(() => world.linesOnPanel())
    expect(await read(shop, (tx) => listDifferences(tx, {}, { limit: 9 }))).toEqual([])
    expect((await kinds(world)).filter((kind) => kind !== 'panel_down')).toEqual([])
  },
)

const leftovers = (world: World) =>
  read(world.shop, (tx) =>
    rows(
      tx,
      sql<{
        state: string
        count: number
      }>`select state, count(*)::int as count from line_leftovers where business_id = current_business() group by 1 order by 1`,
    ),
  )

const betweenKinds: [string, PanelHouse, PanelHouse][] = [
  ['XUI One to XC_VM', xuiHouse, xcVmHouse],
  ['XC_VM to XUI One', xcVmHouse, xuiHouse],
  ['Xtream Codes to XUI One', xtreamCodesHouse, xuiHouse],
  ['XUI One to Xtream Codes', xuiHouse, xtreamCodesHouse],
  ['XUI One to a panel that is described', xuiHouse, httpPanelHouse],
  ['XC_VM to a media server', xcVmHouse, mediaServerHouse],
  ['a reseller’s account to XUI One', xuiResellerHouse, xuiHouse],
]
for (const [name, from, to] of betweenKinds)
  scenario(
    `${name}: a line moves with its login and its end, is renewed there, and was made once`,
    { house: from },
    async (world) => {
      const ana = await world.customer('ana').buys()
      const other = await world.addPanel('panel-b', {}, to)
      await world.mapTo(world.panelId, { id: other.id, house: to })
      const line = await ana.line()
      const [before, password] = [await line.stored(), await line.password()]
      await move(world, line.id, other.id)
      expect(await lastMove(world, line)).toMatchObject({ state: 'done', lastAnswer: null })
      const after = await line.stored()
      expect(after).toMatchObject({ panelId: other.id, username: 'ana', paidUntil: before.paidUntil, differs: [] })
      expect(after.found).toMatchObject({ username: 'ana', enabled: true })
      expect(await line.password()).toBe(password)
      expect(after.found?.expiresAt).toBe(
        after.wantedUntil.round({ smallestUnit: 'second', roundingMode: 'floor' }).toString(),
      )
      if (to !== mediaServerHouse) {
        expect(await other.line('ana')).toMatchObject({ password })
        expect((await other.lines()).filter(({ username }) => username === 'ana')).toHaveLength(1)
      }
      expect(await lefts(world, line)).toMatchObject([{ panelId: world.panelId, state: 'off' }])
      await ana.renews()
      expect((await line.stored()).found?.expiresAt).not.toBe(after.found?.expiresAt)
      await world.pass({ days: 8 })
      expect((await lefts(world, line)).map(({ state }) => state)).not.toContain('on')
      expect(await kinds(world)).toEqual([])
    },
  )

scenario(
  'nothing is moved to a panel that charges each line: not by name, not by routing, not by an evacuation',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const charged = await world.addPanel('panel-b', { weight: 1_000 }, xuiResellerHouse)
    await world.mapTo(world.panelId, { id: charged.id, house: xuiResellerHouse })
    const line = await ana.line()
    const far = charged.machine.store.facts().length
    const tries = (toPanelId: string | null) =>
      transaction(world.shop, 'move', (tx) =>
        moveLine(tx, world.shop, line.id, { ...wish, toPanelId }, world.shop.now()),
      )
    await expect(tries(charged.id)).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ pointer: '/to_panel_id', detail: expect.stringContaining('costs credits once more') }],
    })
    await expect(tries(null)).rejects.toMatchObject({ code: 'conflict' })
    // Where another can take it, that one is chosen, however much the charging one weighs.
    const free = await world.addPanel('panel-c', { weight: 1 })
    await world.mapTo(world.panelId, { id: charged.id, house: xuiResellerHouse }, { id: free.id, house: xuiHouse })
    await transaction(world.shop, 'evacuate', (tx) =>
      evacuatePanel(tx, world.shop, {
        ...standardWaves,
        ...wish,
        panelId: world.panelId,
        toPanelId: null,
        canary: 1,
        wave: 4,
        mostFailures: 1,
      }),
    )
    await world.settle()
    expect(await line.stored()).toMatchObject({ panelId: free.id })
    expect([...charged.machine.store.facts()].slice(far)).toEqual([])
  },
)

scenario(
  'the same machine is known whatever the entry calls it: one panel that two kinds reach is not moved to itself',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const other = await world.addPanel('panel-b', {}, xcVmHouse)
    await world.mapTo(world.panelId, { id: other.id, house: xcVmHouse })
    await transaction(world.shop, 'again', (tx) =>
      savePanel(
        tx,
        world.shop,
        {
          name: 'As XC_VM',
          kind: 'xc_vm',
          weight: 1,
          capacity: null,
          drained: false,
          settings: { ...xcVmHouse.settings(world.panelOrigin), url: `${world.panelOrigin}/another/` },
        },
        other.id,
      ),
    )
    const line = await ana.line()
    await world.tamper(`update panels set tested_at = now() where id = '${other.id}'`)
    await move(world, line.id, other.id)
    expect(await lastMove(world, line)).toMatchObject({
      state: 'refused',
      lastAnswer: expect.stringContaining('are the same machine'),
    })
    expect(await line.onPanel()).toMatchObject({ enabled: true })
  },
)
