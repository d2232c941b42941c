/**
 * A reseller's own host name for viewers, one for each panel of his supplier that he sells on: `line.brand.example` in place of the panel's
 * host in playlists, portal addresses and guides. It is told to customers only while it answers as the panel itself does, at the same port.
 */
import type { ConnectionDetails, PanelKind } from '#adapters/panels/panel.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { randomToken } from '#platform/crypto.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { type Instant, plusHours } from '#platform/time.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'
import { allShops } from '../people/business.ts'
import { plainHost } from '../people/host-name.ts'
import { sharedPanelSettings } from './panels.ts'
import { atHost } from './rules/viewer-name.ts'

/** A name that is in use is looked at once a day. */
const lookHours = 20
const timeoutMs = 8_000

export type ViewerName = {
  panelBusinessId: string
  panelId: string
  panelName: string
  /** Null: viewers are told the panel's own. */
  host: string | null
  /** The panel's own address for viewers, to which the name must lead. */
  panelUrl: string
  inUse: boolean
  /** What the last look found wrong. */
  fault: string | null
  lookedAt: Instant | null
}

type Row = Omit<ViewerName, 'panelUrl' | 'inUse'> & { provedFor: string | null }

const sharedPanels = (tx: Tx): Promise<Row[]> =>
  rows(
    tx,
    sql<Row>`select m.panel_business_id as "panelBusinessId", m.panel_id as "panelId", p.name as "panelName", v.host, v.proved_for as "provedFor", v.fault, v.looked_at as "lookedAt"
      from (select distinct panel_business_id, panel_id from product_panels where business_id = current_business() and panel_business_id <> current_business()
        union select panel_business_id, panel_id from viewer_names where business_id = current_business()) m
      cross join lateral shared_panel(m.panel_business_id, m.panel_id) p
      left join viewer_names v on v.business_id = current_business() and v.panel_business_id = m.panel_business_id and v.panel_id = m.panel_id
      order by p.name, m.panel_id`,
  )

/** Of each panel of a supplier that this business sells on. */
export async function listViewerNames(tx: Tx, shop: Shop): Promise<ViewerName[]> {
  const names: ViewerName[] = []
  for (const row of await sharedPanels(tx)) names.push(told(row, await panelOf(tx, shop, row)))
  return names
}

async function panelOf(tx: Tx, shop: Shop, { panelBusinessId, panelId }: Row): Promise<Reached> {
  const { kind, settings } = await sharedPanelSettings(tx, shop.app, panelBusinessId, panelId)
  return { kind, settings, details: kind.connectionDetails(settings, { username: 'nobody', password: randomToken(9) }) }
}

type Reached = { kind: PanelKind; settings: Record<string, unknown>; details: ConnectionDetails }

const told = ({ provedFor, ...row }: Row, { details }: Reached): ViewerName => ({
  ...row,
  panelUrl: details.serverUrl,
  inUse: provedFor === details.serverUrl,
})

/** Sets the name of one panel, or takes it away, and looks at it; a name that does not lead to the panel is kept, and not told to anybody. */
export async function saveViewerName(shop: Shop, panelId: string, wanted: string | null): Promise<ViewerName> {
  const host = wanted === null ? null : plainHost(wanted)
  if (wanted !== null && host === null)
    throw new Refusal('invalid_input', 'Please enter a host name.', [
      { pointer: '/host', code: 'invalid', detail: 'Please enter a host name of your own, like line.example.com.' },
    ])
  const { row, reached } = await transaction(shop, 'read-viewer-name', (tx) => readOne(tx, shop, panelId))
  if (host !== null && host === reached.details.host)
    throw new Refusal('invalid_input', 'Please enter a host name.', [
      { pointer: '/host', code: 'invalid', detail: 'This is the panel’s own host name: viewers are told it anyway.' },
    ])
  const look = host === null ? null : await lookAt(shop.app, reached, host)
  const now = shop.now()
  return transaction(shop, 'save-viewer-name', async (tx) => {
    // While the panel itself is away nothing is learned about a name that was proved.
    const isProved = look?.away === true && row.host === host && row.provedFor === reached.details.serverUrl
    const fault = isProved ? null : (look?.fault ?? null)
    if (host === null) await forget(tx, row)
    else await keep(tx, shop, row, { host, fault, provedFor: reached.details.serverUrl, now })
    if (row.host !== host)
      await record(tx, shop, now, {
        type: 'business.viewer_host_changed',
        subjectType: 'business',
        subjectId: shop.businessId,
        data: { panel: panelId, ...changesOf({ host: row.host }, { host }) },
      })
    await tellFault(tx, shop, row, host, fault, now)
    return told((await readOne(tx, shop, panelId)).row, reached)
  })
}

/** Looks now whether a name leads to its panel. */
export async function lookAtViewerName(shop: Shop, panelId: string): Promise<ViewerName> {
  const { row } = await transaction(shop, 'read-viewer-name', (tx) => readOne(tx, shop, panelId))
  if (row.host === null) throw new Refusal('conflict', 'Enter a host name first.')
  return saveViewerName(shop, panelId, row.host)
}

/** Of all businesses, those that nobody looked at for a day. Safe to repeat. */
export async function lookAtViewerNames(app: App): Promise<void> {
  for await (const shop of allShops(app)) {
    const due = await transaction(shop, 'find-viewer-names', (tx) =>
      rows(
        tx,
        sql<{ panelId: string }>`select panel_id as "panelId" from viewer_names
          where business_id = current_business() and looked_at <= ${plusHours(shop.now(), -lookHours)}`,
      ),
    )
    for (const { panelId } of due)
      await lookAtViewerName(shop, panelId).catch((error: unknown) =>
        app.log.warn('a look at a host name for viewers failed', { panel: panelId, error }),
      )
  }
}

async function readOne(tx: Tx, shop: Shop, panelId: string): Promise<{ row: Row; reached: Reached }> {
  const row = (await sharedPanels(tx)).find((each) => each.panelId === panelId)
  if (row === undefined) throw new Refusal('conflict', 'You sell on no such panel of a supplier.')
  return { row, reached: await panelOf(tx, shop, row) }
}

const forget = (tx: Tx, { panelId }: Row): Promise<number> =>
  run(tx, sql`delete from viewer_names where business_id = current_business() and panel_id = ${panelId}`)

const keep = (
  tx: Tx,
  shop: Shop,
  { panelBusinessId, panelId }: Row,
  { host, fault, provedFor, now }: { host: string; fault: string | null; provedFor: string; now: Instant },
): Promise<number> =>
  run(
    tx,
    sql`insert into viewer_names (business_id, panel_business_id, panel_id, host, proved_for, fault, looked_at, created_at)
      values (${shop.businessId}, ${panelBusinessId}, ${panelId}, ${host}, ${fault === null ? provedFor : null}, ${fault}, ${now}, ${now})
      on conflict (business_id, panel_business_id, panel_id) do update set host = excluded.host, proved_for = excluded.proved_for, fault = excluded.fault, looked_at = excluded.looked_at,
        version = viewer_names.version + 1`,
  )

/** Told once when a name that customers were given leads elsewhere; over when it is back, or another. */
async function tellFault(
  tx: Tx,
  shop: Shop,
  before: Row,
  host: string | null,
  fault: string | null,
  now: Instant,
): Promise<void> {
  if (fault === null) return void (await settle(tx, 'viewer_name_lost', before.panelId, 'system', now))
  if (before.host !== host || before.provedFor === null) return
  await raise(
    tx,
    shop,
    {
      kind: 'viewer_name_lost',
      subjectType: 'viewer_name',
      subjectId: before.panelId,
      title: `${host} does not lead to ${before.panelName} any more`,
      detail: `${fault} New customers are told the panel’s own address until it does.`,
      severity: 'bad',
    },
    now,
  )
}

type Look = { fault: string | null; away: boolean }

/** Whether who asks at `host` is answered as at the panel itself, with a login that nobody has. */
async function lookAt(app: App, { details }: Reached, host: string): Promise<Look> {
  const own = atHost(details, host)
  const login = `username=${details.username ?? ''}&password=${details.password ?? ''}`
  const pairs = [
    // What players ask first; a panel that has no such thing says so at both.
    [`${details.serverUrl}/player_api.php?${login}`, `${own.serverUrl}/player_api.php?${login}`],
    [details.m3uUrl, own.m3uUrl],
    [details.portalUrl, own.portalUrl],
  ] as const
  const way = `Let it lead to ${details.host} (a CNAME record).`
  for (const [there, here] of pairs) {
    if (there === null || here === null || there === here) continue
    const wanted = await answerOf(app, there)
    if (wanted === null)
      return {
        fault: `The panel does not answer at ${details.serverUrl} just now: there is nothing to compare with.`,
        away: true,
      }
    const found = await answerOf(app, here)
    if (found === null) return { fault: `${host} does not answer at port ${details.port}. ${way}`, away: false }
    if (found !== wanted) return { fault: `${host} answers, but not as the panel does. ${way}`, away: false }
  }
  return { fault: null, away: false }
}

/** Status and beginning of what an address answers; null: nothing. */
async function answerOf(app: App, url: string): Promise<string | null> {
  try {
    const asking = { provider: 'viewer-name', method: 'GET', url, writes: false, timeoutMs } as const
    const { status, text } = await app.http.request(asking)
    return `${status} ${text.slice(0, 2_000)}`
  } catch (error) {
    if (error instanceof ProviderError) return null
    throw error
  }
}
