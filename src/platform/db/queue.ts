/** What comes under one name while others are on their way waits, and leaves together: the busier, the more share one commit. */
import type { Database } from './connection.ts'
import type { Scope } from './ground.ts'

export type Waiting<T> = {
  /** Two of one key never leave together: the second must see what the first did. Null: it may meet any. */
  readonly key: string | null
  readonly work: T
  done(result: unknown): void
  failed(error: unknown): void
}

/** Leave together at most. */
const mostTogether = 32

/** Who waits, by business and name; a name that is not here has nobody on the way. */
const queues = new WeakMap<Database, Map<string, Waiting<unknown>[]>>()

/** Adds `work` to the queue of its business and name; `leave` takes a group out and settles each. */
export function join<T>(
  { db, scope, name }: { db: Database; scope: Scope; name: string },
  key: string | null,
  work: T,
  leave: (group: readonly Waiting<T>[]) => Promise<void>,
): Promise<unknown> {
  const ofDatabase = queues.get(db) ?? new Map<string, Waiting<unknown>[]>()
  queues.set(db, ofDatabase)
  const place = `${scope.role}/${scope.role === 'app' ? scope.businessId : ''}/${name}`
  const others = ofDatabase.get(place)
  const waiting = others ?? []
  return new Promise<unknown>((done, failed) => {
    waiting.push({ key, work, done, failed })
    if (others !== undefined) return
    ofDatabase.set(place, waiting)
    void empty(waiting, leave as (group: readonly Waiting<unknown>[]) => Promise<void>, () => ofDatabase.delete(place))
  })
}

/** `over` comes in the same breath as the last look, so that nobody joins a queue that is no longer emptied. */
async function empty(
  waiting: Waiting<unknown>[],
  leave: (group: readonly Waiting<unknown>[]) => Promise<void>,
  over: () => void,
): Promise<void> {
  try {
    while (waiting.length > 0) await leave(takeGroup(waiting))
  } finally {
    over()
  }
}

/** The oldest whose keys differ; the others keep their places. */
function takeGroup(waiting: Waiting<unknown>[]): Waiting<unknown>[] {
  const [group, keys] = [[] as Waiting<unknown>[], new Set<string>()]
  const left = waiting.filter((each) => {
    if (group.length >= mostTogether || (each.key !== null && keys.has(each.key))) return true
    if (each.key !== null) keys.add(each.key)
    group.push(each)
    return false
  })
  waiting.splice(0, waiting.length, ...left)
  return group
}
