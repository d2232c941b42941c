/**
 * The database. All access happens inside a transaction whose first statement takes the application's role and names the
 * business, so that row-level security decides what can be seen. Statements are named after their text and pipelined.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type pg from 'pg'
import { crashPoint } from './crash.ts'
import type { Batch } from './db/batch.ts'
import type { Database, LocalRunner } from './db/connection.ts'
import {
  ask,
  beginning,
  causeOf,
  codeOf,
  discard,
  type Ground,
  markOf,
  openGround,
  rollBack,
  type Scope,
  send,
  sendLast,
  sendText,
  together,
  write,
} from './db/ground.ts'
import { json, type Query, sql } from './db/statement.ts'
import { assert } from './errors.ts'
import type { Log } from './log.ts'

export { type Batch, byId, inFoundRow, table } from './db/batch.ts'
export type { BusinessId, Scope } from './db/ground.ts'
export { codeOf, together } from './db/ground.ts'
export type { Query }
export { json, sql }

export interface Tx {
  readonly ground: Ground
  readonly scope: Scope
  readonly local: LocalRunner | null
  /**
   * A write that leaves with the commit: history, of which every step has some and nobody reads before the end; the row that everybody
   * waits for, whose lock is then held for no round trip of ours. Inside a savepoint that is undone it is undone too.
   */
  withCommit<Input>(batch: Batch<Input>, input: Input): void
  /**
   * An answer that is only needed after the commit, such as what to nudge: it is waited for with the commit, a round trip less. What goes
   * on from it sends nothing any more.
   */
  late(answer: Promise<unknown>): void
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
  const begin = beginning(scope, name)
  const ground = openGround(await db.pool.connect(), begin, { named: db.named, shared: false })
  const { tx, callbacks } = openTx(db, scope, ground)
  let broken: Error | undefined
  try {
    const result = await inside.run(name, () => work(tx))
    await commit(ground, name)
    await tell(ground, callbacks)
    return result
  } catch (error) {
    ground.over = true
    broken = await rollBack(ground)
    throw causeOf(ground, error)
  } finally {
    ground.client.release(broken)
  }
}

/** As if no transaction were under way here: the one that is must never wait for what this does. */
export const apart = <T>(work: () => T): T => inside.exit(work)

/** The code of a transaction, so that one inside it is noticed. */
export const runInside = <T>(name: string, work: () => T): T => inside.run(name, work)

/** What one work sees of a ground that it may share with others. */
export function openTx(db: Database, scope: Scope, ground: Ground): { tx: Tx; callbacks: (() => void)[] } {
  const callbacks: (() => void)[] = []
  const tx: Tx = {
    ground,
    scope,
    local: db.local,
    withCommit: (batch, input) => ground.last.push({ batch: batch as Batch<never>, input }),
    late(answer) {
      answer.catch(() => {}) // It fails the commit, unless its savepoint was undone.
      ground.late.push(answer)
    },
    afterCommit: (callback) => callbacks.push(callback),
  }
  return { tx, callbacks }
}

/** Sends what is left, and the commit with it. */
export async function commit(ground: Ground, name: string): Promise<void> {
  crashPoint(`${name}:before-commit`)
  sendLast(ground)
  // What read and wrote nothing has nothing to commit.
  if (ground.begun) {
    const committed = sendText(ground, 'commit')
    ground.over = true
    // Answers come in the order of the statements, so a failure is known by now; a commit after it answers ROLLBACK without an error.
    const { command } = await committed
    if (command !== 'COMMIT') throw ground.failure?.error ?? new Error(`${name} was rolled back at its commit`)
  }
  crashPoint(`${name}:after-commit`)
}

/** After the commit: what waited for its last answers, and whoever wants to know of it. */
export async function tell(ground: Ground, callbacks: readonly (() => void)[]): Promise<void> {
  await together(ground.late)
  for (const callback of callbacks) callback()
}

/**
 * Work that may fail without taking the transaction with it. True when it was done; else it is undone and the error logged by the
 * caller's way, while everything before it stands (F22). `beside` is what the transaction does meanwhile, or before it, since undoing the
 * savepoint would undo that too. Works that share a transaction have no savepoints: there it fails as a whole, and each is done by itself.
 */
export async function inSavepoint(
  tx: Tx,
  beside: Promise<unknown>,
  work: () => Promise<void>,
  failed: (error: unknown) => void,
): Promise<boolean> {
  const { ground } = tx
  if (ground.shared) {
    await together([beside, work()])
    return true
  }
  await beside
  const begun = sendText(ground, 'savepoint work')
  const mark = markOf(ground)
  try {
    await together([begun, work()])
    const released = sendText(ground, 'release savepoint work')
    await together([released, ...ground.late.slice(mark.late)])
    return true
  } catch (error) {
    discard(ground, mark)
    await sendText(ground, 'rollback to savepoint work')
    failed(causeOf(ground, error))
    ground.failure = null
    return false
  }
}

/** The rows that answer `input`, from one statement for all who ask alike at once (`db/batch.ts`). */
export const asked = <Input, Row>(tx: Tx, batch: Batch<Input, Row>, input: Input): Promise<Row[]> =>
  ask(tx.ground, batch, input)

/** A write that nobody waits for. It leaves before anything else is read; its failure fails the transaction. */
export const written = <Input>(tx: Tx, batch: Batch<Input>, input: Input): void => write(tx.ground, batch, input)

/** What is read once in a transaction, for all works that share it. They are one transaction, so none waits for another's lock. */
export function onceIn<T>({ ground: { kept } }: Tx, key: string, load: () => Promise<T>): Promise<T> {
  const known = kept.get(key)
  if (known !== undefined) return known as Promise<T>
  const loading = load()
  kept.set(key, loading)
  return loading
}

/** All rows of a query. */
export async function rows<Row>(tx: Tx, query: Query<Row>): Promise<Row[]> {
  return (await send(tx.ground, query)).rows as Row[]
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

/** A statement as a library brings it: its text, its values, its types. */
export const executed = (tx: Tx, statement: string | pg.QueryConfig): Promise<pg.QueryResult> =>
  sendText(tx.ground, statement)

/** Executes and tells how many rows changed. */
export async function run(tx: Tx, query: Query<unknown>): Promise<number> {
  return (await send(tx.ground, query)).rowCount ?? 0
}

/** Whether a row could not go because another names it. */
export const isReferenced = (error: unknown): boolean => codeOf(error) === '23503'

/** Whether a unique key refused a second row: `constraint` narrows it. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  return (
    codeOf(error) === '23505' && (constraint === undefined || (error as pg.DatabaseError).constraint === constraint)
  )
}
