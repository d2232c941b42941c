/** The rows that a twin has of its live business, read on one side and written on the other: as text in between, so that no number loses a digit. */
import { json, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { machineOrigin } from '../people/twin-address.ts'
import { type Carried, carried } from './carried.ts'

/** By table: JSON arrays of rows. */
export type Catalog = Readonly<Record<string, string>>

/** All of one moment. Of settings only those that are named, without the fields that are secret there. */
export async function readCatalog(
  tx: Tx,
  settings: readonly { key: string; without: readonly string[] }[],
): Promise<Catalog> {
  const parts = carried.map(({ table }) =>
    table === 'settings'
      ? sql`'settings', (select coalesce(jsonb_agg(jsonb_set(to_jsonb(t), '{value}', t.value - array(select jsonb_array_elements_text(s.value->'without')))), '[]')::text
          from settings t join jsonb_array_elements(${json(settings)}) s (value) on s.value->>'key' = t.key where t.business_id = current_business())`
      : sql`${sql.lit(table)}, (select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text from ${sql.table(table)} t where t.business_id = current_business())`,
  )
  const { all } = await one(tx, sql<{ all: Catalog }>`select jsonb_build_object(${sql.join(parts)}) as all`)
  return all
}

/** Writes what differs, and ends what is gone. How many rows that were. */
export async function writeCatalog(
  tx: Tx,
  catalog: Catalog,
  settings: readonly string[],
  now: Temporal.Instant,
): Promise<number> {
  let changed = await freeCodes(tx, catalog.coupons ?? '[]')
  for (const each of carried.toReversed()) changed += await end(tx, each, catalog, settings, now)
  for (const each of carried) changed += await put(tx, each, catalog[each.table] ?? '[]')
  return changed
}

/** A coupon that was made in the twin gives its code up to the live one. */
const freeCodes = (tx: Tx, coupons: string): Promise<number> =>
  run(
    tx,
    sql`update coupons c set active = false, code = 'TEST-' || upper(right(c.id, 26)) from jsonb_array_elements(${coupons}::jsonb) s (value)
      where c.business_id = current_business() and c.code = s.value->>'code' and c.id <> s.value->>'id'`,
  )

async function end(
  tx: Tx,
  { table, key, gone, decides = [] }: Carried,
  catalog: Catalog,
  settings: readonly string[],
  now: Temporal.Instant,
): Promise<number> {
  const source = catalog[table] ?? '[]'
  const same = sql.join(
    key.map((name) => sql`s.${sql.ref(name)} = t.${sql.ref(name)}`),
    sql` and `,
  )
  const kept = (open: ReturnType<typeof sql>) =>
    sql`exists (select from jsonb_populate_recordset(null::${sql.table(table)}, ${source}::jsonb) s where ${same} and ${open})`
  const live = decides.map(
    ({
      table: other,
      by,
    }) => sql` and exists (select from jsonb_array_elements(${catalog[other] ?? '[]'}::jsonb) d (value)
      where ${sql.join(
        Object.entries(by).map(([here, there]) => sql`d.value->>${sql.lit(there)} = t.${sql.ref(here)}`),
        sql` and `,
      )})`,
  )
  const own = sql`t.business_id = current_business()${sql.join(live, sql``)}`
  switch (gone) {
    case 'removed':
      return run(
        tx,
        sql`delete from ${sql.table(table)} t where ${own} and not ${kept(sql`true`)}
          ${table === 'settings' ? sql`and t.key = any(${[...settings]}::text[])` : sql``}`,
      )
    case 'stays':
      return 0
    case 'not_current':
      return run(
        tx,
        sql`update ${sql.table(table)} t set current = false where ${own} and t.current and not ${kept(sql`s.current`)}`,
      )
    case 'ended':
      return run(
        tx,
        // What the live business chose for the same plan, product or everything holds; a rule beside its rules may stay.
        sql`update ${sql.table(table)} t set ended_at = ${now}, ended_by = 'system' where ${own} and t.ended_at is null and not ${kept(sql`s.ended_at is null`)}
          and exists (select from jsonb_populate_recordset(null::${sql.table(table)}, ${source}::jsonb) s
            where s.id = t.id or (s.ended_at is null and s.scope = t.scope and s.subject_id = t.subject_id and t.scope <> 'rule'))`,
      )
  }
}

/** Writes the rows that differ; what the twin counts for itself begins as told and stays as it is. */
export async function put(
  tx: Tx,
  { table, key, own = {} }: Pick<Carried, 'table' | 'key' | 'own'>,
  source: string,
): Promise<number> {
  const names = (await columnsOf(tx, table)).filter((name) => name !== 'business_id')
  const all = ['business_id', ...names]
  const value = (name: string) => (name === 'business_id' ? sql`current_business()` : sql`s.${sql.ref(name)}`)
  const rest = names.filter((name) => !key.includes(name) && !(name in own))
  const target = sql.join(['business_id', ...key].map((name) => sql.ref(name)))
  const listed = (prefix: 'excluded' | 't') => sql.join(rest.map((name) => sql`${sql.ref(prefix)}.${sql.ref(name)}`))
  const change =
    rest.length === 0
      ? sql`do nothing`
      : sql`do update set ${sql.join(rest.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`))}
          where (${listed('t')}) is distinct from (${listed('excluded')})`
  return run(
    tx,
    sql`insert into ${sql.table(table)} as t (${sql.join(all.map((name) => sql.ref(name)))})
      select ${sql.join(all.map(value))} from jsonb_populate_recordset(null::${sql.table(table)},
        (select coalesce(jsonb_agg(e.value || ${json(own)} order by e.place), '[]') from jsonb_array_elements(${source}::jsonb) with ordinality e (value, place))) s
      on conflict (${target}) ${change}`,
  )
}

/** Of the table as it is today: a column that joins it later is carried without a word here. */
const columnsOf = async (tx: Tx, table: string): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{ name: string }>`select attname::text as name from pg_attribute
        where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    )
  ).map(({ name }) => name)

/** What the twin's own panel and gateway are, once they are made. */
export const machinesOf = (tx: Tx, twinId: string) =>
  one(
    tx,
    sql<{ panelId: string | null; gatewayId: string | null }>`select
      (select id from panels where business_id = current_business() and starts_with(settings->>'url', ${`${machineOrigin(twinId, 'panel')}/`}) order by id limit 1) as "panelId",
      (select id from gateway_accounts where business_id = current_business() and kind = 'sandbox' and settings->>'api_base' = ${machineOrigin(twinId, 'sandbox')} order by id limit 1) as "gatewayId"`,
  )

/** Products that no panel makes lines of yet. */
export const unmappedProducts = async (tx: Tx): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{ id: string }>`select p.id from products p where p.business_id = current_business()
        and not exists (select from product_panels m where m.business_id = p.business_id and m.product_id = p.id) order by p.id`,
    )
  ).map(({ id }) => id)

/** One after the other. */
export const lockTwin = (tx: Tx): Promise<unknown> =>
  maybe(tx, sql`select id from businesses where id = current_business() for update`)

/** When its catalog was last copied, and when one of its keys last called; by the clock of the machine. */
export const twinTimes = (tx: Tx) =>
  one(
    tx,
    sql<{ syncedAt: Temporal.Instant | null; calledAt: Temporal.Instant | null }>`select b.twin_synced_at as "syncedAt",
      (select max(k.last_used_at) from api_keys k where k.business_id = b.id) as "calledAt"
      from businesses b where b.id = current_business()`,
  )

export const noteSynced = (tx: Tx, now: Temporal.Instant): Promise<number> =>
  run(tx, sql`update businesses set twin_synced_at = ${now} where id = current_business()`)

export const anyKeyCalled = async (tx: Tx): Promise<boolean> =>
  (
    await one(
      tx,
      sql<{
        called: boolean
      }>`select exists (select from api_keys where business_id = current_business() and last_used_at is not null) as called`,
    )
  ).called
