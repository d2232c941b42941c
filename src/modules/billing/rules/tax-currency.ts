/**
 * In which money tax is owed. An invoice may be in any currency; its VAT is stated in that of the state that it is owed to (Directive 2006/112/EC,
 * article 230; VAT Regulations 1995, regulation 14; in Norway bokføringsforskriften, § 5-1-1). Values only.
 */
import type { Rate, RateSource } from '#modules/catalog/rules/exchange.ts'
import { exchange, type Money, money, ratioOf } from '#platform/money.ts'
import type { TaxDecision, TaxRules } from './tax.ts'
import { euCountries } from './tax-rates.ts'

const ownMoney: Readonly<Record<string, string>> = {
  CZ: 'CZK',
  DK: 'DKK',
  HU: 'HUF',
  PL: 'PLN',
  RO: 'RON',
  SE: 'SEK',
  GB: 'GBP',
  CH: 'CHF',
  NO: 'NOK',
}

/** Null: a state whose tax is not VAT, or that does not ask for its own money. */
export function moneyOfState(country: string, day: string): string | null {
  // Bulgaria has the euro since 2026.
  if (country === 'BG' && day < '2026-01-01') return 'BGN'
  return ownMoney[country] ?? (euCountries.has(country) ? 'EUR' : null)
}

/**
 * The money in which the seller declares what an invoice takes: that of the state of the registration it falls under. For the One-Stop-Shop it is
 * the state where the seller is in it, whose rules its invoices follow (article 219a); what takes no tax is declared at home.
 */
export function moneyOfReturn(
  { registrations, home }: Pick<TaxRules, 'registrations' | 'home'>,
  { treatment, scheme, country, point }: Pick<TaxDecision, 'treatment' | 'scheme' | 'country' | 'point'>,
): string | null {
  if (treatment === 'not_registered') return null
  const own = registrations.find((each) => each.country === home) ?? registrations[0]
  const under = scheme === 'oss' ? registrations.find(({ oss }) => oss) : own
  const state = scheme === 'direct' || scheme === 'home' ? country : under?.country
  return state === undefined ? null : moneyOfState(state, point)
}

/** Net and tax in that money, and what they were reckoned with; only the currency: no rate is known yet. */
export type TaxIn = { readonly currency: string } & Partial<StatedTax>
export type StatedTax = Rate & { readonly source: RateSource; readonly netMinor: string; readonly taxMinor: string }

export const isStated = (taxIn: TaxIn): taxIn is { readonly currency: string } & StatedTax => taxIn.rate !== undefined

/** A rate is one of the invoice's currency in that of the state; each sum is rounded once. */
export function statedAt(
  currency: string,
  rate: Rate & { source: RateSource },
  { net, tax }: { net: Money; tax: Money },
): TaxIn {
  const of = (amount: Money) => exchange(amount, currency, ratioOf(rate.rate)).minor.toString()
  return { currency, ...rate, netMinor: of(net), taxMinor: of(tax) }
}

/**
 * What a credit note takes back, at its invoice's rate: the difference that it makes to what was taken back before, so that all of them together
 * take back what the invoice stated, to the smallest unit.
 */
export function takenBackAt(
  taxIn: TaxIn,
  before: { net: Money; tax: Money },
  { net, tax }: { net: Money; tax: Money },
): TaxIn {
  if (!isStated(taxIn)) return { currency: taxIn.currency }
  const { currency, rate, source, day } = taxIn
  const until = (of: Money, more: bigint) =>
    exchange(money(of.minor + more, of.currency), currency, ratioOf(rate)).minor
  const part = (of: Money, more: Money) => (until(of, more.minor) - until(of, 0n)).toString()
  return {
    ...{ currency, rate, source, day },
    netMinor: part(before.net, net),
    taxMinor: part(before.tax, tax),
  }
}
