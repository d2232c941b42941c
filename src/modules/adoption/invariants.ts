/** What must always be true of lines that were taken over. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { businessNow, stuckAfter } from '../people/invariants.ts'

export const adoptionInvariants = invariantsOf('adoption', [
  {
    id: 'B18-adopted-is-there',
    text: 'What counts as adopted has its line, of its subscription, marked as such',
    query: () => sql`select r.business_id, r.id, r.line_id, r.subscription_id from adoption_lines r
      where r.state = 'adopted' and not exists (select from lines l where l.business_id = r.business_id and l.id = r.line_id and l.subscription_id = r.subscription_id and l.adopted_at is not null)`,
  },
  {
    id: 'B18-asleep-is-adopted',
    text: 'Only what was taken over from a panel sleeps',
    query: () => sql`select s.business_id, s.id from subscriptions s
      where s.asleep_since is not null and not exists (select from lines l where l.business_id = s.business_id and l.subscription_id = s.id and l.adopted_at is not null)`,
  },
  {
    id: 'J3-adoption-stuck',
    text: 'No adoption waits an hour beyond its time',
    query: (
      now,
    ) => sql`select a.business_id, a.id, a.next_look_at from adoptions a join businesses b on b.id = a.business_id
      where a.next_look_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
