/** Who watches, as a panel tells it: S0-44, S2-59. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { factsOf } from '#modules/subscriptions/facts.ts'
import { ministraHouse } from '../../../test/support/panel-houses.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { lineOfSubscription } from './queries.ts'
import {
  firstStreams,
  forgetOldUsage,
  keepMonths,
  lookMinutes,
  lookWhoWatches,
  minutesByDay,
  usageOf,
} from './usage.ts'
import { changeTvLogin } from './want-line.ts'

const lineOf = async (world: World, subscriptionId: string) =>
  present(await read(world.shop, (tx) => lineOfSubscription(tx, subscriptionId)))

async function looksLater(world: World, minutes: number): Promise<number> {
  await world.pass({ minutes })
  return lookWhoWatches(world.app)
}

scenario('the first stream, the last one and the minutes of a day are kept, never what was watched', async (world) => {
  const { subscriptionId } = await world.customer('ana').buys()
  const { id } = await lineOf(world, subscriptionId)
  const paidAt = world.clock.now()
  expect(await lookWhoWatches(world.app)).toBe(1)
  expect(await read(world.shop, (tx) => usageOf(tx, id))).toBeNull()

  await world.pass({ minutes: 6 })
  await world.byHand('watch', { username: 'ANA' })
  const first = world.clock.now()
  await looksLater(world, lookMinutes)
  const seen = await read(world.shop, (tx) => usageOf(tx, id))
  expect(seen).toMatchObject({ atOnce: 1, agent: 'ExamplePlayer/1.0 (TV & Radio)', country: 'NO' })
  expect([seen?.firstSeenAt.toString(), seen?.lastSeenAt.toString()]).toEqual([
    first.toString(),
    world.clock.now().toString(),
  ])

  for (let look = 0; look < 3; look++) await looksLater(world, lookMinutes)
  const today = (await read(world.shop, (tx) => minutesByDay(tx, world.shop, id, 3))).map(({ minutes }) => minutes)
  expect(today).toEqual([0, 0, 4 * lookMinutes])
  const since = paidAt.subtract({ hours: 1 })
  expect(await read(world.shop, (tx) => firstStreams(tx, since))).toEqual({
    lines: 1,
    seen: 1,
    withinTen: 1,
    medianSeconds: 360,
  })
})

scenario('a portal tells that a box is on, and by which model', { house: ministraHouse }, async (world) => {
  const mac = '00:1A:79:AB:CD:EF'
  const { subscriptionId } = await world.customer('ana').buys({ mac })
  const { id, username } = await lineOf(world, subscriptionId)
  await looksLater(world, lookMinutes)
  expect(await read(world.shop, (tx) => usageOf(tx, id))).toBeNull()
  await world.byHand('watch', { username })
  await looksLater(world, lookMinutes)
  const now = world.clock.now()
  expect(await read(world.shop, (tx) => usageOf(tx, id))).toMatchObject({
    firstSeenAt: now,
    atOnce: 1,
    agent: 'MAG250',
    country: null,
  })
})

scenario('asked twice within its minutes, by two processes or one, a panel is asked once', async (world) => {
  const { subscriptionId } = await world.customer('ana').buys()
  const { id } = await lineOf(world, subscriptionId)
  await world.byHand('watch', { username: 'ana' })
  expect(await Promise.all([lookWhoWatches(world.app), lookWhoWatches(world.app)])).toContain(1)
  expect(await lookWhoWatches(world.app)).toBe(0)
  const [, today] = await read(world.shop, (tx) => minutesByDay(tx, world.shop, id, 2))
  expect(today?.minutes).toBe(lookMinutes)
})

scenario(
  'a panel that fails is one look less: nothing is closed, nobody is told, the next look counts',
  async (world) => {
    const { subscriptionId } = await world.customer('ana').buys()
    const { id } = await lineOf(world, subscriptionId)
    await world.byHand('watch', { username: 'ana' })
    for (const fault of ['http_500', 'html', 'null']) {
      await world.strike('panel', { fault, action: 'live_connections' })
      expect(await looksLater(world, lookMinutes)).toBe(0)
      world.heal('panel')
    }
    expect(await read(world.shop, (tx) => usageOf(tx, id))).toBeNull()
    expect(await looksLater(world, lookMinutes)).toBe(1)
    expect(await read(world.shop, (tx) => usageOf(tx, id))).not.toBeNull()
  },
)

scenario('who never watched counts as away since his line is up; who watched, since then', async (world) => {
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys()
  const facts = () => read(world.shop, (tx) => factsOf(tx, [ana.subscriptionId, ben.subscriptionId]))
  expect((await facts()).get(ana.subscriptionId)?.lastSeen).toBeNull() // Not asked yet: not known.
  await world.pass({ hours: 50 })
  await world.byHand('watch', { username: 'ben' })
  await lookWhoWatches(world.app)
  const known = await facts()
  expect(known.get(ana.subscriptionId)?.lastSeen?.toString()).toBe(
    (await lineOf(world, ana.subscriptionId)).activatedAt?.toString(),
  )
  expect(known.get(ben.subscriptionId)?.lastSeen?.toString()).toBe(world.clock.now().toString())
})

scenario('months are forgotten after two years', async (world) => {
  const { subscriptionId } = await world.customer('ana').buys()
  const { id } = await lineOf(world, subscriptionId)
  await world.byHand('watch', { username: 'ana' })
  await lookWhoWatches(world.app)
  const kept = () => world.db.pool.query('select from line_usage_months where line_id = $1', [id])
  await world.tamper(`update line_usage_months set month = month - interval '${keepMonths} months'`)
  await forgetOldUsage(world.app)
  expect((await kept()).rowCount).toBe(1)
  await world.tamper(`update line_usage_months set month = month - interval '1 month'`)
  await forgetOldUsage(world.app)
  expect((await kept()).rowCount).toBe(0)
})

scenario(
  'who watches by a login that is changed is cut off, and a panel that will not cut changes all the same',
  async (world) => {
    const line = await (await world.customer('ana').buys()).line()
    await world.customer('ben').buys()
    const cut = () => world.truth().filter(({ action }) => action === 'kill_connection').length
    const changes = async () => {
      const before = await line.password()
      await transaction(world.shop, 'login', (tx) => changeTvLogin(tx, world.shop, line.id, null, world.shop.now()))
      await world.settle()
      expect(await line.password()).not.toBe(before)
      expect(await line.onPanel()).toMatchObject({ password: await line.password() })
      expect(await line.stored()).toMatchObject({ trouble: null, differs: [] })
    }
    for (const username of ['ana', 'ana', 'ben']) await world.byHand('watch', { username })
    await changes()
    expect(cut()).toBe(2)
    await world.byHand('watch', { username: 'ana' })
    await world.strike('panel', { fault: 'http_500', action: 'kill_connection' })
    await changes()
    expect(cut()).toBe(2)
  },
)
