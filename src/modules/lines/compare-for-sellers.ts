/**
 * Lines that resellers have on a panel, compared together with its owner's: only he can list the panel, and only each reseller may know what is
 * kept of his lines. So rows that carry somebody's name or marker are compared in his own business, one commit each, and what differs is told
 * there. The owner reads counts. Safe to repeat: a difference is one row however often it is seen.
 */
import type { ListedLine } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { raise, settle } from '../people/attention.ts'
import { openShop } from '../people/business.ts'
import { readSetting } from '../people/settings.ts'
import { type Comparison, keepFindings, keptLines } from './comparison.ts'
import { differenceSetting } from './difference-settings.ts'
import { closeGone, findOurs, keepDoubles, mend } from './finish-comparison.ts'
import { leaseSeconds } from './jobs.ts'
import { lookAgainAt } from './panel-checks.ts'
import { lineColumns } from './queries.ts'
import { absent, boxSeen, comparePage, compareWhole, lineNamedBy, type Stray } from './rules/compare-listing.ts'
import type { Line } from './rules.ts'
import { lookAtLines } from './want-line.ts'

export type Sold = { seen: readonly string[]; boxes: readonly string[]; strays: readonly Stray[] }

const nobody = { ids: new Set<string>(), names: new Set<string>() }

/** Rows of a page that carry the name or marker of a line that this reseller has there. */
export type RowsOfSeller = { businessId: string; rows: readonly ListedLine[] }
export type LineOfSeller = { id: string; username: string; businessId: string }

/** One page, for everybody who has lines on it; what was seen is saved with the page. */
export async function comparePageForSellers(
  comparison: Comparison,
  sellers: readonly RowsOfSeller[],
  at: Instant,
): Promise<Sold> {
  const sold = { seen: [] as string[], boxes: [] as string[], strays: [] as Stray[] }
  for (const { businessId, rows: theirs } of sellers) {
    const own = await inBusiness(comparison, businessId)
    if (own === null) continue
    const { seen, boxes, strays } = await transaction(own.shop, 'compare-for-reseller', async (tx) => {
      const ids = theirs.flatMap(({ marker }) => lineNamedBy(marker) ?? [])
      const names = theirs.flatMap(({ marker, username }) => (marker === null ? [username] : []))
      const kept = await keptLines(tx, own.opened.row.id, { ids, names }, own.opened.owner.businessId)
      const found = comparePage(theirs, kept, nobody, own.powers, theirTime(comparison, own.shop, at))
      await keepFindings(
        tx,
        own,
        found.findings.filter(({ kind }) => kind !== 'orphan'),
        own.shop.now(),
      )
      return found
    })
    sold.seen.push(...seen)
    sold.boxes.push(...boxes)
    sold.strays.push(...strays)
  }
  return sold
}

/** Lines that resellers have on a panel of ours, by id, or by their very name while they are served. */
export const linesOfSellers = (
  tx: Tx,
  panelId: string,
  { ids, names }: { ids: readonly string[]; names: readonly string[] },
): Promise<LineOfSeller[]> =>
  rows(
    tx,
    sql<LineOfSeller>`select id, username, business_id as "businessId" from sellers_of_lines(${panelId}, ${names}::text[], ${ids}::text[])`,
  )

export function rowsOfSellers(lines: readonly LineOfSeller[], listed: readonly ListedLine[]): RowsOfSeller[] {
  const byId = new Map(lines.map((each) => [each.id, each.businessId]))
  const byName = new Map(lines.map((each) => [each.username, each.businessId]))
  const of = (row: ListedLine) =>
    row.marker === null ? byName.get(row.username) : byId.get(lineNamedBy(row.marker) ?? '')
  const bySeller = Map.groupBy(listed, of)
  return [...bySeller].flatMap(([businessId, theirs]) =>
    businessId === undefined ? [] : [{ businessId, rows: theirs }],
  )
}

/** The same comparison, with the eyes of a reseller. Null: his business stands still, so nothing is concluded there. */
async function inBusiness(comparison: Comparison, businessId: string): Promise<Comparison | null> {
  const shop = await openShop(comparison.shop.app, businessId, 'system')
  if (shop.standstill !== null) return null
  const settings = await transaction(shop, 'read-settings', (tx) => readSetting(tx, shop, differenceSetting))
  // He cannot reach the panel, so a second row there is for its owner to remove.
  return { ...comparison, shop, settings, powers: { ...comparison.powers, canDelete: false } }
}

/** Each business has its own clock. */
const theirTime = (comparison: Comparison, theirs: Shop, at: Instant): Instant =>
  at.add(comparison.shop.now().until(theirs.now()))

/** After a listing that is believed: what was left out of a reseller's paid lines is looked up, what is gone is closed, what is safe is set right. */
export async function finishForSellers(comparison: Comparison): Promise<void> {
  const sellers = await transaction(comparison.shop, 'read-sellers', (tx) =>
    rows(
      tx,
      sql<{ id: string }>`select granted_to as id from panel_grants where business_id = current_business()
        and panel_id = ${comparison.opened.row.id} order by granted_to`,
    ),
  )
  let doubted = 0
  for (const { id } of sellers) {
    const own = await inBusiness(comparison, id)
    if (own !== null && !(await finishFor(comparison, own))) doubted += 1
  }
  if (doubted === 0) return
  await transaction(comparison.shop, 'count-doubted', (tx) =>
    run(
      tx,
      sql`update reconciliations set sellers_doubted = ${doubted} where business_id = current_business() and id = ${comparison.reconciliation.id}`,
    ),
  )
}

/** False: nothing was concluded for him, and he is told. */
async function finishFor(comparison: Comparison, own: Comparison): Promise<boolean> {
  const { shop } = own
  const expected = await transaction(shop, 'read-missing', (tx) => linesThere(tx, comparison))
  const { missing, boxless, doubles, moved } = await shownOf(comparison, expected)
  // His part of a listing may be short where the whole is not: then nothing is concluded for him, unless a person has looked.
  const leftOut = missing.size + boxless.size
  if (!comparison.reconciliation.trustsLess && leftOut > Math.max(10, expected.length / 10)) {
    await transaction(shop, 'doubt-for-reseller', (tx) => tellDoubt(tx, own, leftOut, expected.length))
    return false
  }
  for (const line of expected) {
    if (line.wanted !== 'active') continue
    if (missing.has(line.id)) await lookUp(comparison, own, line)
    else if (boxless.has(line.id)) await lookUp(comparison, own, line, { listed: true })
  }
  await transaction(shop, 'finish-for-reseller', async (tx) => {
    const now = shop.now()
    await keepDoubles(tx, own, doubles, now)
    await lookAtLines(tx, moved, now)
    await closeGone(tx, own, now)
    await mend(tx, own, expected.length, now)
    await settle(tx, doubted, own.opened.row.id, 'system', now)
  })
  return true
}

/** Of his own business: whose panel it is has heard nothing of it, since its list as a whole is as long as it should be. */
const doubted = 'supplier_listing_doubtful'

/** Until a comparison that leaves out less. The panel is his supplier's, so there is no page of it for him. */
const tellDoubt = (tx: Tx, { shop, opened }: Comparison, leftOut: number, expected: number) =>
  raise(
    tx,
    shop,
    {
      kind: doubted,
      subjectType: 'supplied_panel',
      subjectId: opened.row.id,
      title: `Your supplier’s panel listed far fewer of your lines than it should have`,
      detail: `It left out ${leftOut} of your ${expected} lines or their boxes. Nothing was concluded from it, and nothing was changed. Please ask your supplier whether they are really gone: he can have the panel compared again and say so.`,
      severity: 'bad',
    },
    shop.now(),
  )

/** Lines of a reseller that the panel should have, and at which nobody is just now. */
const linesThere = (tx: Tx, { opened, reconciliation, shop }: Comparison): Promise<Line[]> =>
  rows(
    tx,
    sql<Line>`select ${lineColumns} from lines l where l.business_id = current_business() and l.panel_business_id = ${shop.businessId} and l.panel_id = ${opened.row.id}
      and l.wanted in ('active', 'suspended') and l.remote_id is not null and l.done_revision = l.revision and l.next_try_at is null and not l.needs_review
      and l.found_at < ${reconciliation.startedAt} order by l.id`,
  )

/** What the pages showed of these lines: `missing` were on none; `boxless` were, and their boxes were not; `doubles` and `moved` were there under another number, beside their own row or instead of it. */
async function shownOf({ shop, reconciliation }: Comparison, lines: readonly Line[]) {
  const pages = sql`reconciliation_pages where business_id = current_business() and reconciliation_id = ${reconciliation.id}`
  const found = await transaction(shop, 'read-seen', (tx) =>
    rows(
      tx,
      sql<{
        id: string
        seen: boolean
        boxless: boolean
        stray: Stray | null
      }>`with asked as (select unnest(${lines.map(({ id }) => id)}::text[]) as id, unnest(${lines.map(boxKeyOf)}::text[]) as box),
        seen as materialized (select unnest(lines) as id from ${pages}),
        boxes as materialized (select unnest(boxes) as box from ${pages}),
        strays as materialized (select stray, stray->>'lineId' as id from (select jsonb_array_elements(strays) as stray from ${pages}) each)
      select a.id, a.id in (select id from seen) as seen, a.id in (select id from seen) and a.box is not null and a.box not in (select box from boxes) as boxless, s.stray from asked a left join strays s on s.id = a.id`,
    ),
  )
  return {
    missing: new Set(found.flatMap(({ id, seen, stray }) => (seen || stray !== null ? [] : [id]))),
    boxless: new Set(found.flatMap(({ id, boxless }) => (boxless ? [id] : []))),
    doubles: found.flatMap(({ seen, stray }) => (seen && stray !== null ? [stray] : [])),
    moved: found.flatMap(({ id, seen, stray }) => (!seen && stray !== null ? [id] : [])),
  }
}

const boxKeyOf = ({ id, box, mac }: Line) => (box === null || mac === null ? null : boxSeen(id, mac))

/** `listed`: its login was, so only what is found there now says anything. */
async function lookUp(comparison: Comparison, own: Comparison, line: Line, { listed = false } = {}): Promise<void> {
  await own.pace()
  const found = await findOurs(own, line)
  await transaction(own.shop, 'save-look-up-for-reseller', async (tx) => {
    const now = own.shop.now()
    const [kept] = await keptLines(tx, own.opened.row.id, { ids: [line.id], names: [] }, comparison.shop.businessId)
    if (kept === undefined || (listed && found === null)) return
    const finding = found === null ? absent(kept, own.powers, now) : compareWhole(found, kept, own.powers, now)
    if (found === null ? kept.quiet : finding !== null)
      await keepFindings(tx, own, finding === null ? [] : [finding], now)
    if (found !== null && found.ref !== line.remoteId && finding === null) await lookAtLines(tx, [line.id], now)
  })
  await transaction(comparison.shop, 'save-look-up', (tx) =>
    lookAgainAt(tx, own.opened.row.id, plusSeconds(comparison.shop.now(), leaseSeconds)),
  )
}
