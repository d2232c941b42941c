import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { authenticateKey, createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from './api-keys.ts'
import { addMember, changeMember, removeMember } from './memberships.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'

let world: AccessWorld
beforeAll(async () => {
  world = await accessWorld()
})
afterAll(() => world.close())

const now = () => world.clock.now()
const refused = { code: 'unauthenticated', message: 'This API key is not valid.' }

async function make(
  businessId = world.live,
  wanted: Partial<Parameters<typeof createApiKey>[2]> = {},
  actor = 'system',
) {
  const shop = await world.shop(businessId, actor)
  return transaction(shop, 'test', (tx) =>
    createApiKey(tx, shop, { name: 'Site', scopes: ['orders:write'], ...wanted }, now()),
  )
}

const keysOf = async (businessId = world.live) => transaction(await world.shop(businessId), 'test', listApiKeys)

it('opens its business in its mode', async () => {
  const live = await make()
  expect(live.key).toMatch(/^lk_live_[0-9a-z]{84}$/)
  expect(await authenticateKey(world.app, live.key, now())).toEqual({
    businessId: world.live,
    keyId: live.id,
    livemode: true,
    scopes: ['orders:write'],
  })
  const test = await make(world.test)
  expect(test.key).toMatch(/^lk_test_/)
  expect(await authenticateKey(world.app, test.key, now())).toMatchObject({ businessId: world.test, livemode: false })
})

it('keeps no copy of the secret', async () => {
  const { id, key } = await make()
  const { prefix } = (await keysOf()).find((each) => each.id === id) ?? { prefix: '' }
  expect(key.startsWith(prefix)).toBe(true)
  const client = new pg.Client({ connectionString: world.url })
  await client.connect()
  // The database's owner is held by the row policies too; the look-up role reads all.
  await client.query('set role linekeeper_lookup')
  const { rows } = await client.query('select api_keys::text as row from api_keys where id = $1', [id])
  await client.end()
  expect(rows).toHaveLength(1)
  expect(rows[0].row).not.toContain(key.slice(prefix.length, prefix.length + 20))
})

it('refuses mistyped, unknown and shapeless keys with one sentence', async () => {
  const { key } = await make()
  const swapped = key.slice(0, 60) + (key[60] === 'a' ? 'b' : 'a') + key.slice(61)
  for (const wrong of ['', 'lk_live_', `${key} `, key.toUpperCase(), key.replace('live', 'test'), swapped])
    await expect(authenticateKey(world.app, wrong, now())).rejects.toMatchObject(refused)
})

it('tells a mistyped key without asking the database', async () => {
  const { key } = await make()
  const swapped = key.slice(0, 60) + (key[60] === 'a' ? 'b' : 'a') + key.slice(61)
  const unreachable = { ...world.app, db: { ...world.db, pool: undefined as never } }
  await expect(authenticateKey(unreachable, swapped, now())).rejects.toMatchObject(refused)
})

it('a key whose business changed its mode opens nothing', async () => {
  const { key } = await make(world.test)
  const client = new pg.Client({ connectionString: world.url })
  await client.connect()
  await client.query(`select set_config('role', 'linekeeper_app', false), set_config('app.business', $1, false)`, [
    world.test,
  ])
  await client.query(`update businesses set mode = 'live'`)
  await expect(authenticateKey(world.app, key, now())).rejects.toMatchObject(refused)
  await client.query(`update businesses set mode = 'test'`)
  await client.end()
})

it('ends by revocation at once and by its date', async () => {
  const revoked = await make()
  const dated = await make(world.live, { expiresAt: now().add({ hours: 1 }) })
  const shop = await world.shop()
  await transaction(shop, 'test', (tx) => revokeApiKey(tx, shop, revoked.id, now()))
  await expect(authenticateKey(world.app, revoked.key, now())).rejects.toMatchObject(refused)
  await expect(authenticateKey(world.app, dated.key, now())).resolves.toMatchObject({ keyId: dated.id })
  await expect(authenticateKey(world.app, dated.key, now().add({ hours: 1 }))).rejects.toMatchObject(refused)
})

it('rotates with an overlap', async () => {
  const old = await make()
  const shop = await world.shop()
  const fresh = await transaction(shop, 'test', (tx) => rotateApiKey(tx, shop, old.id, 24, now()))
  const at = (hours: number) => now().add({ hours })
  expect((await authenticateKey(world.app, old.key, at(23))).keyId).toBe(old.id)
  expect((await authenticateKey(world.app, fresh.key, at(23))).scopes).toEqual(['orders:write'])
  await expect(authenticateKey(world.app, old.key, at(24))).rejects.toMatchObject(refused)
  expect((await authenticateKey(world.app, fresh.key, at(24))).keyId).toBe(fresh.id)
  // Its place is taken: a third key nobody asked for would have the short end of the first.
  expect((await keysOf()).find(({ id }) => id === old.id)).toMatchObject({ replacedBy: fresh.id })
  await expect(transaction(shop, 'test', (tx) => rotateApiKey(tx, shop, old.id, 24, now()))).rejects.toMatchObject({
    code: 'conflict',
  })
})

it('rotates at once, and never lengthens the life of a key', async () => {
  const shop = await world.shop()
  const rotate = (id: string, hours: number) =>
    transaction(shop, 'test', (tx) => rotateApiKey(tx, shop, id, hours, now()))
  const leaked = await make()
  await rotate(leaked.id, 0)
  await expect(authenticateKey(world.app, leaked.key, now())).rejects.toMatchObject(refused)
  const dated = await make(world.live, { expiresAt: now().add({ hours: 2 }) })
  const fresh = await rotate(dated.id, 24)
  for (const { key } of [dated, fresh]) {
    await authenticateKey(world.app, key, now().add({ hours: 1 }))
    await expect(authenticateKey(world.app, key, now().add({ hours: 2 }))).rejects.toMatchObject(refused)
  }
})

it('notes its use once a minute', async () => {
  const { id, key } = await make()
  const used = async () => (await keysOf()).find((each) => each.id === id)?.lastUsedAt?.toString()
  const start = now()
  await authenticateKey(world.app, key, start)
  await authenticateKey(world.app, key, start.add({ seconds: 59 }))
  expect(await used()).toBe(start.toString())
  await authenticateKey(world.app, key, start.add({ seconds: 60 }))
  expect(await used()).toBe(start.add({ seconds: 60 }).toString())
})

it('never does more than its maker may today', async () => {
  const shop = await world.shop()
  const member = await transaction(shop, 'test', (tx) =>
    addMember(tx, shop, 'system', { userId: 'usr_maker', email: 'm@b.co', role: 'owner' }),
  )
  const { key } = await make(world.live, { scopes: ['refunds:write', 'customers:read'] }, `staff:${member}`)
  const scopes = async () => (await authenticateKey(world.app, key, now())).scopes
  expect(await scopes()).toEqual(['customers:read', 'refunds:write'])
  await transaction(shop, 'test', (tx) =>
    addMember(tx, shop, 'system', { userId: 'usr_o', email: 'o@b.co', role: 'owner' }),
  )
  await transaction(shop, 'test', (tx) => changeMember(tx, shop, 'system', member, { role: 'support' }))
  expect(await scopes()).toEqual(['customers:read'])
  await transaction(shop, 'test', (tx) => removeMember(tx, shop, 'system', member))
  await expect(scopes()).rejects.toMatchObject(refused)
})

it('refuses unknown scopes and foreign keys', async () => {
  await expect(make(world.live, { scopes: ['everything'] })).rejects.toMatchObject({
    code: 'invalid_input',
    fields: [{ pointer: '/scopes' }],
  })
  await expect(make(world.live, { scopes: [] })).rejects.toMatchObject({ code: 'invalid_input' })
  const { id, key } = await make()
  const foreign = await world.shop(world.other)
  await expect(transaction(foreign, 'test', (tx) => revokeApiKey(tx, foreign, id, now()))).rejects.toMatchObject({
    code: 'not_found',
  })
  expect((await authenticateKey(world.app, key, now())).businessId).toBe(world.live)
})
