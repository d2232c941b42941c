/** Writes history: the one way in which a change becomes known to timelines, audits and webhooks. */
import type { Shop } from '#app.ts'
import { json, run, sql, type Tx } from '#platform/db.ts'
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

export async function record(tx: Tx, shop: Shop, now: Temporal.Instant, facts: EventFacts): Promise<void> {
  await run(
    tx,
    sql`insert into events (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data, request_id)
      values (${shop.businessId}, ${newId('evt', shop.app.clock)}, ${now}, ${facts.type}, ${facts.actor ?? shop.actor}, ${facts.subjectType},
        ${facts.subjectId}, ${facts.customerId ?? null}, ${json(facts.data ?? {})}, ${shop.requestId})`,
  )
}
