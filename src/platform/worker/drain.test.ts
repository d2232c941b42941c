import { afterEach, beforeEach, expect, it } from 'vitest'
import { testDatabase } from '../../../test/support/database.ts'
import { stopwatch } from '../clock.ts'
import { silentLog } from '../log.ts'
import { drain } from './drain.ts'
import type { Handlers } from './handlers.ts'
import {
  addBusiness,
  addDueNotices,
  type Bench,
  give,
  jobsOf,
  now,
  openBench,
  payload,
  settle,
  sweepOf,
} from './worker.test-support.ts'

let bench: Bench

beforeEach(async () => {
  bench = openBench(await testDatabase())
  await addBusiness(bench.db)
})
afterEach(() => bench.close())

const later = now.add({ hours: 1 })
const plan = sweepOf(100, ['notice', 'process'])

function run(handlers: Record<string, (id: string) => Promise<void>>, maxRounds?: number) {
  const list: Handlers = new Map(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      { payload, run: (given: unknown) => handler((given as { id: string }).id) },
    ]),
  )
  return drain({
    db: bench.db,
    log: silentLog,
    handlers: list,
    sweep: plan,
    now: later,
    ...(maxRounds === undefined ? {} : { maxRounds }),
  })
}

it('runs what waits in order, what that enqueues, and what is due, until nothing is left', async () => {
  const ran: string[] = []
  await give(bench.db, 'first', 'a')
  await give(bench.db, 'first', 'b')
  await addDueNotices(bench.db, ['due'])
  const answer = await run({
    first: async (id) => {
      ran.push(`first ${id}`)
      await give(bench.db, 'second', id)
    },
    second: async (id) => void ran.push(`second ${id}`),
    process: async (id) => {
      ran.push(`process ${id}`)
      await settle(bench.db, 'notices', id)
    },
  })
  expect(answer).toEqual({ ran: 5, failures: [] })
  expect(ran).toEqual(['first a', 'first b', 'second a', 'second b', 'process due'])
  expect(await jobsOf(bench.db)).toEqual([])
})

it('catches up step by step with a row that stays due', async () => {
  let steps = 0
  await addDueNotices(bench.db, ['row'])
  await run({
    process: async (id) => {
      steps += 1
      await settle(bench.db, 'notices', id, now.add({ minutes: steps * 10 }))
    },
  })
  expect(steps).toBe(7) // The step at 13:10 is not due at 13:00.
})

it('tells of a failing job once, goes on with the others, and tries it at the next drain', async () => {
  await give(bench.db, 'bad', 'a')
  await give(bench.db, 'unheard-of', 'b')
  await addDueNotices(bench.db, ['due', 'poison'])
  let good = false
  const ran: string[] = []
  const handlers = {
    bad: async (id: string) => {
      if (!good) throw new Error('not yet')
      ran.push(id)
    },
    process: async (id: string) => {
      if (id === 'poison' && !good) throw new Error('poison')
      ran.push(id)
      await settle(bench.db, 'notices', id)
    },
  }
  const first = await run(handlers)
  expect(first.failures.map(({ task, error }) => [task, String(error)])).toEqual([
    ['bad', 'Error: not yet'],
    ['unheard-of', 'Error: no handler for unheard-of'],
    ['process', 'Error: poison'],
  ])
  expect(ran).toEqual(['due'])
  good = true
  const second = await run(handlers)
  expect(second.failures.map(({ task }) => task)).toEqual(['unheard-of'])
  expect(ran).toEqual(['due', 'a', 'poison'])
})

it('keeps a nudge that comes while its like runs, and no trace of the one that failed meanwhile', async () => {
  await give(bench.db, 'note', 'one', 'same')
  const ran: string[] = []
  const answer = await run({
    note: async (id) => {
      ran.push(id)
      if (id !== 'one') return
      await give(bench.db, 'note', 'two', 'same')
      throw new Error('first one failed')
    },
  })
  expect(ran).toEqual(['one', 'two'])
  expect(answer.failures).toHaveLength(1)
  expect(await jobsOf(bench.db)).toEqual([])
})

it('takes up what a killed drain had in hand', async () => {
  await give(bench.db, 'note', 'one')
  await bench.db.pool.query(
    `update graphile_worker._private_jobs set locked_by = 'drain', locked_at = now(), attempts = 1`,
  )
  const ran: string[] = []
  await run({ note: async (id) => void ran.push(id) })
  expect(ran).toEqual(['one'])
})

it('says so when a handler leaves its row due for ever', async () => {
  await addDueNotices(bench.db, ['row'])
  await expect(run({ process: async () => {} }, 5)).rejects.toThrow('something is still due after 5 rounds: process')
})

it('does hundreds a second', async () => {
  await bench.db.pool.query(
    `select graphile_worker.add_jobs((select array_agg(('note', '{"id":"x"}', null, null, 25, null, 0, null)::graphile_worker.job_spec) from generate_series(1, 300)))`,
  )
  const began = stopwatch()
  expect((await run({ note: async () => {} })).ran).toBe(300)
  expect(stopwatch() - began).toBeLessThan(3_000)
})
