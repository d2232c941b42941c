/**
 * What an imitation remembers: rows on named shelves and the log of what really happened, all kept in memory. With a
 * folder every change is also appended to `journal.jsonl`, and `flush` returns once all changes made so far are in it;
 * many requests at once share one append. A long journal is folded into `snapshot.jsonl` (written beside, then renamed).
 * That survives a killed process at any point; it does not promise to survive a power cut, as a real panel would.
 */
import { createReadStream } from 'node:fs'
import { access, appendFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Rows of one kind by key, in the order in which they were first put. Rows are plain JSON and are replaced, never changed in place. */
export type Shelf<Row> = {
  get(key: string | number): Row | undefined
  put(key: string | number, row: Row): void
  delete(key: string | number): boolean
  values(): IterableIterator<Row>
  readonly size: number
}

/** One mutation that really took place. The product never reads these; tests compare them with what it believes. */
export type Fact = { seq: number; at: string; action: string; ids: Record<string, string | number> }

export type Store = {
  shelf<Row>(name: string): Shelf<Row>
  /** The next number of a counter, from 1 (or from `first` on its first use). */
  next(counter: string, first?: number): number
  record(at: Temporal.Instant, action: string, ids: Fact['ids']): void
  /** All that happened, or what happened after the fact of that number. */
  facts(after?: number): readonly Fact[]
  flush(): Promise<void>
}

/** A row as it was put down; without `row` it was taken away. */
export type Entry = { shelf: string; key: string; row?: unknown }

/** Where changes go. `flush` returns once all that were added are kept. */
export type Journal = { add(entry: Entry): void; flush(): Promise<void> }

/** Where the log is kept. */
export const factShelf = '__facts'
const counterShelf = '__counters'
const leastEntriesBeforeFolding = 50_000

/** Opens what `folder` holds, an empty store when it holds nothing; `null` keeps everything in memory only. */
export async function openStore(folder: string | null): Promise<Store> {
  const shelves = new Map<string, Map<string, unknown>>()
  return storeOver(shelves, folder === null ? null : await openJournal(folder, shelves))
}

/** A store that begins with `entries` and writes into the caller's journal. */
export function storeWith(entries: Iterable<Entry>, journal: Journal): Store {
  const shelves = new Map<string, Map<string, unknown>>()
  for (const entry of entries) apply(shelves, entry)
  return storeOver(shelves, journal)
}

function storeOver(shelves: Map<string, Map<string, unknown>>, journal: Journal | null): Store {
  const write = (entry: Entry) => {
    apply(shelves, entry)
    journal?.add(entry)
  }

  function shelf<Row>(name: string): Shelf<Row> {
    const rows = rowsOf(shelves, name) as Map<string, Row>
    return {
      get: (key) => rows.get(String(key)),
      put: (key, row) => write({ shelf: name, key: String(key), row }),
      delete: (key) => {
        const existed = rows.has(String(key))
        if (existed) write({ shelf: name, key: String(key) })
        return existed
      },
      values: () => rows.values(),
      get size() {
        return rows.size
      },
    }
  }

  const facts = shelf<Fact>(factShelf)
  const counters = shelf<number>(counterShelf)

  return {
    shelf,
    next(counter, first = 1) {
      const value = (counters.get(counter) ?? first - 1) + 1
      counters.put(counter, value)
      return value
    },
    record(at, action, ids) {
      const seq = facts.size + 1
      facts.put(seq, { seq, at: at.toString(), action, ids })
    },
    facts(after = 0) {
      const found: Fact[] = []
      for (let seq = Math.max(0, Math.floor(after)) + 1; ; seq++) {
        const fact = facts.get(seq)
        if (fact === undefined) return found
        found.push(fact)
      }
    },
    flush: async () => journal?.flush(),
  }
}

async function openJournal(folder: string, shelves: Map<string, Map<string, unknown>>): Promise<Journal> {
  const journalPath = join(folder, 'journal.jsonl')
  const snapshotPath = join(folder, 'snapshot.jsonl')
  await mkdir(folder, { recursive: true })

  for (const path of [snapshotPath, journalPath]) {
    for await (const entry of entriesOf(path)) apply(shelves, entry)
  }

  let waiting: string[] = []
  let appended = 0
  let running: Promise<void> = Promise.resolve()

  /**
   * The snapshot holds every entry of the journal, so replaying an old journal over it ends at the same rows: falling
   * between the rename and the removal does no harm. Entries not yet appended are in the snapshot too; appending them
   * to the new journal afterwards says the same thing twice.
   */
  async function fold() {
    await writeEntries(`${snapshotPath}.part`, shelves)
    await rename(`${snapshotPath}.part`, snapshotPath)
    await rm(journalPath, { force: true })
    appended = 0
  }

  async function append() {
    if (waiting.length === 0) return
    const lines = waiting
    waiting = []
    await appendFile(journalPath, lines.join(''))
    appended += lines.length
    if (appended >= Math.max(leastEntriesBeforeFolding, rowsIn(shelves))) await fold()
  }

  await fold() // A torn last line of a killed process must not be glued to the next entry.
  return {
    add: (entry) => void waiting.push(`${JSON.stringify(entry)}\n`),
    flush() {
      // Whoever comes while an append runs waits for the next one, which takes everything that gathered meanwhile.
      if (waiting.length > 0) running = running.then(append)
      return running
    },
  }
}

function rowsOf(shelves: Map<string, Map<string, unknown>>, name: string): Map<string, unknown> {
  const rows = shelves.get(name) ?? new Map<string, unknown>()
  shelves.set(name, rows)
  return rows
}

function apply(shelves: Map<string, Map<string, unknown>>, entry: Entry) {
  const rows = rowsOf(shelves, entry.shelf)
  if (entry.row === undefined) rows.delete(entry.key)
  else rows.set(entry.key, entry.row)
}

const rowsIn = (shelves: Map<string, Map<string, unknown>>) =>
  [...shelves.values()].reduce((sum, rows) => sum + rows.size, 0)

/** In pieces: a panel of a million lines does not fit into one string. */
async function writeEntries(path: string, shelves: Map<string, Map<string, unknown>>) {
  const entries = [...shelves].flatMap(([shelf, rows]) => [...rows].map(([key, row]) => ({ shelf, key, row })))
  const file = await open(path, 'w')
  try {
    for (let at = 0; at < entries.length; at += 10_000) {
      const lines = entries.slice(at, at + 10_000).map((entry) => `${JSON.stringify(entry)}\n`)
      await file.writeFile(lines.join(''))
    }
  } finally {
    await file.close()
  }
}

/** A last line that cannot be parsed is a write that a kill cut off: it was never answered. Anywhere else it is damage. */
async function* entriesOf(path: string): AsyncGenerator<Entry> {
  const there = await access(path).then(
    () => true,
    () => false,
  )
  if (!there) return
  let torn = false
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    if (torn) throw new Error(`${path} is damaged: a line before the last one is not JSON`)
    try {
      yield JSON.parse(line) as Entry
    } catch {
      torn = true
    }
  }
}
