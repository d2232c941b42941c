/**
 * Test mode: a live business has one twin, a sandbox that sells the same things under the same ids, on an imitated panel, for money that
 * does not exist. Made at the first call and brought up to date by every other, in one commit; with nothing new it changes nothing. What
 * is copied is how the business sells, never a customer, a payment or a secret, and nothing comes back from the twin.
 */
import { isDeepStrictEqual } from 'node:util'
import { type App, type Shop, transaction } from '#app.ts'
import { isDuplicate, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId, randomCharacters } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { isAfter } from '#platform/time.ts'
import { programmeSetting } from '../affiliates/programme.ts'
import { disputeSetting } from '../billing/disputes/settings.ts'
import { findGateway, saveGateway, testGateway } from '../billing/gateways.ts'
import { taxSetting } from '../billing/tax/settings.ts'
import { trialSetting } from '../checkout/trial-settings.ts'
import { record } from '../events/record.ts'
import { differenceSetting } from '../lines/difference-settings.ts'
import { loginSetting } from '../lines/login-settings.ts'
import { mapProduct, readPanel, savePanel } from '../lines/panels.ts'
import { testPanel } from '../lines/test-panel.ts'
import {
  attestRights,
  type Business,
  changeBusiness,
  createBusiness,
  forgetAfter,
  goLive,
  type NewBusiness,
  openShop,
  type Place,
  readBusiness,
  supplierOfTwin,
  twinOfBusiness,
} from '../people/business.ts'
import { securitySetting } from '../people/security-settings.ts'
import { secretFields } from '../people/settings.ts'
import { machineOrigin } from '../people/twin-address.ts'
import { applyPoliciesJob } from '../subscriptions/jobs.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import { accessCode, panelKey, sandboxKeys } from './keys.ts'
import {
  anyKeyCalled,
  type Catalog,
  lockTwin,
  machinesOf,
  noteSynced,
  readCatalog,
  twinTimes,
  unmappedProducts,
  writeCatalog,
} from './queries.ts'
import { fillWallet, readPacks, readShared, type Shared, shareAll, writeStock } from './supplier.ts'

/** Settings that say how the business behaves. Its mail server, and how far its set-up got, are its own. */
export const carriedSettings = [
  differenceSetting,
  disputeSetting,
  lifeSetting,
  loginSetting,
  programmeSetting,
  securitySetting,
  taxSetting,
  trialSetting,
].map(({ key, schema }) => ({ key, without: secretFields(schema) }))

export type Twin = {
  id: string
  slug: string
  name: string
  /** Where its shop is. */
  url: string
  /** By the clock of the machine. */
  syncedAt: Temporal.Instant | null
  /** When one of its keys last called. */
  calledAt: Temporal.Instant | null
  /** Its own now. */
  now: Temporal.Instant
}

/** The twin of a live business, for whoever acts there; null: it has none yet. */
export async function twinShop(shop: Shop): Promise<Shop | null> {
  const id = shop.livemode ? await twinOfBusiness(shop.app, shop.businessId) : null
  return id === null ? null : openShop(shop.app, id, shop.actor, shop.requestId)
}

export async function findTwin(shop: Shop): Promise<Twin | null> {
  const twin = await twinShop(shop)
  if (twin === null) return null
  const times = await transaction(twin, 'read-twin', twinTimes)
  return { id: twin.businessId, slug: twin.slug, name: twin.name, url: twin.baseUrl, now: twin.now(), ...times }
}

/** How long a call of a test key says that somebody builds something. */
const buildingDays = 14

/** An integration is being built and has never called the live business: what it sells is not real, and perhaps nobody has noticed. */
export async function onlyTestKeys(shop: Shop, twin: Twin | null): Promise<boolean> {
  if (twin === null || twin.calledAt === null) return false
  if (isAfter(shop.app.clock.now(), twin.calledAt.add({ hours: 24 * buildingDays }))) return false
  return !(await transaction(shop, 'read-calls', anyKeyCalled))
}

/** Makes the twin, or brings it up to date. `changed`: how many rows of it were written. */
export async function syncTwin(shop: Shop): Promise<Twin & { changed: number }> {
  if (!shop.livemode) throw new Refusal('conflict', 'Only a live business has a twin for tests.')
  const { business, catalog, shared } = await transaction(shop, 'read-catalog', async (tx) => ({
    business: await readBusiness(tx),
    catalog: await readCatalog(tx, carriedSettings),
    shared: shop.parentId === null ? null : await readShared(tx),
  }))
  const twin = (await twinShop(shop)) ?? (await make(shop, business))
  let changed = 0
  if (shared !== null) changed += await syncSupplier(shop, twin, shared)
  const written = await transaction(twin, 'sync-twin', (tx) => write(tx, twin, business, catalog))
  await tryMachines(twin, written)
  const found = await findTwin(shop)
  if (found === null) throw new Refusal('not_found', 'There is no twin any more.')
  return { ...found, changed: changed + written.changed }
}

/** A reseller's twin hangs below a supplier of its own, who is made first. */
async function make(shop: Shop, business: Business): Promise<Shop> {
  const { zone, currency, country, name } = business
  const slug = `${business.slug.slice(0, 30)}-test`
  const place = shop.parentId === null ? null : await supplierFor(shop, shop.parentId, `${slug}-supplier`)
  await makeOnce(shop.app, slug, { name, zone, currency, country, mode: 'test', twinOf: shop.businessId }, place)
  const made = await twinShop(shop)
  if (made === null) throw new Refusal('conflict', 'The twin could not be made. Please try again.')
  return made
}

/** Named like the real one: so pages and papers of test mode read as the live ones do. */
async function supplierFor(shop: Shop, parentId: string, slug: string): Promise<Place> {
  const { name, zone, currency, country } = await openShop(shop.app, parentId, 'system')
  await makeOnce(shop.app, slug, { name, zone, currency, country, mode: 'test', twinOf: shop.businessId }, null)
  const id = await supplierOfTwin(shop.app, shop.businessId)
  if (id === null) throw new Refusal('conflict', 'The twin could not be made. Please try again.')
  const parent = await transaction(await openShop(shop.app, id, 'system'), 'read-twin', readBusiness)
  return { id: newId('biz', shop.app.clock), parent, ancestors: [id] }
}

/** Two at once make one: the second finds what the first has made. */
async function makeOnce(app: App, slug: string, facts: Omit<NewBusiness, 'slug'>, place: Place | null): Promise<void> {
  for (const wanted of [slug, `${slug}-${randomCharacters(4)}`])
    try {
      await createBusiness(app, { ...facts, slug: wanted }, app.clock.now(), place)
      return
    } catch (error) {
      if (!isDuplicate(error)) throw error
      if (isDuplicate(error, 'businesses_twin')) return
    }
}

/** What the reseller has of his supplier, on the other side: before the twin's own catalog, which stands on it. */
async function syncSupplier(shop: Shop, twin: Shop, shared: Shared): Promise<number> {
  if (shop.parentId === null || twin.parentId === null) return 0
  const packs = await transaction(await openShop(shop.app, shop.parentId, 'system'), 'read-packs', readPacks)
  const supplier = await openShop(shop.app, twin.parentId, 'system', shop.requestId)
  const written = await transaction(supplier, 'sync-twin', async (tx) => {
    await lockTwin(tx)
    const stock = await writeStock(tx, shared, packs)
    const machines = await saveMachines(tx, supplier)
    const mapped = await mapProducts(tx, supplier, machines.panelId)
    await openForTests(tx, supplier)
    const agreed = await shareAll(tx, supplier, twin.businessId, shared, stock + mapped > 0)
    const given = await fillWallet(tx, supplier, twin.businessId)
    return { changed: stock + mapped + agreed + given, ...machines }
  })
  await tryMachines(supplier, written)
  return written.changed
}

/** As real ones are tried, once. */
async function tryMachines(
  shop: Shop,
  { panelId, gatewayId, panelTested, gatewayTested }: Awaited<ReturnType<typeof saveMachines>>,
): Promise<void> {
  if (!panelTested) await testPanel(shop, panelId)
  if (!gatewayTested) await testGateway(shop, gatewayId)
}

async function write(tx: Tx, twin: Shop, business: Business, catalog: Catalog) {
  await lockTwin(tx)
  const now = twin.now()
  const keys = carriedSettings.map(({ key }) => key)
  let changed = (await copyLooks(tx, twin, business)) + (await writeCatalog(tx, catalog, keys, now))
  const machines = await saveMachines(tx, twin)
  changed += await mapProducts(tx, twin, machines.panelId)
  await openForTests(tx, twin)
  await noteSynced(tx, twin.app.clock.now())
  if (changed > 0) {
    forgetAfter(tx, twin)
    await enqueue(tx, applyPoliciesJob, { businessId: twin.businessId }, `apply-policies/${twin.businessId}`)
    await record(tx, twin, now, {
      type: 'twin.synced',
      subjectType: 'business',
      subjectId: twin.businessId,
      data: { changed },
    })
  }
  return { changed, ...machines }
}

async function mapProducts(tx: Tx, shop: Shop, panelId: string): Promise<number> {
  const unmapped = await unmappedProducts(tx)
  for (const productId of unmapped) await mapProduct(tx, shop, productId, [{ panelId, bouquets: [1, 2, 3, 4] }])
  return unmapped.length
}

const looks = [
  'name',
  'zone',
  'currency',
  'language',
  'followsVisitors',
  'country',
  'brand',
  'legal',
  'supportEmail',
  'abuseEmail',
] as const

async function copyLooks(tx: Tx, twin: Shop, business: Business): Promise<number> {
  const before = await readBusiness(tx)
  if (looks.every((each) => isDeepStrictEqual(before[each], business[each]))) return 0
  await changeBusiness(tx, twin, Object.fromEntries(looks.map((each) => [each, business[each]])))
  return 1
}

/** Its panel and its gateway, saved again only where something about them changed: the house may have moved to another address. */
async function saveMachines(tx: Tx, twin: Shop) {
  const known = await machinesOf(tx, twin.businessId)
  const { apiKey, noticeSecret } = sandboxKeys(twin)
  const panelSettings = {
    url: `${machineOrigin(twin.businessId, 'panel')}/${accessCode}/`,
    api_key: panelKey(twin),
    ...viewersAt(twin.app.publicUrl),
  }
  const panel = known.panelId === null ? null : await readPanel(tx, known.panelId)
  const moved = panel !== null && panel.settings.viewer_host !== panelSettings.viewer_host
  const panelId =
    panel === null || moved
      ? await savePanel(
          tx,
          twin,
          panel === null
            ? { name: 'Test panel', kind: 'xui', settings: panelSettings, weight: 1, capacity: null, drained: false }
            : { ...panel, settings: { ...panel.settings, ...panelSettings } },
          panel?.id,
        )
      : panel.id
  const account = known.gatewayId === null ? null : await findGateway(tx, known.gatewayId)
  const gatewayId =
    account?.id ??
    (await saveGateway(tx, twin, {
      name: 'Test payment',
      kind: 'sandbox',
      settings: { api_base: machineOrigin(twin.businessId, 'sandbox'), api_key: apiKey, notice_secret: noticeSecret },
      active: true,
      position: 0,
    }))
  return {
    panelId,
    gatewayId,
    panelTested: !moved && Boolean(panel?.testedAt),
    gatewayTested: Boolean(account?.testedAt),
  }
}

function viewersAt(publicUrl: string) {
  const { protocol, hostname, port } = new URL(publicUrl)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  return {
    viewer_scheme: scheme,
    viewer_host: hostname.startsWith('[') ? 'localhost' : hostname,
    viewer_port: port === '' ? (scheme === 'https' ? 443 : 80) : Number(port),
  }
}

/** There is nothing to wait for: what it shows belongs to nobody, and what it sells does not exist. */
async function openForTests(tx: Tx, twin: Shop): Promise<void> {
  const { liveAt } = await readBusiness(tx)
  if (liveAt !== null) return
  await attestRights(tx, twin, 'system', twin.now())
  await goLive(tx, twin, twin.now())
}
