import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import {
  addMember,
  businessesOfUser,
  changeMember,
  listStaff,
  membershipFor,
  removeMember,
  type StaffActor,
} from './memberships.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'
import { noLimits, type Role, rightsOf } from './permissions.ts'

let world: AccessWorld
beforeAll(async () => {
  world = await accessWorld()
})
afterAll(() => world.close())

const grantor = (id: string, role: Role) => ({ id, roleId: role, rights: rightsOf(role), limits: noLimits })

let people = 0
async function add(role: Role, by: StaffActor = 'system', businessId = world.live) {
  const shop = await world.shop(businessId)
  const userId = `usr_${++people}`
  const id = await transaction(shop, 'test', (tx) =>
    addMember(tx, shop, by, { userId, email: `P${people}@Example.org`, role }),
  )
  return { ...grantor(id, role), userId, role }
}

async function change(by: StaffActor, id: string, role: Role) {
  const shop = await world.shop()
  return transaction(shop, 'test', (tx) => changeMember(tx, shop, by, id, { role }))
}

async function remove(by: StaffActor, id: string) {
  const shop = await world.shop()
  return transaction(shop, 'test', (tx) => removeMember(tx, shop, by, id))
}

const now = () => world.clock.now()

it('a member works in his business and nowhere else', async () => {
  const { userId } = await add('support')
  expect(await membershipFor(world.app, userId, world.live, now())).toMatchObject({
    role: 'support',
    email: `p${people}@example.org`,
  })
  expect(await membershipFor(world.app, userId, world.other, now())).toBeNull()
  expect(await membershipFor(world.app, userId, 'biz_unknown', now())).toBeNull()
})

it('lists the businesses of a person, without the expired', async () => {
  const shops = [await world.shop(world.other), await world.shop(world.test)]
  for (const [index, shop] of shops.entries())
    await transaction(shop, 'test', (tx) =>
      addMember(tx, shop, 'system', {
        userId: 'usr_two',
        email: 'two@example.org',
        role: 'admin',
        expiresAt: index === 0 ? null : now().add({ hours: 1 }),
      }),
    )
  const names = async (at: Temporal.Instant) =>
    (await businessesOfUser(world.app, 'usr_two', at)).map(({ slug, role }) => [slug, role])
  expect(await names(now())).toEqual([
    ['other-shop', 'admin'],
    ['test-shop', 'admin'],
  ])
  expect(await names(now().add({ hours: 2 }))).toEqual([['other-shop', 'admin']])
  expect(await membershipFor(world.app, 'usr_two', world.test, now().add({ hours: 2 }))).toBeNull()
})

it('nobody grants more than he holds, nor touches one who holds more', async () => {
  const owner = await add('owner')
  const admin = await add('admin')
  const support = await add('support')
  await expect(add('owner', admin)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(add('read_only', support)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(change(admin, owner.id, 'read_only')).rejects.toMatchObject({ code: 'forbidden' })
  await expect(remove(support, admin.id)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(change(owner, owner.id, 'admin')).rejects.toMatchObject({ code: 'forbidden' })
  await change(owner, support.id, 'billing')
  expect((await membershipFor(world.app, support.userId, world.live, now()))?.role).toBe('billing')
})

it('a role taken away is gone at the next question', async () => {
  const owner = await add('owner')
  const helper = await add('support')
  await remove(owner, helper.id)
  expect(await membershipFor(world.app, helper.userId, world.live, now())).toBeNull()
  await expect(remove(owner, helper.id)).rejects.toMatchObject({ code: 'not_found' })
})

it('a person is a member once', async () => {
  const shop = await world.shop()
  const twice = () =>
    transaction(shop, 'test', (tx) =>
      addMember(tx, shop, 'system', { userId: 'usr_same', email: 'a@b.co', role: 'support' }),
    )
  await twice()
  await expect(twice()).rejects.toMatchObject({ code: 'conflict' })
})

it('another business cannot change or see the member', async () => {
  const { id } = await add('support')
  const shop = await world.shop(world.other)
  await expect(
    transaction(shop, 'test', (tx) => changeMember(tx, shop, 'system', id, { role: 'admin' })),
  ).rejects.toMatchObject({
    code: 'not_found',
  })
  expect((await transaction(shop, 'test', listStaff)).map((each) => each.id)).not.toContain(id)
})

it('keeps an owner, also when two of them remove each other at once', async () => {
  const fresh = await accessWorld()
  try {
    const shop = await fresh.shop()
    const enter = (userId: string) =>
      transaction(shop, 'test', (tx) =>
        addMember(tx, shop, 'system', { userId, email: `${userId}@b.co`, role: 'owner' }),
      )
    const [one, two] = [await enter('usr_a'), await enter('usr_b')]
    const results = await Promise.allSettled([
      transaction(shop, 'test', (tx) => removeMember(tx, shop, grantor(one, 'owner'), two)),
      transaction(shop, 'test', (tx) => removeMember(tx, shop, grantor(two, 'owner'), one)),
    ])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [last] = await transaction(shop, 'test', listStaff)
    if (last === undefined) throw new Error('an owner is left')
    await expect(
      transaction(shop, 'test', (tx) => removeMember(tx, shop, grantor(last.id, 'owner'), last.id)),
    ).rejects.toMatchObject({ code: 'conflict' })
    await expect(
      transaction(shop, 'test', (tx) => changeMember(tx, shop, 'system', last.id, { role: 'admin' })),
    ).rejects.toMatchObject({ code: 'conflict' })
  } finally {
    await fresh.close()
  }
})

it('access ends by itself, and an owner’s only beside another who stays', async () => {
  const owner = await add('owner')
  const guest = await add('support')
  const shop = await world.shop()
  const until = (id: string, expiresAt: Temporal.Instant | null) =>
    transaction(shop, 'test', (tx) => changeMember(tx, shop, owner, id, { expiresAt }))
  await expect(until(guest.id, now())).rejects.toMatchObject({ code: 'invalid_input' })
  await until(guest.id, now().add({ hours: 1 }))
  expect(await membershipFor(world.app, guest.userId, world.live, now())).not.toBeNull()
  expect(await membershipFor(world.app, guest.userId, world.live, now().add({ hours: 1 }))).toBeNull()
  await until(guest.id, null)
  expect(await membershipFor(world.app, guest.userId, world.live, now().add({ hours: 900 }))).toMatchObject({
    role: 'support',
  })
  const visitor = await transaction(shop, 'test', (tx) =>
    addMember(tx, shop, owner, { userId: 'usr_v', email: 'v@b.co', role: 'owner', expiresAt: now().add({ hours: 1 }) }),
  )
  expect((await transaction(shop, 'test', listStaff)).find(({ id }) => id === visitor)?.role).toBe('owner')
})

it('owners are made and touched by owners only, not by a role or key that may as much', async () => {
  const owner = await add('owner')
  const asMuch = { ...owner, id: null, roleId: null }
  await expect(add('owner', asMuch)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(change(asMuch, owner.id, 'read_only')).rejects.toMatchObject({ code: 'forbidden' })
  await expect(remove(asMuch, owner.id)).rejects.toMatchObject({ code: 'forbidden' })
  expect((await add('admin', asMuch)).role).toBe('admin')
})
