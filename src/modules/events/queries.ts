/** All reading of history. */
import { rows, sql, type Tx } from '#platform/db.ts'
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
  requestId: string | null
  /** From where it was asked for, as far as that is still kept. */
  address: string | null
  agent: string | null
}

/** Where it came from is read beside the event: its table has columns of the same names. */
const originOf = (column: 'address' | 'agent') =>
  sql`(select o.${sql.ref(column)} from request_origins o where o.business_id = e.business_id and o.request_id = e.request_id)`

const columns = sql`e.id, e.at, e.type, e.actor, e.subject_type as "subjectType", e.subject_id as "subjectId", e.customer_id as "customerId",
  e.data, e.request_id as "requestId", ${originOf('address')} as address, ${originOf('agent')} as agent`

export type EventFilter = {
  customerId?: string | undefined
  subjectId?: string | undefined
  type?: string | undefined
  /** `staff:mem_…`; or a kind of actor, `staff`. */
  actor?: string | undefined
  /** From then on. */
  from?: Temporal.Instant | undefined
  /** Before then. */
  to?: Temporal.Instant | undefined
}

const found = (filter: EventFilter) =>
  sql<Event>`select ${columns} from events e
      where e.business_id = current_business()
        and (${filter.customerId ?? null}::text is null or e.customer_id = ${filter.customerId ?? null})
        and (${filter.subjectId ?? null}::text is null or e.subject_id = ${filter.subjectId ?? null})
        and (${filter.type ?? null}::text is null or e.type = ${filter.type ?? null})
        and (${filter.actor ?? null}::text is null or e.actor = ${filter.actor ?? null} or e.actor like ${`${filter.actor ?? ''}:%`})
        and (${filter.from ?? null}::timestamptz is null or e.at >= ${filter.from ?? null})
        and (${filter.to ?? null}::timestamptz is null or e.at < ${filter.to ?? null})`

/** Newest first. */
export const listEvents = (tx: Tx, filter: EventFilter, page: Page): Promise<Event[]> =>
  rowsOfPage(tx, found(filter), page, 'at')

/** The newest, at most `most`, for a file. */
export const exportEvents = (tx: Tx, filter: EventFilter, most: number): Promise<Event[]> =>
  rows(tx, sql<Event>`${found(filter)} order by at desc, id desc limit ${most}`)
