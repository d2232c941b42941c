/** All reading of history. */
import { sql, type Tx } from '#platform/db.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'

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

/** Newest first. */
export async function listEvents(
  tx: Tx,
  filter: { customerId?: string | undefined; subjectId?: string | undefined; type?: string | undefined },
  page: Page,
): Promise<Event[]> {
  return rowsOfPage(
    tx,
    sql<Event>`select ${columns} from events
      where business_id = current_business()
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.subjectId ?? null}::text is null or subject_id = ${filter.subjectId ?? null})
        and (${filter.type ?? null}::text is null or type = ${filter.type ?? null})`,
    page,
    'at',
  )
}
