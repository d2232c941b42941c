import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { sql } from '../db.ts'
import { silentLog } from '../log.ts'
import { alone } from './alone.ts'
import { type Database, openDatabase } from './connection.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase({ url: database.url, log: silentLog, max: 4 })
  await db.pool.query('create table notes (id int primary key, at xid8 not null default pg_current_xact_id())')
  await db.pool.query('grant select, insert on notes to linekeeper_app')
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const scope = { role: 'app', businessId: `biz_${randomBytes(4).toString('hex')}` } as const
const note = (id: number) =>
  alone(
    db,
    scope,
    'note',
    sql<{ id: number; at: string }>`insert into notes (id) values (${id}) returning id, at::text`,
  )

it('what comes while others are on their way travels together, and each gets its own answer', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, (_, id) => note(id)))
  expect(answers.map(([row]) => row?.id)).toEqual(Array.from({ length: 30 }, (_, id) => id))
  // The first left at once; the rest waited for it.
  expect(new Set(answers.map(([row]) => row?.at)).size).toBe(2)
})

it('one that the database refuses takes no other with it', async () => {
  const answers = await Promise.allSettled([100, 101, 102, 5, 103].map(note))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  const { rows } = await db.pool.query('select id from notes where id >= 100 order by id')
  expect(rows.map(({ id }) => id)).toEqual([100, 101, 102, 103])
})

it('one that ends the connection takes no other with it either', async () => {
  const cut = sql`select pg_terminate_backend(pg_backend_pid())`
  const answers = await Promise.allSettled(
    [cut, sql`select 1`, cut, sql`select 2`].map((query) => alone(db, scope, 'cut', query)),
  )
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled'])
  expect(await note(200)).toHaveLength(1)
})
