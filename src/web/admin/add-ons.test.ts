import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listAddOns } from '#modules/catalog/add-ons.ts'
import { heldOf } from '#modules/subscriptions/add-ons.ts'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { payInvoice } from '../../../test/support/stories.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const known = () => transaction(console.shop, 'read', listAddOns)

test('an add-on is made beside a plan, changed and taken off sale', async () => {
  const owner = await console.person('owner')
  const price = `price.${console.planId}.EUR`
  const typed = { name: 'One more screen', max_quantity: '3', position: '0', active: 'on', [price]: '2.50' }
  expect(await owner.text('/admin/add-ons/new')).toContain('Price beside each plan')
  const wrong = await owner.post('/admin/add-ons/new', { ...typed, max_quantity: '50', [price]: 'x' })
  expect(wrong.status).toBe(422)
  const again = await wrong.text()
  expect(again).toContain('One more screen')
  expect(again).toContain('from 1 to 49')
  expect(await known()).toEqual([])
  const form = /name="form_key" value="([^"]+)"/.exec(await (await owner.get('/admin/add-ons/new')).text())?.[1] ?? ''
  const made = await owner.post('/admin/add-ons/new', { ...typed, form_key: form })
  const to = made.headers.get('location') ?? ''
  expect(to).toMatch(/^\/admin\/add-ons\/addon_/)
  const [addOn] = await known()
  expect(addOn).toMatchObject({
    name: 'One more screen',
    maxQuantity: 3,
    plans: [{ planId: console.planId, prices: [{ currency: 'EUR', amountMinor: 250n }] }],
  })
  expect(await owner.text('/admin/plans')).toContain('One more screen')
  // Cheaper from two on; where two cost less than one it is said, and sold all the same.
  const steps = `breaks.${console.planId}.EUR`
  expect((await owner.post(to, { ...typed, [steps]: '2: x' })).status).toBe(422)
  expect((await owner.post(to, { ...typed, [steps]: '3: 2, 2: 1' })).status).toBe(422)
  expect((await owner.post(to, { ...typed, [price]: '', [steps]: '2: 1' })).status).toBe(422)
  expect((await owner.post(to, { ...typed, [steps]: '2: 1.00, 3: 0.90' })).status).toBe(303)
  expect((await known())[0]?.plans[0]?.prices).toEqual([
    {
      currency: 'EUR',
      amountMinor: 250n,
      breaks: [
        { from: 2, amountMinor: 100n },
        { from: 3, amountMinor: 90n },
      ],
    },
  ])
  const told = await (await owner.get(to)).text()
  expect(told).toContain('2: 1.00, 3: 0.90')
  expect(told).toContain('2 cost less than 1')
  expect((await owner.post(to, { ...typed, [price]: '' })).status).toBe(303)
  expect((await known())[0]?.plans).toEqual([])
  expect((await owner.post('/admin/plans', { act: 'off', id: addOn?.id ?? '' })).status).toBe(303)
  expect((await known())[0]).toMatchObject({ active: false })
  const reader = await console.person('read_only')
  expect((await reader.post(to, typed)).status).toBe(403)
  expect((await owner.get('/admin/add-ons/addon_nothing')).status).toBe(404)
})

test('staff add a connection for a customer with a reason, see it, and take it back', async () => {
  const extra = await connectionAddOn(console, 300n)
  const ana = await console.customer('ana').buys()
  const owner = await console.person('owner')
  const path = `/admin/subscriptions/${ana.subscriptionId}`
  const ask = async (quantity: number) => {
    const html = await (await owner.get(`${path}/add-ons?add_on=${extra}&quantity=${quantity}`)).text()
    const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(html)?.[1] ?? ''
    return { html, fields: { add_on: extra, quantity: String(quantity), fingerprint } }
  }
  const shown = await ask(2)
  expect(shown.html).toContain('6.00')
  expect((await owner.post(`${path}/add-ons`, { ...shown.fields, reason: '' })).status).toBe(422)
  const done = await owner.post(`${path}/add-ons`, { ...shown.fields, reason: 'asked for' })
  expect(done.headers.get('location')).toBe(path)
  expect(await owner.text(path)).toContain('2 in all, as soon as it is paid')
  const reader = await console.person('read_only')
  expect((await reader.get(`${path}/add-ons`)).status).toBe(403)
  expect((await reader.post(path, { act: 'undo_add_on' })).status).toBe(403)
  expect((await owner.post(path, { act: 'undo_add_on' })).status).toBe(303)
  const again = await ask(1)
  await owner.post(`${path}/add-ons`, { ...again.fields, reason: 'asked for' })
  const [open] = (await console.customer('ana').invoices()).filter(({ status }) => status === 'open')
  await payInvoice(console, open?.id ?? '')
  await console.settle()
  expect(await owner.text(path)).toContain('1 × Extra connection')
  expect(await transaction(console.shop, 'read', (tx) => heldOf(tx, ana.subscriptionId))).toMatchObject([
    { quantity: 1 },
  ])
})
