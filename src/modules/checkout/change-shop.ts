/** Changes how a shop presents itself and in what it counts. */
import type { Shop } from '#app.ts'
import { one, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { type BusinessChange, changeBusiness, readBusiness } from '../people/business.ts'

/** The currency only while nothing was asked for in the old one: books and prices would not follow. */
export async function changeShop(tx: Tx, shop: Shop, change: BusinessChange): Promise<void> {
  const before = await readBusiness(tx)
  if (change.currency !== undefined && change.currency !== before.currency && (await hasInvoices(tx)))
    throw new Refusal('invalid_input', 'The currency cannot be changed any more.', [
      {
        pointer: '/currency',
        code: 'in_use',
        detail: `There are invoices in ${before.currency} already. Add prices in ${change.currency} to your plans instead.`,
      },
    ])
  await changeBusiness(tx, shop, change)
  await record(tx, shop, shop.now(), {
    type: 'business.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { fields: Object.keys(change) },
  })
}

const hasInvoices = async (tx: Tx): Promise<boolean> =>
  (
    await one(
      tx,
      sql<{ found: boolean }>`select exists (select from invoices where business_id = current_business()) as found`,
    )
  ).found
