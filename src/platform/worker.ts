/**
 * The worker: runs jobs and sweeps. Any number of processes may each run one. A killed worker's jobs are taken up by another
 * within a second or so; a stopped one's at once.
 */
import type { Clock } from './clock.ts'
import type { Database } from './db/connection.ts'
import type { Log } from './log.ts'
import type { Handlers } from './worker/handlers.ts'
import { startLocalRunner } from './worker/local.ts'
import { startRunner } from './worker/runner.ts'
import { SignOfLife } from './worker/sign-of-life.ts'
import { type SweepPlan, sweepOnce } from './worker/sweep.ts'

export type Worker = {
  /**
   * Takes no new work, gives back what was fetched ahead, waits for what runs, and after `withinMs` (10 s) hands that back, too.
   * Handlers that still run then may see their work done a second time by another worker, as after a kill. A second call waits
   * for the first.
   */
  stop(withinMs?: number): Promise<void>
}

/** Jobs that run at once in one process: they mostly wait for panels and gateways; the more, the more of their steps share a transaction. */
export const usualConcurrency = 48

export type WorkerOptions = {
  db: Database
  /** Not through a pooler: it listens, and holds a lock for as long as it lives. */
  directUrl: string
  log: Log
  clock: Clock
  /** Jobs that run at once in this process. */
  concurrency: number
  handlers: Handlers
  /** `everyMs`: from the end of one round to the start of the next. */
  sweep: SweepPlan & { readonly everyMs: number }
}

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const life = await SignOfLife.open(options.directUrl, options.log)
  const runner = await startRunner({ ...options, life })
  const local = startLocalRunner(options)
  options.db.local = local
  const sweeper = startSweeping(options, local.waiting)
  let stopped: Promise<void> | undefined
  const stop = async (withinMs: number) => {
    options.db.local = null
    await Promise.all([sweeper.stop(), local.stop(withinMs)])
    await runner.stop(withinMs)
    await life.close()
  }
  return {
    stop(withinMs = 10_000) {
      stopped ??= stop(withinMs)
      return stopped
    },
  }
}

/** How long a row may be due before it counts as forgotten. */
const sweepAfterSeconds = 2
/** How many rounds a process leaves out while its hands are full: what it finds due is mostly what waits for its turn here. */
const mostLeftOut = 10

function startSweeping({ db, log, clock, sweep }: WorkerOptions, waiting: () => number): { stop(): Promise<void> } {
  let stopped = false
  let leftOut = 0
  let timer: NodeJS.Timeout | undefined
  let round = run()

  async function run(): Promise<void> {
    leftOut = waiting() > 0 && leftOut < mostLeftOut ? leftOut + 1 : 0
    // What was committed a moment ago is in somebody's hands; the sweep brings what was dropped.
    if (leftOut === 0) await sweepOnce({ db, log, sweep, now: clock.now().subtract({ seconds: sweepAfterSeconds }) })
    if (stopped) return
    timer = setTimeout(() => {
      round = run()
    }, sweep.everyMs)
  }

  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await round
    },
  }
}
