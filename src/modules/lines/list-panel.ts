/**
 * Goes through what a panel lists, page by page, and one page is fetched while the one before is compared. Each page is one commit that
 * says how far it got, so that a killed comparison goes on behind it; nothing grows with the number of lines. What a listing leaves out is
 * unknown, never gone: see `finish-comparison.ts`.
 */
import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { json, rows, run, sql, type Tx, together } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { comparePageForSellers, type Sold } from './compare-for-sellers.ts'
import { type Comparison, forgetPages, keepFindings, keptLines, plainlyInStep } from './comparison.ts'
import { leaseSeconds } from './jobs.ts'
import { lookAgainAt } from './panel-checks.ts'
import { boxSeen, type Compared, comparePage, type Left, leftToClear, lineNamedBy } from './rules/compare-listing.ts'

export async function comparePages(comparison: Comparison): Promise<void> {
  const { shop, opened, reconciliation, pace } = comparison
  const { listLines } = opened.panel
  assert(listLines !== undefined, `${opened.kind.kind} lists its lines`)
  const known = opened.kind.capabilities.canResumeList === true ? reconciliation : await fromTheStart(comparison)
  const pages = listLines(known.listed)[Symbol.asyncIterator]()
  const pull = async () => {
    await pace()
    const at = shop.now()
    crashPoint('panel-listLines:before')
    const next = await pages.next()
    crashPoint('panel-listLines:after')
    return next.done === true ? null : { rows: next.value, at }
  }
  let coming = pull()
  for (let number = known.pages + 1; ; number++) {
    const page = await coming
    if (page === null) break
    coming = pull()
    coming.catch(() => {}) // Told when its turn comes.
    const sold = await comparePageForSellers(comparison, page.rows, page.at)
    await transaction(shop, 'save-page', (tx) => savePage(tx, comparison, { ...page, number }, sold))
  }
  await transaction(shop, 'end-listing', (tx) =>
    run(
      tx,
      sql`update reconciliations set stage = 'missing' where business_id = current_business() and id = ${reconciliation.id} and state = 'running'`,
    ),
  )
}

/** A panel that cannot go on in the middle is listed anew; what the pages before found is found again. */
async function fromTheStart({ shop, reconciliation }: Comparison): Promise<{ pages: number; listed: number }> {
  if (reconciliation.pages === 0) return reconciliation
  await transaction(shop, 'list-anew', async (tx) => {
    await forgetPages(tx, reconciliation.id)
    await run(
      tx,
      sql`update reconciliations set pages = 0, listed = 0 where business_id = current_business() and id = ${reconciliation.id}`,
    )
  })
  return { pages: 0, listed: 0 }
}

type ListedPage = { rows: readonly ListedLine[]; at: Instant; number: number }

/** What of a page is known: our lines, those of other sellers, and what moved lines left. */
async function knownOf(tx: Tx, panelId: string, listed: readonly ListedLine[]) {
  const ids = listed.flatMap(({ marker }) => lineNamedBy(marker) ?? [])
  const names = listed.flatMap(({ marker, username }) => (marker === null ? [username] : []))
  const [kept, others, left] = await together([
    keptLines(tx, panelId, { ids, names }),
    linesOfOthers(tx, panelId, ids, names),
    leftHere(tx, panelId, ids, names),
  ])
  const known = {
    ids: new Set([...others.ids, ...left.map(({ lineId }) => lineId)]),
    names: new Set([...others.names, ...left.map(({ username }) => username)]),
  }
  return { kept, known, left }
}

/** Rows of a page that are nobody's here. */
export async function strangersOf(tx: Tx, panelId: string, listed: readonly ListedLine[]): Promise<ListedLine[]> {
  const { kept, known } = await knownOf(tx, panelId, listed)
  const mine = (row: ListedLine) =>
    row.marker === null
      ? kept.some(({ username }) => username === row.username)
      : kept.some(({ id }) => id === lineNamedBy(row.marker))
  const theirs = (row: ListedLine) =>
    row.marker === null ? known.names.has(row.username) : known.ids.has(lineNamedBy(row.marker) ?? '')
  return listed.filter((row) => !mine(row) && !theirs(row))
}

async function savePage(
  tx: Tx,
  comparison: Comparison,
  { rows: listed, at, number }: ListedPage,
  sold: Sold,
): Promise<void> {
  const { shop, opened, reconciliation, powers } = comparison
  const panelId = opened.row.id
  const inStep = await plainlyInStep(tx, panelId, listed, powers, at)
  const { compared, toClear } = await compareRest(
    tx,
    comparison,
    listed.filter((row) => !inStep.has(row)),
    at,
  )
  const seen = [...[...inStep].flatMap(({ marker }) => lineNamedBy(marker) ?? []), ...compared.seen, ...sold.seen]
  const boxes = [...[...inStep].flatMap(boxesOf), ...compared.boxes, ...sold.boxes]
  const now = shop.now()
  await together([
    clearAgain(tx, toClear, now),
    run(
      tx,
      sql`insert into reconciliation_pages (business_id, reconciliation_id, page, lines, boxes, strays)
        values (${shop.businessId}, ${reconciliation.id}, ${number}, ${seen}, ${boxes}, ${json([...compared.strays, ...sold.strays])})`,
    ),
    run(
      tx,
      sql`update reconciliations set pages = ${number}, listed = listed + ${listed.length} where business_id = current_business() and id = ${reconciliation.id}`,
    ),
    lookAgainAt(tx, panelId, plusSeconds(now, leaseSeconds)),
    keepFindings(tx, comparison, compared.findings, now),
  ])
}

/** Of a row that is plainly in step: on some panels login and address are one row. */
function boxesOf({ marker, mac }: ListedLine): string[] {
  const lineId = lineNamedBy(marker)
  return lineId === null || mac == null ? [] : [boxSeen(lineId, mac)]
}

async function compareRest(
  tx: Tx,
  { opened, powers }: Comparison,
  rest: readonly ListedLine[],
  at: Instant,
): Promise<{ compared: Compared; toClear: readonly string[] }> {
  const { kept, known, left } = await knownOf(tx, opened.row.id, rest)
  return { compared: comparePage(rest, kept, known, powers, at), toClear: leftToClear(rest, left, at) }
}

async function linesOfOthers(tx: Tx, panelId: string, ids: readonly string[], names: readonly string[]) {
  const found = await rows(
    tx,
    sql<{
      id: string
      username: string
    }>`select id, username from lines_of_others(${panelId}, ${names}::text[], ${ids}::text[])`,
  )
  return { ids: new Set(found.map(({ id }) => id)), names: new Set(found.map(({ username }) => username)) }
}

/** What moved lines left on this panel. By name alone only as long as it is looked after: later the name may be anybody's. */
const leftHere = (tx: Tx, panelId: string, ids: readonly string[], names: readonly string[]): Promise<Left[]> =>
  rows(
    tx,
    sql<Left>`select id, line_id as "lineId", username, state from line_leftovers
      where business_id = current_business() and panel_id = ${panelId}
        and (line_id = any (${ids}::text[]) or (username = any (${names}::text[]) and state in ('on', 'off')))`,
  )

/** It was off, or gone, or nobody waited for it any more, and somebody could watch by it: it is cleared once more. */
const clearAgain = (tx: Tx, leftovers: readonly string[], now: Instant): Promise<number> =>
  run(
    tx,
    sql`update line_leftovers set state = 'on', tries = 0, next_try_at = ${now}, gone_at = null
      where business_id = current_business() and id = any (${leftovers}::text[]) and state <> 'on'`,
  )
