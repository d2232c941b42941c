/** How a parent deals with a child. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { readChild } from './queries.ts'

/** `recovers`: what comes back of used credits when a line ends early. */
export type ResellerTerms = { recovers: 'nothing' | 'unused' }

export const termsWith = async (tx: Tx, resellerId: string): Promise<ResellerTerms> =>
  (await maybe(
    tx,
    sql<ResellerTerms>`select recovers from reseller_terms where business_id = current_business() and reseller_id = ${resellerId}`,
  )) ?? { recovers: 'nothing' }

/** For what ends from now on. */
export async function saveTerms(tx: Tx, shop: Shop, resellerId: string, { recovers }: ResellerTerms): Promise<void> {
  await readChild(tx, resellerId)
  await run(
    tx,
    sql`insert into reseller_terms (business_id, reseller_id, recovers) values (${shop.businessId}, ${resellerId}, ${recovers})
      on conflict (business_id, reseller_id) do update set recovers = excluded.recovers, version = reseller_terms.version + 1`,
  )
  await record(tx, shop, shop.now(), {
    type: 'reseller.terms_changed',
    subjectType: 'reseller',
    subjectId: resellerId,
    data: { recovers },
  })
}
