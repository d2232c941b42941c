/** Money in another currency than was asked for: booked in its own, once, shown, and one act from its right place. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { trialBalance } from '#modules/analytics/books.ts'
import { compareBooks } from '#modules/billing/comparison/comparisons.ts'
import { listMoneyDifferences } from '#modules/billing/comparison/differences.ts'
import { countStray, keepStray, returnStray, worthOf } from '#modules/billing/decide-stray.ts'
import { oddMoneySetting, saveOddMoney } from '#modules/billing/odd-money.ts'
import { readBalances } from '#modules/billing/payouts/read-balance.ts'
import { findInvoice, findRefund, refundsOf } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { carryOut, refundPayment, undoRefund } from '#modules/billing/refund-payment.ts'
import { typeRate } from '#modules/catalog/exchange.ts'
import { listAttention } from '#modules/people/attention.ts'
import { dyingAt } from '../support/dying.ts'
import { opensPage, paysInDollars, straysOf } from '../support/foreign.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import { atProvider } from '../support/strange-money.ts'
import type { World } from '../support/world.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })

/** What is not nothing, without the ids of gateways and customers. */
const books = async (world: World): Promise<Record<string, bigint>> =>
  Object.fromEntries(
    (await read(world.shop, (tx) => trialBalance(tx, null)))
      .filter(({ balance }) => balance !== 0n)
      .map(({ id, balance }) => [id.split('/').slice(0, 2).join('/'), balance]),
  )
const attention = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx))).map(({ kind, title }) => `${kind}: ${title}`)
const invoiceOf = async (world: World, { invoiceId }: Purchase) =>
  present(await read(world.shop, (tx) => findInvoice(tx, invoiceId)))
const strayOfPayment = async (world: World, paymentId: string) => {
  const [stray, ...more] = await straysOf(world, paymentId)
  expect(more).toEqual([])
  return present(stray)
}

/** Nothing differs between our books and the gateway's list, which is read to its end. */
async function agrees(world: World): Promise<void> {
  await transaction(world.shop, 'compare', (tx) => compareBooks(tx, world.shop, world.gatewayId, {}))
  await world.settle()
  const open = await read(world.shop, (tx) => listMoneyDifferences(tx, { state: 'open' }, { limit: 10 }))
  expect(open).toEqual([])
}

scenario('money in another currency is booked once in its own, is shown, and pays nothing', async (world) => {
  const ana = await world.customer('ana').orders()
  const { paymentId } = await paysInDollars(world, ana)
  const waits = { 'clearing/USD': -1_400n, 'suspense/USD': 1_400n }
  expect(await books(world)).toEqual(waits)
  expect(await attention(world)).toEqual(['stray_money: 14.00 USD came for an invoice in EUR'])
  expect(await invoiceOf(world, ana)).toMatchObject({ status: 'draft', paidMinor: 0n })
  // However often it is told, looked at again or swept, also by several at once.
  await Promise.all([1, 2, 3].map(() => refreshPayment(world.shop, paymentId)))
  await world.pass({ hours: 2 })
  expect(await straysOf(world, paymentId)).toMatchObject([{ amountMinor: 1_400n, currency: 'USD', state: 'open' }])
  expect(await books(world)).toEqual(waits)
  await agrees(world)
  // He is asked for euros anew, on a page of its own; both moneys are told apart.
  const again = await ana.pays()
  expect(again).not.toBe(paymentId)
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect(await strayOfPayment(world, paymentId)).toMatchObject({ state: 'open' })
  expect(await books(world)).toMatchObject(waits)
  await agrees(world)
})

scenario('a process that dies while it books such money leaves all of it or nothing', async (world) => {
  for (let deadly = 1; ; deadly += 1) {
    const order = await world.customer(`buyer${deadly}`).orders()
    const page = await opensPage(world, order)
    const paid = { id: page.ref, how: 'pay', paid_with: { amount: 1_400, currency: 'USD' } }
    await atProvider(world, '/__pay', paid, page.ref)
    const { dead } = await dyingAt(deadly, () => refreshPayment(world.shop, page.paymentId))
    await world.pass({ minutes: 2 })
    expect(await strayOfPayment(world, page.paymentId)).toMatchObject({ amountMinor: 1_400n, state: 'open' })
    if (!dead) return expect(deadly).toBeGreaterThan(4)
  }
})

scenario('counted for its invoice: what a person says it is worth pays it, and the order goes on', async (world) => {
  const ana = await world.customer('ana').orders()
  const { paymentId } = await paysInDollars(world, ana)
  const stray = await strayOfPayment(world, paymentId)
  const worth = () => read(world.shop, (tx) => worthOf(tx, world.shop, stray))
  expect(await worth()).toBeNull()
  const day = world.shop.now().toString().slice(0, 10)
  await transaction(world.shop, 'type', (tx) => typeRate(tx, world.shop, { currency: 'USD', rate: '1.0769', day }))
  expect(await worth()).toMatchObject({ worth: eur(1_300n), rate: { day, source: 'staff' } })
  const count = (minor: bigint, currency = 'EUR') =>
    countStray(world.shop, stray.id, { worth: { minor, currency }, reason: 'his bank changed it' })
  await expect(count(0n)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(count(1_299n, 'USD')).rejects.toMatchObject({ code: 'invalid_input' })
  // Two at once: one of them finds nothing any more.
  const both = await Promise.allSettled([count(1_300n), count(1_300n)])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect(await invoiceOf(world, ana)).toMatchObject({ status: 'paid', paidMinor: 1_299n })
  expect(await ana.payments()).toMatchObject([{ id: paymentId, status: 'succeeded', receivedMinor: 1_300n }])
  expect(await strayOfPayment(world, paymentId)).toMatchObject({
    state: 'counted',
    worthMinor: 1_300n,
    rate: { rate: expect.any(String), day, source: 'staff' },
    reason: 'his bank changed it',
  })
  expect(await books(world)).toEqual({
    'clearing/USD': -1_400n,
    'exchange/USD': 1_400n,
    'exchange/EUR': -1_300n,
    'customer/EUR': 1n,
    'deferred/EUR': 1_299n,
  })
  // The cent above is the customer's; what is told again changes nothing.
  expect(await attention(world)).toEqual(['surplus_money: 0.01 EUR more than was owed'])
  await refreshPayment(world.shop, paymentId)
  const acts = [
    () => count(1n),
    () => keepStray(world.shop, stray.id, 'x'),
    () => returnStray(world.shop, stray.id, 'x'),
  ]
  for (const act of acts)
    await expect(act()).rejects.toMatchObject({ code: 'conflict', message: 'This money has its place already.' })
  // The gateway has dollars: asked for euros it would send another sum.
  const back = (to: 'source' | 'balance') => refundPayment(world.shop, paymentId, eur(500n), 'gone', to)
  await expect(back('source')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('USD') })
  expect(await back('balance')).toMatchObject({ status: 'succeeded' })
  await world.settle()
  await agrees(world)
})

scenario('counted as less than was asked for, or for what was given up meanwhile', async (world) => {
  const ana = await world.customer('ana').orders()
  const part = await strayOfPayment(world, (await paysInDollars(world, ana, 700)).paymentId)
  await countStray(world.shop, part.id, { worth: eur(650n), reason: 'half' })
  await world.settle()
  expect(await invoiceOf(world, ana)).toMatchObject({ status: 'draft', paidMinor: 650n })
  expect(await attention(world)).toEqual(['short_payment: 6.49 EUR less than was owed'])
  // An order that is over keeps its own rules: here late money goes back by itself, where that can be.
  const way = oddMoneySetting.schema.parse({ late_money: 'refund' })
  await transaction(world.shop, 'odd', (tx) => saveOddMoney(tx, world.shop, way))
  const ben = await world.customer('ben').orders()
  const { paymentId } = await paysInDollars(world, ben)
  await world.pass({ hours: 24 * 3 })
  expect(await ben.order()).toMatchObject({ status: 'canceled' })
  const late = await strayOfPayment(world, paymentId)
  expect(late.state).toBe('open')
  await countStray(world.shop, late.id, { worth: eur(1_299n), reason: 'late' })
  await world.settle()
  expect(await attention(world)).toContain('surplus_money: 12.99 EUR more than was owed')
  expect(await books(world)).toMatchObject({ 'customer/EUR': 1_299n, 'exchange/USD': 2_100n })
  expect(await read(world.shop, (tx) => refundsOf(tx, paymentId))).toEqual([])
  await agrees(world)
})

scenario('kept as the customer’s balance in its own currency', async (world) => {
  const ana = await world.customer('ana').orders()
  const { paymentId } = await paysInDollars(world, ana)
  const stray = await strayOfPayment(world, paymentId)
  await keepStray(world.shop, stray.id, 'he buys in dollars next month')
  await world.settle()
  expect(await books(world)).toEqual({ 'clearing/USD': -1_400n, 'customer/USD': 1_400n })
  expect(await strayOfPayment(world, paymentId)).toMatchObject({ state: 'kept', keptMinor: 1_400n })
  // The attempt brought nothing for its invoice and is over: it is asked for again.
  expect(await ana.payments()).toMatchObject([{ id: paymentId, status: 'canceled', receivedMinor: 0n }])
  expect(await attention(world)).toEqual([])
  await refreshPayment(world.shop, paymentId)
  expect(await attention(world)).toEqual([])
  await agrees(world)
  await ana.pays()
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
})

scenario('given back at the gateway, in the currency that it came in', async (world) => {
  const ana = await world.customer('ana').orders()
  const { paymentId } = await paysInDollars(world, ana)
  const stray = await strayOfPayment(world, paymentId)
  const { refundId, status } = await returnStray(world.shop, stray.id, 'we sell in euros')
  await world.settle()
  expect(status).toBe('succeeded')
  expect(await books(world)).toEqual({})
  expect(await strayOfPayment(world, paymentId)).toMatchObject({ state: 'returned', returnedMinor: 1_400n })
  expect(await attention(world)).toEqual([])
  expect(await ana.payments()).toMatchObject([{ status: 'canceled', receivedMinor: 0n, refundedMinor: 0n }])
  expect(await ana.messages()).toContainEqual(expect.objectContaining({ template: 'refund' }))
  await agrees(world)
  // It did not arrive after all: it is nobody's again, and a person is told again.
  const [payment] = await ana.payments()
  await transaction(world.shop, 'undo', async (tx) => {
    const refund = present(await findRefund(tx, refundId))
    await undoRefund(tx, world.shop, refund, present(payment), 'the account is closed', world.shop.now())
  })
  expect(await books(world)).toEqual({ 'clearing/USD': -1_400n, 'suspense/USD': 1_400n })
  expect(await attention(world)).toContain('stray_money: 14.00 USD came for an invoice in EUR')
  await countStray(world.shop, stray.id, { worth: eur(1_299n), reason: 'counted instead' })
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
})

scenario('given back at the gateway’s own desk: out of what waits, and told where it had its place', async (world) => {
  const ana = await world.customer('ana').orders()
  const { paymentId, ref } = await paysInDollars(world, ana)
  const gives = async (amount: number, once: string) => {
    await atProvider(world, `/v1/payments/${ref}/refunds`, { amount, reason: 'asked by telephone' }, once)
    await world.settle()
  }
  await gives(400, 'first')
  await refreshPayment(world.shop, paymentId)
  expect(await books(world)).toEqual({ 'clearing/USD': -1_000n, 'suspense/USD': 1_000n })
  expect(await attention(world)).toEqual(['stray_money: 10.00 USD came for an invoice in EUR'])
  expect(await read(world.shop, (tx) => refundsOf(tx, paymentId))).toMatchObject([
    { amountMinor: 400n, currency: 'USD', status: 'succeeded', by: 'gateway' },
  ])
  await agrees(world)
  const { id } = await strayOfPayment(world, paymentId)
  await countStray(world.shop, id, { worth: eur(1_299n), reason: 'the rest is enough' })
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  await agrees(world)
  // A person has decided about it: no machine takes back what was paid with it.
  const before = await books(world)
  await gives(300, 'second')
  expect(await books(world)).toEqual(before)
  expect(await attention(world)).toEqual([
    'payment_mismatch: 3.00 USD that had its place was given back at the gateway',
  ])
  expect((await invoiceOf(world, ana)).status).toBe('paid')
})

scenario('a gateway that refuses, and one that loses its answer', async (world) => {
  const { paymentId, ref } = await paysInDollars(world, await world.customer('ana').orders())
  const stray = await strayOfPayment(world, paymentId)
  await atProvider(world, '/__dispute', { id: ref }, 'taken')
  await world.settle()
  expect(await attention(world)).toContain('payment_disputed: 14.00 USD that came in another currency is disputed')
  // Its buyer takes it back meanwhile: nothing can be sent any more.
  expect(await returnStray(world.shop, stray.id, 'gone')).toMatchObject({ status: 'failed' })
  expect(await strayOfPayment(world, paymentId)).toMatchObject({ state: 'open', returnedMinor: 0n })
  expect(await attention(world)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^refund_failed/), expect.stringMatching(/^stray_money/)]),
  )
  const other = await strayOfPayment(
    world,
    (await paysInDollars(world, await world.customer('ben').orders())).paymentId,
  )
  const { dead } = await dyingAt(3, () => returnStray(world.shop, other.id, 'back'))
  expect(dead).toBe(true)
  await expect(keepStray(world.shop, other.id, 'no')).rejects.toMatchObject({ code: 'in_progress' })
  await world.pass({ minutes: 10 })
  expect(await straysOf(world, other.paymentId)).toMatchObject([{ state: 'returned', returnedMinor: 1_400n }])
  const [refund, ...more] = await read(world.shop, (tx) => refundsOf(tx, other.paymentId))
  expect([more, await carryOut(world.shop, present(refund).id)]).toEqual([[], 'succeeded'])
})

scenario('what the gateway keeps of such money and pays out is booked as of any other', async (world) => {
  const { paymentId } = await paysInDollars(world, await world.customer('ana').orders())
  await readBalances(world.app)
  await world.settle()
  expect(await books(world)).toMatchObject({ 'fees/USD': -46n, 'clearing/USD': -1_354n, 'suspense/USD': 1_400n })
  const payout = { account: 'sandbox_key_northwind', currency: 'USD', status: 'arrived' }
  await atProvider(world, '/__payout', payout, 'p1')
  await world.pass({ hours: 24 })
  await readBalances(world.app)
  await world.settle()
  expect(await books(world)).toMatchObject({ 'bank/USD': -1_354n, 'suspense/USD': 1_400n })
  await countStray(world.shop, (await strayOfPayment(world, paymentId)).id, { worth: eur(1_299n), reason: 'worth it' })
  await world.settle()
  await agrees(world)
})
