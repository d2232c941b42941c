/**
 * Each two acts on one wallet, in every order of their statements on two connections: none takes it below nothing, none is lost, and what comes
 * of them is what comes of one after the other (F07, M5, M6).
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, type Shop, transaction } from '#app.ts'
import { askCredits, postCredits, releaseCredits, takeCredits } from '#modules/ledger/credits.ts'
import { ledgerInvariants } from '#modules/ledger/invariants.ts'
import { post } from '#modules/ledger/post.ts'
import { creditsIssued, wallet } from '#modules/ledger/rules.ts'
import { openShop } from '#modules/people/business.ts'
import { giveCredits, moveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { lockSubscription } from '#modules/subscriptions/queries.ts'
import { inTransaction, one, rows, run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Interleaver, interleaver } from '../support/interleave.ts'
import { joins, sells } from '../support/resellers.ts'
import type { Purchase } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let stage: Interleaver
let south: Shop
let north: Shop
let sold: Purchase[]
/** By side: the supplier and the reseller, as that side's process sees them. */
let shops: [Record<'root' | 'south', Shop>, Record<'root' | 'south', Shop>]

/** What locks or writes something of a wallet; what only reads goes along. */
const isStep = (text: string): boolean =>
  /^(commit|rollback)/.test(text) ||
  /\b(accounts|transfers|credit_moves|reseller_terms)\b/.test(text) ||
  /_credits\(/.test(text) ||
  /\bfor (no key )?update\b/.test(text)

beforeAll(async () => {
  world = await createWorld()
  south = await joins(world, { slug: 'south', credits: 10_000n })
  north = await joins(world, { slug: 'north', credits: 1_000_000_000n })
  sold = [await sells(world, south, 'ana'), await sells(world, south, 'ben'), await sells(world, south, 'cem')]
  stage = interleaver(world.app, world.databaseUrl, isStep)
  const shopsOn = async (app: App) => ({
    root: await openShop(app, world.businessId, 'system'),
    south: await openShop(app, south.businessId, 'system'),
  })
  shops = [await shopsOn(stage.apps[0]), await shopsOn(stage.apps[1])]
})
afterAll(async () => {
  await stage.close()
  await world.close()
})

/** What the acts of a run are about: made anew for each. */
let ground: { periods: string[]; begins: Temporal.Instant }
let count = 0

/** What is free before each run, beside one period that is held. Two of what takes from it are too many. */
const free = 500n
const cost = 400n

/**
 * The wallet as it was: of the three subscriptions the first has a period that is held, the others one each that is about to begin. Periods lie far
 * ahead of all that was sold, so that nothing else looks at them.
 */
async function makeGround(): Promise<void> {
  count += 1
  const begins = Temporal.Instant.from('2200-01-01T00:00:00Z').add({ hours: count })
  const ends = begins.add({ hours: 1 })
  const periods = sold.map(() => newId('per', world.clock))
  ground = { periods, begins }
  const [plan] = await transaction(south, 'read', (tx) =>
    rows(
      tx,
      sql<{ id: string }>`select plan_id as id from subscriptions where business_id = current_business() limit 1`,
    ),
  )
  await transaction(south, 'ground', async (tx) => {
    for (const [place, { subscriptionId }] of sold.entries()) {
      await releaseCredits(tx, subscriptionId, world.clock.now())
      await run(
        tx,
        sql`insert into periods (business_id, id, subscription_id, starts, ends, kind, created_at)
          values (${south.businessId}, ${periods[place]}, ${subscriptionId}, ${begins}, ${ends}, 'free', ${begins})`,
      )
      const asked = {
        periodId: periods[place] ?? '',
        subscriptionId,
        planId: plan?.id ?? '',
        starts: begins,
        ends,
        share: 0.4,
        invoiceItemId: null,
        askedBy: 'system',
      }
      await askCredits(tx, asked, world.clock.now())
    }
  })
  const { balance } = await stateOf()
  const missing = free + cost - balance
  await transaction(world.shop, 'ground', (tx) => {
    const [debit, credit] =
      missing > 0n ? [creditsIssued, wallet(south.businessId)] : [wallet(south.businessId), creditsIssued]
    const amount = missing > 0n ? missing : -missing
    const id = newId('cmv', world.clock)
    return post(tx, world.shop, [{ debit, credit, amount, purpose: 'credits_given' }], { id, at: world.clock.now() })
  })
  await transaction(south, 'ground', (tx) => takeCredits(tx, periods[0] ?? '', begins))
  expect(await stateOf()).toMatchObject({ balance: free + cost, held: cost, periods: ['held', 'ahead', 'ahead'] })
}

const walletRow = (of: Shop) =>
  transaction(world.shop, 'read', (tx) =>
    one(
      tx,
      sql<{ balance: bigint; held: bigint; moved: string }>`select a.balance, a.held,
          (select coalesce(sum(case when t.credit_account = a.id then t.amount else -t.amount end), 0)::text from transfers t
            where t.business_id = a.business_id and a.id in (t.credit_account, t.debit_account)) as moved
        from accounts a where a.business_id = current_business() and a.id = ${`wallet/credit/${of.businessId}`}`,
    ),
  )

async function stateOf() {
  const { balance, held, moved } = await walletRow(south)
  expect(BigInt(moved)).toBe(balance)
  const found = await transaction(south, 'read', (tx) =>
    rows(
      tx,
      sql<{
        id: string
        status: string
      }>`select period_id as id, status from period_credits where business_id = current_business() and period_id = any(${ground.periods}::text[])`,
    ),
  )
  return { balance, held, periods: ground.periods.map((id) => found.find((each) => each.id === id)?.status) }
}

type Side = 0 | 1
/** Each as the product does it: with the subscription's lock first, where there is one. */
const onPeriod = (side: Side, place: number, act: 'take' | 'use' | 'release') => {
  const shop = shops[side].south
  const subscriptionId = sold[place]?.subscriptionId ?? ''
  const at = ground.begins
  return transaction(shop, `${act}-period`, async (tx) => {
    await lockSubscription(tx, subscriptionId)
    if (act === 'take') return (await takeCredits(tx, ground.periods[place] ?? '', at))?.status
    if (act === 'use') return postCredits(tx, subscriptionId, at)
    await releaseCredits(tx, subscriptionId, at)
    return 'released'
  })
}
const move = (amountMilli: bigint) => ({ resellerId: south.businessId, amountMilli, reason: 'x' })
const done = () => 'done'

const acts: Record<string, (side: Side) => Promise<unknown>> = {
  hold: (side) => onPeriod(side, 1 + side, 'take'),
  debit: (side) => onPeriod(side, 0, 'use'),
  release: (side) => onPeriod(side, 0, 'release'),
  'top-up': (side) => giveCredits(shops[side].root, move(300n)).then(done),
  'take back': (side) => takeBackCredits(shops[side].root, move(cost)).then(done),
  'transfer out': (side) => moveCredits(shops[side].root, { ...move(cost), toId: north.businessId }).then(done),
  'transfer in': (side) =>
    moveCredits(shops[side].root, { ...move(300n), resellerId: north.businessId, toId: south.businessId }).then(done),
}
const names = Object.keys(acts)
const pairs = names.flatMap((one, place) => names.slice(place).map((other) => [one, other] as const))
test('there is a test for each two of the acts', () => expect(pairs).toHaveLength((7 * 8) / 2))

const written = (value: unknown): string =>
  JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? String(each) : each))

/** What a work came to: a refusal is an answer, anything else that fails is a fault. */
function answerOf(result: unknown): unknown {
  const { value, error } = result as { value?: unknown; error?: unknown }
  if (error === undefined) return value ?? null
  if (error instanceof Refusal) return error.code
  throw error
}

test('whoever looks first and writes what he saw loses an update in some order: the orders find it', async () => {
  await world.db.pool.query(
    'create table scratch_accounts (balance bigint not null); grant all on scratch_accounts to linekeeper_app',
  )
  const add = (side: Side) =>
    transaction(shops[side].root, 'naive', async (tx) => {
      const { balance } = await one(tx, sql<{ balance: bigint }>`select balance from scratch_accounts -- accounts`)
      await run(tx, sql`update scratch_accounts /* accounts */ set balance = ${balance + 300n}`)
    })
  const found: bigint[] = []
  const orders = await stage.everyOrder({
    before: async () => {
      await world.db.pool.query('truncate scratch_accounts; insert into scratch_accounts values (0)')
    },
    works: [() => add(0), () => add(1)],
    after: async () => {
      found.push(
        (await world.db.pool.query<{ balance: bigint }>('select balance from scratch_accounts')).rows[0]?.balance ?? 0n,
      )
    },
  })
  expect(orders).toBe(found.length)
  expect([found.filter((each) => each === 600n).length, found.filter((each) => each === 300n).length]).toEqual([
    2,
    orders - 2,
  ])
  await world.db.pool.query('drop table scratch_accounts')
})

const counted = new Map<string, number>()
test.each(pairs)('%s and %s', async (one, other) => {
  const outcomes = new Map<string, string>()
  let parked = 0
  const orders = await stage.everyOrder({
    before: makeGround,
    works: [() => acts[one]?.(0) ?? Promise.reject(), () => acts[other]?.(1) ?? Promise.reject()],
    async after(run) {
      const state = await stateOf()
      expect([run.order, state.balance >= state.held, state.held >= 0n]).toEqual([run.order, true, true])
      expect([run.order, run.deadlocks]).toEqual([run.order, 0])
      parked += run.parked > 0 ? 1 : 0
      outcomes.set(run.order, written([run.results.map(answerOf), state]))
    },
  })
  // One after the other is among the orders: each first, without a turn between.
  const alone = [...outcomes].filter(([order]) => /^(a+b+|b+a+)$/.test(order)).map(([, outcome]) => outcome)
  expect(alone.length).toBeGreaterThanOrEqual(2)
  for (const [order, outcome] of outcomes) expect(alone, order).toContain(outcome)
  counted.set(`${one} and ${other}`, orders)
  expect(orders).toBe(outcomes.size)
  expect(parked, 'some of them wait for each other').toBeGreaterThan(0)
})

test('all orders were gone through, and the books are in balance', async () => {
  // Both can go on until one waits for the other's lock, so an act with more statements before its first lock has more orders.
  expect(counted.size).toBe(pairs.length)
  expect(Math.min(...counted.values())).toBeGreaterThanOrEqual(6)
  expect([...counted.values()].reduce((sum, orders) => sum + orders, 0)).toBeGreaterThanOrEqual(900)
  const broken: unknown[] = []
  for (const each of ledgerInvariants)
    broken.push(
      ...(await inTransaction(world.db, { role: 'report' }, 'look', (tx) => rows(tx, each.query(world.clock.now())))),
    )
  expect(broken).toEqual([])
})
