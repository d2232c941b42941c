import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { sweepKinds } from '#main.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { mostTravelDays, stopTravel, travel, travelOf, travelOn } from '#modules/dunning/travel.ts'
import { forgetBusiness, moveClock, openShop } from '#modules/people/business.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** By the clock as it is now: a shop that was opened before does not know that it was moved. */
const there = (world: World) => openShop(world.app, world.businessId, 'staff:mem_1')

const daysAhead = async (world: World, days: number) => (await there(world)).now().add({ hours: days * 24 })

/** The machine's time passes until it has arrived; gives every stop it made. */
async function arrive(world: World): Promise<string[]> {
  const stops: string[] = []
  for (let looks = 0; looks < 2_000; looks++) {
    const journey = await read(world.shop, travelOf)
    if (journey === null) return stops
    if (stops.at(-1) !== String(journey.at)) stops.push(String(journey.at))
    world.clock.advance({ milliseconds: 300 })
    await world.settle()
  }
  throw new Error('it never arrives')
}

const done = async (world: World) =>
  (
    await world.db.pool.query<{ step: string; at: Temporal.Instant; due_at: Temporal.Instant }>(
      `select step, at, due_at from steps_done where outcome = 'done' order by at, step`,
    )
  ).rows.map(({ step, at, due_at: due }) => ({ step, at: String(at), due: String(due) }))

scenario('a sandbox travels: each step is done at its own minute, as the rehearsal told it', async (world) => {
  const ana = await world.customer('ana').buys()
  const told = await rehearse(world.shop, { days: 45 })
  const expected = told.rows.flatMap(({ step, at, outcome }) => (outcome === 'done' ? [[step, String(at)]] : []))
  const machine = world.clock.now()
  await travel(await there(world), await daysAhead(world, 45))
  const stops = await arrive(world)
  const steps = await done(world)
  expect(steps.map(({ step, at }) => [step, at]).toSorted()).toEqual(expected.toSorted())
  for (const { at, due } of steps) expect(at).toBe(due)
  // It stood at each of them, and no minute of the machine's went by for it.
  for (const { at } of steps) expect(stops).toContain(at)
  expect(world.clock.now().since(machine).total('minutes')).toBeLessThan(5)
  expect((await ana.subscription()).status).toBe('terminated')
  expect(await (await ana.line()).onPanel()).toBeNull()
  const arrived = (await there(world)).now()
  expect(String(arrived).slice(0, 10)).toBe('2026-03-17')
  // The clock runs on from there.
  world.clock.advance({ hours: 1 })
  expect((await there(world)).now().epochMilliseconds - arrived.epochMilliseconds).toBe(3_600_000)
})

scenario('it can be stopped on its way, and a clock that stood still stands still there', async (world) => {
  await world.customer('ana').buys()
  await transaction(world.shop, 'freeze', (tx) => moveClock(tx, world.shop, { frozenAt: world.shop.now() }))
  await travel(await there(world), await daysAhead(world, 40))
  await expect(travel(await there(world), await daysAhead(world, 50))).rejects.toThrow('It travels already.')
  await expect(transaction(world.shop, 'jump', (tx) => moveClock(tx, world.shop, { offsetMs: 5n }))).rejects.toThrow(
    'It travels in time.',
  )
  for (let looks = 0; (await done(world)).length === 0; looks++) {
    expect(looks).toBeLessThan(50)
    world.clock.advance({ milliseconds: 300 })
    await world.settle()
  }
  const stopped = await there(world)
  await stopTravel(stopped)
  await expect(stopTravel(await there(world))).rejects.toThrow('It does not travel.')
  expect(await travelOn(await there(world))).toBe(false)
  world.clock.advance({ hours: 30 })
  await world.settle()
  expect(String((await there(world)).now())).toBe(String(stopped.now()))
  expect((await done(world)).map(({ step }) => step)).toEqual(['invoice'])
})

scenario('a panel that is down holds the journey for a minute of the machine at most', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.strike('panel', { fault: 'http_503' })
  await travel(await there(world), await daysAhead(world, 33))
  await arrive(world)
  expect((await ana.subscription()).status).toBe('suspended')
  world.heal('panel')
  await world.pass({ hours: 2 })
  expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: false })
})

scenario('a live business never travels, nor does anything go back or too far', async (world) => {
  await world.customer('ana').buys()
  const now = world.clock.now()
  for (const to of [now, now.subtract({ hours: 1 }), now.add({ hours: (mostTravelDays + 1) * 24 })])
    await expect(travel(await there(world), to)).rejects.toThrow('The clock cannot be moved there.')
  await world.tamper(`update businesses set mode = 'live' where id = current_business()`)
  forgetBusiness(world.app, world.businessId)
  const live = await there(world)
  await expect(travel(live, now.add({ hours: 1 }))).rejects.toThrow('Only the clock of a test business can be moved.')
  // Nor past every door: the database itself refuses.
  await expect(travel({ ...live, livemode: false }, now.add({ hours: 1 }))).rejects.toThrow(/violates check constraint/)
  expect(await travelOn(live)).toBe(false)
  expect(String((await there(world)).now())).toBe(String(now))
  await world.tamper(`update businesses set mode = 'test' where id = current_business()`)
})

scenario('a journey knows every kind of due work', async (world) => {
  const { rows } = await world.db.pool.query<{ text: string }>(
    `select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure) as text`,
  )
  const missing = sweepKinds.map(({ kind }) => kind).filter((kind) => !rows[0]?.text.includes(`select '${kind}'`))
  expect(missing).toEqual(['travel'])
})
