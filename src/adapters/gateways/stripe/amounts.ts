/** Stripe counts in units of its own, which differ from ISO 4217 in places. Conversion is exact or refused, never rounded. */
import { ProviderError } from '#platform/errors.ts'
import { exponentOf, isCurrency, type Money, money } from '#platform/money.ts'

const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '))
/** Has no decimals any more, but the API still counts hundredths and takes whole units only. */
const wholeUnits = new Set(['ISK'])
/** Stripe's pages contradict each other on its unit: a factor of 100 is not ours to guess. */
const unclear = new Set(['UGX'])

/** `1099` for 10.99 EUR, `500` for 500 JPY, `50000` for 500 ISK. Throws `rejected(amount_not_representable | currency_not_supported)`. */
export function toStripeAmount({ minor, currency }: Money): number {
  const scaled = scale(minor, digitsOf(currency) - exponentOf(currency))
  const representable = scaled !== null && scaled <= 99_999_999_999n && (digitsOf(currency) < 3 || scaled % 10n === 0n) // Three decimals must end in 0.
  if (!representable)
    throw refused('amount_not_representable', `${minor} minor units of ${currency} cannot be charged through Stripe`)
  return Number(scaled)
}

/** The reverse. `code` in any case, as Stripe writes it in lower case. */
export function fromStripeAmount(amount: number, code: string): Money {
  const currency = code.toUpperCase()
  const minor = scale(BigInt(amount), exponentOf(currency) - digitsOf(currency))
  if (minor === null)
    throw new ProviderError('stripe', 'unavailable', `${amount} ${code} is not a whole number of minor units`, {
      code: 'unexpected_answer',
    })
  return money(minor, currency)
}

function digitsOf(currency: string): number {
  if (!isCurrency(currency) || unclear.has(currency))
    throw refused('currency_not_supported', `${currency} is not supported through Stripe`)
  if (zeroDecimal.has(currency)) return 0
  if (wholeUnits.has(currency)) return 2
  const digits = exponentOf(currency)
  if (digits > 3) throw refused('currency_not_supported', `${currency} is not supported through Stripe`)
  // What has no decimals in ISO 4217 but is not in Stripe's list of such is not one of its currencies.
  if (digits === 0) throw refused('currency_not_supported', `${currency} is not supported through Stripe`)
  return digits
}

function scale(amount: bigint, digits: number): bigint | null {
  if (digits >= 0) return amount * 10n ** BigInt(digits)
  const divisor = 10n ** BigInt(-digits)
  return amount % divisor === 0n ? amount / divisor : null
}

const refused = (code: string, message: string) => new ProviderError('stripe', 'rejected', message, { code })
