/**
 * The short way for nudges: what a process has just committed it also carries out, without a trip through the queue's tables. Nothing
 * depends on it: such work is due by its own columns, and the sweep of any process finds what this one forgets by dying.
 */
import type { LocalRunner } from '../db/connection.ts'
import type { Log } from '../log.ts'
import { type Handlers, perform } from './handlers.ts'

/** More would only be memory: the sweep brings what is turned away. */
const mostWaiting = 20_000

export type StartedRunner = LocalRunner & {
  /** Offers that wait for their turn. */
  waiting(): number
  stop(withinMs: number): Promise<void>
}

export function startLocalRunner(options: { handlers: Handlers; concurrency: number; log: Log }): StartedRunner {
  const { handlers, concurrency, log } = options
  const waiting: { task: string; payload: unknown }[] = []
  const running = new Set<Promise<void>>()
  let stopped = false

  function next(): void {
    while (!stopped && running.size < concurrency) {
      const job = waiting.shift()
      if (job === undefined) return
      const handler = handlers.get(job.task)
      if (handler === undefined) continue
      const done: Promise<void> = perform(job.task, handler, job.payload, null)
        // Its row is still due: the sweep hands it to the queue, which counts and parks.
        .catch((error) => log.error('job failed', { task: job.task, error }))
        .finally(() => {
          running.delete(done)
          next()
        })
      running.add(done)
    }
  }

  return {
    offer(task, payload) {
      if (stopped || waiting.length >= mostWaiting) return
      waiting.push({ task, payload })
      next()
    },
    waiting: () => waiting.length,
    /** Starts nothing new and waits for what runs; what waited stays due. */
    async stop(withinMs) {
      stopped = true
      waiting.length = 0
      const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())
      await Promise.race([Promise.allSettled([...running]), late])
    },
  }
}
