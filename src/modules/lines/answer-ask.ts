/**
 * A media server asks whether a viewer may watch. One read by key, and an answer; while we cannot look, what was read last is told for a
 * bounded time, so that our own trouble takes nobody's picture away and gives none to who was suspended.
 */
import type { AccessAnswer, AccessAsk, AccessFacts, AsksUs } from '#adapters/panels/panel.ts'
import { type App, type Shop, single } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { equalSecrets, hmac } from '#platform/crypto.ts'
import { sql, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isId } from '#platform/ids.ts'
import { openShop } from '../people/business.ts'
import { type OpenPanel, openPanel, type PanelRow } from './panels.ts'

/** As the address names it: `/access/<business>/<panel>/<secret>`. */
export type AccessDoor = { businessId: string; panelId: string; secret: string }

/** Longer than this a viewer does not wait: then what is known is told. */
const patienceMs = 1_500
const noteEveryMs = 60_000
/** Of one process, the longest unasked forgotten first. A row is about 200 bytes. */
const mostKept = 200_000

type Door = { opened: OpenPanel; asksUs: AsksUs<unknown>; secret: string }
type Memory = {
  doors: Map<string, Door>
  facts: Map<string, { facts: AccessFacts; at: number }>
  counts: Map<string, { since: number; allowed: number; refused: number }>
  watching: Map<string, { since: number; viewers: Map<string, Seen> }>
}
type Viewer = { viewer: string; username: string; agent: string | null }
type Seen = Viewer & { began: Temporal.Instant; asked: Temporal.Instant }
const memories = new WeakMap<App, Memory>()

/** `unknown`: there is no such address. Never throws for trouble of our own. */
export async function answerAsk(app: App, at: AccessDoor, ask: AccessAsk): Promise<AccessAnswer | 'unknown'> {
  if (!isId('biz', at.businessId) || !isId('pan', at.panelId)) return 'unknown'
  const memory = memoryOf(app)
  const door = await openDoor(app, memory, at)
  if (door === 'nowhere' || (door !== null && !equalSecrets(door.secret, at.secret))) return 'unknown'
  if (door === null) return { status: 500, headers: {} } // Never seen, and we cannot look: the media server stays as it was.
  const { asksUs, opened } = door
  const { tokenHash, stream, viewer, agent } = asksUs.read(opened.settings, ask)
  const found = tokenHash === null ? null : await look(app, memory, door, at.panelId, tokenHash)
  const answer =
    found === 'unknown' ? asksUs.unknown : asksUs.answer(opened.settings, found, stream, opened.owner.now())
  const allowed = answer.status === 200
  note(app, memory, opened.owner, at.panelId, allowed)
  if (allowed && viewer !== null && found !== null && found !== 'unknown')
    noteViewer(app, memory, opened.owner, at.panelId, { viewer, agent, username: found.username })
  return answer
}

export type AccessState = { address: string; askedAt: Temporal.Instant | null; allowed: bigint; refused: bigint }

/** The secret address of a panel whose lines are with us, and what media servers were told there; null for all others. */
export async function accessState(
  shop: Shop,
  { id: panelId, kind }: Pick<PanelRow, 'id' | 'kind'>,
): Promise<AccessState | null> {
  const { asksUs } = shop.app.panels.get(kind) ?? {}
  if (!asksUs) return null
  const { owner, settings } = await openPanel(shop.app, shop.businessId, panelId, shop.actor)
  const secret = secretOf(owner, panelId, asksUs.addressNumber(settings))
  const address = `${owner.app.publicUrl}/access/${owner.businessId}/${panelId}/${secret}`
  const [told] = await single(
    shop,
    'read-access',
    sql<Omit<AccessState, 'address'>>`select asked_at as "askedAt", allowed, refused from access_doors
      where business_id = current_business() and panel_id = ${panelId}`,
  )
  return { address, ...(told ?? { askedAt: null, allowed: 0n, refused: 0n }) }
}

/** 144 bits under the business's own key: nothing to store, and another number makes another. */
const secretOf = (owner: Pick<Shop, 'dataKey'>, panelId: string, number: number): string =>
  hmac(owner.dataKey, `access/${panelId}/${number}`).toString('base64url').slice(0, 24)

async function openDoor(
  app: App,
  memory: Memory,
  { businessId, panelId }: AccessDoor,
): Promise<Door | 'nowhere' | null> {
  try {
    const opened = await withinPatience(
      openShop(app, businessId, 'system').then(() => openPanel(app, businessId, panelId)),
    )
    const { asksUs } = opened.kind
    if (!asksUs) return 'nowhere'
    const secret = secretOf(opened.owner, panelId, asksUs.addressNumber(opened.settings))
    const door = { opened, asksUs, secret }
    memory.doors.set(panelId, door)
    return door
  } catch (error) {
    if (error instanceof Refusal) return 'nowhere'
    const known = memory.doors.get(panelId) ?? null
    app.log.warn('access from memory', { panel: panelId, known: known !== null, error })
    return known?.opened.owner.businessId === businessId ? known : null
  }
}

async function look(
  app: App,
  memory: Memory,
  { opened, asksUs }: Door,
  panelId: string,
  tokenHash: string,
): Promise<AccessFacts | null | 'unknown'> {
  const key = `${panelId}/${tokenHash}`
  const known = memory.facts.get(key)
  try {
    const [facts] = await withinPatience(readFacts(opened.owner, panelId, tokenHash))
    memory.facts.delete(key)
    if (facts === undefined) return null
    memory.facts.set(key, { facts, at: stopwatch() })
    if (memory.facts.size > mostKept) memory.facts.delete(memory.facts.keys().next().value ?? '')
    return facts
  } catch (error) {
    const keptMs = asksUs.keptMinutes(opened.settings) * 60_000
    const usable = known !== undefined && stopwatch() - known.at <= keptMs
    app.log.warn('access from memory', { panel: panelId, known: usable, error })
    return usable ? known.facts : 'unknown'
  }
}

const readFacts = (owner: Shop, panelId: string, tokenHash: string): Promise<AccessFacts[]> =>
  single(
    owner,
    'ask-access',
    sql<AccessFacts>`select username, enabled, expires_at as "expiresAt", connections, streams from access_entries
      where business_id = current_business() and panel_id = ${panelId} and token_hash = ${tokenHash}`,
  )

/** What we say is counted in memory and written about once a minute: an answer waits for no write. */
function note(app: App, memory: Memory, owner: Shop, panelId: string, allowed: boolean): void {
  const counts = memory.counts.get(panelId) ?? { since: Number.NEGATIVE_INFINITY, allowed: 0, refused: 0 }
  memory.counts.set(panelId, counts)
  counts[allowed ? 'allowed' : 'refused'] += 1
  if (stopwatch() - counts.since < noteEveryMs) return
  memory.counts.set(panelId, { since: stopwatch(), allowed: 0, refused: 0 })
  single(
    owner,
    'note-asked',
    sql`insert into access_doors (business_id, panel_id, asked_at, allowed, refused) values (current_business(), ${panelId}, ${owner.now()}, ${counts.allowed}, ${counts.refused})
      on conflict (business_id, panel_id) do update set asked_at = greatest(access_doors.asked_at, excluded.asked_at),
        allowed = access_doors.allowed + excluded.allowed, refused = access_doors.refused + excluded.refused`,
  ).catch((error: unknown) => app.log.warn('asked access not noted', { panel: panelId, error }))
}

/** Who watches is kept in memory, and written about once a minute, too. */
function noteViewer(app: App, memory: Memory, owner: Shop, panelId: string, viewer: Viewer): void {
  const { since, viewers } = memory.watching.get(panelId) ?? { since: Number.NEGATIVE_INFINITY, viewers: new Map() }
  const asked = app.clock.now()
  if (viewers.size < mostKept)
    viewers.set(viewer.viewer, { ...viewer, began: viewers.get(viewer.viewer)?.began ?? asked, asked })
  const isDue = stopwatch() - since >= noteEveryMs
  memory.watching.set(panelId, isDue ? { since: stopwatch(), viewers: new Map() } : { since, viewers })
  if (isDue)
    writeViewers(owner, panelId, [...viewers.values()]).catch((error: unknown) =>
      app.log.warn('who watches not noted', { panel: panelId, error }),
    )
}

/** Who was away for an hour has begun anew. */
const writeViewers = (owner: Shop, panelId: string, viewers: readonly Seen[]) =>
  single(
    owner,
    'note-viewers',
    sql`insert into access_viewers as v (business_id, panel_id, viewer, username, agent, began_at, asked_at)
      select current_business(), ${panelId}, n.viewer, n.username, n.agent, n.began, n.asked from ${table(
        'n',
        viewers,
        [
          ['viewer', 'text', ({ viewer }) => viewer],
          ['username', 'text', ({ username }) => username],
          ['agent', 'text', ({ agent }) => agent],
          ['began', 'timestamptz', ({ began }) => began],
          ['asked', 'timestamptz', ({ asked }) => asked],
        ],
      )}
      on conflict (business_id, panel_id, viewer) do update set username = excluded.username, agent = coalesce(excluded.agent, v.agent),
        began_at = case when v.asked_at < excluded.began_at - interval '1 hour' then excluded.began_at else least(v.began_at, excluded.began_at) end,
        asked_at = greatest(v.asked_at, excluded.asked_at)`,
  )

function memoryOf(app: App): Memory {
  const known = memories.get(app) ?? { doors: new Map(), facts: new Map(), counts: new Map(), watching: new Map() }
  memories.set(app, known)
  return known
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('our own database does not answer in time')), patienceMs)
  })
  try {
    return await Promise.race([work, tooLong])
  } finally {
    clearTimeout(timer)
  }
}
