/** Tax at the checkout: the country is asked for, the tax stands in the sum before anybody pays. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { saveTaxSettings, taxSetting } from '#modules/billing/tax/settings.ts'
import { one, sql } from '#platform/db.ts'
import { createPages, hidden, type Pages } from './pages.ts'

let pages: Pages
let gateway: string
beforeAll(async () => {
  pages = await createPages()
  gateway = (await transaction(pages.shop, 'read', listGateways)).find(({ kind }) => kind === 'sandbox')?.id ?? ''
}, 120_000)
afterAll(() => pages?.close())

const takes = (prices: 'inclusive' | 'exclusive') =>
  transaction(pages.shop, 'tax', (tx) =>
    saveTaxSettings(
      tx,
      pages.shop,
      taxSetting.schema.parse({ prices, registrations: [{ country: pages.shop.country, number: 'X1', oss: true }] }),
    ),
  )

const checkout = () => `/checkout/${pages.planId}`
const filled = async (fields: Record<string, string>) => {
  const page = await pages.get(checkout())
  return { cart: hidden(page, 'cart'), currency: 'EUR', email: 'eve@example.net', device: 'phone', gateway, ...fields }
}
const newest = () =>
  transaction(pages.shop, 'read', (tx) =>
    one(
      tx,
      sql<{
        total: bigint
        tax: bigint
        country: string
      }>`select total_minor as total, tax_minor as tax, tax->>'buyerCountry' as country
        from invoices order by created_at desc, id desc limit 1`,
    ),
  )

it('asks nobody for a country while no tax is taken', async () => {
  const page = await pages.get(checkout())
  expect(page.html).not.toContain('name="country"')
})

it('shows the tax that is in the price, and asks for what decides on it', async () => {
  await takes('inclusive')
  const page = await pages.get(checkout())
  expect(page.html).toContain('name="country"')
  expect(page.text).toContain('Prices include tax')
  const missing = await pages.post(checkout(), await filled({}))
  expect([missing.status, missing.text]).toEqual([422, expect.stringContaining('Please choose your country.')])
  const odd = await pages.post(checkout(), await filled({ country: 'FR', vat_id: 'FR1' }))
  expect([odd.status, odd.text]).toEqual([422, expect.stringContaining('no VAT number')])
  const summed = await pages.post(checkout(), await filled({ act: 'sum', country: 'FR' }))
  expect(summed.text).toContain('Included tax, 20 %')
  const placed = await pages.post(checkout(), await filled({ country: 'FR' }))
  expect(placed.status).toBe(303)
  expect(await newest()).toMatchObject({ country: 'FR' })
})

it('adds the tax to a price without it, and nobody pays what he was not shown', async () => {
  await takes('exclusive')
  expect((await pages.get(checkout())).text).toContain('Tax is added')
  const page = await pages.get(checkout())
  const first = await pages.post(
    checkout(),
    await filled({ country: 'FR', sum: hidden(page, 'sum'), email: 'kim@example.net' }),
  )
  expect([first.status, first.text]).toEqual([422, expect.stringContaining('Tax, 20 %')])
  const shown = hidden(first, 'sum')
  const placed = await pages.post(checkout(), await filled({ country: 'FR', sum: shown, email: 'kim@example.net' }))
  expect(placed.status).toBe(303)
  const { total } = await newest()
  expect(String(total)).toBe(shown)
})
