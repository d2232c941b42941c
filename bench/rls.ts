/**
 * `rls`: what row-level security costs. The same readings as of the API's list and of one subscription, by the same code, in a house of many
 * businesses: on our tables, and beside it on copies of them without policies. Both in transactions as ours are, in turn.
 */
import { listSubscriptions, periodsOf } from '#modules/subscriptions/queries.ts'
import { openDatabase, withClient } from '#platform/db/connection.ts'
import { inTransaction, type Tx } from '#platform/db.ts'
import { type Figure, median } from './figure.ts'
import { startManyBusinesses } from './many-businesses.ts'

const target = 1.2
const copied = ['subscriptions', 'periods', 'customers', 'lines', 'plans']

export async function rls(quick: boolean): Promise<Figure[]> {
  const many = await startManyBusinesses()
  const { bench, subscriptionId } = many
  try {
    const url = await many.ofSize(quick ? 500 : 10_000)
    await withClient(url, copyTables)
    const bareUrl = new URL(url)
    bareUrl.searchParams.set('options', '-c search_path=bare,public')
    const [guarded, bare] = [url, bareUrl.href].map((each) => openDatabase({ url: each, log: bench.app.log, max: 1 }))
    if (guarded === undefined || bare === undefined) throw new Error('no database')
    const { rows } = await bare.pool.query(
      `select relnamespace::regnamespace::text as schema from pg_class where oid = 'subscriptions'::regclass`,
    )
    if (rows[0].schema !== 'bare') throw new Error('the copies are not what is read')
    const work = async (tx: Tx) => {
      const found = await listSubscriptions(tx, {}, { limit: 51 })
      const periods = await periodsOf(tx, subscriptionId)
      if (found.length !== 51 || periods.length === 0) throw new Error(`${found.length} subscriptions`)
    }
    const timed = async (db: typeof guarded) => {
      const began = performance.now()
      await inTransaction(db, { role: 'app', businessId: bench.shop.businessId }, 'read-bench', work)
      return performance.now() - began
    }
    const runs = quick ? 100 : 500
    const taken = { guarded: [] as number[], bare: [] as number[] }
    for (let run = -50; run < runs; run++) {
      const [first, second] = [await timed(guarded), await timed(bare)]
      if (run < 0) continue
      taken.guarded.push(first)
      taken.bare.push(second)
    }
    await guarded.close()
    await bare.close()
    const [value, without] = [median(taken.guarded), median(taken.bare)]
    const ratio = value / without
    return [{ figure: 'rls', value, unit: 'ms', beside: { without }, ratio, target, met: ratio <= target, runs }]
  } finally {
    await many.close()
  }
}

async function copyTables(client: { query(text: string): Promise<unknown> }): Promise<void> {
  await client.query('create schema bare')
  for (const table of copied) {
    await client.query(`alter table ${table} no force row level security`)
    await client.query(`create table bare.${table} (like public.${table} including all)`)
    const columns = `(select string_agg(attname, ', ') from pg_attribute where attrelid = 'public.${table}'::regclass and attnum > 0 and attgenerated = '' and not attisdropped)`
    await client.query(
      `do $$ declare c text := ${columns}; begin execute format('insert into bare.${table} (%s) select %s from public.${table}', c, c); end $$`,
    )
    await client.query(`alter table ${table} force row level security`)
  }
  await client.query('grant usage on schema bare to linekeeper_app')
  await client.query('grant select on all tables in schema bare to linekeeper_app')
  await client.query('vacuum analyze')
}
