/** What must always be true of how people are asked and cut off. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'
import { reaches } from '../lines/incidents.ts'
import { businessNow, stuckAfter } from '../people/invariants.ts'

export const dunningInvariants = invariantsOf('dunning', [
  {
    id: 'S7-full-ladder',
    text: 'No rule terminates who was not suspended before',
    query: () => sql`select e.business_id, e.subject_id as id, e.at from events e
      where e.type = 'subscription.terminated' and e.actor like 'rule:%' and e.data->>'from' <> 'suspended'`,
  },
  {
    id: 'S2-payment-on-its-way',
    text: 'No rule suspends while money that would cover it is on its way',
    query: () => sql`select e.business_id, e.subject_id as id, p.id as payment_id from events e
      join invoice_items i on i.business_id = e.business_id and i.subscription_id = e.subject_id
      join payments p on p.business_id = i.business_id and p.invoice_id = i.invoice_id
      join events pe on pe.business_id = p.business_id and pe.subject_id = p.id and pe.type in ('payment.processing', 'payment.indeterminate') and pe.at < e.at
      where e.type = 'subscription.suspended' and e.actor like 'rule:%' and p.status in ('processing', 'indeterminate') and e.at < p.created_at + interval '72 hours'`,
  },
  {
    id: 'J4-parked-waits',
    text: 'No step is done while it waits for a person in a parked run',
    query: () => sql`select p.business_id, p.subscription_id, p.step, d.at from parked_steps p
      join steps_done d on d.business_id = p.business_id and d.subscription_id = p.subscription_id and d.period_end = p.period_end and d.step = p.step
      where p.decision is null and d.outcome = 'done'`,
  },
  {
    id: 'J4-step-in-time',
    text: 'No step is done before its time',
    query: () => sql`select business_id, subscription_id, step, due_at, at from steps_done where at < due_at`,
  },
  {
    id: 'S2-incident-waits',
    text: 'No rule suspends or ends anybody whom a declared incident reaches while it lasts',
    query: () => sql`select s.business_id, s.id, i.id as incident_id, e.type, e.at from incidents i
      join subscriptions s on s.business_id = i.business_id
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      join events e on e.business_id = s.business_id and e.subject_id = s.id and e.actor like 'rule:%' and (
        (s.status = 'suspended' and e.type = 'subscription.suspended' and e.at = s.suspended_at) or (e.type = 'subscription.terminated' and e.at = s.terminated_at))
      where i.kind = 'declared' and i.decision is distinct from 'withdraw' and ${reaches}
        and e.at >= i.opened_at and e.at > i.said_at and (i.closed_at is null or e.at < i.closed_at)`,
  },
  {
    id: 'S9-compensation-given',
    text: 'What was given for an incident is time of that length in the subscription, and of an incident that is to be compensated',
    query:
      () => sql`select c.business_id, c.incident_id, c.subscription_id, c.ends_before, c.ends_after from compensations c
      join incidents i on i.business_id = c.business_id and i.id = c.incident_id
      where i.decision is distinct from 'compensate' or not exists (select from periods p
        where p.business_id = c.business_id and p.subscription_id = c.subscription_id and p.kind in ('compensation', 'trial')
          and coalesce(p.sold_starts, p.starts) = c.ends_before and coalesce(p.sold_ends, p.ends) = c.ends_after)`,
  },
  {
    id: 'S9-compensation-within',
    text: 'Nothing is given beyond the cap of its incident, nor for time outside of it, nor for the same moment twice',
    query:
      () => sql`select c.business_id, c.incident_id, c.subscription_id, c.seconds::text, c.outage::text from compensations c
      join incidents i on i.business_id = c.business_id and i.id = c.incident_id
      where c.seconds > i.most_hours * 3600 or not c.outage <@ tstzmultirange(tstzrange(i.opened_at, i.closed_at))
        or exists (select from compensations o where o.business_id = c.business_id and o.subscription_id = c.subscription_id
          and o.incident_id <> c.incident_id and o.outage && c.outage)`,
  },
  {
    id: 'J4-outreach-once',
    text: 'Whoever counts as written to has claimed his one message of that outreach',
    query: () => sql`select r.business_id, r.outreach_id, r.subscription_id from outreach_recipients r
      join subscriptions s on s.business_id = r.business_id and s.id = r.subscription_id
      where r.queued and not exists (select from message_claims c
        where c.business_id = r.business_id and c.claim = 'personal_message/' || r.outreach_id || '/' || s.customer_id)`,
  },
  {
    id: 'J3-incident-stuck',
    text: 'No end of an incident and no batch of a compensation is an hour late',
    query: (
      now,
    ) => sql`select i.business_id, i.id, i.next_look_at from incidents i join businesses b on b.id = i.business_id
      where i.next_look_at < ${businessNow(now)} - ${stuckAfter}`,
  },
])
