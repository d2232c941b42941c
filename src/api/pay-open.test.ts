/** One payment over everything that a customer owes, and money that names no invoice, for programs. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiWorld, apiWorld, type Json } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
})
afterAll(() => api.close())

test('a program starts one payment over all, books money by hand, and refunds one of the invoices', async () => {
  const { done, ask, world } = api
  const ana = await world.customer('ana').buys()
  const second = await world.customer('ana').buys({ username: 'ana2' })
  const customer = await world.customer('ana').id()
  const [gateway] = (await done('GET', '/gateways')).data as Json[]
  const nothing = await ask('POST', `/customers/${customer}/pay_open`, { body: { gateway: gateway?.id } })
  expect([nothing.status, nothing.body.code]).toEqual([409, 'conflict'])
  await done('POST', `/subscriptions/${ana.subscriptionId}/renewal_invoice`)
  await done('POST', `/subscriptions/${second.subscriptionId}/renewal_invoice`)
  const seen = { amount: 1299, currency: 'EUR' }
  const other = await ask('POST', `/customers/${customer}/pay_open`, { body: { gateway: gateway?.id, amount: seen } })
  expect([other.status, other.body.code]).toEqual([409, 'conflict'])
  const started = await done('POST', `/customers/${customer}/pay_open`, { gateway: gateway?.id })
  const payment = await done('GET', `/payments/${started.payment_id}`)
  expect(payment).toMatchObject({ amount: { amount: 2598 }, also_pays: [expect.stringMatching(/^inv_/)] })

  const receive = `/customers/${customer}/receive`
  const body = { amount: { amount: 2598, currency: 'EUR' }, reference: 'BANK 5' }
  const booked = await done('POST', receive, body, { once: 'receive-1' })
  expect(booked).toMatchObject({ status: 'succeeded', also_pays: payment.also_pays })
  expect(await done('POST', receive, body, { once: 'receive-1' })).toEqual(booked)
  const again = await ask('POST', receive, { body })
  expect([again.status, again.body.code]).toEqual([409, 'conflict'])
  const [also] = booked.also_pays as string[]
  const refund = await done('POST', '/refunds', {
    payment_id: booked.id,
    invoice_id: also,
    amount: { amount: 1299, currency: 'EUR' },
    reason: 'x',
    to: 'balance',
  })
  expect(refund).toMatchObject({ invoice_id: also, to: 'balance', status: 'succeeded' })
  await world.settle()
  expect((await world.proof()).broken).toEqual([])
})

test('days to pay are kept with the customer and counted from the invoice on', async () => {
  const { done, ask, world } = api
  const ben = await world.customer('ben').buys()
  const path = `/customers/${await world.customer('ben').id()}`
  expect((await ask('PATCH', path, { body: { net_days: 0 } })).status).toBe(422)
  expect(await done('PATCH', path, { net_days: 14 })).toMatchObject({ net_days: 14 })
  const invoice = await done('POST', `/subscriptions/${ben.subscriptionId}/renewal_invoice`)
  const days = Temporal.Instant.from(String(invoice.due_at)).since(String(invoice.issued_at)).total('hours') / 24
  expect(Math.round(days)).toBe(14)
  expect(await done('PATCH', path, { net_days: null, one_invoice: true })).toMatchObject({
    net_days: null,
    one_invoice: true,
  })
})
