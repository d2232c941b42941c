/**
 * The notices that were kept are played into books as empty as they were before the first of them: the same customers, invoices and
 * attempts, and no money. In whatever order and however often, the trial balance comes out the same, to the byte; and its balances are
 * those of the books that lived through it.
 */
import fc from 'fast-check'
import { expect } from 'vitest'
import { type App, transaction } from '#app.ts'
import { jobHandlers } from '#main.ts'
import { trialBalance } from '#modules/analytics/books.ts'
import { processNotice } from '#modules/billing/process-notice.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { openShop } from '#modules/people/business.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { rows, run, sql } from '#platform/db.ts'
import { silentLog } from '#platform/log.ts'
import { createStripe, stripe } from '../../src/imitations/gateways/stripe.ts'
import { copiedDatabase } from '../support/database.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

type Fate =
  | 'pays'
  | 'declined'
  | 'debit_comes'
  | 'debit_bounces'
  | 'part_back'
  | 'all_back'
  | 'disputes'
  | 'wins'
  | 'loses'
const fates: readonly Fate[] = [
  'pays',
  'declined',
  'debit_comes',
  'debit_bounces',
  'part_back',
  'all_back',
  'disputes',
  'wins',
  'loses',
]

type Told = { body: string; headers: Record<string, string> }

/** Stripe with real events of its own, which come when the story hands them over. */
async function withStripe(world: World) {
  const told: Told[] = []
  const machine = await world.addGateway(
    {
      ...stripe,
      create: (options) =>
        createStripe({
          ...options,
          options: { webhook_url: 'http://shop.example/hooks', webhook_secret: 'whsec_replay' },
          deliver: async (_, body, headers) => {
            told.push({ body, headers })
            return 200
          },
        }),
    },
    (api_base) => ({ api_base, api_key: 'sk_test_replay', notice_secret: 'whsec_replay' }),
  )
  const does = async (path: string, body: unknown) => (await machine.does(path, body)) as Record<string, string>
  const api = async (path: string, form: readonly (readonly [string, string])[]) => {
    const answer = await world.app.http.request({
      provider: 'stripe',
      method: 'POST',
      url: `http://stripe.test${path}`,
      headers: { authorization: 'Bearer sk_test_replay' },
      form,
      writes: true,
    })
    if (answer.status !== 200) throw new Error(answer.text)
  }
  /** What it has to say now. */
  const news = async (): Promise<Told[]> => {
    await does('/__pump', {})
    return told.splice(0)
  }
  return { id: machine.id, does, api, news }
}

/** Goes through with what a buyer, his bank and our staff do at Stripe; in some of it our own house has a say as well. */
async function happens({ does, api }: Awaited<ReturnType<typeof withStripe>>, session: string, fate: Fate) {
  if (fate === 'declined') return does('/__pay', { session, how: 'declined' })
  const later = fate === 'debit_comes' || fate === 'debit_bounces'
  const { payment_intent: intent = '' } = await does('/__pay', { session, how: later ? 'delayed' : 'card' })
  if (later)
    return does('/__settle', { payment_intent: intent, outcome: fate === 'debit_comes' ? 'succeeded' : 'failed' })
  if (fate === 'part_back')
    await api('/v1/refunds', [
      ['payment_intent', intent],
      ['amount', '400'],
    ])
  if (fate === 'all_back') await api('/v1/refunds', [['payment_intent', intent]])
  if (fate !== 'disputes' && fate !== 'wins' && fate !== 'loses') return null
  const { id } = await does('/__dispute', { payment_intent: intent })
  if (fate !== 'disputes') await does('/__settle', { dispute: id, outcome: fate === 'wins' ? 'won' : 'lost' })
  return null
}

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

type Kept = { notice: { id: string }; key: unknown }

const keptOf = (world: World): Promise<Kept[]> =>
  read(world.shop, (tx) =>
    rows(
      tx,
      sql<Kept>`select to_jsonb(n) as notice, to_jsonb(k) as key from notices n
        join notice_keys k on k.business_id = n.business_id and k.notice_id = n.id where n.business_id = current_business() order by n.received_at, n.id`,
    ),
  )

/** Plays notices into a copy of the books, and answers the trial balance. */
async function replay(world: World, empty: string, kept: readonly Kept[], inOrder: readonly string[]) {
  const copy = await copiedDatabase(empty)
  const db = openDatabase({ url: copy.url, log: silentLog, named: true })
  try {
    const app = { ...world.app, db }
    const shop = await openShop(app, world.businessId, 'system')
    await transaction(shop, 'keep-notices', async (tx) => {
      const json = JSON.stringify(
        kept.map(({ notice }) => ({ ...notice, status: 'received', reason: '', tries: 0, done_at: null })),
      )
      await run(tx, sql`insert into notices select * from jsonb_populate_recordset(null::notices, ${json}::jsonb)`)
      const keys = JSON.stringify(kept.map(({ key }) => key))
      await run(
        tx,
        sql`insert into notice_keys select * from jsonb_populate_recordset(null::notice_keys, ${keys}::jsonb)`,
      )
    })
    const handlers = new Map(jobHandlers(app).map((each) => [each.job.name, each]))
    for (const id of inOrder) {
      await processNotice(shop, id)
      // What a payment brings with it, such as a balance that pays the next invoice.
      const { rows: jobs } = await db.pool.query<{ name: string; payload: unknown }>(
        `with taken as (delete from graphile_worker._private_jobs returning id, task_id, payload)
         select t.identifier as name, taken.payload from taken join graphile_worker._private_tasks t on t.id = taken.task_id order by taken.id`,
      )
      for (const job of jobs) await handlers.get(job.name)?.run(job.payload)
    }
    return await balanceOf(app, world.businessId)
  } finally {
    await db.close()
    await copy.drop()
  }
}

const rounds = [11, 22, 33]

for (const seed of rounds)
  scenario(
    `kept notices, played anew in any order, give the same books (seed ${seed})`,
    { seconds: 90 },
    async (world) => {
      const [chosen, lived, ...others] = fc.sample(fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 }), {
        seed,
        numRuns: 5,
      })
      const bank = await withStripe(world)
      const orders: { session: string; fate: Fate }[] = []
      for (const [index, fate] of [...fates, ...fates].entries()) {
        if ((present(chosen)[index] ?? 0) % 3 === 0) continue
        const bought = await world.customer(`buyer${index}`).orders()
        await startPayment(world.shop, {
          invoiceId: bought.invoiceId,
          gatewayAccountId: bank.id,
          returnUrl: 'http://shop.example/r',
          cancelUrl: 'http://shop.example/c',
          description: 'TV',
        })
        orders.push({ session: present((await bought.payments())[0]?.remoteRef), fate })
      }
      const empty = await copiedDatabase(world.databaseUrl)
      try {
        expect(await balanceOf(world.app, world.businessId)).toEqual([])
        for (const { session, fate } of orders) await happens(bank, session, fate)
        for (const { body, headers } of order(await bank.news(), present(lived))) {
          const raw = { body: Buffer.from(body), headers, receivedAt: world.clock.now() }
          expect(await receiveNotice(world.app, bank.id, raw)).toBe('stored')
          if (body.length % 2 === 0) await world.settle()
        }
        await world.settle()
        const kept = await keptOf(world)
        expect(kept.length).toBeGreaterThan(orders.length)
        const ids = kept.map(({ notice }) => notice.id)
        const books = await balanceOf(world.app, world.businessId)
        const first = await replay(world, empty.url, kept, ids)
        expect(first.length).toBeGreaterThan(5)
        expect(balances(first)).toEqual(balances(books))
        for (const keys of others)
          expect(written(await replay(world, empty.url, kept, order(ids, keys)))).toBe(written(first))
      } finally {
        await empty.drop()
      }
    },
  )
