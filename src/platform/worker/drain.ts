/**
 * Runs everything that waits, here and now, one job at a time in the order of their ids, until nothing is due: the worker of a
 * world with a stopped clock. Nothing else may work on the same database meanwhile.
 */
import type { Database } from '../db/connection.ts'
import type { Log } from '../log.ts'
import { type Handlers, perform } from './handlers.ts'
import { type SweepPlan, sweepOnce } from './sweep.ts'

export type Failure = { readonly task: string; readonly error: unknown }
export type Drained = { readonly ran: number; readonly failures: readonly Failure[] }

type DrainOptions = {
  db: Database
  log: Log
  handlers: Handlers
  sweep: SweepPlan
  now: Temporal.Instant
  /** Sweeps before it says that something stays due for ever. */
  maxRounds?: number
}

type Taken = { id: bigint; task: string; payload: unknown; keyed: boolean }

/**
 * A job that fails is told in the answer and left to the next drain, without regard to how long the queue would wait. Throws
 * when rows are still due after `maxRounds` (1,000): a handler then leaves its row as it was.
 */
export async function drain(options: DrainOptions): Promise<Drained> {
  const { db, maxRounds = 1_000 } = options
  // What a killed drain had in hand.
  await db.pool.query(`select graphile_worker.force_unlock_workers(array['drain'])`)
  const failures: Failure[] = []
  const failedIds: bigint[] = []
  let ran = 0
  for (let round = 0; round < maxRounds; round++) {
    ran += await runWaiting(options, failures, failedIds)
    const { nudged, failed } = await sweepOnce(options)
    if (nudged > 0) continue
    return { ran, failures: [...failures, ...failed.map(({ kind, error }) => ({ task: `sweep/${kind}`, error }))] }
  }
  throw new Error(`something is still due after ${maxRounds} rounds: ${await waitingTasks(db)}`)
}

async function runWaiting(
  { db, log, handlers }: DrainOptions,
  failures: Failure[],
  failedIds: bigint[],
): Promise<number> {
  let ran = 0
  let done: bigint | null = null
  for (;;) {
    const job = await finishAndTake(db, done, failedIds)
    if (job === null) return ran
    done = job.id
    ran += 1
    try {
      const handler = handlers.get(job.task)
      if (handler === undefined) throw new Error(`no handler for ${job.task}`)
      await perform(job.task, handler, job.payload, null)
    } catch (error) {
      log.warn('job failed', { task: job.task, job: job.id, error })
      failures.push({ task: job.task, error })
      failedIds.push(job.id)
      done = null
      await giveBack(db, job, error)
    }
  }
}

/** One round trip a job: what is done goes, the next one comes. It is locked while it runs, so that an equal nudge is another job. */
async function finishAndTake(db: Database, done: bigint | null, failedIds: bigint[]): Promise<Taken | null> {
  const { rows } = await db.pool.query<Taken>({
    ...(db.named ? { name: 'drain-take' } : {}),
    text: `with done as (delete from graphile_worker._private_jobs where id = $1),
      next as (
        select id from graphile_worker._private_jobs where is_available and id <> all($2::bigint[])
        order by id limit 1 for update skip locked
      )
      update graphile_worker._private_jobs j set locked_by = 'drain', locked_at = now(), attempts = attempts + 1
      from next, graphile_worker._private_tasks t
      where j.id = next.id and t.id = j.task_id
      returning j.id, t.identifier as task, j.payload, j.key is not null as keyed`,
    values: [done?.toString() ?? null, failedIds.map(String)],
  })
  return rows[0] ?? null
}

/** A job whose key was taken over while it ran has a successor: it goes, instead of lying about as parked. */
async function giveBack(db: Database, job: Taken, error: unknown): Promise<void> {
  const { rowCount } = await db.pool.query(
    'delete from graphile_worker._private_jobs where id = $1 and $2 and key is null',
    [job.id.toString(), job.keyed],
  )
  if (rowCount === 1) return
  await db.pool.query(
    'update graphile_worker._private_jobs set locked_by = null, locked_at = null, last_error = $2 where id = $1',
    [job.id.toString(), error instanceof Error ? error.message : String(error)],
  )
}

async function waitingTasks(db: Database): Promise<string> {
  const { rows } = await db.pool.query<{ task: string }>(
    `select distinct t.identifier as task from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id order by 1`,
  )
  return rows.map(({ task }) => task).join(', ')
}
