import { afterEach, beforeEach, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/support/database.ts'
import { type Database, openDatabase } from './db/connection.ts'
import { live, ready } from './health.ts'
import { silentLog } from './log.ts'

let made: TestDatabase
let db: Database

beforeEach(async () => {
  made = await testDatabase()
  db = openDatabase({ url: made.url, log: silentLog, max: 1 })
})
afterEach(async () => {
  await db.close()
  await made.drop()
})

it('is ready on a migrated database that takes writes', async () => {
  expect(live()).toEqual({ ok: true })
  expect(await ready(db)).toEqual({ ok: true })
})

it('is not ready on a standby or in read-only mode', async () => {
  await db.pool.query('set default_transaction_read_only = on')
  expect(await ready(db)).toEqual({ ok: false, reason: 'the database is read-only' })
})

it('is not ready before the migrations of this version ran', async () => {
  await db.pool.query(`delete from public.migrations where name = (select max(name) from public.migrations)`)
  expect(await ready(db)).toEqual({ ok: false, reason: 'the database is not migrated to this version' })
})

it('says so in time when the database does not answer', async () => {
  const busy = db.pool.query('select pg_sleep(1)')
  expect(await ready(db, 50)).toEqual({ ok: false, reason: 'the database does not answer in time' })
  await busy
  expect(await ready(db)).toEqual({ ok: true })
})

it('is not ready without a database', async () => {
  const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', log: silentLog })
  expect(await ready(nowhere)).toEqual({ ok: false, reason: 'the database does not answer' })
  await nowhere.close()
})
