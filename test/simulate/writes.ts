/** Which tables a statement may change, read off its text: the functions that it calls and the triggers that it sets off included. */
import type pg from 'pg'

/** Of the queue, whose own functions are not ours to read. */
export const queue = 'jobs'

const changes = /\b(?:insert\s+into|update|delete\s+from)\s+(?:only\s+)?"?([a-z_]+)"?/gi
const calls = /\b([a-z_]+)\s*\(/gi

type Code = { name: string; source: string; table: string | null }

export async function readWrites(db: pg.Client) {
  const { rows } = await db.query<Code>(
    `select p.proname as name, p.prosrc as source, t.tgrelid::regclass::text as table
      from pg_proc p left join pg_trigger t on t.tgfoid = p.oid and not t.tgisinternal where p.pronamespace = 'public'::regnamespace`,
  )
  return openWrites(rows)
}

function openWrites(codes: readonly Code[]) {
  const sources = new Map(codes.map(({ name, source }) => [name, source]))
  const triggers = Map.groupBy(
    codes.filter(({ table }) => table !== null),
    ({ table }) => table ?? '',
  )
  const known = new Map<string, ReadonlySet<string>>()

  function collect(text: string, into: Set<string>, read: Set<string>): void {
    for (const [, table = ''] of text.matchAll(changes)) {
      if (into.has(table)) continue
      into.add(table)
      for (const { source } of triggers.get(table) ?? []) collect(source, into, read)
    }
    for (const [, name = ''] of text.matchAll(calls)) {
      if (name === 'add_job') into.add(queue)
      const source = sources.get(name)
      if (source === undefined || read.has(name)) continue
      read.add(name)
      collect(source, into, read)
    }
  }

  return {
    of(text: string): ReadonlySet<string> {
      const seen = known.get(text)
      if (seen !== undefined) return seen
      const found = new Set<string>()
      collect(text, found, new Set())
      known.set(text, found)
      return found
    },
  }
}
