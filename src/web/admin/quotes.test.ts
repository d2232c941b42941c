import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const typed = {
  email: 'hotel@example.net',
  name: 'Hotel Sonne',
  plan_id: '',
  price: '49.00',
  setup: '25.00',
  note: 'Two televisions in the lobby.',
  valid_on: '2090-01-01',
}

const hidden = (page: string): string => /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? ''

test('a quote is made, its link copied, and withdrawn', async () => {
  const owner = await console.person('owner')
  expect(await owner.text('/admin/quotes')).toContain('No quotes yet')
  const wrong = await owner.post('/admin/quotes/new', { ...typed, plan_id: console.planId, email: 'x', valid_on: '' })
  expect(wrong.status).toBe(422)
  const again = await wrong.text()
  expect(again).toContain('Hotel Sonne')
  expect(again).toContain('Please choose a day.')
  const form = hidden(await owner.html('/admin/quotes/new'))
  const made = await owner.post('/admin/quotes/new', { ...typed, plan_id: console.planId, form_key: form })
  const to = made.headers.get('location') ?? ''
  expect(to).toMatch(/^\/admin\/quotes\/quo_/)
  const page = await owner.text(to)
  expect(page).toContain('/quotes/')
  expect(page).toContain('49.00')
  expect(await owner.text('/admin/quotes')).toContain('hotel@example.net')
  const reader = await console.person('read_only')
  expect((await reader.post(to, { act: 'withdraw' })).status).toBe(403)
  expect((await owner.post(to, { act: 'withdraw' })).status).toBe(303)
  expect(await owner.text(to)).toContain('Withdrawn')
  expect((await owner.post(to, { act: 'withdraw' })).status).toBe(409)
  expect((await owner.get('/admin/quotes/quo_nothing')).status).toBe(404)
})

test('beside each field stands what the list asks for; left empty, it is asked for by its tier', async () => {
  const owner = await console.person('owner')
  const addOnId = await connectionAddOn(console, 500n, {}, [{ from: 3, amountMinor: 400n }])
  const page = await owner.text(`/admin/quotes/new?plan=${console.planId}&currency=EUR`)
  expect(page).toContain('12.99')
  expect(page).toContain('From 3 on')
  // A currency that nothing is sold in: a price is needed.
  expect(await owner.text('/admin/quotes/new?currency=CHF')).toContain('please enter one')
  const form = {
    ...typed,
    ...{ plan_id: console.planId, currency: 'EUR', price: '', setup: '', [`pieces.${addOnId}`]: '3' },
    ...{ percent: '50', periods: '2', form_key: hidden(await owner.html('/admin/quotes/new')) },
  }
  const both = await owner.post('/admin/quotes/new', { ...form, off: '2.00' })
  expect([both.status, await both.text()]).toEqual([422, expect.stringContaining('not both')])
  const to = (await owner.post('/admin/quotes/new', form)).headers.get('location') ?? ''
  const made = await owner.text(to)
  expect(made).toContain('3 × Extra connection')
  // 12.99 and three at 4.00, half of it for two periods.
  for (const sum of ['4.00', '12.00', '12.49', '24.99', 'Of the first 2 periods.']) expect(made).toContain(sum)
})
