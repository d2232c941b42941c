/**
 * A test business travels in time: its clock stands at one due instant after the other, and goes on when what was due there is done. So
 * the lifecycle catches up step by step, each step at its own minute. A live business's clock cannot be moved: refused here, and by the
 * database. Safe to repeat: where it stands is in the business's row, which is locked.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, one, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { earlierOf, type Instant, isAfter, isBefore, secondsBetween } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { forgetAfter, openShop } from '../people/business.ts'
import { travelJob } from './jobs.ts'

/** Farther would only make a clock that nobody means. */
export const mostTravelDays = 400
/** What is due and not done after so long is left behind, by seconds of the machine: a panel that is down keeps nobody. */
const patienceSeconds = 60
const lookAgainMs = 250

export type Travel = {
  from: Instant
  to: Instant
  /** Where it stands. */
  at: Instant
  by: string
  /** The kind of work that is being done at this stop; null: it goes on. */
  busy: string | null
}

type Row = {
  from: Instant | null
  to: Instant | null
  by: string | null
  frozenAt: Instant | null
  offsetMs: bigint
  runsOn: boolean | null
  since: Instant | null
}

const rowQuery = sql<Row>`select travel_from as "from", travel_to as "to", travel_by as by, clock_frozen_at as "frozenAt", clock_offset_ms as "offsetMs",
    travel_runs_on as "runsOn", travel_since as since
  from businesses where id = current_business()`

type Ahead = { busy: string | null; nextAt: Instant | null }

const aheadOf = (tx: Tx, at: Instant) => one(tx, sql<Ahead>`select busy, next_at as "nextAt" from time_ahead(${at})`)

/** The journey that is under way, or null. */
export async function travelOf(tx: Tx): Promise<Travel | null> {
  const row = await maybe(tx, rowQuery)
  if (row === null || row.from === null || row.to === null || row.frozenAt === null) return null
  const { busy } = await aheadOf(tx, row.frozenAt)
  return { from: row.from, to: row.to, at: row.frozenAt, by: row.by ?? '', busy }
}

/** Sets out. Refuses a live business as `forbidden`, another journey under way as `conflict`, the past as `invalid_input`. */
export async function travel(shop: Shop, to: Instant): Promise<void> {
  if (shop.livemode) throw new Refusal('forbidden', 'Only the clock of a test business can be moved.')
  const now = shop.now()
  if (!isAfter(to, now) || isAfter(to, now.add({ hours: mostTravelDays * 24 })))
    throw new Refusal('invalid_input', 'The clock cannot be moved there.', [
      { pointer: '/to', code: 'out_of_range', detail: `Only forward, and at most ${mostTravelDays} days at a time.` },
    ])
  await transaction(shop, 'travel', async (tx) => {
    const row = await one(tx, sql<Row>`${rowQuery} for update`)
    if (row.to !== null) throw new Refusal('conflict', 'It travels already. Let it arrive, or stop it first.')
    const machine = shop.app.clock.now()
    await run(
      tx,
      sql`update businesses set clock_frozen_at = ${now}, clock_offset_ms = 0, travel_from = ${now}, travel_to = ${to}, travel_by = ${shop.actor},
          travel_runs_on = ${row.frozenAt === null}, travel_since = ${machine}, travel_look_at = ${machine}, version = version + 1
        where id = current_business()`,
    )
    forgetAfter(tx, shop)
    await tell(tx, shop, 'clock.travel', now, { to: to.toString() })
    await enqueue(tx, travelJob, { businessId: shop.businessId })
  })
}

/** Stays where it is. What is due there is done all the same. */
export async function stopTravel(shop: Shop): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'stop-travel', async (tx) => {
    const row = await one(tx, sql<Row>`${rowQuery} for update`)
    if (row.to === null) throw new Refusal('conflict', 'It does not travel.')
    await end(tx, shop, row)
    await tell(tx, shop, 'clock.stopped', row.frozenAt ?? now, {})
  })
}

/** One look: waits, goes on to what is due next, or arrives. True when the clock was moved, so that what is due now is looked for at once. */
export async function travelOn(shop: Shop): Promise<boolean> {
  const machine = shop.app.clock.now()
  const above = await aheadAbove(shop)
  return transaction(shop, 'travel-on', async (tx) => {
    const row = await one(tx, sql<Row>`${rowQuery} for update`)
    const { to, frozenAt, since } = row
    if (to === null || frozenAt === null || since === null) return false
    const own = await aheadOf(tx, frozenAt)
    const busy = own.busy ?? above.busy
    const nextAt = earlier(own.nextAt, above.nextAt)
    if (busy !== null && secondsBetween(since, machine) < patienceSeconds) return lookAgain(tx, machine)
    if (!isBefore(frozenAt, to)) {
      await end(tx, shop, row)
      await tell(tx, shop, 'clock.arrived', frozenAt, {})
      return false
    }
    const stop = nextAt === null ? to : earlierOf(nextAt, to)
    await run(
      tx,
      sql`update businesses set clock_frozen_at = ${stop}, travel_since = ${machine}, travel_look_at = ${machine.add({ milliseconds: lookAgainMs })},
          version = version + 1 where id = current_business()`,
    )
    forgetAfter(tx, shop)
    return true
  })
}

/** The supplier above a reseller's twin goes with it: what is due there is waited for, too. */
async function aheadAbove({ app, twinOf, parentId }: Shop): Promise<Ahead> {
  if (twinOf === null || parentId === null) return { busy: null, nextAt: null }
  return transaction(await openShop(app, parentId, 'system'), 'look-above', (tx) =>
    one(
      tx,
      sql<Ahead>`select t.busy, t.next_at as "nextAt" from businesses b, time_ahead(business_now(b.clock_frozen_at, b.clock_offset_ms, ${app.clock.now()})) t
        where b.id = current_business()`,
    ),
  )
}

const earlier = (a: Instant | null, b: Instant | null) => (a === null || b === null ? (a ?? b) : earlierOf(a, b))

async function lookAgain(tx: Tx, machine: Instant): Promise<false> {
  await run(
    tx,
    sql`update businesses set travel_look_at = ${machine.add({ milliseconds: lookAgainMs })} where id = current_business()`,
  )
  return false
}

/** A clock that ran before runs on from here. */
async function end(tx: Tx, shop: Shop, { frozenAt, runsOn }: Row): Promise<void> {
  const machine = shop.app.clock.now()
  const at = frozenAt ?? machine
  const offset = BigInt(at.epochMilliseconds - machine.epochMilliseconds)
  await run(
    tx,
    sql`update businesses set clock_frozen_at = ${runsOn === true ? null : at}, clock_offset_ms = ${runsOn === true ? offset : 0n}, travel_from = null, travel_to = null,
        travel_by = null, travel_runs_on = null, travel_since = null, travel_look_at = null, version = version + 1
      where id = current_business()`,
  )
  forgetAfter(tx, shop)
}

const tell = (tx: Tx, shop: Shop, type: string, now: Instant, data: Record<string, unknown>) =>
  record(tx, shop, now, { type, subjectType: 'business', subjectId: shop.businessId, data })
