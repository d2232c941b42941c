/** What must always be true of lines and panels. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../people/invariants.ts'

export const lineInvariants = invariantsOf('lines', [
  {
    id: 'S3-one-line',
    text: 'A subscription has at most one line',
    query: () =>
      sql`select business_id, subscription_id, count(*)::int as lines from lines group by 1, 2 having count(*) > 1`,
  },
  {
    id: 'S3-one-remote',
    text: 'A line of a panel belongs to one of our lines',
    query: () => sql`select panel_business_id, panel_id, remote_id, count(*)::int as lines from lines
      where remote_id is not null and wanted in ('active', 'suspended') group by 1, 2, 3 having count(*) > 1`,
  },
  {
    id: 'S3-one-name',
    text: 'A user name is used once on a panel, whoever of its sellers gave it',
    query: () => sql`select panel_business_id, panel_id, lower(username) as username, count(*)::int as lines from lines
      where wanted in ('active', 'suspended') group by 1, 2, 3 having count(*) > 1`,
  },
  {
    id: 'T3-panel',
    text: 'A line is on a panel of its own business, or on one that was granted',
    query: () => sql`select l.business_id, l.id, l.panel_business_id, l.panel_id from lines l
      where l.panel_business_id <> l.business_id and not exists (select from panel_grants g
        where g.business_id = l.panel_business_id and g.panel_id = l.panel_id and g.granted_to = l.business_id)`,
  },
  {
    id: 'S1-suspended-is-off',
    text: 'A line that counts as suspended or ended was read back as such',
    query: () => sql`select business_id, id, wanted from lines
      where wanted in ('suspended', 'ended') and done_revision = revision and differs = '{}' and (found->>'enabled')::boolean`,
  },
  {
    id: 'S-usage-ours',
    text: 'Nobody is seen watching before his line was up',
    query: () => sql`select u.business_id, u.line_id, u.first_seen_at, l.activated_at from line_usage u
      join lines l on l.business_id = u.business_id and l.id = u.line_id
      where l.activated_at is null or u.first_seen_at < l.activated_at`,
  },
  {
    id: 'S1-access-as-found',
    text: 'On a panel whose lines are rows here, a line in step has its row, switched as it was read back',
    query: () => sql`select l.business_id, l.id, l.panel_id from lines l
      left join access_entries a on a.business_id = l.panel_business_id and a.panel_id = l.panel_id and a.id = l.remote_id
      where l.done_revision = l.revision and l.differs = '{}' and l.remote_id like 'acs\\_%'
        and (a.id is null or a.enabled <> (l.found->>'enabled')::boolean or a.marker <> l.marker)`,
  },
  {
    id: 'S5-activated-is-known',
    text: 'A line that was activated, is wanted active and is in step has a number on its panel',
    // One that was ended and is wanted again has none until its panel answers; where each line costs credits, none is made to be off.
    query: () => sql`select business_id, id from lines
      where activated_at is not null and remote_id is null and wanted = 'active' and done_revision = revision`,
  },
  {
    id: 'S3-one-address',
    text: 'A box that was set up holds its address on its panel, and holds no other; what ended holds none',
    query: () => sql`select business_id, id, mac, held_mac from lines
      where (kind <> 'line' or box is not null) and done_revision = revision and activated_at is not null
        and held_mac is distinct from case when wanted <> 'ended' then mac end`,
  },
  {
    id: 'J1-line-goes-on',
    text: 'A line out of step with its wish has a time at which it is tried again, or waits for a person',
    query: () => sql`select business_id, id, revision::text, done_revision::text from lines
      where wanted <> 'none' and done_revision < revision and next_try_at is null and not needs_review`,
  },
  {
    id: 'J3-line-stuck',
    text: 'No line waits an hour beyond its time without being tried',
    query: (now) => sql`select l.business_id, l.id, l.next_try_at from lines l join businesses b on b.id = l.business_id
      where l.next_try_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'J3-line-shown',
    text: 'A line that needs a look is shown to staff',
    query: () => sql`select l.business_id, l.id from lines l where l.needs_review
      and not exists (select from attention a where a.business_id = l.business_id and a.kind = 'line_needs_review' and a.subject_id = l.id)`,
  },
  {
    id: 'L5-charge-known',
    text: 'A charged call of which nobody knows the outcome is still being looked after by its line, or by a person',
    query: () => sql`select c.business_id, c.panel_id, c.seq, c.line_id from panel_charges c
      join lines l on l.business_id = c.line_business_id and l.id = c.line_id
      where c.state = 'asked' and (l.spending is null or (l.spending->>'seq')::bigint <> c.seq) and l.done_revision = l.revision`,
  },
  {
    id: 'L5-bought-counted',
    text: 'What explains a rise of an account is the sum of the purchases that people noted for it, on the same panel',
    query: () => sql`select d.business_id, d.id from account_differences d
      left join lateral (select coalesce(sum(p.credits), 0) as credits, coalesce(bool_or(p.panel_id <> d.panel_id), false) as elsewhere
        from account_purchases p where p.business_id = d.business_id and p.difference_id = d.id and p.undone_at is null) p on true
      where d.bought <> p.credits or p.elsewhere`,
  },
  {
    id: 'L5-account-given-back',
    text: 'Nobody keeps a panel account for himself an hour beyond his time',
    query: (
      now,
    ) => sql`select p.business_id, p.id, p.account_line from panels p join businesses b on b.id = p.business_id
      where p.account_until < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'J1-comparison-goes-on',
    text: 'A comparison that runs, and what is being set right, have a time at which they are looked after',
    query: () => sql`select c.business_id, c.panel_id from panel_checks c where c.next_at is null
        and (exists (select from reconciliations r where r.business_id = c.business_id and r.panel_id = c.panel_id and r.state = 'running')
          or exists (select from differences d where d.business_id = c.business_id and d.panel_business_id = c.business_id and d.panel_id = c.panel_id and d.state = 'mending'))`,
  },
  {
    id: 'J3-comparison-stuck',
    text: 'No comparison that runs waits an hour beyond its time',
    query: (now) => sql`select r.business_id, r.id, c.next_at from reconciliations r
      join panel_checks c on c.business_id = r.business_id and c.panel_id = r.panel_id join businesses b on b.id = r.business_id
      where r.state = 'running' and c.next_at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'R1-listing-believed',
    text: 'From an empty list nothing is concluded where lines of ours are, unless a person said that it is true',
    query: () => sql`select business_id, id, expected from reconciliations
      where state = 'done' and listed = 0 and expected > 0 and not trusts_less`,
  },
  {
    id: 'R3-pages-gone',
    text: 'What a comparison saw is forgotten when it is over',
    query: () => sql`select distinct p.business_id, p.reconciliation_id from reconciliation_pages p
      join reconciliations r on r.business_id = p.business_id and r.id = p.reconciliation_id where r.state <> 'running'`,
  },
  {
    id: 'J1-credentials',
    text: 'Activating a line has queued its TV login in the same commit, unless it was on the panel before, or its customer was erased',
    query:
      () => sql`select l.business_id, l.id from lines l join customers c on c.business_id = l.business_id and c.id = l.customer_id
      where l.activated_at is not null and l.adopted_at is null and c.erased_at is null
        and not exists (select from message_claims m where m.business_id = l.business_id and m.claim = 'credentials/' || l.id)`,
  },
  {
    id: 'B11-one-place',
    text: 'What a line left on a panel is on no panel where the line is',
    query: () => sql`select o.business_id, o.id, o.line_id, o.panel_id from line_leftovers o
      join lines l on l.business_id = o.business_id and l.id = o.line_id and l.panel_id = o.panel_id and l.panel_business_id = o.panel_business_id`,
  },
  {
    id: 'B11-moved-is-there',
    text: 'A line that was moved and not moved since is on the panel that it was brought to',
    query:
      () => sql`select m.business_id, m.id, m.line_id from line_moves m join lines l on l.business_id = m.business_id and l.id = m.line_id
      where m.state = 'done' and l.panel_id <> m.to_panel_id
        and not exists (select from line_moves n where n.business_id = m.business_id and n.line_id = m.line_id and n.state = 'done' and n.id <> m.id and n.ended_at >= m.ended_at)
        and not exists (select from events e where e.business_id = m.business_id and e.subject_id = m.line_id and e.type = 'line.panel_chosen' and e.at >= m.ended_at)`,
  },
  {
    id: 'B11-left-is-cleared',
    text: 'What a moved line was taken from still has it only as a leftover that is looked after',
    query: () => sql`select m.business_id, m.id, m.line_id, m.from_panel_id from line_moves m
      join lines l on l.business_id = m.business_id and l.id = m.line_id and l.panel_id <> m.from_panel_id
      where m.state = 'done' and exists (select from panel_calls c where c.business_id = m.business_id and c.line_id = m.line_id and c.panel_id = m.from_panel_id
          and c.operation = 'createLine' and c.outcome = 'ok')
        and not exists (select from line_leftovers o where o.business_id = m.business_id and o.line_id = m.line_id and o.panel_id = m.from_panel_id)`,
  },
  {
    id: 'J3-move-stuck',
    text: 'No move, leftover or evacuation waits an hour beyond its time',
    query: (now) => sql`select w.business_id, w.id, w.at from (
        select business_id, id, next_try_at as at from line_moves union all select business_id, id, next_try_at from line_leftovers
        union all select business_id, id, next_look_at from evacuations) w join businesses b on b.id = w.business_id
      where w.at < ${businessNow(now)} - ${stuckAfter}`,
  },
  {
    id: 'J3-wave-ends',
    text: 'A move of an evacuation is on its way only while the evacuation is',
    query:
      // That of a supplier is seen at the next try.
      (
        now,
      ) => sql`select m.business_id, m.id, e.state from line_moves m join evacuations e on e.business_id = m.panel_business_id and e.id = m.evacuation_id
        join businesses b on b.id = m.business_id
      where m.state = 'waiting' and e.state <> 'running' and (m.business_id = m.panel_business_id or m.next_try_at < ${businessNow(now)})`,
  },
])
