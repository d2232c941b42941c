/** Jobs that nobody tries any more: those that used up their attempts, and those that this version has no handler for. */
import type { Database } from '../db/connection.ts'

export type ParkedJob = {
  readonly id: string
  readonly task: string
  /** Ids only, by the rule of jobs. */
  readonly payload: unknown
  readonly attempts: number
  readonly lastError: string | null
  readonly since: Temporal.Instant
  /** `unknown`: it waits for a version that knows the task, and runs by itself then. */
  readonly reason: 'failed' | 'unknown'
}

/** The oldest first, at most `most`. `known` are the tasks this version handles (`handlers.keys()`). */
export async function listParkedJobs(db: Database, known: Iterable<string>, most = 200): Promise<ParkedJob[]> {
  const { rows } = await db.pool.query<Omit<ParkedJob, 'id'> & { id: bigint }>(
    `select j.id, t.identifier as task, j.payload, j.attempts, j.last_error as "lastError", j.updated_at as since,
      case when j.attempts >= j.max_attempts then 'failed' else 'unknown' end as reason
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.locked_at is null and (j.attempts >= j.max_attempts or t.identifier <> all($1::text[]))
    order by j.id limit $2`,
    [[...known], most],
  )
  return rows.map((row) => ({ ...row, id: row.id.toString() }))
}

/** Gives a parked job all its attempts again, from now. False: there is no such job, or it is not parked. */
export async function retryParkedJob(db: Database, id: string): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `with retried as (
      update graphile_worker._private_jobs set attempts = 0, max_attempts = 25, run_at = now(), updated_at = now()
      where id = $1 and locked_at is null and attempts >= max_attempts returning id
    )
    select pg_notify('jobs:insert', '{"count":1}') from retried`,
    [id],
  )
  return rowCount === 1
}

/** Throws a parked job away; what is due in our tables is found again by the sweep. False: there is no such job, or it is not parked. */
export async function dropParkedJob(db: Database, id: string, known: Iterable<string>): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
    where j.id = $1 and t.id = j.task_id and j.locked_at is null and (j.attempts >= j.max_attempts or t.identifier <> all($2::text[]))`,
    [id, [...known]],
  )
  return rowCount === 1
}
