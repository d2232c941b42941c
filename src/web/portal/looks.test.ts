import { afterAll, beforeAll, test } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { type Looks, openLooks, pathOf } from '../looks.test-support.ts'
import { createPortal, origin, type Portal } from './portal.test-support.ts'

let portal: Portal
let looks: Looks
const ids: Record<string, string> = {}

beforeAll(async () => {
  portal = await createPortal()
  const { shop } = portal
  const customer = portal.customer('maximiliane-oberhuber')
  const running = await customer.buys({ saves: true })
  const open = await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, running.subscriptionId, shop.now()))
  ids.line = (await running.line()).id
  ids.open = open?.id ?? ''
  ids.other = await anotherPlan(portal, { amount: 1999n, description: 'Four screens, and every channel there is' })
  ids.paid = running.invoiceId
  ids.plan = ids.other
  const tab = await portal.signedIn(customer.email)
  await portal.signedIn(customer.email)
  tab.jar.delete('flash') // It was told on the page that nobody opened here.
  await portal.pass({ days: 6 })
  looks = await openLooks({ answer: portal.answer, origin, signedIn: tab.jar, before: '/sign-in' })
}, 180_000)

afterAll(async () => {
  await looks?.close()
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
  '/account/lines/:line/pause',
  '/account/lines/:line/cancel',
  '/account/lines/:line/plan',
  '/account/lines/:line/plan?plan=:other',
  '/account/invoices',
  '/account/invoices/:open',
  '/account/invoices/:paid',
  '/account/payment-methods',
  '/account/security',
  '/account/security/second-factor',
]

test.each(pages)(
  '%s: axe finds nothing, nothing is wider than a phone, nothing needs another host',
  (path) => looks.see(pathOf(path, ids)),
  60_000,
)

const shopPages = ['/', '/plans', '/checkout/:plan', '/help', '/help/smart_tv', '/status', '/terms', '/redeem']

test.each([...shopPages, ...pages])(
  '%s: fits a phone in German, with its long words, and in Arabic, from right to left',
  async (path) => {
    for (const lang of ['de', 'ar']) await looks.fits(pathOf(path, ids), lang)
  },
  60_000,
)
