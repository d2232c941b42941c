/** How the API tells what tax comes to in the money of the state that it is owed to. */
import { isStated, type TaxIn } from '#modules/billing/rules/tax-currency.ts'
import { rateSources } from '#modules/catalog/rules/exchange.ts'
import { minor, money, z } from './schemas.ts'

export const TaxInOut = z
  .strictObject({
    currency: z.string(),
    net: money.nullable(),
    tax: money.nullable().openapi({ description: 'Null, as the rest: no rate of its day is known yet; it follows.' }),
    rate: z
      .string()
      .nullable()
      .openapi({ description: 'One of the invoice’s currency in this one, as a decimal.', example: '4.3021' }),
    source: z
      .enum(rateSources)
      .nullable()
      .openapi({ description: '`ecb`: the European Central Bank; `staff`: typed.' }),
    day: z.string().nullable().openapi({ description: 'Of which the rate is.', example: '2026-11-20' }),
  })
  .nullable()
  .openapi({
    description:
      'Net and tax in the money of the state that the tax is owed to, frozen when it was issued; null: it is in that money, not issued yet, or says nothing of tax.',
  })

export function taxInOut(taxIn: TaxIn | null): z.input<typeof TaxInOut> {
  if (taxIn === null) return null
  const { currency } = taxIn
  if (!isStated(taxIn)) return { currency, net: null, tax: null, rate: null, source: null, day: null }
  const { rate, source, day, netMinor, taxMinor } = taxIn
  return { currency, net: minor(BigInt(netMinor), currency), tax: minor(BigInt(taxMinor), currency), rate, source, day }
}
