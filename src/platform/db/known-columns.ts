/**
 * A prepared statement has the same columns each time: the server refuses to run it rather than answer with others. So a connection asks
 * for them once, and neither the server tells nor we read them again.
 */
import pg from 'pg'

/** Null: it answers without rows. */
type Columns = { fields: pg.FieldDef[]; parsers: unknown[]; empty: object } | null

/** What pg's types do not tell of its own parts. */
type Connection = { describe(what: unknown): void }
type Inner = {
  prepare(connection: Connection): void
  handleRowDescription(message: unknown): void
  handleCommandComplete(message: unknown, connection: unknown): void
}
type Result = { fields: pg.FieldDef[]; _parsers: unknown[]; _prebuiltEmptyResultObject: object }

const inner = pg.Query.prototype as unknown as Inner

class NamedQuery extends pg.Query {
  declare name: string
  declare values: unknown[] | undefined
  declare callback: (error: Error | null, result: pg.QueryResult) => void
  declare _result: Result
  declare _accumulateRows: boolean
  readonly known: Map<string, Columns>

  constructor({ name = '', text, values }: pg.QueryConfig, known: Map<string, Columns>) {
    super(text)
    this.name = name
    this.values = values
    this.known = known
  }

  prepare(connection: Connection): void {
    const columns = this.known.get(this.name)
    if (columns !== undefined && columns !== null) {
      const { fields, parsers, empty } = columns
      Object.assign(this._result, { fields, _parsers: parsers, _prebuiltEmptyResultObject: empty })
      this._accumulateRows = true
    }
    inner.prepare.call(this, columns === undefined ? connection : withoutAsking(connection))
  }

  handleRowDescription(message: unknown): void {
    inner.handleRowDescription.call(this, message)
    const { fields, _parsers: parsers, _prebuiltEmptyResultObject: empty } = this._result
    this.known.set(this.name, { fields, parsers, empty })
  }

  handleCommandComplete(message: unknown, connection: unknown): void {
    if (!this.known.has(this.name)) this.known.set(this.name, null)
    inner.handleCommandComplete.call(this, message, connection)
  }
}

const silent = new WeakMap<Connection, Connection>()

/** The same connection, on which nobody asks for columns. */
function withoutAsking(connection: Connection): Connection {
  const known = silent.get(connection)
  if (known !== undefined) return known
  const made = Object.assign(Object.create(connection) as Connection, { describe: () => {} })
  silent.set(connection, made)
  return made
}

/** From when nothing was asked yet. */
export function knowColumns(client: pg.ClientBase): void {
  const known = new Map<string, Columns>()
  const query = client.query as (...values: unknown[]) => unknown
  const answerOf = (statement: pg.QueryConfig) => {
    const named = new NamedQuery(statement, known)
    const answer = new Promise<pg.QueryResult>((done, failed) => {
      named.callback = (error, result) => (error ? failed(error) : done(result))
    })
    query.call(client, named)
    // As pg does: the stack that matters is of whoever asked.
    return answer.catch((error: Error) => {
      Error.captureStackTrace(error)
      throw error
    })
  }
  client.query = ((...values: unknown[]) =>
    values.length === 1 && isNamed(values[0])
      ? answerOf(values[0])
      : query.apply(client, values)) as typeof client.query
}

/** With a name, and nothing else that is not ours to know. */
const isNamed = (statement: unknown): statement is pg.QueryConfig =>
  typeof statement === 'object' &&
  statement !== null &&
  'name' in statement &&
  Boolean(statement.name) &&
  Object.keys(statement).every((key) => key === 'name' || key === 'text' || key === 'values')
