/** Collecting in the browser: lending, paying out, statements on both sides, and who may not. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listGateways } from '#modules/billing/gateways.ts'
import { collectAll } from '#modules/reselling/collecting/collect-all.ts'
import { joins } from '../../../test/support/resellers.ts'
import { present, read } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const html = async (tab: Pick<Person, 'get'>, path: string): Promise<string> => (await tab.get(path)).text()
/** What the first story leaves for the second. */
const made = { south: '', statement: '' }

test('a gateway is lent on the page of the reseller, who switches it on; both see what was collected, and the statement', async () => {
  const shop = await joins(console, { slug: 'south', credits: 5_000n })
  const owner = await console.person('owner')
  const here = `/admin/resellers/${shop.businessId}/collecting`
  expect(await html(owner, `/admin/resellers/${shop.businessId}`)).toContain(here)
  expect(await owner.text(here)).toContain('You lend him none.')
  const terms = { act: 'lend', gateway: console.gatewayId, percent: '2', fixed: '0.30', hold_days: '0', monthly: 'on' }
  expect((await owner.post(here, { ...terms, percent: '200', hold_days: 'x' })).status).toBe(422)
  expect((await owner.post(here, terms)).status).toBe(303)
  expect(await owner.text(here)).toContain('2 % + 0.30 EUR')

  const him = await console.person('owner', shop.businessId)
  expect(await him.text('/admin/gateways')).toContain('collected by Northwind TV')
  const lent = present((await read(shop, listGateways)).find((each) => each.lent !== null))
  const settings = await him.text(`/admin/gateways/${lent.id}`)
  expect(settings).toContain('This gateway belongs to Northwind TV')
  expect(settings).not.toContain('/hooks/')
  const facts = { act: 'save', kind: lent.kind, name: 'Card', position: '1', active: 'on' }
  expect((await him.post(`/admin/gateways/${lent.id}`, { ...facts, 'settings.api_key': 'mine' })).status).toBe(409)
  expect((await him.post(`/admin/gateways/${lent.id}`, facts)).status).toBe(303)
  await console.customer('anabella', shop).buys({ gateway: 'sandbox' })
  await console.pass({ minutes: 1 })
  await collectAll(console.app)

  expect(await him.text('/admin/collected')).toContain('12.44')
  const paid = {
    act: 'pay',
    currency: 'EUR',
    amount: '10',
    reference: 'SEPA 7',
    paid_on: '2026-02-01',
    form_key: randomUUID(),
  }
  expect((await owner.post(here, { ...paid, amount: '13' })).status).toBe(422)
  expect((await owner.post(here, { ...paid, form_key: randomUUID() })).status).toBe(303)
  expect((await owner.post(here, { act: 'close', currency: 'EUR', form_key: randomUUID() })).status).toBe(303)
  const page = await html(owner, here)
  expect(page).toContain('CS-000001')
  expect(page).not.toContain('anabella')
  const id = present(/\/admin\/collected\/(rst_\w+)/.exec(page)?.[1])
  Object.assign(made, { south: shop.businessId, statement: id })
  for (const tab of [owner, him]) {
    expect(await tab.text(`/admin/collected/${id}`)).toContain('2.44 EUR')
    expect(await html(tab, `/admin/collected/${id}/csv`)).toContain(',payout,SEPA 7,-10.00,0.00,EUR,rpo_')
    expect((await tab.get(`/admin/collected/${id}/pdf`)).headers.get('content-type')).toBe('application/pdf')
  }
  const loan = present(/gwl_\w+/.exec(page)?.[0])
  expect((await owner.post(here, { act: 'take_back', loan })).status).toBe(303)
  expect(await him.text('/admin/gateways')).toContain('Taken back')
})

test('support sees and moves nothing; a sibling sees neither page nor statement', async () => {
  const shop = await joins(console, { slug: 'west' })
  const here = `/admin/resellers/${shop.businessId}/collecting`
  const support = await console.person('support')
  expect((await support.get(here)).status).toBe(200)
  for (const act of ['lend', 'close', 'pay', 'take_back'])
    expect((await support.post(here, { act, gateway: console.gatewayId })).status, act).toBe(403)
  const billing = await console.person('billing')
  expect((await billing.post(here, { act: 'lend', gateway: console.gatewayId, hold_days: '1' })).status).toBe(403)
  const sibling = await console.person('owner', shop.businessId)
  expect((await sibling.get(`/admin/resellers/${made.south}/collecting`)).status).toBe(404)
  for (const path of ['', '/pdf', '/csv'])
    expect((await sibling.get(`/admin/collected/${made.statement}${path}`)).status).toBe(404)
  expect(await sibling.text('/admin/collected')).toContain('Nobody collects for you')
})
