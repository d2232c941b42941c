/** What messages say about an incident that was made good. */
import type { Teller } from '#app.ts'
import { rows, sql } from '#platform/db.ts'
import { formatDay, formatSpan } from '#platform/time.ts'
import { findIncident } from '../lines/incidents.ts'
import { readCustomer } from '../people/customers.ts'

type Row = { planName: string; seconds: number; endsOn: Temporal.Instant }

/** What one customer was given for an incident, the longest first: looked for under each subscription of his, since by the incident it is everybody's. */
export const givenTo = (incidentId: string, customerId: string) =>
  sql<Row>`select p.name as "planName", c.seconds::int as seconds, s.paid_through as "endsOn" from subscriptions s
      cross join lateral (select seconds from compensations where business_id = s.business_id and incident_id = ${incidentId} and subscription_id = s.id offset 0) c
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      where s.business_id = current_business() and s.customer_id = ${customerId} order by c.seconds desc, s.id`

/** One message for all that a customer has; the longest time is named. */
const compensated: Teller = async (tx, shop, { incident_id, customer_id }) => {
  const incident = await findIncident(tx, incident_id ?? '')
  const given = await rows(tx, givenTo(incident_id ?? '', customer_id ?? ''))
  const [first] = given
  if (incident === null || first === undefined) return null
  const customer = await readCustomer(tx, customer_id ?? '')
  return {
    customer_name: customer.name,
    account_url: `${shop.baseUrl}/account`,
    what_happened: incident.sentence,
    given_time: spanOf(first.seconds, customer.language),
    plan_name: first.planName,
    plan_count: given.length,
    ends_on: formatDay(first.endsOn, shop.zone, customer.language),
  }
}

/** `90 minutes`, `5 hours`, `3 days`: the largest unit that says it without a rest. */
export function spanOf(seconds: number, language = 'en'): string {
  const [length, unit] =
    seconds % 86_400 === 0 ? [86_400, 'day'] : seconds % 3_600 === 0 ? [3_600, 'hour'] : [60, 'minute']
  return formatSpan(Math.ceil(seconds / length), unit, language)
}

export const incidentTellers = { compensated }
