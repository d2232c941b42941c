/** What a checkout comes to with the add-ons that were chosen beside the plan. Values only: page and action reckon alike. */
import { isZero, type Money } from '#platform/money.ts'

export type OfferedBeside = { id: string; name: string; most: number; price: Money; screens: boolean }

type Offer = { base: Money; price: Money; plan: { connections: number }; addOns: readonly OfferedBeside[] }

/** The field of the form: its name is where a refusal of the order points to. */
export const quantityField = (index: number): string => `add_ons.${index}.quantity`

const quantityOf = (text: string | undefined, most: number): number =>
  text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : 0

export function chosenSums({ base, price, plan, addOns }: Offer, values: Readonly<Record<string, string>>) {
  const chosen = addOns.flatMap(({ id, name, most, price: each, screens }, index) => {
    const quantity = quantityOf(values[quantityField(index)], most)
    const total = { ...each, minor: each.minor * BigInt(quantity) }
    return quantity === 0 ? [] : [{ id, name, quantity, total, screens }]
  })
  const extra = chosen.reduce((sum, { total }) => sum + total.minor, 0n)
  const today: Money = { ...base, minor: base.minor + extra }
  return {
    chosen,
    today,
    /** Each renewal. */
    renewal: { ...price, minor: price.minor + extra },
    free: isZero(today),
    screens: plan.connections + chosen.reduce((sum, each) => sum + (each.screens ? each.quantity : 0), 0),
  }
}
