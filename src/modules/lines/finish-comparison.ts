/**
 * The end of a comparison. A listing that is suddenly short is not believed; what a believed one left out is looked up line by line; what
 * was not seen any more is closed; and what is plainly ours, safe and allowed is set right through the reconciler of lines.
 */
import type { RawBuilder } from 'kysely'
import { isBoxAlone } from '#adapters/panels/pairs.ts'
import { isOurLine, type ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { one, rows, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'
import { type Comparison, forgetPages, keepFindings, keptLines } from './comparison.ts'
import { type Digest, isDue, isSettled, leftOutOf, settledOf } from './digest.ts'
import { leaseSeconds } from './jobs.ts'
import { lookAgainAt, nextComparisonAfter, planComparison } from './panel-checks.ts'
import { formerLoginsOf, passwordOf } from './passwords.ts'
import { lineColumns } from './queries.ts'
import { oldestRead } from './read-sample.ts'
import { differenceTotals, type Reconciliation, readReconciliation } from './reconciliations.ts'
import {
  absent,
  boxSeen,
  compareWhole,
  doubtOf,
  duplicate,
  type Kept,
  mostMended,
  type Stray,
} from './rules/compare-listing.ts'
import { boxOf, deviceOf, type Line } from './rules.ts'
import { lookAtLines } from './want-line.ts'

const lookUpsAtOnce = 50
/** Lines that have another number on the panel now are looked at in such portions. */
const mostMoved = 1_000

const pagesOf = ({ reconciliation }: Comparison) =>
  sql`reconciliation_pages where business_id = current_business() and reconciliation_id = ${reconciliation.id}`

/**
 * Of our lines, those that the panel should have, and what its listing left out of them. `boxless`: the login was listed, and the box that goes
 * with it was not. What was looked up by itself since was seen. By `in`, which is hashed: a join or a look-up per line takes minutes for 100,000.
 */
const expected = (comparison: Comparison) => sql`
  seen as materialized (select unnest(lines) as id from ${pagesOf(comparison)}),
  boxes as materialized (select unnest(boxes) as box from ${pagesOf(comparison)}),
  strays as materialized (select stray->>'lineId' as id from reconciliation_pages, jsonb_array_elements(strays) stray
    where business_id = current_business() and reconciliation_id = ${comparison.reconciliation.id}),
  left_out as materialized (select unnest(left_out) as id from ${pagesOf(comparison)}),
  unseen as materialized (select id from left_out where id not in (select id from seen))`

/** Lines that no page showed, and that nobody has looked up since. */
const missing = (comparison: Comparison) =>
  sql`select l.id, l.wanted from lines l where ${isSettled(comparison)} and ${isDue(comparison)} and l.id = any (array(select id from unseen)) and l.id not in (select id from strays)`

/** Lines that were sold with a box and were listed; with the word by which a page tells of the box. */
const boxed = (comparison: Comparison) =>
  sql`select l.id, l.id || ' ' || l.mac as box from lines l where ${isSettled(comparison)} and ${isDue(comparison)} and l.box is not null and l.wanted = 'active'
    and l.wanted_until > ${comparison.reconciliation.startedAt} and l.id not in (select id from unseen)`

/** False: the listing is not believed, and the comparison is over. What we removed ourselves since the last listing, after lines had moved away, is not missed. */
export async function believe(comparison: Comparison, digest: Digest): Promise<boolean> {
  const { shop, opened, reconciliation } = comparison
  return transaction(shop, 'weigh-listing', async (tx) => {
    // Helpers would hand each line over to this one process, which keeps what was seen: that takes longer than the walk.
    await run(tx, sql`set local max_parallel_workers_per_gather = 0`)
    await run(
      tx,
      sql`insert into reconciliation_pages (business_id, reconciliation_id, page, lines, strays, left_out)
        select current_business(), ${reconciliation.id}, coalesce(max(page), 0) + 1, '{}', '[]', ${leftOutOf(comparison, digest)} from ${pagesOf(comparison)}`,
    )
    const told = await one<{
      missing: number
      boxes: number
      missingBoxes: number
      listed: number
      lastListed: number | null
    }>(
      tx,
      sql`with ${expected(comparison)} select (select count(*)::int from (${missing(comparison)}) m) as missing, b.boxes, b."missingBoxes",
        (select listed from reconciliations where business_id = current_business() and id = ${reconciliation.id}) as listed,
        (select greatest(0, r.listed - leftovers_gone(r.panel_id, r.started_at))
          from reconciliations r where r.business_id = current_business() and r.panel_id = ${opened.row.id} and r.state = 'done' order by r.created_at desc, r.id desc limit 1) as "lastListed"
        from (${digest.withBoxes ? sql`select count(*)::int as boxes, (count(*) filter (where box not in (select box from boxes)))::int as "missingBoxes" from (${boxed(comparison)}) b` : sql`select 0 as boxes, 0 as "missingBoxes"`}) b`,
    )
    await run(
      tx,
      sql`update reconciliations set expected = coalesce(expected, ${digest.expected}), missing = coalesce(missing, ${told.missing}), missing_boxes = coalesce(missing_boxes, ${told.missingBoxes}), oldest_read_at = ${digest.oldestReadAt} where business_id = current_business() and id = ${reconciliation.id}`,
    )
    const doubt = reconciliation.trustsLess ? null : doubtOf({ ...told, expected: digest.expected })
    if (doubt !== null) await endInDoubt(tx, comparison, doubt, shop.now())
    return doubt === null
  })
}

async function endInDoubt(tx: Tx, comparison: Comparison, doubt: string, now: Instant): Promise<void> {
  const { shop, opened, reconciliation, settings } = comparison
  await run(
    tx,
    sql`update reconciliations set state = 'doubtful', stage = 'over', last_error = ${doubt}, finished_at = ${now} where business_id = current_business() and id = ${reconciliation.id}`,
  )
  await forgetPages(tx, reconciliation.id)
  await planComparison(tx, opened.row.id, nextComparisonAfter(now, settings.every_hours), now)
  await raise(
    tx,
    shop,
    {
      kind: 'panel_listing_doubtful',
      subjectType: 'panel',
      subjectId: opened.row.id,
      title: `${opened.row.name} listed far fewer lines than it should have`,
      detail: `${doubt} Nothing was concluded from it. If the panel really lost them, say so on its page.`,
      severity: 'bad',
    },
    now,
  )
}

/** What a believed listing left out of paid lines is looked up, each by itself: only a look-up that found nothing says that nothing is there. */
export const lookUpMissing = (comparison: Comparison): Promise<void> =>
  lookUpEach(
    comparison,
    ({ missing }) => missing,
    sql`select m.id from (${missing(comparison)}) m where m.wanted = 'active'`,
    lookUp,
  )

/** A believed listing had the login and not the box. */
export const boxless = (comparison: Comparison) =>
  sql`select b.id from (${boxed(comparison)}) b where b.box not in (select box from boxes)`

/** Those that are meant, and that no difference of this comparison tells of yet. `some`: how many the listing left out; 0: nobody is asked. */
export async function lookUpEach(
  comparison: Comparison,
  some: (reconciliation: Reconciliation) => number | null,
  meant: RawBuilder<unknown>,
  lookUpOne: (comparison: Comparison, line: Line) => Promise<void>,
): Promise<void> {
  const { shop, reconciliation } = comparison
  const counted = await transaction(shop, 'read-missing', (tx) => readReconciliation(tx, reconciliation.id))
  while (some(counted) !== 0) {
    const lines = await transaction(shop, 'read-missing', (tx) => nextOf(tx, comparison, meant))
    if (lines.length === 0) return
    for (const line of lines) await lookUpOne(comparison, line)
  }
}

const nextOf = (tx: Tx, comparison: Comparison, meant: RawBuilder<unknown>): Promise<Line[]> =>
  rows(
    tx,
    sql<Line>`with ${expected(comparison)}
      select ${lineColumns} from lines where business_id = current_business() and id in (select e.id from (${meant}) e
        where not exists (select from differences d where d.business_id = current_business() and d.line_id = e.id and d.reconciliation_id = ${comparison.reconciliation.id}))
      order by id limit ${lookUpsAtOnce}`,
  )

async function lookUp(comparison: Comparison, line: Line): Promise<void> {
  const { shop, opened, reconciliation, powers, pace } = comparison
  await pace()
  const at = shop.now()
  const found = await findOurs(comparison, line)
  await transaction(shop, 'save-look-up', async (tx) => {
    const [kept] = await keptLines(tx, opened.row.id, { ids: [line.id], names: [] })
    if (kept === undefined) return
    const moved = found !== null && found.ref !== line.remoteId
    const finding = found === null ? absent(kept, powers, at) : compareWhole(found, kept, powers, at)
    // What the reconciler took up meanwhile is its own affair, and is not looked up again.
    if (found === null ? kept.quiet : finding !== null)
      await keepFindings(tx, comparison, finding === null ? [] : [finding], at)
    else await noteSeen(tx, reconciliation.id, line)
    if (moved && finding === null) await lookAtLines(tx, [line.id], at)
    await lookAgainAt(tx, opened.row.id, plusSeconds(at, leaseSeconds))
  })
}

export async function findOurs({ shop, opened }: Comparison, line: Line): Promise<ListedLine | null> {
  const password = passwordOf(shop, line)
  const owner = {
    username: line.username,
    marker: line.marker,
    password,
    former: formerLoginsOf(shop, line),
    device: deviceOf(line),
    box: boxOf(line),
  }
  crashPoint('look-up-line:before')
  try {
    const known = line.remoteId === null ? null : await opened.panel.readLine(line.remoteId, owner)
    if (known !== null && isOurLine(known, owner)) return known
    const named = await opened.panel.findLine(
      owner.username,
      owner.marker,
      password,
      owner.former,
      owner.device,
      owner.box,
    )
    return named !== null && isOurLine(named, owner) && !isBoxAlone(named) ? named : null
  } catch (error) {
    // Several lines of this name, and none of them ours.
    if (error instanceof ProviderError && error.kind === 'rejected') return null
    throw error
  }
}

/** It was looked up by itself, and its box with it. */
export function noteSeen(tx: Tx, reconciliationId: string, line: Pick<Line, 'id' | 'mac'>): Promise<number> {
  const boxes = line.mac === null ? [] : [boxSeen(line.id, line.mac)]
  return run(
    tx,
    sql`insert into reconciliation_pages (business_id, reconciliation_id, page, lines, boxes, strays)
      select current_business(), ${reconciliationId}, coalesce(max(page), 0) + 1, array[${line.id}::text], ${boxes}::text[], '[]'::jsonb from reconciliation_pages
      where business_id = current_business() and reconciliation_id = ${reconciliationId}`,
  )
}

export async function finishComparison(comparison: Comparison): Promise<void> {
  const { shop, opened, reconciliation, settings } = comparison
  const now = shop.now()
  const panelId = opened.row.id
  await transaction(shop, 'finish-comparison', async (tx) => {
    await keepStrays(tx, comparison, now)
    await closeGone(tx, comparison, now)
    const { expected: ours } = await readReconciliation(tx, reconciliation.id)
    const { mended, parked } = await mend(tx, comparison, ours ?? 0, now)
    await forgetPages(tx, reconciliation.id)
    const differing = (await differenceTotals(tx, panelId)).reduce((sum, { count }) => sum + count, 0)
    await run(
      tx,
      sql`update reconciliations set state = 'done', stage = 'over', differing = ${differing}, mended = ${mended}, oldest_read_at = coalesce(case when sampled = 0 then oldest_read_at end, (${oldestRead(panelId)})), last_error = null, finished_at = ${now}
        where business_id = current_business() and id = ${reconciliation.id}`,
    )
    await planComparison(tx, panelId, nextComparisonAfter(now, settings.every_hours), now)
    await settle(tx, 'panel_not_compared', panelId, 'system', now)
    await settle(tx, 'panel_listing_doubtful', panelId, 'system', now)
    await tellOf(tx, comparison, { differing, parked }, now)
    await record(tx, shop, now, {
      type: 'panel.compared',
      subjectType: 'panel',
      subjectId: panelId,
      data: { reconciliation: reconciliation.id, differing, mended },
    })
  })
}

/** Beside the line's own row: a duplicate. Without it: the line has another number now, and the reconciler learns it. */
async function keepStrays(tx: Tx, comparison: Comparison, now: Instant): Promise<void> {
  const found = await rows(
    tx,
    sql<{ stray: Stray; named: boolean }>`with ${expected(comparison)}
      select stray, exists (select from seen where seen.id = stray->>'lineId') as named from reconciliation_pages, jsonb_array_elements(strays) stray
      where business_id = current_business() and reconciliation_id = ${comparison.reconciliation.id}`,
  )
  const unnamed = found.flatMap(({ stray, named }) => (named ? [] : [stray.lineId]))
  const lines = await keptLines(tx, comparison.opened.row.id, { ids: unnamed, names: [] })
  const settled = await settledOf(tx, comparison, lines)
  const isDoubled = ({ stray, named }: (typeof found)[number]) => named || settled.has(stray.lineId)
  const strays = (doubled: boolean) => found.flatMap((each) => (isDoubled(each) === doubled ? [each.stray] : []))
  await keepDoubles(tx, comparison, strays(true), now)
  const moved = strays(false).map(({ lineId }) => lineId)
  await lookAtLines(tx, [...new Set(moved)].slice(0, mostMoved), now)
}

export async function keepDoubles(
  tx: Tx,
  comparison: Comparison,
  strays: readonly Stray[],
  now: Instant,
): Promise<void> {
  const { opened, powers } = comparison
  const ids = strays.map(({ lineId }) => lineId)
  const lines = await keptLines(tx, opened.row.id, { ids, names: [] }, opened.owner.businessId)
  const byId = new Map<string, Kept>(lines.map((line) => [line.id, line]))
  const doubles = strays.flatMap((stray) => {
    const line = byId.get(stray.lineId)
    return line === undefined ? [] : [duplicate(stray, line, powers)]
  })
  await keepFindings(tx, comparison, doubles, now)
}

/** Of a line that the reconciler is at just now nothing was concluded; of a listing that was broken off, a row may have slipped through. */
export const closeGone = (tx: Tx, { opened, reconciliation }: Comparison, now: Instant): Promise<number> =>
  run(
    tx,
    sql`update differences d set state = 'closed', closed_at = ${now}, closed_because = case when state = 'mending' then 'mended' else 'gone' end
      where d.business_id = current_business() and d.panel_id = ${opened.row.id} and d.closed_at is null and d.reconciliation_id <> ${reconciliation.id}
        and (d.kind not in ('orphan', 'duplicate') or ${reconciliation.breaks === 0})
        and (not d.hidden or not exists (select from lines l where l.business_id = d.business_id and l.id = d.line_id and l.panel_id = d.panel_id and l.wanted = 'active'
          and coalesce(greatest(l.found_at, l.read_at), '-infinity') < ${reconciliation.startedAt}))
        and not exists (select from lines l where l.business_id = d.business_id and l.id = d.line_id and d.kind <> 'duplicate'
          and l.wanted <> 'none' and (l.done_revision < l.revision or l.next_try_at is not null or l.needs_review))`,
  )

/** Nothing at all when it would be too many: then a person is asked first. */
export async function mend(
  tx: Tx,
  { opened, reconciliation, settings }: Comparison,
  ours: number,
  now: Instant,
): Promise<{ mended: number; parked: number }> {
  const lines = await rows(
    tx,
    sql<{
      id: string
      lineId: string
    }>`select id, line_id as "lineId" from differences where business_id = current_business() and panel_id = ${opened.row.id} and state = 'open'
      and reconciliation_id = ${reconciliation.id} and safe and kind = any (${settings.mends}::text[]) order by id for update`,
  )
  if (lines.length > mostMended(ours)) return { mended: 0, parked: lines.length }
  await run(
    tx,
    sql`update differences set state = 'mending', decided_by = 'system', decided_at = ${now}
      where business_id = current_business() and id = any (${lines.map(({ id }) => id)}::text[])`,
  )
  await lookAtLines(
    tx,
    lines.map(({ lineId }) => lineId),
    now,
  )
  return { mended: lines.length, parked: 0 }
}

/** Once per panel, and again only when something new has come. */
async function tellOf(
  tx: Tx,
  { shop, opened, reconciliation }: Comparison,
  { differing, parked }: { differing: number; parked: number },
  now: Instant,
): Promise<void> {
  const { id: panelId, name } = opened.row
  if (differing === 0) {
    await settle(tx, 'panel_differs', panelId, 'system', now)
    return
  }
  const fresh = await rows(
    tx,
    sql`select from differences where business_id = current_business() and panel_id = ${panelId} and state = 'open' and first_seen_at >= ${reconciliation.startedAt} limit 1`,
  )
  if (fresh.length === 0) return
  await raise(
    tx,
    shop,
    {
      kind: 'panel_differs',
      subjectType: 'panel',
      subjectId: panelId,
      title:
        differing === 1
          ? `${name} differs from what we keep in one line`
          : `${name} differs from what we keep in ${differing} lines`,
      detail:
        parked === 0
          ? ''
          : `${parked} of them would be set right by themselves. That is more than usual, so nothing was done: please look first.`,
      severity: parked === 0 ? 'warn' : 'bad',
    },
    now,
  )
}
