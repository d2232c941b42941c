/** The chain of history: complete, sealed once, and each way of tampering is named. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { rows, sql } from '#platform/db.ts'
import { planted } from '../../../test/invariants/plant.ts'
import { read } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { upkeep } from '../../upkeep.ts'
import { record } from './record.ts'
import { sealHistory } from './seal-history.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.customer('ana').buys()
})
afterAll(() => world.close())

type Seal = { number: number; ids: string[] }
const seals = () =>
  read(world.shop, (tx) => rows<Seal>(tx, sql`select number, event_ids as ids from audit_seals order by number`))
const events = async () =>
  (await read(world.shop, (tx) => rows<{ id: string }>(tx, sql`select id from events`))).map(({ id }) => id).sort()
const sealed = async () => (await seals()).flatMap(({ ids }) => ids).sort()
const note = (subjectId: string) =>
  transaction(world.shop, 'test', (tx) =>
    record(tx, world.shop, world.shop.now(), { type: 'test.noted', subjectType: 'test', subjectId }),
  )

/** Other tests have transactions on the same server, and what is younger than the oldest one that is open is not sealed yet. */
async function othersOver(): Promise<void> {
  const { rows: now } = await world.db.pool.query<{ at: string }>('select pg_current_xact_id()::text as at')
  await expect
    .poll(
      async () => {
        const text = `select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as over`
        return (await world.db.pool.query<{ over: boolean }>(text, [now[0]?.at])).rows[0]?.over
      },
      { timeout: 60_000, interval: 50 },
    )
    .toBe(true)
}

test('everything is sealed once, also when two processes seal at the same moment', { timeout: 150_000 }, async () => {
  await othersOver()
  const both = await Promise.all([sealHistory(world.shop), sealHistory(world.shop)])
  expect(both[0] + both[1]).toBe((await events()).length)
  expect(await sealHistory(world.shop)).toBe(0)
  expect(await sealed()).toEqual(await events())
  await note('second')
  await othersOver()
  await upkeep(world.app)
  expect((await seals()).map(({ number }) => number)).toEqual([1, 2])
  expect(await sealed()).toEqual(await events())
  expect((await world.proof()).broken).toEqual([])
})

test('what a transaction writes that is still under way is waited for, not passed by', {
  timeout: 90_000,
}, async () => {
  const client = await world.db.pool.connect()
  try {
    await client.query('begin')
    await client.query(
      `select set_config('role', 'linekeeper_app', true), set_config('app.business', '${world.businessId}', true)`,
    )
    await client.query(
      `insert into events (business_id, id, at, type, actor, subject_type, subject_id) values ('${world.businessId}', 'evt_slow', now(), 'test.noted', 'x', 'x', 'x')`,
    )
    await note('quick')
    await sealHistory(world.shop)
    expect(await sealed()).not.toContain('evt_slow')
    await client.query('commit')
  } finally {
    client.release()
  }
  await othersOver()
  await sealHistory(world.shop)
  expect(await sealed()).toEqual(await events())
  expect((await world.proof()).broken).toEqual([])
})

const firstTwo = `(select event_ids[1] from audit_seals where number = 1), (select event_ids[2] from audit_seals where number = 1)`
const tampered: [string, string, string[], RegExp][] = [
  [
    'an actor',
    `update events set actor = 'staff:mem_x' where id in (${firstTwo})`,
    ['P6-history-changed'],
    /"changed"/,
  ],
  ['a removed row', `delete from events where id in (${firstTwo})`, ['P6-history-changed'], /"removed"/],
  [
    'rows that changed places',
    `update events set at = at + interval '1 second' where id in (${firstTwo})`,
    ['P6-history-changed'],
    /"changed"/,
  ],
  [
    'the order in a seal',
    `update audit_seals set event_ids = array(select unnest(event_ids) order by 1 desc), digests = digests where number = 1`,
    ['P6-chain', 'P6-history-changed'],
    /"seal": ?1/,
  ],
  ['a removed seal', `delete from audit_seals where number = 1`, ['P6-chain', 'P6-history-added'], /"seal": ?2/],
]

test.each(tampered)('%s is found and named', async (_name, text, broken, told) => {
  const proof = await planted(world.db, world.clock.now(), ['events', 'audit_seals'], [text])
  const found = proof.broken.filter(({ id }) => id.startsWith('P6'))
  expect(found.map(({ id }) => id).sort()).toEqual(broken)
  expect(JSON.stringify(found.map(({ rows: named }) => named))).toMatch(told)
})

test('the application can neither change nor remove a seal', async () => {
  for (const text of [sql`update audit_seals set hash = ''`, sql`delete from audit_seals`])
    await expect(transaction(world.shop, 'test', (tx) => rows(tx, text))).rejects.toMatchObject({ code: '42501' })
})
