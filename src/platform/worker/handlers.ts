/** What runs for each job name. `main.ts` fills the list; the worker and `drain` perform it in the same way. */
import type { z } from 'zod'
import { stopwatch } from '../clock.ts'
import type { Job } from '../jobs.ts'
import { countJob } from '../metrics.ts'

/** `swept` as of its job: then what it does is due by a column of its own, and the sweep finds what is left of it. */
export type Handler = { readonly payload: z.ZodType; readonly swept?: boolean; run(payload: unknown): Promise<void> }

/**
 * Who runs so long waits for another machine and costs this one nothing: others get his place meanwhile, or one machine that hangs would
 * hold up what has nothing to do with it.
 */
export const slowAfterMs = 2_000
/** So many times the usual number may run at once then. */
export const mostSlow = 8
export type Handlers = ReadonlyMap<string, Handler>

/** One entry of the list, with the payload's type checked against the job's. */
export function handle<Payload>(job: Job<Payload>, run: (payload: Payload) => Promise<void>): [string, Handler] {
  return [job.name, { payload: job.payload, swept: job.swept, run: (payload) => run(payload as Payload) }]
}

/** The payload does not fit its schema: a bug of whoever enqueued it, and trying again changes nothing. */
export class UnreadablePayload extends Error {
  constructor(task: string, faults: string) {
    super(`the payload of ${task} does not fit its schema: ${faults}`)
    this.name = 'UnreadablePayload'
  }
}

/** Parses, runs, measures. Throws what the handler throws, or `UnreadablePayload`. */
export async function perform(
  task: string,
  handler: Handler,
  payload: unknown,
  waitedSeconds: number | null,
): Promise<void> {
  const started = stopwatch()
  const count = (outcome: 'done' | 'failed') => countJob(task, outcome, (stopwatch() - started) / 1_000, waitedSeconds)
  try {
    const parsed = handler.payload.safeParse(payload)
    // Paths and kinds of faults only: values may not be written down.
    if (!parsed.success)
      throw new UnreadablePayload(
        task,
        parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`).join(', '),
      )
    await handler.run(parsed.data)
  } catch (error) {
    count('failed')
    throw error
  }
  count('done')
}
