/** What must always be true of businesses and their customers; and the clock by which other rooms' invariants are asked. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import type { Instant } from '#platform/time.ts'

/** Now, by the clock of the business that the query calls `b`. */
export const businessNow = (now: Instant) =>
  sql<Instant>`business_now(b.clock_frozen_at, b.clock_offset_ms, ${now}::timestamptz)`

/** Work that is due and not done for longer is stuck: jobs come within seconds, the sweep within minutes. */
export const stuckAfter = sql.raw(`interval '1 hour'`)

export const peopleInvariants = invariantsOf('people', [
  {
    id: 'T5-paths',
    text: 'The paths of the tree of businesses are those of its parents: each is its own ancestor, none below itself',
    query: () => sql`
      with recursive tree (ancestor_id, business_id, depth) as (
        select id, id, 0 from businesses
        union all
        select b.parent_id, t.business_id, t.depth + 1 from tree t join businesses b on b.id = t.ancestor_id
        where b.parent_id is not null and t.depth < 100)
      select coalesce(t.business_id, p.business_id) as business_id, coalesce(t.ancestor_id, p.ancestor_id) as ancestor_id, t.depth as is, p.depth as stored
      from tree t full join business_paths p on p.ancestor_id = t.ancestor_id and p.business_id = t.business_id
      where t.depth is distinct from p.depth`,
  },
  {
    id: 'P6-acting',
    text: 'What somebody from above did in a live business, he did while he was let in there',
    query: () => sql`
      select e.business_id, e.id, e.actor from events e join businesses b on b.id = e.business_id
      where e.actor like 'staff:act\\_%' and not exists (select from acting_sessions a
        where a.business_id = e.business_id and 'staff:' || a.id = e.actor
          and (b.mode = 'test' or e.at between a.started_at - interval '1 minute' and coalesce(a.ended_at, a.ends_at) + interval '1 minute'))`,
  },
  {
    id: 'O-clock',
    text: 'A live business follows the machine’s clock',
    query: () =>
      sql`select id as business_id from businesses where mode = 'live' and (clock_frozen_at is not null or clock_offset_ms <> 0)`,
  },
])
