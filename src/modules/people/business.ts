/** Businesses: creating them, reading them, opening a Shop for one. */
import type { Actor, App, Shop, StandstillCause } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { newDataKey, openDataKey } from '#platform/crypto.ts'
import { insideTransaction, inTransaction, json, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { plusSeconds } from '#platform/time.ts'
import { limitsFrom, type StoredLimits } from './limit-rules.ts'

export type Business = {
  id: string
  parentId: string | null
  slug: string
  name: string
  mode: 'live' | 'test'
  twinOf: string | null
  clockFrozenAt: Temporal.Instant | null
  clockOffsetMs: bigint
  zone: string
  currency: string
  language: string
  /** Its shop speaks the language of the visitor's browser, where it can. */
  followsVisitors: boolean
  country: string
  brand: { color?: string; tagline?: string; logo?: string }
  legal: {
    name?: string
    address?: string[]
    vatId?: string
    terms?: string
    privacy?: string
    refundPolicy?: string
    /** What the numbers of its papers begin with, where it is not the house's own. */
    invoicePrefix?: string
    creditNotePrefix?: string
  }
  supportEmail: string | null
  abuseEmail: string | null
  dataKey: string
  rightsAttestedAt: Temporal.Instant | null
  liveAt: Temporal.Instant | null
  /** By somebody above it: nothing new is sold. */
  suspendedAt: Temporal.Instant | null
  /** By its supplier: nothing is renewed past it. */
  closesAt: Temporal.Instant | null
  limits: StoredLimits
  /** Its own host name, when it is proved. */
  host: string | null
  standsSince: Temporal.Instant | null
  standsBecause: StandstillCause | null
  standsDetail: string | null
  createdAt: Temporal.Instant
  version: number
}

const columns = sql`id, parent_id as "parentId", slug, name, mode, twin_of as "twinOf", clock_frozen_at as "clockFrozenAt",
  clock_offset_ms as "clockOffsetMs", zone, currency, language, follows_visitors as "followsVisitors", country, brand, legal, support_email as "supportEmail",
  abuse_email as "abuseEmail", data_key as "dataKey", rights_attested_at as "rightsAttestedAt", live_at as "liveAt", suspended_at as "suspendedAt", closes_at as "closesAt", limits,
  (select h.host from host_names h where h.business_id = businesses.id and h.verified_at is not null) as host,
  stands_since as "standsSince", stands_because as "standsBecause", stands_detail as "standsDetail",
  created_at as "createdAt", version`

export const findBusiness = (tx: Tx): Promise<Business | null> =>
  maybe(tx, sql<Business>`select ${columns} from businesses where id = current_business()`)

export const readBusiness = (tx: Tx): Promise<Business> =>
  one(tx, sql<Business>`select ${columns} from businesses where id = current_business()`)

export type NewBusiness = Pick<Business, 'slug' | 'name' | 'mode' | 'zone' | 'currency' | 'country'> &
  Partial<Pick<Business, 'language' | 'brand' | 'legal' | 'supportEmail' | 'abuseEmail' | 'clockOffsetMs' | 'twinOf'>>

/** Where a reseller hangs: his own id, chosen before anything of him is made, and the businesses above him, the parent first. */
export type Place = { id: string; parent: Business; ancestors: readonly string[] }

/**
 * The first business of an installation is the operator; resellers hang below one, live by its clock, and are made once, however often
 * this is called with their place.
 */
export async function createBusiness(
  app: App,
  facts: NewBusiness,
  now: Temporal.Instant,
  place: Place | null = null,
): Promise<string> {
  const id = place?.id ?? newId('biz', app.clock)
  const { wrapped } = newDataKey(app.masterKey, id)
  const { clockFrozenAt = null, clockOffsetMs = facts.clockOffsetMs ?? 0n } = place?.parent ?? {}
  await inTransaction(app.db, { role: 'app', businessId: id }, 'create-business', async (tx) => {
    const made = await run(
      tx,
      sql`insert into businesses (id, parent_id, slug, name, mode, twin_of, clock_frozen_at, clock_offset_ms, zone, currency, language, country, brand, legal, support_email, abuse_email, data_key, created_at)
        values (${id}, ${place?.parent.id ?? null}, ${facts.slug}, ${facts.name}, ${facts.mode}, ${facts.twinOf ?? null}, ${clockFrozenAt}, ${clockOffsetMs}, ${facts.zone}, ${facts.currency}, ${facts.language ?? 'en'},
          ${facts.country}, ${json(facts.brand ?? {})}, ${json(facts.legal ?? {})}, ${facts.supportEmail ?? null}, ${facts.abuseEmail ?? null}, ${wrapped}, ${now})
        on conflict (id) do nothing`,
    )
    if (made === 0) return
    const above = [id, ...(place?.ancestors ?? [])]
    await run(
      tx,
      sql`insert into business_paths (ancestor_id, business_id, depth)
        select a.id, ${id}, (a.place - 1)::int from unnest(${above}::text[]) with ordinality a (id, place)`,
    )
  })
  return id
}

/** The businesses above this one, itself first. */
export const pathOf = async (tx: Tx): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{
        id: string
      }>`select ancestor_id as id from business_paths where business_id = current_business() order by depth`,
    )
  ).map(({ id }) => id)

/** Businesses change rarely and are opened with every request and job: a card is kept for a moment. */
type Card = {
  business: Business
  key: Uint8Array
  until: number
  kept: Map<string, { value: unknown }>
  loading: Map<string, Promise<unknown>>
}

const cards = new WeakMap<App, Map<string, Card>>()
const cardMilliseconds = 1_000

/** Forgets what is kept of a business: called by every change of one. */
export const forgetBusiness = (app: App, businessId: string): void => {
  cards.get(app)?.delete(businessId)
}

/** Opens the shop of a business for an actor. Throws `not_found` for an id that names none. */
export async function openShop(
  app: App,
  businessId: string,
  actor: Actor,
  requestId: string | null = null,
): Promise<Shop> {
  const opened = await card(app, businessId)
  const { business, key } = opened
  const { clockFrozenAt, clockOffsetMs } = business
  return {
    app,
    businessId,
    livemode: business.mode === 'live',
    twinOf: business.twinOf,
    parentId: business.parentId,
    name: business.name,
    slug: business.slug,
    baseUrl: baseUrlOf(app, business),
    zone: business.zone,
    currency: business.currency,
    language: business.language,
    country: business.country,
    open: business.liveAt !== null && business.suspendedAt === null && business.closesAt === null,
    closesAt: business.closesAt,
    standstill:
      business.standsSince === null || business.standsBecause === null
        ? null
        : { since: business.standsSince, because: business.standsBecause },
    limits: limitsFrom(business.limits),
    dataKey: key,
    actor,
    requestId,
    keep: <T>(name: string, load: () => Promise<T>) => keep(opened, name, load),
    now: () => clockFrozenAt ?? plusSeconds(app.clock.now(), Number(clockOffsetMs) / 1_000),
  }
}

function baseUrlOf({ publicUrl }: Pick<App, 'publicUrl'>, { host, parentId, twinOf, slug }: Business): string {
  if (host === null) return parentId === null && twinOf === null ? publicUrl : `${publicUrl}/s/${slug}`
  const own = new URL(publicUrl)
  own.hostname = host
  return own.origin
}

async function card(app: App, businessId: string): Promise<Card> {
  const known = mapOf(cards, app)
  const kept = known.get(businessId)
  // Real time, not the clock's: a stopped clock would keep it for ever.
  if (kept !== undefined && kept.until > stopwatch()) return kept
  return shared(mapOf(opening, app), businessId, async () => {
    const business = await inTransaction(app.db, { role: 'app', businessId }, 'open-shop', findBusiness)
    if (business === null) throw new Refusal('not_found', 'There is no such shop.')
    const key = openDataKey(app.masterKey, businessId, business.dataKey)
    const fresh = { business, key, until: stopwatch() + cardMilliseconds, kept: new Map(), loading: new Map() }
    known.delete(businessId)
    known.set(businessId, fresh)
    forgetOver(known)
    return fresh
  })
}

/** The oldest come first. Ten thousand shops that somebody once looked at are no reason to keep what was read of them. */
function forgetOver(known: Map<string, Card>): void {
  for (const [id, { until }] of known) {
    if (until > stopwatch()) return
    known.delete(id)
  }
}

/** Cards that are being read: a hundred notices at once read it once. */
const opening = new WeakMap<App, Map<string, Promise<Card>>>()

function mapOf<Value>(all: WeakMap<App, Map<string, Value>>, app: App): Map<string, Value> {
  const known = all.get(app) ?? new Map<string, Value>()
  all.set(app, known)
  return known
}

/**
 * A transaction never waits for what another one reads: that reading may stand behind a lock which only the waiting one will give back,
 * a circle that no database sees. Inside a transaction each reads for itself; outside, one reads for all.
 */
async function keep<T>({ kept, loading }: Card, name: string, load: () => Promise<T>): Promise<T> {
  const known = kept.get(name)
  if (known !== undefined) return known.value as T
  const read = async () => {
    const value = await load()
    kept.set(name, { value })
    return value
  }
  return insideTransaction() ? read() : shared(loading as Map<string, Promise<T>>, name, read)
}

/** Whoever comes while it is loading gets the same. */
function shared<T>(loading: Map<string, Promise<T>>, name: string, load: () => Promise<T>): Promise<T> {
  const known = loading.get(name)
  if (known !== undefined) return known
  const started = load().finally(() => loading.delete(name))
  loading.set(name, started)
  return started
}

/** For doors whose change is kept by others: forgotten when the commit is there. The supplier of a twin has the twin's clock. */
export const forgetAfter = (tx: Tx, { app, businessId, twinOf, parentId }: Shop): void =>
  tx.afterCommit(() => {
    forgetBusiness(app, businessId)
    if (twinOf !== null && parentId !== null) forgetBusiness(app, parentId)
  })

export type BusinessChange = Partial<
  Pick<
    Business,
    | 'name'
    | 'slug'
    | 'zone'
    | 'currency'
    | 'language'
    | 'followsVisitors'
    | 'country'
    | 'brand'
    | 'legal'
    | 'supportEmail'
    | 'abuseEmail'
  >
>

/** Changes what the operator sees on his settings page; the currency only while nothing was sold in another. */
export async function changeBusiness(tx: Tx, shop: Shop, change: BusinessChange): Promise<void> {
  const before = await readBusiness(tx)
  const after = { ...before, ...change }
  await run(
    tx,
    sql`update businesses set name = ${after.name}, slug = ${after.slug}, zone = ${after.zone}, currency = ${after.currency}, language = ${after.language}, follows_visitors = ${after.followsVisitors},
        country = ${after.country}, brand = ${json(after.brand)}, legal = ${json(after.legal)}, support_email = ${after.supportEmail},
        abuse_email = ${after.abuseEmail}, version = version + 1
      where id = current_business()`,
  )
  forgetAfter(tx, shop)
}

/** The operator says that he holds the rights to what his panels serve (S0-48); kept with name and instant. */
export async function attestRights(tx: Tx, shop: Shop, by: string, now: Temporal.Instant): Promise<void> {
  await run(
    tx,
    sql`update businesses set rights_attested_at = ${now}, rights_attested_by = ${by}, version = version + 1 where id = current_business() and rights_attested_at is null`,
  )
  forgetAfter(tx, shop)
}

/** Opens shop and automation. What must be true before is checked by the caller, who can name what is missing. */
export async function goLive(tx: Tx, shop: Shop, now: Temporal.Instant): Promise<void> {
  await run(
    tx,
    sql`update businesses set live_at = coalesce(live_at, ${now}), version = version + 1 where id = current_business() and rights_attested_at is not null`,
  )
  forgetAfter(tx, shop)
}

/** Moves a test business's clock. A live one follows the machine: the database refuses anything else. */
export async function moveClock(
  tx: Tx,
  shop: Shop,
  to: { offsetMs: bigint } | { frozenAt: Temporal.Instant },
): Promise<void> {
  const [offset, frozen] = 'offsetMs' in to ? [to.offsetMs, null] : [0n, to.frozenAt]
  const moved = await run(
    tx,
    sql`update businesses set clock_offset_ms = ${offset}, clock_frozen_at = ${frozen}, version = version + 1 where id = current_business() and travel_to is null`,
  )
  if (moved === 0) throw new Refusal('conflict', 'It travels in time. Let it arrive, or stop it first.')
  forgetAfter(tx, shop)
}

type Found = { businessId: string }
const first = (found: Found[]): string | null => found[0]?.businessId ?? null

/** Look-ups before a business is known; each reads through a reviewed function (migration 0011). */
export const businessByHost = async (app: App, host: string) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from business_by_host(${host})`))
export const businessBySlug = async (app: App, slug: string) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from business_by_slug(${slug})`))
export const businessByGatewayAccount = async (app: App, id: string) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from business_by_gateway_account(${id})`))
/** The test twin of a live business; null: it has none yet. */
export const twinOfBusiness = async (app: App, id: string) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from twin_of_business(${id})`))
/** What stands above the twin of a live reseller; null: it has no twin yet, or is an operator. */
export const supplierOfTwin = async (app: App, id: string) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from supplier_of_twin(${id})`))
/** The twin whose imitated panel has this TV login. */
export const twinOfLogin = async (app: App, username: string, password: string) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from twin_of_login(${username}, ${password})`))
export const rootBusiness = async (app: App) =>
  first(await lookUp(app, sql<Found>`select business_id as "businessId" from root_business()`))
export const allBusinesses = async (app: App) =>
  (await lookUp(app, sql<Found>`select business_id as "businessId" from business_ids()`)).map((each) => each.businessId)

/** All businesses, one after the other, as the system acts in them. */
export async function* allShops(app: App): AsyncGenerator<Shop> {
  for (const businessId of await allBusinesses(app)) yield openShop(app, businessId, 'system')
}

const lookUp = (app: App, query: ReturnType<typeof sql<Found>>) =>
  inTransaction(app.db, { role: 'lookup' }, 'look-up', (tx) => rows(tx, query))
