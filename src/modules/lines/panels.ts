/** Panels: settings, live test, circuit breaker. */
import type { DeviceKind, Panel, PanelKind } from '#adapters/panels/panel.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { hmac, openDataKey } from '#platform/crypto.ts'
import { inTransaction, json, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { type ProviderError, Refusal } from '#platform/errors.ts'
import { type HttpOut, readFingerprint, writtenFingerprint } from '#platform/http-out.ts'
import { newId } from '#platform/ids.ts'
import { plusSeconds } from '#platform/time.ts'
import { isFromParent } from '../catalog/plans.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'
import { forgetAfter, openShop } from '../people/business.ts'
import {
  hideSecrets,
  keepSecrets,
  openSecrets,
  parseSettings,
  readSetting,
  sameSettings,
  sealSecrets,
  secretsOf,
} from '../people/settings.ts'
import { refuseOthersMachine } from '../people/twin-address.ts'
import { accessTable } from './access-table.ts'
import { noted } from './call-underway.ts'
import { differenceSetting } from './difference-settings.ts'
import { mayHang } from './hanging.ts'
import { hasPace, type Place, pacedWay } from './pace-panel.ts'
import { firstComparison, planComparison } from './panel-checks.ts'
import { judgeCredits } from './panel-credits.ts'
import { failuresToOpen, openSeconds } from './rules.ts'
import type { Call } from './watch-calls.ts'

export type PanelRow = {
  id: string
  name: string
  kind: string
  settings: Record<string, unknown>
  weight: number
  capacity: number | null
  /** Of `capacity`, kept from sales. */
  reserved: number
  /** It is for these countries only; empty: for all. */
  countries: string[]
  drained: boolean
  /** Planned work: nothing is sent to the panel meanwhile. */
  workStarts: Temporal.Instant | null
  workEnds: Temporal.Instant | null
  workReason: string | null
  testedAt: Temporal.Instant | null
  health: 'unknown' | 'up' | 'down' | 'auth_failed'
  failures: number
  openUntil: Temporal.Instant | null
  lastOkAt: Temporal.Instant | null
  lastError: string | null
  latencyMs: number | null
  versionText: string | null
  /** What our account there had, where calls are charged: an exact decimal. */
  credits: string | null
  creditsAt: Temporal.Instant | null
  /** No more requests in a second are made there, by all processes together; null: as many as there is reason for. */
  requestsPerSecond: number | null
  /** Staff are told when there are fewer; null: they need not be. */
  creditsLow: string | null
  /** When what our account there has was last compared with what our calls took; null: never, or it does not charge. */
  comparedAt: Temporal.Instant | null
  /** Of the host's TLS certificate, as last seen; null: none was seen. */
  certificateEndsAt: Temporal.Instant | null
  /** SHA-256 of the one certificate that is taken there, since a person accepted it; null: what authorities vouch for. */
  trustedCertificate: string | null
  /** By the clock of the machine. */
  lookedAt: Temporal.Instant | null
  /** When it last told who watches. */
  usageAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  version: number
}

const columns = sql`id, name, kind, settings, weight, capacity, reserved, countries, drained, work_starts_at as "workStarts", work_ends_at as "workEnds", work_reason as "workReason",
  tested_at as "testedAt", health, failures, open_until as "openUntil",
  last_ok_at as "lastOkAt", last_error as "lastError", latency_ms as "latencyMs", version_text as "versionText", credits::text as credits, credits_at as "creditsAt", credits_low::text as "creditsLow", requests_per_second as "requestsPerSecond", compared_at as "comparedAt",
  certificate_ends_at as "certificateEndsAt", trusted_certificate as "trustedCertificate", looked_at as "lookedAt", usage_at as "usageAt", created_at as "createdAt", version`

export const listPanels = (tx: Tx): Promise<PanelRow[]> =>
  rows(tx, sql<PanelRow>`select ${columns} from panels where business_id = current_business() order by created_at, id`)

export const findPanel = (tx: Tx, id: string): Promise<PanelRow | null> =>
  maybe(tx, sql<PanelRow>`select ${columns} from panels where business_id = current_business() and id = ${id}`)

/** As `findPanel`, for whoever cannot go on without it. */
export async function readPanel(tx: Tx, id: string): Promise<PanelRow> {
  const found = await findPanel(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such panel.')
  return found
}

export function panelKind(app: App, kind: string): PanelKind {
  const found = app.panels.get(kind)
  if (found === undefined)
    throw new Refusal('invalid_input', `There is no panel kind "${kind}".`, [
      { pointer: '/kind', code: 'unknown', detail: 'Please choose a kind of panel.' },
    ])
  return found
}

const placeOf = (id: string) => `panel/${id}`

export type PanelFacts = {
  name: string
  kind: string
  settings: Record<string, unknown>
  weight: number
  capacity: number | null
  /** Left out: none is kept from sales. */
  reserved?: number | undefined
  /** Left out: for all countries. */
  countries?: readonly string[] | undefined
  drained: boolean
  /** Staff are told when our account there has fewer, on panels that charge: a decimal. Left out: they are not. */
  creditsLow?: string | null | undefined
  /** As in `PanelRow`, from 1 to 50. Left out: it has no pace. */
  requestsPerSecond?: number | null | undefined
}

/** Makes or changes a panel. Secret fields left empty keep what is stored. Changed settings must be tested again before new sales. */
export async function savePanel(tx: Tx, shop: Shop, facts: PanelFacts, id?: string): Promise<string> {
  const now = shop.now()
  const { reserved = 0, countries = [], creditsLow = null, requestsPerSecond = null } = facts
  if (reserved > 0 && reserved > (facts.capacity ?? 0))
    throw new Refusal('invalid_input', 'Please check the places that are kept.', [
      {
        pointer: '/reserved',
        code: 'out_of_range',
        detail: facts.capacity === null ? 'First say how many lines the panel holds.' : 'This is more than it holds.',
      },
    ])
  const kind = panelKind(shop.app, facts.kind)
  if (creditsLow !== null && !kind.capabilities.chargesEachExtension)
    throw new Refusal('invalid_input', 'Please check the alarm.', [
      { pointer: '/credits_low', code: 'unsupported', detail: 'Panels of this kind cost no credits.' },
    ])
  if (requestsPerSecond !== null && kind.asksUs !== undefined)
    throw new Refusal('invalid_input', 'Please check the pace.', [
      {
        pointer: '/requests_per_second',
        code: 'unsupported',
        detail: 'Panels of this kind are not asked: they ask us.',
      },
    ])
  const known = id === undefined ? null : await readPanel(tx, id)
  const panelId = id ?? newId('pan', shop.app.clock)
  const before = known === null ? {} : openSecrets(shop, placeOf(panelId), kind.settings, known.settings)
  const settings = parseSettings(kind.settings, keepSecrets(kind.settings, facts.settings, before))
  refuseOthersMachine(shop, settings.url)
  const changed = !sameSettings(settings, before)
  await run(
    tx,
    sql`insert into panels (business_id, id, name, kind, settings, weight, capacity, reserved, countries, drained, credits_low, requests_per_second, created_at)
      values (${shop.businessId}, ${panelId}, ${facts.name}, ${facts.kind}, ${json(sealSecrets(shop, placeOf(panelId), kind.settings, settings))},
        ${facts.weight}, ${facts.capacity}, ${reserved}, ${[...countries]}::text[], ${facts.drained}, ${creditsLow}::numeric, ${requestsPerSecond}, ${now})
      on conflict (business_id, id) do update set name = excluded.name, settings = excluded.settings, weight = excluded.weight, capacity = excluded.capacity,
        reserved = excluded.reserved, countries = excluded.countries, drained = excluded.drained, credits_low = excluded.credits_low, requests_per_second = excluded.requests_per_second, tested_at = case when ${changed} then null else panels.tested_at end, failures = 0, open_until = null,
        compared_credits = case when ${changed} then null else panels.compared_credits end, compared_at = case when ${changed} then null else panels.compared_at end,
        compared_seq = case when ${changed} then null else panels.compared_seq end, health = case when ${changed} then 'unknown' else panels.health end, version = panels.version + 1`,
  )
  // What was accepted is the certificate of that host, and of no other.
  if (originIn(before) !== originIn(settings)) await forgetTrust(tx, panelId)
  if (known === null && kind.capabilities.canList) {
    const settings = await readSetting(tx, shop, differenceSetting)
    await planComparison(tx, panelId, firstComparison(panelId, settings, now), now)
  }
  await judgeCredits(tx, shop, panelId, now)
  forgetAfter(tx, shop)
  const { settings: _, ...plain } = { ...facts, reserved, countries, creditsLow }
  await record(tx, shop, now, {
    type: known === null ? 'panel.created' : 'panel.changed',
    subjectType: 'panel',
    subjectId: panelId,
    data: changesOf(known && { ...known, ...before }, { ...plain, ...settings }, { secret: secretsOf(kind.settings) }),
  })
  return panelId
}

const originIn = ({ url }: Record<string, unknown>): string | null =>
  typeof url === 'string' ? (URL.parse(url)?.origin ?? null) : null

const forgetTrust = (tx: Tx, panelId: string): Promise<number> =>
  run(
    tx,
    sql`update panels set trusted_certificate = null, trusted_by = null, trusted_at = null where business_id = current_business() and id = ${panelId}`,
  )

/**
 * The one certificate that is taken of a panel which signs its own: a person saw its fingerprint and accepted it. Null: what authorities
 * vouch for, as everywhere else. The panel is opened anew, and whatever kept it away is over.
 */
export async function trustCertificate(tx: Tx, shop: Shop, panelId: string, text: string | null): Promise<void> {
  const now = shop.now()
  const panel = await readPanel(tx, panelId)
  const fingerprint = text === null ? null : readFingerprint(text)
  if (text !== null && fingerprint === null) throw wrongFingerprint
  const kind = panelKind(shop.app, panel.kind)
  const settings = openSecrets(shop, placeOf(panelId), kind.settings, panel.settings)
  if (fingerprint !== null && originIn(settings)?.startsWith('https:') !== true)
    throw new Refusal('conflict', 'This panel is not reached by https: there is no certificate to accept.')
  await run(
    tx,
    sql`update panels set trusted_certificate = ${fingerprint}, trusted_by = ${fingerprint === null ? null : shop.actor}, trusted_at = ${fingerprint === null ? null : now},
        failures = 0, open_until = null, looked_at = null, version = version + 1 where business_id = current_business() and id = ${panelId}`,
  )
  forgetAfter(tx, shop)
  await record(tx, shop, now, {
    type: fingerprint === null ? 'panel.certificate_distrusted' : 'panel.certificate_trusted',
    subjectType: 'panel',
    subjectId: panelId,
    ...(fingerprint === null ? {} : { data: { sha256: writtenFingerprint(fingerprint) } }),
  })
}

const wrongFingerprint = new Refusal('invalid_input', 'Please check the fingerprint.', [
  {
    pointer: '/fingerprint',
    code: 'invalid',
    detail: 'A SHA-256 fingerprint has 64 hexadecimal digits, like AB:CD:…',
  },
])

/** What may leave the server: settings without secrets. */
export const shownSettings = (app: App, panel: Pick<PanelRow, 'kind' | 'settings'>) =>
  hideSecrets(panelKind(app, panel.kind).settings, panel.settings)

export type OpenPanel = { row: PanelRow; kind: PanelKind; settings: Record<string, unknown>; panel: Panel; owner: Shop }

/** Opens a panel of any business by its own pair of ids: a child's line may live on its parent's panel. */
export async function openPanel(
  app: App,
  panelBusinessId: string,
  panelId: string,
  actor = 'system',
): Promise<OpenPanel> {
  const owner = await openShop(app, panelBusinessId, actor)
  // Read once a second: a line's reconciliation must not begin with a transaction of its own for this.
  const row = await owner.keep(`panel/${panelId}`, () =>
    inTransaction(app.db, { role: 'app', businessId: panelBusinessId }, 'open-panel', (tx) => findPanel(tx, panelId)),
  )
  if (row === null) throw new Refusal('not_found', 'There is no such panel.')
  return { ...openRow(owner, row), owner }
}

/** As `openPanel`, for a business's own panel and inside its transaction. */
export async function openOwnPanel(tx: Tx, shop: Shop, panelId: string): Promise<OpenPanel> {
  const row = await shop.keep(`panel/${panelId}`, () => findPanel(tx, panelId))
  if (row === null) throw new Refusal('not_found', 'There is no such panel.')
  return { ...openRow(shop, row), owner: shop }
}

/**
 * What viewers of a parent's panel are told depends on its settings: read inside the transaction of the business that it is granted to,
 * since a second one must not be opened there.
 */
export async function sharedPanelSettings(tx: Tx, app: App, ownerId: string, panelId: string): Promise<SharedPanel> {
  const found = await maybe(
    tx,
    sql<{
      kind: string
      settings: Record<string, unknown>
      dataKey: string
      host: string | null
      provedFor: string | null
    }>`
      select p.kind, p.settings, p.data_key as "dataKey", v.host, v.proved_for as "provedFor" from shared_panel_settings(${ownerId}, ${panelId}) p
        left join viewer_names v on v.business_id = current_business() and v.panel_business_id = ${ownerId} and v.panel_id = ${panelId}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such panel.')
  const kind = panelKind(app, found.kind)
  const owner = { businessId: ownerId, dataKey: openDataKey(app.masterKey, ownerId, found.dataKey) }
  return { kind, settings: openSecrets(owner, placeOf(panelId), kind.settings, found.settings), name: found }
}

/** `name`: the host that this business tells viewers in place of the panel's, as long as that is at `provedFor`. */
export type SharedPanel = {
  kind: PanelKind
  settings: Record<string, unknown>
  name: { host: string | null; provedFor: string | null }
}

/** An adapter learns a panel's ways (date grammar, list forms) as it talks to it, so it is kept as long as its settings are. */
const adapters = new WeakMap<App, Map<string, { version: number; adapter: Panel }>>()

/** By row: a kept row is opened once. */
const openedRows = new WeakMap<PanelRow, Omit<OpenPanel, 'owner'>>()

export function openRow(owner: Shop, row: PanelRow): Omit<OpenPanel, 'owner'> {
  const known = openedRows.get(row) ?? openAnew(owner, row)
  openedRows.set(row, known)
  return known
}

function openAnew(owner: Shop, row: PanelRow): Omit<OpenPanel, 'owner'> {
  const known = adapters.get(owner.app) ?? new Map()
  adapters.set(owner.app, known)
  const kind = panelKind(owner.app, row.kind)
  const settings = openSecrets(owner, placeOf(row.id), kind.settings, row.settings)
  const kept = known.get(row.id)
  if (kept?.version === row.version) return { row, kind, settings, panel: kept.adapter }
  const adapter = openWith(owner, { row, kind, settings }, wayTo(owner.app, row))
  known.set(row.id, { version: row.version, adapter })
  return { row, kind, settings, panel: adapter }
}

/** The way out to a panel: where a person accepted its certificate, that one alone is taken. */
export const wayTo = (
  { http }: Pick<App, 'http'>,
  { trustedCertificate }: Pick<PanelRow, 'trustedCertificate'>,
): HttpOut => (trustedCertificate === null ? http : http.trusting(trustedCertificate))

/** A panel opened once more, on another way out: it knows nothing that the usual one has learned. */
export const openWith = (
  owner: Shop,
  { row, kind, settings }: Pick<OpenPanel, 'row' | 'kind' | 'settings'>,
  http: HttpOut,
  place: Place = 'front',
): Panel => {
  const panel: Panel = kind.open(kind.settings.parse(settings), {
    http: hasPace(row) ? pacedWay(noted(http), owner, row, place, () => mayHang(panel)) : noted(http),
    log: owner.app.log.child({ panel: row.id }),
    now: () => owner.now(),
    ownerCode: ownerCodeOf(owner),
    access: accessTable(owner, row.id),
  })
  return panel
}

/** Of a panel with a pace: opened once more for what only looks, and lets everybody else go first. */
export const openedBehind = (opened: OpenPanel): OpenPanel =>
  hasPace(opened.row)
    ? { ...opened, panel: openWith(opened.owner, opened, wayTo(opened.owner.app, opened.row), 'behind') }
    : opened

/** Short enough to be typed into a panel's notes, and of no use for anything else. */
const ownerCodeOf = (owner: Pick<Shop, 'dataKey' | 'businessId'>): string =>
  `LK-${hmac(owner.dataKey, `panel-owner/${owner.businessId}`).toString('hex').slice(0, 16).toUpperCase()}`

/** A call succeeded: the breaker closes, and whoever waited for the panel is due now, oldest first. */
export async function panelAnswered(
  owner: Shop,
  row: Pick<PanelRow, 'id' | 'name' | 'health' | 'failures'>,
  tookMs: number,
  now: Temporal.Instant,
): Promise<void> {
  const steady = row.health === 'up' && row.failures === 0
  if (steady) return
  await transaction(owner, 'panel-answered', async (tx) => {
    forgetAfter(tx, owner)
    await run(
      tx,
      sql`update panels set health = 'up', failures = 0, open_until = null, last_ok_at = ${now}, latency_ms = ${Math.round(tookMs)}, last_error = null
        where business_id = current_business() and id = ${row.id}`,
    )
    if (row.health === 'up' || row.health === 'unknown') return
    await run(
      tx,
      sql`update incidents set closed_at = ${now} where business_id = current_business() and panel_id = ${row.id} and kind = 'panel_down' and closed_at is null`,
    )
    await settle(tx, 'panel_down', row.id, 'system', now)
    await record(tx, owner, now, { type: 'panel.up', subjectType: 'panel', subjectId: row.id })
    await run(
      tx,
      sql`update lines set next_try_at = ${now} where panel_business_id = ${owner.businessId} and panel_id = ${row.id}
        and next_try_at is not null and trouble in ('unavailable', 'auth_failed') and done_revision < revision and held_until is distinct from next_try_at`,
    )
  })
}

/**
 * A call failed. True when this failure opened the breaker, which happens once per incident. Did a call before it in `calls` succeed, the
 * panel is there: the breaker opens as after the first failures, however long the outage was, for a customer waits to hear what became of his.
 */
export async function panelFailed(
  owner: Shop,
  row: PanelRow,
  error: ProviderError,
  calls: readonly Pick<Call, 'outcome'>[],
  now: Temporal.Instant,
): Promise<boolean> {
  if (error.kind === 'rejected') return false
  const most = calls.some(({ outcome }) => outcome === 'ok') ? failuresToOpen : null
  return transaction(owner, 'panel-failed', async (tx) => {
    forgetAfter(tx, owner)
    const found = await maybe(
      tx,
      sql<{
        failures: number
      }>`update panels set failures = least(failures + 1, ${most}::int), last_error = ${error.message},
          health = case when ${error.kind === 'auth_failed'} then 'auth_failed' when failures + 1 >= ${failuresToOpen} then 'down' else health end
        where business_id = current_business() and id = ${row.id} returning failures`,
    )
    const failures = found?.failures ?? 0
    if (failures < failuresToOpen && error.kind !== 'auth_failed') return false
    await run(
      tx,
      sql`update panels set open_until = ${plusSeconds(now, openSeconds(failures))} where business_id = current_business() and id = ${row.id}`,
    )
    await run(
      tx,
      sql`insert into incidents (business_id, id, panel_id, kind, detail, opened_at) values (${owner.businessId}, ${newId('inc', owner.app.clock)}, ${row.id}, 'panel_down', ${error.message}, ${now})
        on conflict (business_id, kind, panel_id) where closed_at is null do nothing`,
    )
    const news = await raise(
      tx,
      owner,
      {
        kind: 'panel_down',
        subjectType: 'panel',
        subjectId: row.id,
        title: titleOf(row, error),
        detail: error.message,
        severity: 'bad',
      },
      now,
    )
    if (news)
      await record(tx, owner, now, {
        type: 'panel.down',
        subjectType: 'panel',
        subjectId: row.id,
        data: { kind: error.kind },
      })
    return news
  })
}

const titleOf = ({ name }: PanelRow, { kind, code }: ProviderError): string => {
  if (kind === 'auth_failed') return `${name} refuses our key`
  if (code === 'certificate_changed') return `${name} shows another certificate`
  return code === 'certificate_refused' ? `${name} shows a certificate that is not trusted` : `${name} does not answer`
}

/** Products and packages of a panel, for the mapping form. */
export type ProductPanel = {
  productId: string
  panelBusinessId: string
  panelId: string
  package: { packageId?: string; bouquets: number[] }
}

export const productPanels = (tx: Tx, productId?: string): Promise<ProductPanel[]> =>
  rows(
    tx,
    sql<ProductPanel>`select product_id as "productId", panel_business_id as "panelBusinessId", panel_id as "panelId", package from product_panels
      where business_id = current_business() and (${productId ?? null}::text is null or product_id = ${productId ?? null}) order by position, panel_id`,
  )

/** By panel, in their order. */
const packagesOf = (mappings: readonly Pick<ProductPanel, 'panelId' | 'package'>[]) =>
  mappings.map(({ panelId, package: { packageId, bouquets } }) => ({ panelId, packageId, bouquets }))

/** Replaces the mapping of a product: which package it is on which panel (S2-08). */
export async function mapProduct(
  tx: Tx,
  shop: Shop,
  productId: string,
  mappings: { panelId: string; packageId?: string | undefined; bouquets: number[] }[],
): Promise<void> {
  if (shop.parentId !== null && (await isFromParent(tx, productId))) {
    if (mappings.length === 0) return
    throw new Refusal('conflict', 'This product was shared with you: it stays on the panels of your supplier.')
  }
  await refuseOtherKinds(tx, shop, productId, mappings)
  const before = await productPanels(tx, productId)
  await run(tx, sql`delete from product_panels where business_id = current_business() and product_id = ${productId}`)
  for (const [position, each] of mappings.entries())
    await run(
      tx,
      sql`insert into product_panels (business_id, product_id, panel_business_id, panel_id, package, position)
        values (${shop.businessId}, ${productId}, ${shop.businessId}, ${each.panelId}, ${json({ packageId: each.packageId, bouquets: each.bouquets })}, ${position})`,
    )
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: 'product.mapped',
    subjectType: 'product',
    subjectId: productId,
    data: {
      panels: mappings.map((each) => each.panelId),
      ...changesOf(
        { packages: packagesOf(before) },
        {
          packages: packagesOf(
            mappings.map(({ panelId, packageId, bouquets }) => ({
              panelId,
              package: { ...(packageId === undefined ? {} : { packageId }), bouquets },
            })),
          ),
        },
      ),
    },
  })
}

/** Whether a panel of that kind makes lines of a kind, and boxes beside them where `box` says so. */
export const servesBoxes = (
  { capabilities }: Pick<PanelKind, 'capabilities'>,
  lineKind: 'line' | DeviceKind,
  box: DeviceKind | null,
): boolean =>
  (lineKind === 'line' || capabilities.devices?.includes(lineKind) === true) &&
  (box === null || capabilities.pairs?.includes(box) === true)

export const noBoxesOf = (panel: string, box: DeviceKind | null): string =>
  box === null
    ? `${panel} makes no lines for boxes of this kind.`
    : `${panel} cannot make a login and a box of this kind as one line.`

/** A product for boxes needs panels that know boxes of its kind. */
async function refuseOtherKinds(tx: Tx, shop: Shop, productId: string, mappings: { panelId: string }[]): Promise<void> {
  const found = await rows(
    tx,
    sql<{ lineKind: 'line' | DeviceKind; box: DeviceKind | null; kind: string; name: string }>`
      select p.line_kind as "lineKind", p.box, n.kind, n.name from products p
        join panels n on n.business_id = p.business_id and n.id = any(${mappings.map(({ panelId }) => panelId)}::text[])
      where p.business_id = current_business() and p.id = ${productId}`,
  )
  for (const { lineKind, box, kind, name } of found) {
    const known = shop.app.panels.get(kind)
    if (known !== undefined && servesBoxes(known, lineKind, box)) continue
    throw new Refusal('invalid_input', 'Please check the product.', [
      {
        pointer: '/line_kind',
        code: 'unsupported',
        detail: `${noBoxesOf(name, box)} Choose another panel for it.`,
      },
    ])
  }
}

/** Whether panels of a kind can take connections away from a line for a while. */
export const canRestrict = (app: Pick<App, 'panels'>, kind: string): boolean =>
  app.panels.get(kind)?.capabilities.canRestrict === true

/** How many connections a subscription's line has, and whether its panel can take some of them away for a while. */
export async function restrictionOf(
  tx: Tx,
  app: Pick<App, 'panels'>,
  subscriptionId: string,
): Promise<{ connections: number; restrictable: boolean }> {
  const found = await maybe(
    tx,
    sql<{ connections: number; kind: string | null }>`select l.connections, p.kind from lines l
      left join panels p on p.business_id = l.panel_business_id and p.id = l.panel_id
      where l.business_id = current_business() and l.subscription_id = ${subscriptionId}`,
  )
  const kind = found?.kind ?? null
  return { connections: found?.connections ?? 1, restrictable: kind !== null && canRestrict(app, kind) }
}
