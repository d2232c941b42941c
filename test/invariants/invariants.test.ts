/** Each invariant is seen broken once: a bad row is planted past the database's own guards, and the proof names exactly that invariant. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listInvariants } from '#modules/invariants.ts'
import { createWorld, type World } from '../support/world.ts'
import { planted } from './plant.ts'
import { furnish, type Ids, plants } from './plants.ts'

let world: World
let ids: Ids
beforeAll(async () => {
  world = await createWorld()
  ids = await furnish(world)
})
afterAll(() => world.close())

test('a world that nobody harmed breaks none', async () => {
  expect(world.failures).toEqual([])
  const { checked, broken } = await world.proof()
  expect(broken).toEqual([])
  const { rows } = await world.db.pool.query<{ keys: number }>(
    `select count(*)::int as keys from pg_constraint k join pg_class c on c.oid = k.conrelid where contype = 'f' and connamespace = 'public'::regnamespace and not c.relispartition`,
  )
  expect(checked).toBe(listInvariants().length + (rows[0]?.keys ?? 0))
})

test('every invariant has its plant, and its id is said once', () => {
  const listed = listInvariants().map(({ id }) => id)
  expect(new Set(listed).size).toBe(listed.length)
  expect(listed.filter((id) => plants[id] === undefined)).toEqual([])
})

/** What follows a blank says which of several ways to break it. */
test.each(Object.keys(plants))('%s is seen broken', async (plant) => {
  const [tables, ...texts] = plants[plant]?.(ids) ?? ['']
  const [id] = plant.split(' ')
  const { broken } = await planted(world.db, world.clock.now(), tables.split(','), texts)
  expect(broken.map((each) => each.id)).toEqual([id])
  expect(broken[0]?.rows.length).toBeGreaterThan(0)
})
