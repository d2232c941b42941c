/** Pages of a list in its address: what follows a row (`after`), or what stands before it (`before`), newest first. */
import type { Page, Place } from '#platform/list-page.ts'
import type { ListQuery } from '../ui/list-query.ts'
import type { PageInfo } from '../ui/pager.tsx'

export const listLimit = 50

type Listed = { id: string; createdAt: Temporal.Instant }

/**
 * The page that the address names. One row more than is shown is asked for: its presence is the page beyond. Going back past the newest
 * row ends at the first page, whole.
 */
export async function readPage<Row extends Listed>(
  query: Pick<ListQuery, 'after' | 'before'>,
  read: (page: Page) => Promise<Row[]>,
): Promise<{ rows: Row[]; page: PageInfo }> {
  const limit = listLimit + 1
  const [older, newer] = [placeOf(query.after), placeOf(query.before)]
  if (newer !== undefined) {
    const found = await read({ limit, after: newer })
    const rows = found.slice(-listLimit)
    if (found.length > listLimit) return { rows, page: { previous: cursorOf(rows.at(0)), next: cursorOf(rows.at(-1)) } }
  }
  const found = await read({ limit, before: older })
  const rows = found.slice(0, listLimit)
  const next = found.length > listLimit ? cursorOf(rows.at(-1)) : null
  return { rows, page: { next, previous: older === undefined ? null : cursorOf(rows.at(0)) } }
}

const cursorOf = (row: Listed | undefined): string | null => (row ? `${row.createdAt.toString()}~${row.id}` : null)

/** Anything but a cursor of ours is none: addresses are typed and shared by people. */
function placeOf(cursor: string | null): Place | undefined {
  const [at, id] = (cursor ?? '').split('~')
  if (!at || !id) return undefined
  try {
    return { at: Temporal.Instant.from(at), id }
  } catch {
    return undefined
  }
}
