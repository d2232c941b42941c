import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Buyer, decideTax, splitTax, type TaxDecision, type TaxRules } from './tax.ts'
import { builtInRates, euCountries, rateOn } from './tax-rates.ts'

const vat = (country: string, status: 'valid' | 'invalid' | 'unchecked' = 'valid') => ({
  full: `${country}1`,
  country,
  status,
})
const buyer = (country: string | null, more: Partial<Buyer> = {}): Buyer => ({
  country,
  region: '',
  vatId: null,
  exempt: null,
  ...more,
})
const german: TaxRules = {
  prices: 'inclusive',
  registrations: [
    { country: 'DE', region: '', number: 'DE136695976', oss: true },
    { country: 'GB', region: '', number: 'GB123456789', oss: false },
    { country: 'US', region: 'NY', number: 'NY-1', oss: false },
  ],
  unchecked: 'charge',
  rates: [{ country: 'US', region: 'NY', validFrom: '2020-01-01', percent: '8.8750' }],
  home: 'DE',
  note: null,
}
const british: TaxRules = {
  ...german,
  home: 'GB',
  registrations: [
    { country: 'GB', region: '', number: 'GB1', oss: false },
    { country: 'IE', region: '', number: 'EU372', oss: true },
  ],
}
const small: TaxRules = { ...german, registrations: german.registrations.map((each) => ({ ...each, oss: false })) }
const none: TaxRules = { ...german, registrations: [] }

describe('which tax is taken', () => {
  const day = '2026-03-01'
  it.each<[string, TaxRules, Buyer, Partial<TaxDecision>]>([
    [
      'at home',
      german,
      buyer('DE'),
      { treatment: 'standard', scheme: 'home', rate: '19', sellerNumber: 'DE136695976' },
    ],
    ['at home, of a business as well', german, buyer('DE', { vatId: vat('DE') }), { scheme: 'home', rate: '19' }],
    ['of who does not say where he is', german, buyer(null), { scheme: 'home', rate: '19', buyerCountry: null }],
    ['of a consumer elsewhere in the union', german, buyer('FI'), { scheme: 'oss', country: 'FI', rate: '25.5' }],
    ['below the threshold that of home', small, buyer('FR'), { scheme: 'home', country: 'DE', rate: '19' }],
    [
      'none of a business elsewhere',
      german,
      buyer('FR', { vatId: vat('FR') }),
      { treatment: 'reverse_charge', rate: '0' },
    ],
    ['of a number that is not its country’s', german, buyer('FR', { vatId: vat('ES') }), { scheme: 'oss', rate: '20' }],
    ['of a number nobody answered for', german, buyer('FR', { vatId: vat('FR', 'unchecked') }), { rate: '20' }],
    [
      'unless the buyer is believed',
      { ...german, unchecked: 'trust' },
      buyer('FR', { vatId: vat('FR', 'unchecked') }),
      { treatment: 'reverse_charge', vatStatus: 'unchecked' },
    ],
    [
      'of a number that is wrong',
      { ...german, unchecked: 'trust' },
      buyer('FR', { vatId: vat('FR', 'invalid') }),
      { rate: '20' },
    ],
    [
      'in the United Kingdom',
      german,
      buyer('GB'),
      { scheme: 'direct', country: 'GB', rate: '20', sellerNumber: 'GB123456789' },
    ],
    ['none of a business there', german, buyer('GB', { vatId: vat('GB') }), { treatment: 'reverse_charge' }],
    ['in a state with nexus', german, buyer('US', { region: 'NY' }), { scheme: 'direct', region: 'NY', rate: '8.875' }],
    ['none in a state without', german, buyer('US', { region: 'TX' }), { treatment: 'outside', rate: '0' }],
    ['none in the rest of the world', german, buyer('BR'), { treatment: 'outside', rate: '0' }],
    [
      'none of who is exempt',
      german,
      buyer('DE', { exempt: 'embassy' }),
      { treatment: 'exempt', note: 'Exempt from tax: embassy' },
    ],
    [
      'of a consumer of the union, by a seller outside',
      british,
      buyer('FR'),
      { scheme: 'oss', country: 'FR', sellerNumber: 'EU372' },
    ],
    ['none of a business of the union', british, buyer('FR', { vatId: vat('FR') }), { treatment: 'reverse_charge' }],
    ['at home of a British business', british, buyer('GB', { vatId: vat('GB') }), { scheme: 'home', rate: '20' }],
    [
      'none below the threshold of a seller outside',
      { ...british, registrations: british.registrations.slice(0, 1) },
      buyer('FR'),
      { treatment: 'outside' },
    ],
    [
      'nothing but a sentence',
      { ...none, note: 'Small business.' },
      buyer('DE'),
      { treatment: 'not_registered', note: 'Small business.' },
    ],
  ])('%s', (_name, rules, who, expected) => {
    expect(decideTax(rules, who, day)).toMatchObject(expected)
  })

  it('is none at all without a registration', () => expect(decideTax(none, buyer('DE'), day)).toBeNull())

  it('says both why and in whose words a reverse charge takes none', () => {
    expect(decideTax(german, buyer('FR', { vatId: vat('FR') }), day)?.note).toMatch(/Reverse charge.*196/)
    expect(decideTax(german, buyer('GB', { vatId: vat('GB') }), day)?.note).toMatch(/Reverse charge.*HMRC/)
  })
})

describe('rates', () => {
  it.each([
    ['EE', '2025-06-30', '22'],
    ['EE', '2025-07-01', '24'],
    ['RO', '2025-08-01', '21'],
    ['SK', '2025-01-01', '23'],
    ['FI', '2024-08-31', '24'],
    ['FI', '2024-09-01', '25.5'],
  ])('of %s on %s is %s', (country, day, percent) => expect(rateOn([], country, '', day)).toBe(percent))

  it('are there for each of the 27 states', () => {
    expect(euCountries.size).toBe(27)
    for (const country of euCountries) expect(Number(rateOn([], country, '', '2026-11-22'))).toBeGreaterThan(16)
    expect(builtInRates.every(({ percent }) => /^\d{1,2}(\.\d)?$/.test(percent))).toBe(true)
  })

  it('of the operator count from their day, and before the built-in one of the same day', () => {
    const own = [
      { country: 'DE', region: '', validFrom: '2027-01-01', percent: '21' },
      { country: 'EE', region: '', validFrom: '2025-07-01', percent: '9' },
    ]
    expect(rateOn(own, 'DE', '', '2026-12-31')).toBe('19')
    expect(rateOn(own, 'DE', '', '2027-01-01')).toBe('21')
    expect(rateOn(own, 'EE', '', '2026-01-01')).toBe('9')
    expect(rateOn([], 'US', 'NY', '2026-01-01')).toBeNull()
  })
})

const at = (rate: string, prices: 'inclusive' | 'exclusive') =>
  ({ ...decideTax(german, buyer('DE'), '2026-01-01'), rate, prices }) as TaxDecision
const rates = fc.constantFrom('0', '8.1', '8.875', '17', '19', '20', '25.5', '27')
const kinds = fc.constantFrom('inclusive' as const, 'exclusive' as const)
const amounts = fc.array(fc.bigInt({ min: -5_000n, max: 50_000n }), { minLength: 1, maxLength: 12 })
const total = (parts: readonly { tax: bigint; net: bigint; total: bigint }[]) => ({
  net: parts.reduce((sum, each) => sum + each.net, 0n),
  tax: parts.reduce((sum, each) => sum + each.tax, 0n),
  total: parts.reduce((sum, each) => sum + each.total, 0n),
})

describe('how much', () => {
  it('12.99 at 19 % is 10.92 and 2.07: the price stays', () =>
    expect(splitTax([1299n], at('19', 'inclusive'))).toEqual([{ net: 1092n, tax: 207n, total: 1299n }]))

  it('12.99 and 19 % more is 15.46', () =>
    expect(splitTax([1299n], at('19', 'exclusive'))).toEqual([{ net: 1299n, tax: 247n, total: 1546n }]))

  it('is rounded once for an invoice: three times 0.03 at 19 % is 0.02 of tax, not 0.03', () =>
    expect(total(splitTax([3n, 3n, 3n], at('19', 'exclusive')))).toEqual({ net: 9n, tax: 2n, total: 11n }))

  it('is nothing without a decision', () => expect(splitTax([5n], null)).toEqual([{ net: 5n, tax: 0n, total: 5n }]))

  it('F59: never depends on the order of rows, and each row adds up', () =>
    fc.assert(
      fc.property(amounts, rates, kinds, fc.infiniteStream(fc.nat()), (rows, rate, prices, order) => {
        const decision = at(rate, prices)
        const parts = splitTax(rows, decision)
        const mixed = rows.map((each) => ({ each, key: order.next().value ?? 0 })).sort((a, b) => a.key - b.key)
        const others = splitTax(
          mixed.map(({ each }) => each),
          decision,
        )
        expect(total(others)).toEqual(total(parts))
        for (const each of parts) expect(each.net + each.tax).toBe(each.total)
        const asked = rows.reduce((sum, each) => sum + each, 0n)
        expect(prices === 'inclusive' ? total(parts).total : total(parts).net).toBe(asked)
      }),
    ))
})
