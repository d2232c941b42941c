import { afterEach, beforeEach, expect, it } from 'vitest'
import { testDatabase } from '../../../test/support/database.ts'
import { silentLog } from '../log.ts'
import { metricsText } from '../metrics.ts'
import { type SweepPlan, sweepOnce } from './sweep.ts'
import {
  addBusiness,
  addDueMessage,
  addDueNotices,
  type Bench,
  jobsOf,
  now,
  openBench,
  settle,
  sweepOf,
} from './worker.test-support.ts'

let bench: Bench

beforeEach(async () => {
  bench = openBench(await testDatabase())
  await addBusiness(bench.db)
})
afterEach(() => bench.close())

const sweep = (plan: SweepPlan, at = now.add({ hours: 1 })) =>
  sweepOnce({ db: bench.db, log: silentLog, sweep: plan, now: at })
const keys = async () => (await jobsOf(bench.db)).map(({ key }) => key)
const spoil = (key: string, text: string) =>
  bench.db.pool.query(`update graphile_worker._private_jobs set ${text} where key = $1`, [key])

it('nudges each due row once, however often it looks', async () => {
  await addDueNotices(bench.db, ['one', 'two'])
  await addDueMessage(bench.db, 'three')
  const plan = sweepOf(10, ['notice', 'process-notice'], ['message', 'send-message'])
  expect(await sweep(plan)).toEqual({ nudged: 3, failed: [] })
  expect(await sweep(plan)).toEqual({ nudged: 0, failed: [] })
  expect(await jobsOf(bench.db)).toMatchObject([
    { task: 'process-notice', key: 'sweep/notice/one' },
    { task: 'process-notice', key: 'sweep/notice/two' },
    { task: 'send-message', key: 'sweep/message/three' },
  ])
})

it('finds nothing before its time, by the clock of each business', async () => {
  await addBusiness(bench.db, { id: 'biz_frozen', mode: 'test' }, now.add({ hours: 5 }))
  await addDueNotices(bench.db, ['early'], now.add({ hours: 2 }))
  await addDueNotices(bench.db, ['frozen-due'], now.add({ hours: 2 }), 'biz_frozen')
  expect(await sweep(sweepOf(10, ['notice', 'note']))).toMatchObject({ nudged: 1 })
  expect(await keys()).toEqual(['sweep/notice/frozen-due'])
})

it('lets no more than the limit wait, oldest first, whatever the backlog', async () => {
  await addDueNotices(bench.db, ['1', '2', '3', '4', '5'])
  const plan = sweepOf(2, ['notice', 'note'])
  expect(await sweep(plan)).toMatchObject({ nudged: 2 })
  expect(await sweep(plan)).toMatchObject({ nudged: 0 })
  await bench.db.pool.query(`select graphile_worker.remove_job('sweep/notice/1')`)
  await settle(bench.db, 'notices', '1')
  expect(await sweep(plan)).toMatchObject({ nudged: 1 })
  expect(await keys()).toEqual(['sweep/notice/2', 'sweep/notice/3'])
})

it('leaves a parked row alone, and lets it stand in nobody’s way (J3)', async () => {
  await addDueNotices(bench.db, ['bad-1', 'bad-2', 'good'])
  const plan = sweepOf(2, ['notice', 'note'])
  await sweep(plan)
  await spoil('sweep/notice/bad-1', 'attempts = max_attempts')
  await spoil('sweep/notice/bad-2', `attempts = 3, run_at = now() + interval '1 hour'`)
  expect(await sweep(plan)).toMatchObject({ nudged: 1 })
  expect(await sweep(plan)).toMatchObject({ nudged: 0 })
  expect(await jobsOf(bench.db)).toMatchObject([
    { key: 'sweep/notice/bad-1', attempts: 25 },
    { key: 'sweep/notice/bad-2', attempts: 3 },
    { key: 'sweep/notice/good', attempts: 0 },
  ])
})

it('asks once about all kinds, and looks closer where something is due', async () => {
  await addDueNotices(bench.db, ['one'])
  const looked = async (plan: SweepPlan) => {
    const connect = bench.db.pool.connect.bind(bench.db.pool)
    let begun = 0
    bench.db.pool.connect = (async () => {
      begun += 1
      return connect()
    }) as typeof connect
    await sweep(plan)
    bench.db.pool.connect = connect
    return begun
  }
  const plan = sweepOf(10, ['notice', 'note'], ['message', 'send'], ['payment', 'look'], ['line', 'reconcile'])
  expect(await looked(plan)).toBe(2)
  await settle(bench.db, 'notices', 'one')
  expect(await looked(plan)).toBe(1)
})

it('goes on with the other kinds when one fails', async () => {
  await addDueNotices(bench.db, ['one'])
  const answer = await sweep(sweepOf(10, ['no-such-kind', 'x'], ['notice', 'note']))
  expect(answer.nudged).toBe(1)
  expect(answer.failed).toMatchObject([{ kind: 'no-such-kind' }])
})

it('lets one process at a time sweep a kind', async () => {
  await addDueNotices(bench.db, ['one'])
  const plan = sweepOf(10, ['notice', 'note'])
  const other = await bench.db.pool.connect()
  await other.query('begin')
  await other.query(`select pg_advisory_xact_lock(hashtextextended('sweep/notice', 7236003))`)
  expect(await sweep(plan)).toEqual({ nudged: 0, failed: [] })
  await other.query('commit')
  other.release()
  const both = await Promise.all([sweep(plan), sweep(plan)])
  expect(both.map(({ nudged }) => nudged).toSorted()).toEqual([0, 1])
})

it('tells how long the oldest due row has been seen due', async () => {
  await addDueNotices(bench.db, ['one', 'two'])
  const plan = sweepOf(10, ['notice', 'note'])
  await sweep(plan, now.add({ minutes: 1 }))
  await sweep(plan, now.add({ minutes: 3 }))
  expect(await metricsText()).toMatch(/linekeeper_due_oldest_seconds\{kind="notice"\} 120/)
  await settle(bench.db, 'notices', 'one')
  await settle(bench.db, 'notices', 'two')
  await sweep(plan, now.add({ minutes: 4 }))
  expect(await metricsText()).toMatch(/linekeeper_due_oldest_seconds\{kind="notice"\} 0/)
})

it('hands out sets where a kind has them, each row once, and counts them as on their way', async () => {
  await addDueNotices(bench.db, ['1', '2', '3', '4', '5', '6'])
  const toPayload = (businessId: string, id: string) => ({ businessId, noticeId: id })
  const plan = (limit: number): SweepPlan => ({
    limit: 1,
    kinds: new Map([['notice', { job: 'note', toPayload, set: { job: 'notes', size: 2, limit } }]]),
  })
  expect(await sweep(plan(3))).toEqual({ nudged: 3, failed: [] })
  expect(await sweep(plan(3))).toEqual({ nudged: 0, failed: [] })
  expect(await jobsOf(bench.db)).toMatchObject([
    { task: 'notes', key: 'sweep/notice/set/1' },
    { task: 'note', key: 'sweep/notice/3' },
  ])
  expect(await sweep(plan(100))).toEqual({ nudged: 3, failed: [] })
  expect(await keys()).toEqual(['sweep/notice/set/1', 'sweep/notice/3', 'sweep/notice/set/4', 'sweep/notice/6'])
  // What a set has done is due no more, and what it has not is handed out again once it is gone.
  await bench.db.pool.query(`select graphile_worker.remove_job('sweep/notice/set/1')`)
  await settle(bench.db, 'notices', '1')
  expect(await sweep(plan(100))).toEqual({ nudged: 1, failed: [] })
})

it('looks for more to put into sets when half of what may wait is gone', async () => {
  await addDueNotices(bench.db, ['1', '2', '3', '4', '5', '6', '7', '8'])
  const toPayload = (businessId: string, id: string) => ({ businessId, noticeId: id })
  const set = { job: 'notes', size: 2, limit: 6 }
  const plan: SweepPlan = { limit: 1, kinds: new Map([['notice', { job: 'note', toPayload, set }]]) }
  const isDone = async (...ids: string[]) => {
    await bench.db.pool.query('select graphile_worker.remove_job($1)', [`sweep/notice/set/${ids[0]}`])
    for (const id of ids) await settle(bench.db, 'notices', id)
  }
  expect(await sweep(plan)).toEqual({ nudged: 6, failed: [] })
  await isDone('1', '2')
  expect(await sweep(plan)).toEqual({ nudged: 0, failed: [] })
  await isDone('3', '4')
  expect(await sweep(plan)).toEqual({ nudged: 2, failed: [] })
  expect(await keys()).toEqual(['sweep/notice/set/5', 'sweep/notice/set/7'])
  // Parked ones are in nobody's way.
  await addDueNotices(bench.db, ['9', '10'])
  for (const first of ['5', '7']) await spoil(`sweep/notice/set/${first}`, 'attempts = max_attempts')
  expect(await sweep(plan)).toEqual({ nudged: 2, failed: [] })
})
