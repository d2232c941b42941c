/**
 * Keys for programs: `lk_live_` or `lk_test_`, the key's id, a secret of 260 bits and a checksum. Shown once, stored as SHA-256.
 * The mode in a key is the mode of its business, checked at every use: a test key never opens a live business.
 */
import type { App, Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { sha256 } from '#platform/crypto.ts'
import { inTransaction, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId, randomCharacters } from '#platform/ids.ts'
import { findMember, type Membership } from './memberships.ts'
import { standingOf } from './roles.ts'
import { isScope, type Scope, scopesWithin } from './scopes.ts'

const idLength = 26
const secretLength = 52
const checkLength = 6
const shape = new RegExp(
  `^lk_(live|test)_([0-9a-hjkmnp-tv-z]{${idLength}})([0-9a-hjkmnp-tv-z]{${secretLength + checkLength}})$`,
)

export type ApiKey = {
  id: string
  name: string
  /** Everything of the key but its secret: `lk_live_…` */
  prefix: string
  scopes: Scope[]
  createdBy: string
  createdAt: Temporal.Instant
  expiresAt: Temporal.Instant | null
  revokedAt: Temporal.Instant | null
  lastUsedAt: Temporal.Instant | null
  /** The key that was made in its place; this one works until it expires. */
  replacedBy: string | null
}

const columns = sql`id, name, prefix, scopes, created_by as "createdBy", created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", last_used_at as "lastUsedAt",
  replaced_by as "replacedBy"`

export const listApiKeys = (tx: Tx): Promise<ApiKey[]> =>
  rows(
    tx,
    sql<ApiKey>`select ${columns} from api_keys where business_id = current_business() order by created_at desc, id desc`,
  )

/** `id`: where it is on record already. */
export type NewApiKey = { name: string; scopes: readonly string[]; expiresAt?: Temporal.Instant | null; id?: string }

/** `key` is the only copy of the secret there will ever be. `now` is the machine's: keys do not travel in time. */
export async function createApiKey(
  tx: Tx,
  shop: Shop,
  wanted: NewApiKey,
  now: Temporal.Instant,
): Promise<{ id: string; key: string }> {
  const held = checkedScopes(wanted.scopes)
  const id = wanted.id ?? newId('key', shop.app.clock)
  const prefix = `lk_${shop.livemode ? 'live' : 'test'}_${id.slice('key_'.length)}`
  const unchecked = prefix + randomCharacters(secretLength)
  const key = unchecked + checksum(unchecked)
  await run(
    tx,
    sql`insert into api_keys (business_id, id, name, prefix, secret_hash, scopes, created_by, created_at, expires_at)
      values (${shop.businessId}, ${id}, ${wanted.name}, ${prefix}, ${sha256(key)}, ${held}, ${shop.actor}, ${now}, ${wanted.expiresAt ?? null})`,
  )
  await record(tx, shop, shop.now(), event('api_key.created', id, { scopes: held }))
  return { id, key }
}

function checkedScopes(wanted: readonly string[]): Scope[] {
  const wrong = wanted.find((each) => !isScope(each))
  if (wrong === undefined && wanted.length > 0) return [...new Set(wanted as Scope[])].sort()
  const detail = wrong === undefined ? 'Name at least one scope.' : `"${wrong}" is not a scope.`
  throw new Refusal('invalid_input', 'The scopes are not valid.', [{ pointer: '/scopes', code: 'scope', detail }])
}

/** Ends a key at once. Repeating it changes nothing. */
export async function revokeApiKey(tx: Tx, shop: Shop, id: string, now: Temporal.Instant): Promise<void> {
  const found = await lockKey(tx, id)
  if (found.revokedAt !== null) return
  await run(tx, sql`update api_keys set revoked_at = ${now} where business_id = current_business() and id = ${id}`)
  await record(tx, shop, shop.now(), event('api_key.revoked', id, {}))
}

/** For how long a key and the one in its place work side by side, in hours. None: a key that got about ends at once. */
export const overlapHours = { usual: 24, most: 168 } as const

/** Refuses a key that opens nothing any more, or in whose place another one works already. */
export function requireRotatable(key: ApiKey, now: Temporal.Instant): void {
  if (key.revokedAt !== null || (key.expiresAt !== null && Temporal.Instant.compare(key.expiresAt, now) <= 0))
    throw new Refusal('conflict', 'This key is no longer valid: create a new one.')
  if (key.replacedBy !== null)
    throw new Refusal('conflict', 'This key was replaced already: rotate the one in its place.')
}

/**
 * A new key with the same name, scopes and end; the old one works for `hours` more, never longer than it would have, so that no
 * program stands still while the new one is put in. `freshId`: where the new one is on record already.
 */
export async function rotateApiKey(
  tx: Tx,
  shop: Shop,
  id: string,
  hours: number,
  now: Temporal.Instant,
  freshId?: string,
): Promise<{ id: string; key: string }> {
  const old = await lockKey(tx, id)
  requireRotatable(old, now)
  const ends = now.add({ minutes: Math.round(hours * 60) })
  // A key with an end of its own is replaced by one with the same end.
  const wanted = { name: old.name, scopes: old.scopes, expiresAt: old.expiresAt }
  const fresh = await createApiKey(tx, shop, freshId === undefined ? wanted : { ...wanted, id: freshId }, now)
  await run(
    tx,
    sql`update api_keys set expires_at = least(expires_at, ${ends}::timestamptz), replaced_by = ${fresh.id}
      where business_id = current_business() and id = ${id}`,
  )
  await record(tx, shop, shop.now(), event('api_key.rotated', id, { to: fresh.id, ends: ends.toString() }))
  return fresh
}

/** Who made the key; null: the machine's owner, or somebody who has left. */
export async function makerOfKey(tx: Tx, keyId: string): Promise<Membership | null> {
  const key = await maybe(
    tx,
    sql<{
      createdBy: string
    }>`select created_by as "createdBy" from api_keys where business_id = current_business() and id = ${keyId}`,
  )
  const [kind, id] = key?.createdBy.split(':') ?? []
  return kind === 'staff' && id !== undefined ? findMember(tx, id) : null
}

async function lockKey(tx: Tx, id: string): Promise<ApiKey> {
  const found = await maybe(
    tx,
    sql<ApiKey>`select ${columns} from api_keys where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such key.')
  return found
}

const event = (type: string, id: string, data: Record<string, unknown>) => ({
  type,
  subjectType: 'api_key',
  subjectId: id,
  data,
})

export type KeyCaller = { businessId: string; keyId: string; livemode: boolean; scopes: readonly Scope[] }

/**
 * Who calls with this key. Refuses `unauthenticated` with one sentence for every reason. A mistyped key is told by its checksum
 * without asking the database; an unknown one costs the same two questions as a known one. Scopes are what the key was given
 * and its maker may do today.
 */
export async function authenticateKey(app: App, key: string, now: Temporal.Instant): Promise<KeyCaller> {
  const [, mode] = shape.exec(key) ?? []
  const unchecked = key.slice(0, -checkLength)
  if (mode === undefined || checksum(unchecked) !== key.slice(-checkLength)) throw unauthenticated()
  const hash = sha256(key)
  const found = await inTransaction(app.db, { role: 'lookup' }, 'find-api-key', (tx) =>
    maybe(tx, sql<{ businessId: string }>`select business_id as "businessId" from business_by_api_key(${hash})`),
  )
  const businessId = found?.businessId ?? 'none'
  const used = await inTransaction(app.db, { role: 'app', businessId }, 'use-api-key', (tx) => noteUse(tx, hash, now))
  if (used === null || used.mode !== mode) throw unauthenticated()
  return { businessId, keyId: used.id, livemode: mode === 'live', scopes: used.scopes }
}

const checksum = (unchecked: string): string => {
  const bytes = sha256(unchecked)
  return Array.from(bytes.subarray(0, checkLength), (byte) =>
    '0123456789abcdefghjkmnpqrstvwxyz'.charAt(byte & 31),
  ).join('')
}

const unauthenticated = () => new Refusal('unauthenticated', 'This API key is not valid.')

type UsedKey = {
  id: string
  mode: 'live' | 'test'
  scopes: Scope[]
  lastUsedAt: Temporal.Instant | null
  createdBy: string
  role: string | null
  permissions: string[] | null
}

async function noteUse(tx: Tx, hash: Buffer, now: Temporal.Instant): Promise<UsedKey | null> {
  const key = await maybe(
    tx,
    sql<UsedKey>`select k.id, b.mode, k.scopes, k.last_used_at as "lastUsedAt", k.created_by as "createdBy", coalesce(m.role_id, m.role, t.role) as role,
        coalesce(r.permissions, t.permissions) as permissions
      from api_keys k
      join businesses b on b.id = k.business_id and b.closed_at is null
      left join memberships m on m.business_id = k.business_id and k.created_by = 'staff:' || m.id
        and (m.expires_at is null or m.expires_at > ${now})
      left join roles r on r.business_id = m.business_id and r.id = m.role_id
      left join lateral (select * from twin_staff() s where b.twin_of is not null) t on k.created_by = 'staff:' || t.id and (t.expires_at is null or t.expires_at > ${now})
      where k.business_id = current_business() and k.secret_hash = ${hash} and k.revoked_at is null and (k.expires_at is null or k.expires_at > ${now})`,
  )
  if (key === null) return null
  const minuteAgo = now.subtract({ minutes: 1 })
  // Once a minute is enough to see that a key is alive, and spares a write per request.
  if (key.lastUsedAt === null || Temporal.Instant.compare(key.lastUsedAt, minuteAgo) <= 0)
    await run(
      tx,
      sql`update api_keys set last_used_at = ${now} where business_id = current_business() and id = ${key.id}`,
    )
  if (!key.createdBy.startsWith('staff:')) return key
  if (key.role === null) return null
  const { rights } = standingOf(key.role, { permissions: key.permissions, refundMinor: null, freeDays: null })
  return { ...key, scopes: scopesWithin(key.scopes, rights) }
}
