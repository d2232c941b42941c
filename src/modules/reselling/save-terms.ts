/** How a parent deals with a child. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { readChild } from './queries.ts'

/** `recovers`: what comes back of used credits when a line ends early. `creditsLastDays`: what is not used so long after it came is lost; null: never. */
export type ResellerTerms = { recovers: 'nothing' | 'unused'; creditsLastDays: number | null }

export const termsWith = async (tx: Tx, resellerId: string): Promise<ResellerTerms> =>
  (await maybe(
    tx,
    sql<ResellerTerms>`select recovers, credits_last_days as "creditsLastDays" from reseller_terms where business_id = current_business() and reseller_id = ${resellerId}`,
  )) ?? { recovers: 'nothing', creditsLastDays: null }

/** For what ends from now on, and for credits that are there already, too. */
export async function saveTerms(tx: Tx, shop: Shop, resellerId: string, terms: ResellerTerms): Promise<void> {
  await readChild(tx, resellerId)
  await run(
    tx,
    sql`insert into reseller_terms (business_id, reseller_id, recovers, credits_last_days) values (${shop.businessId}, ${resellerId}, ${terms.recovers}, ${terms.creditsLastDays})
      on conflict (business_id, reseller_id) do update set recovers = excluded.recovers, credits_last_days = excluded.credits_last_days, version = reseller_terms.version + 1`,
  )
  await record(tx, shop, shop.now(), {
    type: 'reseller.terms_changed',
    subjectType: 'reseller',
    subjectId: resellerId,
    data: terms,
  })
}
