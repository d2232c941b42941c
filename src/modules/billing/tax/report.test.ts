import { expect } from 'vitest'
import { scenario } from '../../../../test/support/scenario.ts'
import { read } from '../../../../test/support/stories.ts'
import type { World } from '../../../../test/support/world.ts'
import { refundPayment } from '../refund-payment.ts'
import type { Basis } from '../rules/tax.ts'
import { periodOf, quarterOf, taxReport, taxReportCsv } from './report.ts'
import { registered } from './tax.test-support.ts'

const report = (world: World, period: string, basis: Basis) =>
  read(world.shop, (tx) => taxReport(tx, periodOf(period, world.shop.zone), basis))

scenario(
  'the report sums invoices less credit notes, by country and rate, by paper or by money',
  { start: '2026-03-20T12:00:00Z' },
  async (world) => {
    await registered(world)
    await world.customer('ana').buys({ country: 'DE' })
    await world.customer('ben').buys({ country: 'FR', networkCountry: 'FR' })
    const cem = await world.customer('cem').buys({ country: 'FR', networkCountry: 'ES' })
    // Ordered and never paid: a pro forma is no invoice.
    await world.customer('dora').orders({ country: 'FR' })
    await world.until('2026-04-02T12:00:00Z')
    await refundPayment(world.shop, (await cem.payments())[0]?.id ?? '', { minor: 1299n, currency: 'EUR' }, 'gone')
    const march = await report(world, '2026-03', 'issued')
    expect(march).toEqual([
      {
        country: 'DE',
        region: '',
        treatment: 'standard',
        scheme: 'home',
        rate: '19',
        currency: 'EUR',
        netMinor: 1092n,
        taxMinor: 207n,
        ownCurrency: 'EUR',
        ownNetMinor: 1092n,
        ownTaxMinor: 207n,
        waiting: 0,
        invoices: 1,
        creditNotes: 0,
        unproved: 0,
      },
      {
        country: 'FR',
        region: '',
        treatment: 'standard',
        scheme: 'oss',
        rate: '20',
        currency: 'EUR',
        netMinor: 2164n,
        taxMinor: 434n,
        ownCurrency: 'EUR',
        ownNetMinor: 2164n,
        ownTaxMinor: 434n,
        waiting: 0,
        invoices: 2,
        creditNotes: 0,
        unproved: 1,
      },
    ])
    expect(await report(world, '2026-03', 'paid')).toEqual(march)
    expect(await report(world, '2026-Q2', 'paid')).toMatchObject([
      { country: 'FR', netMinor: -1082n, taxMinor: -217n, invoices: 0, creditNotes: 1 },
    ])
    expect(await report(world, '2025', 'issued')).toEqual([])
    const period = periodOf('2026-03', world.shop.zone)
    expect(taxReportCsv(period, 'issued', march).split('\r\n')).toEqual([
      'period,basis,scheme,treatment,country,state,rate,currency,net,tax,own_currency,own_net,own_tax,waiting,invoices,credit_notes,evidence_missing',
      '2026-03,issued,home,standard,DE,,19,EUR,10.92,2.07,EUR,10.92,2.07,0,1,0,0',
      '2026-03,issued,oss,standard,FR,,20,EUR,21.64,4.34,EUR,21.64,4.34,0,2,0,1',
      '',
    ])
    // An invoice that is out and taken back unpaid counts by its papers, on both sides, and not by money.
    await world.until('2026-04-14T12:00:00Z')
    const renewals = (await report(world, '2026-04', 'issued')).map(({ invoices, creditNotes }) => [
      invoices,
      creditNotes,
    ])
    expect(renewals.flat().some((count) => count > 0)).toBe(true)
  },
)

scenario('a period is a month, a quarter or a year of the business’s own calendar', async () => {
  const bounds = (name: string) => {
    const { from, until } = periodOf(name, 'Europe/Berlin')
    return [from.toString(), until.toString()]
  }
  expect(bounds('2026-03')).toEqual(['2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'])
  expect(bounds('2026-Q4')).toEqual(['2026-09-30T22:00:00Z', '2026-12-31T23:00:00Z'])
  expect(bounds('2026')).toEqual(['2025-12-31T23:00:00Z', '2026-12-31T23:00:00Z'])
  for (const wrong of ['', '2026-13', '2026-Q5', '26', '1999', '2026-1'])
    expect(() => periodOf(wrong, 'UTC')).toThrow('period')
  expect(quarterOf(Temporal.Instant.from('2026-03-31T23:00:00Z'), 'Europe/Berlin')).toBe('2026-Q2')
})
