/** Which panel a new line of a product goes to: the facts for `rules/route.ts`, and the place that an order holds there. */
import { rows, run, sql, type Tx } from '#platform/db.ts'
import type { Instant } from '#platform/time.ts'
import { type Barrier, barrierOf, isWorkedOn, type Routed, type RoutePanel, roomOf, route } from './rules/route.ts'

export type PanelChoice = {
  businessId: string
  id: string
  package: { packageId?: string; bouquets: number[] }
  routed: Routed
}

export type Candidate = RoutePanel & { businessId: string; package: PanelChoice['package'] }

/** `taken`: of a panel of the parent, places that anybody has. */
type Found = Omit<Candidate, 'used' | 'workedOn'> & {
  workStarts: Instant | null
  workEnds: Instant | null
  taken: number | null
}

/** The panels that a product is mapped to, as routing sees them at `now`; without it none counts as worked on. */
const candidatesOf = async (tx: Tx, productId: string, now: Instant | null): Promise<Candidate[]> =>
  counted(tx, await mappedPanels(tx, productId), now)

const mappedPanels = (tx: Tx, productId: string): Promise<Found[]> =>
  rows(
    tx,
    // A panel of another business is asked about only where the mapping names one.
    sql<Found>`select m.panel_business_id as "businessId", m.panel_id as id, m.package, m.position, p.name, p.capacity, p.reserved, p.weight, p.drained,
        p.countries, p.tested_at is not null as tested, p.health in ('down', 'auth_failed') as sick, p.work_starts_at as "workStarts", p.work_ends_at as "workEnds", null::int as taken
      from product_panels m join panels p on p.business_id = m.panel_business_id and p.id = m.panel_id
      where m.business_id = current_business() and m.product_id = ${productId}
      union all
      select m.panel_business_id, m.panel_id, m.package, m.position, p.name, p.capacity, p.reserved, p.weight, p.drained,
        p.countries, p.tested, p.sick, p.work_starts, p.work_ends, p.taken
      from product_panels m cross join lateral shared_panel(m.panel_business_id, m.panel_id) p
      where m.business_id = current_business() and m.product_id = ${productId} and m.panel_business_id <> current_business()
      order by position, id`,
  )

/** Counting costs with every line sold, so it is done only where there is something to weigh, or where somebody wants to see it. */
async function counted(
  tx: Tx,
  found: readonly Found[],
  now: Instant | null,
  weighs = found.length > 1 || found.some(({ capacity }) => capacity !== null),
): Promise<Candidate[]> {
  const used = weighs ? await placesTaken(tx) : new Map<string, number>()
  return found.map(({ workStarts, workEnds, taken, ...each }) => ({
    ...each,
    used: taken ?? used.get(each.id) ?? 0,
    workedOn: now !== null && isWorkedOn({ workStarts, workEnds }, now),
  }))
}

/** By panel: lines that are there, or on their way there, and places that open orders hold, those of resellers among them. */
export async function placesTaken(tx: Tx): Promise<Map<string, number>> {
  const found = await rows(
    tx,
    sql<{ id: string; used: number }>`select id, count(*)::int as used from (
        select panel_id as id from lines
        where business_id = current_business() and (wanted in ('active', 'suspended') or (wanted = 'none' and holds_place))
        union all select to_panel_id from line_moves where business_id = current_business() and state = 'waiting') taken group by id
      union all select panel_id, used from places_of_others()`,
  )
  const taken = new Map<string, number>()
  for (const { id, used } of found) taken.set(id, (taken.get(id) ?? 0) + used)
  return taken
}

export type Asked = { productId: string; country: string | null }

/** The panel a new line of this product goes to, and why. Null: it maps to none that can take it, so the plan cannot be sold. */
export const choosePanel = async (tx: Tx, { productId, country }: Asked, now: Instant): Promise<PanelChoice | null> =>
  choiceOf(await candidatesOf(tx, productId, now), country)

function choiceOf(candidates: readonly Candidate[], country: string | null): PanelChoice | null {
  const { chosen, because, panels } = route(candidates, country)
  const best = candidates.find(({ id }) => id === chosen)
  if (best === undefined || because === null) return null
  const { businessId, id, package: given } = best
  return { businessId, id, package: given, routed: { by: 'rule', because, country, panels } }
}

/**
 * As `choosePanel`, for an order that takes the place: where places are counted, orders of a business are decided one after the other, so
 * that two at once never get the last one. The lock ends with the transaction.
 */
export async function takePlace(tx: Tx, asked: Asked, now: Instant): Promise<PanelChoice | null> {
  const mapped = await mappedPanels(tx, asked.productId)
  if (mapped.every(({ capacity }) => capacity === null)) return choiceOf(await counted(tx, mapped, now), asked.country)
  await rows(tx, sql`select pg_advisory_xact_lock(hashtextextended('places/' || current_business(), 0))`)
  return choosePanel(tx, asked, now)
}

/**
 * Where a line goes that is there and must leave `from`. Kept places are for this, and a line that goes `to` a panel that staff named needs
 * only its package there. Null: none can take it. The lock of `takePlace`.
 */
export async function takePlaceElsewhere(
  tx: Tx,
  {
    owner,
    from,
    to,
    never,
    ...asked
  }: Asked & {
    owner: string
    from: string
    to: string | null
    /** Panels that are never taken. */
    never: ReadonlySet<string>
  },
  now: Instant,
): Promise<string | null> {
  // Places on a supplier's panels are taken one after the other by all who sell there.
  await rows(tx, sql`select pg_advisory_xact_lock(hashtextextended('places/' || ${owner}::text, 0))`)
  const candidates = (await candidatesOf(tx, asked.productId, now)).filter(
    ({ id, businessId }) => id !== from && businessId === owner && !never.has(id),
  )
  if (to === null)
    return route(
      candidates.map((panel) => ({ ...panel, reserved: 0 })),
      asked.country,
    ).chosen
  const named = candidates.find(({ id }) => id === to)
  if (named === undefined) return null
  const room = roomOf({ ...named, reserved: 0 })
  return room === null || room > 0 ? to : null
}

/** Where an order would go at `now`, and why: `route` with names and numbers. */
export async function previewRoute(tx: Tx, productId: string, country: string | null, now: Instant) {
  const candidates = await counted(tx, await mappedPanels(tx, productId), now, true)
  const { panels, ...decided } = route(candidates, country)
  const of = new Map(candidates.map((each) => [each.id, each]))
  return {
    ...decided,
    panels: panels.flatMap(({ id, standing }) => {
      const panel = of.get(id)
      if (panel === undefined) return []
      const room = roomOf(panel)
      const { name, capacity, reserved, countries, weight } = panel
      const counted = { used: panel.used, room: room === null ? null : Math.max(0, room) }
      return [{ id, standing, name, capacity, reserved, countries, weight, ...counted }]
    }),
  }
}

/** Whether the product could be delivered now: the check behind every "buy" button (S2-08). Where the buyer's country is not known it bars nothing. */
export const canBeDelivered = async (tx: Tx, productId: string, country: string | null = null): Promise<boolean> =>
  (await barredPanels(tx, productId, country)).includes(null)

/** What keeps each mapped panel from a sale; null: nothing. Whose places are not bounded is never full, so nothing has to be counted for it. */
export async function barredPanels(tx: Tx, productId: string, country: string | null): Promise<(Barrier | null)[]> {
  const mapped = await mappedPanels(tx, productId)
  const bounded = mapped.some(({ capacity }) => capacity !== null)
  return (await counted(tx, mapped, null, bounded)).map((panel) => barrierOf(panel, country))
}

/** Its order was given up: the place is free for others. */
export const letPlaceGo = (tx: Tx, subscriptionId: string): Promise<number> =>
  run(
    tx,
    sql`update lines set holds_place = false where business_id = current_business() and subscription_id = ${subscriptionId} and wanted = 'none' and holds_place`,
  )

/** An order that was given up goes on after all: it has its place again, where there still is one. The lock of `takePlace`. */
export async function takePlaceAgain(
  tx: Tx,
  { productId, panelId, subscriptionId }: { productId: string; panelId: string; subscriptionId: string },
  now: Instant,
): Promise<boolean> {
  await rows(tx, sql`select pg_advisory_xact_lock(hashtextextended('places/' || current_business(), 0))`)
  const panel = (await candidatesOf(tx, productId, now)).find(({ id }) => id === panelId)
  if (panel === undefined || barrierOf(panel, null) !== null) return false
  await run(
    tx,
    sql`update lines set holds_place = true where business_id = current_business() and subscription_id = ${subscriptionId} and wanted = 'none'`,
  )
  return true
}
