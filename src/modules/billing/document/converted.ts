/** The price behind a row that was made by rate, in one sentence of the paper: from what, at which rate, whose, and of which day. */
import { convertedFrom, hasMargin, moneyOf, type StoredConverted } from '#modules/catalog/rules/exchange.ts'
import { format } from '#platform/money.ts'
import { labelsFor } from './labels.ts'

export function convertedText(stored: StoredConverted | null, language: string): string | null {
  const converted = convertedFrom(stored)
  if (converted === null) return null
  const { from, to } = moneyOf(converted)
  const labels = labelsFor(language)
  const { rate, marginPercent, source, day } = converted
  const margin = hasMargin(converted) ? ` ${labels.plusMargin} ${marginPercent}%` : ''
  const on = Temporal.PlainDate.from(day).toLocaleString(language, { day: 'numeric', month: 'long', year: 'numeric' })
  const whose = source === 'ecb' ? labels.rateEcb : labels.rateOwn
  return `${format(to, language)} ${labels.convertedFrom} ${format(from, language)} ${labels.atRate} ${rate}${margin} (${whose}, ${on})`
}
