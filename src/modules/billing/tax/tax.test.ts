import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { changeCustomer } from '#modules/people/customers.ts'
import { one, run, sql } from '#platform/db.ts'
import { anotherPlan } from '../../../../test/support/plans.ts'
import { scenario } from '../../../../test/support/scenario.ts'
import { payInvoice, read } from '../../../../test/support/stories.ts'
import type { World } from '../../../../test/support/world.ts'
import { changePlan, undoPlanChange } from '../change-plan.ts'
import { documentOf } from '../document-of.ts'
import { previewPlanChange } from '../preview-plan-change.ts'
import { findInvoice, itemsOf } from '../queries.ts'
import { refundPayment } from '../refund-payment.ts'
import { saveRate } from './settings.ts'
import { registered } from './tax.test-support.ts'

const balance = async (world: World, account: string): Promise<bigint> => {
  const { sum } = await read(world.shop, (tx) =>
    one(
      tx,
      sql<{
        sum: bigint
      }>`select coalesce(sum(case when credit_account = ${account} then amount else -amount end), 0)::bigint as sum
        from transfers where business_id = current_business() and ${account} in (credit_account, debit_account)`,
    ),
  )
  return sum
}

const notes = async (world: World) =>
  (
    await world.db.pool.query(
      'select number, total_minor::int as total, net_minor::int as net, tax_minor::int as tax, refund_id is not null as refund from credit_notes order by issued_at, number',
    )
  ).rows

scenario('a business that said nothing takes no tax and says nothing of it', async (world) => {
  const ana = await world.customer('ana').buys({ country: 'FR' })
  const [invoice] = await world.customer('ana').invoices()
  expect(invoice).toMatchObject({ tax: null, taxMinor: 0n, netMinor: 1299n, totalMinor: 1299n })
  const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, invoice?.id ?? ''))
  expect([paper.taxes, paper.notes]).toEqual([[], []])
  expect(await balance(world, 'tax/EUR')).toBe(0n)
  await refundPayment(world.shop, (await ana.payments())[0]?.id ?? '', { minor: 1299n, currency: 'EUR' }, 'gone')
  expect(await notes(world)).toEqual([])
})

scenario('a small business says why it takes none', async (world) => {
  await registered(world, { registrations: [], note: 'Small business: no VAT (§ 19 UStG).' })
  await world.customer('ana').buys()
  const [invoice] = await world.customer('ana').invoices()
  expect(invoice).toMatchObject({ taxMinor: 0n, tax: { treatment: 'not_registered' } })
  const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, invoice?.id ?? ''))
  expect([paper.taxes, paper.notes]).toEqual([[], ['Small business: no VAT (§ 19 UStG).']])
})

scenario('a price with the tax in it stays the price; what is owed is booked when it is paid', async (world) => {
  await registered(world)
  const ana = await world.customer('ana').orders({ country: 'FR' })
  const { invoiceId } = await ana.order()
  const open = await read(world.shop, (tx) => findInvoice(tx, invoiceId ?? ''))
  expect(open).toMatchObject({ status: 'draft', totalMinor: 1299n, taxMinor: 217n, netMinor: 1082n })
  expect(open?.tax).toMatchObject({
    scheme: 'oss',
    country: 'FR',
    rate: '20',
    sellerNumber: 'DE136695976',
    point: '2026-01-31',
  })
  expect(await balance(world, 'tax/EUR')).toBe(0n)
  await payInvoice(world, invoiceId ?? '')
  await world.settle()
  expect(await balance(world, 'tax/EUR')).toBe(217n)
  expect(await balance(world, 'deferred/EUR')).toBe(1082n)
  const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, invoiceId ?? ''))
  expect(paper).toMatchObject({
    seller: { vatId: 'DE136695976' },
    taxes: [{ rate: '20', net: { minor: 1082n }, tax: { minor: 217n } }],
  })
})

scenario(
  'tax is added to a price without it, and a change of plan counts in prices',
  { start: '2026-04-01T12:00:00Z' },
  async (world) => {
    await registered(world, { prices: 'exclusive' })
    const premium = await anotherPlan(world, { amount: 1999n })
    const ana = await world.customer('ana').buys({ country: 'DE' })
    const [invoice] = await world.customer('ana').invoices()
    expect(invoice).toMatchObject({
      netMinor: 1299n,
      taxMinor: 247n,
      totalMinor: 1546n,
      paidMinor: 1546n,
      status: 'paid',
    })
    await world.until('2026-04-16T12:00:00Z')
    const shown = await read(world.shop, (tx) =>
      previewPlanChange(tx, world.shop, ana.subscriptionId, premium, world.shop.now()),
    )
    // As without tax: half of 19.99 less half of 12.99. The tax of what was paid is no credit.
    expect(shown).toMatchObject({ charge: { minor: 999n }, credit: { minor: 649n }, due: { minor: 350n } })
    const { invoiceId } = await changePlan(world.shop, ana.subscriptionId, premium, shown.fingerprint)
    const change = await read(world.shop, (tx) => findInvoice(tx, invoiceId ?? ''))
    expect(change).toMatchObject({ netMinor: 350n, taxMinor: 67n, totalMinor: 417n })
    // Taken back before it was paid: its credit note names the tax, and nothing was owed.
    await undoPlanChange(world.shop, ana.subscriptionId)
    expect(await notes(world)).toEqual([{ number: 1, total: 417, net: 350, tax: 67, refund: false }])
    expect(await balance(world, 'tax/EUR')).toBe(247n)
  },
)

scenario('the rate of the day on which the period begins counts', { start: '2026-11-30T12:00:00Z' }, async (world) => {
  await registered(world)
  const rate = { country: 'DE', region: '', validFrom: '2027-01-01', percent: '21' }
  await transaction(world.shop, 'rate', (tx) => saveRate(tx, world.shop, rate))
  const ana = await world.customer('ana').buys()
  const of = async (at: string) => {
    await world.until(at)
    const invoice = await transaction(world.shop, 'ask', (tx) =>
      renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now()),
    )
    if (invoice?.status === 'open') await payInvoice(world, invoice.id)
    await world.settle()
    return invoice
  }
  // Begins on 30 December, so that it is served with the old rate; the next is invoiced in December as well, for January.
  expect((await of('2026-12-25T12:00:00Z'))?.tax).toMatchObject({ rate: '19', point: '2026-12-30' })
  const second = await of('2026-12-29T12:00:00Z')
  expect(second?.tax).toMatchObject({ rate: '21', point: '2027-01-30' })
  expect(second).toMatchObject({ totalMinor: 1299n, taxMinor: 225n })
})

scenario('a refund takes its tax back under a number, the last one the rest of it', async (world) => {
  await registered(world)
  const ana = await world.customer('ana').buys({ country: 'DE' })
  const [payment] = await ana.payments()
  const back = (minor: bigint) => refundPayment(world.shop, payment?.id ?? '', { minor, currency: 'EUR' }, 'asked for')
  await back(500n)
  expect(await balance(world, 'tax/EUR')).toBe(207n - 79n)
  await back(1n)
  await back(798n)
  expect(await notes(world)).toEqual([
    { number: 1, total: 500, net: 421, tax: 79, refund: true },
    { number: 2, total: 1, net: 1, tax: 0, refund: true },
    { number: 3, total: 798, net: 670, tax: 128, refund: true },
  ])
  expect(await balance(world, 'tax/EUR')).toBe(0n)
  expect(await balance(world, 'deferred/EUR')).toBe(0n)
})

scenario('who is exempt, and a business whose number is known, pay the price without tax in it', async (world) => {
  await registered(world)
  const order = async (name: string, more: Parameters<typeof changeCustomer>[3]) => {
    await world.customer(name).orders({ country: 'FR' })
    const id = await world.customer(name).id()
    await transaction(world.shop, 'change', (tx) => changeCustomer(tx, world.shop, id, more, world.shop.now()))
    const ordered = await (await world.customer(name).orders({ country: 'FR' })).order()
    return read(world.shop, (tx) => findInvoice(tx, ordered.invoiceId ?? ''))
  }
  expect((await order('eva', { taxExempt: 'embassy, certificate 7' }))?.tax).toMatchObject({
    treatment: 'exempt',
    note: 'Exempt from tax: embassy, certificate 7',
  })
  const vatId = 'FR40303265045'
  expect((await order('ben', { vatId }))?.tax).toMatchObject({ treatment: 'standard', vatStatus: 'unchecked' })
  await transaction(world.shop, 'known', (tx) =>
    run(
      tx,
      sql`insert into vat_checks (business_id, vat_id, status, source, asked_at, checked_at) values (current_business(), ${vatId}, 'valid', 'staff', now(), now())`,
    ),
  )
  const known = await order('cem', { vatId })
  expect(known).toMatchObject({
    totalMinor: 1299n,
    taxMinor: 0n,
    tax: { treatment: 'reverse_charge', buyerVatId: vatId },
  })
  const [item] = await read(world.shop, (tx) => itemsOf(tx, known?.id ?? ''))
  expect(item).toMatchObject({ taxRate: '0', taxMinor: 0n })
  const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, known?.id ?? ''))
  expect(paper.buyer.vatId).toBe(vatId)
  expect(paper.notes[0]).toContain('Reverse charge')
})
