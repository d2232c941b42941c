/** What the worker's tests share: a database with jobs in it, and handlers that remember what they ran. */
import { z } from 'zod'
import { type Database, openDatabase } from '../db/connection.ts'
import { inTransaction, run, sql } from '../db.ts'
import { defineJob, enqueue } from '../jobs.ts'
import { silentLog } from '../log.ts'
import type { SweepPlan } from './sweep.ts'

export const payload = z.object({ id: z.string() })
export const noSweep = { everyMs: 60_000, limit: 10, kinds: new Map<string, never>() }

export type Bench = { url: string; db: Database; close(): Promise<void> }

/** On a test database, which only a test may ask for. */
export function openBench({ url, drop }: { url: string; drop(): Promise<void> }): Bench {
  const db = openDatabase({ url, log: silentLog, max: 4 })
  return {
    url,
    db,
    async close() {
      await db.close()
      await drop()
    },
  }
}

/** Commits one job, as the application role does it. */
export async function give(db: Database, name: string, id: string, key?: string): Promise<void> {
  const job = defineJob(name, payload)
  await inTransaction(db, { role: 'app', businessId: 'biz_test' }, 'give', (tx) => enqueue(tx, job, { id }, key))
}

export type JobRow = { id: string; task: string; attempts: number; locked_by: string | null; key: string | null }

export async function jobsOf(db: Database): Promise<JobRow[]> {
  const { rows } = await db.pool.query<JobRow>(
    `select j.id::text, t.identifier as task, j.attempts::int, j.locked_by, j.key
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id order by j.id`,
  )
  return rows
}

export const now = Temporal.Instant.from('2025-03-10T12:00:00Z')

const business = { id: 'biz_test', mode: 'live' }

/** A business, and rows of two kinds that are due: the narrowest tables that `due_work` reads. */
export async function addBusiness(
  db: Database,
  { id, mode } = business,
  frozenAt: Temporal.Instant | null = null,
): Promise<void> {
  await inTransaction(db, { role: 'app', businessId: id }, 'add-business', (tx) =>
    run(
      tx,
      sql`insert into businesses (id, slug, name, mode, clock_frozen_at, zone, currency, data_key, created_at)
        values (${id}, ${id.replace('_', '-')}, 'Test', ${mode}, ${frozenAt}, 'UTC', 'EUR', '-', ${now})`,
    ),
  )
}

export async function addDueNotices(db: Database, ids: string[], at = now, businessId = business.id): Promise<void> {
  await inTransaction(db, { role: 'app', businessId }, 'add-notices', (tx) =>
    run(
      tx,
      sql`insert into notices (business_id, id, gateway_account_id, event_type, hints, body, status, next_try_at, received_at)
        select ${businessId}, id, 'gwa', 'x', '{}', '-', 'received', ${at}::timestamptz + place * interval '1 ms', ${now}
        from unnest(${ids}::text[]) with ordinality each (id, place)`,
    ),
  )
}

export async function addDueMessage(db: Database, id: string): Promise<void> {
  await inTransaction(db, { role: 'app', businessId: business.id }, 'add-message', (tx) =>
    run(
      tx,
      sql`insert into messages (business_id, id, template, kind, to_address, status, next_try_at, created_at)
        values (${business.id}, ${id}, 'x', 'service', 'x@example.com', 'queued', ${now}, ${now})`,
    ),
  )
}

/** What a handler does in the end: the row is due no more. */
export async function settle(
  db: Database,
  table: 'notices' | 'messages',
  id: string,
  next: Temporal.Instant | null = null,
): Promise<void> {
  await inTransaction(db, { role: 'app', businessId: business.id }, 'settle', (tx) =>
    run(tx, sql`update ${sql.table(table)} set next_try_at = ${next}::timestamptz where id = ${id}`),
  )
}

const toPayload = (businessId: string, id: string) => ({ businessId, id })

export const sweepOf = (limit: number, ...kinds: [kind: string, job: string][]): SweepPlan => ({
  limit,
  kinds: new Map(kinds.map(([kind, job]) => [kind, { job, toPayload }])),
})
