/** A book of many subscriptions, for what is measured: the one that was sold, copied. */
import { rows, run, sql, type Tx } from '#platform/db.ts'

/** Where one was sold, `count` more: ends spread over a month, most of the way through a period, lines up, the renewal not asked for. */
export async function manySubscriptions(tx: Tx, count: number): Promise<void> {
  const spread = (column: string) => `t.${column} + n * interval '4 minutes'`
  await manyRows(tx, 'customers', count, `'id', 'cus_many' || n, 'email', 'many' || n || '@example.net'`)
  await manyRows(
    tx,
    'subscriptions',
    count,
    `'id', 'sub_many' || n, 'customer_id', 'cus_many' || n, 'paid_through', ${spread('paid_through')}, 'next_step_at', ${spread('next_step_at')}`,
  )
  await manyRows(
    tx,
    'periods',
    count,
    `'id', 'per_many' || n, 'subscription_id', 'sub_many' || n, 'ends', ${spread('ends')}, 'invoice_item_id', null`,
  )
  await manyRows(
    tx,
    'lines',
    count,
    `'id', 'line_many' || n, 'customer_id', 'cus_many' || n, 'subscription_id', 'sub_many' || n, 'username', 'many' || n`,
  )
}

/** The one row of a table so many times, with other fields; `n` counts them, `t` is the row. */
export async function manyRows(tx: Tx, table: string, count: number, fields: string): Promise<void> {
  const columns = await rows(
    tx,
    sql<{ name: string }>`select attname as name from pg_attribute
      where attrelid = ${table}::regclass and attnum > 0 and attgenerated = '' and not attisdropped order by attnum`,
  )
  const named = columns.map(({ name }) => name)
  await run(
    tx,
    sql.raw(
      `insert into ${table} (${named.join(', ')}) select ${named.map((name) => `c.${name}`).join(', ')}
        from ${table} t, generate_series(1, ${count}) as n, jsonb_populate_record(t, jsonb_build_object(${fields})) as c`,
    ),
  )
}
