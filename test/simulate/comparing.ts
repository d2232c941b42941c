/** The gateway's own list beside the books: asked for by staff, and day by day as the house does. */
import { transaction } from '#app.ts'
import { compareGateways } from '#modules/billing/comparison/compare-gateway.ts'
import { compareBooks } from '#modules/billing/comparison/comparisons.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { sql } from '#platform/db.ts'
import type { World } from './world.ts'

export async function asksForComparison(world: World): Promise<boolean> {
  const shop = await world.shopFor('staff:ann')
  const account = (await transaction(shop, 'read-gateways', listGateways)).find(({ kind }) => kind === 'sandbox')
  await transaction(shop, 'compare-books', (tx) =>
    compareBooks(tx, shop, account?.id ?? '', { trustsLess: world.chance.next() < 0.3 }),
  )
  return true
}

/** As every hour's round: begins what a day has passed for, and goes on with what was broken off. */
export async function roundOfComparisons(world: World): Promise<boolean> {
  await compareGateways(world.machine.app())
  return true
}

/** What the life had of it. */
export const countComparisons = sql<{ what: string; times: number }>`select 'the gateway was compared' as what,
    (select count(*)::int from gateway_comparisons where state = 'done') as times`
