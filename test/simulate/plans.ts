/** What simulated shops sell: terms from a day and a half to a year, of which each shop sells some more than others. */
import { transaction } from '#app.ts'
import { saveAddOn } from '#modules/catalog/add-ons.ts'
import { savePlan } from '#modules/catalog/plans.ts'
import type { Chance } from '../../src/demo/chance.ts'
import type { OpenShop } from '../support/shop.ts'

const goesOn = { trial: false, renewable: true, creditCostMilli: 1000n } as const
const isOver = { trial: false, renewable: false, creditCostMilli: 1000n } as const
const isTried = { trial: true, renewable: false, creditCostMilli: 1000n } as const

/** Besides the plan by the month that the shop has. A month has the calendar's traps, short terms live many lives in two months, and long ones rest. */
const plans = [
  { name: 'Week', termUnit: 'day', termCount: 7, minor: 399n, ...goesOn },
  { name: 'Quarter', termUnit: 'month', termCount: 3, minor: 2499n, ...goesOn },
  { name: 'Year', termUnit: 'year', termCount: 1, minor: 8900n, ...goesOn },
  { name: 'Day pass', termUnit: 'hour', termCount: 36, minor: 149n, ...isOver },
  { name: 'Trial', termUnit: 'day', termCount: 2, minor: 0n, ...isTried },
  { name: 'Paid trial', termUnit: 'day', termCount: 3, minor: 49n, ...isTried },
] as const

export type PlanName = 'Family monthly' | (typeof plans)[number]['name']

/** How much of each a shop sells. */
export type Assortment = readonly (readonly [PlanName, number])[]

const tried = [
  ['Trial', 1],
  ['Paid trial', 0.5],
] as const
const kiosk: Assortment = [['Family monthly', 5], ['Week', 4], ['Day pass', 2], ...tried]
const byTheMonth: Assortment = [['Family monthly', 8], ['Week', 0.5], ['Quarter', 1], ...tried]
const forLong: Assortment = [['Family monthly', 2], ['Quarter', 4], ['Year', 4], ['Day pass', 0.3], ...tried]

export const assortmentOf = (chance: Chance): Assortment =>
  chance.weighted([
    [kiosk, 1],
    [byTheMonth, 2],
    [forLong, 3],
  ])

export async function addPlans({ shop, productId, planId }: OpenShop): Promise<void> {
  const { currency } = shop
  await transaction(shop, 'set-up', async (tx) => {
    // A third of what the plan costs; three cost less in all than two.
    const connection = (id: string, amountMinor: bigint) => ({
      planId: id,
      creditCostMilli: 0n,
      prices: [{ currency, amountMinor, breaks: [{ from: 3, amountMinor: amountMinor / 2n }] }],
    })
    const connections = [connection(planId, 301n)]
    for (const [index, { minor, ...plan }] of plans.entries()) {
      const facts = { productId, description: '', bestValue: false, active: true, position: index + 1 }
      const prices = [{ currency, amountMinor: minor, setupMinor: 0n }]
      const id = await savePlan(tx, shop, { ...facts, ...plan, prices })
      if (plan.renewable) connections.push(connection(id, minor / 3n))
    }
    const kind = { kind: 'connection', name: 'Extra connection', maxQuantity: 3, active: true, position: 0 } as const
    await saveAddOn(tx, shop, { ...kind, plans: connections })
  })
}
