import { readdir, readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stopwatch } from '#platform/clock.ts'
import { launchChromium } from '../../../test/support/chromium.ts'
import { buildFolder, ensureBuilt } from '../build/ensure-built.ts'
import { LiveRegion } from '../ui/live-region.tsx'

/** A page as an order's status is one: what the server says of it changes, and a listener may be told. */
const order = { version: '1', settled: false, events: null as string | null }
const listeners = new Set<ServerResponse>()

let browser: Browser
let origin: string
let script: string

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://here.invalid')
  if (url.pathname === '/enhance.js') return void response.setHeader('content-type', 'text/javascript').end(script)
  if (url.pathname === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    return void listeners.add(response)
  }
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!DOCTYPE html><title>Order</title><script defer src="/enhance.js"></script>${body(url)}`)
})

const body = (url: URL): string =>
  url.pathname === '/checkout'
    ? `<form data-preview="total"><label>Coupon <input name="coupon"></label><input name="password" value="k7fw"><p id="total">${url.search || 'none'}</p></form>`
    : renderToStaticMarkup(
        LiveRegion({ id: 'status', title: `Order ${order.version}`, children: `version ${order.version}`, ...order }),
      )

beforeAll(async () => {
  await ensureBuilt(() => {})
  const assets = `${buildFolder}/client/assets`
  const name = (await readdir(assets)).find((file) => file.startsWith('enhance-'))
  script = await readFile(`${assets}/${name}`, 'utf8')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
}, 90_000)

afterAll(async () => {
  await browser?.close()
  server.closeAllConnections()
  server.close()
})

async function open(path: string, now: Partial<typeof order>, javaScriptEnabled = true): Promise<Page> {
  Object.assign(order, { version: '1', settled: false, events: null }, now)
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
  await page.goto(origin + path)
  return page
}

test('told by an event, a live part shows what is new in place, and rests when it is settled', async () => {
  const page = await open('/orders/1', { events: '/events' })
  await expect.poll(() => listeners.size).toBe(1)
  const [listener] = listeners
  const started = stopwatch()
  Object.assign(order, { version: '2', settled: true })
  listener?.write('data: changed\n\n')
  await page.getByText('version 2').waitFor()
  expect(stopwatch() - started).toBeLessThan(2_000)
  expect(await page.title()).toBe('Order 2')
  await expect.poll(() => listener?.writableEnded || listener?.destroyed || listener?.socket?.destroyed).toBeTruthy()
  await page.context().close()
})

test('without events it asks by itself, and stops asking when it is settled', async () => {
  const page = await open('/orders/1', {})
  Object.assign(order, { version: '2', settled: true })
  await page.getByText('version 2').waitFor({ timeout: 6_000 })
  let asked = 0
  page.on('request', () => asked++)
  await wait(2_500)
  expect(asked).toBe(0)
  await page.context().close()
})

test('without a script the page reloads itself', async () => {
  const page = await open('/orders/1', {}, false)
  order.version = '2'
  await page.getByText('version 2').waitFor({ timeout: 6_000 })
  await page.context().close()
})

test('a changed form shows what the server makes of it, and sends no secret in an address', async () => {
  const page = await open('/checkout', {})
  await page.getByLabel('Coupon').fill('SPRING')
  await page.getByLabel('Coupon').press('Tab')
  await page.getByText('?coupon=SPRING', { exact: true }).waitFor()
  await page.context().close()
})
