/** How panels are: noticed before anybody buys, told once, and once when it is over. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { listAttention } from '#modules/people/attention.ts'
import { run, sql } from '#platform/db.ts'
import { xuiResellerHouse } from '../../../test/support/panel-houses.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { forgetOldLooks, latencyOf, lookAtPanels, lookMinutes } from './panel-health.ts'
import { planWork } from './panel-work.ts'
import { findPanel, savePanel } from './panels.ts'

const kinds = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
const panel = async (world: World) => present(await read(world.shop, (tx) => findPanel(tx, world.panelId)))
const latency = (world: World) => read(world.shop, (tx) => latencyOf(tx, world.panelId, world.shop.now()))
/** How often each of these was written to the history. */
const told = async (world: World, ...types: string[]) => {
  const { rows } = await world.db.pool.query<{ type: string; count: number }>(
    `select type, count(*)::int as count from events where type = any($1) group by 1`,
    [types],
  )
  return types.map((type) => rows.find((row) => row.type === type)?.count ?? 0)
}
async function looks(world: World, times = 1): Promise<number> {
  let looked = 0
  for (let time = 0; time < times; time++) {
    await world.pass({ minutes: lookMinutes })
    looked += await lookAtPanels(world.app)
  }
  return looked
}

scenario(
  'a panel that goes down while nobody buys is noticed, told once, and told once when it is back',
  async (world) => {
    expect(await looks(world, 3)).toBe(3)
    const quiet = await latency(world)
    expect(quiet).toMatchObject({ failed: 0, p50Ms: expect.any(Number), p95Ms: expect.any(Number) })
    expect(quiet.calls).toBe(3)
    expect(await panel(world)).toMatchObject({ lastOkAt: world.clock.now(), health: 'up' })

    await world.strike('panel', { fault: 'down' })
    await looks(world, 12)
    expect(await panel(world)).toMatchObject({ health: 'down' })
    expect(await kinds(world)).toEqual(['panel_down'])
    expect((await latency(world)).failed).toBeGreaterThan(3)
    world.heal('panel')
    await looks(world, 3)
    expect(await panel(world)).toMatchObject({ health: 'up', failures: 0, lastError: null })
    expect(await kinds(world)).toEqual([])
    expect(await told(world, 'panel.down', 'panel.up')).toEqual([1, 1])
  },
)

scenario('one look at a time, none during planned work, and what was never set up is left alone', async (world) => {
  expect(await Promise.all([lookAtPanels(world.app), lookAtPanels(world.app)])).toEqual(expect.arrayContaining([1]))
  expect(await lookAtPanels(world.app)).toBe(0)
  const now = world.shop.now()
  await transaction(world.shop, 'work', (tx) =>
    planWork(tx, world.shop, world.panelId, { starts: now, ends: now.add({ hours: 2 }), reason: 'new disks' }),
  )
  await world.strike('panel', { fault: 'down' })
  expect(await looks(world, 6)).toBe(0)
  expect(await kinds(world)).toEqual([])
  world.heal('panel')
  await transaction(world.shop, 'untested', (tx) =>
    run(tx, sql`update panels set health = 'unknown', tested_at = null where business_id = current_business()`),
  )
  await world.pass({ hours: 3 })
  expect(await lookAtPanels(world.app)).toBe(0)
})

scenario('one panel that hangs holds up nobody’s look', async (world) => {
  for (const name of ['panel-b', 'panel-c']) await world.addPanel(name)
  await world.pass({ minutes: lookMinutes })
  await world.strike('panel', { fault: 'slow', ms: 4_000 })
  const began = performance.now()
  const round = lookAtPanels(world.app)
  const seen = async () =>
    (
      await world.db.pool.query<{ id: string }>('select id from panels where last_ok_at = $1', [
        world.clock.now().toString(),
      ])
    ).rowCount
  while ((await seen()) !== 2) expect(performance.now() - began).toBeLessThan(3_900)
  expect(await round).toBe(3)
})

scenario(
  'our credits there are read anew; few are told once, a top-up once',
  { house: xuiResellerHouse },
  async (world) => {
    const low = (creditsLow: string | null) =>
      transaction(world.shop, 'low', async (tx) => {
        const { name, kind, weight, capacity, drained } = present(await findPanel(tx, world.panelId))
        const settings = xuiResellerHouse.settings(world.panelOrigin)
        await savePanel(tx, world.shop, { name, kind, weight, capacity, drained, settings, creditsLow }, world.panelId)
      })
    const topUp = async (credits: number) => {
      await world.panel.app.fetch(
        new Request(`${world.panelOrigin}/__credits`, { method: 'POST', body: JSON.stringify({ credits }) }),
      )
    }
    await looks(world)
    expect(await panel(world)).toMatchObject({ credits: '500.0000', creditsAt: world.clock.now(), creditsLow: null })
    await low('499')
    expect(await kinds(world)).toEqual([])
    await world.customer('ana').buys() // Two credits.
    expect(await kinds(world)).toEqual(['panel_credits_low'])
    await looks(world, 3)
    expect(await told(world, 'panel.credits_low', 'panel.credits_enough')).toEqual([1, 0])
    await topUp(100)
    await looks(world)
    expect(await kinds(world)).toEqual([])
    expect(await told(world, 'panel.credits_low', 'panel.credits_enough')).toEqual([1, 1])
    await low('1000')
    expect(await kinds(world)).toEqual(['panel_credits_low'])
    await low(null)
    expect(await kinds(world)).toEqual([])
  },
)

scenario(
  'a certificate that nobody renews is told two weeks before its end, and what a renewal ends',
  async (world) => {
    world.certificates.set(world.panelOrigin, world.clock.now().add({ hours: 24 * 40 }))
    await looks(world)
    expect(await panel(world)).toMatchObject({ certificateEndsAt: world.certificates.get(world.panelOrigin) })
    expect(await kinds(world)).toEqual([])
    await world.pass({ days: 27 })
    await looks(world, 2)
    expect(await kinds(world)).toEqual(['panel_certificate'])
    world.certificates.set(world.panelOrigin, world.clock.now().add({ hours: 24 * 90 }))
    await looks(world, 2)
    expect(await kinds(world)).toEqual([])
    expect(await told(world, 'panel.certificate_ends', 'panel.certificate_renewed')).toEqual([1, 1])
  },
)

scenario('looks are forgotten after two days, calls for lines are not', async (world) => {
  await world.customer('ana').buys()
  await looks(world)
  const count = async () => {
    const { rows } = await world.db.pool.query<{ looks: number; calls: number }>(
      'select count(*) filter (where line_id is null)::int as looks, count(line_id)::int as calls from panel_calls',
    )
    return present(rows[0])
  }
  const before = await count()
  expect(before).toMatchObject({ looks: 1 })
  await forgetOldLooks(world.app)
  expect(await count()).toEqual(before)
  await world.pass({ hours: 49 })
  await forgetOldLooks(world.app)
  expect(await count()).toEqual({ ...before, looks: 0 })
})
