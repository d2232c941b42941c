/**
 * The known ways past row-level security: each is opened here, seen to leak, and seen to be named by the checks of the catalogue; so the checks are
 * known to find it. Everything is undone.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction, rows, sql } from '#platform/db.ts'
import { ensurePgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import type { OpenShop } from '../support/shop.ts'
import { createWorld, type World } from '../support/world.ts'
import { definerFunctions, looseReferences, openPartitions, passingViews, unguardedTables, wideKeys } from './checks.ts'

let world: World
let other: OpenShop
let address = ''
beforeAll(async () => {
  ensurePgBouncer(console.log)
  world = await createWorld({
    through: async (url) => {
      address = url
      return { url, named: true }
    },
  })
  other = await world.another('zebra')
  await world.customer('ana').buys()
  await world.customer('zoe', other.shop).buys()
}, 180_000)
afterAll(() => world.close())

type Ask = (text: string, values?: unknown[]) => Promise<string[]>

/** Opens a hole as the database's owner, in a transaction that is undone. The first column of what is asked is told. */
async function opened(work: (ask: Ask, asApp: () => Promise<string[]>) => Promise<void>): Promise<void> {
  const client = await world.db.pool.connect()
  const ask: Ask = async (text, values = []) => {
    const answer: pg.QueryArrayResult | pg.QueryArrayResult[] = await client.query({ text, values, rowMode: 'array' })
    const found = Array.isArray(answer) ? [] : answer.rows
    return found.map(([first]) => String(first))
  }
  try {
    await client.query('begin')
    await work(ask, () =>
      ask(`select set_config('role', 'linekeeper_app', true), set_config('app.business', $1, true)`, [
        world.businessId,
      ]),
    )
  } finally {
    await client.query('rollback')
    client.release()
  }
}

const both = () => [world.businessId, other.shop.businessId].sort()
const mine = () => [world.businessId]
/** Of these, whom the application sees there. */
const seenIn = async (ask: Ask, from: string) =>
  (await ask(`select distinct business_id from ${from} order by 1`)).sort()

test('a table whose owner is not held by its policies shows him all', () =>
  opened(async (ask, asApp) => {
    const table = (name: string, forced: boolean) => `
      create table ${name} (business_id text not null);
      insert into ${name} values (${both()
        .map((id) => `'${id}'`)
        .join('), (')});
      alter table ${name} enable row level security;
      ${forced ? `alter table ${name} force row level security;` : ''}
      create policy own on ${name} to linekeeper_app using (business_id = current_business()) with check (business_id = current_business());
      grant create on schema public to linekeeper_app;
      alter table ${name} owner to linekeeper_app;`
    await ask(table('loose', false))
    await ask(table('held', true))
    expect(await ask(unguardedTables)).toContain('loose')
    await asApp()
    expect(await seenIn(ask, 'loose')).toEqual(both())
    expect(await seenIn(ask, 'held')).toEqual(mine())
  }))

test('a business that was set for the session stays on its connection, also behind PgBouncer; ours is set anew by each transaction', async () => {
  const bouncer = await startPgBouncer(address)
  const clients = Array.from({ length: 8 }, () => new pg.Client({ connectionString: bouncer.url }))
  try {
    for (const client of clients) await client.connect()
    // Somebody set it without a transaction: whoever gets that connection next has it.
    for (const client of clients.slice(0, 4))
      await client.query(`select set_config('app.business', $1, false)`, [other.shop.businessId])
    const leaked = await Promise.all(
      clients.map(
        async (client) =>
          (await client.query(`select nullif(current_setting('app.business', true), '') as business`)).rows[0]
            ?.business,
      ),
    )
    expect(leaked).toContain(other.shop.businessId)
    for (const client of clients) {
      await client.query('begin')
      await client.query(`select set_config('role', 'linekeeper_app', true), set_config('app.business', $1, true)`, [
        world.businessId,
      ])
      expect((await client.query('select distinct business_id from customers')).rows).toEqual([
        { business_id: world.businessId },
      ])
      await client.query('commit')
    }
  } finally {
    for (const client of clients) await client.end()
    await bouncer.stop()
  }
})

test('a view that reads as its owner, and one that keeps what it read, show all', () =>
  opened(async (ask, asApp) => {
    await ask('create view passing as select business_id from customers')
    await ask('create view asking with (security_invoker = true) as select business_id from customers')
    await ask('create materialized view kept as select business_id from customers')
    await ask('grant select on passing, asking, kept to linekeeper_app')
    expect((await ask(passingViews)).sort()).toEqual(['kept', 'passing'])
    await asApp()
    expect(await seenIn(ask, 'passing')).toEqual(both())
    expect(await seenIn(ask, 'kept')).toEqual(both())
    expect(await seenIn(ask, 'asking')).toEqual(mine())
  }))

test('a function that runs as its owner sees all', () =>
  opened(async (ask, asApp) => {
    const body = `returns table (business_id text) language sql security definer as 'select business_id from customers'`
    await ask(`create function peeks() ${body}`)
    const found = (
      await ask(`select name || ' ' || open || ' ' || fixed from (${definerFunctions}) f where name = 'peeks'`)
    ).at(0)
    expect(found).toBe('peeks true false')
    await asApp()
    expect(await seenIn(ask, 'peeks()')).toEqual(both())
  }))

test('a partition that is asked itself has its table’s policies or none', () =>
  opened(async (ask, asApp) => {
    const [partition = ''] = await ask(`select distinct tableoid::regclass::text from messages limit 1`)
    await ask(`grant select on ${partition} to linekeeper_app`)
    expect(await ask(openPartitions)).toContain(`${partition} linekeeper_app`)
    await asApp()
    expect(await seenIn(ask, partition)).toEqual(both())
    expect(await seenIn(ask, 'messages')).toEqual(mine())
  }))

test('a unique key without the business tells that a value exists elsewhere', () =>
  opened(async (ask, asApp) => {
    await ask('create unique index wide on customers (email)')
    expect(await ask(wideKeys)).toContain('wide')
    await asApp()
    const taken = ask(`update customers set email = 'zoe@example.net'`)
    await expect(taken).rejects.toMatchObject({ code: '23505', constraint: 'wide' })
  }))

test('a plain reference takes another’s id', () =>
  opened(async (ask, asApp) => {
    const [theirs = ''] = await ask(`select id from gateway_accounts where business_id = $1`, [other.shop.businessId])
    await ask(
      `create table refers (business_id text not null, gateway text constraint plain references gateway_accounts (id))`,
    )
    await ask('grant select, insert on refers to linekeeper_app')
    expect(await ask(looseReferences)).toContain('plain')
    await asApp()
    expect(await ask(`select id from gateway_accounts where id = $1`, [theirs])).toEqual([])
    expect(await ask(`insert into refers values ($1, $2) returning gateway`, [world.businessId, theirs])).toEqual([
      theirs,
    ])
  }))

const source = join(import.meta.dirname, '..', '..', 'src')

/** Where text becomes SQL: constants of our own, each looked at. */
const written = [
  'modules/billing/invariants/charges.ts',
  'modules/billing/payment-methods.ts',
  'modules/people/invariants.ts',
  'platform/db/batch.ts',
]

test('whoever can write SQL can set the business himself: so nothing that is typed becomes SQL', async () => {
  const injected = await inTransaction(world.db, { role: 'app', businessId: world.businessId }, 'look', (tx) =>
    rows<{ id: string }>(
      tx,
      sql`select distinct c.business_id as id from (select set_config('app.business', ${other.shop.businessId}, true) offset 0) s, customers c`,
    ),
  )
  expect(injected.map(({ id }) => id)).toContain(other.shop.businessId)
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('.test'))
    .filter((file) => /\bsql\.raw\(/.test(readFileSync(join(source, file), 'utf8')))
  expect(found.sort()).toEqual(written)
})
