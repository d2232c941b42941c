/** The books as they are read: they add up, lead to their sources, and revenue is earned over the time that was sold. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { cancelNow, previewCancel } from '#modules/billing/cancel-subscription.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { heldByGateways } from '#modules/billing/payouts/payouts.ts'
import { recordPayout, undoPayout } from '#modules/billing/payouts/record-payout.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { readSetting, saveSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { present, read } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { journalAfter, listTransfers, trialBalance } from './books.ts'
import { monthsBetween, revenueByPeriod, revenueCsv } from './revenue.ts'
import { revenueByTenure, tenureCsv } from './tenure.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ start: '2026-01-16T00:00:00Z', zone: 'UTC' })
})
afterAll(() => world.close())

const months = (from: string, to: string) =>
  read(world.shop, (tx) => revenueByPeriod(tx, monthsBetween(from, to), world.shop.zone))

it('a month that is sold on the 16th is earned half in each month, and what is still to serve goes down to nothing', async () => {
  await world.customer('ana').buys()
  await world.until('2026-04-01')
  const found = await months('2026-01', '2026-03')
  // 16 January to 16 February: 16 days of 31 in January.
  const january = (1299n * 16n) / 31n
  const none = { currency: 'EUR', refunded: 0n, lost: 0n, fees: 0n, returned: 0n }
  expect(found).toEqual([
    { ...none, month: '2026-01', earned: january, received: 1299n, deferred: 1299n - january },
    { ...none, month: '2026-02', earned: 1299n - january, received: 0n, deferred: 0n },
  ])
})

it('an early end earns what was kept and shows what went back; a month that is over stays as it was told', async () => {
  const before = await months('2026-01', '2026-03')
  await transaction(world.shop, 'life', async (tx) =>
    saveSetting(tx, world.shop, lifeSetting, {
      ...(await readSetting(tx, world.shop, lifeSetting)),
      refund: { kind: 'prorated', days: 14, fee_minor: 0 },
    }),
  )
  const ben = await world.customer('ben').buys()
  await world.until('2026-04-11')
  const preview = await read(world.shop, (tx) => previewCancel(tx, world.shop, ben.subscriptionId, world.shop.now()))
  await cancelNow(world.shop, ben.subscriptionId, preview.fingerprint, 'he moves away')
  await world.settle()
  await world.until('2026-06-02')
  const [april, ...more] = await months('2026-04', '2026-05')
  expect(april).toMatchObject({ earned: 1299n, refunded: preview.refund.minor, deferred: 0n })
  expect(april).toMatchObject({ received: 1299n, returned: preview.refund.minor })
  expect(more).toEqual([])
  expect(await months('2026-01', '2026-03')).toEqual(before)
})

it('whatever months one asks for, they add up: no cent is earned twice or lost', async () => {
  await world.customer('cem').buys()
  await world.until('2026-08-01')
  const [whole] = await months('2026-01', '2026-07').then((all) => [all.reduce((sum, { earned }) => sum + earned, 0n)])
  expect(whole).toBe(3n * 1299n)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (cut) => {
      const first = await months('2026-01', `2026-0${cut}`)
      const second = await months(`2026-0${cut + 1}`, '2026-07')
      expect([...first, ...second].reduce((sum, { earned }) => sum + earned, 0n)).toBe(whole)
    }),
    { numRuns: 6 },
  )
})

it('a surplus that is refunded leaves the balance that it lay on; given to the balance, money stays in the house', async () => {
  const dora = await world.customer('dora').orders()
  const id = await markReceived(world.shop, {
    invoiceId: dora.invoiceId,
    amount: { minor: 2000n, currency: 'EUR' },
    reference: 'R1',
  })
  await world.settle()
  const customer = await world.customer('dora').id()
  const balance = async () =>
    (await read(world.shop, (tx) => trialBalance(tx, null))).find((each) => each.id === `customer/EUR/${customer}`)
      ?.balance
  expect(await balance()).toBe(701n)
  await refundPayment(world.shop, id, { minor: 701n, currency: 'EUR' }, 'too much')
  expect(await balance()).toBe(0n)
  await refundPayment(world.shop, id, { minor: 299n, currency: 'EUR' }, 'for the trouble', 'balance')
  expect(await balance()).toBe(299n)
  await expect(
    refundPayment(world.shop, id, { minor: 1001n, currency: 'EUR' }, 'more than is left'),
  ).rejects.toMatchObject({ code: 'invalid_input' })
})

it('adds up to nothing, and each transfer leads to what it is about, in the list as in the journal', async () => {
  const all = await read(world.shop, (tx) => trialBalance(tx, null))
  expect(all.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n)
  expect(all.reduce((sum, { debit, credit }) => sum + credit - debit, 0n)).toBe(0n)
  const clearing = present(all.find(({ kind }) => kind === 'clearing'))
  const listed = await read(world.shop, (tx) => listTransfers(tx, { account: clearing.id }, { limit: 200 }))
  const net = listed.reduce((sum, each) => sum + (each.credit === clearing.id ? each.amount : -each.amount), 0n)
  expect(net).toBe(clearing.balance)
  const journal: string[] = []
  let last: string | null = null
  for (;;) {
    const found = await read(world.shop, (tx) => journalAfter(tx, {}, last, 3))
    journal.push(...found.map(({ id }) => id))
    last = found.at(-1)?.id ?? null
    if (found.length < 3) break
  }
  const every = await read(world.shop, (tx) => listTransfers(tx, {}, { limit: 500 }))
  expect(journal).toEqual(every.map(({ id }) => id).toReversed())
  expect(every.every(({ source }) => source !== null)).toBe(true)
  expect(await read(world.shop, (tx) => trialBalance(tx, Temporal.Instant.from('2026-01-16T00:00:00Z')))).toEqual([])
})

it('a payout empties what its gateway holds, once per reference, and is taken back by transfers of its own', async () => {
  const held = async () => present((await read(world.shop, heldByGateways)).find(({ minor }) => minor > 100n))
  const before = await held()
  const payout = {
    gatewayAccountId: before.gatewayAccountId,
    amount: { minor: before.minor - 25n, currency: 'EUR' },
    fee: { minor: 25n, currency: 'EUR' },
    reference: 'po_1',
    arrivedOn: Temporal.PlainDate.from('2026-08-01'),
  }
  const id = await recordPayout(world.shop, payout)
  const left = await read(world.shop, heldByGateways)
  expect(left.find((each) => each.gatewayAccountId === before.gatewayAccountId)?.minor).toBe(0n)
  await expect(recordPayout(world.shop, payout)).rejects.toMatchObject({ code: 'conflict' })
  await undoPayout(world.shop, id)
  await undoPayout(world.shop, id)
  expect((await held()).minor).toBe(before.minor)
  await recordPayout(world.shop, payout)
  expect((await world.proof()).broken).toEqual([])
})

it('what is sold at the very first moment of a month is that month’s, and cash is told when it comes and goes', async () => {
  await anotherPlan(world, {
    amount: 3000n,
    name: 'With a box',
    prices: [{ currency: 'EUR', amountMinor: 3000n, setupMinor: 2500n }],
  })
  await world.until('2026-10-01T00:00:00Z')
  const before = await months('2026-09', '2026-09')
  const fay = await world.customer('fay').buys({ plan: 'With a box' })
  expect((await fay.payments())[0]?.succeededAt?.toString()).toBe('2026-10-01T00:00:00Z')
  expect(await months('2026-09', '2026-09')).toEqual(before)
  await world.until('2026-12-15T00:00:00Z')
  // 1 October to 1 November: all of it in October.
  const [october, ...later] = await months('2026-10', '2026-11')
  expect(october).toMatchObject({ earned: 5500n, received: 5500n, returned: 0n, deferred: 0n })
  expect(later).toEqual([])
  const payment = present((await fay.payments())[0])
  await refundPayment(world.shop, payment.id, { minor: 500n, currency: 'EUR' }, 'kept as balance', 'balance')
  await refundPayment(world.shop, payment.id, { minor: 700n, currency: 'EUR' }, 'given back')
  await world.settle()
  const december = await months('2026-12', '2026-12')
  expect(december).toMatchObject([{ earned: 0n, received: 0n, refunded: 1200n, returned: 700n }])
  expect(revenueCsv(december).split('\r\n')).toEqual([
    'month,currency,earned,refunded,lost,fees,received,returned,still_to_serve',
    '2026-12,EUR,0.00,12.00,0.00,0.00,0.00,7.00,0.00',
    '',
  ])
})

it('an early end at the very first moment of a month earns the rest in that month, beside what goes back', async () => {
  const gus = await world.customer('gus').buys()
  await world.until('2027-01-01T00:00:00Z')
  const preview = await read(world.shop, (tx) => previewCancel(tx, world.shop, gus.subscriptionId, world.shop.now()))
  await cancelNow(world.shop, gus.subscriptionId, preview.fingerprint, 'he moves away')
  await world.settle()
  await world.until('2027-02-02')
  const december = (1299n * 17n) / 31n
  const found = await months('2026-12', '2027-01')
  expect(found).toMatchObject([
    { month: '2026-12', earned: december, refunded: 1200n },
    { month: '2027-01', earned: 1299n - december, refunded: preview.refund.minor, deferred: 0n },
  ])
})

it('revenue by how long its customers have paid adds up to the revenue of each month', async () => {
  const hal = await world.customer('hal').buys()
  for (let month = 3; month <= 9; month += 1) {
    await world.until(`2027-0${month}-01`)
    await world.customer('hal').paysOpenInvoice()
  }
  await world.until('2027-10-02')
  expect(await hal.periods()).toHaveLength(8)
  const asked = monthsBetween('2026-01', '2027-09')
  const all = await read(world.shop, (tx) => revenueByTenure(tx, asked, world.shop.zone))
  const sums = new Map<string, bigint>()
  for (const { month, earned } of all) sums.set(month, (sums.get(month) ?? 0n) + earned)
  const earning = (await months('2026-01', '2027-09')).filter(({ earned }) => earned !== 0n)
  expect([...sums]).toEqual(earning.map(({ month, earned }) => [month, earned]))
  const of = (month: string) =>
    all.filter((each) => each.month === month).map(({ from, to, customers }) => [from, to, customers])
  expect(of('2026-01')).toEqual([[0, 0, 1]])
  // Gus came in December: it is his second month; hal paid for the first time in February.
  expect(of('2027-01')).toEqual([[1, 2, 1]])
  expect(of('2027-02')).toEqual([[0, 0, 1]])
  expect(of('2027-04')).toEqual([[1, 2, 1]])
  expect(of('2027-05')).toEqual([[3, 5, 1]])
  expect(of('2027-09')).toEqual([[6, 11, 1]])
  expect(tenureCsv(all.slice(0, 1)).split('\r\n')[0]).toBe('month,currency,months_from,months_to,earned,customers')
})
