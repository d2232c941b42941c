import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('a quote is made, its link copied, and withdrawn', async () => {
  const owner = await console.person('owner')
  expect(await owner.text('/admin/quotes')).toContain('No quotes yet')
  const wrong = await owner.post('/admin/quotes/new', { ...typed, plan_id: console.planId, email: 'x', valid_on: '' })
  expect(wrong.status).toBe(422)
  const again = await wrong.text()
  expect(again).toContain('Hotel Sonne')
  expect(again).toContain('Please choose a day.')
  const form = /name="form_key" value="([^"]+)"/.exec(await (await owner.get('/admin/quotes/new')).text())?.[1] ?? ''
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
