/**
 * Jobs are nudges, enqueued in the transaction of the facts that cause them. The truth (what is due and not done) is in our
 * tables, and a sweep finds what a lost job left behind; so a handler may run twice, late, or for nothing.
 */
import type { z } from 'zod'
import { alone } from './db/alone.ts'
import type { Database } from './db/connection.ts'
import { run, sql, type Tx } from './db.ts'
import { isAfter, plusSeconds } from './time.ts'

/**
 * `swept`: what it does is due by a column of its own, which the sweep reads; so the nudge need not be durable, and a process that
 * runs a worker takes the short way.
 */
export type Job<Payload = unknown> = {
  readonly name: string
  readonly payload: z.ZodType<Payload>
  readonly swept: boolean
  /** It goes on with what a process has begun, which takes it before what is new: an order that is paid is served before the next is looked at. */
  readonly goesOn: boolean
}

export const defineJob = <Payload>(
  name: string,
  payload: z.ZodType<Payload>,
  { swept = false, goesOn = false } = {},
): Job<Payload> => ({ name, payload, swept, goesOn })

/** `key` folds equal nudges that wait into one; a running one is followed by another. */
export async function enqueue<Payload>(tx: Tx, job: Job<Payload>, payload: Payload, key?: string): Promise<void> {
  if (job.swept && tx.local !== null) return offer(tx, job, payload)
  await run(tx, sql`select enqueue_job(${job.name}, ${JSON.stringify(payload)}::json, ${key ?? null})`)
}

/** A nudge in this process after the commit, for a swept job: without a worker here the sweep brings it. */
export const offer = <Payload>({ local, afterCommit }: Tx, job: Job<Payload>, payload: Payload): void => {
  if (local !== null) afterCommit(() => local.offer(job.name, payload, job.goesOn))
}

/**
 * Until when a row that goes on at once is born as claimed by this process, or null: then whoever finds it due claims it. `seconds` is
 * the job's own lease. Only what is begun within moments is born so: should the process die first, the row waits until the lease ends.
 */
export const bornClaimed = <Payload>(
  tx: Tx,
  job: Job<Payload>,
  now: Temporal.Instant,
  seconds: number,
): Temporal.Instant | null =>
  // To the millisecond, so that the database keeps it as it is.
  tx.local?.soon(job.name) ? Temporal.Instant.fromEpochMilliseconds(now.epochMilliseconds + seconds * 1_000) : null

/** Whether enough is left of a lease that was born with the row. */
export const isFresh = (
  until: Temporal.Instant | null,
  now: Temporal.Instant,
  seconds: number,
): until is Temporal.Instant => until !== null && isAfter(until, plusSeconds(now, seconds))

/** A nudge after the commit that made a swept row due; without a worker in this process it goes through the queue. */
export async function nudge<Payload>(db: Database, job: Job<Payload>, payload: Payload): Promise<void> {
  if (db.local !== null) return db.local.offer(job.name, payload, job.goesOn)
  await alone(db, { role: 'lookup' }, 'nudge', sql`select enqueue_job(${job.name}, ${JSON.stringify(payload)}::json)`)
}
