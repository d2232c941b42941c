/** Statements of account: whatever happened, their end is what is open less what lies on the balance. */
import { expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { findPayment, findRefund, lockInvoice } from '#modules/billing/queries.ts'
import { one, sql } from '#platform/db.ts'
import { scenario } from '../../../../test/support/scenario.ts'
import { present, read } from '../../../../test/support/stories.ts'
import { aBatch } from '../../../../test/support/vouchers.ts'
import type { World } from '../../../../test/support/world.ts'
import { renewalInvoice } from '../invoices.ts'
import { markReceived } from '../mark-received.ts'
import { refundPayment, undoRefund } from '../refund-payment.ts'
import { registered } from '../tax/tax.test-support.ts'
import { withdrawInvoice } from '../withdraw-invoice.ts'
import { renderStatementPdf, statementPaper } from './render-statement.ts'
import { currenciesOf, periodAsked, type StatementAsked, statementOf } from './statement.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })

const statement = async (world: World, name: string, asked: StatementAsked = {}) => {
  const id = await world.customer(name).id()
  return read(world.shop, (tx) => statementOf(tx, world.shop.zone, id, periodAsked(asked, world.shop)))
}

/** What the books say: open invoices less what he has with us. */
const owed = async (world: World, name: string): Promise<bigint> => {
  const id = await world.customer(name).id()
  const { minor } = await read(world.shop, (tx) =>
    one(
      tx,
      sql<{
        minor: bigint
      }>`select (coalesce((select sum(total_minor - paid_minor) from invoices where business_id = current_business() and customer_id = ${id} and status = 'open'), 0)
        - coalesce((select sum(balance) from accounts where business_id = current_business() and holder_id = ${id} and kind = 'customer'), 0))::bigint as minor`,
    ),
  )
  return minor
}

const told = async (world: World, name: string, asked: StatementAsked = {}) =>
  (await statement(world, name, asked)).entries.map(({ kind, minor }) => [kind, minor])

scenario('invoices, money, credits and refunds, each on its day, end in what the books say', async (world) => {
  await registered(world)
  const ana = await world.customer('ana').buys()
  const agrees = async (closing: bigint) => {
    expect((await statement(world, 'ana')).closingMinor).toBe(closing)
    expect(await owed(world, 'ana')).toBe(closing)
  }
  await agrees(0n)
  expect(await told(world, 'ana')).toEqual([
    ['invoice', 1299n],
    ['payment', -1299n],
  ])

  // A renewal that is asked for is owed; one that is taken back is not.
  await world.until('2026-02-03')
  const second = present(
    await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now())),
  )
  await agrees(1299n)
  await transaction(world.shop, 'withdraw', async (tx) =>
    withdrawInvoice(tx, world.shop, await lockInvoice(tx, second.id), 'not wanted', world.shop.now()),
  )
  await agrees(0n)
  expect((await told(world, 'ana')).slice(2)).toEqual([
    ['invoice', 1299n],
    ['credit_note', -1299n],
  ])

  // Part of it kept as balance, part sent back, with their credit notes.
  const payment = present((await ana.payments())[0])
  await refundPayment(world.shop, payment.id, eur(500n), 'a bad week', 'balance')
  await agrees(-500n)
  await refundPayment(world.shop, payment.id, eur(299n), 'a bad day', 'source')
  await agrees(-500n)
  const { entries } = await statement(world, 'ana')
  expect(entries.slice(4).map(({ kind, minor, number }) => [kind, minor, number])).toEqual([
    ['credit', -500n, 'CN-2026-00002'],
    ['credit', -299n, 'CN-2026-00003'],
    ['refund', 299n, 'INV-2026-00001'],
  ])
  expect(entries.map(({ balanceMinor }) => balanceMinor)).toEqual([1299n, 0n, 1299n, 0n, -500n, -799n, -500n])
})

scenario('more than was asked, a refund of it, and one that failed after all', async (world) => {
  const ben = await world.customer('ben').orders()
  await markReceived(world.shop, { invoiceId: ben.invoiceId, amount: eur(2000n), reference: 'too much' })
  await world.settle()
  expect(await owed(world, 'ben')).toBe(-701n)
  const payment = present((await ben.payments())[0])
  // 7.01 of it paid nothing: that leaves his balance, and only the rest is a credit.
  const { refundId } = await refundPayment(world.shop, payment.id, eur(1000n), 'all too much')
  expect((await told(world, 'ben')).slice(2)).toEqual([
    ['credit', -299n],
    ['refund', 1000n],
  ])
  expect((await statement(world, 'ben')).closingMinor).toBe(0n)
  expect(await owed(world, 'ben')).toBe(0n)
  await transaction(world.shop, 'undo', async (tx) =>
    undoRefund(
      tx,
      world.shop,
      present(await findRefund(tx, refundId)),
      present(await findPayment(tx, payment.id)),
      'the account is closed',
      world.shop.now(),
    ),
  )
  expect((await told(world, 'ben')).slice(4)).toEqual([
    ['credit_undone', 299n],
    ['refund_undone', -1000n],
  ])
  expect((await statement(world, 'ben')).closingMinor).toBe(await owed(world, 'ben'))
  expect(await owed(world, 'ben')).toBe(-701n)
})

scenario('a voucher is money; what was given away is nothing', async (world) => {
  const { codes } = await aBatch(world, { price: eur(1000n), soldTo: 'Kiosk' })
  await world.customer('cleo').orders({ voucher: present(codes[0]) })
  await world.settle()
  expect(await told(world, 'cleo')).toEqual([
    ['invoice', 1000n],
    ['voucher', -1000n],
  ])
  expect((await statement(world, 'cleo')).closingMinor).toBe(await owed(world, 'cleo'))
})

scenario('what was before is brought forward, what comes after is not told', async (world) => {
  const dan = await world.customer('dan').orders()
  await markReceived(world.shop, { invoiceId: dan.invoiceId, amount: eur(1500n), reference: 'first' })
  await world.until('2026-02-10')
  await refundPayment(world.shop, present((await dan.payments())[0]).id, eur(100n), 'a gift', 'balance')
  const january = await statement(world, 'dan', { from: '2026-01-01', to: '2026-01-31' })
  expect([january.openingMinor, january.entries.length, january.closingMinor]).toEqual([0n, 2, -201n])
  const february = await statement(world, 'dan', { from: '2026-02-01', to: '2026-02-28' })
  expect([february.openingMinor, february.entries.length, february.closingMinor]).toEqual([-201n, 1, -301n])
  // Another currency is another sheet, and another customer's is his own.
  expect(await told(world, 'dan', { currency: 'USD' })).toEqual([])
  const id = await world.customer('dan').id()
  expect(await read(world.shop, (tx) => currenciesOf(tx, id))).toEqual(['EUR'])
  await world.customer('eve').buys()
  expect(await told(world, 'dan', { from: '2026-02-01' })).toEqual([['credit', -100n]])
})

scenario('the paper is the same file each time, in finished words', async (world) => {
  await registered(world)
  const fay = await world.customer('fay').buys()
  await refundPayment(world.shop, present((await fay.payments())[0]).id, eur(500n), 'a bad week', 'source')
  const id = await world.customer('fay').id()
  const view = await read(world.shop, (tx) => statementPaper(tx, world.shop, id, {}))
  expect(
    view.rows.map(({ text, charged, credited, balance, paper }) => [text, charged, credited, balance, paper?.kind]),
  ).toEqual([
    ['Invoice INV-2026-00001', '12.99 EUR', '', '12.99 EUR', 'invoice'],
    ['Payment', '', '12.99 EUR', '0.00 EUR', undefined],
    ['Credit note CN-2026-00001', '', '5.00 EUR', '-5.00 EUR', 'credit_note'],
    ['Refund', '5.00 EUR', '', '0.00 EUR', undefined],
  ])
  expect([view.opening.balance, view.closing.balance, view.verdict]).toEqual([
    '0.00 EUR',
    '0.00 EUR',
    'Nothing was open at the end.',
  ])
  const [first, second] = [await renderStatementPdf(view), await renderStatementPdf(view)]
  expect(new TextDecoder('latin1').decode(first.subarray(0, 5))).toBe('%PDF-')
  expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true)
  await expect(
    read(world.shop, (tx) => statementPaper(tx, world.shop, 'cus_00000000000000000000000000', {})),
  ).rejects.toMatchObject({ code: 'not_found' })
})

test('days that are none are refused beside their field', () => {
  const shop = {
    now: () => Temporal.Instant.from('2026-03-31T23:30:00Z'),
    zone: 'Europe/Berlin',
    currency: 'EUR',
  } as unknown as Shop
  expect(String(periodAsked({}, shop).from)).toBe('2026-01-01')
  // It is April there.
  expect(String(periodAsked({}, shop).to)).toBe('2026-04-01')
  for (const [asked, pointer] of [
    [{ from: 'soon' }, '/query/from'],
    [{ to: '2026-02-30' }, '/query/to'],
    [{ from: '2026-05-01', to: '2026-04-30' }, '/query/from'],
    [{ currency: 'XYZ' }, '/query/currency'],
  ] as const)
    expect(() => periodAsked(asked, shop)).toThrow(
      expect.objectContaining({ code: 'invalid_input', fields: [expect.objectContaining({ pointer })] }),
    )
})
