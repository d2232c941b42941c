import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { authenticateKey, createApiKey } from './api-keys.ts'
import { addMember, changeMember, findMember, grantorOf, type Membership, membershipFor } from './memberships.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'
import { noLimits } from './permissions.ts'
import { changeRole, createRole, type Grantor, listRoles, type RoleFacts, readRole, removeRole } from './roles.ts'

let world: AccessWorld
beforeAll(async () => {
  world = await accessWorld()
})
afterAll(() => world.close())

const facts = (name: string, permissions: string[], limits = noLimits): RoleFacts => ({ name, permissions, limits })

async function act<T>(
  work: (tx: Parameters<typeof listRoles>[0], shop: Awaited<ReturnType<typeof world.shop>>) => Promise<T>,
) {
  const shop = await world.shop()
  return transaction(shop, 'test', (tx) => work(tx, shop))
}

const make = (given: RoleFacts, by: Grantor | 'system' = 'system') => act((tx, shop) => createRole(tx, shop, by, given))

let people = 0
async function holder(role: string): Promise<Membership> {
  const userId = `usr_r${++people}`
  return act(async (tx, shop) => {
    const id = await addMember(tx, shop, 'system', { userId, email: `${userId}@b.co`, role })
    const found = await findMember(tx, id)
    if (found === null) throw new Error('the member is there')
    return found
  })
}

it('a role of one’s own gives exactly what was ticked, from the next request on', async () => {
  const role = await make(facts('Night desk', ['lines:see', 'lines:change']))
  const member = await holder(role)
  const rights = async () => [
    ...((await membershipFor(world.app, member.userId, world.live, world.clock.now()))?.rights ?? []),
  ]
  expect(await rights()).toEqual(['lines:see', 'lines:change'])
  await act((tx, shop) => changeRole(tx, shop, 'system', role, { permissions: ['orders:see'] }))
  expect(await rights()).toEqual(['orders:see'])
  // A name that this version does not know opens nothing.
  await act((tx) => run(tx, sql`update roles set permissions = '{orders:see,rockets:launch}' where id = ${role}`))
  expect(await rights()).toEqual(['orders:see'])
})

it('refuses what is no role: no name, no permission, an unknown one, a name twice', async () => {
  await expect(make(facts('', ['lines:see']))).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(make(facts('Nobody', []))).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(make(facts('Odd', ['lines:fly']))).rejects.toMatchObject({ code: 'invalid_input' })
  await make(facts('Twice', ['lines:see']))
  await expect(make(facts('TWICE', ['lines:see']))).rejects.toMatchObject({ code: 'conflict' })
})

it('nobody raises himself: neither by a new role, nor by his own, nor by one that gives more', async () => {
  const desk = await make(
    facts('Desk', ['staff:see', 'staff:change', 'lines:see', 'refunds:money'], { refundMinor: 1_000n, freeDays: null }),
  )
  const by = grantorOf(await holder(desk))
  const limits = { refundMinor: 500n, freeDays: null }
  const refused = { code: 'forbidden' }
  await expect(make(facts('More', ['lines:see', 'plans:see']), by)).rejects.toMatchObject(refused)
  await expect(make(facts('Without a limit', ['refunds:money']), by)).rejects.toMatchObject(refused)
  const fewer = await make(facts('Fewer', ['lines:see', 'refunds:money'], limits), by)
  await expect(act((tx, shop) => changeRole(tx, shop, by, fewer, { limits: noLimits }))).rejects.toMatchObject(refused)
  await expect(act((tx, shop) => changeRole(tx, shop, by, desk, { limits }))).rejects.toMatchObject(refused)
  await expect(act((tx, shop) => changeRole(tx, shop, by, 'support', { limits }))).rejects.toMatchObject(refused)
  const other = await holder(fewer)
  await expect(act((tx, shop) => changeMember(tx, shop, by, other.id, { role: 'admin' }))).rejects.toMatchObject(
    refused,
  )
  await expect(act((tx, shop) => changeMember(tx, shop, by, other.id, { role: 'rol_none' }))).rejects.toMatchObject({
    code: 'not_found',
  })
  await act((tx, shop) => changeMember(tx, shop, by, other.id, { role: desk }))
  expect((await act((tx) => readRole(tx, desk))).members).toBe(2)
})

it('a role goes when nobody holds it; a built-in one stays and can only be limited', async () => {
  const role = await make(facts('Summer help', ['lines:see']))
  const member = await holder(role)
  await expect(act((tx, shop) => removeRole(tx, shop, 'system', role))).rejects.toMatchObject({ code: 'conflict' })
  await act((tx, shop) => changeMember(tx, shop, 'system', member.id, { role: 'support' }))
  await act((tx, shop) => removeRole(tx, shop, 'system', role))
  await expect(act((tx) => readRole(tx, role))).rejects.toMatchObject({ code: 'not_found' })
  await expect(act((tx, shop) => removeRole(tx, shop, 'system', 'support'))).rejects.toMatchObject({ code: 'conflict' })
  await expect(act((tx, shop) => changeRole(tx, shop, 'system', 'support', { name: 'Helpers' }))).rejects.toMatchObject(
    { code: 'conflict' },
  )
  await expect(act((tx, shop) => changeRole(tx, shop, 'system', 'owner', { limits: noLimits }))).rejects.toMatchObject({
    code: 'conflict',
  })
  const limits = { refundMinor: null, freeDays: 2 }
  await act((tx, shop) => changeRole(tx, shop, 'system', 'admin', { limits }))
  expect(await holder('admin')).toMatchObject({ role: 'admin', limits })
})

it('another business has other roles', async () => {
  const role = await make(facts('Ours', ['lines:see']))
  const shop = await world.shop(world.other)
  await transaction(shop, 'test', async (tx) => {
    expect((await listRoles(tx)).map(({ id }) => id)).not.toContain(role)
    await expect(readRole(tx, role)).rejects.toMatchObject({ code: 'not_found' })
    const guest = { userId: 'usr_else', email: 'e@b.co', role }
    await expect(addMember(tx, shop, 'system', guest)).rejects.toMatchObject({ code: 'not_found' })
  })
})

it('a key never does more than the role of who made it, as it is today', async () => {
  const role = await make(facts('Robots', ['keys:see', 'keys:change', 'orders:see', 'orders:change']))
  const member = await holder(role)
  const shop = await world.shop(world.live, `staff:${member.id}`)
  const { key } = await transaction(shop, 'test', (tx) =>
    createApiKey(tx, shop, { name: 'robot', scopes: ['orders:write', 'plans:write'] }, world.clock.now()),
  )
  const scopes = async () => (await authenticateKey(world.app, key, world.clock.now())).scopes
  expect(await scopes()).toEqual(['orders:write'])
  await act((tx, open) => changeRole(tx, open, 'system', role, { permissions: ['plans:see', 'plans:change'] }))
  expect(await scopes()).toEqual(['plans:write'])
})

it('roles and keys that were made before credits had a permission of their own keep what they may', async () => {
  const role = await make(facts('Till', ['wallets:see', 'wallets:money']))
  const other = await make(facts('Watcher', ['wallets:see']))
  const shop = await world.shop()
  const key = (scopes: string[]) => act((tx) => createApiKey(tx, shop, { name: 'Site', scopes }, world.clock.now()))
  const [till, reader] = [await key(['wallets:write']), await key(['wallets:read'])]
  const client = new pg.Client({ connectionString: world.url })
  await client.connect()
  const file = readFileSync(
    join(import.meta.dirname, '../../platform/migrations/0248-credits-given-by-hand.sql'),
    'utf8',
  )
  for (let n = 0; n < 2; n++) await client.query(`begin; ${file}; commit`)
  const { rows: forced } = await client.query(
    `select relname from pg_class where relname in ('roles', 'api_keys') and relforcerowsecurity`,
  )
  await client.end()
  expect(forced).toHaveLength(2)
  expect([...(await act((tx) => readRole(tx, role))).rights]).toEqual(['wallets:see', 'wallets:money', 'credits:money'])
  expect([...(await act((tx) => readRole(tx, other))).rights]).toEqual(['wallets:see'])
  expect((await authenticateKey(world.app, till.key, world.clock.now())).scopes).toEqual([
    'wallets:write',
    'credits:write',
  ])
  expect((await authenticateKey(world.app, reader.key, world.clock.now())).scopes).toEqual(['wallets:read'])
})
