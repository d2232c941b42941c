/** How the API tells what a price by rate was made of. */
import { type Converted, rateSources, roundings } from '#modules/catalog/rules/exchange.ts'
import { minor, money, time, z } from './schemas.ts'

/** A price that was made by rate. */
export const ConvertedOut = z
  .strictObject({
    from: money,
    to: money,
    rate: z
      .string()
      .openapi({ description: 'One of the first currency in the other, as a decimal.', example: '1.0871' }),
    margin_percent: z.string().openapi({ description: 'Put on the rate.' }),
    rounding: z.enum(roundings),
    source: z.enum(rateSources).openapi({ description: '`ecb`: the European Central Bank; `staff`: typed in.' }),
    day: z.string().openapi({ description: 'Of which the rate is.', example: '2026-11-20' }),
    quoted_at: time.openapi({ description: 'When it was locked.' }),
  })
  .nullable()
  .openapi({
    description: 'What a price was made of, of one piece for one whole term; null: it is a price of its own.',
  })

export const convertedOut = (converted: Converted | null): z.input<typeof ConvertedOut> => {
  if (converted === null) return null
  const { fromMinor, fromCurrency, toMinor, toCurrency, rate, marginPercent, rounding, source, day, quotedAt } =
    converted
  return {
    from: minor(fromMinor, fromCurrency),
    to: minor(toMinor, toCurrency),
    ...{ rate, rounding, source, day },
    margin_percent: marginPercent,
    quoted_at: quotedAt,
  }
}
