/** Connections to PostgreSQL: how the pool is opened, what its values become, and the wait until the server answers. */
import type { Writable } from 'node:stream'
import pg from 'pg'
import { StartError } from '../errors.ts'
import type { Log } from '../log.ts'
import { knowColumns } from './known-columns.ts'

/** Carries out nudges in this process, as long as it lives; see `worker/local.ts`. */
export interface LocalRunner {
  /** `first`: it goes on with what this process has begun, and is taken before what is new. */
  offer(task: string, payload: unknown, first?: boolean): void
  /** Whether this task, offered first now, is begun within moments. */
  soon(task: string): boolean
}

export interface Database {
  readonly pool: pg.Pool
  readonly log: Log
  readonly named: boolean
  /** Set while this process runs a worker. */
  local: LocalRunner | null
  close(): Promise<void>
}

const parsers = new Map<number, (text: string) => unknown>([
  [20, BigInt], // int8: amounts, counts of milliseconds
  [1184, (text) => Temporal.Instant.from(text.replace(' ', 'T'))], // timestamptz
  [1082, (text) => text], // date
  [1700, (text) => text], // numeric
])

const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    parsers.get(oid) ?? pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
}

export function openDatabase(options: {
  url: string
  log: Log
  max?: number
  named?: boolean
  name?: string
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 20,
    types: typeParsers,
    application_name: options.name ?? 'linekeeper',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    pipeline: true,
  } as pg.PoolConfig)
  pool.on('connect', knowColumns)
  pool.on('connect', joinWrites)
  pool.on('connect', mayBeLost)
  // A connection that dies while idle is replaced; without a listener it would end the process.
  pool.on('error', (error) => options.log.warn('database connection lost', { error }))
  return { pool, log: options.log, named: options.named ?? true, local: null, close: () => pool.end() }
}

/** A burst leaves in pieces of so many statements. */
const piece = 4

/**
 * Statements that are issued in one go leave together: a system call costs about as much as a small statement. pg corks per statement; this
 * corks around them until the running code pauses. A long burst leaves in pieces, so that the database works on the first of it while the
 * rest is written: a dozen statements take this process half a millisecond, for which an order would else wait.
 */
function joinWrites(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  const query = client.query as (...values: unknown[]) => unknown
  let held = 0
  client.query = ((...values: unknown[]) => {
    if (held === 0) {
      stream.cork()
      queueMicrotask(() => {
        held = 0
        stream.uncork()
      })
    }
    held += 1
    const answer = query.apply(client, values)
    if (held % piece === 0) {
      stream.uncork()
      stream.cork()
    }
    return answer
  }) as typeof client.query
}

/**
 * A connection can be lost at any time, also while it is being closed and nobody looks at it any more; what it was needed for says so
 * by its own failure. Without a listener Node ends the process.
 */
export const mayBeLost = (client: pg.ClientBase): void => void client.on('error', () => {})

/** Work that needs a connection of its own, past pool and pooler. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  mayBeLost(client)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Waits until the server answers, or says in one sentence why it does not. */
export async function waitForDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  mayBeLost(client)
  try {
    await client.connect()
    const { rows: found } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    if ((found[0]?.version ?? 0) < 150_000)
      throw new StartError('The database is older than PostgreSQL 15: please upgrade it.')
  } catch (error) {
    if (error instanceof StartError) throw error
    const shown = new URL(url)
    throw new StartError(
      `The database at ${shown.hostname || 'the local socket'}${shown.port ? `:${shown.port}` : ''}${shown.pathname} does not answer: ${reasonOf(error)}. Check DATABASE_URL.`,
    )
  } finally {
    await client.end().catch(() => {})
  }
}

/** node reports refused connections of several addresses as an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}
