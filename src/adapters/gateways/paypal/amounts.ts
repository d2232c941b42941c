/** PayPal writes amounts as decimal text. Conversion is exact or refused, never rounded. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { exponentOf, type Money, money } from '#platform/money.ts'

/** What PayPal takes everywhere; BRL, CNY and MYR only within their countries. */
export const paypalCurrencies =
  'AUD CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' ')

/** Take no decimals there, whatever ISO 4217 says. */
const wholeUnits = new Set(['HUF', 'JPY', 'TWD'])

export const PaypalAmount = z.object({ currency_code: z.string().length(3), value: z.string() })
export type PaypalAmount = z.infer<typeof PaypalAmount>

/** `{ currency_code: 'EUR', value: '10.99' }`. Throws `rejected(amount_not_representable | currency_not_supported)`. */
export function toPaypalAmount({ minor, currency }: Money): PaypalAmount {
  if (!paypalCurrencies.includes(currency))
    throw refused('currency_not_supported', `${currency} is not supported through PayPal`)
  const digits = exponentOf(currency)
  const unit = 10n ** BigInt(digits)
  if (minor < 0n || (wholeUnits.has(currency) && minor % unit !== 0n))
    throw refused('amount_not_representable', `${minor} minor units of ${currency} cannot be charged through PayPal`)
  const whole = `${minor / unit}`
  const value =
    digits === 0 || wholeUnits.has(currency) ? whole : `${whole}.${String(minor % unit).padStart(digits, '0')}`
  return { currency_code: currency, value }
}

/** The reverse; `10` and `10.9` are read, too. Throws `unavailable(unexpected_answer)` for what is no amount of that currency. */
export function fromPaypalAmount({ currency_code: currency, value }: PaypalAmount): Money {
  const [, whole, part = ''] = /^(\d+)(?:\.(\d+))?$/.exec(value) ?? []
  const digits = paypalCurrencies.includes(currency) ? exponentOf(currency) : 2
  const kept = part.replace(/0+$/, '')
  if (whole === undefined || kept.length > digits)
    throw new ProviderError('paypal', 'unavailable', `${value} is no amount of ${currency}`, {
      code: 'unexpected_answer',
    })
  return money(BigInt(whole) * 10n ** BigInt(digits) + BigInt(kept.padEnd(digits, '0') || '0'), currency)
}

const refused = (code: string, message: string) => new ProviderError('paypal', 'rejected', message, { code })
