/** A login and a box in one order, as its buyer, its owner and staff see it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { orderToken } from '#modules/checkout/tell.ts'
import { one, sql } from '#platform/db.ts'
import { xuiPairHouse } from '../support/panel-houses.ts'
import { createPages, hidden, type Pages } from './pages.ts'

const mac = '00:1A:79:12:34:56'
let pages: Pages
beforeAll(async () => {
  pages = await createPages({ house: xuiPairHouse })
}, 120_000)
afterAll(() => pages?.close())

it('is bought on one page without a script, refused without the address, and shown with both logins', async () => {
  const checkout = `/checkout/${pages.planId}`
  const page = await pages.get(checkout)
  expect(page.text).toContain('your box plays too')
  for (const name of ['mac', 'username', 'device']) expect(page.html).toContain(`name="${name}"`)
  expect((await pages.get('/plans')).text).toContain('and a box that signs in by its MAC address')
  const gateways = await transaction(pages.shop, 'read', listGateways)
  const form = {
    ...{ cart: hidden(page, 'cart'), currency: 'EUR', email: 'eve@example.net', device: 'phone', username: 'eve.tv' },
    gateway: gateways.find(({ kind }) => kind === 'sandbox')?.id ?? '',
  }
  const without = await pages.post(checkout, { ...form, mac: '' })
  expect(without.status).toBe(422)
  expect(without.text).toContain('Please enter the MAC address of the box.')
  expect(without.html).toContain('value="eve.tv"')
  const placed = await pages.post(checkout, { ...form, mac: '001a.7912.3456' })
  expect(placed.status).toBe(303)
  await pages.decides('pay', placed.location)
  const { id } = await transaction(pages.shop, 'read', (tx) => one(tx, sql<{ id: string }>`select id from orders`))
  const { text } = await pages.get(`/orders/${orderToken(pages.shop, id)}`)
  for (const word of [mac, 'http://tv.example:8080/c/', 'eve.tv', 'get.php?username=eve.tv'])
    expect(text).toContain(word)
})

it('a box with an unusual address is asked about beside its field, and taken when the buyer says that it is right', async () => {
  const checkout = `/checkout/${pages.planId}`
  const gateways = await transaction(pages.shop, 'read', listGateways)
  const page = await pages.get(checkout)
  const form = {
    cart: hidden(page, 'cart'),
    currency: 'EUR',
    email: 'ivo@example.net',
    mac: '02:11:22:33:44:55',
    username: 'ivo.tv',
    device: 'phone',
    gateway: gateways.find(({ kind }) => kind === 'sandbox')?.id ?? '',
  }
  expect(page.html).not.toContain('accept_unusual_mac')
  const asked = await pages.post(checkout, form)
  expect(asked.status).toBe(422)
  for (const word of ['02:11:22:33:44:55 does not begin as MAG boxes do', 'name="accept_unusual_mac"'])
    expect(asked.html).toContain(word)
  expect((await pages.post(checkout, { ...form, accept_unusual_mac: 'yes' })).status).toBe(303)
})
