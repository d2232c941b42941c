import { afterEach, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { openShop, readBusiness } from '#modules/people/business.ts'
import { closeBranch, liftBranch, moveBranch, suspendBranch } from '#modules/reselling/branch.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { listBranch, readReseller } from '#modules/reselling/queries.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { rows, run, sql } from '#platform/db.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(async () => {
  try {
    expect(world.failures).toEqual([])
    expect((await world.proof()).broken).toEqual([])
  } finally {
    await world.close()
  }
})

const fresh = async (id: string) => openShop(world.app, id, 'system')
const reason = 'an invoice is open'

test('a suspended branch sells nothing; its lines run on or rest by choice, and come back when it is lifted', async () => {
  world = await createWorld()
  const middle = await joins(world, { slug: 'middle', credits: 5_000n })
  const low = await joins(world, { slug: 'low', under: middle, credits: 5_000n })
  await sells(world, middle, 'anabella')
  await sells(world, low, 'benjamin')
  await suspendBranch(world.shop, middle.businessId, { lines: 'kept', reason })
  await world.settle()
  for (const { businessId } of [middle, low]) expect((await fresh(businessId)).open).toBe(false)
  await expect(world.customer('cem', await fresh(low.businessId)).orders()).rejects.toMatchObject({
    code: 'not_sellable',
  })
  expect(await world.lineOnPanel('benjamin')).toMatchObject({ enabled: 1 })
  await expect(suspendBranch(world.shop, middle.businessId, { lines: 'paused', reason })).rejects.toMatchObject({
    code: 'conflict',
  })
  // Neither lifts it himself, nor by the back door.
  await expect(liftBranch(middle, low.businessId)).rejects.toMatchObject({ code: 'conflict' })
  for (const text of [
    `update businesses set suspended_at = null, suspended_by = null, suspended_because = null, suspended_lines = null`,
    `update businesses set parent_id = null`,
  ])
    await expect(transaction(low, 'try', (tx) => run(tx, sql.raw(text)))).rejects.toThrow(/decided above/)
  await liftBranch(world.shop, middle.businessId)
  await suspendBranch(world.shop, middle.businessId, { lines: 'paused', reason })
  await world.settle()
  for (const name of ['anabella', 'benjamin']) expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 0 })
  // A top-up wakes nobody who rests.
  await giveCredits(world.shop, { resellerId: middle.businessId, amountMilli: 1_000n, reason })
  await world.settle()
  expect(await world.lineOnPanel('benjamin')).toMatchObject({ enabled: 0 })
  await liftBranch(world.shop, middle.businessId)
  await world.settle()
  for (const name of ['anabella', 'benjamin']) expect(await world.lineOnPanel(name)).toMatchObject({ enabled: 1 })
  expect((await fresh(low.businessId)).open).toBe(true)
})

test('a reseller moves with everybody below him; what would lose credits or prices is refused', async () => {
  world = await createWorld()
  const [south, north] = [
    await joins(world, { slug: 'south', credits: 3_000n }),
    await joins(world, { slug: 'north', credits: 3_000n }),
  ]
  const low = await joins(world, { slug: 'low', under: south, credits: 2_000n })
  await sells(world, low, 'anabella')
  const move = () => moveBranch(world.shop, low.businessId, north.businessId)
  await expect(move()).rejects.toMatchObject({ message: expect.stringContaining('credits') })
  await takeBackCredits(south, { resellerId: low.businessId, amountMilli: 1_000n, reason })
  await expect(moveBranch(world.shop, south.businessId, low.businessId)).rejects.toMatchObject({
    message: expect.stringContaining('below himself'),
  })
  await expect(
    moveBranch(world.shop, low.businessId, (await world.another('zebra')).shop.businessId),
  ).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(moveBranch(north, low.businessId, north.businessId)).rejects.toMatchObject({ code: 'not_found' })
  await move()
  expect((await read(world.shop, listBranch)).map(({ slug, depth }) => [slug, depth])).toEqual([
    ['north', 1],
    ['low', 2],
    ['south', 1],
  ])
  expect((await read(south, listBranch)).length).toBe(0)
  expect((await read(low, readBusiness)).parentId).toBe(north.businessId)
  // From now on his lines cost the new parent, too.
  await transaction(north, 'share', (tx) =>
    sharePlan(tx, north, { resellerId: low.businessId, planId: world.planId, ...standardTerms }),
  )
  await giveCredits(north, { resellerId: low.businessId, amountMilli: 1_000n, reason })
  await sells(world, await fresh(low.businessId), 'benjamin')
  expect((await walletOf(north)).balance).toBe(2_000n)
})

test('a reseller is closed when nothing runs there any more, and stays on record', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  const purchase = await sells(world, south, 'anabella')
  await expect(closeBranch(world.shop, south.businessId)).rejects.toMatchObject({
    message: expect.stringContaining('still run'),
  })
  await terminateByHand(south, purchase.subscriptionId, 'moved away')
  await world.settle()
  await closeBranch(world.shop, south.businessId)
  expect((await fresh(south.businessId)).open).toBe(false)
  const { closedAt } = await read(world.shop, (tx) => readReseller(tx, south.businessId))
  expect(closedAt).not.toBeNull()
})

test('a parent sees lines, wallets and totals of his branch, and no row of anything personal, by whatever query', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  await sells(world, south, 'anabella')
  const tables = await read(world.shop, (tx) =>
    rows(
      tx,
      sql<{
        name: string
      }>`select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity`,
    ),
  )
  expect(tables.length).toBeGreaterThan(60)
  for (const { name } of tables) {
    const column = name === 'businesses' ? 'id' : 'business_id'
    // As the parent, as a sibling, and as the child looking up.
    for (const [who, whose] of [
      [world.shop, south.businessId],
      [south, world.businessId],
    ] as const) {
      const seen = await read(who, (tx) =>
        rows(tx, sql.raw(`select 1 from ${name} where ${column} = '${whose}' limit 1`) as never),
      )
      expect([name, seen.length]).toEqual([name, 0])
    }
  }
})
