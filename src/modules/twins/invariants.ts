/** What must always be true of test twins: the border between them and everything real. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

const imitated = (address: string) =>
  sql`coalesce(${sql.ref(address)}, '') ~ '^https?://[^/]*[.]twin[.]invalid([:/]|$)'`

export const twinInvariants = invariantsOf('twins', [
  {
    id: 'T7-twins',
    text: 'A test twin is of a live business, below nobody real, and works with imitations only, which nobody else uses',
    query: () => sql`
      select b.id as business_id, 'twin_of' as what, b.twin_of as id from businesses b join businesses o on o.id = b.twin_of
      left join businesses s on s.id = b.parent_id
      where o.mode <> 'live' or (b.parent_id is not null and (o.parent_id is null or s.twin_of is distinct from b.twin_of or s.parent_id is not null))
      union all
      -- Above a reseller's twin it is the same minute.
      select b.id, 'clock', s.id from businesses b join businesses s on s.id = b.parent_id
      where b.twin_of is not null and (s.clock_frozen_at, s.clock_offset_ms) is distinct from (b.clock_frozen_at, b.clock_offset_ms)
      union all
      select x.business_id, x.what, x.id from (
        select p.business_id, 'panel' as what, p.id, p.settings->>'url' as address, false as by_hand from panels p
        union all select g.business_id, 'gateway', g.id, g.settings->>'api_base', g.kind = 'manual' from gateway_accounts g
        union all select i.business_id, 'imitation', i.machine, 'http://x.twin.invalid/', false from imitations i
        union all select c.business_id, 'mail', c.message_id, 'http://x.twin.invalid/', false from caught_mails c) x
      join businesses b on b.id = x.business_id
      where not x.by_hand and (b.twin_of is not null) <> (${imitated('x.address')})`,
  },
])
