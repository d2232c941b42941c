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
import { present, read } from '../../../test/support/stories.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { journalAfter, listTransfers, trialBalance } from './books.ts'
import { monthsBetween, revenueByPeriod } from './revenue.ts'

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
  expect(found).toEqual([
    { month: '2026-01', currency: 'EUR', earned: january, refunded: 0n, lost: 0n, fees: 0n, deferred: 1299n - january },
    { month: '2026-02', currency: 'EUR', earned: 1299n - january, refunded: 0n, lost: 0n, fees: 0n, deferred: 0n },
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
