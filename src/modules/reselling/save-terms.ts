/** How a parent deals with a child. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { readChild } from './queries.ts'
import type { Deduction } from './rules.ts'

/** `recovers`: what comes back of used credits when a line ends early. `creditsLastDays`: what is not used so long after it came is lost; null: never. */
export type ResellerTerms = { recovers: 'nothing' | 'unused'; creditsLastDays: number | null; deducts: Deduction }

const standard: ResellerTerms = { recovers: 'nothing', creditsLastDays: null, deducts: 'period_start' }

export const termsWith = async (tx: Tx, resellerId: string): Promise<ResellerTerms> =>
  (await maybe(
    tx,
    sql<ResellerTerms>`select recovers, credits_last_days as "creditsLastDays", deducts from reseller_terms where business_id = current_business() and reseller_id = ${resellerId}`,
  )) ?? standard

/**
 * What is left out stays. For what ends, begins or is paid for from now on, and for credits that are there already, too. Changing nothing is told
 * to nobody.
 */
export async function saveTerms(
  tx: Tx,
  shop: Shop,
  resellerId: string,
  changes: Partial<ResellerTerms>,
): Promise<ResellerTerms> {
  await readChild(tx, resellerId)
  const before = await termsWith(tx, resellerId)
  const terms = { ...before, ...changes }
  const { recovers, creditsLastDays, deducts } = terms
  if (before.recovers === recovers && before.creditsLastDays === creditsLastDays && before.deducts === deducts)
    return before
  await run(
    tx,
    sql`insert into reseller_terms (business_id, reseller_id, recovers, credits_last_days, deducts) values (${shop.businessId}, ${resellerId}, ${recovers}, ${creditsLastDays}, ${deducts})
      on conflict (business_id, reseller_id) do update set recovers = excluded.recovers, credits_last_days = excluded.credits_last_days, deducts = excluded.deducts,
        version = reseller_terms.version + 1`,
  )
  await record(tx, shop, shop.now(), {
    type: 'reseller.terms_changed',
    subjectType: 'reseller',
    subjectId: resellerId,
    data: changesOf(before, terms),
  })
  return terms
}
