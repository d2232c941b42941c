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
