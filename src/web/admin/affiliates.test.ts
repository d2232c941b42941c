/** Affiliates in the console: the programme, who takes part, what he earned, and paying him. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { programmeSetting } from '#modules/affiliates/programme.ts'
import { readAffiliate } from '#modules/affiliates/queries.ts'
import { readSetting } from '#modules/people/settings.ts'
import { standingOf } from '../../../test/support/affiliates.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const programme = () => transaction(console.shop, 'read', (tx) => readSetting(tx, console.shop, programmeSetting))

const typed = {
  ...{ on: 'on', open: 'on', kind: 'percent', percent: '12,5', amount: '', payments: '2' },
  ...{ hold_days: '0', link_days: '14', least_payout: '', below: '5.00', credit_price: '', by_hand: 'on' },
}

test('from the programme to the payment', async () => {
  await anotherPlan(console, { name: 'Other', amount: 900n })
  const owner = await console.person('owner')
  expect(await owner.text('/admin/affiliates')).toContain('The programme is off')
  const page = '/admin/affiliates/programme'
  const wrong = await owner.post(page, { ...typed, percent: '120', payments: '121', below: 'x' })
  expect(wrong.status).toBe(422)
  const again = await wrong.text()
  expect(again).toContain('at most 100')
  expect(again).toContain('from 0 to 120')
  expect(again).toContain('value="121"')
  expect((await programme()).on).toBe(false)
  const product = /name="kind\.(prod_\w+)"/.exec(await owner.html(page))?.[1] ?? ''
  const made = await owner.post(page, {
    ...typed,
    [`kind.${product}`]: 'amount',
    [`amount.${product}`]: '2.50',
    [`payments.${product}`]: '0',
  })
  expect(made.headers.get('location')).toBe(page)
  expect(await programme()).toMatchObject({
    ...{ on: true, hold_days: 0, link_days: 14, below: 500, by_hand: true, credit_price: null },
    rule: { kind: 'percent', value: 1_250, payments: 2 },
    products: [{ product_id: product, kind: 'amount', value: 250, payments: 0 }],
  })

  await console.customer('ana').buys()
  const unknown = await owner.post('/admin/affiliates', { act: 'make', email: 'nobody@example.net' })
  expect(await unknown.text()).toContain('No customer has this address.')
  const to = (await owner.post('/admin/affiliates', { act: 'make', email: 'ana@example.net' })).headers.get('location')
  expect(to).toMatch(/^\/admin\/affiliates\/aff_/)
  const id = String(to).slice('/admin/affiliates/'.length)
  const affiliate = await transaction(console.shop, 'read', (tx) => readAffiliate(tx, id))
  const settings = { code: 'ana2026', active: 'on', way: 'by_hand', pay_to: 'ana@pay.example' }
  expect((await owner.post(String(to), { act: 'save', ...settings, code: '!' })).status).toBe(422)
  expect((await owner.post(String(to), { act: 'save', ...settings })).status).toBe(303)
  const shown = await owner.html(String(to))
  expect(shown).toContain('/?ref=ANA2026')
  expect(shown).toContain('Nothing earned yet.')
  expect(shown).not.toContain(affiliate.code)

  await console.customer('bob').buys({ referral: 'ana2026' })
  await console.pass({ hours: 24 })
  const earned = await owner.html(String(to))
  const books = await owner.text('/admin/books')
  expect(books).toContain('Owed to affiliates ana@example.net')
  expect(books).not.toContain(id)
  expect(earned).toContain('Note a payment of')
  expect(earned).toContain('bob@example.net')
  expect(await owner.text('/admin/affiliates?q=ANA2026')).toContain('ana@example.net')
  const form_key = /name="form_key" value="([^"]+)"/.exec(earned)?.[1] ?? ''
  const paying = { act: 'pay', currency: 'EUR', reference: 'bank 4711', form_key }
  const support = await console.person('support')
  expect((await support.post(String(to), paying)).status).toBe(403)
  expect((await owner.post(String(to), { ...paying, reference: '' })).status).toBe(422)
  // Sent twice, it is paid once.
  for (let sent = 0; sent < 2; sent++) expect((await owner.post(String(to), paying)).status).toBe(303)
  const { owed, paid } = await standingOf(console, { id })
  expect(owed).toBe(0n)
  expect(paid).toBeGreaterThan(0n)
  expect(await owner.text(String(to))).toContain('bank 4711')
  // He was not paid: who has looked at the page once more takes it back with a reason, and once.
  const noted = await owner.html(String(to))
  const payout = /name="payout" value="(apo_\w+)"/.exec(noted)?.[1] ?? ''
  const bounced = { act: 'take_back', payout, reason: 'the transfer bounced' }
  expect((await support.post(String(to), bounced)).status).toBe(403)
  const without = await owner.post(String(to), { ...bounced, reason: '' })
  expect(without.status).toBe(422)
  expect((await owner.post(String(to), bounced)).status).toBe(303)
  expect((await owner.post(String(to), bounced)).status).toBe(409)
  expect((await owner.post(String(to), { ...bounced, payout: 'apo_nothing' })).status).toBe(404)
  expect(await standingOf(console, { id })).toMatchObject({ owed: paid, free: paid, paid: 0n })
  const after = await owner.html(String(to))
  expect(after).toContain('the transfer bounced')
  expect(after).toContain('Note a payment of')
  expect(after).not.toContain('value="take_back"')
  const timeline = await owner.text(`/admin/customers/${affiliate.customerId}/timeline`)
  expect(timeline).toContain('Affiliate paid')
  expect(timeline).toMatch(/Payout of [^·]+ to the affiliate taken back/)
  const reader = await console.person('read_only')
  expect((await reader.post(String(to), { act: 'save', ...settings })).status).toBe(403)
  expect((await reader.post(page, typed)).status).toBe(403)
  expect((await owner.get('/admin/affiliates/aff_nothing')).status).toBe(404)
})
