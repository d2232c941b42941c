/** Statements that do for many rows what they do for one. Several works of one transaction, and several transactions, share them. */
import type { RawBuilder } from 'kysely'
import { type Query, sql } from './statement.ts'

export type Batch<Input, Row = unknown> = {
  /** One statement for all inputs, whose keys differ. Works that lock rows lock them in one order: `order by id`. */
  many(inputs: readonly Input[]): Query<Row>
  /** What an input is about, such as the id of its row. Two of one key never share a statement: the second sees what the first did. */
  keyOf(input: Input): string
  /** The key of the input that a row answers. Not needed where nobody waits for rows. */
  keyOfRow?(row: Row): string
}

/** A batch of ids: rows are locked or read by their primary key. */
export const byId = <Row extends { id: string }>(many: (ids: readonly string[]) => Query<Row>): Batch<string, Row> => ({
  many,
  keyOf: (id) => id,
  keyOfRow: ({ id }) => id,
})

type Column<Row> = readonly [name: string, type: string, value: (row: Row) => unknown]

/**
 * Rows as a table in SQL: `from ${table('m', messages, [['id', 'text', (m) => m.id], …])}` has the columns that are named. Types are
 * PostgreSQL's; `jsonb` takes any value.
 */
export function table<Row>(alias: string, rows: readonly Row[], columns: readonly Column<Row>[]): RawBuilder<unknown> {
  const [only] = rows
  // One row is planned and sent as if there were no table.
  if (only !== undefined && rows.length === 1) {
    const values = columns.map(([name, type, value]) => {
      const given = type === 'jsonb' ? jsonOf(value(only)) : value(only)
      return sql`${given}::${sql.raw(`${type} as ${name}`)}`
    })
    return sql`(select ${sql.join(values)}) as ${sql.raw(alias)}`
  }
  const arrays = columns.map(([, type, value]) => {
    const values = rows.map((row) => (type === 'jsonb' ? jsonOf(value(row)) : value(row)))
    return sql`${values}::${sql.raw(type)}[]`
  })
  return sql`unnest(${sql.join(arrays)}) as ${sql.raw(`${alias} (${columns.map(([name]) => name).join(', ')})`)}`
}

/**
 * A condition on a row that its key finds: said in words that fit no index. Where hardly anything was due when rows were last counted, the index of
 * what is due is the smallest of all; once thousands are due at one time, each claim would walk through all of them to its own row.
 */
export const inFoundRow = (condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`coalesce(${condition}, false)`

const jsonOf = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value))
