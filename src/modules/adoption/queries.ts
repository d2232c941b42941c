/** All reading of adoptions. */
import type { PanelPackage } from '#adapters/panels/panel.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import type { LineKind } from '../catalog/plans.ts'
import { leaseSeconds } from '../lines/jobs.ts'
import type { StoredFound } from '../lines/rules.ts'
import type { adoptionLineStates, adoptionStates, PlanThere, Reason } from './rules.ts'

export type Adoption = {
  id: string
  panelId: string
  panelName: string
  source: 'panel' | 'file' | 'line'
  planId: string | null
  state: (typeof adoptionStates)[number]
  listed: boolean
  tries: number
  lastError: string | null
  nextLookAt: Instant | null
  lookedAt: Instant | null
  createdAt: Instant
  createdBy: string
  version: number
}

const adoptionColumns = sql`a.id, a.panel_id as "panelId", p.name as "panelName", a.source, a.plan_id as "planId", a.state, a.listed, a.tries, a.last_error as "lastError",
  a.next_look_at as "nextLookAt", a.looked_at as "lookedAt", a.created_at as "createdAt", a.created_by as "createdBy", a.version, a.created_at`
const adoptions = sql`adoptions a join panels p on p.business_id = a.business_id and p.id = a.panel_id where a.business_id = current_business()`

export async function readAdoption(tx: Tx, id: string, lock = false): Promise<Adoption> {
  const found = await maybe(
    tx,
    sql<Adoption>`select ${adoptionColumns} from ${adoptions} and a.id = ${id} ${lock ? sql`for update of a` : sql``}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such adoption.')
  return found
}

/** Newest first. */
export const listAdoptions = (tx: Tx, panelId: string | null, page: Page): Promise<Adoption[]> =>
  rowsOfPage(
    tx,
    sql<Adoption>`select * from (select ${adoptionColumns} from ${adoptions} and (${panelId}::text is null or a.panel_id = ${panelId})) found where true`,
    page,
  )

/** Who is at it says that he is: nobody else takes it up meanwhile. */
export const keepAdoption = (tx: Tx, id: string, now: Instant): Promise<number> =>
  run(
    tx,
    sql`update adoptions set next_look_at = ${plusSeconds(now, leaseSeconds)} where business_id = current_business() and id = ${id} and next_look_at is not null`,
  )

export type AdoptionLine = {
  id: string
  adoptionId: string
  state: (typeof adoptionLineStates)[number]
  because: Reason | null
  username: string
  remoteId: string | null
  lineId: string
  /** Sealed, as the line's. */
  password: string | null
  email: string | null
  notes: string | null
  kind: LineKind | null
  mac: string | null
  expiresAt: Instant | null
  package: PanelPackage | null
  found: (StoredFound & { wantedConnections: number }) | null
  readAt: Instant | null
  planId: string | null
  byHand: boolean
  customerId: string | null
  madeCustomer: boolean
  subscriptionId: string | null
  /** Whether its subscription still sleeps; null before it was adopted. */
  asleep: boolean | null
  createdAt: Instant
}

const lineColumns = sql`r.id, r.adoption_id as "adoptionId", r.state, r.because, r.username, r.remote_id as "remoteId", r.line_id as "lineId", r.password, r.email, r.notes, r.kind, r.mac,
  r.expires_at as "expiresAt", r.package, r.found, r.read_at as "readAt", r.plan_id as "planId", r.by_hand as "byHand", r.customer_id as "customerId", r.made_customer as "madeCustomer",
  r.subscription_id as "subscriptionId", (select s.asleep_since is not null from subscriptions s where s.business_id = r.business_id and s.id = r.subscription_id) as asleep, r.created_at as "createdAt"`

/** Locked, by id, for the next step. */
export const nextLines = (tx: Tx, adoptionId: string, state: AdoptionLine['state'], most: number) =>
  rows(
    tx,
    sql<AdoptionLine>`select ${lineColumns} from adoption_lines r where r.business_id = current_business() and r.adoption_id = ${adoptionId} and r.state = ${state}
      order by r.id limit ${most} for update of r`,
  )

export async function readAdoptionLine(tx: Tx, id: string, lock = false): Promise<AdoptionLine> {
  const found = await maybe(
    tx,
    sql<AdoptionLine>`select ${lineColumns} from adoption_lines r where r.business_id = current_business() and r.id = ${id} ${lock ? sql`for update of r` : sql``}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such line to adopt.')
  return found
}

export const listAdoptionLines = (
  tx: Tx,
  adoptionId: string,
  filter: { state?: string | undefined; because?: string | undefined },
  page: Page,
): Promise<AdoptionLine[]> =>
  rowsOfPage(
    tx,
    sql<AdoptionLine>`select * from (select ${lineColumns}, r.created_at from adoption_lines r where r.business_id = current_business() and r.adoption_id = ${adoptionId}
      and (${filter.state ?? null}::text is null or r.state = ${filter.state ?? null}) and (${filter.because ?? null}::text is null or r.because = ${filter.because ?? null})) found where true`,
    page,
  )

export type AdoptionCounts = {
  unread: number
  fits: number
  waits: number
  adopted: number
  undone: number
  /** Of those adopted, who still sleep. */
  asleep: number
  /** Of those that fit or were adopted, how many get a customer record that is there already. */
  matched: number
  reasons: Partial<Record<Reason, number>>
  /** By plan, of those that fit or were adopted. */
  plans: Record<string, number>
}

export async function countsOf(tx: Tx, id: string): Promise<AdoptionCounts> {
  const found = await rows(
    tx,
    sql<{
      state: AdoptionLine['state']
      because: Reason | null
      planId: string | null
      matched: number
      asleep: number
      count: number
    }>`select r.state, r.because, r.plan_id as "planId", count(*)::int as count, count(s.id)::int as asleep,
        count(*) filter (where r.customer_id is not null and not r.made_customer)::int as matched
      from adoption_lines r left join subscriptions s on s.business_id = r.business_id and s.id = r.subscription_id and s.asleep_since is not null
      where r.business_id = current_business() and r.adoption_id = ${id} group by 1, 2, 3`,
  )
  const counts: AdoptionCounts = {
    ...{ unread: 0, fits: 0, waits: 0, adopted: 0, undone: 0, asleep: 0, matched: 0 },
    reasons: {},
    plans: {},
  }
  for (const { state, because, planId, count, asleep, matched } of found) {
    counts[state] += count
    counts.asleep += asleep
    if (because !== null) counts.reasons[because] = (counts.reasons[because] ?? 0) + count
    if (state !== 'fits' && state !== 'adopted') continue
    counts.matched += matched
    if (planId !== null) counts.plans[planId] = (counts.plans[planId] ?? 0) + count
  }
  return counts
}

/** Plans that lines of a panel may be of: those that go on, of products that are mapped to it. */
export const plansOn = (tx: Tx, panelId: string, currency: string): Promise<PlanThere[]> =>
  rows(
    tx,
    sql<PlanThere>`select p.id as "planId", d.line_kind as kind, d.connections, m.package->>'packageId' as "packageId", coalesce(m.package->'bouquets', '[]') as bouquets,
        exists (select from plan_prices x where x.business_id = p.business_id and x.plan_id = p.id and x.currency = ${currency}) as priced
      from product_panels m join products d on d.business_id = m.business_id and d.id = m.product_id join plans p on p.business_id = d.business_id and p.product_id = d.id
      where m.business_id = current_business() and m.panel_business_id = m.business_id and m.panel_id = ${panelId} and p.active and p.renewable and not p.trial and d.box is null
      order by p.position, p.id`,
  ).then((found) => found.map((each) => ({ ...each, packageId: each.packageId ?? undefined })))

/** Subscriptions that still sleep, of one adoption or of all that a panel has. */
export const sleepers = (
  tx: Tx,
  of: { adoptionId: string } | { panelId: string },
  most: number,
): Promise<{ id: string }[]> =>
  rows(
    tx,
    'adoptionId' in of
      ? sql<{
          id: string
        }>`select s.id from adoption_lines r join subscriptions s on s.business_id = r.business_id and s.id = r.subscription_id
          where r.business_id = current_business() and r.adoption_id = ${of.adoptionId} and s.asleep_since is not null order by s.id limit ${most}`
      : sql<{
          id: string
        }>`select s.id from lines l join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id
          where l.business_id = current_business() and l.panel_business_id = l.business_id and l.panel_id = ${of.panelId} and l.adopted_at is not null and s.asleep_since is not null
          order by s.id limit ${most}`,
  )
