/** Pages of a list, newest first, by cursor: nothing is skipped or shown twice while rows are added. */
import type { RawBuilder } from 'kysely'
import { rows, sql, type Tx } from './db.ts'

/** Where a row stands in its list. */
export type Place = { at: Temporal.Instant; id: string }

/** `before`: what is older than that place. `after`: what is newer and nearest to it. Neither: the newest. */
export type Page = { limit: number; before?: Place | undefined; after?: Place | undefined }

/** The page of a `select … where …` whose rows have an id and the instant `by`. Always newest first. */
export async function rowsOfPage<Row>(
  tx: Tx,
  select: RawBuilder<Row>,
  { limit, before, after }: Page,
  by: 'created_at' | 'at' = 'created_at',
): Promise<Row[]> {
  const at = sql.ref(by)
  if (after !== undefined) {
    const nearest = sql<Row>`${select} and (${at}, id) > (${after.at}, ${after.id}) order by ${at}, id limit ${limit}`
    return (await rows(tx, nearest)).toReversed()
  }
  const older = before === undefined ? sql`` : sql`and (${at}, id) < (${before.at}, ${before.id})`
  return rows(tx, sql<Row>`${select} ${older} order by ${at} desc, id desc limit ${limit}`)
}
