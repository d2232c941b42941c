import '../i18n/areas/exchange.ts'
import { convertedFrom, hasMargin, moneyOf, type StoredConverted } from '#modules/catalog/rules/exchange.ts'
import { dayText, moneyText } from './format.tsx'
import { usePage } from './page-context.tsx'

/** What a price by exchange rate was made of, in one sentence that anybody can reckon again. */
export function ConvertedNote({ of: stored }: { of: StoredConverted }) {
  const page = usePage()
  const { t } = page
  const converted = convertedFrom(stored)
  if (converted === null) return null
  const { from, to } = moneyOf(converted)
  const { marginPercent, rate, source, day } = stored
  return t(hasMargin(stored) ? 'exchange.converted.margin' : 'exchange.converted', {
    from: moneyText(from, page),
    to: moneyText(to, page),
    margin: marginPercent,
    source: t(`exchange.whose.${source}`),
    rate,
    day: dayText(day, page),
  })
}
