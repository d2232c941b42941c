/** Credits that could not be bought by themselves: holder and issuer are told, once until some are bought. */
import { type App, type Shop, transaction } from '#app.ts'
import { inTransaction, maybe, rows, run, sql } from '#platform/db.ts'
import { invoiceNumber } from '../billing/rules.ts'
import { openShop } from '../people/business.ts'
import { raiseOnce, tellOnce } from './tell-owners.ts'

export const topUpFailed = 'top_up_failed'

/** `shop` is the issuer's. */
export async function tellTopUpFailed(shop: Shop, resellerId: string, why: string): Promise<void> {
  const holder = await openShop(shop.app, resellerId, 'system')
  const title = 'Credits could not be bought by themselves'
  await tell(
    holder,
    resellerId,
    title,
    `${why} Buy some on your page of credits, or let another payment method be kept.`,
  )
  await tell(shop, resellerId, `${title} for ${holder.name}`, why)
}

/** Whoever issues them reads it among what needs attention; the holder's lines are about to wait, so he is written to. */
const tell = (shop: Shop, holder: string, title: string, detail: string): Promise<boolean> =>
  transaction(shop, 'tell-top-up-failed', (tx) =>
    (holder === shop.businessId ? tellOnce : raiseOnce)(
      tx,
      shop,
      holder,
      { kind: topUpFailed, title, detail, severity: 'warn' },
      shop.now(),
    ),
  )

/** One round over purchases by themselves that a bank declined, or wants to be confirmed: the invoice waits to be paid, and so does the next purchase. */
export async function tellDeclined(app: App): Promise<void> {
  const declined = await inTransaction(app.db, { role: 'lookup' }, 'declined-top-ups', (tx) =>
    rows(
      tx,
      sql<{
        businessId: string
        orderId: string
      }>`select business_id as "businessId", order_id as "orderId" from declined_top_ups(200)`,
    ),
  )
  for (const { businessId, orderId } of declined)
    await tellDeclinedOrder(await openShop(app, businessId, 'system'), orderId).catch((error: unknown) =>
      app.log.error('a declined purchase of credits could not be told', {
        business: businessId,
        order: orderId,
        error,
      }),
    )
}

async function tellDeclinedOrder(shop: Shop, orderId: string): Promise<void> {
  const found = await transaction(shop, 'read-credit-order', (tx) =>
    maybe(
      tx,
      sql<{
        resellerId: string
        series: string | null
        number: number | null
      }>`select o.reseller_id as "resellerId", v.series, v.number
        from credit_orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
        where o.business_id = current_business() and o.id = ${orderId} and o.status = 'open'`,
    ),
  )
  if (found === null) return
  await tellTopUpFailed(
    shop,
    found.resellerId,
    `The saved payment method did not pay invoice ${invoiceNumber(found.series, found.number)}. It can still be paid; until then nothing more is bought.`,
  )
  await transaction(shop, 'note-top-up-told', (tx) =>
    run(
      tx,
      sql`update credit_orders set told_at = ${shop.now()} where business_id = current_business() and id = ${orderId} and told_at is null`,
    ),
  )
}
