/**
 * What goes on by itself with a declared incident: its end is noticed when its time comes, and what a person decided to give is given, a
 * batch of customers at a time, each batch one commit. Safe to repeat: the incident's row is locked and says how far it got, and a
 * subscription has one compensation per incident (its key).
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { enqueue } from '#platform/jobs.ts'
import { dayOf, type Instant, isAfter, plusHours, plusSeconds } from '#platform/time.ts'
import { lockOpenRenewals, moveRenewalsAlong } from '../billing/move-renewals.ts'
import { record } from '../events/record.ts'
import { type Incident, lockIncident, reaches } from '../lines/incidents.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import type { Change, Subscription } from '../subscriptions/rules/subscription.ts'
import { carryOver, type MovedEnd } from './carry-over.ts'
import { givenFor, weighing } from './compensation.ts'
import { noticeEnd } from './incidents.ts'
import { moveIncidentJob } from './jobs.ts'

/** Customers per commit. */
export const batchOfCustomers = 200

export async function moveIncident(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'move-incident', async (tx) => {
    const incident = await lockIncident(tx, id)
    if (incident.nextLookAt === null || isAfter(incident.nextLookAt, now)) return
    if (shop.standstill !== null) return lookAgainAt(tx, id, plusHours(now, 1))
    if (incident.decision === null) return noticeEnd(tx, shop, incident, now)
    if (incident.decision !== 'compensate' || incident.finishedAt !== null) return lookAgainAt(tx, id, null)
    const customers = await nextCustomers(tx, incident)
    if (customers.length > 0) await giveTo(tx, shop, incident, customers, now)
    const last = customers.at(-1)
    if (customers.length < batchOfCustomers || last === undefined) return finish(tx, shop, incident, now)
    await run(
      tx,
      sql`update incidents set done_through = ${last}, next_look_at = ${now} where business_id = current_business() and id = ${id}`,
    )
    await enqueue(tx, moveIncidentJob, { businessId: shop.businessId, incidentId: id })
  })
}

const lookAgainAt = async (tx: Tx, id: string, at: Instant | null): Promise<void> => {
  await run(tx, sql`update incidents set next_look_at = ${at} where business_id = current_business() and id = ${id}`)
}

/** Whole customers: the cap of a month and the one message are theirs. */
async function nextCustomers(tx: Tx, incident: Incident): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ id: string }>`select distinct s.customer_id as id from incidents i
      join subscriptions s on s.business_id = i.business_id
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      where i.business_id = current_business() and i.id = ${incident.id} and ${reaches} and s.status not in ('pending', 'terminated')
        and s.customer_id > ${incident.doneThrough ?? ''} order by 1 limit ${batchOfCustomers}`,
  )
  return found.map(({ id }) => id)
}

async function giveTo(
  tx: Tx,
  shop: Shop,
  incident: Incident,
  customers: readonly string[],
  now: Instant,
): Promise<void> {
  await lockOpenRenewals(tx, customers)
  await rows(
    tx,
    sql`select from subscriptions where business_id = current_business() and customer_id = any (${customers}::text[]) order by id for update`,
  )
  const given = await rows(
    tx,
    sql<{
      subscriptionId: string
      customerId: string
      seconds: number
      from: Instant
      to: Instant
    }>`with ${weighing(incident, now, shop.zone, customers)}
      insert into compensations (business_id, incident_id, subscription_id, customer_id, outage, out_seconds, seconds, currency, worth_minor, ends_before, ends_after, created_at)
      select ${shop.businessId}, ${incident.id}, id, customer_id, outage, out_seconds, seconds, currency, worth_minor, paid_through,
        paid_through + make_interval(secs => seconds), ${now}
      from shares where seconds > 0
      on conflict do nothing
      returning subscription_id as "subscriptionId", customer_id as "customerId", seconds::int as seconds, ends_before as "from", ends_after as "to"`,
  )
  const moved: MovedEnd[] = given
  await moveRenewalsAlong(tx, moved)
  await carryOver(tx, moved, now)
  for (const { subscriptionId, seconds } of given)
    await changeSubscription(tx, shop, subscriptionId, now, (s) => compensate(s, seconds, now), {
      reason: `incident “${incident.name}”`,
      data: { incident: incident.id, seconds },
    })
  if (!incident.tells) return
  for (const customerId of new Set(given.map((each) => each.customerId)))
    await queueMessage(
      tx,
      shop,
      {
        template: 'compensated',
        claim: `compensated/${incident.id}/${customerId}`,
        customerId,
        about: { incident_id: incident.id, customer_id: customerId },
      },
      now,
    )
}

/**
 * Time after the end of paid time. Who rests, or was stopped by a person with time left, goes on resting; who was in grace is paid again
 * when the new end lies ahead. Renewals are counted from the new end when it falls on another day.
 */
export function compensate(s: Subscription, seconds: number, now: Instant): Change | null {
  if (s.paidThrough === null || s.status === 'pending' || s.status === 'terminated') return null
  const ends = plusSeconds(s.paidThrough, seconds)
  const sameDay = dayOf(ends, s.zone) === dayOf(s.paidThrough, s.zone)
  return {
    event: 'compensated',
    period: { starts: s.paidThrough, ends, kind: s.status === 'trial' ? 'trial' : 'compensation' },
    next: {
      status: s.status === 'grace' && isAfter(ends, now) ? 'active' : s.status,
      paidThrough: ends,
      anchorDay: sameDay ? s.anchorDay : dayOf(ends, s.zone),
    },
  }
}

async function finish(tx: Tx, shop: Shop, incident: Incident, now: Instant): Promise<void> {
  await run(
    tx,
    sql`update incidents set finished_at = ${now}, next_look_at = null, version = version + 1 where business_id = current_business() and id = ${incident.id}`,
  )
  const { subscriptions, seconds } = await givenFor(tx, incident.id)
  await record(tx, shop, now, {
    type: 'incident.finished',
    subjectType: 'incident',
    subjectId: incident.id,
    data: { subscriptions, seconds },
  })
  await raise(
    tx,
    shop,
    {
      kind: 'incident_finished',
      subjectType: 'incident',
      subjectId: incident.id,
      title: `${incident.name}: ${subscriptions} ${subscriptions === 1 ? 'subscription has' : 'subscriptions have'} got the time`,
      severity: 'info',
    },
    now,
  )
}
