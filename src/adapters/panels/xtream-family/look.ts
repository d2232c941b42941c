/** Reading lines. Nothing here changes anything, so a failure is never ambiguous. */
import { toText } from '../normalize.ts'
import type { FoundLine, LineRef, ListedLine } from '../panel.ts'
import { isOurLine } from '../panel.ts'
import { type Call, refusal } from './call.ts'
import { pages } from './pages.ts'
import { foundLine, idOf, isRow, listedLine, type Row } from './row.ts'

/** A line with the row it was read from: an edit must send the whole row back. */
export type Read = { row: Row; line: FoundLine }

const searched = { limit: 50, key: 'id' }
/** A panel walks past all rows before a page, so few large pages are the gentler way; some hand out 1,000 at most, and say nothing of it. */
export const wholeTable = { limit: 2_500, key: 'id' }

export type Look = ReturnType<typeof openLook>

export function openLook(call: Call, zone: string) {
  const { refused, unreadable } = call.trouble

  async function read(ref: LineRef): Promise<Read | null> {
    const verdict = await call('get_line', { fields: [['id', ref]], writes: false })
    // A failure without a reason is how the panel says that there is no such line.
    if (verdict.word === 'STATUS_FAILURE' && verdict.error === '') return null
    if (!verdict.success) throw refusal(call, 'get_line', verdict)
    const row = isRow(verdict.data) ? verdict.data : {}
    const line = foundLine(row, zone)
    if (line?.ref !== ref) throw unreadable('get_line: the answer is not the line that was asked for')
    return { row, line }
  }

  /** The search finds parts of words, in every column, `_` and `%` being wildcards: what counts is compared here. */
  async function find(username: string, marker: string, password?: string): Promise<Read | null> {
    const candidates = await namedExactly(username)
    if (candidates.length === 0) return null
    const row =
      candidates.length === 1
        ? candidates[0]
        : candidates.find((each) => isProven(each, { username, marker, password }))
    const ref = row && idOf(row)
    if (!ref) {
      throw refused('username_taken', 'get_lines: several lines have this user name and none is ours')
    }
    const found = await read(ref)
    if (found?.line.username !== username) throw unreadable('get_line: a listed line cannot be read')
    return found
  }

  /** Two creates at once can leave two lines of one name; all of them stand on the page that shows the first. */
  async function namedExactly(username: string): Promise<Row[]> {
    for await (const rows of pages(call, 'get_lines', [['search[value]', username]], searched)) {
      const exact = rows.filter((row) => toText(row.username) === username)
      if (exact.length > 0) return exact
    }
    return []
  }

  async function* list(skip?: number): AsyncGenerator<ListedLine[]> {
    for await (const rows of pages(call, 'get_lines', [], { ...wholeTable, skip })) {
      yield rows.flatMap((row) => listedLine(row, zone) ?? [])
    }
  }

  return { read, find, list }
}

function isProven(row: Row, owner: { username: string; marker: string; password?: string | undefined }): boolean {
  const line = listedLine(row, 'UTC')
  const password = toText(row.password) ?? ''
  return line !== null && line.marker !== null ? isOurLine({ ...line, password }, owner) : password === owner.password
}
