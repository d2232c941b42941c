import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { authenticator, secretOf } from '#modules/people/authenticator.test-support.ts'
import { createBusiness, openShop } from '#modules/people/business.ts'
import { addMember } from '#modules/people/memberships.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

test('who is not signed in is led to the sign-in and back to the page he asked for', async () => {
  const { userId, email } = await console.person('owner')
  expect(userId).toMatch(/^usr_/)
  const tab = console.browser()
  const first = await tab.get('/admin?from=mail')
  expect(first.status).toBe(302)
  expect(first.headers.get('location')).toBe('/admin/sign-in?to=%2Fadmin%3Ffrom%3Dmail')
  const entered = await tab.post('/admin/sign-in?to=%2Fadmin%3Ffrom%3Dmail', {
    email,
    password: console.password,
    act: 'password',
  })
  expect(entered.status).toBe(303)
  expect(entered.headers.get('location')).toBe('/admin?from=mail')
  expect(await tab.text('/admin')).toContain('Northwind TV')
})

test('a wrong password is told beside its field, and the address is kept', async () => {
  const { email } = await console.person('owner')
  const tab = console.browser()
  const answer = await tab.post('/admin/sign-in', { email, password: 'something else', act: 'password' })
  const page = await answer.text()
  expect(answer.status).toBe(422)
  expect(page).toContain(`value="${email}"`)
  expect(page).toContain('not right')
  expect(page).not.toContain('something else')
  expect((await tab.get('/admin')).status).toBe(302)
})

test('a link of the mail is used up by the click on its page, not by opening it', async () => {
  const { email } = await console.person('support')
  const tab = console.browser()
  expect((await tab.post('/admin/sign-in', { email, act: 'link' })).status).toBe(303)
  const link = new URL(console.mailed.at(-1) ?? '')
  expect(link.pathname).toMatch(/^\/admin\/sign-in\//)
  for (const _ of [1, 2]) expect((await tab.get(link.pathname)).status).toBe(200)
  const entered = await tab.post(link.pathname)
  expect(entered.headers.get('location')).toBe('/admin')
  expect((await tab.get('/admin')).status).toBe(200)
  const again = await console.browser().post(link.pathname)
  expect(again.headers.get('location')).toBe('/admin/sign-in?expired')
})

test('with a second factor a password or a link is half a sign-in; the page of the code is the other half', async () => {
  const { email, jar } = await console.person('owner')
  const { password, signIn, origin } = console
  const request = () =>
    new Request(`${origin}/admin`, { headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } })
  const { uri, recoveryCodes } = await signIn.beginSecondFactor(request(), { password })
  const phone = authenticator(secretOf(uri))
  await signIn.confirmSecondFactor(request(), { code: await phone.code(), address: '192.0.2.7' })

  const tab = console.browser()
  const half = await tab.post('/admin/sign-in?to=%2Fadmin%2Flines', { email, password, act: 'password' })
  const page = half.headers.get('location') ?? ''
  expect(page).toBe('/admin/sign-in/code?to=%2Fadmin%2Flines')
  expect((await tab.get('/admin')).status).toBe(302)
  expect(await tab.text(page)).toContain('recovery codes')
  for (const [code, why] of [
    ['', 'Please enter the code'],
    ['000000', 'not right'],
  ] as const) {
    const refused = await tab.post(page, { code })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain(why)
  }
  expect((await tab.post(page, { code: await phone.code() }, 'https://evil.example')).status).toBe(403)
  expect((await tab.get('/admin')).status).toBe(302)
  expect((await tab.post(page, { code: await phone.code() })).headers.get('location')).toBe('/admin/lines')
  expect((await tab.get('/admin')).status).toBe(200)

  const byLink = console.browser()
  await byLink.post('/admin/sign-in', { email, act: 'link' })
  const asked = await byLink.post(new URL(console.mailed.at(-1) ?? '').pathname)
  expect(asked.headers.get('location')).toBe('/admin/sign-in/code')
  const recovery = { code: recoveryCodes[0] ?? '', recovery: 'on' }
  expect((await byLink.post('/admin/sign-in/code', recovery)).headers.get('location')).toBe('/admin')
  expect((await byLink.get('/admin')).status).toBe(200)
  expect((await console.browser().post('/admin/sign-in/code', recovery)).status).toBe(422)
})

test('somebody of two businesses chooses, and never enters one he does not work for', async () => {
  const { app, clock } = console
  const person = await console.person('owner')
  const made = { mode: 'live', zone: 'Europe/Berlin', currency: 'EUR', country: 'DE' } as const
  const second = await createBusiness(app, { ...made, slug: 'second', name: 'Second TV' }, clock.now())
  const foreign = await createBusiness(app, { ...made, slug: 'foreign', name: 'Foreign TV' }, clock.now())
  const shop = await openShop(app, second, 'system')
  await transaction(shop, 'add', (tx) =>
    addMember(tx, shop, 'system', { userId: person.userId, email: person.email, role: 'owner' }),
  )
  expect((await person.get('/admin')).headers.get('location')).toBe('/admin/choose?to=%2Fadmin')
  const choice = await person.text('/admin/choose')
  expect(choice).toContain('Second TV')
  expect(choice).not.toContain('Foreign TV')
  expect((await person.post('/admin/choose', { business: foreign })).status).toBe(404)
  expect((await person.post('/admin/choose', { business: second })).status).toBe(303)
  expect(await person.text('/admin')).toContain('Second TV')
  person.jar.set('console_business', foreign)
  expect((await person.get('/admin')).headers.get('location')).toBe('/admin/choose?to=%2Fadmin')
})

test('a return path never leaves the console', async () => {
  const { email } = await console.person('owner')
  for (const to of ['//evil.example', 'https://evil.example/admin', '/account', '/administrator']) {
    const entered = await console
      .browser()
      .post(`/admin/sign-in?to=${encodeURIComponent(to)}`, { email, password: console.password, act: 'password' })
    expect(entered.headers.get('location'), to).toBe('/admin')
  }
})

test('a form of another site changes nothing, and signing out ends the session', async () => {
  const person = await console.person('owner')
  expect((await person.post('/admin/sign-out', {}, 'https://evil.example')).status).toBe(403)
  expect((await person.get('/admin')).status).toBe(200)
  expect((await person.post('/admin/sign-out')).headers.get('location')).toBe('/admin/sign-in')
  expect((await person.get('/admin')).status).toBe(302)
})

test('navigation shows what the role may open', async () => {
  const owner = await console.person('owner')
  const reader = await console.person('read_only')
  expect(await owner.text('/admin')).toContain('Activity')
  expect(await reader.text('/admin')).not.toContain('Activity')
})
