/** What `/healthz` and `/readyz` answer: alive is the process, ready is a database that takes our writes. */
import type { Database } from './db/connection.ts'
import { migrationsMatch } from './migrate.ts'

export type Health = { ok: true } | { ok: false; reason: string }

/** The process answers at all. It says nothing of the database: restarting us would not mend that. */
export const live = (): Health => ({ ok: true })

/** Whether requests may be sent here, said within `withinMs`. `reason` is a sentence for staff, without addresses or secrets. */
export async function ready(db: Database, withinMs = 2_000): Promise<Health> {
  const timeout = Promise.withResolvers<Health>()
  const timer = setTimeout(
    () => timeout.resolve({ ok: false, reason: 'the database does not answer in time' }),
    withinMs,
  )
  try {
    return await Promise.race([ask(db), timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function ask(db: Database): Promise<Health> {
  try {
    const { rows } = await db.pool.query<{ read_only: boolean }>(
      `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only`,
    )
    if (rows[0]?.read_only !== false) return { ok: false, reason: 'the database is read-only' }
    const matches = await migrationsMatch((text) => db.pool.query<{ name: string }>(text))
    return matches ? { ok: true } : { ok: false, reason: 'the database is not migrated to this version' }
  } catch (error) {
    db.log.warn('not ready', { error })
    return { ok: false, reason: 'the database does not answer' }
  }
}
