/** Plants rows that the database would refuse, in a transaction that is rolled back, and lets the proof look at them. */
import type { PoolClient } from 'pg'
import { type Proof, proveIn } from '#modules/invariants.ts'
import type { Database } from '#platform/db/connection.ts'
import { beginning, openGround } from '#platform/db/ground.ts'
import { openTx } from '#platform/db.ts'

/** What stands between a table and a bad row: its checks, keys, and row-level security. Primary keys and triggers stay. */
const relax = `
  do $$
  declare
    tab regclass;
    found record;
  begin
    foreach tab in array string_to_array(current_setting('plant.tables'), ',')::regclass[] loop
      execute format('alter table %s no force row level security', tab);
      for found in select conname from pg_constraint where conrelid = tab and contype in ('c', 'f', 'u', 'x') loop
        execute format('alter table %s drop constraint %I cascade', tab, found.conname);
      end loop;
      for found in select i.indexrelid::regclass as name from pg_index i where i.indrelid = tab and i.indisunique and not i.indisprimary loop
        execute format('drop index %s', found.name);
      end loop;
    end loop;
  end
  $$`

/** Tables are those whose keys stand in the way; `after` runs as well, for keys that must be there again. */
export async function planted(
  db: Database,
  now: Temporal.Instant,
  tables: readonly string[],
  texts: readonly string[],
): Promise<Proof> {
  const client: PoolClient = await db.pool.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('plant.tables', $1, true)`, [tables.join(',')])
    await client.query(relax)
    for (const text of texts) {
      const { rowCount, command } = await client.query(text)
      // A plant that touches nothing would prove nothing.
      if (['INSERT', 'UPDATE', 'DELETE'].includes(command) && rowCount === 0)
        throw new Error(`nothing planted by ${text}`)
    }
    await client.query('set local role linekeeper_report')
    const scope = { role: 'report' } as const
    const ground = {
      ...openGround(client, beginning(scope, 'planted'), { named: db.named, shared: false }),
      begun: true,
    }
    return await proveIn(openTx(db, scope, ground).tx, now)
  } finally {
    await client.query('rollback')
    client.release()
  }
}
