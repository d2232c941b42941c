import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '#platform/db.ts'
import { openShop, rootBusiness } from './business.ts'
import { awaitsFirstOwner, createFirstOwner, setUpCode, slugOf } from './first-admin.ts'
import { listStaff } from './memberships.ts'
import { emptyWorld } from './people.test-support.ts'
import { createRateLimits } from './rate-limits.ts'
import { createSignIn } from './sign-in.ts'

let world: Awaited<ReturnType<typeof emptyWorld>>
let signIn: ReturnType<typeof createSignIn>
beforeAll(async () => {
  world = await emptyWorld()
  signIn = createSignIn(world.app, { limits: createRateLimits(world.app), sendMagicLink: async () => {} })
})
afterAll(() => world.close())

const wanted = { email: 'Ana@Example.net', password: 'tall green gate', businessName: 'Northwind TV' }

test('a wrong code makes nothing, whatever else is right', async () => {
  expect(await awaitsFirstOwner(world.app)).toBe(true)
  await expect(createFirstOwner(world.app, signIn, { ...wanted, code: '0000-0000-0000' })).rejects.toMatchObject({
    code: 'invalid_input',
    fields: [{ pointer: '/code' }],
  })
  expect(await rootBusiness(world.app)).toBeNull()
})

test('two at the same moment with the right code: one owner, one business, then the way is closed for ever', async () => {
  const code = (await setUpCode(world.app)) ?? ''
  expect(code).toMatch(/^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/)
  const tries = await Promise.allSettled([
    createFirstOwner(world.app, signIn, { ...wanted, code: code.toUpperCase() }),
    createFirstOwner(world.app, signIn, { ...wanted, email: 'eve@example.net', code: code.replaceAll('-', '') }),
  ])
  expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const businessId = (await rootBusiness(world.app)) ?? ''
  const shop = await openShop(world.app, businessId, 'system')
  expect(shop).toMatchObject({ name: 'Northwind TV', slug: 'northwind-tv', livemode: true, open: false })
  const staff = await inTransaction(world.app.db, { role: 'app', businessId }, 'read', listStaff)
  expect(staff.map(({ role }) => role)).toEqual(['owner'])
  expect(await setUpCode(world.app)).toBeNull()
  await expect(createFirstOwner(world.app, signIn, { ...wanted, code })).rejects.toMatchObject({ code: 'not_found' })
})

test.each([
  ['Northwind TV', 'northwind-tv'],
  ['  Ünïted  Télé! ', 'united-tele'],
  ['电视', 'shop'],
  ['x'.repeat(80), 'x'.repeat(40)],
])('%s is reached at %s', (name, slug) => expect(slugOf(name)).toBe(slug))
