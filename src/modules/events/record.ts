/** Writes history: the one way in which a change becomes known to timelines, audits and webhooks. */
import type { Shop } from '#app.ts'
import { sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'

export type EventFacts = {
  /** `subscription.renewed`: subject and what happened to it. */
  type: string
  subjectType: string
  subjectId: string
  customerId?: string | null
  /** Ids, amounts, dates, before and after. No secret and no contact data: events are never erased. */
  data?: Record<string, unknown>
  /** Who, when it is not the shop's actor: a rule of a policy, for example. */
  actor?: string
}

type Row = EventFacts & {
  id: string
  at: Temporal.Instant
  businessId: string
  requestId: string | null
  actor: string
}

/** The events of a transaction are written together with its commit: there is no change without them, and none of them without it. */
export async function record(tx: Tx, shop: Shop, now: Temporal.Instant, facts: EventFacts): Promise<void> {
  const row: Row = {
    ...facts,
    id: newId('evt', shop.app.clock),
    at: now,
    businessId: shop.businessId,
    requestId: shop.requestId,
    actor: facts.actor ?? shop.actor,
  }
  tx.collect('events', row, write)
}

/**
 * History within the statement that makes it: one event for each row of the CTE `changed`, which has the columns `id` and
 * `customer_id`. For the steps that every order takes, where a transaction of several statements costs more than the work.
 */
export const recordEach = (
  shop: Shop,
  now: Temporal.Instant,
  facts: Pick<EventFacts, 'type' | 'subjectType' | 'data'>,
) => sql`insert into events (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data, request_id)
  select ${shop.businessId}::text, ${newId('evt', shop.app.clock)}::text, ${now}::timestamptz, ${facts.type}::text, ${shop.actor}::text, ${facts.subjectType}::text,
    id, customer_id, ${JSON.stringify(facts.data ?? {})}::jsonb, ${shop.requestId}::text from changed`

const write = (rows: readonly Row[]) =>
  sql<unknown>`insert into events (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data, request_id)
    select e.business_id, e.id, e.at, e.type, e.actor, e.subject_type, e.subject_id, e.customer_id, e.data, e.request_id
    from unnest(${rows.map((row) => row.businessId)}::text[], ${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.at)}::timestamptz[],
      ${rows.map((row) => row.type)}::text[], ${rows.map((row) => row.actor)}::text[], ${rows.map((row) => row.subjectType)}::text[],
      ${rows.map((row) => row.subjectId)}::text[], ${rows.map((row) => row.customerId ?? null)}::text[],
      ${rows.map((row) => JSON.stringify(row.data ?? {}))}::jsonb[], ${rows.map((row) => row.requestId)}::text[])
      as e (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data, request_id)`
