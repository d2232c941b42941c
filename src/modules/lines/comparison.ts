/** What the steps of a comparison share: what is compared, and how what was found is kept. */
import type { ListedLine } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { rows, run, sql, type Tx, table } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Instant, Term } from '#platform/time.ts'
import type { DifferenceSettings } from './difference-settings.ts'
import type { OpenPanel } from './panels.ts'
import type { Reconciliation } from './reconciliations.ts'
import { type Finding, type Kept, lineNamedBy, type Powers } from './rules/compare-listing.ts'

export type Comparison = {
  shop: Shop
  opened: OpenPanel
  reconciliation: Reconciliation
  powers: Powers
  settings: DifferenceSettings
  /** Waits until the panel may be asked again. */
  pace: () => Promise<void>
}

type KeptRow = Omit<Kept, 'price'> & { minor: bigint | null; currency: string; unit: Term['unit']; count: number }

/** What a listing is compared with. The price is what was agreed for the next term. */
const keptColumns = sql`l.id, l.username, l.kind <> 'line' as box, case when l.box is not null then l.mac end as "coupledMac", l.remote_id as "remoteId", l.wanted, l.wanted_until as "wantedUntil", l.paid_until as "paidUntil", least(l.connections, coalesce(l.restricted_to, l.connections)) as connections,
  (l.done_revision = l.revision and l.next_try_at is null and not l.needs_review) as quiet, l.found_at as "foundAt", s.asleep_since is not null as asleep,
  s.price_minor as minor, s.currency, s.term_unit as unit, s.term_count as count`

const keptOf = ({ minor, currency, unit, count, ...line }: KeptRow): Kept => ({
  ...line,
  price: minor === null ? null : { minor, currency, term: { unit, count } },
})

/** Lines of a panel by id, or those that are served now by their very name. `panelOwner`: whose panel it is, where it is another's. */
export async function keptLines(
  tx: Tx,
  panelId: string,
  { ids, names }: { ids: readonly string[]; names: readonly string[] },
  panelOwner: string | null = null,
): Promise<Kept[]> {
  const owner = sql`coalesce(${panelOwner}, current_business())`
  const found = await rows(
    tx,
    sql<KeptRow>`select ${keptColumns} from lines l left join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id
      where l.business_id = current_business() and l.panel_business_id = ${owner} and l.panel_id = ${panelId} and l.id = any (${ids}::text[])
      union
      select ${keptColumns} from lines l left join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id
      where l.business_id = current_business() and l.panel_business_id = ${owner} and l.panel_id = ${panelId} and l.wanted in ('active', 'suspended')
        and l.username_key = any (${names.map((name) => name.toLowerCase())}::text[]) and l.username = any (${names}::text[])`,
  )
  return found.map(keptOf)
}

/**
 * Which of the rows are plainly as they should be, told by the database alone: nearly all of them on any day, and of these nothing has to be
 * fetched. It says yes only where `compareLine` finds nothing (a test holds them together); what it says no to is compared there. The lines
 * of a page are found in one walk along their key, and put beside the page at once: a full join is never done row by row, whatever the
 * database believes about the length of a page. A page travels as one text per column, which costs both sides a fraction of an array.
 */
export async function plainlyInStep(
  tx: Tx,
  panelId: string,
  listed: readonly ListedLine[],
  { absolute }: Powers,
  at: Instant,
): Promise<ReadonlySet<ListedLine>> {
  const serving = listed.flatMap(servingOf)
  if (serving.length === 0) return new Set()
  const texts = (of: (row: Serving) => string) => textsOf(serving.map(of))
  const numbers = (of: (row: Serving) => number) => `{${serving.map(of).join(',')}}`
  const others = await rows(
    tx,
    sql<{ n: number }>`with r as materialized (
      select n::int as n, id, ref, username, to_timestamp(expires_ms / 1000) as expires_at, connections from unnest(
        ${texts(({ id }) => id)}, ${texts(({ row }) => row.ref)}, ${texts(({ row }) => row.username)}, ${numbers(({ expiresMs }) => expiresMs)}::float8[],
        ${numbers(({ row }) => row.maxConnections)}::bigint[]) with ordinality as listed (id, ref, username, expires_ms, connections, n)), kept as materialized (
      select id, remote_id, username, wanted_until, least(connections, coalesce(restricted_to, connections)) as connections from lines
      where business_id = current_business() and id = any ((select array_agg(id) from r)::text[]) and panel_business_id = current_business() and panel_id = ${panelId}
        and kind = 'line' and wanted = 'active' and wanted_until > ${at} and done_revision = revision and next_try_at is null and not needs_review and (found_at is null or found_at <= ${at}))
      select r.n from r full join kept k on k.id = r.id and k.remote_id = r.ref and k.username = r.username and r.expires_at > ${at}
        and (not ${absolute}::boolean or (r.expires_at between k.wanted_until - interval '1 minute' and k.wanted_until + interval '1 minute' and r.connections = k.connections))
      where k.id is null`,
  )
  const differing = new Set(others.map(({ n }) => n - 1))
  return new Set(serving.flatMap(({ row }, n) => (differing.has(n) ? [] : [row])))
}

/** Stands between the values of a text; what holds it itself is compared by the rule. */
const cut = '\n'

/** Many texts as one parameter. None of them holds a line break, and they are not one empty text alone. */
export const textsOf = (texts: readonly string[]) => sql`string_to_array(${texts.join(cut)}, ${cut})`

type Serving = { row: ListedLine; id: string; expiresMs: number }

/** Somebody can watch, and the marker names a line. Whole milliseconds, rounded down, as the rule counts them. */
function servingOf(row: ListedLine): Serving[] {
  const id = lineNamedBy(row.marker)
  if (id === null || !row.enabled || row.banned || row.expiresAt === null) return []
  if (id.includes(cut) || row.ref.includes(cut) || row.username.includes(cut)) return []
  return [{ row, id, expiresMs: row.expiresAt.epochMilliseconds }]
}

/** Each difference is kept once: seen again it is only brought up to date, and what was accepted is open again when it changed. */
export async function keepFindings(
  tx: Tx,
  { shop, opened, reconciliation }: Pick<Comparison, 'shop' | 'opened' | 'reconciliation'>,
  findings: readonly Finding[],
  now: Instant,
): Promise<void> {
  if (findings.length === 0) return
  const once = [...new Map(findings.map((each) => [`${each.kind}/${each.subject}`, each])).values()]
  await run(
    tx,
    sql`insert into differences as d (business_id, id, panel_business_id, panel_id, kind, subject, line_id, remote_id, username, shape, found, wanted, can_mend, safe, hidden, currency, value_minor, state,
        first_seen_at, last_seen_at, reconciliation_id, created_at)
      select ${shop.businessId}, f.id, ${opened.owner.businessId}, ${opened.row.id}, f.kind, f.subject, f.line_id, f.remote_id, f.username, f.shape, f.found, f.wanted, f.can_mend, f.safe, f.hidden, f.currency, f.value_minor, 'open',
        ${now}, ${now}, ${reconciliation.id}, ${now}
      from ${table('f', once, [
        ['id', 'text', () => newId('dif', shop.app.clock)],
        ['kind', 'text', ({ kind }) => kind],
        ['subject', 'text', ({ subject }) => subject],
        ['line_id', 'text', ({ lineId }) => lineId],
        ['remote_id', 'text', ({ remoteId }) => remoteId],
        ['username', 'text', ({ username }) => username],
        ['shape', 'text', ({ shape }) => shape],
        ['found', 'jsonb', ({ found }) => found],
        ['wanted', 'jsonb', ({ wanted }) => wanted],
        ['can_mend', 'boolean', ({ canMend }) => canMend],
        ['safe', 'boolean', ({ safe }) => safe],
        ['hidden', 'boolean', ({ hidden }) => hidden === true],
        ['currency', 'text', ({ value }) => value?.currency ?? null],
        ['value_minor', 'bigint', ({ value }) => value?.minor ?? null],
      ])}
      on conflict (business_id, panel_id, kind, subject) where closed_at is null do update set
        line_id = excluded.line_id, remote_id = excluded.remote_id, username = excluded.username, shape = excluded.shape, found = excluded.found, wanted = excluded.wanted, can_mend = excluded.can_mend,
        safe = excluded.safe, hidden = excluded.hidden, currency = excluded.currency, value_minor = excluded.value_minor, last_seen_at = excluded.last_seen_at, reconciliation_id = excluded.reconciliation_id,
        state = case when d.state = 'accepted' and d.shape <> excluded.shape or d.state = 'mending' then 'open' else d.state end,
        reason = case when d.state = 'accepted' and d.shape <> excluded.shape or d.state = 'mending' then null else d.reason end,
        decided_by = case when d.state = 'accepted' and d.shape <> excluded.shape or d.state = 'mending' then null else d.decided_by end,
        decided_at = case when d.state = 'accepted' and d.shape <> excluded.shape or d.state = 'mending' then null else d.decided_at end`,
  )
}

export const forgetPages = (tx: Tx, reconciliationId: string): Promise<number> =>
  run(
    tx,
    sql`delete from reconciliation_pages where business_id = current_business() and reconciliation_id = ${reconciliationId}`,
  )
