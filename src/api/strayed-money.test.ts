/** Each way in which money goes astray is booked, listed, and one call away from its right place. The same by people: `web/admin/strayed-money.test.ts`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Strayed, strayMoney } from '../../test/support/strayed.ts'
import { type ApiWorld, apiWorld, type Json } from './api.test-support.ts'

let api: ApiWorld
let strayed: Strayed
beforeAll(async () => {
  api = await apiWorld()
  strayed = await strayMoney(api.world)
}, 90_000)
afterAll(() => api.close())

const eur = (amount: number) => ({ amount, currency: 'EUR' })
const attention = async () => ((await api.done('GET', '/attention')).data as Json[]).map(({ kind }) => kind)
const paymentOf = async (orderOf: 'late' | 'half') => {
  const { data } = await api.done('GET', `/payments?customer_id=${(await strayed[orderOf].order()).customerId}`)
  return (data as Json[]).find(({ status }) => status === 'succeeded') as Json
}

test('late money for an order that is over is the customer’s balance, and goes back by one call', async () => {
  expect(await attention()).toContain('surplus_money')
  const { id } = await paymentOf('late')
  const body = { payment_id: id, amount: eur(1299), reason: 'too late' }
  const tooMuch = await api.ask('POST', '/refunds', { body: { ...body, amount: eur(1300) } })
  expect(tooMuch.status).toBe(422)
  expect(await api.done('POST', '/refunds', body)).toMatchObject({ status: 'requires_action', amount: eur(1299) })
})

test('half in coins: what is missing is entered by one call', async () => {
  expect(await attention()).toContain('short_payment')
  const path = `/invoices/${strayed.half.invoiceId}/mark_received`
  expect((await api.ask('POST', path, { body: { amount: eur(0), reference: 'in cash' } })).status).toBe(422)
  await api.done('POST', path, { amount: eur(650), reference: 'in cash' })
  await api.world.settle()
  expect(await api.done('GET', `/orders/${strayed.half.orderId}`)).toMatchObject({ status: 'ready' })
  expect(await attention()).not.toContain('short_payment')
})

test('a transfer without a reference waits, and is booked where a program says', async () => {
  expect(await attention()).toContain('bank_entries_wait')
  const path = `/bank_entries/${strayed.unnamed.id}`
  expect(await api.done('GET', path)).toMatchObject({ status: 'waiting', why: 'no_reference' })
  const booked = await api.done('POST', `${path}/book`, { invoice_id: strayed.unnamedOf.invoiceId })
  expect(booked).toMatchObject({ status: 'booked' })
  await api.world.settle()
  expect(await api.done('GET', `/orders/${strayed.unnamedOf.orderId}`)).toMatchObject({ status: 'ready' })
})

test('a payment in another currency is booked, listed, and has its place by one call', async () => {
  expect(await attention()).toContain('stray_money')
  const { counted, kept, returned } = strayed.abroad
  const path = ({ strayId }: { strayId: string }) => `/stray_moneys/${strayId}`
  const usd = (amount: number) => ({ amount, currency: 'USD' })
  const { data } = await api.done('GET', `/stray_moneys?payment_id=${counted.paymentId}&state=open`)
  expect(data).toMatchObject([{ id: counted.strayId, amount: usd(1400), left: usd(1400), proposed: null }])
  expect(await api.done('GET', `/payments/${counted.paymentId}`)).toMatchObject({ stray: true, received: eur(0) })
  const body = { worth: eur(1299), reason: 'his bank changed it' }
  const count = (worth: object) => api.ask('POST', `${path(counted)}/count`, { body: { ...body, worth } })
  expect((await count(usd(1299))).body.errors).toMatchObject([{ pointer: '/worth/currency', code: 'mismatch' }])
  expect((await count(eur(0))).body.errors).toMatchObject([{ pointer: '/worth/amount' }])
  const limited = await api.keyFor(api.world.businessId, ['payments:write'])
  const forbidden = await api.ask('POST', `${path(returned)}/give_back`, { body: { reason: 'x' }, key: limited })
  expect(forbidden.status).toBe(403)
  const once = 'count-once'
  const first = await api.done('POST', `${path(counted)}/count`, body, { once })
  expect(first).toMatchObject({ state: 'counted', left: usd(0), counted: usd(1400), worth: eur(1299) })
  expect(await api.done('POST', `${path(counted)}/count`, body, { once })).toEqual(first)
  const second = await api.ask('POST', `${path(counted)}/count`, { body })
  expect([second.status, second.body.code]).toEqual([409, 'conflict'])
  await api.world.settle()
  expect(await api.done('GET', `/orders/${counted.orderId}`)).toMatchObject({ status: 'ready' })
  const refused = await api.ask('POST', '/refunds', {
    body: { payment_id: counted.paymentId, amount: eur(1299), reason: 'gone' },
  })
  expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('came in USD')])

  expect(await api.done('POST', `${path(kept)}/keep`, { reason: 'next month' })).toMatchObject({ state: 'kept' })
  const back = await api.done('POST', `${path(returned)}/give_back`, { reason: 'we sell in euros' })
  expect(back).toMatchObject({ state: 'returned', returned: usd(1400) })
  const refunds = (await api.done('GET', `/payments/${returned.paymentId}/refunds`)).data as Json[]
  expect(refunds).toMatchObject([{ stray_money_id: returned.strayId, amount: usd(1400), status: 'succeeded' }])
  expect(await attention()).not.toContain('stray_money')
})

test('money in another currency is booked to nothing that is owed in ours, and put aside with what became of it', async () => {
  const path = `/bank_entries/${strayed.foreign.id}`
  expect(await api.done('GET', path)).toMatchObject({ status: 'waiting', amount: { currency: 'USD' } })
  const other = await api.world.customer('other').orders()
  const refused = await api.ask('POST', `${path}/book`, { body: { invoice_id: other.invoiceId } })
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('This invoice is in EUR')])
  await api.done('POST', `${path}/put_aside`, { reason: 'sent back on Monday' })
  expect(await api.done('GET', path)).toMatchObject({ status: 'aside', reason: 'sent back on Monday' })
  expect(await attention()).not.toContain('bank_entries_wait')
  expect((await api.world.proof()).broken).toEqual([])
})
