/** The round over all who lend gateways: what was collected is read, and months are closed. */
import type { App } from '#app.ts'
import { inTransaction, rows, sql } from '#platform/db.ts'
import { openShop } from '../../people/business.ts'
import { collectFor } from './collect.ts'
import { closeMonths } from './statements.ts'

/** Several processes may. Nobody is opened who lends nothing. */
export async function collectAll(app: App): Promise<void> {
  const pairs = await inTransaction(app.db, { role: 'lookup' }, 'read-lenders', (tx) =>
    rows(
      tx,
      sql<{
        lenderId: string
        resellerId: string
      }>`select business_id as "lenderId", reseller_id as "resellerId" from lenders()`,
    ),
  )
  for (const { lenderId, resellerId } of pairs) {
    const shop = await openShop(app, lenderId, 'system')
    // A copy that nobody confirmed must not move money in the books by itself.
    if (shop.standstill !== null) continue
    await collectFor(shop, resellerId)
      .then(() => closeMonths(shop, resellerId))
      .catch((error: unknown) =>
        app.log.error('collecting for a reseller failed', { business: lenderId, reseller: resellerId, error }),
      )
  }
}
