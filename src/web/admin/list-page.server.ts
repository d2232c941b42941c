/** Pages of a list by cursor: the instant and id of the last row seen, newest first. */
import type { PageInfo } from '../ui/pager.tsx'

export const listLimit = 50

export type Before = { at: Temporal.Instant; id: string }

/** What follows a cursor of ours; anything else starts at the first page, since addresses are typed and shared by people. */
export function beforeOf(cursor: string | null): { before?: Before } {
  const [at, id] = (cursor ?? '').split('~')
  if (!at || !id) return {}
  try {
    return { before: { at: Temporal.Instant.from(at), id } }
  } catch {
    return {}
  }
}

/** Ask for one row more than is shown: its presence is the next page. */
export function pageOf<Row extends { id: string; createdAt: Temporal.Instant }>(
  found: readonly Row[],
): { rows: Row[]; page: PageInfo } {
  const rows = found.slice(0, listLimit)
  const last = rows.at(-1)
  const next = found.length > listLimit && last ? `${last.createdAt.toString()}~${last.id}` : null
  return { rows, page: { next, previous: null } }
}
