/**
 * The notices that were kept are played into books as empty as they were before the first of them: the same customers, invoices and
 * attempts, and no money. In whatever order and however often, the trial balance comes out the same, to the byte; and its balances are
 * those of the books that lived through it. Every gateway that sends notices takes part, with all that can become of its payments.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type App, type Shop, transaction } from '#app.ts'
import { jobHandlers } from '#main.ts'
import { trialBalance } from '#modules/analytics/books.ts'
import { processNotice } from '#modules/billing/process-notice.ts'
import { openShop } from '#modules/people/business.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { rows, run, sql } from '#platform/db.ts'
import { silentLog } from '#platform/log.ts'
import { copiedDatabase } from '../support/database.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import { hear, type Kept, keepNotices, openTills, type Till, tillKinds } from '../support/tills.ts'
import { createWorld, type World } from '../support/world.ts'

/** One order of the news, with some of them told again and again. */
function order<T>(news: readonly T[], keys: readonly number[]): T[] {
  const told = news.flatMap((each, index) => ((keys[index % keys.length] ?? 0) % 3 === 0 ? [each, each] : [each]))
  return told
    .map((each, index) => ({ each, key: keys[(index * 7) % keys.length] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ each }) => each)
}

const balanceOf = (app: App, businessId: string) =>
  openShop(app, businessId, 'system').then((shop) => read(shop, (tx) => trialBalance(tx, null)))

/** Byte for byte. */
const written = (accounts: Awaited<ReturnType<typeof balanceOf>>): string =>
  JSON.stringify(accounts, (_, value) => (typeof value === 'bigint' ? value.toString() : value))

/** What it comes to: money that went and came back leaves no trace in it. */
const balances = (accounts: Awaited<ReturnType<typeof balanceOf>>): string[] =>
  accounts.filter(({ balance }) => balance !== 0n).map(({ id, balance }) => `${id} ${balance}`)

type KeptNotice = { notice: { id: string; gateway_account_id: string }; key: unknown }

const keptOf = (world: World): Promise<KeptNotice[]> =>
  read(world.shop, (tx) =>
    rows(
      tx,
      sql<KeptNotice>`select to_jsonb(n) as notice, to_jsonb(k) as key from notices n
        join notice_keys k on k.business_id = n.business_id and k.notice_id = n.id where n.business_id = current_business() order by n.received_at, n.id`,
    ),
  )

/** Plays notices into a copy of the books, and answers the trial balance. */
async function replay(world: World, empty: string, kept: readonly KeptNotice[], inOrder: readonly string[]) {
  const copy = await copiedDatabase(empty)
  const db = openDatabase({ url: copy.url, log: silentLog, named: true })
  try {
    const app = { ...world.app, db }
    const shop = await openShop(app, world.businessId, 'system')
    await transaction(shop, 'keep-notices', async (tx) => {
      const json = JSON.stringify(
        // Without the providers' words, as they are when these are old: what was understood of them is enough.
        kept.map(({ notice }) => ({ ...notice, body: null, status: 'received', reason: '', tries: 0, done_at: null })),
      )
      await run(tx, sql`insert into notices select * from jsonb_populate_recordset(null::notices, ${json}::jsonb)`)
      const keys = JSON.stringify(kept.map(({ key }) => key))
      await run(
        tx,
        sql`insert into notice_keys select * from jsonb_populate_recordset(null::notice_keys, ${keys}::jsonb)`,
      )
    })
    await playThrough(app, shop, inOrder)
    // What named a payment before its money was known waits for it, and is read again: here at once.
    await playThrough(app, shop, await waiting(shop))
    expect(await waiting(shop)).toEqual([])
    return await balanceOf(app, world.businessId)
  } finally {
    await db.close()
    await copy.drop()
  }
}

async function playThrough(app: App, shop: Shop, inOrder: readonly string[]): Promise<void> {
  const handlers = new Map(jobHandlers(app).map((each) => [each.job.name, each]))
  for (const id of inOrder) {
    await processNotice(shop, id)
    // What a payment brings with it, such as a balance that pays the next invoice.
    const { rows: jobs } = await app.db.pool.query<{ name: string; payload: unknown }>(
      `with taken as (delete from graphile_worker._private_jobs returning id, task_id, payload)
       select t.identifier as name, taken.payload from taken join graphile_worker._private_tasks t on t.id = taken.task_id order by taken.id`,
    )
    for (const job of jobs) await handlers.get(job.name)?.run(job.payload)
  }
}

const waiting = (shop: Shop): Promise<string[]> =>
  read(shop, async (tx) =>
    (
      await rows(
        tx,
        sql<{
          id: string
        }>`select id from notices where business_id = current_business() and status = 'received' order by id`,
      )
    ).map(({ id }) => id),
  )

type Ordered = { till: Till; fate: string; ref: string; bought: Purchase }

/** Two of three fates of each gateway; the next round leaves out others. */
async function ordersOf(world: World, tills: readonly Till[], round: number): Promise<Ordered[]> {
  const orders: Ordered[] = []
  const chosen = tills.flatMap((till) => till.fates.map((fate) => ({ till, fate })))
  for (const [index, { till, fate }] of chosen.entries()) {
    if ((index + round) % 3 === 0) continue
    const bought = await world.customer(`buyer${index}`).orders()
    orders.push({ till, fate, bought, ref: await till.opens(bought) })
  }
  return orders
}

/** What brings no money, or none for now: at Authorize.Net what is voided the same day was never taken, half in coins waits for the rest. */
const unpaid = new Set(['declined', 'bounces', 'canceled', 'replaced'])
const unpaidThere = new Set(['authorizenet all_back', 'btcpay half'])
const isPaid = ({ till, fate }: Ordered) => !unpaid.has(fate) && !unpaidThere.has(`${till.kind} ${fate}`)

for (const [round, seed] of [11, 22, 33].entries())
  test(`kept notices of every gateway, played anew in any order, give the same books (seed ${seed})`, async () => {
    const listener = await keepNotices()
    const world = await createWorld({ publicUrl: listener.url })
    try {
      await playedAnew(world, listener, seed, round)
      await world.settle()
      expect(world.failures).toEqual([])
      expect((await world.proof()).broken).toEqual([])
    } finally {
      await world.close()
      await listener.close()
    }
  }, 180_000)

async function playedAnew(world: World, listener: Kept, seed: number, round: number): Promise<void> {
  const keys = fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 })
  const [lived, ...others] = fc.sample(keys, { seed, numRuns: 4 })
  const { tills, news } = await openTills(world, listener)
  expect(tills.map(({ kind }) => kind)).toEqual(tillKinds)
  const orders = await ordersOf(world, tills, round)
  await news()
  const empty = await copiedDatabase(world.databaseUrl)
  try {
    expect(await balanceOf(world.app, world.businessId)).toEqual([])
    for (const { till, ref, fate } of orders) await till.happens(ref, fate)
    for (const told of order(await news(), present(lived))) {
      expect(await hear(world, told)).toBe('stored')
      if (told.body.length % 2 === 0) await world.settle()
    }
    await world.settle()
    // What we do at a provider because of its news (an order that was agreed to is taken) is told as well.
    for (const told of order(await news(), present(lived))) await hear(world, told)
    await world.pass({ minutes: 2 })
    await paidAsTheyWere(orders)
    const kept = await keptOf(world)
    expect(new Set(kept.map(({ notice }) => notice.gateway_account_id))).toEqual(
      new Set(tills.map(({ accountId }) => accountId)),
    )
    const ids = kept.map(({ notice }) => notice.id)
    const books = await balanceOf(world.app, world.businessId)
    const first = await replay(world, empty.url, kept, ids)
    expect(first.length).toBeGreaterThan(15)
    expect(balances(first)).toEqual(balances(books))
    for (const other of others)
      expect(written(await replay(world, empty.url, kept, order(ids, other)))).toBe(written(first))
  } finally {
    await empty.drop()
  }
}

/** Else the books would be alike because nothing is in them, or because the same was overlooked by all. */
async function paidAsTheyWere(orders: readonly Ordered[]): Promise<void> {
  const wrong = []
  for (const each of orders) {
    const payments = await each.bought.payments()
    const sum = (of: 'receivedMinor' | 'refundedMinor' | 'disputedMinor') =>
      payments.reduce((whole, payment) => whole + payment[of], 0n)
    const received = sum('receivedMinor')
    const back = each.fate === 'part_back' ? 400n : each.fate === 'all_back' ? received : 0n
    const taken = each.fate === 'dispute_lost' || each.fate === 'failed_late' ? received : 0n
    const found = [sum('refundedMinor'), sum('disputedMinor')]
    const isDisputed = each.fate === 'disputed' // It depends on the provider when its money leaves.
    if (received > 0n !== isPaid(each) || found[0] !== back || (!isDisputed && found[1] !== taken))
      wrong.push(`${each.till.kind} ${each.fate}: received ${received}, back ${found[0]}, taken ${found[1]}`)
  }
  expect(wrong).toEqual([])
}
