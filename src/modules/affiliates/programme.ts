/** The programme: whether customers who bring others are paid for it, how much, when, and in what way. Off unless somebody turns it on. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { findProduct } from '../catalog/plans.ts'
import { defineSetting, readSetting, saveSetting } from '../people/settings.ts'
import { affiliateOfCustomer } from './queries.ts'

const rule = {
  kind: z.enum(['percent', 'amount', 'none']).default('percent'),
  value: z.int().min(0).max(100_000_000).default(1_000),
  payments: z.int().min(0).max(120).default(1),
}
const Rule = z.strictObject(rule)

export const Programme = z.object({
  on: z.boolean().default(false),
  /** Whether customers join by themselves; else staff make affiliates. */
  open: z.boolean().default(true),
  rule: Rule.default({ kind: 'percent', value: 1_000, payments: 1 }),
  /** Products with a rule of their own. */
  products: z
    .array(z.strictObject({ product_id: z.string().max(60), ...rule }))
    .max(200)
    .default([]),
  /** So long a commission is held: as long as money may be asked back. */
  hold_days: z.int().min(0).max(365).default(30),
  /** So long after the click an order still counts. */
  link_days: z.int().min(1).max(365).default(30),
  /** Less than this is not paid out by itself. Minor units of the shop's currency. */
  least_payout: z.int().min(0).max(100_000_000).default(0),
  /** How far an account may fall below nothing when money goes back that was paid out; null: as far as it takes. */
  below: z.int().min(0).max(100_000_000).nullable().default(null),
  /** Whether affiliates may choose to be paid outside of the shop, by hand. */
  by_hand: z.boolean().default(false),
  /** What a credit costs an affiliate who is a reseller; null: nobody is paid in credits. */
  credit_price: z.int().min(1).max(100_000_000).nullable().default(null),
})
export type Programme = z.infer<typeof Programme>

export const programmeSetting = defineSetting('affiliates', Programme as z.ZodType<Programme>)

/** Whether the page of the programme has something to say to this customer: he takes part, or he may join. */
export async function mayRecommend(tx: Tx, shop: Shop, customerId: string): Promise<boolean> {
  const { on, open } = await readSetting(tx, shop, programmeSetting)
  return (on && open) || (await affiliateOfCustomer(tx, customerId)) !== null
}

/** What was counted before stays as it was counted. */
export async function saveProgramme(tx: Tx, shop: Shop, programme: Programme): Promise<void> {
  const faults: FieldError[] = []
  const checked = [
    { at: '/rule', ...programme.rule },
    ...programme.products.map((each, index) => ({ at: `/products/${index}`, ...each })),
  ]
  for (const { at, kind, value } of checked)
    if (kind === 'percent' && value > 10_000)
      faults.push({ pointer: `${at}/value`, code: 'out_of_range', detail: 'A percentage is at most 100.' })
  for (const [index, { product_id }] of programme.products.entries()) {
    const pointer = `/products/${index}/product_id`
    if ((await findProduct(tx, product_id)) === null)
      faults.push({ pointer, code: 'unknown', detail: 'There is no such product.' })
    else if (programme.products.findIndex((each) => each.product_id === product_id) < index)
      faults.push({ pointer, code: 'duplicate', detail: 'This product has a rule already.' })
  }
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the programme.', faults)
  await saveSetting(tx, shop, programmeSetting, programme)
}
