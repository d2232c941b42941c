/** Acting as a reseller in the browser: with leave only, from above only, for an hour, without secrets, and told in both histories. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Shop } from '#app.ts'
import { transaction } from '#app.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { currentActing, saveSupportAccess, startActing } from '#modules/people/acting.ts'
import { openShop } from '#modules/people/business.ts'
import { limitedHand } from '#modules/people/hand.ts'
import { membershipFor } from '#modules/people/memberships.ts'
import { rows, run, sql } from '#platform/db.ts'
import { joins, sells } from '../../../test/support/resellers.ts'
import { present, read } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let south: Shop
let deep: Shop
let north: Shop
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  south = await joins(console, { slug: 'south', credits: 9_000n })
  deep = await joins(console, { slug: 'deep', under: south, planIds: [] })
  north = await joins(console, { slug: 'north' })
  await sells(console, south, 'anabella')
}, 90_000)
afterAll(() => console.close())

const lets = (shop: Shop, open: boolean) => transaction(shop, 'test', (tx) => saveSupportAccess(tx, shop, open))
const begins = (who: Person, shop: Shop, reason = 'asked for help') =>
  who.post(`/admin/resellers/${shop.businessId}`, { act: 'act_as', reason })
const stops = (who: Person) => who.post('/admin/stop-acting')

test('only with his leave, by those who may, towards those below', async () => {
  expect(await owner.text(`/admin/resellers/${south.businessId}`)).toContain('He lets nobody in')
  expect((await begins(owner, south)).status).toBe(409)
  for (const shop of [south, deep, north]) await lets(shop, true)
  const support = await console.person('support')
  expect((await begins(support, south)).status).toBe(403)
  expect((await begins(owner, south, '')).status).toBe(422)
  // Neither a sibling, nor the parent, nor one's own.
  const his = await console.person('owner', south.businessId)
  expect((await begins(his, north)).status).toBe(404)
  expect((await begins(his, console.shop)).status).toBe(404)
  expect((await begins(his, south)).status).toBe(404)
  expect((await begins(his, deep)).status).toBe(303)
  expect(await his.text('/admin')).toContain('You act as deep TV, until')
  await stops(his)
  expect((await begins(owner, deep)).status).toBe(303)
  expect(await owner.text('/admin')).toContain('You act as deep TV')
  await stops(owner)
})

test('the database itself lets nobody in from beside or below', async () => {
  const insert = (into: Shop, from: string) =>
    transaction(into, 'test', (tx) =>
      run(
        tx,
        sql`insert into acting_sessions (business_id, id, from_business, from_name, member_id, user_id, name, reason, started_at, ends_at)
          values (${into.businessId}, 'act_x', ${from}, 'x', 'x', 'x', 'x', 'x', now(), now() + interval '1 hour')`,
      ),
    )
  await expect(insert(south, north.businessId)).rejects.toThrow('only a business above')
  await expect(insert(south, deep.businessId)).rejects.toThrow('only a business above')
  await expect(insert(console.shop, south.businessId)).rejects.toThrow('only a business above')
  await expect(transaction(south, 'test', (tx) => run(tx, sql`delete from acting_sessions`))).rejects.toThrow(
    'permission denied',
  )
})

test('he sees what the reseller sees, but no secret, staff or key, and does nothing of his own sign-in', async () => {
  const customers = await owner.text('/admin/customers')
  expect(customers).not.toContain('anabella')
  expect((await begins(owner, south)).headers.get('location')).toBe('/admin')
  expect(await owner.text('/admin/customers')).toContain('anabella')
  expect(await owner.text('/admin/settings')).toContain('south TV')
  const [line] = await read(south, (tx) =>
    rows<{ id: string }>(tx, sql`select id from lines where business_id = current_business()`),
  )
  for (const path of [
    '/admin/staff',
    '/admin/staff/roles',
    '/admin/api-keys',
    '/admin/panels/new',
    '/admin/security',
    '/admin/security/',
    '/admin/setup',
  ])
    expect([path, (await owner.get(path)).status]).toEqual([path, 403])
  expect((await owner.post(`/admin/lines/${line?.id}/login`, {})).status).toBe(403)
  for (const form of [
    { act: 'invite', email: 'x@example.org', role: 'owner' },
    { act: 'support', open: 'on' },
  ])
    expect((await owner.post('/admin/staff', form)).status).toBe(403)
  expect((await owner.post('/admin/security', { act: 'begin' })).status).toBe(403)
  // Nor once more from there.
  expect((await begins(owner, deep)).status).toBe(403)
  await stops(owner)
  expect(await owner.text('/admin/customers')).not.toContain('anabella')
})

test('both histories tell it, and name him for what he did', async () => {
  const id = await console.customer('anabella', south).id()
  await begins(owner, south)
  expect((await owner.post(`/admin/customers/${id}`, { act: 'note', body: 'called him back' })).status).toBe(303)
  await stops(owner)
  const his = await console.person('owner', south.businessId)
  const told = await his.text('/admin/activity')
  expect(told).toContain('Somebody from above came in')
  expect(told).toContain('Sam owner (Northwind TV)')
  expect(told).toContain('asked for help')
  expect(await his.text(`/admin/customers/${id}/notes`)).toContain('Sam owner (Northwind TV)')
  expect(await his.text('/admin/staff')).toContain('Sam owner (Northwind TV)')
  const home = await owner.text('/admin/activity?type=reseller.acted_as')
  expect(home).toContain('Somebody began to act as a reseller')
  expect(home).toContain('asked for help')
})

test('it is over after an hour, when the reseller says so, and when the permission is gone; what is sent then reaches nobody', async () => {
  const his = await console.person('owner', south.businessId)
  const over = async (who: Person) => {
    const before = await read(console.shop, (tx) =>
      rows(tx, sql`select value from settings where business_id = current_business() order by key`),
    )
    const sent = await who.post('/admin/settings', { act: 'save', name: 'Taken over' })
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/admin'])
    const after = await read(console.shop, (tx) =>
      rows(tx, sql`select value from settings where business_id = current_business() order by key`),
    )
    expect(after).toEqual(before)
    expect(await who.text('/admin')).toContain('Acting as a reseller is over')
    expect(await who.text('/admin')).toContain('Northwind TV')
  }
  await begins(owner, south)
  const [inside] = await read(south, (tx) =>
    rows<{ id: string }>(
      tx,
      sql`select id from acting_sessions where business_id = current_business() and ended_at is null order by started_at desc, id desc`,
    ),
  )
  expect((await his.post('/admin/staff', { act: 'send_out', id: present(inside?.id) })).status).toBe(303)
  await over(owner)

  await begins(owner, south)
  expect((await his.post('/admin/staff', { act: 'support' })).status).toBe(303)
  await over(owner)
  expect((await his.post('/admin/staff', { act: 'support', open: 'on' })).status).toBe(303)

  const manager = await console.person('admin')
  expect((await begins(manager, south)).status).toBe(303)
  expect(await manager.text('/admin')).toContain('You act as south TV')
  await transaction(console.shop, 'test', (tx) =>
    run(
      tx,
      sql`update memberships set role = 'support' where business_id = current_business() and id = ${manager.memberId}`,
    ),
  )
  await over(manager)

  // Somebody else's cookie opens nothing.
  await begins(owner, south)
  const member = present(await membershipFor(console.app, manager.userId, console.businessId, console.clock.now()))
  const [row] = await read(south, (tx) =>
    rows<{ id: string }>(
      tx,
      sql`select id from acting_sessions where business_id = current_business() and ended_at is null order by started_at desc, id desc`,
    ),
  )
  const named = { businessId: south.businessId, id: present(row?.id) }
  expect(await currentActing(console.app, named, { ...member, rights: new Set(['acting:change']) }, true)).toBe(null)
  await console.until(console.clock.now().add({ hours: 24 }).toZonedDateTimeISO('UTC').toPlainDate().toString())
  await over(owner)
})

test('limits of his role come with him, and count over all the times that he was there', async () => {
  const home = console.shop
  const member = present(await membershipFor(console.app, owner.userId, console.businessId, console.clock.now()))
  const acts = async () => {
    const { id } = await startActing(home, member, { resellerId: south.businessId, reason: 'x', secondFactor: false })
    return {
      ...(await openShop(console.app, south.businessId, `staff:${id}`)),
      hand: { refundMinor: 100n, freeDays: null },
    }
  }
  const payment = present(
    (
      await read(south, (tx) =>
        rows<{ id: string }>(tx, sql`select id from payments where business_id = current_business()`),
      )
    )[0],
  )
  const gives = async (shop: Shop, minor: bigint) => refundPayment(shop, payment.id, { minor, currency: 'EUR' }, 'x')
  await gives(await acts(), 60n)
  await expect(gives(await acts(), 60n)).rejects.toThrow()
  const again = await acts()
  await gives(again, 40n)
  // Without limits nobody is locked; an actor of whom nothing is known gives nothing.
  expect(await read(south, (tx) => limitedHand(tx, { ...again, hand: { refundMinor: null, freeDays: null } }))).toBe(
    null,
  )
  expect((await read(south, (tx) => limitedHand(tx, { ...again, hand: undefined })))?.limits).toEqual({
    refundMinor: 0n,
    freeDays: 0,
  })
})

test('where everybody needs a second factor, so does he', async () => {
  const his = await console.person('owner', north.businessId)
  expect((await his.post('/admin/staff', { act: 'security', require_second_factor: 'on' })).status).toBe(303)
  const fresh = await console.person('owner')
  expect((await begins(fresh, north)).status).toBe(409)
})
