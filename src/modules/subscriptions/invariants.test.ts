/** Invariants count days as the product does, also where the clocks change. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '#platform/db/connection.ts'
import { inTransaction, rows, sql } from '#platform/db.ts'
import { silentLog } from '#platform/log.ts'
import { plusDays } from '#platform/time.ts'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { laterThan } from './invariants.ts'

let place: TestDatabase
let db: Database
beforeAll(async () => {
  place = await testDatabase()
  db = openDatabase({ url: place.url, log: silentLog, max: 1 })
})
afterAll(async () => {
  await db.close()
  await place.drop()
})

test.each([
  ['Europe/Berlin', '2026-10-21T22:00:00Z'],
  ['Europe/Berlin', '2026-03-25T22:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-01T12:00:00Z'],
])('three days later in %s, hour by hour from %s', async (zone, from) => {
  const starts = Array.from({ length: 400 }, (_, index) => Temporal.Instant.from(from).add({ minutes: index * 20 }))
  const asked = starts.map(String)
  const found = await inTransaction(db, { role: 'report' }, 'read-days', (tx) =>
    rows<{ at: Temporal.Instant }>(
      tx,
      sql`select ${laterThan(sql`t.at`, sql`make_interval(days => 3)`, sql`${zone}::text`)} as at
        from unnest(${asked}::timestamptz[]) with ordinality t (at, place) order by t.place`,
    ),
  )
  expect(found.map(({ at }) => at.toString())).toEqual(starts.map((at) => plusDays(at, 3, zone).toString()))
})
