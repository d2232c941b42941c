/** All reading of history. */
import { rows, sql, type Tx } from '#platform/db.ts'

export type Event = {
  id: string
  at: Temporal.Instant
  type: string
  actor: string
  subjectType: string
  subjectId: string
  customerId: string | null
  data: Record<string, unknown>
}

const columns = sql`id, at, type, actor, subject_type as "subjectType", subject_id as "subjectId", customer_id as "customerId", data`

/** Newest first. `before` continues a page: the `at` and `id` of the last row seen. */
export async function listEvents(
  tx: Tx,
  filter: { customerId?: string | undefined; subjectId?: string | undefined; type?: string | undefined },
  page: { limit: number; before?: { at: Temporal.Instant; id: string } | undefined },
): Promise<Event[]> {
  return rows(
    tx,
    sql<Event>`select ${columns} from events
      where business_id = current_business()
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.subjectId ?? null}::text is null or subject_id = ${filter.subjectId ?? null})
        and (${filter.type ?? null}::text is null or type = ${filter.type ?? null})
        and (${page.before?.at ?? null}::timestamptz is null or (at, id) < (${page.before?.at ?? null}, ${page.before?.id ?? null}))
      order by at desc, id desc
      limit ${page.limit}`,
  )
}
