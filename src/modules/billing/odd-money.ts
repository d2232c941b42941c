/** Money that comes short, or too late: what a business does about it by itself. Until it says so: nothing is forgiven, and what is late is kept for the customer. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { isCurrency } from '#platform/money.ts'
import { record } from '../events/record.ts'
import { defineSetting, readSetting, saveSetting } from '../people/settings.ts'
import { lateMoney, type Tolerance, tolerancePattern } from './rules/tolerance.ts'

const Settings = z.object({
  tolerance_percent: z.string().regex(tolerancePattern).default('0'),
  tolerance_most: z
    .array(z.object({ currency: z.string(), amount: z.int().positive() }))
    .max(30)
    .default([]),
  late_money: z.enum(lateMoney).default('balance'),
})
export type OddMoneySettings = z.infer<typeof Settings>

export const oddMoneySetting = defineSetting('odd_money', Settings as z.ZodType<OddMoneySettings>)

export async function toleranceOf(tx: Tx, shop: Shop): Promise<Tolerance> {
  const { tolerance_percent: percent, tolerance_most: most } = await readSetting(tx, shop, oddMoneySetting)
  return { percent, most: new Map(most.map(({ currency, amount }) => [currency, BigInt(amount)])) }
}

/** Counts for money that comes from now on; what was booked stays. Throws `invalid_input`. */
export async function saveOddMoney(tx: Tx, shop: Shop, given: OddMoneySettings): Promise<void> {
  const settings = oddMoneySetting.schema.parse(given)
  const { tolerance_most: most, tolerance_percent: percent } = settings
  const faults = most.flatMap(({ currency }, index): FieldError[] => {
    const pointer = `/tolerance_most/${index}/currency`
    if (!isCurrency(currency)) return [{ pointer, code: 'unknown', detail: 'There is no such currency.' }]
    return most.findIndex((each) => each.currency === currency) < index
      ? [{ pointer, code: 'duplicate', detail: 'This currency is named twice.' }]
      : []
  })
  if (/[1-9]/.test(percent) && most.length === 0)
    faults.push({
      pointer: '/tolerance_most',
      code: 'required',
      detail: 'Please say how much is forgiven at most: without it nothing would be.',
    })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check what is forgiven.', faults)
  await saveSetting(tx, shop, oddMoneySetting, settings)
  await record(tx, shop, shop.now(), {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting: 'odd_money' },
  })
}
