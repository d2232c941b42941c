/** What a checkout comes to with the add-ons that were chosen beside the plan. Values only: page and action reckon alike. */

import { decideTax, splitTax, type TaxRules, type VatStatus } from '#modules/billing/rules/tax.ts'
import { parseVatId } from '#modules/billing/rules/vat-id.ts'
import { eachOf, type PriceBreak } from '#modules/catalog/rules.ts'
import { type Discount, discountOn } from '#modules/subscriptions/rules/discount.ts'
import { isZero, type Money } from '#platform/money.ts'

/** `price` is that of one; `breaks`: of each, where there are so many. */
export type OfferedBeside = {
  id: string
  name: string
  most: number
  price: Money
  breaks: readonly PriceBreak[]
  screens: boolean
}

/** What decides on the tax of a checkout; null: the shop takes none. `day` is today, in the shop's zone. */
export type CheckoutTax = { rules: TaxRules; day: string; states: boolean }

type Offer = {
  base: Money
  price: Money
  plan: { connections: number }
  addOns: readonly OfferedBeside[]
  tax: CheckoutTax | null
}

/** The tax of a sum, for the buyer who filled the form; null: it cannot be said yet, or there is none. */
function taxChosen(tax: CheckoutTax | null, values: Readonly<Record<string, string>>, amount: Money) {
  if (tax === null || !/^[A-Z]{2}$/.test(values.country ?? '')) return null
  const id = parseVatId(values.vat_id ?? '')
  const status = (
    values.vat_status === 'valid' || values.vat_status === 'invalid' ? values.vat_status : 'unchecked'
  ) as VatStatus
  const buyer = {
    country: values.country ?? null,
    region: (values.region ?? '').trim().toUpperCase(),
    vatId: id === null ? null : { full: id.full, country: id.country, status },
    exempt: null,
  }
  const decision = decideTax(tax.rules, buyer, tax.day)
  if (decision === null) return null
  const [part] = splitTax([amount.minor], decision)
  const { rate, prices, note } = decision
  return { rate, included: prices === 'inclusive', note, amount: { ...amount, minor: part?.tax ?? 0n } }
}

const plusTax = (amount: Money, tax: ReturnType<typeof taxChosen>): Money =>
  tax === null || tax.included ? amount : { ...amount, minor: amount.minor + tax.amount.minor }

/** The field of the form: its name is where a refusal of the order points to. */
export const quantityField = (index: number): string => `add_ons.${index}.quantity`

const quantityOf = (text: string | undefined, most: number): number =>
  text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : 0

/** The fields of the form: what was typed, and what the server said of it, so that every answer shows the same sum. */
export const couponField = 'coupon'
export const appliedField = 'coupon_applied'

type Applied = Pick<Discount, 'code' | 'percent' | 'amountMinor' | 'periods'> & {
  /** When the full price begins, if it is paid now; null: never. */
  from: string | null
}

export const appliedText = ({ code, percent, amountMinor, periods, from }: Applied): string =>
  [code, percent ?? '', amountMinor ?? '', periods ?? '', from ?? ''].join('|')

/** Only shown: an order is never placed for another sum than the server reckons. */
function appliedOf(text: string | undefined): Applied | null {
  const [all, code = '', percent, amount, periods, from] =
    /^([A-Z0-9-]{2,40})\|(\d{0,5})\|(\d{0,12})\|(\d{0,3})\|([\dTZ:.-]{0,40})$/.exec(text ?? '') ?? []
  if (all === undefined) return null
  return {
    code,
    percent: percent ? Number(percent) : null,
    amountMinor: amount ? BigInt(amount) : null,
    periods: periods ? Number(periods) : null,
    from: from || null,
  }
}

export function chosenSums({ base, price, plan, addOns, tax }: Offer, values: Readonly<Record<string, string>>) {
  const chosen = addOns.flatMap(({ id, name, most, price: one, breaks, screens }, index) => {
    const quantity = quantityOf(values[quantityField(index)], most)
    const each = { ...one, minor: eachOf({ priceMinor: one.minor, breaks }, quantity) }
    const total = { ...each, minor: each.minor * BigInt(quantity) }
    return quantity === 0 ? [] : [{ id, name, quantity, each, total, screens }]
  })
  const extra = chosen.reduce((sum, { total }) => sum + total.minor, 0n)
  const { currency } = price
  const full = price.minor + extra
  const applied = appliedOf(values[appliedField])
  const taken =
    applied && discountOn({ ...applied, useId: '', planIds: null, given: 0 }, { planId: '', baseMinor: full, currency })
  const off = taken?.minor ?? 0n
  const sum: Money = { ...base, minor: base.minor + extra - off }
  const taxed = taxChosen(tax, values, sum)
  const today = plusTax(sum, taxed)
  const lasts = taken !== null && applied !== null && applied.periods === null
  const next: Money = { currency, minor: lasts ? full - off : full }
  return {
    chosen,
    extra,
    taxed,
    today,
    /** What the coupon takes off, and for how long. */
    discount:
      taken === null || applied === null
        ? null
        : {
            code: applied.code,
            amount: { minor: -off, currency },
            each: { minor: full - off, currency },
            periods: applied.periods,
            from: applied.from,
          },
    /** Each renewal, once no coupon is left that ends. */
    renewal: plusTax(next, taxChosen(tax, values, next)),
    free: isZero(today),
    screens: plan.connections + chosen.reduce((sum, each) => sum + (each.screens ? each.quantity : 0), 0),
  }
}
