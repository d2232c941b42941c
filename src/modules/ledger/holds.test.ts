import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { createBusiness } from '#modules/people/business.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { available, hold, isOverdrawn, postHold, releaseHold, sumOf } from './holds.ts'
import { post } from './post.ts'
import { creditsIssued, creditsUsed, wallet } from './rules.ts'

let world: World
let [one, two, three] = ['', '', '']
beforeAll(async () => {
  world = await createWorld()
  one = await holder('one')
  two = await holder('two')
  three = await holder('three')
})
afterAll(() => world.close())

const holder = (slug: string) =>
  createBusiness(
    world.app,
    { slug, name: slug, mode: 'test', zone: 'UTC', currency: 'EUR', country: 'DE' },
    world.shop.now(),
  )
const at = Temporal.Instant.from('2026-01-31T12:00:00Z')
const fill = (holder: string, amount: bigint, cause: string) =>
  transaction(world.shop, 'fill', (tx) =>
    post(tx, world.shop, [{ debit: creditsIssued, credit: wallet(holder), amount, purpose: 'top_up' }], {
      id: cause,
      at,
    }),
  )
const free = (holder: string) => transaction(world.shop, 'read', (tx) => available(tx, wallet(holder)))
const take = (holder: string, amount: bigint, cause: string) =>
  transaction(world.shop, 'hold', (tx) => hold(tx, world.shop, wallet(holder), amount, { id: cause, at }))

it('reserves what is there, once per cause, and nothing that is not', async () => {
  await fill(one, 1000n, 'top-up-1')
  const first = await take(one, 600n, 'period-1')
  expect(await take(one, 600n, 'period-1')).toBe(first)
  expect(await take(one, 600n, 'period-2')).toBeNull()
  expect(await free(one)).toBe(400n)
})

it('ends once: used, or free again', async () => {
  await fill(two, 1000n, 'top-up-2')
  const [used, given] = [await take(two, 300n, 'period-3'), await take(two, 200n, 'period-4')]
  const before = await transaction(world.shop, 'read', (tx) => sumOf(tx, creditsUsed))
  for (let repeat = 0; repeat < 2; repeat++)
    await transaction(world.shop, 'end', async (tx) => {
      await postHold(tx, world.shop, used ?? '', wallet(two), at)
      await releaseHold(tx, given ?? '', at)
    })
  expect(await free(two)).toBe(700n)
  expect((await transaction(world.shop, 'read', (tx) => sumOf(tx, creditsUsed))) - before).toBe(300n)
})

it('never goes below zero, however many reach for the last credits at once', async () => {
  await fill(three, 1000n, 'top-up-3')
  const taken = await Promise.all(Array.from({ length: 12 }, (_, number) => take(three, 300n, `race-${number}`)))
  expect(taken.filter((each) => each !== null)).toHaveLength(3)
  expect(await free(three)).toBe(100n)
  const spend = transaction(world.shop, 'spend', (tx) =>
    post(tx, world.shop, [{ debit: wallet(three), credit: creditsUsed, amount: 200n, purpose: 'spend' }], {
      id: 'spend-1',
      at,
    }),
  )
  expect(await spend.catch(isOverdrawn)).toBe(true)
  expect(await free(three)).toBe(100n)
})
