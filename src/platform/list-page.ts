/** Pages of a list, newest first, by cursor: nothing is skipped or shown twice while rows are added. */
import type { RawBuilder } from 'kysely'
import { rows, sql, type Tx } from './db.ts'

/** Where a row stands in its list. */
export type Place = { at: Temporal.Instant; id: string }

/** `before`: what follows that place in the list, older ones as a rule. `after`: what stands before it and nearest to it. Neither: the first page. */
export type Page = { limit: number; before?: Place | undefined; after?: Place | undefined }

/** The page of a `select … where …` whose rows have an id and the instant `by`: newest first, or what has waited longest. */
export async function rowsOfPage<Row>(
  tx: Tx,
  select: RawBuilder<Row>,
  { limit, before, after }: Page,
  by: 'created_at' | 'at' = 'created_at',
  first: 'newest' | 'oldest' = 'newest',
): Promise<Row[]> {
  const at = sql.ref(by)
  const newer = { beyond: sql`>`, order: sql`${at}, id` }
  const older = { beyond: sql`<`, order: sql`${at} desc, id desc` }
  const [onward, back] = first === 'newest' ? [older, newer] : [newer, older]
  const from = (place: Place | undefined, { beyond, order }: typeof newer) =>
    sql<Row>`${select} ${place === undefined ? sql`` : sql`and (${at}, id) ${beyond} (${place.at}, ${place.id})`} order by ${order} limit ${limit}`
  if (after !== undefined) return (await rows(tx, from(after, back))).toReversed()
  return rows(tx, from(before, onward))
}
