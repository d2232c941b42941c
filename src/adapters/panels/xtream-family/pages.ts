/**
 * Tables in pages. The panel's totals cannot be trusted, and it may cap the page size without a word: what counts is whether a
 * page brought anything new. Rows may shift between pages, so absence from a listing proves nothing.
 */
import { toText } from '../normalize.ts'
import { type Call, type Fields, refusal } from './call.ts'
import { type Row, rowsOf } from './row.ts'

const mostPages = 20_000

/** Yields the rows of each page that were not seen before; `key` is the column that tells rows apart, `skip` so many rows are passed over. */
export async function* pages(
  call: Call,
  action: string,
  fields: Fields,
  { limit, key, skip = 0 }: { limit: number; key: string; skip?: number | undefined },
): AsyncGenerator<Row[]> {
  const seen = new Set<string>()
  let start = skip
  let pageSize = limit

  for (let page = 1; page <= mostPages; page++) {
    const rows = await onePage(call, action, [...fields, ['start', String(start)], ['limit', String(limit)]])
    const fresh = rows.filter((row) => isNew(seen, toText(row[key]) ?? JSON.stringify(row)))
    if (fresh.length === 0) return
    yield fresh
    // A short first page is the end, or the cap: only the second page tells.
    if (page === 1) pageSize = rows.length
    else if (rows.length < pageSize) return
    start += rows.length
  }
}

async function onePage(call: Call, action: string, fields: Fields): Promise<Row[]> {
  const verdict = await call(action, { fields, writes: false, list: true })
  if (!verdict.success) throw refusal(call, action, verdict)
  const rows = rowsOf(verdict.data)
  if (!rows) throw call.trouble.unreadable(`${action}: a success without its list`)
  return rows
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false
  seen.add(key)
  return true
}
