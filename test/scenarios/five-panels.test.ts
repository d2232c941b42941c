/**
 * Six weeks on five panels of five different kinds, through outages, slow answers and hand edits: at the end every paid line plays, no unpaid one
 * does, each difference was called what it was, and a panel that charges was paid what was due. Judged by what the product cannot see: the
 * panels' own viewer's side, and the log that each of them writes of what really happened.
 * `LINES_PER_PANEL=400 npx vitest run test/scenarios/five-panels.test.ts` lives it with 2,000 lines.
 */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { mendDifference } from '#modules/lines/decide-difference.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { endOfTerm } from '#platform/time.ts'
import {
  httpPanelHouse,
  nxtHouse,
  oneStreamHouse,
  type PanelHouse,
  xuiHouse,
  xuiResellerHouse,
} from '../support/panel-houses.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import { createWorld, type FaultToStrike, type World } from '../support/world.ts'

const perPanel = Number(process.env.LINES_PER_PANEL ?? 4)
const kinds = 5
/** How often the house looks for what is due: tries of a thousand lines that are milliseconds apart are then taken together. */
const often = { seconds: 20 }
const days = { selling: 10, all: 45, grace: 3 }
const rich = (house: PanelHouse): PanelHouse => ({ ...house, options: { ...house.options, credits: '1000000' } })

type Panel = Awaited<ReturnType<World['addPanel']>>
/** Renews a day before the end, on the second day of grace, or never. */
type Habit = 'early' | 'late' | 'never'
type Viewer = { name: string; habit: Habit; purchase: Purchase; paidUntil: Temporal.Instant; renewed: boolean }

const habits: readonly Habit[] = ['early', 'late', 'early', 'never']

/** On which day what goes wrong with which panel, and for how many days. */
const troubles: readonly { day: number; panel: number; for: number; fault: FaultToStrike }[] = [
  { day: 2, panel: 0, for: 1, fault: { fault: 'down' } },
  { day: 4, panel: 1, for: 1, fault: { fault: 'timeout_after', times: 3, executes: true } },
  { day: 6, panel: 2, for: 1, fault: { fault: 'http_500', times: 5 } },
  { day: 8, panel: 3, for: 1, fault: { fault: 'html', times: 4 } },
  { day: 9, panel: 4, for: 1, fault: { fault: 'down' } },
  { day: 30, panel: 3, for: 2, fault: { fault: 'down' } },
  { day: 32, panel: 4, for: 1, fault: { fault: 'timeout_before', times: 4 } },
  { day: 33, panel: 0, for: 1, fault: { fault: 'null', times: 6 } },
  { day: 35, panel: 1, for: 2, fault: { fault: 'down' } },
  { day: 37, panel: 2, for: 1, fault: { fault: 'slow', ms: 40, times: 20 } },
  { day: 38, panel: 4, for: 1, fault: { fault: 'slow', ms: 40, times: 20 } },
]

test(
  'a month on five panels',
  async () => {
    const world = await createWorld({ start: '2026-03-02T12:00:00Z' })
    try {
      const panels = await openPanels(world)
      const viewers: Viewer[] = []
      for (let day = 0; day < days.all; day++) {
        for (const each of troubles.filter((trouble) => trouble.day + trouble.for === day)) panels[each.panel]?.heal()
        for (const each of troubles.filter((trouble) => trouble.day === day))
          await panels[each.panel]?.strike(each.fault)
        if (day < days.selling) await sell(world, viewers, Math.ceil((perPanel * kinds) / days.selling))
        for (const viewer of viewers) await maybeRenew(world, viewer)
        // Statistics as autovacuum would keep them: it sleeps through a month of two minutes.
        if (day % 3 === 0) await world.db.pool.query('analyze')
        await world.pass({ hours: 24 }, often)
      }
      for (const panel of panels.slice(0, 2)) {
        await workByHand(panel, viewers)
        await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, panel.id, {}, world.shop.now()))
      }
      await world.pass({ hours: 2 }, often)
      for (const panel of panels.slice(0, 2)) {
        const found = await read(world.shop, (tx) => listDifferences(tx, { panelId: panel.id }, { limit: 1_000 }))
        const called = found.map(({ username, kind }) => `${username}: ${kind}`)
        expect(called.sort()).toEqual((await whatHandsDid(panel, viewers)).sort())
        // What costs credits waits for a person.
        for (const { id, state, canMend } of found)
          if (state === 'open' && canMend) await mendDifference(world.shop, id)
      }

      await world.pass({ hours: 26 }, often)
      const wrong = await judge(world, panels, viewers)
      expect(wrong).toEqual([])
      for (const panel of panels) expect(await madeTwice(panel)).toEqual([])
      for (const panel of panels.slice(1, 4)) expect(await chargesOf(panel)).toEqual(await dueOn(panel, viewers))
      const homes = new Set((await linesOf(viewers)).map(({ panelId }) => panelId))
      expect(homes.size).toBe(kinds)
      expect((await world.proof()).broken).toEqual([])
    } finally {
      await world.close()
    }
  },
  perPanel * 60_000,
)

async function openPanels(world: World): Promise<Panel[]> {
  const first = {
    id: world.panelId,
    machine: world.panel,
    origin: world.panelOrigin,
    house: xuiHouse,
    strike: (fault: FaultToStrike) => world.strike('panel', fault),
    heal: () => world.heal('panel'),
    line: world.lineOnPanel,
    lines: world.linesOnPanel,
  }
  const others = [rich(xuiResellerHouse), rich(nxtHouse), rich(oneStreamHouse), httpPanelHouse]
  const panels: Panel[] = [first]
  for (const house of others)
    panels.push(await world.addPanel(`panel-${house.imitation.kind.replaceAll('_', '-')}`, {}, house))
  await world.mapTo(...panels)
  return panels
}

async function sell(world: World, viewers: Viewer[], count: number): Promise<void> {
  const bought: Pick<Viewer, 'name' | 'purchase'>[] = []
  for (let number = viewers.length; bought.length < count && number < perPanel * kinds; number++) {
    const name = `viewer${number}`
    const purchase = await world.customer(name).orders()
    await purchase.pays()
    bought.push({ name, purchase })
  }
  // They buy at once, as people do: what follows is done for all of them together.
  await world.settle()
  for (const { name, purchase } of bought) {
    const { anchorDay, zone } = await purchase.subscription()
    const paidUntil = endOfTerm(world.clock.now(), { unit: 'month', count: 1 }, present(anchorDay), zone)
    viewers.push({ name, habit: present(habits[viewers.length % habits.length]), purchase, paidUntil, renewed: false })
  }
}

async function maybeRenew(world: World, viewer: Viewer): Promise<void> {
  const hours = { early: -24, late: 36, never: Number.POSITIVE_INFINITY }[viewer.habit]
  if (viewer.renewed || world.clock.now().epochMilliseconds < viewer.paidUntil.epochMilliseconds + hours * 3_600_000)
    return
  await world.customer(viewer.name).sendsMoney()
  viewer.renewed = true
  const { anchorDay, zone } = await viewer.purchase.subscription()
  viewer.paidUntil = endOfTerm(viewer.paidUntil, { unit: 'month', count: 1 }, present(anchorDay), zone)
}

type Hand = 'edit' | 'forget' | 'add'

/** One after the other: thousands at once would wait for a connection longer than anybody may. */
async function linesOf(viewers: Viewer[]) {
  const storedOf = async ({ name, purchase }: Viewer) => ({ name, ...(await (await purchase.line()).stored()) })
  const lines: Awaited<ReturnType<typeof storedOf>>[] = []
  for (const viewer of viewers) lines.push(await storedOf(viewer))
  return lines
}

/** An administrator's hand on a panel: one act of each kind for which somebody fits. */
async function workByHand({ id, machine, origin, house }: Panel, viewers: Viewer[]): Promise<void> {
  const act = async (hand: Hand, body: Record<string, unknown>) => {
    const answer = await machine.app.request(`${origin}/__${hand}`, { method: 'POST', body: JSON.stringify(body) })
    if (answer.status >= 300) throw new Error(`${hand} answered ${answer.status}`)
  }
  const here = (await linesOf(viewers)).filter(({ panelId }) => panelId === id)
  const [off, gone, given] = here.filter(({ wanted }) => wanted === 'active').map(({ name }) => name)
  const [resting] = here.filter(({ wanted }) => wanted === 'suspended')
  const [ended] = here.filter(({ wanted }) => wanted === 'ended')
  await act('edit', { username: present(off), fields: { enabled: 0 } })
  await act('forget', { username: present(gone) })
  // Where packages are sold, connections come with the package.
  if (house === xuiHouse) await act('edit', { username: present(given), fields: { max_connections: 9 } })
  if (resting !== undefined)
    await act('edit', { username: resting.name, fields: { enabled: 1, exp_date: 4_000_000_000 } })
  const owner = (await machine.app.request(`${origin}/__lines?username=${off}`)).json() as Promise<{
    lines: { member_id?: number }[]
  }>
  const { member_id } = present((await owner).lines[0])
  await act('add', {
    lines: [
      { username: 'stranger', member_id },
      ...(ended === undefined ? [] : [{ username: ended.name, reseller_notes: ended.marker, member_id }]),
    ],
  })
}

type Fact = { action: string; ids: { id?: number; username?: string; enabled?: number } }

const factsOf = async ({ machine, origin }: Panel): Promise<Fact[]> =>
  ((await (await machine.app.request(`${origin}/__truth`)).json()) as { facts: Fact[] }).facts

/** What the panel's own log says that hands did, in the words in which a difference is to be told. */
async function whatHandsDid(panel: Panel, viewers: Viewer[]): Promise<string[]> {
  const told: string[] = []
  for (const { action, ids } of await factsOf(panel)) {
    const name = ids.username
    const known = viewers.some((viewer) => viewer.name === name)
    if (action === 'forget_by_hand') told.push(`${name}: paid_not_served`)
    if (action === 'edit_by_hand' && ids.enabled === 0) told.push(`${name}: paid_not_served`)
    if (action === 'edit_by_hand' && ids.enabled === 1) told.push(`${name}: served_not_paid`)
    if (action === 'edit_by_hand' && ids.enabled === undefined) told.push(`${name}: edited_by_hand`)
    if (action === 'add_by_hand') told.push(`${name}: ${known ? 'expired_active' : 'orphan'}`)
  }
  return told
}

const makes = /^(create|create[-_]line|POST lines)$/

/** Names that were on the panel twice at any time, without anybody's hand. */
async function madeTwice(panel: Panel): Promise<string[]> {
  const there = new Map<string, number>()
  const twice: string[] = []
  for (const { action, ids } of await factsOf(panel)) {
    const name = ids.username
    if (name === undefined) continue
    if (makes.test(action)) there.set(name, (there.get(name) ?? 0) + 1)
    if (/^(delete|delete_line|terminate|forget_by_hand)$/.test(action)) there.set(name, 0)
    if ((there.get(name) ?? 0) > 1) twice.push(name)
  }
  return twice
}

/** By name: how often the panel charged for it. */
async function chargesOf(panel: Panel): Promise<Record<string, number>> {
  const names = new Map<number, string>()
  const charged: Record<string, number> = {}
  for (const { action, ids } of await factsOf(panel)) {
    if (ids.username !== undefined && ids.id !== undefined) names.set(ids.id, ids.username)
    const name = names.get(ids.id ?? 0) ?? ''
    if (action === 'charge') charged[name] = (charged[name] ?? 0) + 1
  }
  return charged
}

/** By name: a month that was bought each time, and once more for what a hand lost and a person had made again. */
async function dueOn(panel: Panel, viewers: Viewer[]): Promise<Record<string, number>> {
  const lost = (await factsOf(panel)).filter(({ action }) => action === 'forget_by_hand').map(({ ids }) => ids.username)
  const due: Record<string, number> = {}
  for (const { name, purchase, renewed } of viewers)
    if ((await (await purchase.line()).stored()).panelId === panel.id)
      due[name] = 1 + (renewed ? 1 : 0) + (lost.includes(name) ? 1 : 0)
  return due
}

/** By the viewer's own door: whether the login that the customer was given plays. */
async function judge(world: World, panels: Panel[], viewers: Viewer[]) {
  const wrong: { name: string; habit: Habit; panel: string; plays: boolean; paidUntil: string }[] = []
  for (const { name, habit, purchase, paidUntil } of viewers) {
    const line = await (await purchase.line()).stored()
    const panel = present(panels.find(({ id }) => id === line.panelId))
    const login = await connectionDetails(world.shop, line)
    const query = new URLSearchParams({ username: login?.username ?? '', password: login?.password ?? '' })
    const answer = await panel.machine.app.request(`${panel.origin}/player_api.php?${query}`)
    const { user_info: info } = (await answer.json()) as { user_info?: { auth: number; status?: string } }
    const plays = info?.auth === 1 && info.status === 'Active'
    const since = world.clock.now().epochMilliseconds - paidUntil.epochMilliseconds
    const should = since < 0 ? true : since > (days.grace * 24 + 2) * 3_600_000 ? false : plays
    if (plays !== should) wrong.push({ name, habit, panel: panel.origin, plays, paidUntil: paidUntil.toString() })
  }
  return wrong
}
