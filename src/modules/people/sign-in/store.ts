/**
 * Where better-auth keeps its rows: schema `auth`, as role `linekeeper_auth`, which nobody else may enter. Every statement, or
 * group that must hold together, is one of our own transactions, so nothing depends on the state of a connection and PgBouncer
 * in transaction mode is fine.
 */
import { kyselyAdapter } from '@better-auth/kysely-adapter'
import type { BetterAuthOptions } from 'better-auth'
import type { DBAdapter } from 'better-auth/types'
import {
  type CompiledQuery,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import pg from 'pg'
import type { Database } from '#platform/db/connection.ts'
import { executed, inTransaction, type Tx } from '#platform/db.ts'
import { hashSessionTokens } from './session-tokens.ts'

type Execute = <Row>(query: CompiledQuery) => Promise<QueryResult<Row>>
type Store = (options: BetterAuthOptions) => DBAdapter<BetterAuthOptions>

/** Every statement for itself, except inside `transaction`. */
export function signInStore(db: Database): Store {
  const alone = storeOn((query) => inTransaction(db, { role: 'auth' }, 'sign-in', (tx) => executeIn(tx, query)))
  return (options) =>
    hashSessionTokens({
      ...alone(options),
      transaction: (work) =>
        inTransaction(db, { role: 'auth' }, 'sign-in', (tx) =>
          work(hashSessionTokens(storeOn((query) => executeIn(tx, query))(options))),
        ),
    })
}

const storeOn = (execute: Execute): Store =>
  kyselyAdapter(
    // biome-ignore lint/suspicious/noExplicitAny: better-auth's own type for a database whose tables it knows only at run time.
    new Kysely<any>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => driverOf(execute),
        createIntrospector: (database) => new PostgresIntrospector(database),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    }).withSchema('auth'),
    { type: 'postgres', transaction: false },
  )

/** better-auth expects `Date`, where our own queries get `Temporal.Instant`. */
const libraryTypes: pg.CustomTypesConfig = { getTypeParser: pg.types.getTypeParser }

async function executeIn<Row>(tx: Tx, { sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
  const { command, rowCount, rows } = await executed(tx, { text, values: [...parameters], types: libraryTypes })
  return command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(rowCount ?? 0) }
}

/** Has no connections and begins no transactions: both are ours. */
function driverOf(execute: Execute): Driver {
  const ours = () => Promise.reject(new Error('assertion failed: transactions of sign-in go through its store'))
  const connection = {
    executeQuery: execute,
    streamQuery: () => {
      throw new Error('assertion failed: sign-in reads no streams')
    },
  }
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: ours,
    commitTransaction: ours,
    rollbackTransaction: ours,
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  }
}
