import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { one, run, sql, together } from '#platform/db.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'

let world: AccessWorld
beforeAll(async () => {
  world = await accessWorld()
})
afterAll(() => world.close())

const touch = sql`update businesses set version = version + 1 where id = current_business()`
const answer = sql<{ answer: number }>`select 42 as answer`

it('whoever holds a lock never waits for what somebody behind that lock is reading', async () => {
  const shop = await world.shop()
  const [locked, behind] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holder = transaction(shop, 'test', async (tx) => {
    await run(tx, touch)
    locked.resolve()
    await behind.promise
    return shop.keep('test/answer', () => one(tx, answer))
  })
  await locked.promise
  const waiting = transaction(shop, 'test', (tx) => {
    // Its reading stands in line behind an update that waits for the holder's commit.
    const work = together([run(tx, touch), shop.keep('test/answer', () => one(tx, answer))])
    behind.resolve()
    return work
  })
  expect(await holder).toEqual({ answer: 42 })
  expect(await waiting).toEqual([1, { answer: 42 }])
})

it('outside of transactions one reads for all, and what was read is kept', async () => {
  const shop = await world.shop()
  let reads = 0
  const load = async () => ++reads
  expect(await Promise.all(Array.from({ length: 20 }, () => shop.keep('test/reads', load)))).toEqual(
    Array.from({ length: 20 }, () => 1),
  )
  expect(await shop.keep('test/reads', load)).toBe(1)
})

it('what could not be read is read again', async () => {
  const shop = await world.shop()
  await expect(shop.keep('test/fails', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await shop.keep('test/fails', async () => 'now')).toBe('now')
})
