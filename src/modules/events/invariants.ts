/** What must always be true of history: nothing of it was changed, removed, put between or reordered after it was sealed. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

export const eventInvariants = invariantsOf('events', [
  {
    id: 'P6-history-changed',
    text: 'Every event that was sealed is there, and says what it said',
    query: () => sql`
      select s.business_id, s.number as seal, u.id as event_id, case when e.id is null then 'removed' else 'changed' end as what
      from audit_seals s
      cross join lateral unnest(s.event_ids, s.digests) u (id, digest)
      left join events e on e.business_id = s.business_id and e.id = u.id
      where e.id is null or event_digest(e) <> u.digest`,
  },
  {
    id: 'P6-history-added',
    text: 'No event was put between what is sealed',
    query: () => sql`
      select e.business_id, e.id as event_id
      from events e
      join (select business_id, max(through) as through from audit_seals group by 1) s on s.business_id = e.business_id and e.written_in < s.through
      left join (select business_id, unnest(event_ids) as id from audit_seals) known on known.business_id = e.business_id and known.id = e.id
      where known.id is null`,
  },
  {
    id: 'P6-chain',
    text: 'Each seal hashes what it holds and the seal before it, from the first on',
    query: () => sql`
      select s.business_id, s.number as seal
      from audit_seals s left join audit_seals p on p.business_id = s.business_id and p.number = s.number - 1
      where s.hash <> seal_hash(s) or s.before <> coalesce(p.hash, '') or (s.number > 1 and p.number is null) or p.through > s.through`,
  },
])
