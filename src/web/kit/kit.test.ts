import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import { getRequestListener } from '@hono/node-server'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '#app.ts'
import { silentLog } from '#platform/log.ts'
import { launchChromium } from '../../../test/support/chromium.ts'
import { createWebHandler, ensureBuilt, webContextOf } from '../handler.ts'

const app = { log: silentLog, publicUrl: 'http://127.0.0.1' } as App
const business = {
  id: 'biz_1',
  slug: 'northwind',
  name: 'Northwind TV',
  brandColor: null,
  logoUrl: null,
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  language: 'en',
  followsVisitors: false,
  supportEmail: 'help@northwind.example',
  abuseContact: 'abuse@northwind.example',
  mode: 'test' as const,
}

let browser: Browser
let origin: string
const server = createServer()

beforeAll(async () => {
  await ensureBuilt(() => {})
  const handler = createWebHandler()
  const now = Temporal.Instant.from('2026-11-21T12:00:00Z')
  const answer = (request: Request) =>
    handler(request, webContextOf(request, { app, now, requestId: 'req_7', business, showKit: true }))
  server.on('request', getRequestListener(answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
}, 90_000)

afterAll(async () => {
  await browser?.close()
  server.close()
})

type View = { width?: number; scheme?: 'light' | 'dark'; script?: boolean }

async function open(path: string, { width = 1440, scheme = 'light', script = true }: View = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    javaScriptEnabled: script,
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => expect.unreachable(`${path}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') expect.unreachable(`${path}: ${message.text()}`)
  })
  await page.goto(origin + path, { waitUntil: 'networkidle' })
  return page
}

const faces = ['/kit', '/kit/storefront', '/kit/portal']

test.each(faces.flatMap((face) => (['light', 'dark'] as const).map((scheme) => [face, scheme] as const)))(
  'axe finds nothing on %s in %s',
  async (face, scheme) => {
    const page = await open(face, { scheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    await page.context().close()
  },
  30_000,
)

test.each(faces.flatMap((face) => [320, 390, 768].map((width) => [face, width] as const)))(
  'nothing of %s is wider than %i px, with texts 40 percent longer',
  async (face, width) => {
    const page = await open(`${face}?lang=en-XA`, { width })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await page.context().close()
  },
  30_000,
)

test('without a script a plain page shows a hidden password, opens its menu and switches its theme', async () => {
  const page = await open('/kit/storefront', { script: false })
  await page.getByLabel('Show TV login password').click()
  expect(await page.getByText('k7fw-2mqx-91').isVisible()).toBe(true)
  expect(await page.getByRole('button', { name: /^Copy/ }).count()).toBe(0)
  await page.getByText('More', { exact: true }).click()
  expect(await page.getByText('Reset TV login').isVisible()).toBe(true)
  await page.getByRole('button', { name: /^Theme/ }).click()
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  await page.context().close()
}, 30_000)

test.each(['/kit', '/kit/storefront'])(
  'with a script %s copies, formats a MAC address and closes its menu',
  async (face) => {
    const page = await open(face)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
    await page.getByRole('button', { name: 'Copy User name' }).click()
    await page.getByText('Copied').first().waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('ana84-2')
    await page.getByText('More', { exact: true }).click()
    await page.keyboard.press('Escape')
    expect(await page.getByText('Reset TV login').isVisible()).toBe(false)
    const mac = page.getByRole('textbox', { name: 'MAC address' })
    await mac.pressSequentially('001a79ab')
    expect(await mac.inputValue()).toBe('00:1A:79:AB')
    await page.getByRole('button', { name: 'End line' }).last().click()
    expect(await page.getByRole('dialog', { name: 'End line ana84?' }).isVisible()).toBe(true)
    await page.context().close()
  },
  30_000,
)
