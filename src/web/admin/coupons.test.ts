import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findCouponByCode } from '#modules/catalog/coupons.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const known = (code: string) => transaction(console.shop, 'read', (tx) => findCouponByCode(tx, code))
const typed = {
  code: 'spring-20',
  note: 'For the leaflet',
  kind: 'percent',
  percent: '12,5',
  lasts: 'some',
  periods: '3',
  'amount.EUR': '',
  'minimum.EUR': '5.00',
  starts_on: '2026-01-01',
  ends_on: '2026-12-31',
  stock: '1',
  once_per_customer: 'on',
  active: 'on',
}

test('a coupon is made, refused with what was typed kept, changed, and its uses are listed', async () => {
  const owner = await console.person('owner')
  expect(await owner.text('/admin/coupons')).toContain('No coupons yet')
  const plan = `plan.${console.planId}`
  const wrong = await owner.post('/admin/coupons/new', {
    ...typed,
    [plan]: 'on',
    percent: '120',
    ends_on: '2026-13-01',
    periods: '1',
  })
  expect(wrong.status).toBe(422)
  const again = await wrong.text()
  expect(again).toContain('spring-20')
  expect(again).toContain('at most 100')
  // What was ticked stays.
  expect(new RegExp(`<input[^>]*name="${plan}"[^>]*>`).exec(again)?.[0]).toContain('checked')
  expect(again).toContain('Please choose a day.')
  expect(again).toContain('from 2 to 120')
  expect(await known('spring-20')).toBeNull()
  const form = /name="form_key" value="([^"]+)"/.exec(await (await owner.get('/admin/coupons/new')).text())?.[1] ?? ''
  const made = await owner.post('/admin/coupons/new', { ...typed, form_key: form })
  const to = made.headers.get('location') ?? ''
  expect(to).toMatch(/^\/admin\/coupons\/cpn_/)
  expect(await known('SPRING-20')).toMatchObject({
    percent: 1_250,
    periods: 3,
    stock: 1,
    sums: [{ currency: 'EUR', amountMinor: null, minimumMinor: 500n }],
  })
  // The last day is one of its days.
  expect(String((await known('spring-20'))?.endsAt)).toMatch(/^2027-01-01|^2026-12-31T23/)
  await console.customer('ana').buys({ coupon: 'spring-20' })
  const page = await owner.text(to)
  expect(page).toContain('ana@example.net')
  expect(page).toContain('1.62')
  expect(page).toContain('/plans?coupon=SPRING-20')
  const list = await owner.text('/admin/coupons')
  expect(list).toContain('Used up')
  expect((await owner.post(to, { ...typed, stock: '0' })).status).toBe(422)
  expect((await owner.post(to, { ...typed, kind: 'amount', 'amount.EUR': '2.00', stock: '5' })).status).toBe(303)
  expect(await known('spring-20')).toMatchObject({ percent: null, stock: 5, taken: 1 })
  const reader = await console.person('read_only')
  expect((await reader.post(to, typed)).status).toBe(403)
  expect((await owner.get('/admin/coupons/cpn_nothing')).status).toBe(404)
})
