/** In which language papers are printed: the shop says it for new customers, staff for one of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { linesOfPdf } from '#modules/billing/document/pdf-text.test-support.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { readBusiness } from '#modules/people/business.ts'
import { readCustomer } from '#modules/people/customers.ts'
import type { Tx } from '#platform/db.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
}, 90_000)
afterAll(() => console.close())

const read = <T>(query: (tx: Tx) => Promise<T>): Promise<T> => transaction(console.shop, 'read', query)

async function buys(email: string) {
  const [plan] = await read((tx) => listPlans(tx))
  const shop = { ...console.shop, language: (await read(readBusiness)).language }
  const order = await placeOrder(shop, { cartKey: email, planId: plan?.id ?? '', email, source: 'storefront' })
  return { customerId: order.customerId, invoiceId: order.invoiceId ?? '' }
}

const paper = async (invoiceId: string): Promise<string> => {
  const answer = await owner.get(`/admin/invoices/${invoiceId}/pdf`)
  return linesOfPdf(new Uint8Array(await answer.arrayBuffer()))
    .flat()
    .join('\n')
}

test('the shop’s language is that of who comes from then on; each customer may have another', async () => {
  const before = await buys('ana@example.net')
  const { name, zone, currency, country } = await read(readBusiness)
  const facts = { name, zone, currency, country, tagline: '', color: '#0d6a75', support_email: '', abuse_email: '' }
  const refused = await owner.post('/admin/settings', { ...facts, language: 'xx' })
  expect(await refused.text()).toContain('Please choose a language.')
  expect((await owner.post('/admin/settings', { ...facts, language: 'de' })).status).toBe(303)
  expect(await owner.text('/admin/settings')).toContain('Deutsch')
  const after = await buys('ben@example.net')
  expect(await paper(before.invoiceId)).toContain('This is a request for payment')
  expect(await paper(after.invoiceId)).toContain('Dies ist eine Zahlungsaufforderung')

  const page = `/admin/customers/${before.customerId}`
  const edited = await owner.post(page, { act: 'edit', name: 'Ana', language: 'he' })
  expect(edited.status).toBe(303)
  expect(await owner.text(page)).toContain('עברית')
  // The words lie on the page as they are read, from right to left: this is the last of the title.
  expect(await paper(before.invoiceId)).toContain([...'פרופורמה'].reverse().join(''))
  // What no paper is printed in is kept as it is.
  await owner.post(page, { act: 'edit', name: 'Ana', language: 'xx' })
  expect((await read((tx) => readCustomer(tx, before.customerId))).language).toBe('he')
})
