import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { silentLog } from '../log.ts'
import { type Database, openDatabase } from './connection.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase({ url: database.url, log: silentLog, max: 1 })
  await db.pool.query('create table things (id int primary key, at timestamptz, amount bigint)')
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

/** What was asked of the server meanwhile: how often for the columns of a statement. */
async function questionsFor(work: (client: pg.PoolClient) => Promise<unknown>): Promise<number> {
  const client = await db.pool.connect()
  const { connection } = client as unknown as { connection: { describe(what: unknown): void } }
  let asked = 0
  connection.describe = function (this: object, what) {
    asked += 1
    return Object.getPrototypeOf(connection).describe.call(this, what)
  }
  try {
    await work(client)
  } finally {
    Reflect.deleteProperty(connection, 'describe')
    client.release()
  }
  return asked
}

const read = (n: number) => ({
  name: 'read',
  text: `select n, null as nothing, '2026-03-01T10:00Z'::timestamptz as at, 5::bigint as amount from generate_series(1, $1::int) n`,
  values: [n],
})

it('columns are asked for once, and rows are read with them ever after', async () => {
  const at = Temporal.Instant.from('2026-03-01T10:00:00Z')
  const answers: pg.QueryResult[] = []
  const asked = await questionsFor(async (client) => {
    for (const n of [1, 0, 2]) answers.push(await client.query(read(n)))
  })
  expect(asked).toBe(1)
  const row = (n: number) => ({ n, nothing: null, at, amount: 5n })
  expect(answers.map(({ rows }) => rows)).toEqual([[row(1)], [], [row(1), row(2)]])
  expect(answers.map(({ rowCount }) => rowCount)).toEqual([1, 0, 2])
  expect(answers[2]?.fields.map(({ name }) => name)).toEqual(['n', 'nothing', 'at', 'amount'])
})

it('what leaves together before any answer came is asked for each time, and nothing is mixed up', async () => {
  const sum = (n: number) => ({ name: 'sum', text: 'select $1::int + 1 as more', values: [n] })
  const answers: unknown[] = []
  const ask = async (client: pg.PoolClient) =>
    answers.push(...(await Promise.all([1, 2, 3].map((n) => client.query(sum(n))))).map(({ rows }) => rows[0].more))
  expect([await questionsFor(ask), await questionsFor(ask)]).toEqual([3, 0])
  expect(answers).toEqual([2, 3, 4, 2, 3, 4])
})

it('a statement without rows tells how many it changed', async () => {
  const add = (id: number) => ({ name: 'add', text: 'insert into things (id) values ($1)', values: [id] })
  const counts: (number | null)[] = []
  const asked = await questionsFor(async (client) => {
    for (const id of [1, 2]) counts.push((await client.query(add(id))).rowCount)
    await expect(client.query(add(1))).rejects.toMatchObject({ code: '23505' })
    counts.push((await client.query(add(3))).rowCount)
  })
  expect([asked, counts]).toEqual([1, [1, 1, 1]])
})

it('one that the server refuses at first is asked for anew', async () => {
  const divide = (by: number) => ({ name: 'divide', text: 'select 10 / $1::int as part', values: [by] })
  const parts: unknown[] = []
  const asked = await questionsFor(async (client) => {
    await expect(client.query({ name: 'wrong', text: 'select nowhere', values: [] })).rejects.toMatchObject({
      code: '42703',
    })
    for (const by of [5, 0, 2])
      await client.query(divide(by)).then(
        ({ rows }) => parts.push(rows),
        (error: pg.DatabaseError) => parts.push(error.code),
      )
  })
  expect(parts).toEqual([[{ part: 2 }], '22012', [{ part: 5 }]])
  expect(asked).toBe(2)
})

it('the server refuses a statement whose columns became others, so that none is read as another', async () => {
  const all = { name: 'all', text: 'select * from things where id = $1', values: [1] }
  await questionsFor(async (client) => {
    expect((await client.query(all)).rows).toEqual([{ id: 1, at: null, amount: null }])
    await client.query('alter table things add note text')
    await expect(client.query(all)).rejects.toThrow('cached plan must not change result type')
  })
})
