import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { money } from '#platform/money.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { type Looks, openLooks, pathOf } from '../looks.test-support.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
let looks: Looks
const ids: Record<string, string> = {}

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
  await console.tamper(`update subscriptions set flagged_at = now(), flagged_because = 'call before the end'`)
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
  const { answer, origin } = console
  looks = await openLooks({ answer, origin, signedIn: person.jar, before: '/admin/sign-in' })
}, 120_000)

afterAll(async () => {
  await looks?.close()
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
  '/admin/renewals',
  '/admin/renewals?queue=expiring&within=30',
  '/admin/renewals?queue=flagged',
  '/admin/subscriptions',
  '/admin/subscriptions/:subscription',
  '/admin/subscriptions/:subscription/plan?plan=:other',
  '/admin/subscriptions/:subscription/cancel',
  '/admin/life',
  '/admin/lines',
  '/admin/lines/:line',
  '/admin/lines/:line/login',
  '/admin/panels',
  '/admin/panels/new',
  '/admin/panels/:panel',
  '/admin/books/margin',
  '/admin/books/credits',
  '/admin/add-ons/new',
  '/admin/activity',
  '/admin/rehearsal',
  '/admin/rehearsal?days=30&at.suspend=96',
]

test.each(pages)(
  '%s: axe finds nothing, no error in the browser, nothing wider than a phone with longer texts',
  (path) => looks.see(pathOf(path, ids)),
  60_000,
)

test('what asked for an act goes when it is done, and stays with what was typed when it is refused', async () => {
  const page = await looks.open(pathOf('/admin/subscriptions/:subscription', ids))
  const [dialog, reason] = [page.locator('dialog[open]'), page.locator('dialog[open] [name=reason]')]
  await page.getByRole('button', { name: 'Give free days' }).click()
  await dialog.locator('[name=days]').fill('3')
  await reason.fill(' ')
  await dialog.getByRole('button', { name: 'Give the days' }).click()
  await dialog.getByText('Please fill this in.').first().waitFor()
  expect(await dialog.locator('[name=days]').inputValue()).toBe('3')
  await reason.fill('an outage')
  await dialog.getByRole('button', { name: 'Give the days' }).click()
  await expect.poll(() => dialog.count(), { timeout: 15_000 }).toBe(0)
  expect(await page.locator('main').innerText()).toContain('an outage')
  await page.close()
}, 60_000)
