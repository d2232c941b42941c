import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import { getRequestListener } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { launchChromium } from '../../../test/support/chromium.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { createPortal, origin, type Portal } from './portal.test-support.ts'

let portal: Portal
let browser: Browser
let address: string
const ids: Record<string, string> = {}
const server = createServer()

beforeAll(async () => {
  portal = await createPortal()
  const { shop } = portal
  const customer = portal.customer('maximiliane-oberhuber')
  const running = await customer.buys()
  const open = await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, running.subscriptionId, shop.now()))
  ids.line = (await running.line()).id
  ids.open = open?.id ?? ''
  ids.other = await anotherPlan(portal, { amount: 1999n, description: 'Four screens, and every channel there is' })
  ids.paid = running.invoiceId
  const tab = await portal.signedIn(customer.email)
  await portal.signedIn(customer.email)
  tab.jar.delete('flash') // It was told on the page that nobody opened here.
  await portal.pass({ days: 6 })
  // The cookie is bound to https; the test's server is not, so it adds it itself.
  server.on(
    'request',
    getRequestListener((request) => {
      const headers = new Headers(request.headers)
      const { pathname, search } = new URL(request.url)
      if (!pathname.startsWith('/sign-in')) headers.set('cookie', [...tab.jar].map((pair) => pair.join('=')).join('; '))
      return portal.answer(new Request(origin + pathname + search, { headers }))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
}, 180_000)

afterAll(async () => {
  await browser?.close()
  server.close()
  await portal.close()
})

const pages = [
  '/sign-in',
  '/sign-in?sent',
  '/sign-in?expired',
  '/sign-in/abc',
  '/sign-in/second-factor',
  '/account',
  '/account/lines/:line/login',
  '/account/lines/:line/renew',
  '/account/lines/:line/auto-renew',
  '/account/lines/:line/plan',
  '/account/lines/:line/plan?plan=:other',
  '/account/invoices',
  '/account/invoices/:open',
  '/account/invoices/:paid',
  '/account/security',
  '/account/security/second-factor',
]

test.each(pages)(
  '%s: axe finds nothing, nothing is wider than a phone, nothing needs another host',
  async (path) => {
    for (const { width, colorScheme, more } of [
      { width: 1440, colorScheme: 'light', more: '' },
      { width: 390, colorScheme: 'dark', more: 'lang=en-XA' },
    ] as const) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
      const to = address + path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '')
      const answer = await page.goto(more ? `${to}${to.includes('?') ? '&' : '?'}${more}` : to, { waitUntil: 'load' })
      expect(answer?.status()).toBe(200)
      await page.evaluate(() => {
        for (const each of document.querySelectorAll('details')) each.open = true
      })
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(faults).toEqual([])
      await context.close()
    }
  },
  60_000,
)
