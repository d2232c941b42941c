/** Incidents: a panel that does not answer (noticed by the breaker), and what a person declared for a panel or a product. Reading only. */
import { asked, type Batch, maybe, rows, sql, type Tx, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { type Instant, isAfter } from '#platform/time.ts'

/** How much time is given for an outage. Rounded up to `roundTo`; below `leastMinutes` nothing; hours are the most of one incident, and of one customer in a calendar month. */
export type CompensationRule = {
  roundTo: 'minute' | 'hour' | 'day'
  leastMinutes: number
  mostHours: number
  mostHoursMonth: number
}

export const roundings = ['minute', 'hour', 'day'] as const satisfies readonly CompensationRule['roundTo'][]

/** Whole hours for what lasted half an hour or longer; never more than three days at once, nor than a week in a month. */
export const standardRule: CompensationRule = { roundTo: 'hour', leastMinutes: 30, mostHours: 72, mostHoursMonth: 168 }

export const decisions = ['compensate', 'waive', 'withdraw'] as const

/** What a person declared. `ends` null: nobody knows yet. */
export type Incident = CompensationRule & {
  id: string
  panelId: string | null
  productId: string | null
  /** Name of the panel or product. */
  target: string
  name: string
  sentence: string
  starts: Instant
  ends: Instant | null
  declaredAt: Instant
  declaredBy: string
  decision: (typeof decisions)[number] | null
  decidedAt: Instant | null
  decidedBy: string | null
  tells: boolean
  doneThrough: string | null
  finishedAt: Instant | null
  nextLookAt: Instant | null
  createdAt: Instant
  version: number
}

export const incidentStates = [
  'planned',
  'running',
  'over',
  'compensating',
  'compensated',
  'waived',
  'withdrawn',
] as const
export type IncidentState = (typeof incidentStates)[number]

/** `over`: it has ended and nobody has decided yet what is given for it. */
export function stateOf(
  incident: Pick<Incident, 'starts' | 'ends' | 'decision' | 'finishedAt'>,
  now: Instant,
): IncidentState {
  if (incident.decision === 'withdraw') return 'withdrawn'
  if (incident.decision === 'waive') return 'waived'
  if (incident.decision === 'compensate') return incident.finishedAt === null ? 'compensating' : 'compensated'
  if (isAfter(incident.starts, now)) return 'planned'
  return incident.ends === null || isAfter(incident.ends, now) ? 'running' : 'over'
}

const columns = sql`i.id, i.panel_id as "panelId", i.product_id as "productId", coalesce(pa.name, pr.name) as target, i.name, i.sentence, i.opened_at as starts,
  i.closed_at as ends, i.round_to as "roundTo", i.least_minutes as "leastMinutes", i.most_hours as "mostHours", i.most_hours_month as "mostHoursMonth",
  i.declared_at as "declaredAt", i.declared_by as "declaredBy", i.decision, i.decided_at as "decidedAt", i.decided_by as "decidedBy", i.tells,
  i.done_through as "doneThrough", i.finished_at as "finishedAt", i.next_look_at as "nextLookAt", i.declared_at as "createdAt", i.version`

const declared = sql`incidents i
  left join panels pa on pa.business_id = i.business_id and pa.id = i.panel_id
  left join products pr on pr.business_id = i.business_id and pr.id = i.product_id
  where i.business_id = current_business() and i.kind = 'declared'`

export const findIncident = (tx: Tx, id: string): Promise<Incident | null> =>
  maybe(tx, sql<Incident>`select ${columns} from ${declared} and i.id = ${id}`)

export async function readIncident(tx: Tx, id: string): Promise<Incident> {
  const found = await findIncident(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such incident.')
  return found
}

/** For whoever changes it; the row is held until the commit. */
export async function lockIncident(tx: Tx, id: string): Promise<Incident> {
  const found = await maybe(tx, sql<Incident>`select ${columns} from ${declared} and i.id = ${id} for update of i`)
  if (found === null) throw new Refusal('not_found', 'There is no such incident.')
  return found
}

/** Newest first. `open`: only those that nobody has decided about. */
export const listIncidents = (tx: Tx, filter: { open?: boolean | undefined }, page: Page): Promise<Incident[]> =>
  rowsOfPage(
    tx,
    sql<Incident>`select * from (select ${columns}, i.declared_at as created_at from ${declared}
      and (not ${filter.open ?? false}::boolean or i.decision is null)) found where true`,
    page,
  )

/** What everybody may read: declared, not withdrawn, begun, and not over for longer than `days`. Running ones first. */
export const publicIncidents = (
  tx: Tx,
  now: Instant,
  days: number,
): Promise<Pick<Incident, 'id' | 'sentence' | 'starts' | 'ends' | 'decision'>[]> =>
  rows(
    tx,
    sql<Pick<Incident, 'id' | 'sentence' | 'starts' | 'ends' | 'decision'>>`
      select id, sentence, opened_at as starts, closed_at as ends, decision from incidents
      where business_id = current_business() and kind = 'declared' and decision is distinct from 'withdraw' and opened_at <= ${now}
        and (closed_at is null or closed_at > ${now.subtract({ hours: days * 24 })})
      order by (closed_at is null or closed_at > ${now}) desc, opened_at desc limit 20`,
  )

/** What keeps a line from being watched: `name` null for a panel that does not answer, `ends` null while nobody knows. */
export type Trouble = { name: string | null; starts: Instant; ends: Instant | null }

/** Whether incident `i` reaches subscription `s` with line `l` and plan `p`. A line lives on a panel of its business here. */
export const reaches = sql`((i.panel_id = l.panel_id and l.panel_business_id = i.business_id) or i.product_id = p.product_id)`

const troubled = sql`incidents i
  join subscriptions s on s.business_id = i.business_id
  join lines l on l.business_id = s.business_id and l.subscription_id = s.id
  join plans p on p.business_id = s.business_id and p.id = s.plan_id
  where i.business_id = current_business() and i.decision is distinct from 'withdraw' and ${reaches}`

/** What troubles a subscription at `now`; the one that lasts longest. */
export async function troubleOf(tx: Tx, subscriptionId: string, now: Instant): Promise<Trouble | null> {
  const [found] = await asked(tx, troubles, { id: subscriptionId, now })
  return found === undefined ? null : { name: found.name, starts: found.starts, ends: found.ends }
}

const troubles: Batch<{ id: string; now: Instant }, Trouble & { id: string }> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many: (asking) => sql`select w.id, t.name, t.starts, t.ends
    from ${table('w', asking, [
      ['id', 'text', ({ id }) => id],
      ['by_now', 'timestamptz', ({ now }) => now],
    ])}
    cross join lateral (select i.name, i.opened_at as starts, i.closed_at as ends from ${troubled}
      and s.id = w.id and i.opened_at <= w.by_now and (i.closed_at is null or i.closed_at > w.by_now)
      order by i.closed_at desc nulls first limit 1) t`,
}

/** What troubles subscriptions at `from` or, as far as it is known, later: by subscription, in order. */
export async function troublesFrom(tx: Tx, from: Instant, subscriptionId?: string): Promise<Map<string, Trouble[]>> {
  const found = await rows(
    tx,
    sql<Trouble & { id: string }>`select s.id, i.name, i.opened_at as starts, i.closed_at as ends from ${troubled}
      and (i.closed_at is null or i.closed_at > ${from}) and (${subscriptionId ?? null}::text is null or s.id = ${subscriptionId ?? null})
      order by i.opened_at`,
  )
  const all = new Map<string, Trouble[]>()
  for (const { id, ...trouble } of found) all.set(id, [...(all.get(id) ?? []), trouble])
  return all
}

/** Sentences for a customer whose lines are troubled now. */
export const troublesOfCustomer = (
  tx: Tx,
  customerId: string,
  now: Instant,
): Promise<Pick<Incident, 'id' | 'sentence' | 'starts' | 'ends'>[]> =>
  rows(
    tx,
    sql<
      Pick<Incident, 'id' | 'sentence' | 'starts' | 'ends'>
    >`select distinct i.id, i.sentence, i.opened_at as starts, i.closed_at as ends from ${troubled}
      and s.customer_id = ${customerId} and i.kind = 'declared' and s.status not in ('pending', 'terminated')
      and i.opened_at <= ${now} and (i.closed_at is null or i.closed_at > ${now}) order by i.opened_at`,
  )
