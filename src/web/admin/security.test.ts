/** One's own sign-in in the console, and the second factor that a business may ask for. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticator } from '#modules/people/authenticator.test-support.ts'
import { rows, sql } from '#platform/db.ts'
import { present, read } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
})
afterAll(() => console.close())

/** Through the page: the secret is in its answer, the first code switches it on. */
async function setsUp(person: Person) {
  const begun = await person.post('/admin/security', { act: 'begin', password: console.password })
  const shown = await begun.text()
  const secret = present(/\b([A-Z2-7]{32,})\b/.exec(shown)?.[1])
  const phone = authenticator(secret)
  expect((await person.post('/admin/security', { act: 'confirm', code: '000000' })).status).toBe(422)
  expect((await person.post('/admin/security', { act: 'confirm', code: await phone.code() })).status).toBe(303)
}

test('devices are listed, signed out one by one or all at once', async () => {
  const { tab } = { tab: console.browser() }
  await tab.post('/admin/sign-in', { email: owner.email, password: console.password, act: 'password' })
  const third = console.browser()
  await third.post('/admin/sign-in', { email: owner.email, password: console.password, act: 'password' })
  const html = await owner.html('/admin/security')
  const ids = [...html.matchAll(/name="session" value="(ses_\w+)"/g)].map(([, id]) => id as string)
  expect(ids).toHaveLength(2)
  expect(html).toContain('192.0.2.7')
  const stranger = await console.person('support')
  expect((await stranger.post('/admin/security', { act: 'end', session: ids[0] as string })).status).toBe(404)
  await owner.post('/admin/security', { act: 'end', session: ids[0] as string })
  const alive = async () => [(await tab.get('/admin')).status, (await third.get('/admin')).status].sort()
  expect(await alive()).toEqual([200, 302])
  await owner.post('/admin/security', { act: 'end_others' })
  expect(await alive()).toEqual([302, 302])
  expect((await owner.get('/admin')).status).toBe(200)
})

test('a business asks everybody for a second factor: nothing is seen before it is set up, and it cannot be ended', async () => {
  const helper = await console.person('support')
  const forbidden = await helper.post('/admin/staff', { act: 'security', require_second_factor: 'on' })
  expect(forbidden.status).toBe(403)
  expect((await owner.post('/admin/staff', { act: 'security', require_second_factor: 'on' })).status).toBe(303)
  for (const path of ['/admin', '/admin/lines', '/admin/staff'])
    expect((await helper.get(path)).headers.get('location')).toBe('/admin/security')
  expect((await helper.post('/admin/lines/line_x', { act: 'retry' })).headers.get('location')).toBe('/admin/security')
  expect(await helper.text('/admin/security')).toContain('This business asks for a second factor')
  await setsUp(helper)
  expect((await helper.get('/admin/lines')).status).toBe(200)
  expect((await helper.post('/admin/security', { act: 'end_factor', password: console.password })).status).toBe(409)
  // Signing in again asks for the code.
  const tab = console.browser()
  const entered = await tab.post('/admin/sign-in', { email: helper.email, password: console.password, act: 'password' })
  expect(entered.headers.get('location')).toMatch(/^\/admin\/sign-in\/code/)
  expect((await tab.get('/admin/lines')).headers.get('location')).toMatch(/^\/admin\/sign-in/)
  await setsUp(owner)
  expect((await owner.post('/admin/staff', { act: 'security' })).status).toBe(303)
  expect((await helper.post('/admin/security', { act: 'end_factor', password: console.password })).status).toBe(303)
  const told = await read(console.shop, (tx) =>
    rows<{ to: unknown }>(tx, sql`select data -> 'to' as to from events where type = 'security.changed' order by id`),
  )
  expect(told.map(({ to }) => to)).toEqual([{ require_second_factor: true }, { require_second_factor: false }])
})

test('password and second factor ask for a fresh sign-in', async () => {
  const late = await console.person('billing')
  await console.until(console.clock.now().add({ hours: 24 }).toZonedDateTimeISO('UTC').toPlainDate().toString())
  for (const act of ['begin', 'end_factor', 'password'])
    expect((await late.post('/admin/security', { act, password: 'a long new one' })).headers.get('location')).toMatch(
      /^\/admin\/confirm/,
    )
})
