/**
 * Goes through what a panel lists, page by page, and one page is fetched while the one before is compared. Each page is one commit that
 * says how far it got, so that a killed comparison goes on behind it; nothing grows with the number of lines. What a listing leaves out is
 * unknown, never gone: see `finish-comparison.ts`.
 */
import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { executed, json, rows, run, sql, type Tx, together } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import {
  comparePageForSellers,
  type LineOfSeller,
  linesOfSellers,
  type RowsOfSeller,
  rowsOfSellers,
  type Sold,
} from './compare-for-sellers.ts'
import { type Comparison, forgetPages, keepFindings, keptLines, plainlyInStep, textsOf } from './comparison.ts'
import { type Digest, type Settled, seeLines, settle, takeDigest } from './digest.ts'
import { leaseSeconds } from './jobs.ts'
import { lookAgainAt } from './panel-checks.ts'
import { boxSeen, comparePage, type Kept, type Left, leftToClear, lineNamedBy } from './rules/compare-listing.ts'

export async function comparePages(comparison: Comparison): Promise<Digest> {
  const { shop, opened, reconciliation, powers } = comparison
  const known = opened.kind.capabilities.canResumeList === true ? reconciliation : await fromTheStart(comparison)
  const next = pagesAhead(comparison, known.listed)
  const digest = await takeDigest(comparison)
  for (let number = known.pages + 1; ; number++) {
    const page = await next()
    if (page === null) break
    const kept = await keepPage(comparison, { ...page, ...settle(digest, powers, page.rows, page.at), number })
    seeLines(digest, powers, kept)
  }
  await transaction(shop, 'end-listing', (tx) =>
    run(
      tx,
      sql`update reconciliations set stage = 'missing' where business_id = current_business() and id = ${reconciliation.id} and state = 'running'`,
    ),
  )
  return digest
}

type PulledPage = { rows: readonly ListedLine[]; at: Instant }

/** So many rows wait at most: what a panel lists while the digest is taken. */
const mostAhead = 15_000

/** Pages in their order, fetched one after the other while those before are compared. A failure is told when its turn comes. */
function pagesAhead({ shop, opened, pace }: Comparison, skip: number): () => Promise<PulledPage | null> {
  const { listLines } = opened.panel
  assert(listLines !== undefined, `${opened.kind.kind} lists its lines`)
  const pages = listLines(skip)[Symbol.asyncIterator]()
  const pull = async (): Promise<PulledPage | null> => {
    await pace()
    const at = shop.now()
    crashPoint('panel-listLines:before')
    const next = await pages.next()
    crashPoint('panel-listLines:after')
    return next.done === true ? null : { rows: next.value, at }
  }
  const ahead: Promise<PulledPage | null>[] = []
  let rowsAhead = 0
  let pulling = false
  const fill = () => {
    if (pulling || rowsAhead >= mostAhead) return
    pulling = true
    const coming = pull()
    ahead.push(coming)
    coming.then(
      (page) => {
        pulling = false
        if (page === null) return
        rowsAhead += page.rows.length
        fill()
      },
      () => {},
    )
  }
  fill()
  return async () => {
    const page = (await ahead.shift()) ?? null
    rowsAhead -= page?.rows.length ?? 0
    if (page !== null) fill()
    return page
  }
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

type ListedPage = PulledPage & Settled & { number: number }

/** Nearly every page is one commit. Where resellers have rows on it these are compared before, each in his own business. Answers with what was seen besides what was settled. */
async function keepPage(comparison: Comparison, page: ListedPage): Promise<readonly Kept[]> {
  const save = (sorted?: Sorted) =>
    transaction(comparison.shop, 'save-page', (tx) => savePage(tx, comparison, page, sorted))
  const first = await save()
  if ('seen' in first) return first.seen
  const sold = await comparePageForSellers(comparison, first.sellers, page.at)
  const second = await save({ inStep: first.inStep, sold })
  return 'seen' in second ? second.seen : []
}

type Known = {
  kept: readonly Kept[]
  known: { ids: ReadonlySet<string>; names: ReadonlySet<string> }
  left: readonly Left[]
  others: readonly LineOfSeller[]
}

const nothingKnown: Known = { kept: [], known: { ids: new Set(), names: new Set() }, left: [], others: [] }

/** What of a page is known: our lines, those of other sellers, and what moved lines left. */
async function knownOf(tx: Tx, panelId: string, listed: readonly ListedLine[]): Promise<Known> {
  const ids = listed.flatMap(({ marker }) => lineNamedBy(marker) ?? [])
  const names = listed.flatMap(({ marker, username }) => (marker === null ? [username] : []))
  const [kept, others, left] = await together([
    keptLines(tx, panelId, { ids, names }),
    linesOfSellers(tx, panelId, { ids, names }),
    leftHere(tx, panelId, ids, names),
  ])
  const known = {
    ids: new Set([...others.map(({ id }) => id), ...left.map(({ lineId }) => lineId)]),
    names: new Set([...others.map(({ username }) => username), ...left.map(({ username }) => username)]),
  }
  return { kept, known, left, others }
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

/** What was told in a commit before: which rows are plainly in step, and what resellers' own comparisons saw. */
type Sorted = { inStep: ReadonlySet<ListedLine>; sold: Sold }

/** So few rows are looked at by the rule itself. */
const fewRows = 100

/** `sellers`: nothing was saved yet, since rows of these resellers are to be compared first. */
async function savePage(
  tx: Tx,
  comparison: Comparison,
  { rows: listed, keys, inStep: settled, rest: unsettled, at, number }: ListedPage,
  sorted: Sorted | undefined,
): Promise<{ seen: readonly Kept[] } | { inStep: ReadonlySet<ListedLine>; sellers: readonly RowsOfSeller[] }> {
  const { shop, opened, reconciliation, powers } = comparison
  const panelId = opened.row.id
  // Pages that a crash takes with it are listed again: a page does not wait for the disk, the end of the listing does.
  executed(tx, 'set local synchronous_commit = off').catch(() => {}) // Its failure fails the next statement too.
  const inStep =
    sorted?.inStep ?? (unsettled.length <= fewRows ? noRows : await plainlyInStep(tx, panelId, unsettled, powers, at))
  const rest = unsettled.filter((row) => !inStep.has(row))
  const { kept, known, left, others } = rest.length === 0 ? nothingKnown : await knownOf(tx, panelId, rest)
  if (sorted === undefined && others.length > 0) return { inStep, sellers: rowsOfSellers(others, rest) }
  const sold = sorted?.sold ?? nothingSold
  const compared = comparePage(rest, kept, known, powers, at)
  const seen = [...[...inStep].flatMap(({ marker }) => lineNamedBy(marker) ?? []), ...compared.seen, ...sold.seen]
  const boxes = [...[...settled, ...inStep].flatMap(boxesOf), ...compared.boxes, ...sold.boxes]
  const now = shop.now()
  // They travel with the commit.
  tx.late(
    together([
      clearAgain(tx, leftToClear(rest, left, at), now),
      run(
        tx,
        sql`insert into reconciliation_pages (business_id, reconciliation_id, page, keys, lines, boxes, strays)
          values (${shop.businessId}, ${reconciliation.id}, ${number}, ${keys}, ${textsOf(seen)}, ${textsOf(boxes)}, ${json([...compared.strays, ...sold.strays])})`,
      ),
      run(
        tx,
        sql`update reconciliations set pages = ${number}, listed = listed + ${listed.length} where business_id = current_business() and id = ${reconciliation.id}`,
      ),
      lookAgainAt(tx, panelId, plusSeconds(now, leaseSeconds)),
      keepFindings(tx, comparison, compared.findings, now),
    ]),
  )
  const shown = new Set(compared.seen)
  return { seen: kept.filter(({ id }) => shown.has(id)) }
}

const noRows: ReadonlySet<ListedLine> = new Set()
const nothingSold: Sold = { seen: [], boxes: [], strays: [] }

/** Of a row that is plainly in step: on some panels login and address are one row. */
function boxesOf({ marker, mac }: ListedLine): string[] {
  const lineId = lineNamedBy(marker)
  return lineId === null || mac == null ? [] : [boxSeen(lineId, mac)]
}

/** What moved lines left on this panel. By name alone only as long as it is looked after: later the name may be anybody's. */
const leftHere = (tx: Tx, panelId: string, ids: readonly string[], names: readonly string[]): Promise<Left[]> =>
  rows(
    tx,
    sql<Left>`select id, line_id as "lineId", username, state from line_leftovers
      where business_id = current_business() and panel_id = ${panelId}
        and (line_id = any (${ids}::text[]) or (username = any (${names}::text[]) and state in ('on', 'off')))
      union all select '', line_id, username, '' from leftovers_of_sellers(${panelId}, ${names}::text[], ${ids}::text[])`,
  )

/** It was off, or gone, or nobody waited for it any more, and somebody could watch by it: it is cleared once more. */
async function clearAgain(tx: Tx, leftovers: readonly string[], now: Instant): Promise<void> {
  if (leftovers.length === 0) return
  await run(
    tx,
    sql`update line_leftovers set state = 'on', tries = 0, next_try_at = ${now}, gone_at = null
      where business_id = current_business() and id = any (${leftovers}::text[]) and state <> 'on'`,
  )
}
