/** Writes history: the one way in which a change becomes known to timelines, audits and webhooks. */
import type { Shop } from '#app.ts'
import { type Batch, sql, type Tx, table } from '#platform/db.ts'
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
  noteOrigin(tx, shop)
  tx.withCommit(history, {
    ...facts,
    id: newId('evt', shop.app.clock),
    at: now,
    businessId: shop.businessId,
    requestId: shop.requestId,
    actor: facts.actor ?? shop.actor,
  })
}

/** From where the request came that changes something: once per request, with the first of its commits. */
function noteOrigin(tx: Tx, shop: Shop): void {
  const { origin, requestId, businessId } = shop
  if (origin === undefined || requestId === null) return
  tx.withCommit(origins, { ...origin, requestId, businessId, at: shop.app.clock.now() })
}

type OriginRow = { address: string; agent: string; requestId: string; businessId: string; at: Temporal.Instant }

const origins: Batch<OriginRow> = {
  keyOf: ({ requestId }) => requestId,
  many: (rows) => sql`insert into request_origins (business_id, request_id, address, agent, at)
    select distinct on (request_id) * from ${table('o', rows, [
      ['business_id', 'text', (row) => row.businessId],
      ['request_id', 'text', (row) => row.requestId],
      ['address', 'text', (row) => row.address.slice(0, 64)],
      ['agent', 'text', (row) => row.agent.slice(0, 300)],
      ['at', 'timestamptz', (row) => row.at],
    ])}
    on conflict do nothing`,
}

const history: Batch<Row> = {
  keyOf: ({ id }) => id,
  many: (
    rows,
  ) => sql`insert into events (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data, request_id)
    select * from ${table('e', rows, [
      ['business_id', 'text', (row) => row.businessId],
      ['id', 'text', (row) => row.id],
      ['at', 'timestamptz', (row) => row.at],
      ['type', 'text', (row) => row.type],
      ['actor', 'text', (row) => row.actor],
      ['subject_type', 'text', (row) => row.subjectType],
      ['subject_id', 'text', (row) => row.subjectId],
      ['customer_id', 'text', (row) => row.customerId ?? null],
      ['data', 'jsonb', (row) => row.data ?? {}],
      ['request_id', 'text', (row) => row.requestId],
    ])}`,
}

/** An event that is written by the statement that makes it; what it tells may differ from row to row. */
export type Told = {
  eventId: string
  at: Temporal.Instant
  actor: string
  requestId: string | null
  data: Record<string, unknown>
}

export const told = (shop: Shop, now: Temporal.Instant, data: Record<string, unknown> = {}): Told => ({
  eventId: newId('evt', shop.app.clock),
  at: now,
  actor: shop.actor,
  requestId: shop.requestId,
  data,
})

/** Columns of `Told`, for the table of a batch. */
export const toldColumns = [
  ['event_id', 'text', (row: Told) => row.eventId],
  ['at', 'timestamptz', (row: Told) => row.at],
  ['actor', 'text', (row: Told) => row.actor],
  ['request_id', 'text', (row: Told) => row.requestId],
  ['data', 'jsonb', (row: Told) => row.data],
] as const

/**
 * History within the statement that makes it: one event for each row of the CTE `changed`, which has `id`, `customer_id` and the columns
 * of `Told`. For the steps that every order takes, where a transaction of several statements costs more than the work.
 */
export const recordEach = (type: string, subjectType: string) =>
  sql`insert into events (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data, request_id)
    select current_business(), event_id, at, ${sql.lit(type)}, actor, ${sql.lit(subjectType)}, id, customer_id, data, request_id from changed`
