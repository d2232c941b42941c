/** What must always be true of how people are asked and cut off. */
import { sql } from '#platform/db.ts'
import { invariantsOf } from '#platform/invariant.ts'

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
])
