import fc from 'fast-check'
import { expect, it } from 'vitest'
import { money } from '#platform/money.ts'
import { moneyOfReturn, moneyOfState, statedAt, takenBackAt } from './tax-currency.ts'

it.each([
  ['DE', '2026-03-01', 'EUR'],
  ['PL', '2026-03-01', 'PLN'],
  ['GB', '2026-03-01', 'GBP'],
  ['NO', '2026-03-01', 'NOK'],
  ['BG', '2025-12-31', 'BGN'],
  ['BG', '2026-01-01', 'EUR'],
  ['US', '2026-03-01', null],
  ['BR', '2026-03-01', null],
])('the money of %s on %s is %s', (country, day, currency) => expect(moneyOfState(country, day)).toBe(currency))

const at = (country: string, oss = false) => ({ country, region: '', number: '1', oss })

it.each<[string, Parameters<typeof moneyOfReturn>, string | null]>([
  ['at home', [{ home: 'PL', registrations: [at('PL')] }, decided('standard', 'home', 'PL')], 'PLN'],
  [
    'where one is registered besides',
    [{ home: 'PL', registrations: [at('PL'), at('GB')] }, decided('standard', 'direct', 'GB')],
    'GBP',
  ],
  [
    'in a state of the US',
    [{ home: 'PL', registrations: [at('PL'), at('US')] }, decided('standard', 'direct', 'US')],
    null,
  ],
  [
    'by the One-Stop-Shop, where one is in it',
    [{ home: 'GB', registrations: [at('GB'), at('IE', true)] }, decided('standard', 'oss', 'SE')],
    'EUR',
  ],
  [
    'where nothing is taken, at home',
    [{ home: 'SE', registrations: [at('DE'), at('SE')] }, decided('reverse_charge', null, 'FR')],
    'SEK',
  ],
  [
    'without a registration at home, at the first',
    [{ home: 'US', registrations: [at('DK')] }, decided('outside', null, 'BR')],
    'DKK',
  ],
  [
    'who is registered nowhere declares nothing',
    [{ home: 'DE', registrations: [] }, decided('not_registered', null, 'DE')],
    null,
  ],
])('tax is declared: %s', (_name, given, currency) => expect(moneyOfReturn(...given)).toBe(currency))

function decided(
  treatment: 'standard' | 'reverse_charge' | 'outside' | 'not_registered',
  scheme: 'home' | 'direct' | 'oss' | null,
  country: string,
) {
  return { treatment, scheme, country, point: '2026-03-01' }
}

const rate = { rate: '4.3021', day: '2026-02-27', source: 'ecb' } as const
const sums = (net: bigint, tax: bigint, currency = 'EUR') => ({ net: money(net, currency), tax: money(tax, currency) })

it('each sum is rounded once, half away from zero, to the smallest unit of that money', () => {
  expect(statedAt('PLN', rate, sums(1092n, 207n))).toEqual({
    currency: 'PLN',
    ...rate,
    netMinor: '4698',
    taxMinor: '891',
  })
  expect(statedAt('EUR', { ...rate, rate: '0.5' }, sums(1n, 3n, 'USD'))).toMatchObject({ netMinor: '1', taxMinor: '2' })
  // Of a currency without parts into one with hundredths: 15 yen are 0.0825 pounds.
  expect(statedAt('GBP', { ...rate, rate: '0.0055' }, sums(150n, 15n, 'JPY'))).toMatchObject({
    netMinor: '83',
    taxMinor: '8',
  })
  // Less than half of a unit is nothing: nobody owes what cannot be paid.
  expect(statedAt('EUR', { ...rate, rate: '0.0025' }, sums(100n, 1n, 'HUF'))).toMatchObject({
    netMinor: '0',
    taxMinor: '0',
  })
})

it('credit notes take back what was stated, whatever the parts', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ net: fc.bigInt(0n, 9_999n), tax: fc.bigInt(0n, 999n) }), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('4.3021', '0.0025', '397.15', '1.0871'),
      (parts, of) => {
        const sum = (name: 'net' | 'tax', until = parts.length) =>
          parts.slice(0, until).reduce((all, each) => all + each[name], 0n)
        const whole = statedAt('PLN', { ...rate, rate: of }, sums(sum('net'), sum('tax')))
        const taken = parts.map((part, index) =>
          takenBackAt(whole, sums(sum('net', index), sum('tax', index)), sums(part.net, part.tax)),
        )
        for (const name of ['netMinor', 'taxMinor'] as const)
          expect(taken.reduce((all, each) => all + BigInt(each[name] ?? ''), 0n)).toBe(BigInt(whole[name] ?? ''))
      },
    ),
  ))

it('what waits for its rate is taken back by notes that wait, too', () =>
  expect(takenBackAt({ currency: 'PLN' }, sums(0n, 0n), sums(1n, 1n))).toEqual({ currency: 'PLN' }))
