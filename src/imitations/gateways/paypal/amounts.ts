/** PayPal's grammar of amounts: decimal text with as many decimals as the currency has there. */
import { type Amount, Refused } from './account.ts'

const currencies =
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' ')
const withoutDecimals = ['HUF', 'JPY', 'TWD']

/** In hundredths, whatever the currency. */
export function checked({ currency_code, value }: Amount): number {
  if (!currencies.includes(currency_code)) throw new Refused(422, 'CURRENCY_NOT_SUPPORTED')
  if (!/^\d{1,12}(\.\d+)?$/.test(value)) throw new Refused(400, 'INVALID_PARAMETER_SYNTAX')
  if (withoutDecimals.includes(currency_code) && value.includes('.')) throw new Refused(422, 'DECIMALS_NOT_SUPPORTED')
  if (/\.\d{3,}$/.test(value)) throw new Refused(422, 'DECIMAL_PRECISION')
  const hundredths = Math.round(Number(value) * 100)
  if (hundredths === 0) throw new Refused(422, 'CANNOT_BE_ZERO_OR_NEGATIVE')
  return hundredths
}
