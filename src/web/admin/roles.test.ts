/** Roles and their limits as people meet them in the console; and forms that ask for more than they may. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { openShop } from '#modules/people/business.ts'
import { listStaff } from '#modules/people/memberships.ts'
import { listRoles } from '#modules/people/roles.ts'
import { giveFreeDays } from '#modules/subscriptions/by-hand.ts'
import { moveEnd } from '#modules/subscriptions/move-end.ts'
import { rows, sql } from '#platform/db.ts'
import type { Purchase } from '../../../test/support/stories.ts'
import { present, read } from '../../../test/support/stories.ts'
import { plain } from '../browser.test-support.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let ana: Purchase
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  ana = await console.customer('ana').buys()
})
afterAll(() => console.close())

const roles = () => read(console.shop, listRoles)
const idOf = async (name: string) => present((await roles()).find((role) => role.name === name)).id
const make = async (name: string, more: Record<string, string>) => {
  // Days pass between these stories, and such acts ask for a fresh sign-in.
  await owner.post('/admin/sign-in', { email: owner.email, password: console.password, act: 'password' })
  const made = await owner.post('/admin/staff/roles/new', { act: 'save', name, ...more })
  expect(made.status, await made.clone().text()).toBe(303)
  return idOf(name)
}
const desk = {
  'may.lines:see': 'on',
  'may.lines:change': 'on',
  'may.lines:money': 'on',
  'may.payments:see': 'on',
  'may.refunds:money': 'on',
}

test('a role is made from a copy, changed, and removed when nobody has it', async () => {
  expect(await owner.text('/admin/staff/roles')).toContain('Manager')
  expect(await owner.html('/admin/staff/roles/new?from=support')).toContain('Support (copy)')
  const bad = await owner.post('/admin/staff/roles/new', { act: 'save', name: '', days: '366', 'may.lines:see': 'on' })
  expect(bad.status).toBe(422)
  expect(await bad.text()).toContain('whole number from 0 to 365')
  expect((await owner.post('/admin/staff/roles/new', { act: 'save', name: 'Empty' })).status).toBe(422)
  const id = await make('Helpers', { ...desk, refund: '20.00', days: '3' })
  expect(await owner.text('/admin/staff/roles')).toMatch(/Helpers .*20\.00.*3 free days/)
  expect((await owner.post('/admin/staff/roles/new', { act: 'save', name: 'helpers', ...desk })).status).toBe(409)
  await owner.post(`/admin/staff/roles/${id}`, { act: 'save', name: 'Helping hands', 'may.lines:see': 'on' })
  const changed = present((await roles()).find((role) => role.id === id))
  expect([changed.name, [...changed.rights], changed.limits]).toEqual([
    'Helping hands',
    ['lines:see'],
    { refundMinor: null, freeDays: null },
  ])
  expect((await owner.post(`/admin/staff/roles/${id}`, { act: 'remove' })).status).toBe(303)
  expect((await owner.get(`/admin/staff/roles/${id}`)).status).toBe(404)
})

test('the menu shows what one may, and nothing else', async () => {
  const id = await make('Lines only', { 'may.lines:see': 'on' })
  const person = await console.person(id)
  const menu = plain(/<nav[\s\S]*?<\/nav>/.exec(await person.html('/admin/lines'))?.[0] ?? '')
  expect(menu).toContain('Lines')
  for (const hidden of ['Orders', 'Invoices', 'Plans', 'Settings', 'Activity']) expect(menu).not.toContain(hidden)
})

test('forms that ask for more than one may are refused, and change nothing', async () => {
  const id = await make('Personnel', { 'may.staff:see': 'on', 'may.staff:change': 'on', 'may.lines:see': 'on' })
  const boss = await console.person(id)
  const victim = await console.person('support')
  const before = JSON.stringify([await read(console.shop, listStaff), (await roles()).map(({ rights }) => [...rights])])
  const refused: [string, Record<string, string>][] = [
    ['/admin/staff', { act: 'change', id: boss.memberId, role: 'owner' }],
    ['/admin/staff', { act: 'change', id: victim.memberId, role: id }],
    ['/admin/staff', { act: 'change', id: owner.memberId, role: id }],
    ['/admin/staff', { act: 'remove', id: owner.memberId }],
    ['/admin/staff', { act: 'invite', email: 'me@example.org', role: 'owner' }],
    [`/admin/staff/roles/${id}`, { act: 'save', name: 'Personnel', 'may.lines:see': 'on', 'may.staff:change': 'on' }],
    ['/admin/staff/roles/new', { act: 'save', name: 'Mine', 'may.gateways:secrets': 'on' }],
    ['/admin/staff/roles/support', { act: 'save', days: '3' }],
  ]
  for (const [path, fields] of refused) expect([fields, (await boss.post(path, fields)).status]).toEqual([fields, 403])
  // Fields of the table that no form has are not read.
  const more = {
    business_id: 'biz_x',
    rights: 'all',
    most_free_days: '365',
    user_id: 'usr_x',
    permissions: 'keys:change',
  }
  await boss.post('/admin/staff/roles/new', { act: 'save', name: 'Plain', 'may.lines:see': 'on', ...more })
  const plainRole = present((await roles()).find((role) => role.name === 'Plain'))
  expect([...plainRole.rights]).toEqual(['lines:see'])
  expect(plainRole.limits.freeDays).toBeNull()
  await boss.post(`/admin/staff/roles/${plainRole.id}`, { act: 'remove' })
  expect(JSON.stringify([await read(console.shop, listStaff), (await roles()).map(({ rights }) => [...rights])])).toBe(
    before,
  )
})

test('access ends on the day that was chosen, and says so', async () => {
  const guest = await console.person('support')
  const wrong = await owner.post('/admin/staff', {
    act: 'change',
    id: guest.memberId,
    role: 'support',
    until: '2020-01-01',
  })
  expect(wrong.status).toBe(422)
  const last = console.clock.now().toZonedDateTimeISO(console.shop.zone).toPlainDate().add({ days: 3 })
  const fields = { act: 'change', id: guest.memberId, role: 'support', until: last.toString() }
  expect((await owner.post('/admin/staff', fields)).status).toBe(303)
  expect(await owner.text('/admin/staff')).toContain(`until ${last}`)
  expect((await guest.get('/admin/lines')).status).toBe(200)
  await console.until(last.add({ days: 1 }).toString())
  expect((await guest.get('/admin/lines')).headers.get('location')).toMatch(/^\/admin\/(choose|sign-in)/)
})

test('refunds of one person and his keys together stay within his role, also when two are asked for at once', async () => {
  const id = await make('Small refunds', { ...desk, refund: '5.00' })
  const { memberId } = await console.person(id)
  const { payment, key } = await asBoth(memberId)
  const refund = (actor: string, minor: bigint) =>
    openShop(console.app, console.businessId, actor).then((shop) =>
      refundPayment(shop, payment, { minor, currency: 'EUR' }, 'a gift', 'balance'),
    )
  const [staff, robot] = [`staff:${memberId}`, `key:${key}`]
  await expect(refund(staff, 501n)).rejects.toMatchObject({ fields: [{ pointer: '/amount', code: 'over_limit' }] })
  await refund(staff, 200n)
  await expect(refund(robot, 301n)).rejects.toMatchObject({ code: 'invalid_input' })
  const both = await Promise.allSettled([refund(staff, 300n), refund(robot, 300n)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await refund(`staff:${owner.memberId}`, 300n)
  await console.until(console.clock.now().toZonedDateTimeISO('UTC').toPlainDate().add({ days: 2 }).toString())
  await refund(robot, 100n)
})

/** A payment to give back, and a key of the person. */
async function asBoth(memberId: string) {
  const shop = await openShop(console.app, console.businessId, `staff:${memberId}`)
  const scopes = ['refunds:write', 'subscriptions:write']
  const { id: key } = await transaction(shop, 'test', (tx) =>
    createApiKey(tx, shop, { name: 'robot', scopes }, console.clock.now()),
  )
  return { payment: present((await ana.payments())[0]).id, key }
}

test('free days and moved ends of one person stay within his role, for each subscription', async () => {
  const id = await make('Few days', { ...desk, days: '3' })
  const { memberId } = await console.person(id)
  const { key } = await asBoth(memberId)
  const as = (actor: string) => openShop(console.app, console.businessId, actor)
  const [staff, robot] = [await as(`staff:${memberId}`), await as(`key:${key}`)]
  const { subscriptionId } = ana
  await expect(giveFreeDays(staff, subscriptionId, 4, 'sorry')).rejects.toMatchObject({
    fields: [{ pointer: '/days', code: 'over_limit' }],
  })
  await giveFreeDays(staff, subscriptionId, 2, 'sorry')
  await expect(giveFreeDays(robot, subscriptionId, 2, 'sorry')).rejects.toMatchObject({ code: 'invalid_input' })
  const [{ ends }] = (await read(console.shop, (tx) =>
    rows<{ ends: Temporal.Instant }>(
      tx,
      sql`select paid_through as ends from subscriptions where id = ${subscriptionId}`,
    ),
  )) as [{ ends: Temporal.Instant }]
  await expect(moveEnd(staff, subscriptionId, ends.add({ hours: 48 }), 'sorry')).rejects.toMatchObject({
    fields: [{ pointer: '/to', code: 'over_limit' }],
  })
  // An earlier end gives nothing that could be given again.
  await moveEnd(staff, subscriptionId, ends.subtract({ hours: 48 }), 'mistake')
  await expect(giveFreeDays(staff, subscriptionId, 2, 'sorry')).rejects.toMatchObject({ code: 'invalid_input' })
  await giveFreeDays(staff, subscriptionId, 1, 'sorry')
  await giveFreeDays(await as(`staff:${owner.memberId}`), subscriptionId, 30, 'sorry')
  const ben = await console.customer('ben').buys()
  await giveFreeDays(robot, ben.subscriptionId, 3, 'sorry')
})
