/** A customer redeems a voucher for a line that he has; anybody else's line is not found. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCoupon } from '../../../test/support/coupons.ts'
import { aBatch } from '../../../test/support/vouchers.ts'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

test('a voucher pays for the next period of a line', async () => {
  const { codes } = await aBatch(portal)
  const ada = await portal.customer('ada').buys()
  const ben = await portal.customer('ben').buys()
  const tab = await portal.signedIn(portal.customer('ada').email)
  const before = (await ada.subscription()).paidThrough
  expect(await tab.text('/account/redeem')).toContain('For which line?')
  const line = (await ada.line()).id
  const wrong = await tab.post('/account/redeem', { voucher: 'K3M9', line })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('This is no voucher code of ours.')
  const others = await tab.post('/account/redeem', { voucher: String(codes[0]), line: (await ben.line()).id })
  expect(others.status).toBe(404)
  expect((await tab.post('/account/redeem', { voucher: String(codes[0]), line })).headers.get('location')).toBe(
    '/account',
  )
  await portal.settle()
  expect((await ada.subscription()).paidThrough?.epochMilliseconds).toBeGreaterThan(before?.epochMilliseconds ?? 0)
  const used = await tab.post('/account/redeem', { voucher: String(codes[0]), line })
  expect(await used.text()).toContain('This voucher was redeemed before.')
})

test('one over money goes to the balance, also of who has no line', async () => {
  const value = { minor: 2_000n, currency: 'EUR' }
  const { codes } = await aBatch(portal, { planId: null, value })
  await portal.customer('dora').buys()
  const tab = await portal.signedIn(portal.customer('dora').email)
  const voucher = String(codes[0])
  expect((await tab.post('/account/redeem', { voucher })).headers.get('location')).toBe('/account')
  expect(await tab.text('/account')).toContain('20.00')
  expect((await tab.post('/account/redeem', { voucher })).status).toBe(422)
  // Without an account it is explained where to redeem it.
  const { codes: more } = await aBatch(portal, { planId: null, value })
  const open = portal.browser()
  const cart = /name="cart" value="([^"]+)"/.exec(await open.html('/redeem'))?.[1] ?? ''
  const refused = await open.post('/redeem', { act: 'look', cart, voucher: String(more[0]) })
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('redeem it in your account')])
})

test('a coupon that still runs is told on the line', async () => {
  await aCoupon(portal, { code: 'THREE', periods: 3 })
  const cem = await portal.customer('cem').buys({ coupon: 'THREE' })
  const tab = await portal.signedIn(portal.customer('cem').email)
  const home = await tab.text('/account')
  expect(home).toContain('Coupon THREE takes 6.50 EUR off your next renewal and the one after it.')
  expect(await tab.text(`/account/lines/${(await cem.line()).id}/renew`)).toContain('6.49')
})
