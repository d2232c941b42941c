/** Transactions that travel together: one begin, one commit, one flush to disk, and one statement for what is alike in them. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { commit, inTransaction, openTx, refuseNesting, runInside, type Tx, tell } from '../db.ts'
import type { Database } from './connection.ts'
import { beginning, type Ground, openGround, rollBack, type Scope, together } from './ground.ts'
import { join, type Waiting } from './queue.ts'

type Work = (tx: Tx) => Promise<unknown>

/**
 * As `inTransaction`, and works of one name that come while others are on their way share the next transaction. `key` names what the
 * work is about (its customer): two of one key never share. When anything fails, all of it is undone and each is done by itself, so that
 * one bad event harms no other. Also a work that is alone runs without savepoints at first.
 */
export function inJointTransaction<T>(
  db: Database,
  scope: Scope,
  name: string,
  key: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  refuseNesting(name, db.log)
  // Each goes on in the context in which it was asked for.
  const within = AsyncLocalStorage.snapshot()
  const own: Work = (tx) => within(runInside, name, () => work(tx))
  return join({ db, scope, name }, key, own, (group) => leave(db, scope, name, group)) as Promise<T>
}

async function leave(db: Database, scope: Scope, name: string, group: readonly Waiting<Work>[]): Promise<void> {
  const shared = await tryTogether(db, scope, name, group)
  if (shared) return
  await Promise.all(group.map(({ work, done, failed }) => inTransaction(db, scope, name, work).then(done, failed)))
}

/** True when all of it is committed and told. A connection that breaks at the commit may have committed: that is told to all, and not repeated. */
async function tryTogether(
  db: Database,
  scope: Scope,
  name: string,
  group: readonly Waiting<Work>[],
): Promise<boolean> {
  let ground: Ground
  try {
    const begin = beginning(scope, name)
    ground = openGround(await db.pool.connect(), begin, { named: db.named, shared: true })
  } catch (error) {
    for (const each of group) each.failed(error)
    return true
  }
  const opened = group.map((each) => ({ each, ...openTx(db, scope, ground) }))
  let broken: Error | undefined
  let committing = false
  let results: unknown[]
  try {
    results = await together(opened.map(({ each, tx }) => each.work(tx)))
    committing = true
    await commit(ground, name)
  } catch (error) {
    ground.over = true
    broken = await rollBack(ground)
    if (!committing || broken === undefined) return false
    for (const each of group) each.failed(error)
    return true
  } finally {
    ground.client.release(broken)
  }
  // It is committed: what fails from here on is told, and never a reason to do it again.
  for (const [index, { each, callbacks }] of opened.entries())
    await tell(ground, callbacks).then(() => each.done(results[index]), each.failed)
  return true
}
