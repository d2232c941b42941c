import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { paymentsOf } from '#modules/billing/queries.ts'
import { cardUntil, present } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let reader: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  reader = await console.person('read_only')
}, 120_000)
afterAll(() => console.close())

async function renewing(name: string) {
  const customer = console.customer(name)
  const bought = await customer.buys({ saves: true })
  const invoice = present(
    await transaction(console.shop, 'ask', (tx) =>
      renewalInvoice(tx, console.shop, bought.subscriptionId, console.shop.now()),
    ),
  )
  const method = present((await customer.methods())[0])
  const attempts = () => transaction(console.shop, 'read', (tx) => paymentsOf(tx, invoice.id))
  const { subscriptionId } = bought
  return {
    customer,
    subscriptionId,
    customerId: await customer.id(),
    invoice,
    method,
    attempts,
    page: `/admin/invoices/${invoice.id}`,
  }
}

const keyOf = async (page: string): Promise<string> =>
  /name="form_key" value="([^"]+)"/.exec(await (await owner.get(page)).text())?.[1] ?? ''

test('an invoice is charged to the saved method once, for the amount that was confirmed, by who may', async () => {
  const { page, method, attempts } = await renewing('ana')
  const shown = await owner.text(page)
  expect(shown).toContain('Charge now')
  expect(shown).toContain('Sandbox •••• 4242')
  expect(await reader.text(page)).not.toContain('Charge now')
  const form_key = await keyOf(page)
  const sent = { act: 'charge', form_key, owed: '1299', payment_method: method.id }
  expect((await reader.post(page, sent)).status).toBe(403)
  expect((await owner.post(page, { ...sent, form_key: 'another-key-of-16', owed: '1' })).status).toBe(409)
  expect(await attempts()).toEqual([])
  expect((await owner.post(page, sent)).status).toBe(303)
  await console.settle()
  expect((await owner.post(page, sent)).status).toBe(303)
  expect((await attempts()).map(({ status }) => status)).toEqual(['succeeded'])
  const after = await owner.text(page)
  expect(after).toContain('Charge of 12.99 EUR to a saved method asked for')
  expect(after).not.toContain('Charge now')
})

test('a declined charge says why and when it is tried next; the customer’s page has the method and its fate', async () => {
  const { page, method, customerId, attempts } = await renewing('ben')
  await console.script(customerId, 'insufficient_funds', 'stolen_card')
  const charge = async () => {
    const form_key = await keyOf(page)
    await owner.post(page, { act: 'charge', form_key, owed: '1299', payment_method: method.id })
    await console.settle()
  }
  await charge()
  expect(await owner.text(page)).toContain('Next try')
  expect((await attempts())[0]?.failure?.class).toBe('soft_funds')
  await charge()
  expect(await owner.text(page)).toContain('Waits for another payment method')
  const record = `/admin/customers/${customerId}`
  expect(await owner.text(record)).toContain('Refused by the bank')
  expect((await reader.post(record, { act: 'method_remove', method: method.id })).status).toBe(403)
  expect((await owner.post(record, { act: 'method_remove', method: 'pm_x' })).status).toBe(404)
  expect((await owner.post(record, { act: 'method_remove', method: method.id })).status).toBe(303)
  expect(await owner.text(record)).not.toContain('Refused by the bank')
})

test('staff see which card expires before the next charge: at the customer, at the subscription and among the renewals', async () => {
  const { customerId, method, subscriptionId } = await renewing('eve')
  const pages = [
    `/admin/customers/${customerId}`,
    `/admin/subscriptions/${subscriptionId}`,
    '/admin/renewals?queue=due',
  ]
  const sentences = [
    'Expires before the next renewal',
    'Saved card expires before the next charge',
    'Card expires before',
  ]
  const seen = () => Promise.all(pages.map((page) => owner.text(page)))
  for (const [index, text] of (await seen()).entries()) expect(text).not.toContain(sentences[index])
  await cardUntil(console.shop, method.id, 2026, 1)
  for (const [index, text] of (await seen()).entries()) expect(text).toContain(sentences[index])
})

test('staff find the address of the page on which a customer saves a method without paying', async () => {
  const customer = console.customer('zoe')
  await customer.buys()
  const shown = await reader.text(`/admin/customers/${await customer.id()}`)
  expect(shown).toContain('No payment method is saved')
  expect(shown).toContain(`${console.shop.baseUrl}/account/payment-methods`)
})
