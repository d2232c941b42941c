/** What comes under one name while others are on their way waits, and leaves together: the busier, the more share one commit. */
import { setTimeout as sleep } from 'node:timers/promises'
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
/** Groups of one name that are on their way at once: while the database works for one, this process prepares the next. */
const mostLanes = 2
/**
 * Beside a running worker, the next group after one that had company is waited for so long, unless it is full: where many come, twice as
 * many share a statement and a commit, which is worth far more than the wait. Who comes alone never waits.
 */
const gatherMs = 4

/** Who waits, and the keys of those who are on their way, a set for each group. */
type Queue = { waiting: Waiting<unknown>[]; onTheWay: Set<ReadonlySet<string>> }

/** By business and name; a name that is not here has nobody on the way. */
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
  const queue = ofDatabase.get(place) ?? { waiting: [], onTheWay: new Set() }
  ofDatabase.set(place, queue)
  return new Promise<unknown>((done, failed) => {
    queue.waiting.push({ key, work, done, failed })
    const lane = () => empty(db, queue, leave as Leave, () => ofDatabase.delete(place))
    if (queue.onTheWay.size === 0) void lane()
    // Those who are fewer than a group are better off together, behind the one that is on its way.
    else if (queue.onTheWay.size < mostLanes && queue.waiting.length >= mostTogether) void lane()
  })
}

type Leave = (group: readonly Waiting<unknown>[]) => Promise<void>

/** `over` comes in the same breath as the last look, so that nobody joins a queue that is no longer emptied. */
async function empty(db: Database, queue: Queue, leave: Leave, over: () => void): Promise<void> {
  for (let group = takeGroup(queue); group.length > 0; group = takeGroup(queue)) {
    const keys = new Set(group.flatMap(({ key }) => key ?? []))
    queue.onTheWay.add(keys)
    try {
      await leave(group)
      if (db.local !== null && group.length > 1 && queue.waiting.length < mostTogether) await sleep(gatherMs)
    } finally {
      queue.onTheWay.delete(keys)
    }
  }
  if (queue.onTheWay.size === 0) over()
}

/** The oldest whose keys differ from each other and from all that is on its way; the others keep their places. */
function takeGroup({ waiting, onTheWay }: Queue): Waiting<unknown>[] {
  const [group, keys] = [[] as Waiting<unknown>[], new Set([...onTheWay].flatMap((each) => [...each]))]
  const left = waiting.filter((each) => {
    if (group.length >= mostTogether || (each.key !== null && keys.has(each.key))) return true
    if (each.key !== null) keys.add(each.key)
    group.push(each)
    return false
  })
  waiting.splice(0, waiting.length, ...left)
  return group
}
