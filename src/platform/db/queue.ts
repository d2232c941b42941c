/** What comes under one name while others are on their way waits, and leaves together with the next. */
import type { Database } from './connection.ts'
import type { Scope } from './ground.ts'

export type Waiting<T> = {
  /** Two of one key never leave together: the second must see what the first did. Null: it may meet any. */
  readonly key: string | null
  readonly work: T
  done(result: unknown): void
  failed(error: unknown): void
}

type Queue = { readonly waiting: Waiting<unknown>[]; underWay: number }

/** On their way at once, of one name: a second group while the first waits for the disk. */
const mostUnderWay = 2
/** Leave together at most. */
const mostTogether = 32

const queues = new WeakMap<Database, Map<string, Queue>>()

/** Adds `work` to the queue of its business and name; `leave` takes a group out and settles each. */
export function join<T>(
  { db, scope, name }: { db: Database; scope: Scope; name: string },
  key: string | null,
  work: T,
  leave: (group: readonly Waiting<T>[]) => Promise<void>,
): Promise<unknown> {
  const ofDatabase = queues.get(db) ?? new Map<string, Queue>()
  queues.set(db, ofDatabase)
  const place = `${scope.role}/${scope.role === 'app' ? scope.businessId : ''}/${name}`
  const queue = ofDatabase.get(place) ?? { waiting: [], underWay: 0 }
  ofDatabase.set(place, queue)
  return new Promise<unknown>((done, failed) => {
    queue.waiting.push({ key, work, done, failed })
    if (queue.underWay >= mostUnderWay) return
    queue.underWay += 1
    void empty(queue, leave as (group: readonly Waiting<unknown>[]) => Promise<void>).finally(() => {
      queue.underWay -= 1
      if (queue.underWay === 0) ofDatabase.delete(place)
    })
  })
}

async function empty(queue: Queue, leave: (group: readonly Waiting<unknown>[]) => Promise<void>): Promise<void> {
  while (queue.waiting.length > 0) await leave(takeGroup(queue.waiting))
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
