import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { testDatabase } from '../../test/support/database.ts'
import { stopwatch, systemClock } from './clock.ts'
import { createLog, type Log, silentLog } from './log.ts'
import { metricsText } from './metrics.ts'
import { type Handlers, slowAfterMs } from './worker/handlers.ts'
import { dropParkedJob, listParkedJobs, retryParkedJob } from './worker/parked-jobs.ts'
import {
  addBusiness,
  addDueNotices,
  type Bench,
  give,
  jobsOf,
  noSweep,
  openBench,
  payload,
  settle,
} from './worker/worker.test-support.ts'
import { startWorker, type Worker } from './worker.ts'

let bench: Bench
const workers: Worker[] = []
const children: ChildProcess[] = []

beforeEach(async () => {
  bench = openBench(await testDatabase())
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(workers.splice(0).map((worker) => worker.stop(200)))
  await bench.close()
})

async function work(
  runs: Record<string, (id: string) => Promise<void>>,
  more: { concurrency?: number; log?: Log } = {},
): Promise<Worker> {
  const handlers: Handlers = new Map(
    Object.entries(runs).map(([name, run]) => [
      name,
      { payload, run: (given: unknown) => run((given as { id: string }).id) },
    ]),
  )
  const worker = await startWorker({
    db: bench.db,
    directUrl: bench.url,
    log: more.log ?? silentLog,
    clock: systemClock,
    concurrency: more.concurrency ?? 2,
    handlers,
    sweep: noSweep,
  })
  workers.push(worker)
  return worker
}

function keptLog(): { log: Log; text(): string } {
  const stream = new PassThrough()
  const chunks: string[] = []
  stream.on('data', (chunk) => chunks.push(String(chunk)))
  return { log: createLog('debug', stream), text: () => chunks.join('') }
}

const soon = (check: () => void | Promise<void>, timeout = 5_000) => vi.waitFor(check, { timeout, interval: 10 })

it('runs what the application role enqueued, once, and leaves nothing behind', async () => {
  const ran: string[] = []
  await give(bench.db, 'note', 'before')
  await work({ note: async (id) => void ran.push(id) })
  await give(bench.db, 'note', 'after')
  await soon(async () => expect(await jobsOf(bench.db)).toEqual([]))
  expect(ran).toEqual(['before', 'after'])
  expect(await metricsText(bench.db)).toMatch(/linekeeper_jobs_total\{task="note",outcome="done"\} 2/)
})

it('starts a job within a moment of its commit', async () => {
  const starts: number[] = []
  await work({ note: async () => void starts.push(stopwatch()) })
  const committed: number[] = []
  for (let n = 0; n < 20; n++) {
    await give(bench.db, 'note', String(n))
    committed.push(stopwatch())
    await soon(() => expect(starts).toHaveLength(n + 1))
  }
  const waits = starts.map((start, n) => start - (committed[n] ?? 0)).sort((one, other) => one - other)
  // Far below the polling floor of a second, so that only the notification can have done it.
  expect(waits[10]).toBeLessThan(300)
})

it('folds equal nudges that wait, and follows one that runs by another', async () => {
  const gate = Promise.withResolvers<void>()
  const ran: string[] = []
  await give(bench.db, 'note', 'first', 'same')
  await give(bench.db, 'note', 'second', 'same')
  await work({
    note: async (id) => {
      ran.push(id)
      if (ran.length === 1) await gate.promise
    },
  })
  await soon(() => expect(ran).toEqual(['second']))
  await give(bench.db, 'note', 'third', 'same')
  await soon(() => expect(ran).toEqual(['second', 'third']))
  gate.resolve()
  await soon(async () => expect(await jobsOf(bench.db)).toEqual([]))
})

it('keeps a failing job for another try, and tells it in the log without its payload', async () => {
  const { log, text } = keptLog()
  await work({ bad: () => Promise.reject(new Error('the panel said no')) }, { log })
  await give(bench.db, 'bad', 'confidential-id')
  await soon(async () => expect(await jobsOf(bench.db)).toMatchObject([{ task: 'bad', attempts: 1, locked_by: null }]))
  expect(text()).toMatch(/"msg":"job failed"/)
  expect(text()).toMatch(/the panel said no/)
  expect(text()).not.toMatch(/confidential-id/)
  expect(await listParkedJobs(bench.db, ['bad'])).toEqual([])
})

it('parks a job that used up its attempts, and tries it again when staff say so', async () => {
  let good = false
  const ran: string[] = []
  await work({
    bad: async (id) => {
      if (!good) throw new Error('still bad')
      ran.push(id)
    },
  })
  await bench.db.pool.query(`select graphile_worker.add_job('bad', '{"id":"poison"}', max_attempts => 1)`)
  await soon(async () => expect(await listParkedJobs(bench.db, ['bad'])).toHaveLength(1))
  const [job] = await listParkedJobs(bench.db, ['bad'])
  expect(job).toMatchObject({
    task: 'bad',
    payload: { id: 'poison' },
    attempts: 1,
    lastError: 'still bad',
    reason: 'failed',
  })
  expect(await metricsText(bench.db)).toMatch(/linekeeper_jobs_parked 1/)
  good = true
  expect(await retryParkedJob(bench.db, job?.id ?? '')).toBe(true)
  await soon(() => expect(ran).toEqual(['poison']))
  expect(await retryParkedJob(bench.db, job?.id ?? '')).toBe(false)
})

it('parks at once what nobody can read, and drops it on request', async () => {
  await work({ note: async () => {} })
  await bench.db.pool.query(`select graphile_worker.add_job('note', '{"identity":7}')`)
  await soon(async () => expect(await listParkedJobs(bench.db, ['note'])).toHaveLength(1))
  const [job] = await listParkedJobs(bench.db, ['note'])
  expect(job?.lastError).toBe('the payload of note does not fit its schema: id invalid_type')
  expect(await dropParkedJob(bench.db, job?.id ?? '', ['note'])).toBe(true)
  expect(await jobsOf(bench.db)).toEqual([])
})

it('leaves tasks it does not know to a version that does, and shows them', async () => {
  const ran: string[] = []
  await work({ note: async (id) => void ran.push(id) })
  await give(bench.db, 'of-tomorrow', 'one')
  await give(bench.db, 'note', 'two')
  await soon(() => expect(ran).toEqual(['two']))
  expect(await listParkedJobs(bench.db, ['note'])).toMatchObject([
    { task: 'of-tomorrow', attempts: 0, reason: 'unknown' },
  ])
  expect(
    await dropParkedJob(bench.db, (await jobsOf(bench.db)).find(({ task }) => task === 'of-tomorrow')?.id ?? '', [
      'note',
      'of-tomorrow',
    ]),
  ).toBe(false)
})

it('lets a failed job go when its successor runs', async () => {
  const gate = Promise.withResolvers<void>()
  let runs = 0
  await work({
    note: async () => {
      runs += 1
      if (runs > 1) return
      await gate.promise
      throw new Error('too late')
    },
  })
  await give(bench.db, 'note', 'one', 'same')
  await soon(() => expect(runs).toBe(1))
  await give(bench.db, 'note', 'one', 'same')
  await soon(() => expect(runs).toBe(2))
  gate.resolve()
  await soon(async () => expect(await jobsOf(bench.db)).toEqual([]))
})

async function spawnWorker(): Promise<{ child: ChildProcess; words: string[] }> {
  const child = spawn(process.execPath, [new URL('./worker/worker.child.ts', import.meta.url).pathname, bench.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const words: string[] = []
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => words.push(line))
  await soon(() => expect(words).toContain('started'), 20_000)
  return { child, words }
}

it('takes up within two seconds what a killed process had in hand or had fetched ahead (F90)', async () => {
  const { child, words } = await spawnWorker()
  await bench.db.pool.query(
    `select graphile_worker.add_jobs(array[
      ('hang', '{"id":"held"}', null, null, 25, null, 0, null), ('quick', '{"id":"ahead-1"}', null, null, 25, null, 1, null),
      ('quick', '{"id":"ahead-2"}', null, null, 25, null, 1, null)]::graphile_worker.job_spec[])`,
  )
  await soon(() => expect(words).toContain('hanging'))
  // The child holds all three: the one it runs and the two behind it.
  await soon(async () => expect((await jobsOf(bench.db)).filter((job) => job.locked_by !== null)).toHaveLength(3))

  const ran: string[] = []
  await work({ hang: async (id) => void ran.push(id), quick: async (id) => void ran.push(id) })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const died = stopwatch()
  await soon(() => expect(ran.toSorted()).toEqual(['ahead-1', 'ahead-2', 'held']))
  expect(stopwatch() - died).toBeLessThan(2_000)
  expect(words).not.toContain('quick')
  await soon(async () => expect(await jobsOf(bench.db)).toEqual([]))
  const { rows } = await bench.db.pool.query('select id from workers')
  expect(rows).toHaveLength(1)
})

it('does not take the jobs of a living worker, whatever time it needs', async () => {
  const { words } = await spawnWorker()
  await give(bench.db, 'hang', 'held')
  await soon(() => expect(words).toContain('hanging'))
  const ran: string[] = []
  await work({ hang: async (id) => void ran.push(id) })
  await new Promise((done) => setTimeout(done, 2_500))
  expect(ran).toEqual([])
})

it('goes on after its connections were cut, its sign of life included', async () => {
  const ran: string[] = []
  await work({ note: async (id) => void ran.push(id) })
  await give(bench.db, 'note', 'before')
  await soon(() => expect(ran).toEqual(['before']))
  await bench.db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name in ('linekeeper-worker', 'linekeeper-jobs')`,
  )
  await give(bench.db, 'note', 'after')
  await soon(() => expect(ran).toEqual(['before', 'after']), 10_000)
  const alive = `select count(*)::int as count from workers w where exists (select from pg_locks where locktype = 'advisory' and granted
    and ((classid::bigint << 32) | objid::bigint) = hashtextextended(w.id, 7236002))`
  await soon(async () => expect((await bench.db.pool.query(alive)).rows).toEqual([{ count: 1 }]))
})

it('starts again by itself, and runs the job again, when the queue could not record what became of it', async () => {
  const ran: string[] = []
  await bench.db.pool.query(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no deletes today'; end $$;
    create trigger refuse before delete on graphile_worker._private_jobs execute function refuse()`)
  const { log, text } = keptLog()
  await work({ note: async (id) => void ran.push(id) }, { log })
  await give(bench.db, 'note', 'one')
  await soon(() => expect(text()).toMatch(/"msg":"worker ended by itself"/))
  expect(ran).toEqual(['one'])
  await bench.db.pool.query('drop function refuse cascade')
  await soon(() => expect(ran).toEqual(['one', 'one']), 10_000)
  await give(bench.db, 'note', 'two')
  await soon(async () => expect(await jobsOf(bench.db)).toEqual([]))
  expect(ran).toEqual(['one', 'one', 'two'])
})

it('stops by finishing what runs and giving back what it fetched ahead', async () => {
  const gate = Promise.withResolvers<void>()
  const [started, ran]: [string[], string[]] = [[], []]
  const slow = async (id: string) => {
    started.push(id)
    await gate.promise
    ran.push(id)
  }
  const worker = await work({ slow }, { concurrency: 1 })
  for (const id of ['one', 'two', 'three']) await give(bench.db, 'slow', id)
  await soon(() => expect(started).toEqual(['one']))
  const stopped = worker.stop()
  await soon(async () => expect((await jobsOf(bench.db)).filter(({ locked_by }) => locked_by !== null)).toHaveLength(1))
  gate.resolve()
  await stopped
  expect(ran).toEqual(['one'])
  expect(await jobsOf(bench.db)).toMatchObject([
    { attempts: 0, locked_by: null },
    { attempts: 0, locked_by: null },
  ])
})

it('hands out a set once, however long it takes: its rows are due until their turn comes', async () => {
  await addBusiness(bench.db)
  await addDueNotices(bench.db, ['1', '2'])
  const ran: string[] = []
  const run = async () => {
    ran.push('set')
    await new Promise((done) => setTimeout(done, slowAfterMs + 1_000))
    for (const id of ['1', '2']) await settle(bench.db, 'notices', id)
  }
  const set = { job: 'notes', size: 2, limit: 10 }
  const kinds = new Map([['notice', { job: 'note', toPayload: () => ({ id: '' }), set }]])
  const [sweep, handlers] = [{ everyMs: 100, limit: 10, kinds }, new Map([['notes', { payload: z.unknown(), run }]])]
  const { db, url: directUrl } = bench
  workers.push(
    await startWorker({ db, directUrl, log: silentLog, clock: systemClock, concurrency: 2, handlers, sweep }),
  )
  await soon(() => expect(ran).toEqual(['set']))
  await soon(async () => expect(await jobsOf(bench.db)).toEqual([]), 10_000)
  expect(ran).toEqual(['set'])
})

it('hands back what does not end in time, for another to take at once', async () => {
  let started = 0
  const worker = await work({
    stuck: () => {
      started += 1
      return new Promise<void>(() => {})
    },
  })
  await give(bench.db, 'stuck', 'one')
  await soon(() => expect(started).toBe(1))
  const began = stopwatch()
  await worker.stop(300)
  expect(stopwatch() - began).toBeLessThan(3_000)
  expect(await jobsOf(bench.db)).toMatchObject([{ attempts: 0, locked_by: null }])
  const ran: string[] = []
  await work({ stuck: async (id) => void ran.push(id) })
  await soon(() => expect(ran).toEqual(['one']), 1_000)
})
