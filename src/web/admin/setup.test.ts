/** The first run: an installation that nobody has set up, and a business on its way to being open. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { createApp } from '#main.ts'
import { listOffers } from '#modules/checkout/offers.ts'
import { createBusiness, openShop, readBusiness, rootBusiness } from '#modules/people/business.ts'
import { setUpCode } from '#modules/people/first-admin.ts'
import { emptyWorld } from '#modules/people/people.test-support.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { xuiDefaults } from '../../imitations/panels/xui.ts'
import { plain } from '../browser.test-support.ts'
import { createWebHandler, ensureBuilt, webContextOf } from '../handler.ts'
import { type Console, createConsole } from './console.test-support.ts'

test('the first owner makes himself with the printed code, once; then the way is closed for ever', async () => {
  await ensureBuilt(() => {})
  const world = await emptyWorld('https://shop.example')
  const app = createApp({ ...world.app, mailer: null })
  const limits = createRateLimits(app)
  const door = { limits, signIn: createSignIn(app, { limits, sendMagicLink: async () => {} }) }
  const handler = createWebHandler()
  const ask = (path: string, init: RequestInit = {}) => {
    const request = new Request(`https://shop.example${path}`, init)
    return handler(
      request,
      webContextOf(request, { app, now: app.clock.now(), requestId: 'req_1', address: '192.0.2.1', door }),
    )
  }
  const send = (fields: Record<string, string>, from = 'https://shop.example') =>
    ask('/admin/setup/first', { method: 'POST', body: new URLSearchParams(fields), headers: { origin: from } })
  try {
    expect((await ask('/admin')).headers.get('location')).toMatch(/^\/admin\/sign-in/)
    expect((await ask('/admin/sign-in')).headers.get('location')).toBe('/admin/setup/first')
    expect((await ask('/admin/setup/first')).status).toBe(200)
    const code = (await setUpCode(app)) ?? ''
    const wanted = { code, business_name: 'Northwind TV', email: 'ana@example.net', password: 'tall green gate' }
    const refused: [Record<string, string>, RegExp][] = [
      [{ ...wanted, code: 'aaaa-bbbb-cccc' }, /copy the code/],
      [{ ...wanted, code: '' }, /fill this in/],
      [{ ...wanted, business_name: '' }, /fill this in/],
      [{ ...wanted, email: 'ana' }, /e-mail address/],
      [{ ...wanted, password: '' }, /choose a password/],
      [{ ...wanted, password: 'short' }, /characters/],
    ]
    for (const [fields, sentence] of refused) {
      const answer = await send(fields)
      const page = await answer.text()
      expect(answer.status).toBe(422)
      expect(plain(page)).toMatch(sentence)
      expect(page).not.toContain('tall green gate')
    }
    expect((await send(wanted, 'https://evil.example')).status).toBe(403)
    expect(await rootBusiness(app)).toBeNull()

    const made = await send(wanted)
    expect(made.headers.get('location')).toBe('/admin/setup')
    const cookie = made.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const wizard = await ask('/admin/setup', { headers: { cookie } })
    expect(plain(await wizard.text())).toContain('0 of 8 done')
    expect(await rootBusiness(app)).not.toBeNull()

    expect((await ask('/admin/setup/first')).headers.get('location')).toBe('/admin')
    expect((await send({ ...wanted, email: 'eve@example.net' })).status).toBe(404)
    expect((await ask('/admin/sign-in')).status).toBe(200)
  } finally {
    await world.close()
  }
}, 90_000)

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

test('from nothing to an open shop, each step by its own page and counted only after its test', async () => {
  const { app, clock } = console
  const facts = { slug: 'new-shop', name: 'New', mode: 'test', zone: 'UTC', currency: 'EUR', country: 'DE' } as const
  const id = await createBusiness(app, facts, clock.now())
  const person = await console.person('owner', id)
  const shop = await openShop(app, id, 'system')
  const done = async () => /(\d) of 8 done/.exec(await person.text('/admin/setup'))?.[1]
  const key = async (path: string) =>
    /name="form_key" value="([^"]+)"/.exec(await (await person.get(path)).text())?.[1] ?? ''
  const make = async (path: string, fields: Record<string, string>) =>
    (await person.post(path, { form_key: await key(path), ...fields })).headers.get('location') ?? ''

  expect(await done()).toBe('0')
  const brand = { act: 'brand', name: 'New TV', tagline: '', color: '#0d6a75', support_email: '', abuse_email: '' }
  expect((await person.post('/admin/setup', { ...brand, color: 'x' })).status).toBe(422)
  await person.post('/admin/setup', brand)
  await person.post('/admin/setup', { act: 'money', currency: 'USD', country: 'US', zone: 'America/New_York' })
  await person.post('/admin/mail', { act: 'test' })
  expect(await done()).toBe('3')

  const panel = await make('/admin/panels/new', {
    kind: 'xui',
    name: 'Panel',
    weight: '1',
    'settings.url': `http://panel.test/${xuiDefaults.access_code}/`,
    'settings.api_key': xuiDefaults.api_key,
    'settings.viewer_host': 'tv.example',
  })
  expect(await done()).toBe('3')
  await person.post(panel, { act: 'test' })
  expect(await done()).toBe('4')
  await make('/admin/gateways/new?kind=manual', {
    kind: 'manual',
    name: 'Bank transfer',
    position: '0',
    active: 'on',
    'settings.instructions': 'Please transfer {amount}.',
  })
  expect(await done()).toBe('5')
  const early = await person.post('/admin/setup', { act: 'live' })
  expect(early.status).toBe(409)
  expect(plain(await early.text())).toContain('No plan can be sold yet.')

  const panelId = panel.split('/').at(-1)
  const plans = await make('/admin/products/new', {
    name: 'Family',
    line_kind: 'line',
    connections: '2',
    outputs: 'hls',
    username_strategy: 'hybrid',
    password_strategy: 'generated',
    active: 'on',
    position: '0',
    [`map.${panelId}`]: 'on',
    [`bouquets.${panelId}`]: '1',
  })
  const product_id = new URL(plans, console.origin).searchParams.get('product') ?? ''
  await make(plans, {
    product_id,
    name: 'Monthly',
    term_count: '1',
    term_unit: 'month',
    'price.USD': '9.90',
    position: '0',
    active: 'on',
    renewable: 'on',
  })
  expect(await done()).toBe('6')
  expect((await person.post('/admin/setup', { act: 'rights' })).status).toBe(422)
  await person.post('/admin/setup', { act: 'rights', rights: 'on' })
  expect(await done()).toBe('7')
  expect((await person.post('/admin/setup', { act: 'live' })).headers.get('location')).toBe('/admin')
  expect(await person.text('/admin/setup')).toContain('Your shop is open')
  const { business, offers } = await transaction(shop, 'read', async (tx) => ({
    business: await readBusiness(tx),
    offers: (await listOffers(tx, { ...shop, currency: 'USD' }, null)).offers,
  }))
  expect(business.liveAt).not.toBeNull()
  expect(offers.map(({ plan }) => plan.name)).toEqual(['Monthly'])
})
