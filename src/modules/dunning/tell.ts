/** What messages say about an incident that was made good. */
import type { Teller } from '#app.ts'
import { rows, sql } from '#platform/db.ts'
import { formatDay, formatSpan } from '#platform/time.ts'
import { findIncident } from '../lines/incidents.ts'
import { readCustomer } from '../people/customers.ts'

type Row = { planName: string; seconds: number; endsOn: Temporal.Instant }

/** One message for all that a customer has; the longest time is named. */
const compensated: Teller = async (tx, shop, { incident_id, customer_id }) => {
  const incident = await findIncident(tx, incident_id ?? '')
  const given = await rows(
    tx,
    sql<Row>`select p.name as "planName", c.seconds::int as seconds, s.paid_through as "endsOn" from compensations c
      join subscriptions s on s.business_id = c.business_id and s.id = c.subscription_id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      where c.business_id = current_business() and c.incident_id = ${incident_id ?? ''} and c.customer_id = ${customer_id ?? ''} order by c.seconds desc, c.subscription_id`,
  )
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
