/** All reading of messages. */
import { asked, type Batch, maybe, rows, sql, type Tx, table } from '#platform/db.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'

export type MessageRow = {
  id: string
  template: string
  kind: string
  customerId: string | null
  to: string
  subject: string | null
  status: 'queued' | 'sending' | 'sent' | 'failed' | 'not_delivered' | 'expired'
  answer: string | null
  tries: number
  nextTryAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  acceptedAt: Temporal.Instant | null
  about: Record<string, string>
}

const columns = sql`id, template, kind, customer_id as "customerId", to_address as "to", subject, status, answer, tries, next_try_at as "nextTryAt",
  created_at as "createdAt", accepted_at as "acceptedAt", about`

export const findMessage = (tx: Tx, id: string): Promise<MessageRow | null> =>
  maybe(tx, sql<MessageRow>`select ${columns} from messages where business_id = current_business() and id = ${id}`)

export const listMessages = (
  tx: Tx,
  filter: {
    status?: string | undefined
    customerId?: string | undefined
    template?: string | undefined
    search?: string | undefined
    since?: Temporal.Instant | undefined
  },
  page: Page,
): Promise<MessageRow[]> =>
  rowsOfPage(
    tx,
    sql<MessageRow>`select ${columns} from messages
      where business_id = current_business()
        and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.template ?? null}::text is null or template = ${filter.template ?? null})
        and (${filter.since ?? null}::timestamptz is null or created_at >= ${filter.since ?? null})
        and (${filter.search ?? null}::text is null or lower(to_address) like '%' || lower(${filter.search ?? null}) || '%')`,
    page,
  )

/** How many messages reached nobody since then, by the state they ended in. */
export const countLost = async (
  tx: Tx,
  since: Temporal.Instant,
): Promise<{ status: 'failed' | 'not_delivered'; count: number }[]> =>
  rows(
    tx,
    sql<{ status: 'failed' | 'not_delivered'; count: number }>`select status, count(*)::int as count from messages
      where business_id = current_business() and status in ('failed', 'not_delivered') and created_at > ${since}
      group by status order by status`,
  )

/**
 * When a message about something first reached the customer as far as we can know: accepted by a transport, or done by hand by staff.
 * `claims` are its claims; null when none of them did.
 */
export async function deliveredAt(tx: Tx, claims: readonly string[]): Promise<Temporal.Instant | null> {
  const [found] = await asked(tx, deliveries, claims)
  return found?.at ?? null
}

const occasion = (claims: readonly string[]): string => claims.join(' ')

const deliveries: Batch<readonly string[], { occasion: string; at: Temporal.Instant | null }> = {
  keyOf: occasion,
  keyOfRow: (row) => row.occasion,
  many: (asking) => sql`select w.occasion, min(coalesce(m.accepted_at, a.closed_at)) as at
    from ${table('w', asking, [
      ['occasion', 'text', occasion],
      ['claims', 'jsonb', (claims) => claims],
    ])}
    cross join lateral jsonb_array_elements_text(w.claims) as e (claim)
    join message_claims c on c.business_id = current_business() and c.claim = e.claim
    join messages m on m.business_id = c.business_id and m.id = c.message_id
    left join attention a on a.business_id = m.business_id and a.kind = 'message_by_hand' and a.subject_id = m.id
    group by w.occasion`,
}
