/** Fees for paying late: off unless switched on, a row of the next renewal, once, and never for what is disputed, held, or older. */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { type Purchase, present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { changeCustomer } from '../people/customers.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import { saveLifeSettings } from '../subscriptions/save-life-settings.ts'
import { decideDispute, enterDispute } from './disputes/dispute-by-hand.ts'
import { documentOf } from './document-of.ts'
import { renderPaper } from './e-invoice/render-paper.ts'
import { renewalInvoice } from './invoices.ts'
import { itemsOf, lockInvoice } from './queries.ts'
import { type LateFeeRule, type LateInvoice, lateFee } from './rules/late-fee.ts'
import { registered } from './tax/tax.test-support.ts'
import { withdrawInvoice } from './withdraw-invoice.ts'

const asks = (world: World, late_fees: Record<string, unknown>) =>
  transaction(world.shop, 'fees', (tx) => saveLifeSettings(tx, world.shop, lifeSetting.schema.parse({ late_fees })))
const tenPercent = { fee: 'percent', percent: '10', after_days: 3 }

/** Suspended for want of money, he pays four days after his invoice was due. */
async function paysLate(world: World): Promise<Purchase> {
  const ana = await world.customer('ana').buys()
  await world.until('2026-03-04T13:00:00Z')
  await world.customer('ana').paysOpenInvoice()
  expect((await ana.subscription()).status).toBe('active')
  return ana
}

/** The renewal that comes next, with its rows. */
async function next(world: World, { subscriptionId }: Purchase) {
  const invoice = present(
    await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, subscriptionId, world.shop.now())),
  )
  const items = await read(world.shop, (tx) => itemsOf(tx, invoice.id))
  return { ...invoice, rows: items.map(({ kind, description, totalMinor }) => [kind, description, totalMinor]) }
}

const feeRow = ['late_fee', 'Late payment of INV-2026-00002', 129n]

scenario('nobody is asked for a fee unless the business says so', async (world) => {
  const ana = await paysLate(world)
  expect((await next(world, ana)).totalMinor).toBe(1299n)
})

scenario('who paid late is asked once, on his next renewal, which sells its time as ever', async (world) => {
  await asks(world, tenPercent)
  const ana = await paysLate(world)
  const second = await next(world, ana)
  expect([second.totalMinor, second.rows.at(-1)]).toEqual([1428n, feeRow])
  // Taken back and asked for anew it is one fee still; paid, it is over.
  await transaction(world.shop, 'withdraw', async (tx) =>
    withdrawInvoice(tx, world.shop, await lockInvoice(tx, second.id), 'a mistake', world.shop.now()),
  )
  expect((await next(world, ana)).rows.at(-1)).toEqual(feeRow)
  await world.customer('ana').paysOpenInvoice()
  expect(await ana.periods()).toHaveLength(3)
  expect((await next(world, ana)).rows.map(([kind]) => kind)).toEqual(['period'])
})

scenario('the database refuses the same fee twice', async (world) => {
  await asks(world, tenPercent)
  const { id } = await next(world, await paysLate(world))
  const again = transaction(world.shop, 'again', (tx) =>
    run(
      tx,
      sql`insert into invoice_items (business_id, id, invoice_id, kind, description, net_minor, tax_rate, tax_minor, total_minor, position, late_invoice_id, late_before)
        select business_id, id || 'x', invoice_id, kind, description, net_minor, tax_rate, tax_minor, total_minor, 9, late_invoice_id, late_before
        from invoice_items where business_id = current_business() and invoice_id = ${id} and kind = 'late_fee'`,
    ),
  )
  await expect(again).rejects.toThrow('invoice_items_late_once')
})

scenario('nothing for what is disputed, even when it was won', async (world) => {
  await asks(world, tenPercent)
  const ana = await paysLate(world)
  const { rows } = await world.db.pool.query<{ id: string }>('select id from payments order by created_at desc limit 1')
  const amount = { minor: 1299n, currency: 'EUR' }
  const about = { kind: 'card', reason: 'unknown', withdrawn: true, evidenceDueAt: null } as const
  const id = await enterDispute(world.shop, { paymentId: present(rows[0]).id, amount, fee: null, ...about })
  await decideDispute(world.shop, id, 'won')
  await world.settle()
  expect((await next(world, ana)).totalMinor).toBe(1299n)
})

scenario('nothing for a line that staff held, nor for what was due before fees were asked', async (world) => {
  const ana = await world.customer('ana').buys()
  const ben = await world.customer('ben').buys()
  await world.until('2026-03-02T13:00:00Z')
  await asks(world, tenPercent)
  await world.until('2026-03-04T13:00:00Z')
  for (const name of ['ana', 'ben']) await world.customer(name).paysOpenInvoice()
  expect((await next(world, ana)).totalMinor).toBe(1299n)
  // From now on it counts, but for who was given more time.
  await world.until('2026-04-05T13:00:00Z')
  await transaction(world.shop, 'hold', (tx) =>
    run(
      tx,
      sql`update subscriptions set hold_until = ${world.shop.now()} where business_id = current_business() and id = ${ben.subscriptionId}`,
    ),
  )
  await world.until('2026-04-08T13:00:00Z')
  for (const name of ['ana', 'ben']) await world.customer(name).paysOpenInvoice()
  expect([(await next(world, ana)).totalMinor, (await next(world, ben)).totalMinor]).toEqual([1428n, 1299n])
})

scenario('the buyer’s own number of his purchase stands on what is issued from then on', async (world) => {
  await registered(world)
  const ana = await world.customer('ana').buys()
  const customerId = await world.customer('ana').id()
  await transaction(world.shop, 'po', (tx) =>
    changeCustomer(tx, world.shop, customerId, { poNumber: 'PO-4711' }, world.shop.now()),
  )
  const paper = (id: string) => read(world.shop, (tx) => documentOf(tx, world.shop, id))
  expect((await paper(ana.invoiceId)).purchaseOrder).toBeNull()
  const { id } = await next(world, ana)
  await transaction(world.shop, 'po', (tx) =>
    changeCustomer(tx, world.shop, customerId, { poNumber: 'PO-4712' }, world.shop.now()),
  )
  expect((await paper(id)).purchaseOrder).toBe('PO-4711')
  const ubl = await renderPaper((work) => read(world.shop, work), world.shop, { kind: 'invoice', id, format: 'ubl' })
  expect(Buffer.from(ubl.bytes).toString()).toMatch(/<cac:OrderReference>\s*<cbc:ID>PO-4711</)
})

const rule: LateFeeRule = {
  fee: 'percent',
  after_days: 7,
  percent: '2.5',
  amount_minor: 500,
  every_days: 0,
  most_percent: 25,
}
const at = (text: string) => Temporal.Instant.from(text)
const late = { baseMinor: 10_000n, dueAt: at('2026-01-01T00:00:00Z'), paidAt: null }

test.each<[string, Partial<LateFeeRule>, Partial<LateInvoice>, string, bigint]>([
  ['not yet', {}, {}, '2026-01-07T23:59:59Z', 0n],
  ['on the day', {}, {}, '2026-01-08T00:00:00Z', 250n],
  ['once is once', {}, {}, '2026-12-08T00:00:00Z', 250n],
  ['an amount', { fee: 'amount' }, {}, '2026-01-08T00:00:00Z', 500n],
  ['one more for each week', { every_days: 7 }, {}, '2026-01-22T00:00:00Z', 750n],
  ['up to the bound', { every_days: 1 }, {}, '2026-06-01T00:00:00Z', 2500n],
  ['paid in time', {}, { paidAt: at('2026-01-05T00:00:00Z') }, '2026-06-01T00:00:00Z', 0n],
  [
    'paid late: no more from then on',
    { every_days: 7 },
    { paidAt: at('2026-01-09T00:00:00Z') },
    '2026-06-01T00:00:00Z',
    250n,
  ],
  ['half a cent is not asked for', { percent: '0.01' }, { baseMinor: 9_999n }, '2026-01-08T00:00:00Z', 0n],
  ['nothing of nothing', { fee: 'amount' }, { baseMinor: 0n }, '2026-01-08T00:00:00Z', 0n],
  ['off', { fee: 'off' }, {}, '2026-06-01T00:00:00Z', 0n],
])('%s', (_name, more, other, now, fee) => {
  expect(lateFee({ ...rule, ...more }, { ...late, ...other }, at(now))).toBe(fee)
})
