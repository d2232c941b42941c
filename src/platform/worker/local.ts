/**
 * The short way for nudges: what a process has just committed it also carries out, without a trip through the queue's tables. Nothing
 * depends on it: such work is due by its own columns, and the sweep of any process finds what this one forgets by dying.
 */
import type { LocalRunner } from '../db/connection.ts'
import type { Log } from '../log.ts'
import { type Handlers, mostSlow, perform, slowAfterMs as usualSlowAfterMs } from './handlers.ts'

/** More would only be memory: the sweep brings what is turned away. */
const mostWaiting = 20_000

type Offer = { task: string; payload: unknown }

export type StartedRunner = LocalRunner & {
  /** Offers that wait for their turn. */
  waiting(): number
  stop(withinMs: number): Promise<void>
}

export function startLocalRunner(options: {
  handlers: Handlers
  concurrency: number
  log: Log
  slowAfterMs?: number
}): StartedRunner {
  const { handlers, concurrency, log, slowAfterMs = usualSlowAfterMs } = options
  /** What goes on with something begun, and what is new. */
  const [first, waiting] = [[] as Offer[], [] as Offer[]]
  const running = new Set<Promise<void>>()
  const slow = new Set<Promise<void>>()
  let stopped = false

  function next(): void {
    while (running.size - slow.size < concurrency && running.size < concurrency * mostSlow) {
      const job = first.shift() ?? waiting.shift()
      if (job === undefined) return
      const handler = handlers.get(job.task)
      if (handler === undefined) continue
      const timer = setTimeout(() => {
        slow.add(done)
        next()
      }, slowAfterMs)
      const done: Promise<void> = perform(job.task, handler, job.payload, null)
        // Its row is still due: the sweep hands it to the queue, which counts and parks.
        .catch((error) => log.error('job failed', { task: job.task, error }))
        .finally(() => {
          clearTimeout(timer)
          running.delete(done)
          slow.delete(done)
          next()
        })
      running.add(done)
    }
  }

  return {
    offer(task, payload, goesOn = false) {
      const line = goesOn ? first : waiting
      if (stopped || line.length >= mostWaiting) return
      line.push({ task, payload })
      next()
    },
    soon: (task) => !stopped && handlers.has(task) && first.length < concurrency,
    waiting: () => first.length + waiting.length,
    /** Starts nothing new, finishes what was begun; what waited stays due. */
    async stop(withinMs) {
      stopped = true
      waiting.length = 0
      const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())
      const finished = async () => {
        while (running.size > 0) await Promise.allSettled([...running])
      }
      await Promise.race([finished(), late])
      first.length = 0
    },
  }
}
