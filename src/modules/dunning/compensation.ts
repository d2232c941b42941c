/**
 * What an incident's end would give, and to whom: counted in the database for all it reaches. An hour counts when it was paid for (or
 * tried), the line neither rested nor was suspended, and no other incident gave it already.
 */
import type { Shop } from '#app.ts'
import { one, rows, sql, type Tx } from '#platform/db.ts'
import type { Money } from '#platform/money.ts'
import type { Instant, Zone } from '#platform/time.ts'
import { type Incident, reaches } from '../lines/incidents.ts'
import { fingerprintOf } from '../subscriptions/preview.ts'

export const outcomes = ['given', 'not_served', 'too_short', 'capped', 'lapsed'] as const

/**
 * `not_served`: it was not paid for, rested, or was suspended meanwhile. `too_short`: less than the rule asks for. `capped`: the
 * customer's month is full. `lapsed`: its paid time ran out since and it is suspended.
 */
export type Outcome = (typeof outcomes)[number]

export type Share = {
  subscriptionId: string
  customerId: string
  outcome: Outcome
  /** How long it could not be watched. */
  outSeconds: number
  /** What is given for it. */
  seconds: number
  /** What that much time costs at the agreed price, add-ons included. */
  worth: Money
  endsBefore: Instant
}

export type CompensationPreview = {
  /** As of when it was counted, and a mark of it: who confirms sends it back. */
  fingerprint: string
  /** Subscriptions and customers that get something. */
  subscriptions: number
  customers: number
  seconds: number
  worth: Money[]
  /** How many get nothing, by why. */
  left: { outcome: Exclude<Outcome, 'given'>; count: number }[]
}

/** Until when it is counted: its end, or now while it lasts. */
const endOf = ({ ends }: Incident, at: Instant): Instant =>
  ends === null || Temporal.Instant.compare(ends, at) > 0 ? at : ends

/** The first instant of the calendar month of `at`. */
const monthOf = (at: Instant, zone: Zone): Instant =>
  at.toZonedDateTimeISO(zone).with({ day: 1 }).startOfDay().toInstant()

const unitSeconds = { minute: 60, hour: 3_600, day: 86_400 } as const

/** `customers` null: everybody it reaches. What was not served is worked out once for each and kept: written into whatever asks for it, it would be worked out for every question. */
export const weighing = (incident: Incident, at: Instant, zone: Zone, customers: readonly string[] | null) => {
  const [from, to] = [incident.starts, endOf(incident, at)]
  const unit = unitSeconds[incident.roundTo]
  return sql`reached as (
      select s.id, s.customer_id, s.status, s.paid_through, s.currency, s.price_minor + s.add_ons_minor as price_minor,
        greatest(1, extract(epoch from ((${from}::timestamptz at time zone s.zone) + case s.term_unit
          when 'hour' then make_interval(hours => s.term_count) when 'day' then make_interval(days => s.term_count)
          when 'month' then make_interval(months => s.term_count) else make_interval(years => s.term_count) end)
          - (${from}::timestamptz at time zone s.zone))) as term_seconds
      from incidents i
      join subscriptions s on s.business_id = i.business_id
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      where i.business_id = current_business() and i.id = ${incident.id} and ${reaches} and s.status not in ('pending', 'terminated')
        and (${customers}::text[] is null or s.customer_id = any (${customers}::text[]))),
    served as materialized (
      select r.*, coalesce((
          select range_agg(tstzrange(greatest(p.starts, ${from}::timestamptz), least(p.ends, ${to}::timestamptz))) from periods p
          where p.business_id = current_business() and p.subscription_id = r.id and p.starts < p.ends and p.starts < ${to}::timestamptz and p.ends > ${from}::timestamptz), '{}')
        - coalesce((
          select range_agg(tstzrange(u.starts, u.ends)) from pauses u where u.business_id = current_business() and u.subscription_id = r.id), '{}')
        - coalesce((
          select range_agg(tstzrange(e.at, e.next_at)) from (
            select at, data->>'to' as state, lead(at) over (order by at, id) as next_at from events
            where business_id = current_business() and subject_id = r.id and subject_type = 'subscription' and data ? 'to') e
          where e.state in ('suspended', 'terminated')), '{}')
        - coalesce((
          select range_agg(c.outage) from compensations c
          where c.business_id = current_business() and c.subscription_id = r.id and c.incident_id <> ${incident.id}), '{}') as outage
      from reached r),
    timed as materialized (
      select s.*, coalesce((select floor(sum(extract(epoch from upper(each) - lower(each)))) from unnest(s.outage) each), 0)::bigint as out_seconds from served s),
    rounded as (
      select t.*, t.status = 'suspended' and t.paid_through <= ${at} as lapsed,
        case when t.out_seconds = 0 or t.out_seconds < ${incident.leastMinutes * 60}::bigint then 0
          else least(ceil(t.out_seconds::numeric / ${unit}::int)::bigint * ${unit}::int, ${incident.mostHours * 3_600}::bigint) end as wanted
      from timed t),
    had as (
      select c.customer_id, sum(c.seconds) as seconds from compensations c
      where c.business_id = current_business() and c.incident_id <> ${incident.id} and c.created_at >= ${monthOf(at, zone)} group by 1),
    weighed as (
      select r.*, case when r.lapsed then 0 else least(r.wanted, greatest(0, ${incident.mostHoursMonth * 3_600}::bigint - coalesce(h.seconds, 0)
          - coalesce(sum(case when r.lapsed then 0 else r.wanted end) over (partition by r.customer_id order by r.id rows between unbounded preceding and 1 preceding), 0)))::bigint end as seconds
      from rounded r left join had h on h.customer_id = r.customer_id),
    shares as (
      select w.*, round(w.price_minor * w.seconds / w.term_seconds)::bigint as worth_minor,
        case when w.seconds > 0 then 'given' when w.out_seconds = 0 then 'not_served' when w.lapsed then 'lapsed' when w.wanted = 0 then 'too_short' else 'capped' end as outcome
      from weighed w)`
}

/** While it lasts: what it would give if it ended now. */
export async function previewCompensation(
  tx: Tx,
  shop: Shop,
  incident: Incident,
  at: Instant,
): Promise<CompensationPreview> {
  // A row of no outcome is of all: nobody is counted twice who pays in two currencies.
  const counts = await rows(
    tx,
    sql<{
      outcome: Outcome | null
      currency: string
      count: number
      customers: number
      seconds: bigint
      worth: bigint
    }>`with ${weighing(incident, at, shop.zone, null)}
      select outcome, currency, count(*)::int as count, count(distinct customer_id) filter (where seconds > 0)::int as customers,
        sum(seconds)::bigint as seconds, sum(worth_minor)::bigint as worth
      from shares group by grouping sets ((outcome, currency), ()) order by 2, 1`,
  )
  const found = counts.filter(({ outcome }) => outcome !== null)
  const customers = counts.find(({ outcome }) => outcome === null)?.customers ?? 0
  const given = found.filter(({ outcome }) => outcome === 'given')
  const counted = {
    subscriptions: given.reduce((sum, { count }) => sum + count, 0),
    customers,
    seconds: Number(given.reduce((sum, { seconds }) => sum + seconds, 0n)),
    worth: given.map(({ currency, worth }) => ({ currency, minor: worth })),
    left: outcomes.flatMap((outcome) => {
      const count = found.filter((each) => each.outcome === outcome).reduce((sum, each) => sum + each.count, 0)
      return outcome === 'given' || count === 0 ? [] : [{ outcome, count }]
    }),
  }
  return {
    ...counted,
    fingerprint: fingerprintOf(at, { incident: incident.id, version: incident.version, ...counted }),
  }
}

/** Each that it reaches, with what it gets or why it gets nothing; what gets most first. */
export async function listShares(tx: Tx, shop: Shop, incident: Incident, at: Instant, limit: number): Promise<Share[]> {
  const found = await rows(
    tx,
    sql<Omit<Share, 'worth'> & { currency: string; worth: bigint }>`with ${weighing(incident, at, shop.zone, null)}
      select id as "subscriptionId", customer_id as "customerId", outcome, out_seconds::int as "outSeconds", seconds::int as seconds, currency,
        worth_minor as worth, paid_through as "endsBefore"
      from shares order by seconds desc, id limit ${limit}`,
  )
  return found.map(({ currency, worth, ...each }) => ({ ...each, worth: { currency, minor: worth } }))
}

export type Given = Share & { endsAfter: Instant; at: Instant }

/** What was given, newest first. */
export async function compensationsOf(
  tx: Tx,
  which: { incidentId?: string | undefined; subscriptionId?: string | undefined },
  limit: number,
): Promise<(Given & { incidentId: string })[]> {
  const found = await rows(
    tx,
    sql<
      Omit<Given, 'worth' | 'outcome'> & { incidentId: string; currency: string; minor: bigint }
    >`select incident_id as "incidentId", subscription_id as "subscriptionId", customer_id as "customerId", out_seconds::int as "outSeconds", seconds::int as seconds,
        currency, worth_minor as minor, ends_before as "endsBefore", ends_after as "endsAfter", created_at as at
      from compensations where business_id = current_business() and (${which.incidentId ?? null}::text is null or incident_id = ${which.incidentId ?? null})
        and (${which.subscriptionId ?? null}::text is null or subscription_id = ${which.subscriptionId ?? null})
      order by created_at desc, subscription_id limit ${limit}`,
  )
  return found.map(({ currency, minor, ...each }) => ({ ...each, outcome: 'given', worth: { currency, minor } }))
}

export type GivenTotals = Pick<CompensationPreview, 'subscriptions' | 'customers' | 'seconds' | 'worth'>

/** What was given so far. */
export async function givenFor(tx: Tx, incidentId: string): Promise<GivenTotals> {
  const found = await rows(
    tx,
    sql<{ currency: string; subscriptions: number; seconds: bigint; worth: bigint }>`
      select currency, count(*)::int as subscriptions, sum(seconds)::bigint as seconds, sum(worth_minor)::bigint as worth
      from compensations where business_id = current_business() and incident_id = ${incidentId} group by 1 order by 1`,
  )
  const { customers } = await one(
    tx,
    sql<{
      customers: number
    }>`select count(distinct customer_id)::int as customers from compensations where business_id = current_business() and incident_id = ${incidentId}`,
  )
  return {
    subscriptions: found.reduce((sum, each) => sum + each.subscriptions, 0),
    customers,
    seconds: Number(found.reduce((sum, each) => sum + each.seconds, 0n)),
    worth: found.map(({ currency, worth }) => ({ currency, minor: worth })),
  }
}
