/** A customer recommends the shop: his page, his link, and an order by it in a browser without scripts. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { payByHand } from '#modules/affiliates/pay-affiliate.ts'
import { affiliateOfCustomer, readAffiliate } from '#modules/affiliates/queries.ts'
import { takeBackPayout } from '#modules/affiliates/take-back-payout.ts'
import { setProgramme } from '../../../test/support/affiliates.ts'
import { createPortal, type Portal, type Tab } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

const field = (page: string, name: string): string =>
  / value="([^"]*)"/.exec(new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(page)?.[0] ?? '')?.[1] ?? ''

test('joined by a click, he sees his link, what is held and what was paid, and nobody’s name', async () => {
  await portal.customer('ana').buys()
  const tab = await portal.signedIn('ana@example.net')
  expect(await tab.text('/account')).not.toContain('Recommend us')
  expect(await tab.text('/account/affiliate')).toContain('There is no programme to join at the moment.')
  expect((await tab.post('/account/affiliate', { act: 'join' })).status).toBe(409)
  await setProgramme(portal, { hold_days: 7 })
  expect(await tab.text('/account')).toContain('Recommend us')
  expect(await tab.text('/account/affiliate')).toContain('You earn 10 % of the first payment of each of them')
  expect((await tab.post('/account/affiliate', { act: 'join' })).status).toBe(303)
  const customerId = await portal.customer('ana').id()
  const he = await transaction(portal.shop, 'read', (tx) => affiliateOfCustomer(tx, customerId))
  expect(await tab.html('/account/affiliate')).toContain(`/?ref=${he?.code}`)
  // Paid outside of the shop only where that is offered, and never in credits by himself.
  expect((await tab.post('/account/affiliate', { way: 'by_hand', pay_to: 'ana@pay.example' })).status).toBe(422)
  await setProgramme(portal, { hold_days: 7, by_hand: true })
  expect((await tab.post('/account/affiliate', { way: 'credits', pay_to: '' })).status).toBe(422)
  expect(await (await tab.post('/account/affiliate', { way: 'by_hand', pay_to: '' })).text()).toContain('fill this in')
  expect((await tab.post('/account/affiliate', { way: 'by_hand', pay_to: 'ana@pay.example' })).status).toBe(303)
  await portal.customer('bob').buys({ referral: String(he?.code) })
  await portal.pass({ hours: 24 })
  const earned = await tab.html('/account/affiliate')
  expect(earned).toContain('held until')
  expect(earned).toContain('ana@pay.example')
  expect(earned).not.toContain('bob')
  // Noted by mistake: he sees that it was, and that it is his again.
  await portal.pass({ days: 8 })
  const affiliateId = String(he?.id)
  const payoutId = await payByHand(portal.shop, affiliateId, { currency: 'EUR', reference: 'bank 1' })
  const back = await portal.signedIn('ana@example.net')
  expect(await back.text('/account/affiliate')).not.toContain('Not paid after all')
  await takeBackPayout(portal.shop, { affiliateId, payoutId, reason: 'typed at the wrong one' })
  const told = await back.text('/account/affiliate')
  expect(told).toContain('Not paid after all: owed to you again since')
  expect(told).not.toContain('typed at the wrong one')
})

test('the link is kept while a visitor looks around, and goes with his order; an own or unknown one keeps nobody from buying', async () => {
  await setProgramme(portal, { link_days: 14 })
  await portal.customer('eva').buys()
  const eva = await portal.signedIn('eva@example.net')
  await eva.post('/account/affiliate', { act: 'join' })
  const customerId = await portal.customer('eva').id()
  const he = await transaction(portal.shop, 'read', (tx) => affiliateOfCustomer(tx, customerId))
  const code = String(he?.code)
  const brought = async () =>
    (await transaction(portal.shop, 'read', (tx) => readAffiliate(tx, String(he?.id)))).brought

  const order = async (tab: Tab, email: string, path = '') => {
    const page = await tab.html(`/checkout/${portal.planId}${path}`)
    const fields = { cart: field(page, 'cart'), ref: field(page, 'ref'), gateway: field(page, 'gateway'), email }
    expect((await tab.post(`/checkout/${portal.planId}`, fields)).status).toBe(303)
    return fields.ref
  }
  const visitor = portal.browser()
  const first = await visitor.get(`/?ref=${code.toLowerCase()}`)
  expect(first.headers.get('set-cookie')).toContain(`ref=${code}; Path=/; Max-Age=1209600; SameSite=Lax; HttpOnly`)
  await visitor.get('/help')
  expect(await order(visitor, 'gus@example.net')).toBe(code)
  expect(await brought()).toBe(1)
  // Without cookies the link may lead to the checkout itself.
  expect(await order(portal.browser(), 'hal@example.net', `?ref=${code}`)).toBe(code)
  expect(await brought()).toBe(2)
  await order(portal.browser(), 'ida@example.net', '?ref=NOSUCHCODE')
  await order(portal.browser(), 'eva@example.net', `?ref=${code}`)
  expect(await brought()).toBe(2)
  expect((await portal.browser().get('/?ref=%3Cscript%3E')).headers.get('set-cookie')).toBeNull()
  await setProgramme(portal, { on: false })
  expect((await portal.browser().get(`/?ref=${code}`)).headers.get('set-cookie')).toBeNull()
})
