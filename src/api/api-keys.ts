/** API keys: a key makes only keys that may no more than itself, and is shown once. */
import { type Shop, transaction } from '#app.ts'
import {
  type ApiKey,
  createApiKey,
  listApiKeys,
  overlapHours,
  requireRotatable,
  revokeApiKey,
  rotateApiKey,
} from '#modules/people/api-keys.ts'
import { type ResourceScope, type Scope, scopeAllows, scopes } from '#modules/people/scopes.ts'
import { makeTestKey, rotateTestKey } from '#modules/twins/make-test-key.ts'
import { twinShop } from '#modules/twins/sync-twin.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, instantIn, list, resource, time, words, z } from './schemas.ts'

const facts = {
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  created_by: z.string(),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  last_used_at: time.nullable(),
  replaced_by: z
    .string()
    .nullable()
    .openapi({ description: 'The key in its place; this one works until `expires_at`.' }),
}

const KeyOut = resource('ApiKey', facts)
const NewKeyOut = resource('NewApiKey', {
  ...facts,
  key: z
    .string()
    .nullable()
    .openapi({ description: 'The key itself, this once. Null in a late repeat: revoke it and make another.' }),
})

const keyOf = (shop: Shop, key: ApiKey): z.input<typeof KeyOut> => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  created_by: key.createdBy,
  created_at: at(key.createdAt),
  expires_at: atOr(key.expiresAt),
  revoked_at: atOr(key.revokedAt),
  last_used_at: atOr(key.lastUsedAt),
  replaced_by: key.replacedBy,
  livemode: shop.livemode,
})

async function find({ shop }: Pick<Call, 'shop'>, keyId: string): Promise<ApiKey> {
  const found = (await transaction({ ...shop, idempotency: undefined }, 'read-key', listApiKeys)).find(
    (each) => each.id === keyId,
  )
  if (found === undefined) throw new Refusal('not_found', 'There is no such key.')
  return found
}

const read = async (call: Pick<Call, 'shop'>, keyId: string) => keyOf(call.shop, await find(call, keyId))

/** The answer told again: which key it was; the key itself is not kept anywhere. */
const retellMade = async (call: Pick<Call, 'shop'>, made: string | null) => ({
  ...(await read({ shop: await homeOf(call, made ?? '') }, made ?? '')),
  key: null,
})

/** Where a key of the business is: with it, or in its twin, whose keys it makes, too. */
async function homeOf({ shop }: Pick<Call, 'shop'>, keyId: string): Promise<Shop> {
  const plain = { ...shop, idempotency: undefined }
  const has = async (each: Shop) => (await transaction(each, 'read-key', listApiKeys)).some(({ id }) => id === keyId)
  if (await has(plain)) return shop
  const twin = await twinShop(plain)
  return twin !== null && (await has(twin)) ? twin : shop
}

/** In which business a key is made: in that of the caller, or in its twin. From a twin no way leads to the live one. */
async function shopOf({ shop }: Pick<Call, 'shop'>, mode: 'live' | 'test' | undefined): Promise<Shop> {
  if (mode === undefined || (mode === 'live') === shop.livemode) return shop
  if (mode === 'live') throw new Refusal('forbidden', 'A test key makes no live keys.')
  const twin = await twinShop(shop)
  if (twin === null) throw new Refusal('conflict', 'There is no test mode yet: POST /twin makes it.')
  return twin
}

/** Nobody gives what he does not hold. */
function requireWithin(held: readonly Scope[], wanted: readonly Scope[]): void {
  const beyond = (each: Scope) => (each === 'all' ? !held.includes('all') : !scopeAllows(held, each as ResourceScope))
  const index = wanted.findIndex(beyond)
  if (index >= 0)
    throw new Refusal('forbidden', 'A key can only make keys that may no more than itself.', [
      { pointer: `/scopes/${index}`, code: 'beyond', detail: `This key does not hold ${wanted[index]}.` },
    ])
}

export const apiKeys = [
  route({
    method: 'get',
    path: '/api_keys',
    scope: 'api_keys:read',
    summary: 'Lists the keys of this business, revoked ones too.',
    answer: list(KeyOut),
    handle: async (call) => {
      const found = await call.read(listApiKeys)
      return whole(
        call,
        found.map((each) => keyOf(call.shop, each)),
      )
    },
  }),
  route({
    method: 'post',
    path: '/api_keys',
    scope: 'api_keys:write',
    summary: 'Makes a key. It is shown once.',
    status: 201,
    body: z.strictObject({
      name: words(80),
      scopes: z
        .array(z.enum(scopes as [Scope, ...Scope[]]))
        .min(1)
        .max(100),
      expires_at: instantIn.optional(),
      mode: z.enum(['live', 'test']).optional().openapi({
        description:
          'Of a live business: `test` makes the key in its twin, which it opens and nothing else. Left out: as the key that calls.',
      }),
    }),
    answer: NewKeyOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { name, scopes: wanted, expires_at, mode } = call.body
      requireWithin(call.caller.scopes, wanted)
      const shop = await shopOf(call, mode)
      const key = { name, scopes: wanted, expiresAt: expires_at ?? null }
      const make = (tx: Tx) => createApiKey(tx, shop, key, call.app.clock.now())
      const made = await (shop === call.shop ? call.write('create-api-key', make) : makeTestKey(call.shop, shop, key))
      return { ...(await read({ shop }, made.id)), key: made.key }
    },
    retell: retellMade,
  }),
  route({
    method: 'post',
    path: '/api_keys/{id}/rotate',
    scope: 'api_keys:write',
    summary:
      'Makes a new key with the name, scopes and end of this one, which works for some hours more. The new one is shown once.',
    status: 201,
    params: byId('key'),
    body: z.strictObject({
      overlap_hours: z
        .int()
        .min(0)
        .max(overlapHours.most)
        .default(overlapHours.usual)
        .openapi({ description: 'How long the old key works beside the new one; 0 ends it at once.' }),
    }),
    answer: NewKeyOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const home = await homeOf(call, call.params.id)
      const old = await find({ shop: home }, call.params.id)
      requireWithin(call.caller.scopes, old.scopes)
      const now = call.app.clock.now()
      requireRotatable(old, now)
      const hours = call.body.overlap_hours
      const made = await (home === call.shop
        ? call.write('rotate-api-key', (tx) => rotateApiKey(tx, home, old.id, hours, now))
        : rotateTestKey(call.shop, home, old, hours))
      return { ...(await read({ shop: home }, made.id)), key: made.key }
    },
    retell: retellMade,
  }),
  route({
    method: 'post',
    path: '/api_keys/{id}/revoke',
    scope: 'api_keys:write',
    summary: 'Ends a key at once: of this business, or of its test twin.',
    params: byId('key'),
    answer: KeyOut,
    again: true,
    handle: async (call) => {
      const home = await homeOf(call, call.params.id)
      const revoke = (tx: Tx) => revokeApiKey(tx, home, call.params.id, call.app.clock.now())
      await (home === call.shop ? call.write('revoke-api-key', revoke) : transaction(home, 'revoke-api-key', revoke))
      return read({ shop: home }, call.params.id)
    },
  }),
]
