/** Gateway accounts: settings, live test, opening one for a call. */
import type { Gateway, GatewayKind } from '#adapters/gateways/gateway.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { openDataKey } from '#platform/crypto.ts'
import { json, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'
import {
  hideSecrets,
  keepSecrets,
  openSecrets,
  parseSettings,
  sameSettings,
  sealSecrets,
  secretsOf,
} from '../people/settings.ts'
import { refuseOthersMachine } from '../people/twin-address.ts'

export type GatewayAccount = {
  id: string
  kind: string
  name: string
  settings: Record<string, unknown>
  active: boolean
  position: number
  /** Others take money by it, too: what is not ours there is no difference. */
  shared: boolean
  testedAt: Temporal.Instant | null
  lastError: string | null
  createdAt: Temporal.Instant
  version: number
  /** It is the parent's, who collects by it; null: our own. */
  lent: Lent | null
}

/** A gateway of the parent's, as the reseller's row of it is opened. Settings are sealed for the lender. */
export type Lent = {
  lenderId: string
  lenderName: string
  accountId: string
  settings: Record<string, unknown>
  dataKey: string
  refunds: 'owed' | 'any'
  /** New payments may begin. */
  live: boolean
}

// What a loan says is asked only where there is one.
const columns = sql`id, kind, name, settings, active, position, shared, tested_at as "testedAt", last_error as "lastError", created_at as "createdAt", version,
  case when loan_id is not null then lent_gateway(loan_id) end as lent`

export const listGateways = (tx: Tx): Promise<GatewayAccount[]> =>
  rows(
    tx,
    sql<GatewayAccount>`select ${columns} from gateway_accounts where business_id = current_business() order by position, created_at, id`,
  )

export const findGateway = (tx: Tx, id: string): Promise<GatewayAccount | null> =>
  maybe(
    tx,
    sql<GatewayAccount>`select ${columns} from gateway_accounts where business_id = current_business() and id = ${id}`,
  )

/** What a buyer may choose from, in the operator's order. */
export async function gatewaysFor(tx: Tx, shop: Shop, currency: string): Promise<GatewayAccount[]> {
  const accounts = await listGateways(tx)
  return accounts.filter((account) => {
    const { kind } = account
    const settings = account.lent?.settings ?? account.settings
    const known = shop.app.gateways.get(kind)
    return (
      isOffered(account) &&
      known !== undefined &&
      (known.currencies === null || known.currencies.includes(currency)) &&
      (typeof settings.currency !== 'string' || settings.currency === currency) &&
      !(known.capabilities.testOnly && shop.livemode)
    )
  })
}

/** Switched on, and, where it is lent, not taken back. */
export const isOffered = ({ active, lent }: Pick<GatewayAccount, 'active' | 'lent'>): boolean =>
  active && lent?.live !== false

export function gatewayKind(app: App, kind: string): GatewayKind {
  const found = app.gateways.get(kind)
  if (found === undefined)
    throw new Refusal('invalid_input', `There is no gateway kind "${kind}".`, [
      { pointer: '/kind', code: 'unknown', detail: 'Please choose a kind of gateway.' },
    ])
  return found
}

const placeOf = (id: string) => `gateway/${id}`

export type GatewayFacts = {
  name: string
  kind: string
  settings: Record<string, unknown>
  active: boolean
  position: number
  /** Left out: as it was; false for a new one. */
  shared?: boolean | undefined
}

/** Makes or changes a gateway account. Secret fields left empty keep what is stored; changed settings must be tested again. */
export async function saveGateway(tx: Tx, shop: Shop, facts: GatewayFacts, id?: string): Promise<string> {
  const kind = gatewayKind(shop.app, facts.kind)
  if (kind.capabilities.testOnly && shop.livemode)
    throw new Refusal('invalid_input', 'A sandbox gateway can belong only to a test business.')
  const known = id === undefined ? null : await findGateway(tx, id)
  if (id !== undefined && known === null) throw new Refusal('not_found', 'There is no such gateway.')
  if (known !== null && known.lent !== null) return saveLent(tx, shop, known, facts)
  const accountId = id ?? newId('gwa', shop.app.clock)
  const before = known === null ? {} : openSecrets(shop, placeOf(accountId), kind.settings, known.settings)
  const settings = parseSettings(kind.settings, keepSecrets(kind.settings, facts.settings, before))
  if (facts.kind !== 'manual') refuseOthersMachine(shop, settings.api_base)
  const changed = !sameSettings(settings, before)
  await run(
    tx,
    sql`insert into gateway_accounts (business_id, id, kind, name, settings, active, position, shared, created_at)
      values (${shop.businessId}, ${accountId}, ${facts.kind}, ${facts.name}, ${json(sealSecrets(shop, placeOf(accountId), kind.settings, settings))}, ${facts.active}, ${facts.position}, ${facts.shared ?? known?.shared ?? false}, ${shop.now()})
      on conflict (business_id, id) do update set name = excluded.name, settings = excluded.settings, active = excluded.active, position = excluded.position, shared = excluded.shared,
        tested_at = case when ${changed} then null else gateway_accounts.tested_at end, version = gateway_accounts.version + 1`,
  )
  forgetAfter(tx, shop)
  const { settings: _, ...plain } = { ...facts, shared: facts.shared ?? known?.shared ?? false }
  await record(tx, shop, shop.now(), {
    type: known === null ? 'gateway.created' : 'gateway.changed',
    subjectType: 'gateway',
    subjectId: accountId,
    data: changesOf(known && { ...known, ...before }, { ...plain, ...settings }, { secret: secretsOf(kind.settings) }),
  })
  return accountId
}

/** Of a gateway that is lent: whether it is offered, where, and by what name. Nothing else of it is the reseller's. */
async function saveLent(tx: Tx, shop: Shop, known: GatewayAccount, facts: GatewayFacts): Promise<string> {
  const { id, kind } = known
  const ours = Object.values(facts.settings).every((value) => value === '' || value === null || value === undefined)
  if (facts.kind !== kind || !ours || facts.shared === true)
    throw new Refusal('conflict', 'This gateway is your supplier’s: you can switch it on or off and name it.')
  await run(
    tx,
    sql`update gateway_accounts set name = ${facts.name}, active = ${facts.active}, position = ${facts.position}, version = version + 1
      where business_id = current_business() and id = ${id}`,
  )
  forgetAfter(tx, shop)
  const { name, active, position } = facts
  await record(tx, shop, shop.now(), {
    type: 'gateway.changed',
    subjectType: 'gateway',
    subjectId: id,
    data: changesOf(known, { name, active, position }),
  })
  return id
}

/** Refuses what only the owner of a gateway does: compare its list, read its balance, enter its payouts. */
export function refuseLent({ lent }: Pick<GatewayAccount, 'lent'>): void {
  if (lent !== null)
    throw new Refusal('conflict', `This gateway belongs to ${lent.lenderName}, who collects with it and pays you out.`)
}

export const shownGatewaySettings = (app: App, account: Pick<GatewayAccount, 'kind' | 'settings'>) =>
  hideSecrets(gatewayKind(app, account.kind).settings, account.settings)

export type OpenGateway = { account: GatewayAccount; kind: GatewayKind; gateway: Gateway }

/** By row: a kept row is opened once. */
const opened = new WeakMap<GatewayAccount, OpenGateway>()

export function openGateway(shop: Shop, account: GatewayAccount): OpenGateway {
  const known = opened.get(account) ?? openAnew(shop, account)
  opened.set(account, known)
  return known
}

function openAnew(shop: Shop, account: GatewayAccount): OpenGateway {
  const kind = gatewayKind(shop.app, account.kind)
  const settings = kind.settings.parse(settingsOf(shop, kind, account))
  const gateway = kind.open(settings, {
    http: shop.app.http,
    log: shop.app.log.child({ gateway: account.id }),
    now: () => shop.now(),
    livemode: shop.livemode,
    noticeUrl: noticeUrlOf(shop.app, account.id),
  })
  return { account, kind, gateway }
}

function settingsOf(shop: Shop, kind: GatewayKind, { id, settings, lent }: GatewayAccount): Record<string, unknown> {
  if (lent === null) return openSecrets(shop, placeOf(id), kind.settings, settings)
  const dataKey = openDataKey(shop.app.masterKey, lent.lenderId, lent.dataKey)
  return openSecrets({ businessId: lent.lenderId, dataKey }, placeOf(lent.accountId), kind.settings, lent.settings)
}

export const noticeUrlOf = (app: Pick<App, 'publicUrl'>, accountId: string): string =>
  `${app.publicUrl}/hooks/${accountId}`

/** Proves address, key and mode, and remembers that it did. The address for notices is `/hooks/<account id>`. */
export async function testGateway(shop: Shop, id: string): Promise<{ detail: string }> {
  const account = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, id))
  if (account === null) throw new Refusal('not_found', 'There is no such gateway.')
  try {
    const { detail } = await openGateway(shop, account).gateway.checkConnection()
    await transaction(shop, 'gateway-tested', (tx) =>
      run(
        tx,
        sql`update gateway_accounts set tested_at = ${shop.now()}, last_error = null where business_id = current_business() and id = ${id}`,
      ),
    )
    return { detail }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    await transaction(shop, 'gateway-test-failed', (tx) =>
      run(
        tx,
        sql`update gateway_accounts set tested_at = null, last_error = ${detail} where business_id = current_business() and id = ${id}`,
      ),
    )
    throw new Refusal('gateway_failed', detail)
  }
}
