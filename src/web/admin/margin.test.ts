/** Margin in the console: what credits cost is entered, and months, plans and lines say what is left. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listCreditLots } from '#modules/reselling/credit-lots.ts'
import { xuiResellerHouse } from '../../../test/support/panel-houses.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole({ start: '2026-04-16T00:00:00Z', zone: 'UTC', house: xuiResellerHouse })
}, 90_000)
afterAll(() => console.close())

const lots = () => transaction(console.shop, 'read', (tx) => listCreditLots(tx, { limit: 10 }))

test('from months over a plan to its lines, and what nobody knows says so', async () => {
  const ana = await console.customer('ana').buys()
  const owner = await console.person('owner')
  expect(await owner.text('/admin/books/margin')).toContain('1 credits without a price')
  const page = '/admin/books/credits'
  const html = await owner.html(page)
  expect(html).toContain('Nothing is entered yet')
  const form_key = /name="form_key" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const typed = {
    act: 'bought',
    panel: console.panelId,
    credits: '10',
    cost: '5.00',
    bought_on: '2026-04-01',
    note: '',
  }
  const wrong = await owner.post(page, { ...typed, credits: 'x', cost: '', bought_on: 'soon' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('Please choose a day.')
  expect((await owner.post(page, { ...typed, form_key })).status).toBe(303)
  // Sent twice it is entered once.
  await owner.post(page, { ...typed, form_key })
  const [lot, ...more] = await lots()
  expect([lot?.creditsMilli, lot?.costMinor, more]).toEqual([10_000n, 500n, []])
  expect(await owner.text('/admin/books/margin?month=2026-04')).toContain('5.99')
  const lines = await owner.html(`/admin/books/margin?month=2026-04&plan=${console.planId}`)
  expect(lines).toContain(`/admin/subscriptions/${ana.subscriptionId}`)
  const csv = await (await owner.get('/admin/books/margin.csv?month=2026-04')).text()
  expect(csv.split('\r\n')[1]).toBe(`2026-04,plan,${console.planId},Family monthly,EUR,6.49,0.00,0.00,0.50,0.000,5.99`)
  expect((await owner.get('/admin/books/margin?month=x&plan=y')).status).toBe(200)
  expect((await owner.post(page, { act: 'undo', id: lot?.id ?? '' })).status).toBe(303)
  expect((await lots())[0]?.undoneAt).not.toBeNull()
  const reader = await console.person('read_only')
  expect((await reader.get(page)).status).toBe(200)
  expect((await reader.post(page, typed)).status).toBe(403)
})
