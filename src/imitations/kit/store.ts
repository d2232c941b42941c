/**
 * What an imitation remembers: rows on named shelves and the log of what really happened, all kept in memory. With a
 * folder every change is also appended to `journal.jsonl`, and `flush` returns once all changes made so far are in it;
 * many requests at once share one append. A long journal is folded into `snapshot.json` (written beside, then renamed).
 * That survives a killed process at any point; it does not promise to survive a power cut, as a real panel would.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

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
  facts(): readonly Fact[]
  flush(): Promise<void>
}

type Entry = { shelf: string; key: string; row?: unknown }

const factShelf = '__facts'
const counterShelf = '__counters'
const journalEntriesBeforeFolding = 50_000

/** Opens what `folder` holds, an empty store when it holds nothing; `null` keeps everything in memory only. */
export async function openStore(folder: string | null): Promise<Store> {
  const shelves = new Map<string, Map<string, unknown>>()
  const journal = folder === null ? null : await openJournal(folder, shelves)

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
    facts: () => [...facts.values()],
    flush: async () => journal?.flush(),
  }
}

type Journal = { add(entry: Entry): void; flush(): Promise<void> }

async function openJournal(folder: string, shelves: Map<string, Map<string, unknown>>): Promise<Journal> {
  const journalPath = join(folder, 'journal.jsonl')
  const snapshotPath = join(folder, 'snapshot.json')
  await mkdir(folder, { recursive: true })

  for (const entry of JSON.parse((await readIfThere(snapshotPath)) || '[]') as Entry[]) apply(shelves, entry)
  for (const entry of entriesOf(await readIfThere(journalPath))) apply(shelves, entry)

  let waiting: string[] = []
  let appended = 0
  let running: Promise<void> = Promise.resolve()

  /**
   * The snapshot holds every entry of the journal, so replaying an old journal over it ends at the same rows: falling
   * between the rename and the removal does no harm. Entries not yet appended are in the snapshot too; appending them
   * to the new journal afterwards says the same thing twice.
   */
  async function fold() {
    const entries = [...shelves].flatMap(([shelf, rows]) => [...rows].map(([key, row]) => ({ shelf, key, row })))
    await writeFile(`${snapshotPath}.part`, JSON.stringify(entries))
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
    if (appended >= journalEntriesBeforeFolding) await fold()
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

/** Every whole line; a last line without its end is a write that the kill cut off, and was never answered. */
function entriesOf(text: string): Entry[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
