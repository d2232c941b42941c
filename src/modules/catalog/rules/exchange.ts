/** What a price is in a currency that it was not set in: by whose rate, of which day, and how it is rounded. Values only. */
import { convert, exponentOf, type Money, ratioOf, toDigits } from '#platform/money.ts'
import { eachOf, type VolumePrice } from '../rules.ts'

/** `ecb`: the European Central Bank's reference rates; `staff`: typed in. */
export const rateSources = ['staff', 'ecb'] as const
export type RateSource = (typeof rateSources)[number]

/** To 0.01, 0.10 or 0.50, or to the nearest price that ends in .99. A currency without such parts is rounded to its smallest. */
export const roundings = ['minor', 'tenth', 'half', 'ninety_nine'] as const
export type Rounding = (typeof roundings)[number]

/** A margin as it is typed: a decimal, below a hundred percent. */
export const marginPattern = /^\d{1,2}(\.\d{1,4})?$/

/** `0` and `0.00` are none. */
export const hasMargin = ({ marginPercent }: { marginPercent: string }): boolean => /[1-9]/.test(marginPercent)

/** How a currency is sold by rate. */
export type SoldByRate = { currency: string; marginPercent: string; rounding: Rounding }

/** One of a base currency is `rate` of another; `day` is the rate's own. */
export type Rate = { rate: string; day: string }

type Rated = { sold: readonly SoldByRate[]; rates: ReadonlyMap<string, Rate> }

/** Currencies that nothing new is sold in by rate: their rate is missing or too old. */
export const withoutRate = ({ sold, rates }: Rated): string[] =>
  sold.flatMap(({ currency }) => (rates.has(currency) ? [] : [currency]))

/** A rate as it was quoted: whatever is sold by it keeps it. */
export type RateLock = Rate & {
  fromCurrency: string
  toCurrency: string
  marginPercent: string
  rounding: Rounding
  source: RateSource
  quotedAt: string
}

/** One price with what it was made of. */
export type Converted = RateLock & { fromMinor: bigint; toMinor: bigint }

export function stepsOf(rounding: Rounding, currency: string): { step: bigint; below: bigint } {
  const digits = exponentOf(currency)
  const whole = 10n ** BigInt(digits)
  if (digits === 0) return { step: 1n, below: 0n }
  switch (rounding) {
    case 'minor':
      return { step: 1n, below: 0n }
    case 'tenth':
      return { step: whole / 10n, below: 0n }
    case 'half':
      return { step: whole / 2n, below: 0n }
    case 'ninety_nine':
      // Of three digits it is .990.
      return digits < 2 ? { step: 1n, below: 0n } : { step: whole, below: whole / 100n }
  }
}

/** The rate with the margin on it. */
function withMargin({ rate, marginPercent }: RateLock) {
  const [plain, margin] = [ratioOf(rate), ratioOf(marginPercent)]
  return { num: plain.num * (100n * margin.den + margin.num), den: plain.den * 100n * margin.den }
}

export function convertAt(lock: RateLock, fromMinor: bigint): bigint {
  const { fromCurrency: currency, toCurrency, rounding } = lock
  return convert({ minor: fromMinor, currency }, toCurrency, withMargin(lock), stepsOf(rounding, toCurrency)).minor
}

/** Null: nothing is nothing in every currency. */
export const convertedAt = (lock: RateLock, fromMinor: bigint): Converted | null =>
  fromMinor === 0n ? null : { ...lock, fromMinor, toMinor: convertAt(lock, fromMinor) }

export const volumeAt = (lock: RateLock, { priceMinor, breaks }: VolumePrice): VolumePrice => ({
  priceMinor: convertAt(lock, priceMinor),
  breaks: breaks.map(({ from, amountMinor }) => ({ from, amountMinor: convertAt(lock, amountMinor) })),
})

/** A price by number that was made by rate: what each piece of so many was before. */
export type VolumeConverted = { lock: RateLock; from: VolumePrice }

export const pieceAt = (converted: VolumeConverted | null, quantity: number): Converted | null =>
  converted === null ? null : convertedAt(converted.lock, eachOf(converted.from, quantity))

/** Rates from one currency to others, of one day: `{ USD: '1.0871' }` for one euro. */
export type DayOfRates = { base: string; day: string; rates: Readonly<Record<string, string>> }

/** Digits of a rate that two others make; a central bank tells five or six. */
const crossDigits = 8

/** From any of its currencies to another. Null: it does not tell one of them. */
export function rateBetween({ base, day, rates }: DayOfRates, from: string, to: string): Rate | null {
  const of = (currency: string) => (currency === base ? '1' : rates[currency])
  const [left, right] = [of(from), of(to)]
  if (left === undefined || right === undefined || from === to) return null
  if (from === base) return { rate: right, day }
  const [a, b] = [ratioOf(right), ratioOf(left)]
  return { rate: toDigits({ num: a.num * b.den, den: a.den * b.num }, crossDigits), day }
}

/** As it is stored: sums are texts. */
export type StoredConverted = Omit<Converted, 'fromMinor' | 'toMinor'> & { fromMinor: string; toMinor: string }

export const convertedInRow = (converted: Converted | null | undefined): StoredConverted | null =>
  converted == null
    ? null
    : { ...converted, fromMinor: String(converted.fromMinor), toMinor: String(converted.toMinor) }

export const convertedFrom = (stored: StoredConverted | null): Converted | null =>
  stored === null ? null : { ...stored, fromMinor: BigInt(stored.fromMinor), toMinor: BigInt(stored.toMinor) }

export const moneyOf = ({ fromCurrency, fromMinor, toCurrency, toMinor }: Converted): { from: Money; to: Money } => ({
  from: { minor: fromMinor, currency: fromCurrency },
  to: { minor: toMinor, currency: toCurrency },
})
