/** Comparisons of a panel with what we keep, and the differences that they found: all reading of them. */
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Instant } from '#platform/time.ts'
import type { DifferenceKind, ListedFacts, WantedFacts } from './rules/compare-listing.ts'

/** `doubtful`: the listing ended well and is not believed; nothing was concluded from what it left out. */
export const reconciliationStates = ['running', 'done', 'failed', 'doubtful'] as const

export type Reconciliation = {
  id: string
  panelId: string
  /** Who wanted it; null: it was due. */
  askedBy: string | null
  trustsLess: boolean
  state: (typeof reconciliationStates)[number]
  stage: 'listing' | 'missing' | 'over'
  pages: number
  listed: number
  breaks: number
  /** How many of our lines the panel should have, and how many of them it did not list. */
  expected: number | null
  missing: number | null
  /** Of lines that it listed: how many were sold with a box, and the box was not listed. */
  missingBoxes: number | null
  differing: number | null
  mended: number | null
  /** Lines that were read whole, besides the listing. */
  sampled: number
  /** When of all paid lines there the one was read that was read longest ago; null: it never was, or there is none. */
  oldestReadAt: Instant | null
  /** Resellers of whose lines it left out so many that nothing was concluded for them. */
  sellersDoubted: number
  lastError: string | null
  startedAt: Instant
  finishedAt: Instant | null
  createdAt: Instant
}

const columns = sql`id, panel_id as "panelId", asked_by as "askedBy", trusts_less as "trustsLess", state, stage, pages, listed, breaks, expected, missing, missing_boxes as "missingBoxes", differing, mended, sampled, oldest_read_at as "oldestReadAt", sellers_doubted as "sellersDoubted",
  last_error as "lastError", started_at as "startedAt", finished_at as "finishedAt", created_at as "createdAt"`

/** Newest first. */
export const listReconciliations = (tx: Tx, panelId: string, page: Page): Promise<Reconciliation[]> =>
  rowsOfPage(
    tx,
    sql<Reconciliation>`select ${columns} from reconciliations where business_id = current_business() and panel_id = ${panelId}`,
    page,
  )

export const runningReconciliation = (tx: Tx, panelId: string): Promise<Reconciliation | null> =>
  maybe(
    tx,
    sql<Reconciliation>`select ${columns} from reconciliations where business_id = current_business() and panel_id = ${panelId} and state = 'running' for update`,
  )

export async function readReconciliation(tx: Tx, id: string): Promise<Reconciliation> {
  const found = await maybe(
    tx,
    sql<Reconciliation>`select ${columns} from reconciliations where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such comparison.')
  return found
}

/** When a panel is compared next by itself; null: never. */
export const nextComparison = async (tx: Tx, panelId: string): Promise<Instant | null> =>
  (
    await maybe(
      tx,
      sql<{
        at: Instant | null
      }>`select compare_at as at from panel_checks where business_id = current_business() and panel_id = ${panelId}`,
    )
  )?.at ?? null

export const differenceStates = ['open', 'mending', 'accepted', 'ignored', 'closed'] as const

export type Difference = {
  id: string
  panelId: string
  kind: DifferenceKind
  lineId: string | null
  remoteId: string | null
  username: string
  /** `absent`, `box_absent`, `plays`, or the fields that differ: `expires_at=… connections=5`. */
  shape: string
  found: ListedFacts | null
  wanted: WantedFacts | null
  canMend: boolean
  /** No listing shows it: it was found by reading the line whole. */
  hidden: boolean
  currency: string | null
  valueMinor: bigint | null
  state: (typeof differenceStates)[number]
  reason: string | null
  decidedBy: string | null
  decidedAt: Instant | null
  firstSeenAt: Instant
  lastSeenAt: Instant
  closedAt: Instant | null
  closedBecause: 'gone' | 'mended' | 'adopted' | 'removed' | null
  createdAt: Instant
}

const differenceColumns = sql`id, panel_id as "panelId", kind, line_id as "lineId", remote_id as "remoteId", username, shape, found, wanted, can_mend as "canMend", hidden, currency, value_minor as "valueMinor",
  state, reason, decided_by as "decidedBy", decided_at as "decidedAt", first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", closed_at as "closedAt", closed_because as "closedBecause",
  created_at as "createdAt"`

export type DifferenceFilter = {
  kind?: string | undefined
  state?: string | undefined
  panelId?: string | undefined
  lineId?: string | undefined
  search?: string | undefined
}

/** Newest first. */
export function listDifferences(tx: Tx, filter: DifferenceFilter, page: Page): Promise<Difference[]> {
  const pattern = filter.search ? `%${filter.search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return rowsOfPage(
    tx,
    sql<Difference>`select ${differenceColumns} from differences
      where business_id = current_business() and (${filter.kind ?? null}::text is null or kind = ${filter.kind ?? null})
        and (${filter.state ?? null}::text is null or state = ${filter.state ?? null})
        and (${filter.panelId ?? null}::text is null or panel_id = ${filter.panelId ?? null})
        and (${filter.lineId ?? null}::text is null or line_id = ${filter.lineId ?? null})
        and (${pattern}::text is null or lower(username) like ${pattern} or id = ${filter.search ?? null})`,
    page,
  )
}

export async function readDifference(tx: Tx, id: string): Promise<Difference> {
  const found = await maybe(
    tx,
    sql<Difference>`select ${differenceColumns} from differences where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such difference.')
  return found
}

/** For whoever decides about it; the row is held until the commit. */
export async function lockDifference(tx: Tx, id: string): Promise<Difference> {
  const found = await maybe(
    tx,
    sql<Difference>`select ${differenceColumns} from differences where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such difference.')
  return found
}

export type DifferenceTotal = {
  panelId: string
  kind: DifferenceKind
  currency: string | null
  count: number
  valueMinor: bigint
}

/** How many are open of lines that resellers have on a panel of ours: of what kinds, never whose. */
export const differencesOfSellers = (tx: Tx, panelId: string): Promise<{ kind: DifferenceKind; count: number }[]> =>
  rows(tx, sql<{ kind: DifferenceKind; count: number }>`select kind, count from differences_of_sellers(${panelId})`)

/** What is open, by panel, kind and currency. */
export const differenceTotals = (tx: Tx, panelId?: string): Promise<DifferenceTotal[]> =>
  rows(
    tx,
    sql<DifferenceTotal>`select panel_id as "panelId", kind, currency, count(*)::int as count, coalesce(sum(value_minor), 0)::bigint as "valueMinor" from differences
      where business_id = current_business() and closed_at is null and state = 'open' and (${panelId ?? null}::text is null or panel_id = ${panelId ?? null})
      group by 1, 2, 3 order by 1, 2, 3`,
  )
