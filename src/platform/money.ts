/**
 * Money is an integer count of a currency's minor units. It is added and compared only within a currency; division names
 * its rounding (half away from zero) and its parts always sum to the whole. No other file does arithmetic on amounts.
 */
import currencyCodes from 'currency-codes'
import { dinero, add as dineroAdd, allocate as dineroAllocate, toSnapshot } from 'dinero.js/bigint'
import { assert } from './errors.ts'

/** ISO 4217 alpha-3, upper case. */
export type Currency = string

/** `minor` counts the currency's minor units of ISO 4217 (cents, pence; yen have none). */
export type Money = { readonly minor: bigint; readonly currency: Currency }

export const money = (minor: bigint | number, currency: Currency): Money => ({ minor: BigInt(minor), currency })
export const zero = (currency: Currency): Money => ({ minor: 0n, currency })

/** Digits after the point, from ISO 4217 (not from Intl, which reports display digits). Throws for an unknown currency. */
export function exponentOf(currency: Currency): number {
  const known = currencyCodes.code(currency)
  assert(known, `unknown currency ${currency}`)
  return known.digits
}

/** Currencies whose minor unit is not a hundredth. */
export const oddExponents = (): Record<string, number> =>
  Object.fromEntries(currencyCodes.data.flatMap(({ code, digits }) => (digits === 2 ? [] : [[code, digits]])))

export const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code) && currencyCodes.code(code) !== undefined

export function plus(a: Money, b: Money): Money {
  sameCurrency(a, b)
  return fromDinero(dineroAdd(toDinero(a), toDinero(b)))
}

export function minus(a: Money, b: Money): Money {
  return plus(a, negate(b))
}

export const negate = (a: Money): Money => ({ minor: -a.minor, currency: a.currency })

export function compare(a: Money, b: Money): number {
  sameCurrency(a, b)
  return a.minor < b.minor ? -1 : a.minor > b.minor ? 1 : 0
}

export const isZero = (a: Money): boolean => a.minor === 0n
export const isPositive = (a: Money): boolean => a.minor > 0n
export const sum = (currency: Currency, amounts: readonly Money[]): Money => amounts.reduce(plus, zero(currency))

/** Splits `whole` in proportion to `weights`; the parts sum to the whole, left-over units go to the largest remainders. */
export function allocate(whole: Money, weights: readonly bigint[]): Money[] {
  const sign = whole.minor < 0n ? -1n : 1n
  const absolute = { minor: whole.minor * sign, currency: whole.currency }
  return dineroAllocate(toDinero(absolute), [...weights]).map((part) => ({
    minor: toSnapshot(part).amount * sign,
    currency: whole.currency,
  }))
}

/** `amount × numerator ÷ denominator`, half away from zero: a credit note mirrors its invoice to the cent. */
export function share(amount: Money, numerator: bigint, denominator: bigint): Money {
  assert(denominator > 0n, 'denominator must be positive')
  const product = amount.minor * numerator
  const magnitude = product < 0n ? -product : product
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n)
  return { minor: product < 0n ? -rounded : rounded, currency: amount.currency }
}

/** An exact fraction: 1.0871 is 10871/10000. */
export type Ratio = { readonly num: bigint; readonly den: bigint }

/** Reads a decimal such as a rate or a percentage; throws for anything else. */
export function ratioOf(decimal: string): Ratio {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(decimal)
  assert(match, `${decimal} is no decimal`)
  const fraction = match[2] ?? ''
  return { num: BigInt(`${match[1]}${fraction}`), den: 10n ** BigInt(fraction.length) }
}

/** To so many digits that count, half away from zero: 0.000123456 to three of them is `0.000123`. */
export function toDigits({ num, den }: Ratio, digits: number): string {
  let places = 0
  while (num * 10n ** BigInt(places) < den * 10n ** BigInt(digits - 1)) places += 1
  const scaled = (num * 10n ** BigInt(places) * 2n + den) / (den * 2n)
  const text = scaled.toString().padStart(places + 1, '0')
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`.replace(/\.?0+$/, '')
}

/**
 * `amount` in another currency at `rate` for one of its own: multiplied first and rounded once, half away from zero, to what lies `below` under
 * a multiple of `step` minor units (99 cents: 1 below 100). What costs something never becomes nothing.
 */
export function convert(
  amount: Money,
  to: Currency,
  rate: Ratio,
  { step, below }: { step: bigint; below: bigint },
): Money {
  assert(amount.minor >= 0n && rate.num > 0n && step > below, 'a price is converted at a rate')
  if (amount.minor === 0n) return zero(to)
  const num =
    amount.minor * rate.num * 10n ** BigInt(exponentOf(to)) +
    below * rate.den * 10n ** BigInt(exponentOf(amount.currency))
  const den = rate.den * 10n ** BigInt(exponentOf(amount.currency)) * step
  const steps = (num * 2n + den) / (den * 2n)
  return { minor: (steps < 1n ? 1n : steps) * step - below, currency: to }
}

/** `amount` in another currency at `rate` for one of its own, rounded once to the smallest unit, half away from zero; also below nothing. */
export function exchange(amount: Money, to: Currency, rate: Ratio): Money {
  const numerator = rate.num * 10n ** BigInt(exponentOf(to))
  return { ...share(amount, numerator, rate.den * 10n ** BigInt(exponentOf(amount.currency))), currency: to }
}

/** `1234.5` in EUR is `1,234.50 EUR` for English: always with the currency's code, never with a bare symbol. */
export function format(amount: Money, locale = 'en'): string {
  const digits = exponentOf(amount.currency)
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  // Intl formats decimal strings exactly; a JS number would lose cents above 2^53.
  return `${number.format(toDecimal(amount) as unknown as number)} ${amount.currency}`
}

/** `10.99`: the exact decimal, with as many digits as the currency has. */
export function toDecimal(amount: Money): string {
  const digits = exponentOf(amount.currency)
  const sign = amount.minor < 0n ? '-' : ''
  const text = (amount.minor < 0n ? -amount.minor : amount.minor).toString().padStart(digits + 1, '0')
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Reads `10.99` or `10,99`; null when it is not an amount of that currency. */
export function fromDecimal(text: string, currency: Currency): Money | null {
  const digits = exponentOf(currency)
  const match = /^(-?)(\d{1,15})(?:[.,](\d+))?$/.exec(text.trim())
  if (!match) return null
  const fraction = match[3] ?? ''
  if (fraction.length > digits) return null
  const minor = BigInt(`${match[2]}${fraction.padEnd(digits, '0')}`)
  return { minor: match[1] ? -minor : minor, currency }
}

/** The form in which amounts travel through the API: `{ "amount": 1099, "currency": "EUR" }`. */
export const toJson = (amount: Money): { amount: number; currency: string } => {
  assert(amount.minor <= BigInt(Number.MAX_SAFE_INTEGER), 'amount fits JSON')
  return { amount: Number(amount.minor), currency: amount.currency }
}

function sameCurrency(a: Money, b: Money): void {
  assert(a.currency === b.currency, `${a.currency} and ${b.currency} do not mix`)
}

const toDinero = (a: Money) =>
  dinero({ amount: a.minor, currency: { code: a.currency, base: 10n, exponent: BigInt(exponentOf(a.currency)) } })
const fromDinero = (a: ReturnType<typeof toDinero>): Money => {
  const { amount, currency } = toSnapshot(a)
  return { minor: amount, currency: currency.code }
}
