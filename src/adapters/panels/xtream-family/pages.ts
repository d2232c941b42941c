/**
 * Tables in pages. The panel's totals cannot be trusted, and it may cap the page size without a word: what counts is whether a
 * page brought anything new. Rows may shift between pages, so absence from a listing proves nothing.
 */
import { toText } from '../normalize.ts'
import { type Call, type Fields, refusal } from './call.ts'
import { type Row, rowsOf } from './row.ts'

const mostPages = 20_000

/**
 * Yields the rows of each page that stood neither on the page before nor on the first; `key` is the column that tells rows apart, `skip` so
 * many rows are passed over. More is not remembered, so that a long table takes no more memory than a short one: rows that move while
 * they are read move by a page at most, and a panel that does not turn pages shows the last one or the first one again.
 */
export async function* pages(
  call: Call,
  action: string,
  fields: Fields,
  { limit, key, skip = 0 }: { limit: number; key: string; skip?: number | undefined },
): AsyncGenerator<Row[]> {
  let first: ReadonlySet<string> = new Set()
  let before = first
  let start = skip
  let pageSize = limit

  for (let page = 1; page <= mostPages; page++) {
    const rows = await onePage(call, action, [...fields, ['start', String(start)], ['limit', String(limit)]])
    const byKey = new Map(rows.map((row) => [toText(row[key]) ?? JSON.stringify(row), row]))
    const fresh = [...byKey].flatMap(([name, row]) => (before.has(name) || first.has(name) ? [] : [row]))
    if (fresh.length === 0) return
    yield fresh
    before = new Set(byKey.keys())
    // A short first page is the end, or the cap: only the second page tells.
    if (page === 1) [pageSize, first] = [rows.length, before]
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
