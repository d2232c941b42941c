import { staffById } from '#modules/analytics/names.ts'
import { listEvents } from '#modules/events/queries.ts'
import type { Tx } from '#platform/db.ts'
import type { ToldEvent } from './sentence-of.ts'

/** The latest events of a record, with the names of the staff who acted. */
export async function readHistory(
  tx: Tx,
  of: { customerId?: string; subjectId?: string },
  limit = 50,
): Promise<{ events: ToldEvent[]; names: Record<string, string> }> {
  const found = await listEvents(tx, of, { limit })
  return {
    events: found.map(({ id, at, type, actor, subjectType, subjectId, data }) => ({
      ...{ id, type, actor, subjectType, subjectId, data },
      at: at.toString(),
    })),
    names: Object.fromEntries(await staffById(tx)),
  }
}
