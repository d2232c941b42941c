import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { listPanels, mapProduct, savePanel } from '#modules/lines/panels.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { money } from '#platform/money.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

test('a set-up that fails says why, is tried again by a click, and goes to another panel before anything was made', async () => {
  const { shop } = console
  const owner = await console.person('owner')
  const [plan] = await transaction(shop, 'read', (tx) => listPlans(tx))
  await transaction(shop, 'second-panel', async (tx) => {
    const settings = {
      url: 'http://panel.test/k3Fa9xQp/',
      api_key: '0123456789abcdef0123456789abcdef',
      viewer_host: 'tv2.example',
    }
    await savePanel(tx, shop, {
      name: 'Panel B',
      kind: 'xui',
      settings,
      weight: 1,
      capacity: null,
      drained: false,
    })
    const panels = await listPanels(tx)
    await mapProduct(
      tx,
      shop,
      plan?.productId ?? '',
      panels.map((panel) => ({ panelId: panel.id, bouquets: [1, 2, 3] })),
    )
  })
  console.panel.faults.add({ fault: 'http_500' })
  const order = await placeOrder(shop, {
    cartKey: 'delayed',
    planId: plan?.id ?? '',
    email: 'ana@example.net',
    username: 'ana',
    source: 'storefront',
  })
  await markReceived(shop, { invoiceId: order.invoiceId ?? '', amount: money(1299, 'EUR'), reference: 'BANK 1' })
  await console.until(console.clock.now().add({ minutes: 30 }).toString())
  const page = `/admin/orders/${order.id}`
  const told = await owner.text(page)
  expect(told).toContain('the panel does not take the line')
  expect(told).toContain('HTTP 500')
  expect(told).toContain('What was sent and answered')
  expect(told).toContain('api_key=[redacted]')
  expect(told).not.toContain('0123456789abcdef0123456789abcdef')
  const lineNow = () => transaction(shop, 'read', (tx) => lineOfSubscription(tx, order.subscriptionId ?? ''))
  const [before, panels] = [await lineNow(), await transaction(shop, 'read', (tx) => listPanels(tx))]
  const other = panels.find(({ id }) => id !== before?.panelId)
  expect((await owner.post(page, { act: 'choose_panel', panel: 'pan_unknown' })).status).toBe(409)
  expect((await owner.post(page, { act: 'choose_panel', panel: other?.id ?? '' })).status).toBe(303)
  await console.settle()
  expect(await lineNow()).toMatchObject({ panelId: other?.id, activatedAt: null })
  console.panel.faults.clear()
  expect((await owner.post(page, { act: 'retry' })).status).toBe(303)
  await console.settle()
  expect((await transaction(shop, 'read', (tx) => findOrder(tx, order.id)))?.status).toBe('ready')
  expect(await owner.text(page)).toContain('Ready')
})
