/** What must always be true of messages. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../people/invariants.ts'

export const messageInvariants = invariantsOf('messages', [
  {
    id: 'J4-sent-is-accepted',
    text: 'A message counts as sent only since a transport accepted it',
    query: () => sql`select business_id, id from messages where (status = 'sent') <> (accepted_at is not null)`,
  },
  {
    id: 'J4-claimed',
    text: 'Each message has claimed its occasion, so that there is no second one',
    query: () => sql`select m.business_id, m.id, m.template from messages m
      where not exists (select from message_claims c where c.business_id = m.business_id and c.message_id = m.id)`,
  },
  {
    id: 'J1-message-goes-on',
    text: 'A message that waits has a time at which it goes on; one that ended has none',
    query: () =>
      sql`select business_id, id, status from messages where (status in ('queued', 'sending')) <> (next_try_at is not null)`,
  },
  {
    id: 'J3-message-stuck',
    text: 'No message waits an hour beyond its time without being tried',
    query: (
      now,
    ) => sql`select m.business_id, m.id, m.template, m.next_try_at from messages m join businesses b on b.id = m.business_id
      where m.next_try_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'S6-never-active',
    text: 'No TV login was sent or queued for a line that the panel had not confirmed',
    query: () => sql`select m.business_id, m.id, l.id as line_id from messages m
      join lines l on l.business_id = m.business_id and l.id = m.about->>'line_id'
      where m.template in ('credentials', 'login_changed', 'line_moved') and (l.activated_at is null or m.created_at < l.activated_at)`,
  },
])
