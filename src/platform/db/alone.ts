/** Transactions of one statement, which travel together when many come at once. */
import pg from 'pg'
import { crashPoint } from '../crash.ts'
import { refuseNesting } from '../db.ts'
import { assert } from '../errors.ts'
import type { Batch } from './batch.ts'
import type { Database } from './connection.ts'
import { beginning, rollBack, type Scope, together } from './ground.ts'
import { join, type Waiting } from './queue.ts'
import { type Query, toStatement } from './statement.ts'

/**
 * One statement as a transaction of its own. What comes under the same name while others are on their way leaves together with the
 * next: one begin, one commit, one flush to disk for all of them. Should one of them fail, each is done by itself.
 */
export function alone<Row>(db: Database, scope: Scope, name: string, query: Query<Row>): Promise<Row[]> {
  refuseNesting(name, db.log)
  return join({ db, scope, name }, null, query, (group) => leave(db, scope, name, group, eachItsOwn)) as Promise<Row[]>
}

/** As `alone`, in one statement for all that leave together. */
export function aloneBatched<Input, Row>(
  db: Database,
  scope: Scope,
  name: string,
  batch: Batch<Input, Row>,
  input: Input,
): Promise<Row[]> {
  refuseNesting(name, db.log)
  const key = batch.keyOf(input)
  return join({ db, scope, name }, key, input, (group) => leave(db, scope, name, group, inOne(batch))) as Promise<Row[]>
}

/** What is sent for a group, and whose each answer is. */
type Sending<T> = {
  queries(group: readonly Waiting<T>[]): Query<unknown>[]
  answers(group: readonly Waiting<T>[], results: readonly pg.QueryResult[]): unknown[][]
}

const eachItsOwn: Sending<Query<unknown>> = {
  queries: (group) => group.map(({ work }) => work),
  answers: (_group, results) => results.map(({ rows }) => rows),
}

const inOne = <Input, Row>(batch: Batch<Input, Row>): Sending<Input> => ({
  queries: (group) => [batch.many(group.map(({ work }) => work))],
  answers(group, [result]) {
    const found = Map.groupBy((result?.rows ?? []) as Row[], (row) => batch.keyOfRow?.(row) ?? '')
    return group.map(({ key }) => found.get(key ?? '') ?? [])
  },
})

async function leave<T>(
  db: Database,
  scope: Scope,
  name: string,
  group: readonly Waiting<T>[],
  how: Sending<T>,
): Promise<void> {
  try {
    await sendTogether(db, scope, name, group, how)
  } catch (error) {
    // Nothing of a statement that the database refused was committed; a connection that broke may have, so that is told to all.
    const repeat = group.length > 1 && error instanceof pg.DatabaseError
    for (const each of group)
      if (repeat) await sendTogether(db, scope, name, [each], how).catch(each.failed)
      else each.failed(error)
  }
}

async function sendTogether<T>(
  db: Database,
  scope: Scope,
  name: string,
  group: readonly Waiting<T>[],
  how: Sending<T>,
): Promise<void> {
  const begin = beginning(scope, name)
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    crashPoint(`${name}:before-commit`)
    const sent = [
      client.query(begin),
      ...how.queries(group).map((query) => client.query(toStatement(query, db.named))),
      client.query('commit'),
    ] as Promise<pg.QueryResult>[]
    const results = (await together(sent)).slice(1)
    assert(results.at(-1)?.command === 'COMMIT', `${name} was rolled back at its commit`)
    crashPoint(`${name}:after-commit`)
    const answers = how.answers(group, results)
    for (const [index, each] of group.entries()) each.done(answers[index] ?? [])
  } catch (error) {
    broken = await rollBack({ client })
    throw error
  } finally {
    client.release(broken)
  }
}
