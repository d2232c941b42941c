/**
 * The database. All access happens inside a transaction whose first statement takes the application's role and names the
 * business, so that row-level security decides what can be seen. Statements are named after their text and pipelined.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type pg from 'pg'
import { crashPoint } from './crash.ts'
import type { Database, LocalRunner } from './db/connection.ts'
import { json, type Query, sql, toStatement } from './db/statement.ts'
import { assert } from './errors.ts'
import type { Log } from './log.ts'

export type { Query }
export { json, sql }
export type BusinessId = string

/** Whose rows a transaction may touch: a business, the reports' read-only view of all, or the owner of sign-in data. */
export type Scope = { role: 'app'; businessId: BusinessId } | { role: 'report' } | { role: 'lookup' } | { role: 'auth' }

export interface Tx {
  readonly client: pg.PoolClient
  readonly scope: Scope
  readonly local: LocalRunner | null
  /**
   * A statement that travels with the commit, in one write: for the row that everybody waits for, whose lock is then held for no round
   * trip of ours. Its failure fails the transaction.
   */
  withCommit(query: Query<unknown>): void
  /**
   * Rows of one kind that are written together, with the commit: history, for example, of which every step has some and nobody reads
   * before the end. What was collected inside a savepoint that is undone is undone with it.
   */
  collect<Row>(kind: string, row: Row, write: (rows: readonly Row[]) => Query<unknown>): void
  /** Runs when the commit is known to have happened; never for work that must happen (that is a row or a job). */
  afterCommit(callback: () => void): void
}

/** Serialization failures and deadlocks are tried again, at most twice, because nothing of them was committed. */
const retryable = new Set(['40001', '40P01'])

/**
 * Runs `work` in one transaction. `name` names the commit for metrics and crash tests. The work may run more than once when
 * the database asks for it, so it touches nothing but the database.
 */
export async function inTransaction<T>(
  db: Database,
  scope: Scope,
  name: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryTransaction(db, scope, name, work)
    } catch (error) {
      if (attempt >= 3 || !retryable.has(codeOf(error) ?? '')) throw error
      await new Promise((done) => setTimeout(done, Math.random() * 20 * attempt))
    }
  }
}

/** Set while the code of a transaction runs. */
const inside = new AsyncLocalStorage<string>()

export const insideTransaction = (): boolean => inside.getStore() !== undefined

/**
 * A transaction that waits for another holds its connection meanwhile; enough of them at once hold all, and each waits for ever.
 * Found in tests by an error, in production told once per place.
 */
export function refuseNesting(name: string, log: Log): void {
  const outer = inside.getStore()
  if (outer === undefined) return
  if (process.env.VITEST !== undefined) throw new Error(`transaction ${name} was opened inside transaction ${outer}`)
  if (nested.has(`${outer}/${name}`)) return
  nested.add(`${outer}/${name}`)
  log.error('a transaction was opened inside another', { outer, name })
}

const nested = new Set<string>()

async function tryTransaction<T>(db: Database, scope: Scope, name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  refuseNesting(name, db.log)
  const client = await db.pool.connect()
  const [callbacks, last]: [(() => void)[], Query<unknown>[]] = [[], []]
  const tx: Tx = {
    client,
    scope,
    local: db.local,
    withCommit: (query) => last.push(query),
    collect: (kind, row, write) => collectedOf(tx).push({ kind, row, write: write as Collected['write'] }),
    afterCommit: (callback) => callbacks.push(callback),
  }
  named.set(client, db.named)
  let broken: Error | undefined
  try {
    const begun = begin(client, scope, name)
    // Pipelined: the first statement of the work leaves before these are answered; a failure here fails the work too.
    begun.catch(() => {})
    const result = await inside.run(name, () => work(tx))
    await begun
    crashPoint(`${name}:before-commit`)
    const sent = [...writesOf(tx), ...last].map((query) => execute(tx, query))
    over.add(tx)
    const [{ command }] = await together([client.query('commit'), ...sent] as const)
    // A commit inside a failed transaction answers ROLLBACK without an error.
    assert(command === 'COMMIT', `${name} was rolled back at its commit`)
    crashPoint(`${name}:after-commit`)
    for (const callback of callbacks) callback()
    return result
  } catch (error) {
    over.add(tx)
    broken = await rollBack(client)
    throw error
  } finally {
    client.release(broken)
  }
}

export async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * Begin, role, business, and how statements are planned, in one message; `set local` is not planned, as a `select set_config` would be.
 * Planning the main path's statements anew costs more than running them, so they keep one plan; what a page reads (`read-…`) has
 * filters that may be absent, and is planned for its values.
 */
export function begin(client: pg.PoolClient, scope: Scope, name: string): Promise<unknown> {
  const businessId = scope.role === 'app' ? scope.businessId : ''
  // It becomes part of the text, so it must be an id and nothing else.
  assert(/^[a-z0-9_]{0,40}$/.test(businessId), 'a business is named by its id')
  const plan = name.startsWith('read') ? 'auto' : 'force_generic_plan'
  return client.query(
    `begin; set local role linekeeper_${scope.role}; set local app.business = '${businessId}'; set local plan_cache_mode = ${plan}`,
  )
}

/** Whether statements of this connection get names. */
const named = new WeakMap<pg.PoolClient, boolean>()
type Collected = { kind: string; row: unknown; write: (rows: readonly unknown[]) => Query<unknown> }

const collected = new WeakMap<Tx, Collected[]>()

function collectedOf(tx: Tx): Collected[] {
  const known = collected.get(tx) ?? []
  collected.set(tx, known)
  return known
}

const writesOf = (tx: Tx): Query<unknown>[] =>
  [...Map.groupBy(collectedOf(tx), ({ kind }) => kind).values()].flatMap((each) =>
    each[0] === undefined ? [] : [each[0].write(each.map(({ row }) => row))],
  )

/** Transactions that are over. A statement that comes late must never reach the next user of the connection. */
const over = new WeakSet<Tx>()

/**
 * Statements issued in one go, of one transaction. Unlike `Promise.all` it waits for all of them when one fails, so that nothing of the
 * failed work runs on after a savepoint was undone.
 */
export async function together<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(work)
  const failure = settled.find((each) => each.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>
  }
}

async function execute<Row>(tx: Tx, query: Query<Row>): Promise<pg.QueryResult> {
  assert(!over.has(tx), 'a statement came after the end of its transaction')
  return tx.client.query(toStatement(query, named.get(tx.client) ?? false))
}

/**
 * Work that may fail without taking the transaction with it. True when it was done; else it is undone and the error logged by the
 * caller's way, while everything before it stands (F22).
 */
export async function inSavepoint(
  tx: Tx,
  work: () => Promise<void>,
  failed: (error: unknown) => void,
): Promise<boolean> {
  const begun = tx.client.query('savepoint work')
  const mark = collectedOf(tx).length
  try {
    await together([begun, work()])
    // Not waited for: should it fail, the commit does.
    tx.client.query('release savepoint work').catch(() => {})
    return true
  } catch (error) {
    await tx.client.query('rollback to savepoint work')
    collectedOf(tx).length = mark
    failed(error)
    return false
  }
}

/** All rows of a query. */
export async function rows<Row>(tx: Tx, query: Query<Row>): Promise<Row[]> {
  return (await execute(tx, query)).rows as Row[]
}

/** The only row, or null. */
export async function maybe<Row>(tx: Tx, query: Query<Row>): Promise<Row | null> {
  const found = await rows(tx, query)
  assert(found.length <= 1, 'at most one row')
  return found[0] ?? null
}

/** The only row; its absence is a bug of the caller. */
export async function one<Row>(tx: Tx, query: Query<Row>): Promise<Row> {
  const found = await maybe(tx, query)
  assert(found !== null, 'exactly one row')
  return found
}

/** Executes and tells how many rows changed. */
export async function run(tx: Tx, query: Query<unknown>): Promise<number> {
  return (await execute(tx, query)).rowCount ?? 0
}

/** PostgreSQL's five-character code, when the error is one of its. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/** Whether a unique key refused a second row: `constraint` narrows it. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  return (
    codeOf(error) === '23505' && (constraint === undefined || (error as pg.DatabaseError).constraint === constraint)
  )
}
