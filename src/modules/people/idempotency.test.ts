import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import {
  answerOnce,
  beginIdempotent,
  completeIdempotent,
  forgetOldKeys,
  type IdempotentRequest,
  requestHashOf,
  withIdempotency,
} from './idempotency.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'

let world: AccessWorld
let shop: Shop
beforeAll(async () => {
  world = await accessWorld()
  shop = await world.shop()
})
afterAll(() => world.close())

const now = () => world.clock.now()
const hash = requestHashOf('POST', '/api/v1/orders', '{"plan":"plan_1"}')
let keys = 0
const request = (): IdempotentRequest => ({ caller: 'key:key_1', key: `order-${++keys}`, requestHash: hash })

/** An effect that can be counted: a customer with this name. */
async function buy(tx: Tx, name: string): Promise<{ id: string }> {
  const id = newId('cus', world.clock)
  await run(
    tx,
    sql`insert into customers (business_id, id, email, name, created_at) values (${shop.businessId}, ${id}, ${`${id}@b.co`}, ${name}, ${now()})`,
  )
  return { id }
}

const bought = (name: string) =>
  transaction(shop, 'test', (tx) => rows(tx, sql<{ id: string }>`select id from customers where name = ${name}`))

const buyingOnce = (given: IdempotentRequest, before: () => Promise<void> = async () => {}) =>
  withIdempotency(shop, given, 'buy', async (tx) => {
    const { id } = await buy(tx, given.key)
    await before()
    return { status: 201, body: { id } }
  })

/** A use case that reads first, then changes something in a transaction of its own, then tells its answer. */
const buyingInSteps = (given: IdempotentRequest) =>
  answerOnce(
    shop,
    given,
    async (each) => {
      await transaction(each, 'look', (tx) => one(tx, sql`select 1 as here`))
      const { id } = await transaction(each, 'buy', (tx) => buy(tx, given.key))
      await transaction(each, 'note', (tx) => run(tx, sql`update customers set tags = '{paid}' where id = ${id}`))
      return { status: 201, body: { id } }
    },
    async (_shop, subjectId) => ({ status: 201, body: { id: subjectId } }),
  )

it.each([
  ['one transaction', buyingOnce],
  ['a use case with its own', buyingInSteps],
])('a repeat gets the first answer: %s', async (_how, buying) => {
  const given = request()
  const first = await buying(given)
  const again = await buying(given)
  expect(first).toEqual({ status: 201, body: { id: expect.stringMatching(/^cus_/) }, replayed: false })
  expect(again).toEqual({ ...first, replayed: true })
  expect(await bought(given.key)).toHaveLength(1)
})

it('the same key with another body is refused, with another caller it is another key', async () => {
  const given = request()
  await buyingOnce(given)
  const other = { ...given, requestHash: requestHashOf('POST', '/api/v1/orders', '{"plan":"plan_2"}') }
  await expect(buyingOnce(other)).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  expect((await buyingOnce({ ...given, caller: 'key:key_2' })).replayed).toBe(false)
})

it('runs once when many connections ask at once', async () => {
  const given = request()
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => buyingOnce(given, () => sleep(100))))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results.filter((each) => each.status === 'rejected'))
    expect(result.reason.code).toBe('in_progress')
  expect(await bought(given.key)).toHaveLength(1)
  expect((await buyingOnce(given)).replayed).toBe(true)
})

it('a run taken for dead that still commits first wins, and the later one rolls back', async () => {
  const given = request()
  const [begun, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow = buyingOnce(given, () => {
    begun.resolve()
    return going.promise
  })
  await begun.promise
  expect(await beginIdempotent(shop, given, now())).toEqual({ state: 'running' })
  // Another process, whose clock says that the first one's time is over.
  const late = now().add({ seconds: 61 })
  expect(await beginIdempotent(shop, given, late)).toMatchObject({ state: 'new' })
  const second = transaction(shop, 'buy', async (tx) => {
    await buy(tx, given.key)
    going.resolve()
    await slow
    await completeIdempotent(tx, shop, given, { status: 201, body: {} }, late)
  })
  await expect(second).rejects.toMatchObject({ code: 'in_progress' })
  expect(await bought(given.key)).toHaveLength(1)
  expect(await buyingOnce(given)).toMatchObject({ ...(await slow), replayed: true })
})

it.each([
  ['a refusal', new Refusal('not_sellable', 'Sold out.')],
  ['a bug', new Error('assertion failed: a bug')],
])('after %s nothing is kept, and the repeat runs', async (_what, error) => {
  const given = request()
  const failing = withIdempotency(shop, given, 'buy', async (tx) => {
    await buy(tx, given.key)
    throw error
  })
  await expect(failing).rejects.toBe(error)
  expect(await bought(given.key)).toHaveLength(0)
  expect((await buyingOnce(given)).replayed).toBe(false)
  expect(await bought(given.key)).toHaveLength(1)
})

it('a use case that fails after its first commit is not run again, its answer is told from what it made', async () => {
  const given = request()
  const act = async (each: Shop) => {
    await transaction(each, 'buy', (tx) => buy(tx, given.key))
    throw new Error('the process is gone')
  }
  await expect(answerOnce(shop, given, act, () => Promise.reject(new Error('not yet')))).rejects.toThrow('gone')
  const again = await buyingInSteps(given)
  expect(again).toEqual({ status: 201, body: { id: (await bought(given.key))[0]?.id }, replayed: true })
})

it('an answer that changed nothing is kept too', async () => {
  const given = request()
  const ask = () =>
    answerOnce(
      shop,
      given,
      async () => ({ status: 200, body: { price: 3 } }),
      () => Promise.reject(new Error('kept')),
    )
  expect((await ask()).replayed).toBe(false)
  expect(await ask()).toEqual({ status: 200, body: { price: 3 }, replayed: true })
})

it('keeps answers sealed and forgets them after a day', async () => {
  const given = request()
  await withIdempotency(shop, given, 'buy', async () => ({ status: 201, body: { key: 'lk_live_shown_once' } }))
  const stored = () =>
    transaction(shop, 'test', (tx) =>
      rows(
        tx,
        sql<{ row: string }>`select idempotency_keys::text as row from idempotency_keys where key = ${given.key}`,
      ),
    )
  expect((await stored())[0]?.row).not.toContain('shown_once')
  const { requestHash: _, ...same } = given
  const other = { ...same, requestHash: requestHashOf('POST', '/api/v1/customers', '{}') }
  expect(await beginIdempotent(shop, other, now().add({ hours: 23 }))).toEqual({ state: 'mismatch' })
  await transaction(shop, 'test', (tx) => forgetOldKeys(tx, now().add({ hours: 23 })))
  expect(await stored()).toHaveLength(1)
  expect(await beginIdempotent(shop, other, now().add({ hours: 24 }))).toMatchObject({ state: 'new' })
  await transaction(shop, 'test', (tx) => forgetOldKeys(tx, now().add({ hours: 48 })))
  expect(await stored()).toHaveLength(0)
})

it('another business has keys of its own', async () => {
  const given = request()
  await buyingOnce(given)
  expect(await beginIdempotent(await world.shop(world.other), given, now())).toMatchObject({ state: 'new' })
})

it.each([
  ['before its commit', 'buy:before-commit', 0],
  ['after its commit', 'buy:after-commit', 1],
])('a process killed %s: the repeat ends with one effect and its answer', async (_when, point, madeBefore) => {
  const given = request()
  expect(await dieAt(point, given)).toBe('SIGKILL')
  expect(await bought(given.key)).toHaveLength(madeBefore)
  if (madeBefore === 0) {
    await expect(buyingInSteps(given)).rejects.toMatchObject({ code: 'in_progress' })
    world.clock.advance({ seconds: 61 })
  }
  const again = await buyingInSteps(given)
  const [only, ...more] = await bought(given.key)
  expect(more).toEqual([])
  expect(again).toEqual({ status: 201, body: { id: only?.id }, replayed: madeBefore === 1 })
})

/** The same use case in a process of its own, killed at a point of its commit. */
async function dieAt(point: string, given: IdempotentRequest): Promise<NodeJS.Signals | null> {
  const program = `
    import { transaction } from '#app.ts'
    import { openShop } from '#modules/people/business.ts'
    import { answerOnce } from '#modules/people/idempotency.ts'
    import { stoppedClock } from '#platform/clock.ts'
    import { run, sql } from '#platform/db.ts'
    import { openDatabase } from '#platform/db/connection.ts'
    import { newId } from '#platform/ids.ts'
    import { silentLog } from '#platform/log.ts'
    const { url, businessId, now, request } = JSON.parse(process.argv[1])
    const app = { clock: stoppedClock(now), db: openDatabase({ url, log: silentLog }), masterKey: new Uint8Array(32).fill(7), publicUrl: 'http://localhost:3000' }
    const shop = await openShop(app, businessId, 'system')
    const id = newId('cus', app.clock)
    await answerOnce(shop, { ...request, requestHash: Buffer.from(request.requestHash, 'base64') }, async (each) => {
      await transaction(each, 'buy', async (tx) => {
        await run(tx, sql\`insert into customers (business_id, id, email, name, created_at) values (\${businessId}, \${id}, \${id + '@b.co'}, \${request.key}, \${now})\`)
        return { id }
      })
      return { status: 201, body: { id } }
    })
    process.exit(0)`
  const told = {
    url: world.url,
    businessId: shop.businessId,
    now: now().toString(),
    request: { ...given, requestHash: given.requestHash.toString('base64') },
  }
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(told)], {
    env: { ...process.env, LINEKEEPER_CRASH_AT: point },
    stdio: 'ignore',
  })
  return new Promise((done) => child.on('exit', (_code, signal) => done(signal)))
}
