/**
 * The rotating sample of a comparison: a listing carries neither passwords nor bouquets, so with each comparison a share of the lines is read
 * whole, those first that were read longest ago, so many that all are within the days that the settings name. It only looks: what differs is
 * kept as any other difference. A panel that fails meanwhile ends it for this time, and nothing more.
 */
import type { FoundLine, LineSpec } from '#adapters/panels/panel.ts'
import { isOurLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { one, rows, run, sql, type Tx, together } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { type Instant, plusHours, plusSeconds } from '#platform/time.ts'
import { type Comparison, keepFindings, keptLines } from './comparison.ts'
import { leaseSeconds } from './jobs.ts'
import { specOf } from './look-ahead.ts'
import { lookAgainAt } from './panel-checks.ts'
import { lineColumns } from './queries.ts'
import { differencesOf } from './reconcile-line.ts'
import { readReconciliation } from './reconciliations.ts'
import { compareHidden, compareWhole, type Finding, type Kept } from './rules/compare-listing.ts'
import { sampleSize } from './rules/sample-size.ts'
import type { Line } from './rules.ts'

/** One commit for so many. */
const atOnce = 20

/** When a line was last read whole, by whomever. */
export const wholeAt = sql`coalesce(greatest(l.found_at, l.read_at), '-infinity')`

/** Lines whose whole row there can be judged: paid, in step as far as we know, and nobody is at them. */
const readable = (
  panelId: string,
) => sql`l.business_id = current_business() and l.panel_business_id = current_business() and l.panel_id = ${panelId} and l.wanted = 'active'
  and l.remote_id is not null and l.done_revision = l.revision and l.next_try_at is null and not l.needs_review`

/** The line of a panel that was read longest ago, when. A walk through all of them: where nothing was read since the listing was weighed, it is known from there. */
export const oldestRead = (panelId: string) =>
  sql`select nullif(min(${wholeAt}), '-infinity') from lines l where ${readable(panelId)}`

export async function readSample(comparison: Comparison): Promise<void> {
  const { shop, opened, reconciliation, settings } = comparison
  if (settings.read_days === 0) return
  const size = sampleSize(await transaction(shop, 'count-readable', (tx) => countReadable(tx, opened.row.id)), settings)
  try {
    for (;;) {
      const lines = await transaction(shop, 'read-sample', (tx) => nextOfSample(tx, comparison, size))
      if (lines.length === 0) return
      await readLines(comparison, lines)
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    shop.app.log.info('a sample ended early', {
      panel: comparison.opened.row.id,
      reconciliation: reconciliation.id,
      error,
    })
  }
}

async function countReadable(tx: Tx, panelId: string): Promise<number> {
  const found = await one<{ count: number }>(
    tx,
    sql`select count(*)::int as count from lines l where ${readable(panelId)}`,
  )
  return found.count
}

/** What was found by reading whole is read again each time, since no listing tells when it is gone. */
async function nextOfSample(tx: Tx, { opened, reconciliation, settings }: Comparison, size: number): Promise<Line[]> {
  const { startedAt } = reconciliation
  const kinds = ['line', ...(opened.kind.capabilities.devices ?? [])]
  const { sampled } = await readReconciliation(tx, reconciliation.id)
  const left = size - sampled
  const due = plusHours(startedAt, -settings.read_days * 12)
  return rows(
    tx,
    sql<Line>`select ${lineColumns} from lines where business_id = current_business() and id in (
      (select l.id from lines l join differences d on d.business_id = l.business_id and d.line_id = l.id and d.hidden and d.closed_at is null and d.panel_id = l.panel_id
        where ${readable(opened.row.id)} and ${wholeAt} < ${startedAt} order by l.id limit ${atOnce})
      union
      (select l.id from lines l where ${readable(opened.row.id)} and l.kind = any (${kinds}::text[]) and ${wholeAt} < ${due} order by ${wholeAt}, l.id limit ${Math.max(0, Math.min(atOnce, left))}))`,
  )
}

type Read = { line: Line; found: FoundLine | null; fields: string[]; at: Instant }

async function readLines(comparison: Comparison, lines: readonly Line[]): Promise<void> {
  const { shop, opened, reconciliation, pace } = comparison
  const all: Read[] = []
  let broken: ProviderError | null = null
  for (const line of lines) {
    await pace()
    crashPoint('read-whole:before')
    try {
      all.push(await readWhole(comparison, line))
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      broken = error
      break
    }
  }
  await transaction(shop, 'save-sample', async (tx) => {
    const now = shop.now()
    const kept = await keptLines(tx, opened.row.id, { ids: all.map(({ line }) => line.id), names: [] })
    const byId = new Map<string, Kept>(kept.map((line) => [line.id, line]))
    const findings = all.flatMap((read) => judge(comparison, read, byId.get(read.line.id)) ?? [])
    await together([
      run(
        tx,
        sql`update lines set read_at = ${now} where business_id = current_business() and panel_id = ${opened.row.id} and id = any (${all.map(({ line }) => line.id)}::text[])`,
      ),
      run(
        tx,
        sql`update reconciliations set sampled = sampled + ${all.length} where business_id = current_business() and id = ${reconciliation.id}`,
      ),
      lookAgainAt(tx, opened.row.id, plusSeconds(now, leaseSeconds)),
      keepFindings(tx, comparison, findings, now),
    ])
  })
  if (broken !== null) throw broken
}

type Opened = Comparison['opened']

async function readWhole({ shop, opened }: Comparison, line: Line): Promise<Read> {
  const at = shop.now()
  const spec = specOf(shop, line)
  const found = await readOurs(opened.panel, line, spec)
  return { line, found, fields: found === null ? [] : await hiddenFields(opened, spec, found), at }
}

/** Null also for what is not ours any more under its number: the next listing tells of that. */
async function readOurs(panel: Opened['panel'], line: Line, spec: LineSpec): Promise<FoundLine | null> {
  try {
    const found = await panel.readLine(line.remoteId ?? '', spec)
    return found !== null && isOurLine(found, spec) ? found : null
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'rejected') return null
    throw error
  }
}

/** What differs of that which no listing carries. A panel with a word of its own on what differs has the last one on the password, too. */
async function hiddenFields({ panel, kind }: Opened, spec: LineSpec, found: FoundLine): Promise<string[]> {
  const differing = await differencesOf(panel, spec, found)
  const shown = spec.device === undefined && kind.capabilities.hidesPassword !== true
  const other =
    panel.differences === undefined ? shown && found.password !== spec.password : differing.includes('password')
  return [
    ...(differing.includes('bouquets') ? [`bouquets=${[...found.bouquets].sort((a, b) => a - b).join(',')}`] : []),
    ...(differing.includes('package') ? [`package=${found.packageId ?? ''}`] : []),
    ...(other ? ['password'] : []),
  ]
}

/** What a listing would tell of it counts first. */
function judge({ powers }: Comparison, { found, fields, at }: Read, kept: Kept | undefined): Finding | null {
  if (found === null || kept === undefined || !kept.quiet || kept.remoteId !== found.ref) return null
  return compareWhole(found, kept, powers, at) ?? compareHidden(found, kept, fields, powers)
}
