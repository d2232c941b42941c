/** What travels to PostgreSQL: queries become text and values, and a name by which the server keeps its plan. */
import { createHash } from 'node:crypto'
import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely'
import type pg from 'pg'

export { sql }

export type Query<Row> = RawBuilder<Row> | Compilable<Row>

/** Compiles queries; has no connection of its own. */
// biome-ignore lint/complexity/noBannedTypes: Kysely's own way to say "no typed tables": rows are typed per query.
const build = new Kysely<{}>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** A JSON parameter. */
export const json = (value: unknown) => sql<unknown>`${JSON.stringify(value)}::jsonb`

/** A query as pg takes it. Poolers that do not know prepared statements want it without a name. */
export function toStatement(query: Query<unknown>, named: boolean): pg.QueryConfig {
  const { sql: text, parameters } = 'compile' in query ? compile(query) : query
  const values = parameters.map(toParameter)
  const name = named ? nameOf(text) : ''
  return name === '' ? { text, values } : { name, text, values }
}

const compile = <Row>(query: Query<Row>) => (query as RawBuilder<Row>).compile(build)

/** pg would turn Temporal values into quoted JSON; plain objects become JSON on purpose. */
function toParameter(value: unknown): unknown {
  if (value instanceof Temporal.Instant || value instanceof Temporal.PlainDate) return value.toString()
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(toParameter)
  return value
}

const nameCache = new Map<string, string>()

function nameOf(text: string): string {
  let name = nameCache.get(text)
  if (name === undefined) {
    name = createHash('sha1').update(text).digest('base64url').slice(0, 20)
    // Lists with free filters could make endless texts; those are rare and must not fill the memory of every connection.
    if (nameCache.size < 2_000) nameCache.set(text, name)
    else return ''
  }
  return name
}
