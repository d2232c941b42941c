/** A look for what is due costs what is due, not what there is. */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { sweepKinds } from '#main.ts'
import { manySubscriptions } from '../support/many-subscriptions.ts'
import { scenario } from '../support/scenario.ts'
import { createWorld, type World } from '../support/world.ts'

type Plan = { 'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Actual Rows': number } }] }

/** How many pages the database looks at, and how many rows it finds due. */
async function look(world: World, kind: string): Promise<{ pages: number; due: number }> {
  const { rows } = await world.db.pool.query<Plan>(
    `explain (analyze, buffers, format json) select * from due_work('${kind}', '${world.clock.now()}', 1000)`,
  )
  const plan = rows[0]?.['QUERY PLAN'][0].Plan
  return { pages: plan?.['Shared Hit Blocks'] ?? 0, due: plan?.['Actual Rows'] ?? 0 }
}

test('of many subscriptions of which none is due, hardly any is looked at', async () => {
  const world = await createWorld()
  try {
    await world.customer('ana').buys()
    await transaction(world.shop, 'many', (tx) => manySubscriptions(tx, 10_000))
    // As autovacuum would: it never counts a table as small as businesses.
    await world.db.pool.query('analyze subscriptions, lines, periods, customers')
    const seen: Record<string, number> = {}
    for (const { kind } of sweepKinds) {
      // Making a plan looks into the catalogs; from the sixth time on it is kept.
      for (let time = 0; time < 6; time++) await look(world, kind)
      const { pages, due } = await look(world, kind)
      expect(due, kind).toBe(0)
      if (pages > 40) seen[kind] = pages // A handful per index that is asked; each tenth of the rows would be more.
    }
    expect(seen).toEqual({})
  } finally {
    await world.close()
  }
})

scenario('a business whose clock is ahead finds what is due by its own clock', async (world) => {
  const ana = await world.customer('ana').buys()
  const { nextStepAt } = await ana.subscription()
  const ahead = (nextStepAt?.epochMilliseconds ?? 0) - world.clock.now().epochMilliseconds
  const setAhead = (ms: number) =>
    world.tamper(`update businesses set clock_offset_ms = ${ms} where id = '${world.shop.businessId}'`)
  expect((await look(world, 'subscription')).due).toBe(0)
  await setAhead(ahead + 1_000)
  expect((await look(world, 'subscription')).due).toBe(1)
  await setAhead(0)
  expect((await look(world, 'subscription')).due).toBe(0)
})
