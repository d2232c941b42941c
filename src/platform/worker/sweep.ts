/**
 * The sweep is the guarantee behind the nudges: it looks for what is due and not done, and enqueues one job for each such row, or for a
 * set of them where each costs less than a job.
 * Several processes may sweep; of one kind, one at a time does.
 */

import type { Database } from '../db/connection.ts'
import { inTransaction, maybe, one, rows, run, sql, type Tx } from '../db.ts'
import { assert } from '../errors.ts'
import type { Log } from '../log.ts'
import { setOldestDue } from '../metrics.ts'

export type SweepKind = {
  /** The job that is enqueued for each due row. */
  readonly job: string
  toPayload(businessId: string, id: string): unknown
  /** Many rows of one business in one job, whose payload has their ids as `ids`. A row that fails in it gets a nudge of its own. */
  readonly set?: SweepSet | undefined
}

export type SweepSet = {
  readonly job: string
  readonly size: number
  /** How many rows may be in nudges at once, instead of the plan's limit. */
  readonly limit: number
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
  const { db, sweep, now } = options
  let nudged = 0
  const failed: { kind: string; error: unknown }[] = []
  const busy = await kindsWithWork(db, [...sweep.kinds.keys()], now)
  for (const [kind, how] of sweep.kinds) {
    try {
      if (busy === null || busy.has(kind)) nudged += await sweepKind(db, kind, how, sweep.limit, now)
      else noteOldest(db, kind, null, now)
    } catch (error) {
      options.log.error('sweep failed', { kind, error })
      failed.push({ kind, error })
    }
  }
  return { nudged, failed }
}

/**
 * Most kinds have nothing due at most times, and one question is enough to know. Null: it was not answered, so each kind is asked by itself;
 * of several one may be at fault.
 */
async function kindsWithWork(
  db: Database,
  kinds: readonly string[],
  now: Temporal.Instant,
): Promise<ReadonlySet<string> | null> {
  try {
    const busy = await inTransaction(db, { role: 'lookup' }, 'sweep', (tx) =>
      rows<{ kind: string }>(
        tx,
        sql`select kind from unnest(${kinds}::text[]) kind where exists (select from due_work(kind, ${now}::timestamptz, 1))`,
      ),
    )
    return new Set(busy.map(({ kind }) => kind))
  } catch {
    return null
  }
}

async function sweepKind(
  db: Database,
  kind: string,
  how: SweepKind,
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
      rows<Due>(
        tx,
        how.set === undefined
          ? sql`select business_id, id from sweep_due(${kind}, ${now}::timestamptz, ${limit})`
          : sql`select business_id, id from sweep_due_apart(${kind}, ${now}::timestamptz, ${how.set.limit})`,
      ),
    ])
    noteOldest(db, kind, oldest?.id ?? null, now)
    for (const [job, nudges] of Map.groupBy(nudgesOf(kind, how, due), ({ job }) => job))
      await enqueueSwept(tx, job, nudges)
    return due.length
  })
}

type Due = { business_id: string; id: string }
type Nudge = { job: string; key: string; payload: unknown }

/** Oldest first. */
function nudgesOf(kind: string, { job, toPayload, set }: SweepKind, due: readonly Due[]): Nudge[] {
  const own = ({ business_id, id }: Due): Nudge => ({ job, key: keyOf(kind, id), payload: toPayload(business_id, id) })
  if (set === undefined) return due.map(own)
  return [...Map.groupBy(due, ({ business_id }) => business_id)].flatMap(([businessId, rows]) =>
    Array.from({ length: Math.ceil(rows.length / set.size) }, (_, index) => {
      const each = rows.slice(index * set.size, (index + 1) * set.size)
      const [first] = each
      assert(first !== undefined, 'a set has rows')
      const ids = each.map(({ id }) => id)
      return ids.length === 1
        ? own(first)
        : { job: set.job, key: `sweep/${kind}/set/${first.id}`, payload: { businessId, ids } }
    }),
  )
}

const keyOf = (kind: string, id: string): string => `sweep/${kind}/${id}`

const enqueueSwept = (tx: Tx, job: string, nudges: readonly Pick<Nudge, 'key' | 'payload'>[]) =>
  run(
    tx,
    sql`select enqueue_swept(${job}, ${nudges.map(({ payload }) => JSON.stringify(payload))}::text[]::json[], ${nudges.map(({ key }) => key)}::text[])`,
  )

/** For rows that failed in a set: each a nudge of its own, as the sweep would give it, which counts its tries and is parked by itself. */
export const nudgeEach = (
  db: Database,
  kind: string,
  job: string,
  failed: readonly { id: string; payload: unknown }[],
) =>
  inTransaction(db, { role: 'lookup' }, 'nudge-each', (tx) =>
    enqueueSwept(
      tx,
      job,
      failed.map(({ id, payload }) => ({ key: keyOf(kind, id), payload })),
    ),
  )

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
