/** Tax in the money of the state that it is owed to, of invoices in another: frozen with the number, taken back with it, filled in where a rate was late. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { exchangeSetting, saveExchange, typeRate } from '#modules/catalog/exchange.ts'
import { findPlan, savePlan } from '#modules/catalog/plans.ts'
import { readAllRates } from '#modules/catalog/read-rates.ts'
import { prove } from '#modules/invariants.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop } from '#modules/people/business.ts'
import { run, sql } from '#platform/db.ts'
import { dyingAt } from '../../../../test/support/dying.ts'
import { sellsByRate, theBank } from '../../../../test/support/exchange.ts'
import { scenario } from '../../../../test/support/scenario.ts'
import { present, read } from '../../../../test/support/stories.ts'
import type { World } from '../../../../test/support/world.ts'
import { viewOf } from '../document/view.ts'
import { documentOf } from '../document-of.ts'
import { creditNotesOf, documentOfCreditNote, paperOfCreditNote, paperOfInvoice } from '../e-invoice/paper-of.ts'
import { refundPayment } from '../refund-payment.ts'
import { periodOf, taxReport } from './report.ts'
import { registered } from './tax.test-support.ts'
import { completeTax } from './tax-in.ts'

const inDollars = { currency: 'USD', country: 'DE' } as const
const invoiceOf = async (world: World, name: string) => present((await world.customer(name).invoices())[0])
const attention = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
const opened = (world: World) => openShop(world.app, world.businessId, 'staff:test')
const report = (world: World) => read(world.shop, (tx) => taxReport(tx, periodOf('2026', world.shop.zone), 'issued'))

/** A plan with a price of its own in dollars, whose rate nobody asked for yet. */
async function dollarPlan(world: World, source: 'ecb' | 'staff') {
  await transaction(world.shop, 'prices', async (tx) => {
    const plan = present(await findPlan(tx, world.planId))
    const dollars = { currency: 'USD', amountMinor: 1_499n, setupMinor: 0n, breaks: [] }
    await savePlan(tx, world.shop, { ...plan, prices: [...plan.prices, dollars] }, plan.id)
    await saveExchange(
      tx,
      world.shop,
      exchangeSetting.schema.parse({ source, feed_url: 'http://ecb.test/stats/eurofxref/eurofxref-daily.xml' }),
    )
  })
  return world.customer('ana', await opened(world))
}

scenario('an invoice in dollars states its tax in euros at the rate of its day, for good', async (world) => {
  const bank = await theBank(world)
  await registered(world)
  await sellsByRate(world)
  await world.settle()
  const ana = await world.customer('ana', await opened(world)).buys(inDollars)
  const invoice = await invoiceOf(world, 'ana')
  // 14.12 dollars hold 2.25 of tax; a dollar is 1 / 1.0871 euro.
  expect(invoice).toMatchObject({ currency: 'USD', totalMinor: 1_412n, taxMinor: 225n, netMinor: 1_187n })
  const stated = {
    currency: 'EUR',
    rate: '0.91987858',
    source: 'ecb',
    day: '2026-01-30',
    netMinor: '1092',
    taxMinor: '207',
  }
  expect(invoice.taxIn).toEqual(stated)
  const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, invoice.id))
  expect(viewOf(paper).totals.find(({ value }) => value.endsWith('EUR'))).toMatchObject({
    label: 'Tax in EUR (at 0.91987858, European Central Bank, 30 January 2026)',
    value: '2.07 EUR',
  })
  expect(await read(world.shop, (tx) => paperOfInvoice(tx, world.shop, invoice.id))).toMatchObject({
    currency: 'USD',
    taxIn: { currency: 'EUR', taxMinor: 207n },
  })
  // Another rate, another day: what is issued stays, and what is taken back goes at its own rate, to the last cent.
  await bank.tells({ day: '2026-02-02', rates: { USD: '2.0000' } })
  await world.pass({ hours: 49 })
  await readAllRates(world.app)
  await world.settle()
  const [payment] = await ana.payments()
  for (const minor of [500n, 1n, 911n])
    await refundPayment(world.shop, payment?.id ?? '', { minor, currency: 'USD' }, 'asked for')
  expect((await invoiceOf(world, 'ana')).taxIn).toEqual(stated)
  const notes = await read(world.shop, (tx) => creditNotesOf(tx, invoice.id))
  expect(notes.map(({ taxMinor, taxIn }) => [taxMinor, taxIn?.rate, taxIn?.taxMinor, taxIn?.netMinor])).toEqual([
    [79n, stated.rate, '73', '387'],
    [0n, stated.rate, '0', '1'],
    [146n, stated.rate, '134', '704'],
  ])
  const first = present(notes[0]).id
  expect(await read(world.shop, (tx) => paperOfCreditNote(tx, world.shop, first))).toMatchObject({
    taxIn: { currency: 'EUR', taxMinor: 73n },
  })
  expect((await read(world.shop, (tx) => documentOfCreditNote(tx, world.shop, first))).taxIn?.stated?.tax.minor).toBe(
    73n,
  )
  expect(await report(world)).toMatchObject([
    { currency: 'USD', taxMinor: 0n, ownCurrency: 'EUR', ownNetMinor: 0n, ownTaxMinor: 0n, waiting: 0 },
  ])
  // In the business's own money there is nothing to state.
  await world.customer('ben', await opened(world)).buys({ country: 'DE' })
  expect((await invoiceOf(world, 'ben')).taxIn).toBeNull()
})

scenario('a business that takes no tax states none, and asks nobody for rates', async (world) => {
  const bank = await theBank(world)
  bank.faults.add({ fault: 'http_503' })
  await (await dollarPlan(world, 'ecb')).buys(inDollars)
  await readAllRates(world.app)
  expect(await invoiceOf(world, 'ana')).toMatchObject({ status: 'paid', taxIn: null })
  const { rows } = await world.db.pool.query('select tried_at from exchange_readings')
  expect(rows).toEqual([])
})

scenario('rates are read for it although nothing is sold by rate: from the first order on', async (world) => {
  await theBank(world)
  await registered(world)
  const ana = await dollarPlan(world, 'ecb')
  await ana.orders(inDollars)
  await world.settle()
  await ana.buys(inDollars)
  expect((await invoiceOf(world, 'ana')).taxIn).toMatchObject({ currency: 'EUR', source: 'ecb', rate: '0.91987858' })
  expect(await attention(world)).toEqual([])
})

scenario('without a rate the invoice has its number, says what follows, and is filled in once', async (world) => {
  const { shop } = world
  await registered(world)
  const ana = await (await dollarPlan(world, 'staff')).buys(inDollars)
  const invoice = await invoiceOf(world, 'ana')
  expect(invoice).toMatchObject({ status: 'paid', number: 1, taxIn: { currency: 'EUR' } })
  expect(await attention(world)).toEqual(['tax_rate_missing'])
  const view = viewOf(await read(shop, (tx) => documentOf(tx, shop, invoice.id)))
  expect(view.notes[0]).toContain('The tax in EUR follows')
  await expect(read(shop, (tx) => paperOfInvoice(tx, shop, invoice.id))).rejects.toMatchObject({ code: 'conflict' })
  await refundPayment(shop, (await ana.payments())[0]?.id ?? '', { minor: 500n, currency: 'USD' }, 'asked for')
  expect(await report(world)).toMatchObject([{ ownCurrency: 'EUR', ownTaxMinor: 0n, waiting: 2 }])
  // A rate of a later day is not that of the invoice; one of its own day is, also when it is told later.
  await world.until('2026-02-03')
  const type = (rate: string, day: string) =>
    transaction(shop, 'type', (tx) => typeRate(tx, shop, { currency: 'USD', rate, day }))
  await type('2', '2026-02-01')
  await world.settle()
  expect((await invoiceOf(world, 'ana')).taxIn).toEqual({ currency: 'EUR' })
  await type('1.25', '2026-01-31')
  const died: string[] = []
  for (let deadly = 1; deadly < 20; deadly++) {
    const { points, dead } = await dyingAt(deadly, () => completeTax(shop))
    if (!dead) break
    died.push(points.at(-1) ?? '')
  }
  expect(died.map((point) => point.split(':')[0])).toContain('complete-tax')
  await world.settle()
  const stated = { currency: 'EUR', rate: '0.8', source: 'staff', day: '2026-01-31', netMinor: '1008', taxMinor: '191' }
  expect((await invoiceOf(world, 'ana')).taxIn).toEqual(stated)
  const [note] = await read(shop, (tx) => creditNotesOf(tx, invoice.id))
  expect(note).toMatchObject({ taxMinor: 79n, taxIn: { rate: '0.8', taxMinor: '63' } })
  expect(await attention(world)).not.toContain('tax_rate_missing')
  expect(await report(world)).toMatchObject([{ ownTaxMinor: 128n, waiting: 0 }])
  // Typed again, it changes nothing: a paper is stated once.
  await type('1.5', '2026-01-31')
  await completeTax(shop)
  expect((await invoiceOf(world, 'ana')).taxIn).toEqual(stated)
  // The invariants see a sum that is not the rate's, and a note that took back at another.
  const broken = async () => (await prove(world.app, world.clock.now())).broken.map(({ id }) => id)
  expect(await broken()).toEqual([])
  const set = (table: 'invoices' | 'credit_notes', of: object | null) =>
    transaction(shop, 'plant', (tx) =>
      run(
        tx,
        table === 'invoices'
          ? sql`update invoices set tax_in = ${of}::jsonb where business_id = current_business()`
          : sql`update credit_notes set tax_in = ${of}::jsonb where business_id = current_business()`,
      ),
    )
  await expect(set('invoices', { ...stated, taxMinor: '192' })).rejects.toThrow('is stated')
  await expect(set('credit_notes', null)).rejects.toThrow('is stated')
  await world.db.pool.query('alter table invoices disable trigger invoices_stated')
  await world.db.pool.query('alter table credit_notes disable trigger credit_notes_stated')
  await set('invoices', { ...stated, taxMinor: '192' })
  expect(await broken()).toEqual(['M5-tax-stated'])
  await set('invoices', stated)
  await set('credit_notes', { ...note?.taxIn, rate: '0.9' })
  expect(await broken()).toEqual(['M10-tax-stated'])
  await set('credit_notes', { ...note?.taxIn, taxMinor: '192' })
  expect(await broken()).toEqual(['M10-tax-stated'])
  await set('credit_notes', note?.taxIn ?? null)
  expect(await broken()).toEqual([])
})
