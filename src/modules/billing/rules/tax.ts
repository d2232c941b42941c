/**
 * Which tax an invoice takes, and how much. Television over the internet is an electronically supplied or broadcasting service: it is taxed
 * where the buyer lives (Directive 2006/112/EC, articles 44, 58, 59c and 196). Values only.
 */
import { money, share } from '#platform/money.ts'
import { euCountries, type Rate, rateOn } from './tax-rates.ts'

/** Where the business is registered for tax. None at all: it takes none. */
export type Registration = {
  readonly country: string
  /** A state of the US; empty elsewhere. */
  readonly region: string
  /** VAT number, or permit of the state. */
  readonly number: string
  /** It declares its sales to consumers of all member states there (One-Stop-Shop, union or non-union scheme). */
  readonly oss: boolean
}

export type TaxRules = {
  /** Whether prices hold the tax, or it is added to them. */
  readonly prices: 'inclusive' | 'exclusive'
  readonly registrations: readonly Registration[]
  /** Of a VAT number that the register has not answered for: tax is charged, or the buyer is believed until it does. */
  readonly unchecked: 'charge' | 'trust'
  readonly rates: readonly Rate[]
  /** Where the business is established. */
  readonly home: string
  /** What a business without any registration says about it on its invoices, such as a small business's exemption. */
  readonly note: string | null
}

export type Buyer = {
  readonly country: string | null
  readonly region: string
  readonly vatId: { readonly full: string; readonly country: string; readonly status: VatStatus } | null
  /** Why nothing is taken of him. */
  readonly exempt: string | null
}

export type VatStatus = 'unchecked' | 'valid' | 'invalid'

/** What a report counts by. `issued`: the day of the papers; `paid`: that of the money, as the ledger books it. */
export const bases = ['issued', 'paid'] as const
export type Basis = (typeof bases)[number]

export const treatments = ['standard', 'reverse_charge', 'exempt', 'outside', 'not_registered'] as const
export type Treatment = (typeof treatments)[number]

/** What was decided, and enough to defend it years later. Frozen with the invoice. */
export type TaxDecision = {
  readonly treatment: Treatment
  /** `home`: the business's own state; `direct`: registered there; `oss`: declared by the One-Stop-Shop. */
  readonly scheme: 'home' | 'direct' | 'oss' | null
  /** Where the buyer is; null: he did not say, and counts as one of the business's own state. */
  readonly buyerCountry: string | null
  /** Where the sale counts. */
  readonly country: string
  readonly region: string
  /** In percent, as a decimal. */
  readonly rate: string
  /** What the invoice says about a tax that is not taken. */
  readonly note: string | null
  readonly prices: 'inclusive' | 'exclusive'
  /** The seller's number under which it is declared. */
  readonly sellerNumber: string | null
  readonly buyerVatId: string | null
  /** Whether the number was known to be valid at the time. */
  readonly vatStatus: VatStatus | null
  /** The day whose rate counts. */
  readonly point: string
  /** What is known of where he was when he ordered; two pieces that agree are wanted of a consumer. */
  readonly evidence?: readonly Evidence[]
}

/** `billing`: what he said himself; `network`: of his connection, as a proxy in front of us tells it. */
export type Evidence = { readonly kind: 'billing' | 'network'; readonly country: string }

const notes = {
  reverseEu: 'Reverse charge: the recipient is liable for the VAT (Article 196 of Directive 2006/112/EC).',
  reverseGb: 'Reverse charge: the customer accounts for the VAT to HMRC.',
  outside: 'Not subject to tax in the country of the seller: the place of supply is elsewhere.',
}

/** Whether invoices of this business say anything of tax. */
export const takesTax = ({ registrations }: Pick<TaxRules, 'registrations'>): boolean => registrations.length > 0

/** @param day `2026-03-01`, the tax point in the business's zone. Null: the business takes no tax. */
export function decideTax(rules: TaxRules, buyer: Buyer, day: string): TaxDecision | null {
  if (!takesTax(rules) && rules.note === null) return null
  const country = buyer.country ?? rules.home
  const region = country === 'US' ? buyer.region : ''
  const { vatId } = buyer
  const place = {
    buyerCountry: buyer.country,
    country,
    region,
    prices: rules.prices,
    buyerVatId: vatId?.full ?? null,
    vatStatus: vatId?.status ?? null,
    point: day,
  } as const
  const nothing = (treatment: Treatment, note: string, number: string | null): TaxDecision => ({
    ...place,
    treatment,
    scheme: null,
    rate: '0',
    note,
    sellerNumber: number,
  })
  const main = numberOf(rules)
  if (!takesTax(rules)) return nothing('not_registered', rules.note ?? '', null)
  if (buyer.exempt !== null) return nothing('exempt', `Exempt from tax: ${buyer.exempt}`, main)
  const under = registrationFor(rules, country, region)
  if (country !== rules.home && isBusiness(rules, buyer) && (under !== null || euCountries.has(rules.home))) {
    if (euCountries.has(country)) return nothing('reverse_charge', notes.reverseEu, main)
    if (country === 'GB') return nothing('reverse_charge', notes.reverseGb, main)
  }
  if (under === null) return nothing('outside', notes.outside, main)
  const [of, ofRegion] = under.scheme === 'home' ? [rules.home, ''] : [country, region]
  const rate = rateOn(rules.rates, of, under.scheme === 'direct' ? ofRegion : '', day)
  if (rate === null) return nothing('outside', notes.outside, main)
  return {
    ...place,
    country: of,
    region: ofRegion,
    treatment: 'standard',
    scheme: under.scheme,
    rate: plain(rate),
    note: null,
    sellerNumber: under.number || null,
  }
}

/** A buyer who accounts for the tax himself: his number is of the country he buys from, and the register knows it. */
function isBusiness({ unchecked }: TaxRules, { vatId, country }: Buyer): boolean {
  if (vatId === null || vatId.country !== country) return false
  return vatId.status === 'valid' || (vatId.status === 'unchecked' && unchecked === 'trust')
}

type Under = { scheme: 'home' | 'direct' | 'oss'; number: string }

function registrationFor({ registrations, home }: TaxRules, country: string, region: string): Under | null {
  const direct = registrations.find((each) => each.country === country && each.region === region)
  if (direct !== undefined) return { scheme: country === home ? 'home' : 'direct', number: direct.number }
  if (!euCountries.has(country)) return null
  const shop = registrations.find(({ oss }) => oss)
  if (shop !== undefined) return { scheme: 'oss', number: shop.number }
  // Article 59c: whose sales to consumers of other member states stay below 10,000 euros a year takes the tax of its own state.
  const own = registrations.find((each) => each.country === home)
  return own !== undefined && euCountries.has(home) ? { scheme: 'home', number: own.number } : null
}

const numberOf = ({ registrations, home }: TaxRules): string | null =>
  (registrations.find(({ country }) => country === home) ?? registrations[0])?.number || null

/** `19.00` is `19`. */
const plain = (percent: string): string =>
  percent.includes('.') ? percent.replace(/0+$/, '').replace(/\.$/, '') : percent

/** Ten-thousandths of a percent: a rate as an integer. */
const scale = 10_000n
const scaled = (percent: string): bigint => {
  const [whole = '0', parts = ''] = percent.split('.')
  return BigInt(whole) * scale + BigInt(parts.padEnd(4, '0').slice(0, 4))
}

/** Tax that is on an amount, or in it; half away from zero. */
function taxOf(minor: bigint, { rate, prices }: Pick<TaxDecision, 'rate' | 'prices'>): bigint {
  const percent = scaled(rate)
  const base = prices === 'inclusive' ? 100n * scale + percent : 100n * scale
  // The currency does not matter to a share.
  return share(money(minor, 'EUR'), percent, base).minor
}

export type Taxed = { readonly net: bigint; readonly tax: bigint; readonly total: bigint }

/**
 * Splits the amounts of an invoice's rows. The tax of an invoice is rounded once, over their sum (EN 16931, BT-117), so that its totals do not
 * depend on the order of rows; each row takes the difference that it makes to the running sum.
 * @param amounts as the price list has them: with the tax in them or without, as `decision.prices` says.
 */
export function splitTax(amounts: readonly bigint[], decision: TaxDecision | null): Taxed[] {
  if (decision === null) return amounts.map((each) => ({ net: each, tax: 0n, total: each }))
  let sum = 0n
  return amounts.map((each) => {
    const tax = taxOf(sum + each, decision) - taxOf(sum, decision)
    sum += each
    return decision.prices === 'inclusive'
      ? { net: each - tax, tax, total: each }
      : { net: each, tax, total: each + tax }
  })
}
