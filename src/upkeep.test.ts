import { afterEach, beforeEach, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listAttention } from '#modules/people/attention.ts'
import { run, sql } from '#platform/db.ts'
import { createWorld, type World } from '../test/support/world.ts'
import { makeMonths, upkeep } from './upkeep.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const partsOf = async (table: string): Promise<string[]> => {
  const { rows } = await world.db.pool.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = '${table}'::regclass order by 1`,
  )
  return rows.map(({ name }) => name)
}

test('months are made ahead; one that has rows already stays where it is, and a second round changes nothing', async () => {
  await makeMonths(world.app)
  await makeMonths(world.app)
  // The set-up of the world wrote events in January, messages there are none yet.
  expect(await partsOf('events')).toEqual(['events_202602', 'events_202603', 'events_202604', 'events_default'])
  expect(await partsOf('messages')).toEqual([
    'messages_202601',
    'messages_202602',
    'messages_202603',
    'messages_202604',
    'messages_default',
  ])
})

test('a broken invariant is shown to the operator, and settled once it holds', async () => {
  const shown = async () => (await transaction(world.shop, 'read', (tx) => listAttention(tx))).map(({ kind }) => kind)
  const asOwner = (text: ReturnType<typeof sql>) => transaction(world.shop, 'plant', (tx) => run(tx, text))
  await upkeep(world.app)
  expect(await shown()).not.toContain('invariant_broken')
  await asOwner(sql`insert into accounts (business_id, id, kind, unit, holder_id, prepaid, balance, created_at)
    values (${world.businessId}, 'customer/EUR/cus_none', 'customer', 'EUR', 'cus_none', true, 500, ${world.shop.now()})`)
  await upkeep(world.app)
  expect(await shown()).toContain('invariant_broken')
  await asOwner(sql`update accounts set balance = 0 where id = 'customer/EUR/cus_none'`)
  await upkeep(world.app)
  expect(await shown()).not.toContain('invariant_broken')
})
