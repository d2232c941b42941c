/** Transactions of one statement, which travel together when many come at once. */
import pg from 'pg'
import { crashPoint } from '../crash.ts'
import { begin, refuseNesting, rollBack, type Scope, together } from '../db.ts'
import { assert } from '../errors.ts'
import type { Database } from './connection.ts'
import { type Query, toStatement } from './statement.ts'

/**
 * One statement as a transaction of its own. What comes under the same name while others are on their way leaves together with the
 * next: one begin, one commit, one flush to disk for all of them. Should one of them fail, each is done by itself.
 */
export function alone<Row>(db: Database, scope: Scope, name: string, query: Query<Row>): Promise<Row[]> {
  refuseNesting(name, db.log)
  const queue = queueOf(db, scope, name)
  return new Promise<Row[]>((done, failed) => {
    queue.waiting.push({ query, done: done as (rows: unknown[]) => void, failed })
    if (queue.sent < mostSent) void send(queue)
  })
}

type Single = { query: Query<unknown>; done(rows: unknown[]): void; failed(error: unknown): void }
type Queue = { db: Database; scope: Scope; name: string; waiting: Single[]; sent: number; over(): void }

/** On their way at once, of one name: a second one while the first waits for the disk. */
const mostSent = 2
/** Travel together at most. */
const mostTogether = 32

const queues = new WeakMap<Database, Map<string, Queue>>()

function queueOf(db: Database, scope: Scope, name: string): Queue {
  const known = queues.get(db) ?? new Map<string, Queue>()
  queues.set(db, known)
  const key = `${scope.role}/${scope.role === 'app' ? scope.businessId : ''}/${name}`
  const queue = known.get(key) ?? { db, scope, name, waiting: [], sent: 0, over: () => known.delete(key) }
  known.set(key, queue)
  return queue
}

async function send(queue: Queue): Promise<void> {
  queue.sent += 1
  while (queue.waiting.length > 0) {
    const singles = queue.waiting.splice(0, mostTogether)
    await sendTogether(queue, singles).catch((error) => sendOneByOne(queue, singles, error))
  }
  queue.sent -= 1
  if (queue.sent === 0) queue.over()
}

/** Nothing of a statement that the database refused was committed; a connection that broke may have, so that is told to all. */
async function sendOneByOne(queue: Queue, singles: readonly Single[], error: unknown): Promise<void> {
  const repeat = singles.length > 1 && error instanceof pg.DatabaseError
  for (const single of singles)
    if (repeat) await sendTogether(queue, [single]).catch(single.failed)
    else single.failed(error)
}

async function sendTogether({ db, scope, name }: Queue, singles: readonly Single[]): Promise<void> {
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    crashPoint(`${name}:before-commit`)
    const sent = [
      begin(client, scope, name),
      ...singles.map(({ query }) => client.query(toStatement(query, db.named))),
      client.query('commit'),
    ] as Promise<pg.QueryResult>[]
    const results = (await together(sent)).slice(1)
    assert(results.at(-1)?.command === 'COMMIT', `${name} was rolled back at its commit`)
    crashPoint(`${name}:after-commit`)
    for (const [index, single] of singles.entries()) single.done(results[index]?.rows ?? [])
  } catch (error) {
    broken = await rollBack(client)
    throw error
  } finally {
    client.release(broken)
  }
}
