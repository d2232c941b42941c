/** Amounts of coins: decimals of any length, as text, counted exactly. They are never `Money`; what they are worth is. */
import { ProviderError } from '#platform/errors.ts'
import { exponentOf, type Money, money } from '#platform/money.ts'

/** `digits` / 10^`scale` */
export type Decimal = { digits: bigint; scale: number }

export const nothing: Decimal = { digits: 0n, scale: 0 }

/** Reads `0.00012345`, `12` and `1e-7` (how JSON writes small numbers); null when it is none. */
export function decimalOf(text: string): Decimal | null {
  const match = /^(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text.trim())
  if (!match) return null
  const fraction = match[2] ?? ''
  const scale = fraction.length - Number(match[3] ?? 0)
  const digits = BigInt(`${match[1]}${fraction}`)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** Of a provider's answer. Throws `unavailable(unexpected_answer)`. */
export function exactly(provider: string, text: string): Decimal {
  const decimal = decimalOf(text)
  if (decimal !== null) return decimal
  throw noAmount(provider, text)
}

export const noAmount = (provider: string, text: string): ProviderError =>
  new ProviderError(provider, 'unavailable', `${text.slice(0, 60)} is no amount`, { code: 'unexpected_answer' })

export const times = (a: Decimal, b: Decimal): Decimal => ({ digits: a.digits * b.digits, scale: a.scale + b.scale })

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  const at = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own)
  return { digits: at(a) + at(b), scale }
}

/** Never more than it is worth: what is left of the last unit is dropped. */
export function floorTo(currency: string, { digits, scale }: Decimal): Money {
  const exponent = exponentOf(currency)
  const minor = (digits * 10n ** BigInt(exponent)) / 10n ** BigInt(scale)
  return money(minor, currency)
}

/** `whole` × `part` / `of`, rounded down; nothing when `of` is nothing. */
export function portion(whole: Money, part: Decimal, of: Decimal): Money {
  if (of.digits === 0n) return money(0n, whole.currency)
  const minor = (whole.minor * part.digits * 10n ** BigInt(of.scale)) / (of.digits * 10n ** BigInt(part.scale))
  return money(minor, whole.currency)
}
