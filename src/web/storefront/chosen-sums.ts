/** What a checkout comes to with the add-ons that were chosen beside the plan. Values only: page and action reckon alike. */
import { type Discount, discountOn } from '#modules/subscriptions/rules/discount.ts'
import { isZero, type Money } from '#platform/money.ts'

export type OfferedBeside = { id: string; name: string; most: number; price: Money; screens: boolean }

type Offer = { base: Money; price: Money; plan: { connections: number }; addOns: readonly OfferedBeside[] }

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

export function chosenSums({ base, price, plan, addOns }: Offer, values: Readonly<Record<string, string>>) {
  const chosen = addOns.flatMap(({ id, name, most, price: each, screens }, index) => {
    const quantity = quantityOf(values[quantityField(index)], most)
    const total = { ...each, minor: each.minor * BigInt(quantity) }
    return quantity === 0 ? [] : [{ id, name, quantity, total, screens }]
  })
  const extra = chosen.reduce((sum, { total }) => sum + total.minor, 0n)
  const { currency } = price
  const full = price.minor + extra
  const applied = appliedOf(values[appliedField])
  const taken =
    applied && discountOn({ ...applied, useId: '', planIds: null, given: 0 }, { planId: '', baseMinor: full, currency })
  const off = taken?.minor ?? 0n
  const today: Money = { ...base, minor: base.minor + extra - off }
  const lasts = taken !== null && applied !== null && applied.periods === null
  return {
    chosen,
    extra,
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
    renewal: { currency, minor: lasts ? full - off : full },
    free: isZero(today),
    screens: plan.connections + chosen.reduce((sum, each) => sum + (each.screens ? each.quantity : 0), 0),
  }
}
