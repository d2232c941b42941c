import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import { getRequestListener } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { money } from '#platform/money.ts'
import { launchChromium } from '../../../test/support/chromium.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
let browser: Browser
let origin: string
const ids: Record<string, string> = {}
const server = createServer()

beforeAll(async () => {
  console = await createConsole()
  const { shop } = console
  const [plan] = await transaction(shop, 'read', (tx) => listPlans(tx))
  const buyer = {
    email: 'maximiliane.oberhuber-schwarzenbacher@example.net',
    name: 'Maximiliane Oberhuber-Schwarzenbacher von und zu Hohenlohe',
  }
  const order = await placeOrder(shop, {
    ...buyer,
    cartKey: 'looks',
    planId: plan?.id ?? '',
    username: 'maxi',
    source: 'storefront',
  })
  await markReceived(shop, { invoiceId: order.invoiceId ?? '', amount: money(1299, 'EUR'), reference: 'BANK 1' })
  await console.settle()
  const line = await transaction(shop, 'read', (tx) => lineOfSubscription(tx, order.subscriptionId ?? ''))
  const [panel] = await transaction(shop, 'read', (tx) => listPanels(tx))
  Object.assign(ids, {
    order: order.id,
    customer: order.customerId,
    subscription: order.subscriptionId,
    line: line?.id,
    panel: panel?.id,
    other: await anotherPlan(console, { amount: 1999n }),
  })
  const person = await console.person('owner')
  // The cookie is bound to https; the test's server is not, so it adds it itself.
  server.on(
    'request',
    getRequestListener((request) => {
      const headers = new Headers(request.headers)
      const { pathname, search } = new URL(request.url)
      if (pathname !== '/admin/sign-in') headers.set('cookie', [...person.jar].map((pair) => pair.join('=')).join('; '))
      return console.answer(new Request(console.origin + pathname + search, { headers }))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  server.close()
  await console.close()
})

const pages = [
  '/admin/sign-in',
  '/admin/choose',
  '/admin/confirm',
  '/admin',
  '/admin/attention',
  '/admin/search?q=maxi',
  '/admin/orders',
  '/admin/orders/:order',
  '/admin/orders/:order/refund?amount=5.00&reason=down',
  '/admin/customers',
  '/admin/customers/:customer',
  '/admin/customers/:customer/timeline',
  '/admin/customers/:customer/notes',
  '/admin/subscriptions',
  '/admin/subscriptions/:subscription',
  '/admin/subscriptions/:subscription/plan?plan=:other',
  '/admin/lines',
  '/admin/lines/:line',
  '/admin/lines/:line/login',
  '/admin/panels',
  '/admin/panels/new',
  '/admin/panels/:panel',
  '/admin/activity',
  '/admin/rehearsal',
  '/admin/rehearsal?days=30&at.suspend=96',
]
const addressOf = (path: string): string => origin + path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '')

test.each(pages)(
  '%s: axe finds nothing, no error in the browser, nothing wider than a phone with longer texts',
  async (path) => {
    const looks = [
      { width: 1440, colorScheme: 'light', more: '' },
      { width: 390, colorScheme: 'dark', more: 'lang=en-XA' },
    ] as const
    for (const { width, colorScheme, more } of looks) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
      const address = addressOf(path)
      const answer = await page.goto(more ? `${address}${address.includes('?') ? '&' : '?'}${more}` : address, {
        waitUntil: 'networkidle',
      })
      expect(answer?.status()).toBe(200)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(faults).toEqual([])
      await context.close()
    }
  },
  60_000,
)
