/**
 * What stands above a reseller's twin: a supplier made for it alone, who has on an imitated panel what the real one shares, asks the same
 * credits for it and sells the same packs of them. The real supplier's wallets, panels and books are nowhere on the way.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Shop } from '#app.ts'
import { one, rows, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { giveCreditsIn } from '../reselling/move-credits.ts'
import { plansFor, readChild } from '../reselling/queries.ts'
import type { Break } from '../reselling/rules.ts'
import { type PlanTerms, sharePlan, stopSharing } from '../reselling/share-plans.ts'
import { put } from './queries.ts'

/** As text, like a catalog; what is shared with a reseller, and what he pays for it. */
export type Shared = {
  products: string
  plans: string
  terms: readonly (PlanTerms & { planId: string; ended: boolean })[]
}

/** A plan whose terms are nobody's any more is sold to nobody, and what runs of it goes on. */
export async function readShared(tx: Tx): Promise<Shared> {
  const { products, plans } = await one(
    tx,
    sql<{ products: string; plans: string }>`select
      (select coalesce(jsonb_agg(to_jsonb(p)), '[]')::text from products p where p.business_id = current_business() and p.from_parent) as products,
      (select coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('credit_cost_milli', coalesce(t.credit_cost_milli, p.credit_cost_milli))), '[]')::text
        from plans p left join lateral terms_of_plan(p.id) t on true where p.business_id = current_business() and p.from_parent) as plans`,
  )
  const found = await rows(
    tx,
    sql<{
      planId: string
      costMilli: bigint | null
      breaks: { from: number; cost_milli: number }[] | null
      leastMinor: bigint | null
      mostMinor: bigint | null
      ended: boolean
    }>`select p.id as "planId", t.credit_cost_milli as "costMilli", t.breaks, t.least_minor as "leastMinor", t.most_minor as "mostMinor", coalesce(t.ended, true) as ended
      from plans p left join lateral terms_of_plan(p.id) t on true where p.business_id = current_business() and p.from_parent order by p.id`,
  )
  const terms = found.map(({ breaks, ...each }) => ({ ...each, breaks: (breaks ?? []).map(breakOf) }))
  return { products, plans, terms }
}

const breakOf = (each: { from: number; cost_milli: number }): Break => ({
  from: each.from,
  costMilli: BigInt(each.cost_milli),
})

/** What the real supplier sells of credits: asked in his books, as when a reseller buys. */
export const readPacks = async (tx: Tx): Promise<string> =>
  (
    await one(
      tx,
      sql<{
        packs: string
      }>`select coalesce(jsonb_agg(to_jsonb(p)), '[]')::text as packs from credit_packs p where p.business_id = current_business() and p.active`,
    )
  ).packs

/** Its plans and packs, before they are shared. How many rows that were. */
export async function writeStock(tx: Tx, { products, plans }: Shared, packs: string): Promise<number> {
  const own = { from_parent: false }
  return (
    (await put(tx, { table: 'products', key: ['id'], own }, products)) +
    (await put(tx, { table: 'plans', key: ['id'], own }, plans)) +
    (await put(tx, { table: 'credit_packs', key: ['id'] }, packs)) +
    (await run(
      tx,
      sql`update credit_packs p set active = false where p.business_id = current_business() and p.active
        and not exists (select from jsonb_array_elements(${packs}::jsonb) s (value) where s.value->>'id' = p.id)`,
    ))
  )
}

/** Shares with the twin what is shared with the reseller, on the same terms; `again`: what the plans are has changed. */
export async function shareAll(
  tx: Tx,
  supplier: Shop,
  twinId: string,
  { terms }: Shared,
  again: boolean,
): Promise<number> {
  const known = new Map((await plansFor(tx, twinId)).map((each) => [each.planId, each]))
  let changed = 0
  for (const { planId, ended, ...wanted } of terms) {
    const before = known.get(planId)
    const first = before === undefined || before.version === 0
    if (first || again || (before.shared && !agreed(before, wanted)) || (!before.shared && !ended)) {
      await sharePlan(tx, supplier, { resellerId: twinId, planId, ...wanted })
      if (ended) await stopSharing(tx, supplier, twinId, planId)
      changed += 1
    } else if (ended && before.shared) {
      await stopSharing(tx, supplier, twinId, planId)
      changed += 1
    }
  }
  return changed
}

const agreed = (a: PlanTerms, b: PlanTerms): boolean =>
  a.costMilli === b.costMilli &&
  a.leastMinor === b.leastMinor &&
  a.mostMinor === b.mostMinor &&
  isDeepStrictEqual(a.breaks, b.breaks)

/** Thousandths. Credits of test mode cost nothing: whoever has few left gets more with the next copy. */
const fewMilli = 100_000n
const fullMilli = 1_000_000n

export async function fillWallet(tx: Tx, supplier: Shop, twinId: string): Promise<number> {
  const { balance, held } = await readChild(tx, twinId)
  const free = balance - held
  if (free >= fewMilli) return 0
  const move = { resellerId: twinId, amountMilli: fullMilli - free, reason: 'For tests' }
  await giveCreditsIn(tx, supplier, move, newId('cmv', supplier.app.clock))
  return 1
}
