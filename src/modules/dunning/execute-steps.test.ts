/** What is due at once is done together: the same rows, whoever does it; the hour's limit is kept; what fails, fails alone. */
import { expect, test } from 'vitest'
import { sweepKinds, sweepPlan } from '#main.ts'
import { silentLog } from '#platform/log.ts'
import { sweepOnce } from '#platform/worker/sweep.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { executeStepSet } from './execute-steps.ts'
import { executeStepSetJob } from './jobs.ts'

async function buyers(world: World, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index++) ids.push((await world.customer(`viewer${index}`).buys()).subscriptionId)
  return ids
}

const all = async (world: World, text: string): Promise<unknown[]> => (await world.db.pool.query(text)).rows
const statuses = async (world: World) =>
  (await all(world, 'select status from subscriptions')).map((each) => (each as { status: string }).status).sort()

/** All that the engine wrote, without ids, numbers and the moment. */
const written = async (world: World) => ({
  subscriptions: await all(
    world,
    'select c.email, s.status, s.next_step, s.version from subscriptions s join customers c on c.id = s.customer_id order by 1',
  ),
  invoices: await all(
    world,
    `select c.email, v.status, v.total_minor::int, v.due_at::text, i.period_start::text, i.description from invoices v join invoice_items i on i.invoice_id = v.id
      join customers c on c.id = v.customer_id order by 1, 4, 5`,
  ),
  numbers: await all(world, 'select number from invoices where number is not null order by 1'),
  steps: await all(
    world,
    `select c.email, d.period_end::text, d.step, d.outcome, d.due_at::text from steps_done d join subscriptions s on s.id = d.subscription_id
      join customers c on c.id = s.customer_id order by 1, 2, 5, 3`,
  ),
  messages: await all(world, 'select to_address, template, count(*)::int from messages group by 1, 2 order by 1, 2'),
  events: await all(
    world,
    `select c.email, e.type, e.actor, count(*)::int from events e join customers c on c.id = e.customer_id where e.actor like 'rule:%' or e.type = 'invoice.issued'
      group by 1, 2, 3 order by 1, 2, 3`,
  ),
})

test('two, then four workers give the same rows as one', async () => {
  const found = []
  for (const workers of [1, 2, 4]) {
    const world = await createWorld()
    try {
      await buyers(world, 6)
      await world.until('2026-02-20')
      for (const at of ['2026-02-22T12:00:00Z', '2026-02-27T18:00:00Z', '2026-03-04T12:00:00Z']) {
        world.clock.set(at)
        await world.withWorkers(workers, async () => {})
      }
      found.push(await written(world))
      expect((await world.proof()).broken).toEqual([])
    } finally {
      await world.close()
    }
  }
  const [one, ...more] = found
  expect(one?.invoices).toHaveLength(12)
  expect(one?.subscriptions).toContainEqual(expect.objectContaining({ status: 'suspended' }))
  for (const each of more) expect(each).toEqual(one)
}, 120_000)

scenario('of many suspensions in one set no more happen than the hour has room for', async (world) => {
  const ids = await buyers(world, 14)
  await world.until('2026-03-03T10:00:00Z')
  world.clock.set('2026-03-03T18:00:00Z')
  await executeStepSet(world.shop, ids)
  expect((await statuses(world)).filter((status) => status === 'suspended')).toHaveLength(10)
  expect(await all(world, 'select step from parked_steps')).toHaveLength(4)
})

scenario('one that fails in a set harms no other, and gets a nudge of its own', async (world) => {
  const ids = await buyers(world, 4)
  await world.until('2026-02-20')
  world.clock.set('2026-02-22T12:00:00Z')
  await world.tamper(`update subscriptions set policy_id = 'pol_gone' where id = '${ids[1]}'`)
  await executeStepSet(world.shop, ids)
  expect(await all(world, `select subscription_id from steps_done where step = 'invoice' order by 1`)).toEqual(
    ids
      .filter((id) => id !== ids[1])
      .sort()
      .map((id) => ({ subscription_id: id })),
  )
  const jobs = `select key, payload from graphile_worker._private_jobs where key like 'sweep/subscription/%'`
  const own = { key: `sweep/subscription/${ids[1]}`, payload: { businessId: world.businessId, subscriptionId: ids[1] } }
  expect(await all(world, jobs)).toEqual([own])
  // It is in nobody's way, and nobody hands it out a second time.
  await sweepOnce({ db: world.db, log: silentLog, sweep: sweepPlan, now: world.clock.now() })
  expect(await all(world, jobs)).toEqual([own])
  await world.tamper(`update subscriptions set policy_id = (select id from policies limit 1) where id = '${ids[1]}'`)
})

test('a set keeps its place in the queue, or the sweep would hand out its rows again while they wait', () => {
  const sets = sweepKinds.flatMap(({ set }) => set?.job ?? [])
  expect(sets).toEqual([executeStepSetJob.name])
  expect(executeStepSetJob.swept).toBe(false)
})
