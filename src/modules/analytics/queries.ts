/** Figures over all rooms, for the console. Nothing is written here. */
import { one, sql, type Tx } from '#platform/db.ts'

/** Open items that wait for a person: the number on the bell. */
export const countAttention = async (tx: Tx): Promise<number> =>
  (
    await one(
      tx,
      sql<{
        count: number
      }>`select count(*)::int as count from attention where business_id = current_business() and closed_at is null`,
    )
  ).count
