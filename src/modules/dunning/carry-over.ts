/**
 * The end of paid time moved by a gift to many at once: what was done for the old end stays done for the new one, so that nobody gets
 * his invoice and his reminders a second time. What would be due again only later, by the new end, is done again at its time.
 */
import { run, sql, type Tx } from '#platform/db.ts'
import type { Instant } from '#platform/time.ts'
import { warnings } from './rules/decide.ts'

export type MovedEnd = { subscriptionId: string; from: Instant; to: Instant }

/** Every message that a step may send under a claim of its period. */
const claimed = [...warnings, 'renewal_offer', 'restricted', 'suspended', 'terminated'] as const

export async function carryOver(tx: Tx, moved: readonly MovedEnd[], now: Instant): Promise<void> {
  if (moved.length === 0) return
  const ends = sql`unnest(${moved.map(({ subscriptionId }) => subscriptionId)}::text[], ${moved.map(({ from }) => from)}::timestamptz[],
    ${moved.map(({ to }) => to)}::timestamptz[], ${moved.map(({ from }) => String(from))}::text[], ${moved.map(({ to }) => String(to))}::text[])
    as m (subscription_id, ends_before, ends_after, text_before, text_after)`
  // A message that is not accepted yet speaks of the old end and will not be sent: its step is done again.
  await run(
    tx,
    sql`with done as (
        select d.*, m.ends_after, m.text_before, m.text_after, c.claims from ${ends}
        join steps_done d on d.business_id = current_business() and d.subscription_id = m.subscription_id and d.period_end = m.ends_before
        cross join lateral (select array_agg(t.template || '/' || d.subscription_id || '/' || m.text_before || '/' || d.step) as claims
          from unnest(${[...claimed]}::text[]) t (template)) c
        where d.due_at + (m.ends_after - m.ends_before) <= ${now}),
      kept as (
        select * from done where not exists (
          select from message_claims c join messages g on g.business_id = c.business_id and g.id = c.message_id
          where c.business_id = current_business() and c.claim = any (done.claims) and g.status in ('queued', 'sending'))),
      told as (
        insert into message_claims (business_id, claim, message_id)
        select c.business_id, replace(c.claim, k.text_before, k.text_after), c.message_id from kept k
        join message_claims c on c.business_id = current_business() and c.claim = any (k.claims)
        on conflict do nothing)
      insert into steps_done (business_id, subscription_id, period_end, step, outcome, reason, due_at, at)
      select business_id, subscription_id, ends_after, step, outcome, reason, due_at, at from kept
      on conflict do nothing`,
  )
}
