/**
 * Houses of one, a thousand and ten thousand businesses, for figures: the operator with one sale and a book of 200 subscriptions, the others
 * his resellers in three levels, each with four customers. Copied by SQL, each table in one statement.
 */
import type pg from 'pg'
import { transaction } from '#app.ts'
import { sweepPlan, workerHandlers } from '#main.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { addMember } from '#modules/people/memberships.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { systemClock } from '#platform/clock.ts'
import { newDataKey } from '#platform/crypto.ts'
import { withClient } from '#platform/db/connection.ts'
import { newId } from '#platform/ids.ts'
import { manySubscriptions } from '../test/support/many-subscriptions.ts'
import { type Bench, notice, startBench } from './world.ts'

const subscriptions = 200

export type ManyBusinesses = {
  bench: Bench
  /** Of the operator, the same in each database. */
  apiKey: string
  cookie: string
  subscriptionId: string
  /** A database of so many businesses; made once. */
  ofSize(size: number): Promise<string>
  close(): Promise<void>
}

export async function startManyBusinesses(): Promise<ManyBusinesses> {
  const bench = await startBench({ working: false })
  try {
    return await prepared(bench)
  } catch (error) {
    await bench.close()
    throw error
  }
}

async function prepared(bench: Bench): Promise<ManyBusinesses> {
  const { app, shop } = bench
  const worker = await bench.startWorker({ jobs: [...workerHandlers(app).keys()], kinds: [...sweepPlan.kinds.keys()] })
  const subscriptionId = await sellOne(bench)
  await worker.stop()
  await transaction(shop, 'bench', (tx) => manySubscriptions(tx, subscriptions))
  const { key: apiKey } = await transaction(shop, 'bench', (tx) =>
    createApiKey(
      tx,
      shop,
      { name: 'Bench', scopes: ['subscriptions:read', 'customers:read', 'orders:write'] },
      systemClock.now(),
    ),
  )
  const cookie = await signedIn(bench)
  await app.db.pool.query('vacuum analyze')
  const made = new Map<number, string>([[1, bench.databaseUrl]])
  return {
    bench,
    apiKey,
    cookie,
    subscriptionId,
    async ofSize(size) {
      const known = made.get(size)
      if (known !== undefined) return known
      const url = await copyDatabase(bench.databaseUrl, `businesses_${size}`)
      await fill(url, bench, size)
      made.set(size, url)
      return url
    },
    close: () => bench.close(),
  }
}

async function sellOne(bench: Bench): Promise<string> {
  const [order] = await bench.prepare(1)
  if (order === undefined) throw new Error('no order')
  const reached = bench.sinks.reached(1)
  const { body, headers } = notice(order)
  await fetch(bench.noticeUrl, { method: 'POST', body, headers }).then((answer) => answer.text())
  await reached
  const { rows } = await bench.app.db.pool.query<{ id: string }>('select id from subscriptions')
  return rows[0]?.id ?? ''
}

/** The operator's owner, signed in to the console. */
async function signedIn({ app, shop }: Bench): Promise<string> {
  const account = { email: 'owner@bench.example', password: 'a long bench password' }
  const signIn = createSignIn(app, { sendMagicLink: async () => {}, limits: createRateLimits(app) })
  const { userId } = await signIn.createUser({ ...account, emailVerified: true })
  await transaction(shop, 'bench', (tx) =>
    addMember(tx, shop, 'system', { userId, email: account.email, name: 'Owner', role: 'owner' }),
  )
  const { headers } = await signIn.signInWithPassword(new Request(`${app.publicUrl}/admin/sign-in`), {
    ...account,
    address: '127.0.0.1',
  })
  return headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

/** What is connected to the original is let go: our pools take new connections. */
async function copyDatabase(url: string, name: string): Promise<string> {
  const [from, to] = [new URL(url), new URL(url)]
  const original = from.pathname.slice(1)
  from.pathname = '/postgres'
  to.pathname = `/${name}`
  await withClient(from.href, async (client) => {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [original])
    await client.query(`create database ${name} template ${original}`)
  })
  return to.href
}

/** Tables in the order of their keys, with what differs from the operator's own row; `b` is the copy, `t` the operator's row. */
const tables: Record<string, Record<string, string>> = {
  // Their secrets are sealed for the operator alone: nobody asks there.
  gateway_accounts: { active: 'false', tested_at: 'null' },
  products: {},
  plans: {},
  plan_prices: {},
  product_panels: {},
  policies: {},
  customers: { email: `b.n || t.email` },
  subscriptions: {},
  periods: {},
  lines: { username: `t.username || '_' || b.n` },
  invoice_series: {},
  invoices: {},
  invoice_items: {},
  payments: {},
  allocations: {},
  orders: {},
  accounts: {},
  transfers: { debit_account: `t.debit_account || '_' || b.n`, credit_account: `t.credit_account || '_' || b.n` },
  events: {},
  messages: {},
  message_claims: {},
}
const few = `(t.id !~ '_many' or t.id ~ '_many[1-3]$')`
const ofThese: Record<string, string> = {
  customers: few,
  subscriptions: few,
  periods: few,
  lines: few,
  messages: 't.next_try_at is null', // What waits would have to be sent ten thousand times.
}

type Placed = { id: string; parent: string; above: string[] }

/** A hundredth sells for the operator, a tenth for these, the others for them. */
function resellersOf(operatorId: string, count: number): Placed[] {
  const placed: Placed[] = []
  const [first, second] = [Math.max(1, Math.floor(count / 100)), Math.max(1, Math.floor(count / 10))]
  for (let n = 0; n < count; n++) {
    const over = n < first ? null : n < first + second ? placed[n % first] : placed[first + (n % second)]
    const above = over == null ? [operatorId] : [over.id, ...over.above]
    placed.push({ id: newId('biz', systemClock), parent: above[0] ?? operatorId, above })
  }
  return placed
}

async function fill(url: string, { app, shop }: Bench, size: number): Promise<void> {
  const placed = resellersOf(shop.businessId, size - 1)
  await withClient(url, async (client) => {
    const all = ['businesses', 'business_paths', ...Object.keys(tables)]
    // The owner of the tables may pass his own policies while they are not forced.
    for (const table of all) await client.query(`alter table ${table} no force row level security`)
    await client.query(
      'create temp table copies (n int, id text collate "C", parent_id text collate "C", data_key text)',
    )
    await client.query(
      'insert into copies select n, id, parent_id, data_key from unnest($1::text[], $2::text[], $3::text[]) with ordinality u (id, parent_id, data_key, n)',
      [
        placed.map(({ id }) => id),
        placed.map(({ parent }) => parent),
        placed.map(({ id }) => newDataKey(app.masterKey, id).wrapped),
      ],
    )
    const operator = shop.businessId
    await copy(
      client,
      'businesses',
      { id: 'b.id', parent_id: 'b.parent_id', slug: `'shop-' || b.n`, name: `'Shop ' || b.n`, data_key: 'b.data_key' },
      `t.id = '${operator}'`,
    )
    const paths = placed.flatMap(({ id, above }) => [id, ...above].map((ancestor, depth) => ({ ancestor, id, depth })))
    await client.query(
      'insert into business_paths (ancestor_id, business_id, depth) select * from unnest($1::text[], $2::text[], $3::int[])',
      [paths.map(({ ancestor }) => ancestor), paths.map(({ id }) => id), paths.map(({ depth }) => depth)],
    )
    for (const [table, differing] of Object.entries(tables))
      await copy(
        client,
        table,
        { business_id: 'b.id', ...differing },
        `t.business_id = '${operator}' and ${ofThese[table] ?? true}`,
      )
    for (const table of all) await client.query(`alter table ${table} force row level security`)
    await client.query('vacuum analyze')
  })
}

/** The panel is the operator's; whatever else has an id is the copy's own. */
const ownOf = (name: string): string =>
  /^(.+_)?id$/.test(name) && !/^panel/.test(name) ? `t.${name} || '_' || b.n` : `t.${name}`

async function copy(client: pg.Client, table: string, differing: Record<string, string>, which: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attgenerated = '' and not attisdropped`,
    [table],
  )
  const names = rows.map(({ name }) => name)
  await client.query(
    `insert into ${table} (${names.join(', ')}) select ${names.map((name) => differing[name] ?? ownOf(name)).join(', ')} from copies b cross join ${table} t where ${which}`,
  )
}
