/**
 * The sweep is the guarantee behind the nudges: it looks for what is due and not done, and enqueues one job for each such row.
 * Several processes may sweep; of one kind, one at a time does.
 */

import type { Database } from '../db/connection.ts'
import { inTransaction, maybe, one, rows, run, sql } from '../db.ts'
import type { Log } from '../log.ts'
import { setOldestDue } from '../metrics.ts'

export type SweepKind = {
  /** The job that is enqueued for each due row. */
  readonly job: string
  toPayload(businessId: string, id: string): unknown
}

export type SweepPlan = {
  /** By the kinds that `due_work` knows. */
  readonly kinds: ReadonlyMap<string, SweepKind>
  /** How many nudges of one kind may wait at once. */
  readonly limit: number
}

export type Swept = { readonly nudged: number; readonly failed: readonly { kind: string; error: unknown }[] }

/** One round over all kinds. A kind that fails is logged and told, and stops no other. */
export async function sweepOnce(options: {
  db: Database
  log: Log
  sweep: SweepPlan
  now: Temporal.Instant
}): Promise<Swept> {
  let nudged = 0
  const failed: { kind: string; error: unknown }[] = []
  for (const [kind, { job, toPayload }] of options.sweep.kinds) {
    try {
      nudged += await sweepKind(options.db, kind, job, toPayload, options.sweep.limit, options.now)
    } catch (error) {
      options.log.error('sweep failed', { kind, error })
      failed.push({ kind, error })
    }
  }
  return { nudged, failed }
}

async function sweepKind(
  db: Database,
  kind: string,
  job: string,
  toPayload: SweepKind['toPayload'],
  limit: number,
  now: Temporal.Instant,
): Promise<number> {
  return inTransaction(db, { role: 'lookup' }, 'sweep', async (tx) => {
    const { mine } = await one<{ mine: boolean }>(
      tx,
      sql`select pg_try_advisory_xact_lock(hashtextextended(${`sweep/${kind}`}, 7236003)) as mine`,
    )
    if (!mine) return 0
    const [oldest, due] = await Promise.all([
      maybe<{ id: string }>(tx, sql`select id from due_work(${kind}, ${now}::timestamptz, 1)`),
      rows<{ business_id: string; id: string }>(
        tx,
        sql`select business_id, id from sweep_due(${kind}, ${now}::timestamptz, ${limit})`,
      ),
    ])
    noteOldest(db, kind, oldest?.id ?? null, now)
    if (due.length === 0) return 0
    const payloads = due.map(({ business_id, id }) => JSON.stringify(toPayload(business_id, id)))
    const keys = due.map(({ id }) => `sweep/${kind}/${id}`)
    await run(tx, sql`select enqueue_swept(${job}, ${payloads}::text[]::json[], ${keys}::text[])`)
    return due.length
  })
}

const heads = new WeakMap<Database, Map<string, { id: string; since: Temporal.Instant }>>()

/** Rows come oldest first, so the time since the head was first seen is how long the oldest has waited at least. */
function noteOldest(db: Database, kind: string, id: string | null, now: Temporal.Instant): void {
  const known = heads.get(db) ?? new Map()
  heads.set(db, known)
  if (id === null) known.delete(kind)
  else if (known.get(kind)?.id !== id) known.set(kind, { id, since: now })
  const since = known.get(kind)?.since ?? now
  setOldestDue(kind, Math.max(0, (now.epochMilliseconds - since.epochMilliseconds) / 1_000))
}
