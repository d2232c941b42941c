import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type App, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { mediaServerHouse } from '../../../test/support/panel-houses.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { hangs } from './hanging.ts'
import { type Place, pacedWay, secondsUntilRoom, takeInHand } from './pace-panel.ts'
import { findPanel, openPanel, savePanel, shownSettings } from './panels.ts'
import { reconcileLine } from './reconcile-line.ts'
import { reconcileNow } from './want-line.ts'

async function setPace(world: World, requestsPerSecond: number | null): Promise<void> {
  await transaction(world.shop, 'save', async (tx) => {
    const panel = present(await findPanel(tx, world.panelId))
    const { name, kind, weight, capacity, drained } = panel
    const settings = shownSettings(world.app, panel).shown
    await savePanel(tx, world.shop, { name, kind, weight, capacity, drained, settings, requestsPerSecond }, panel.id)
  })
}

/** When each request reached the panel. */
function arrivals(world: World): number[] {
  const times: number[] = []
  world.leads(world.panelOrigin, async (request) => {
    times.push(stopwatch())
    return world.panel.app.fetch(request)
  })
  return times
}

/** The last of so many turns cannot have begun earlier; the database's clock and ours may differ by a little. */
const expectPaced = (times: readonly number[], began: number, perSecond: number): void => {
  const soonestMs = ((times.length - 1) * 1_000) / perSecond
  expect((times.at(-1) ?? 0) - began).toBeGreaterThan(soonestMs - 100)
}

scenario('orders that two workers make at once reach a panel no faster than it may be asked', async (world) => {
  const perSecond = 20
  await setPace(world, perSecond)
  const times = arrivals(world)
  const buyers = Array.from({ length: 8 }, (_, n) => world.customer(`viewer${n}`))
  const began = stopwatch()
  const orders = await world.withWorkers(2, async () => {
    const placed = await Promise.all(buyers.map((each) => each.orders()))
    await Promise.all(placed.map((each) => each.pays()))
    return placed
  })
  await world.settle()
  expect(await world.linesOnPanel()).toHaveLength(8)
  for (const order of orders)
    expect(await (await order.line()).stored()).toMatchObject({ trouble: null, tries: 0, differs: [] })
  expect(times.length).toBeGreaterThan(20)
  expectPaced(times, began, perSecond)
})

scenario('what else asks the panel keeps to the same pace: looking, comparing, counting viewers', async (world) => {
  await world.customer('ana').buys()
  await setPace(world, 4)
  const times = arrivals(world)
  const began = stopwatch()
  const { panel } = await openPanel(world.app, world.businessId, world.panelId)
  await Promise.all([panel.checkConnection(), panel.findLine('ana', 'ref:x'), panel.listBouquets()])
  await world.pass({ hours: 30 }) // Its first comparison is due within a day.
  expect(times.length).toBeGreaterThan(8)
  expectPaced(times, began, 4)
})

/** A way out whose requests are noted by their addresses. */
function noting(world: World, asked: string[], place: Place, requestsPerSecond: number): HttpOut {
  const out = {
    request: async ({ url }: { url: string }) => {
      asked.push(url)
      return { status: 200, headers: new Headers(), text: '', tookMs: 1 }
    },
  } as unknown as HttpOut
  return pacedWay(out, world.shop, { id: world.panelId, requestsPerSecond }, place, () => () => {})
}

const ask = (way: HttpOut, url: string) => way.request({ provider: 'x', method: 'GET', url, writes: false })

scenario('who comes for an order goes before who only looks, in whatever process', async (world) => {
  const asked: string[] = []
  const front = noting(world, asked, 'front', 5)
  await world.tamper(`insert into panel_turns (business_id, panel_id, next_at)
    values ('${world.businessId}', '${world.panelId}', clock_timestamp() + interval '5 s')`)
  const look = ask(noting(world, asked, 'behind', 5), 'look')
  await Promise.all([look, ...Array.from({ length: 3 }, (_, n) => ask(front, `order ${n}`))])
  expect(asked).toEqual(['order 0', 'order 1', 'order 2', 'look'])
})

/** Until turns are given out so far ahead. */
async function turnsGivenOut(world: World, ms: number): Promise<void> {
  for (;;) {
    const { rows } = await world.db.pool.query<{ ahead: boolean }>(
      `select next_at > clock_timestamp() + make_interval(secs => $1::float8 / 1000) as ahead from panel_turns`,
      [ms],
    )
    if (rows[0]?.ahead === true) return
    await sleep(5)
  }
}

scenario('who waits for his turn holds no connection, and hangs on nothing', async (world) => {
  await setPace(world, 1)
  const times = arrivals(world)
  const { panel } = await openPanel(world.app, world.businessId, world.panelId)
  const looks = Array.from({ length: 8 }, (_, n) => panel.findLine(`nobody${n}`, 'ref:x'))
  await turnsGivenOut(world, 5_000)
  const { pool } = world.db
  while (pool.idleCount < pool.totalCount) await sleep(5)
  expect(times.length).toBeLessThan(8)
  while (times.length < 4) await sleep(20)
  expect(hangs(panel)).toBe(false) // The last ones have waited for longer than a call may.
  await Promise.all(looks)
})

scenario('a line that finds no room is put off, asks nothing, and has failed at nothing', async (world) => {
  const ana = await world.customer('ana').buys()
  await setPace(world, 1)
  const { owner, row } = await openPanel(world.app, world.businessId, world.panelId)
  const letGo = present(takeInHand(owner, row))
  const times = arrivals(world)
  const line = await ana.line()
  await transaction(world.shop, 'look-again', (tx) => reconcileNow(tx, world.shop, line.id, world.clock.now()))
  await reconcileLine(world.shop, line.id)
  const { nextTryAt, ...stored } = await line.stored()
  expect(stored).toMatchObject({ tries: 0, trouble: null })
  expect(Temporal.Instant.compare(present(nextTryAt), world.clock.now())).toBe(1)
  expect(times).toEqual([])
  letGo()
  await world.pass({ minutes: 1 })
  expect(await line.stored()).toMatchObject({ tries: 0, trouble: null, nextTryAt: null })
  expect(times.length).toBeGreaterThan(0)
})

const someApp = (): Pick<World['shop'], 'app'> => ({ app: {} as App })

test('no more lines are in hand than a panel may be asked in a second, and those that find no room come one behind the other', () => {
  const owner = someApp()
  const panel = { id: 'pan_1', requestsPerSecond: 3 }
  const held = [1, 2, 3].map(() => present(takeInHand(owner, panel)))
  expect(takeInHand(owner, panel)).toBeNull()
  expect(takeInHand(owner, { ...panel, id: 'pan_2' })).not.toBeNull()
  expect(takeInHand(someApp(), panel)).not.toBeNull()
  held[0]?.()
  expect(takeInHand(owner, panel)).not.toBeNull()
  expect(secondsUntilRoom(owner, panel, true)).toBe(1)
  const waits = Array.from({ length: 400 }, () => secondsUntilRoom(owner, panel, false))
  expect(waits[0]).toBeGreaterThan(2)
  expect(waits[1]).toBeGreaterThan((waits[0] ?? 0) + 1)
  expect(Math.max(...waits)).toBeLessThanOrEqual(600)
})

test('a panel without a pace takes whatever comes', () => {
  const panel = { id: 'pan_1', requestsPerSecond: null }
  const owner = someApp()
  for (let n = 0; n < 100; n++) expect(takeInHand(owner, panel)).not.toBeNull()
})

test('a media server that asks us is not asked, and has no pace', async () => {
  const world = await createWorld({ house: mediaServerHouse })
  onTestFinished(() => world.close())
  await expect(setPace(world, 5)).rejects.toMatchObject({
    code: 'invalid_input',
    fields: [{ pointer: '/requests_per_second', code: 'unsupported' }],
  })
})
