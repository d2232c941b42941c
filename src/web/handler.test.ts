import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { App } from '#app.ts'
import { silentLog } from '#platform/log.ts'
import { buildFolder, ensureBuilt } from './build/ensure-built.ts'
import type { WebBusiness, WebContext } from './context.ts'
import { createWebHandler, type WebHandler, webContextOf } from './handler.ts'

const origin = 'http://shop.example'
// Pages of the kit touch nothing of the App but these two.
const app = { log: silentLog, publicUrl: origin } as App
const business: WebBusiness = {
  id: 'biz_1',
  slug: 'northwind',
  name: 'Northwind TV',
  brandColor: '#7a1fa2',
  logoUrl: null,
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  language: 'en',
  followsVisitors: false,
  supportEmail: null,
  abuseContact: 'abuse@northwind.example',
  mode: 'live',
}

let handler: WebHandler
beforeAll(async () => {
  await ensureBuilt(() => {})
  handler = createWebHandler()
}, 60_000)

function ask(path: string, init: RequestInit = {}, known: Partial<WebContext> = {}): Promise<Response> {
  const request = new Request(origin + path, init)
  const now = Temporal.Instant.from('2026-11-21T12:00:00Z')
  const context = webContextOf(request, { app, now, requestId: 'req_7', business, showKit: true })
  return handler(request, { ...context, ...known })
}

test('rooms stay outside the server bundle, so that they are not there twice', async () => {
  const bundle = await readFile(`${buildFolder}/server/index.js`, 'utf8')
  expect(bundle).toMatch(/from ["']#platform\/money\.ts["']/)
  expect(bundle).toMatch(/from ["']#web\/context\.ts["']/)
})

test('a plain page has one small script with the nonce, one small style sheet and the brand, and no framework', async () => {
  const response = await ask('/kit/storefront')
  const page = await response.text()
  expect(response.status).toBe(200)
  const [script, ...others] = page.match(/<script[^>]*>/g) ?? []
  expect(others).toEqual([])
  const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1]
  expect(script).toContain(`nonce="${nonce}"`)
  expect(page).toContain('--brand:#7a1fa2')
  expect(await packedSize(/href="(\/assets\/plain-[^"]+\.css)"/, page)).toBeLessThan(12 * 1024)
  expect(await packedSize(/src="(\/assets\/enhance-[^"]+\.js)"/, page)).toBeLessThan(4 * 1024)
})

test('a console page stays within its first load', async () => {
  const page = await (await ask('/kit')).text()
  expect(page).not.toContain('plain-')
  const scripts = [...new Set(page.match(/\/assets\/[\w.-]+\.js/g))]
  const sizes = await Promise.all(scripts.map((path) => sizeOf(path)))
  expect(scripts.length).toBeGreaterThan(3)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(220 * 1024)
  expect(await packedSize(/href="(\/assets\/console-[^"]+\.css)"/, page)).toBeLessThan(20 * 1024)
})

test('the policy allows no inline script, and forms only to ourselves and where the page said', async () => {
  const response = await ask('/kit', {}, { formTargets: ['https://pay.example'] })
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+';/)
  expect(policy).toContain("form-action 'self' https://pay.example")
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  for (const script of (await response.text()).match(/<script[^>]*>/g) ?? []) expect(script).toContain('nonce=')
})

test('an address without a page is an error page with its status and the id to tell support, within the shop', async () => {
  const response = await ask('/nowhere')
  const page = await response.text()
  expect(response.status).toBe(404)
  expect(page).toContain('We cannot find this')
  expect(page).toContain('req_7')
  expect(page).not.toContain('<script>')
})

test('the gallery is no page in production', async () => {
  expect((await ask('/kit', {}, { showKit: false })).status).toBe(404)
})

test('files with a hash in their name are kept forever, packed as the browser likes', async () => {
  const page = await (await ask('/kit/portal')).text()
  const path = /href="(\/assets\/plain-[^"]+)"/.exec(page)?.[1] ?? ''
  const response = await ask(path, { headers: { 'accept-encoding': 'gzip, br' } })
  expect(response.headers.get('cache-control')).toContain('immutable')
  expect(response.headers.get('content-encoding')).toBe('br')
  const again = await ask(path, { headers: { 'if-none-match': response.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})

test('under /s/<slug> every link and redirect keeps the prefix', async () => {
  const page = await (await ask('/s/northwind/kit/storefront', {}, { basePath: '/s/northwind' })).text()
  expect(page).toContain('href="/s/northwind/kit/help"')
  expect(page).toContain('action="/s/northwind/preferences"')
  const body = new URLSearchParams({ theme: 'dark', back: '/kit/portal' })
  const answer = await ask('/s/northwind/preferences', { method: 'POST', body }, { basePath: '/s/northwind' })
  expect(answer.headers.get('location')).toBe('/s/northwind/kit/portal')
})

test('theme and language are chosen by a plain form, and never lead to another host', async () => {
  const body = new URLSearchParams({ theme: 'dark', lang: 'en-XA', back: '//evil.example/x' })
  const answer = await ask('/preferences', { method: 'POST', body, headers: { origin } })
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toBe('/')
  const cookie = answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const page = await (await ask('/kit/storefront', { headers: { cookie } })).text()
  expect(page).toContain('data-theme="dark"')
  expect(page).toContain('[Skíp tó thé çóñtéñt')
})

test('a form on another site changes nothing', async () => {
  const body = new URLSearchParams({ theme: 'dark' })
  const foreign = await ask('/preferences', { method: 'POST', body, headers: { origin: 'https://evil.example' } })
  expect(foreign.status).toBe(403)
  expect(foreign.headers.get('set-cookie')).toBe(null)
  const crossSite = await ask('/preferences', { method: 'POST', body, headers: { 'sec-fetch-site': 'cross-site' } })
  expect(crossSite.status).toBe(403)
})

async function packedSize(pattern: RegExp, page: string): Promise<number> {
  const path = pattern.exec(page)?.[1]
  expect(path).toBeDefined()
  return sizeOf(path ?? '')
}

const sizeOf = async (path: string): Promise<number> =>
  gzipSync(Buffer.from(await (await ask(path)).arrayBuffer()), { level: 9 }).length
