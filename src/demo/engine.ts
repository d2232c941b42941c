/**
 * The real engine under a clock that we move: jobs and due work of the product itself, stepping from one due instant to the next.
 * Only while a demo's past is made, when nothing else works on the database.
 */
import type { App } from '#app.ts'
import { jobHandlers, sweepKinds } from '#main.ts'
import type { StoppedClock } from '#platform/clock.ts'
import { inTransaction, rows, sql } from '#platform/db.ts'
import { earlierOf } from '#platform/time.ts'

export type Engine = {
  /** Runs what waits and what is due, until nothing is left at this instant. */
  settle(): Promise<void>
  /** Lets time pass until `at`; whatever becomes due on the way happens on the way. */
  until(at: Temporal.Instant): Promise<void>
  readonly failures: readonly unknown[]
}

/** What becomes due within this time happens together: a day of many customers is then a few dozen steps. */
const stepMinutes = 20
const atOnce = 6

export function startEngine(app: App, clock: StoppedClock): Engine {
  const handlers = new Map(jobHandlers(app).map((each) => [each.job.name, each.run]))
  const failures: unknown[] = []
  let offered: { name: string; payload: unknown }[] = []
  app.db.local = { offer: (name, payload) => void offered.push({ name, payload }), soon: () => false }

  async function runWaiting(): Promise<number> {
    const taken = offered
    offered = []
    await inTurns(taken, ({ name, payload }) => runOne(name, payload))
    return taken.length + (await runQueued())
  }

  async function runQueued(): Promise<number> {
    const { rows: waiting } = await app.db.pool.query<{ name: string; payload: unknown }>(
      `with taken as (delete from graphile_worker._private_jobs returning id, task_id, payload)
       select t.identifier as name, taken.payload from taken join graphile_worker._private_tasks t on t.id = taken.task_id order by taken.id`,
    )
    await inTurns(waiting, ({ name, payload }) => runOne(name, payload))
    return waiting.length
  }

  async function runDue(): Promise<void> {
    const due = await inTransaction(app.db, { role: 'lookup' }, 'due-work', (tx) =>
      rows(
        tx,
        sql<{ kind: string; businessId: string; id: string }>`select kind, business_id as "businessId", id
          from unnest(${sweepKinds.map(({ kind }) => kind)}::text[]) as kind, due_work(kind, ${clock.now()}, 1000)`,
      ),
    )
    for (const { kind, job, payloadKey } of sweepKinds) {
      const ours = due.filter((each) => each.kind === kind)
      await inTurns(ours, ({ businessId, id }) => runOne(job.name, { businessId, [payloadKey]: id }))
    }
  }

  async function runOne(name: string, payload: unknown): Promise<void> {
    try {
      await handlers.get(name)?.(payload)
    } catch (error) {
      app.log.error('demo: a job failed', { task: name, error })
      failures.push(error)
    }
  }

  async function settle(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      while ((await runWaiting()) > 0);
      const next = await nextDue(app)
      if (next === null || Temporal.Instant.compare(next, clock.now()) > 0) return
      await runDue()
    }
    throw new Error('the demo does not come to rest')
  }

  return {
    failures,
    settle,
    async until(at) {
      for (;;) {
        await settle()
        const next = await nextDue(app)
        if (next === null || Temporal.Instant.compare(next, at) > 0) break
        clock.set(earlierOf(next.add({ minutes: stepMinutes }), at))
      }
      if (Temporal.Instant.compare(at, clock.now()) > 0) clock.set(at)
    },
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const turn = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, turn))
}

/** When something becomes due next, or null. What is due already counts. */
async function nextDue(app: App): Promise<Temporal.Instant | null> {
  const found = await inTransaction(app.db, { role: 'report' }, 'next-due', (tx) =>
    rows(
      tx,
      sql<{ at: Temporal.Instant | null }>`select min(at) as at from (
        select min(next_step_at) as at from subscriptions union all select min(next_try_at) from lines union all select min(next_try_at) from messages
        union all select min(next_check_at) from payments union all select min(next_try_at) from notices union all select min(next_check_at) from refunds
        union all select min(warn_at) from payment_methods union all select min(next_look_at) from affiliates
        union all select min(expires_at) from orders where status in ('awaiting_payment', 'processing')) due`,
    ),
  )
  return found[0]?.at ?? null
}
