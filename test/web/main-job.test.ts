/**
 * The main job on real input: a real browser, Stripe's hosted page and signed notices (imitated over HTTP, spoken to by the official
 * SDK), a panel, a real SMTP server. What was mailed is then used as a player would, by libraries that are not ours.
 */
import { parseM3U } from '@iptv/playlist'
import { Xtream } from '@iptv/xtream-api'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { stripe } from '#imitations/gateways/stripe.ts'
import { serveImitation } from '#imitations/kit/serve.ts'
import { saveGateway, testGateway } from '#modules/billing/gateways.ts'
import { prove } from '#modules/invariants.ts'
import { listPanels, savePanel } from '#modules/lines/panels.ts'
import { listLines } from '#modules/lines/queries.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { systemClock } from '#platform/clock.ts'
import { launchChromium } from '../support/chromium.ts'
import { openShopHouse, type ShopHouse } from './shop-house.ts'

const secret = 'whsec_main_job'
let house: ShopHouse
let browser: Browser
let provider: Awaited<ReturnType<typeof serveImitation>>

beforeAll(async () => {
  ;[house, browser] = await Promise.all([openShopHouse(), launchChromium()])
  provider = await serveImitation(stripe, { port: 0, folder: null, now: () => systemClock.now() })
  const { shop } = house
  const settings = { api_base: provider.url, api_key: 'sk_test_main_job', notice_secret: secret }
  const id = await transaction(shop, 'stripe', (tx) =>
    saveGateway(tx, shop, { name: 'Card', kind: 'stripe', settings, active: true, position: 0 }),
  )
  await testGateway(shop, id)
  // Viewers reach the panel where it really listens, so that the mailed links work.
  const panelId = await transaction(shop, 'viewers', async (tx) => {
    const [panel] = await listPanels(tx)
    if (panel === undefined) throw new Error('the shop has a panel')
    const viewers = { viewer_scheme: 'http', viewer_host: '127.0.0.1', viewer_port: house.panel.port }
    return savePanel(tx, shop, { ...panel, settings: { ...panel.settings, api_key: '', ...viewers } }, panel.id)
  })
  // Changed settings are tested before anything is sold on them.
  expect(await testPanel(shop, panelId)).toMatchObject({ ok: true })
  const registered = await fetch(`${provider.controlUrl}/__webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: `${house.url}/hooks/${id}`, secret }),
  })
  expect(registered.ok).toBe(true)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await house?.close()
  await provider?.close()
})

test.each([
  ['with a script', true, 'carla'],
  ['without a script', false, 'david'],
])(
  '%s: bought with Stripe, mailed, and playing',
  async (_, javaScriptEnabled, name) => {
    const email = `${name}@example.net`
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } })
    const page = await context.newPage()
    await page.goto(`${house.url}/plans`)
    await page.getByRole('link', { name: 'Choose Family monthly' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Preferred user name').fill(name)
    await page.getByRole('radio', { name: 'Card' }).check()
    await page.getByRole('button', { name: 'Order and pay 12.99 EUR' }).click()
    await page.waitForURL((url) => url.origin === provider.url)
    await page.getByRole('button', { name: /4242/ }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/orders/'))
    await page.getByRole('heading', { name: 'Your TV login is ready', level: 1 }).waitFor({ timeout: 20_000 })
    await context.close()

    // From here on only what stands in the mail is used.
    const mail = await house.mailTo(email, 'User name', name)
    const links = [...(mail.text ?? '').matchAll(/https?:\/\/\S+/g)].map(([link]) => new URL(link))
    const playlist = links.find((link) => link.pathname === '/get.php')
    const [username, password] = [
      playlist?.searchParams.get('username') ?? '',
      playlist?.searchParams.get('password') ?? '',
    ]
    expect(username).toBe(name)
    const api = new Xtream({ url: playlist?.origin ?? '', username, password })
    expect(await api.getProfile()).toMatchObject({ username, status: 'Active' })
    const list = parseM3U(await (await fetch(playlist ?? '')).text())
    expect(list.channels.length).toBeGreaterThan(0)
    expect(list.channels.every((channel) => channel.url?.includes(password))).toBe(true)
  },
  60_000,
)

test('afterwards the books are in balance and each buyer has one line', async () => {
  const lines = await transaction(house.shop, 'read-lines', (tx) => listLines(tx, {}, { limit: 50 }))
  expect(lines.map(({ username }) => username).toSorted()).toEqual(['carla', 'david'])
  expect((await prove(house.app, systemClock.now())).broken).toEqual([])
})
