/** graphile-worker, dressed for the house: gated by the sign of life, logging without payloads, started again when it gives up. */
import { type JobHelpers, Logger, runTaskList, type TaskList, type WorkerPool } from 'graphile-worker'
import pg from 'pg'
import { systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import { type Handler, type Handlers, mostSlow, perform, slowAfterMs, UnreadablePayload } from './handlers.ts'
import type { SignOfLife } from './sign-of-life.ts'

export type Runner = { stop(withinMs: number): Promise<void> }

const restartMs = 1_000
/** Set by the queue when a newer version migrated its tables in a way that this one does not understand. */
const migratedExitCode = 57

export async function startRunner(options: {
  directUrl: string
  log: Log
  concurrency: number
  handlers: Handlers
  life: SignOfLife
}): Promise<Runner> {
  const { log, life } = options
  const connections = openConnections(options.directUrl, options.concurrency, life, log)
  const aside: Aside = { running: new Set(), most: options.concurrency * mostSlow }
  const tasks: TaskList = Object.fromEntries(
    [...options.handlers].map(([name, handler]) => [name, taskOf(name, handler, connections, aside, log)]),
  )
  let stopping = false
  let restart: NodeJS.Timeout | undefined
  let current: WorkerPool
  await start()

  /** A pool is a thenable that ends with the work, so it is kept here and never returned through a promise. */
  async function start(): Promise<void> {
    current = runTaskList(queueOptions(options.concurrency, log), tasks, connections)
    current.promise.then(ended, ended)
    await life.hold(current.id).catch((error) => log.warn('worker waits for the database', { error }))
  }

  /** It shuts itself down when it could not record what became of a job, say in a failover. */
  function ended(error?: unknown): void {
    if (stopping) return
    log.error('worker ended by itself', { error })
    if (process.exitCode === migratedExitCode) return
    restart = setTimeout(start, restartMs)
  }

  async function stop(withinMs: number): Promise<void> {
    stopping = true
    clearTimeout(restart)
    const others = within(withinMs, Promise.all(aside.running))
    const finished = Promise.resolve(current.gracefulShutdown('stopping')).catch(() => {})
    if (!(await within(withinMs, finished))) {
      const jobs = await life.release(current.id).catch(() => 0)
      log.warn('jobs handed back unfinished', { jobs })
      // What it would fail is no longer its own, so nothing loses an attempt.
      await within(
        withinMs,
        Promise.resolve(current.forcefulShutdown('stopping')).catch(() => {}),
      )
    }
    await others
    await within(1_000, connections.end())
  }

  return { stop }
}

/** True when `promise` ended in time. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

function queueOptions(concurrency: number, log: Log) {
  return {
    noHandleSignals: true,
    logger: new Logger(() => (level, message, meta) => {
      // Completed and failed jobs are ours to tell; `meta` holds payloads.
      if (meta?.success === true || meta?.failure === true) return
      if (level === 'error') log.error('queue', { message })
      else if (level === 'warning') log.warn('queue', { message })
      else log.debug('queue', { message })
    }),
    preset: {
      worker: {
        concurrentJobs: concurrency,
        pollInterval: 1_000,
        // Batches completions, and (unlike the unbatched way) survives when one cannot be recorded.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        // Fetched ahead, but not for long: behind a slow panel they go back for other processes to take.
        localQueue: { size: concurrency * 4, ttl: 2_000 },
      },
    },
  }
}

/** Its connections are handed out only while the sign of life is held: no job is ever taken by one who would not be missed. */
function openConnections(url: string, concurrency: number, life: SignOfLife, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: Math.min(concurrency, 4) + 1,
    application_name: 'linekeeper-jobs',
    keepAlive: true,
    verify: (_client, done) => {
      life.held().then(
        () => done(),
        (error: Error) => done(error),
      )
    },
  })
  pool.on('error', (error) => log.warn('database connection lost', { error }))
  // A connection may also die while it is in use; the query then tells, and nothing may end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Jobs that gave their place to others and go on beside the queue. */
type Aside = { running: Set<Promise<void>>; most: number }

function taskOf(name: string, handler: Handler, connections: pg.Pool, aside: Aside, log: Log) {
  return async (payload: unknown, { job }: JobHelpers): Promise<void> => {
    const waitedSeconds = (systemClock.now().epochMilliseconds - job.run_at.getTime()) / 1_000
    try {
      const done = perform(name, handler, payload, waitedSeconds)
      // For the queue it is done then. Should it fail, its row is still due, and the sweep hands it over once more.
      if (handler.swept === true && !(await within(slowAfterMs, done)) && aside.running.size < aside.most) {
        const over: Promise<void> = done
          .catch((error) => log.error('job failed', { task: name, error }))
          .finally(() => aside.running.delete(over))
        aside.running.add(over)
        return
      }
      await done
    } catch (error) {
      const last = job.attempts >= job.max_attempts || error instanceof UnreadablePayload
      const fields = { task: name, job: job.id, attempt: job.attempts, of: job.max_attempts, error }
      if (last) log.error('job failed and is parked', fields)
      else log.warn('job failed', fields)
      if (await isReplaced(connections, job, error)) return
      throw error
    }
  }
}

/**
 * A job whose key was taken over while it ran has a successor, and may go although it failed. One that nobody can read is told
 * its attempts are used up.
 */
async function isReplaced(connections: pg.Pool, job: JobHelpers['job'], error: unknown): Promise<boolean> {
  try {
    if (error instanceof UnreadablePayload) {
      await connections.query(
        'update graphile_worker._private_jobs set max_attempts = attempts where id = $1 and locked_by = $2',
        [job.id, job.locked_by],
      )
    }
    if (job.key === null) return false
    const { rows } = await connections.query<{ key: string | null }>(
      'select key from graphile_worker._private_jobs where id = $1',
      [job.id],
    )
    return rows[0]?.key === null
  } catch {
    return false
  }
}
