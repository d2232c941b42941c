/**
 * What a transaction stands on: one connection from begin to commit, and the statements that are gathered before they leave. A system
 * call costs about as much as a small statement, so what is asked for in one go leaves in one write, and what is alike in one statement.
 */
import type pg from 'pg'
import { assert } from '../errors.ts'
import type { Batch } from './batch.ts'
import { type Query, toStatement } from './statement.ts'

export type BusinessId = string

/** Whose rows a transaction may touch: a business, the reports' read-only view of all, or the owner of sign-in data. */
export type Scope = { role: 'app'; businessId: BusinessId } | { role: 'report' } | { role: 'lookup' } | { role: 'auth' }

type Ask = { input: unknown; done(rows: unknown[]): void; failed(error: unknown): void }

export type Ground = {
  readonly client: pg.PoolClient
  readonly named: boolean
  readonly beginning: string
  /** Several works stand on it, so that none can undo its own part only. */
  readonly shared: boolean
  begun: boolean
  /** Writes that nobody waits for, by their keys: they leave before whatever is asked next. */
  readonly writes: Map<Batch<never>, Map<string, unknown>>
  /** What somebody waits for, until all who run now have asked. */
  readonly asks: Map<Batch<never>, Ask[]>
  /** What its works read once for all of them. */
  readonly kept: Map<string, Promise<unknown>>
  /** Answers that are only needed after the commit: they travel with it. */
  readonly late: Promise<unknown>[]
  /** What leaves with the commit. */
  readonly last: { batch: Batch<never>; input: unknown }[]
  scheduled: boolean
  /** The first error: what fails after it only says that the transaction is aborted. */
  failure: { error: unknown } | null
  /** A statement that comes late must never reach the next user of the connection. */
  over: boolean
}

/** `begin` comes from `beginning`, asked before the connection is taken: it may refuse, and what fails in between would never give it back. */
export const openGround = (
  client: pg.PoolClient,
  begin: string,
  { named, shared }: { named: boolean; shared: boolean },
): Ground => ({
  client,
  named,
  beginning: begin,
  shared,
  begun: false,
  writes: new Map(),
  asks: new Map(),
  kept: new Map(),
  late: [],
  last: [],
  scheduled: false,
  failure: null,
  over: false,
})

/**
 * Begin, role, business, and how statements are planned, in one message; `set local` is not planned, as a `select set_config` would be.
 * Planning the main path's statements anew costs more than running them, so they keep one plan; what a page reads (`read-…`) has
 * filters that may be absent, and is planned for its values.
 */
export function beginning(scope: Scope, name: string): string {
  const businessId = scope.role === 'app' ? scope.businessId : ''
  // It becomes part of the text, so it must be an id and nothing else.
  assert(/^[a-z0-9_]{0,40}$/.test(businessId), 'a business is named by its id')
  const plan = name.startsWith('read') ? 'auto' : 'force_generic_plan'
  return `begin; set local role linekeeper_${scope.role}; set local app.business = '${businessId}'; set local plan_cache_mode = ${plan}`
}

/** Sends a statement of the code that runs now, after everything that was gathered before it. */
export function send(ground: Ground, query: Query<unknown>): Promise<pg.QueryResult> {
  flush(ground)
  return sendNow(ground, toStatement(query, ground.named))
}

/** As `send`, for text that is not ours to name: savepoints, and what libraries ask. */
export function sendText(ground: Ground, text: string | pg.QueryConfig): Promise<pg.QueryResult> {
  flush(ground)
  return sendNow(ground, text)
}

/** The rows that answer `input`, from a statement that it shares with all who ask alike before the running code pauses. */
export function ask<Input, Row>(ground: Ground, batch: Batch<Input, Row>, input: Input): Promise<Row[]> {
  return new Promise<Row[]>((done, failed) => {
    push(ground.asks, batch as Batch<never>, { input, done: done as Ask['done'], failed })
    if (ground.scheduled) return
    ground.scheduled = true
    // After all that goes on from the answer that just came.
    void Promise.resolve().then(() => process.nextTick(flush, ground))
  })
}

/** A write that leaves, together with its like, before anything else is asked: whoever reads after it sees it. */
export function write<Input>(ground: Ground, batch: Batch<Input>, input: Input): void {
  const key = batch.keyOf(input)
  if (ground.writes.get(batch as Batch<never>)?.has(key)) flush(ground)
  const waiting = ground.writes.get(batch as Batch<never>)
  if (waiting === undefined) ground.writes.set(batch as Batch<never>, new Map([[key, input]]))
  else waiting.set(key, input)
}

/** Sends what was gathered: writes first, so that reads see them. */
export function flush(ground: Ground): void {
  ground.scheduled = false
  if (ground.over) refuseLate(ground)
  if (ground.writes.size > 0) {
    const writes = [...ground.writes]
    ground.writes.clear()
    for (const [batch, inputs] of writes) void sendBatch(ground, batch, [...inputs.values()])
  }
  if (ground.asks.size === 0) return
  const asks = [...ground.asks]
  ground.asks.clear()
  for (const [batch, asked] of asks) for (const round of roundsOf(batch, asked)) answer(ground, batch, round)
}

/** What leaves with the commit, in the order of first use; for a row that everybody waits for, the lock is then held for no round trip of ours. */
export function sendLast(ground: Ground): void {
  flush(ground)
  for (const [batch, each] of Map.groupBy(ground.last, ({ batch }) => batch)) {
    const inputs = each.map(({ input }) => input)
    void sendBatch(ground, batch, inputs)
  }
  ground.last.length = 0
}

type Mark = { late: number; last: number }

/** Where a savepoint begins. */
export const markOf = ({ late, last }: Ground): Mark => ({ late: late.length, last: last.length })

/** Forgets what a savepoint's work gathered since its mark: it is undone. */
export function discard(ground: Ground, mark: Mark): void {
  ground.writes.clear()
  ground.late.length = mark.late
  ground.last.length = mark.last
}

function answer(ground: Ground, batch: Batch<never>, asked: readonly Ask[]): void {
  const keyOfRow = batch.keyOfRow as ((row: unknown) => string) | undefined
  const inputs = asked.map(({ input }) => input)
  sendBatch(ground, batch, inputs).then(
    ({ rows }) => {
      const found = keyOfRow === undefined ? null : Map.groupBy(rows as unknown[], keyOfRow)
      for (const each of asked) each.done(found?.get(batch.keyOf(each.input as never)) ?? [])
    },
    (error: unknown) => {
      for (const each of asked) each.failed(error)
    },
  )
}

/** Two of one key in statements of their own, one after the other. */
function roundsOf(batch: Batch<never>, asked: readonly Ask[]): Ask[][] {
  const rounds: { keys: Set<string>; asks: Ask[] }[] = []
  for (const each of asked) {
    const key = batch.keyOf(each.input as never)
    const round = rounds.find(({ keys }) => !keys.has(key)) ?? { keys: new Set(), asks: [] }
    if (round.keys.size === 0) rounds.push(round)
    round.keys.add(key)
    round.asks.push(each)
  }
  return rounds.map(({ asks }) => asks)
}

const sendBatch = (ground: Ground, batch: Batch<never>, inputs: readonly unknown[]): Promise<pg.QueryResult> =>
  sendNow(ground, toStatement(batch.many(inputs as never[]), ground.named))

const tooLate = 'a statement came after the end of its transaction'

function refuseLate(ground: Ground): void {
  for (const asks of ground.asks.values()) for (const each of asks) each.failed(new Error(tooLate))
  ground.asks.clear()
  ground.writes.clear()
}

function sendNow(ground: Ground, statement: pg.QueryConfig | string): Promise<pg.QueryResult> {
  assert(!ground.over, tooLate)
  if (!ground.begun) {
    ground.begun = true
    void transmit(ground, ground.beginning)
  }
  return transmit(ground, statement)
}

function transmit(ground: Ground, statement: pg.QueryConfig | string): Promise<pg.QueryResult> {
  const sent = ground.client.query(statement as pg.QueryConfig)
  sent.catch((error: unknown) => {
    ground.failure ??= { error }
  })
  return sent
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}

/** `25P02` says that something before it failed: that is the cause. Any other error speaks for itself. */
export const causeOf = (ground: Ground, seen: unknown): unknown =>
  codeOf(seen) === '25P02' ? (ground.failure?.error ?? seen) : seen

/** Undoes everything. What it answers is the connection's own fault, when it is lost. */
export async function rollBack(ground: Pick<Ground, 'client'>): Promise<Error | undefined> {
  try {
    await ground.client.query('rollback')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

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

/** PostgreSQL's five-character code, when the error is one of its. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}
