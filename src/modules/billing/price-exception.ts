/**
 * Staff promise a customer the price that he pays: no campaign touches it while the promise stands. What was announced to him is
 * void, and an unpaid invoice at the new price is taken back for one at the agreed price. Taken back itself, he is told anew.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, one, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { tellPriceChange, tellPriceStays } from '../subscriptions/announce-prices.ts'
import { exceptionUndone, noteOverride } from '../subscriptions/overrides.ts'
import {
  comingPriceOf,
  endPriceChange,
  invoiceOfPriceChange,
  takeBackPlannedEnd,
} from '../subscriptions/price-changes.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { replaceRenewal } from './withdraw-invoice.ts'

export type PriceException = { id: string; reason: string; by: string; createdAt: Temporal.Instant }

/** The one that stands; null: none does. */
export const priceExceptionOf = (tx: Tx, subscriptionId: string): Promise<PriceException | null> =>
  maybe(
    tx,
    sql<PriceException>`select id, reason, by, created_at as "createdAt" from price_exceptions
      where business_id = current_business() and subscription_id = ${subscriptionId} and ended_at is null`,
  )

export function makePriceException(shop: Shop, subscriptionId: string, reason: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'make-price-exception', async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId)
    if (subscription.status === 'pending' || subscription.status === 'terminated')
      throw new Refusal('conflict', 'Only a subscription that has begun and not ended has a price to keep.')
    if ((await priceExceptionOf(tx, subscriptionId)) !== null)
      throw new Refusal('conflict', 'This subscription keeps its price already.')
    const coming = await comingPriceOf(tx, subscriptionId)
    await run(
      tx,
      sql`insert into price_exceptions (business_id, id, subscription_id, reason, by, created_at)
        values (${shop.businessId}, ${newId('pex', shop.app.clock)}, ${subscriptionId}, ${reason}, ${shop.actor}, ${now})`,
    )
    if (coming !== null) {
      const asked = await invoiceOfPriceChange(tx, coming.id)
      await takeBackPlannedEnd(tx, shop, subscriptionId, coming, 'the price stays', now)
      await endPriceChange(tx, coming.id, 'excepted', reason, now)
      if (asked !== null && subscription.paidThrough !== null)
        await replaceRenewal(
          tx,
          shop,
          subscriptionId,
          subscription.paidThrough,
          { unlessBusy: false, again: true },
          now,
        )
      await tellPriceStays(tx, shop, await occasionOf(tx, coming.id), now)
    }
    await noteOverride(tx, shop, 'price_exception', [subscription, subscription], reason, now)
    await tell(tx, shop, subscription, 'price_kept', reason, now)
  })
}

/** What was announced before counts again where its campaign still runs; the notice begins anew, since he was told otherwise. */
export function endPriceException(shop: Shop, subscriptionId: string, reason: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'end-price-exception', (tx) => endException(tx, shop, subscriptionId, reason, now))
}

/** As `endPriceException`, inside the caller's transaction. */
export async function endException(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const subscription = await lockSubscription(tx, subscriptionId)
  const ended = await run(
    tx,
    sql`update price_exceptions set ended_at = ${now}, ended_by = ${shop.actor}, end_reason = ${reason}
        where business_id = current_business() and subscription_id = ${subscriptionId} and ended_at is null`,
  )
  if (ended === 0) throw new Refusal('conflict', 'There is no price exception to take back.')
  const revived = await maybe(
    tx,
    sql<{
      id: string
    }>`update price_changes p set status = 'announced', occasion = p.occasion + 1, ended_at = null, end_reason = '', answered_at = null, answered_by = null
        from price_campaigns c where p.business_id = current_business() and p.subscription_id = ${subscriptionId} and p.status = 'excepted'
          and c.business_id = p.business_id and c.id = p.campaign_id and c.status = 'running' and p.old_minor = ${subscription.priceMinor}
          and not exists (select from price_changes o where o.business_id = p.business_id and o.subscription_id = p.subscription_id and o.ended_at is null)
          and p.id = (select max(l.id) from price_changes l where l.business_id = p.business_id and l.subscription_id = p.subscription_id and l.status = 'excepted')
        returning p.id`,
  )
  if (revived !== null) await tellPriceChange(tx, shop, await occasionOf(tx, revived.id), now)
  await tell(tx, shop, subscription, 'price_exception_ended', reason, now)
  await exceptionUndone(tx, shop, subscriptionId, reason, now)
}

const occasionOf = (tx: Tx, id: string) =>
  one(
    tx,
    sql<{
      id: string
      subscriptionId: string
      customerId: string
      occasion: number
    }>`select id, subscription_id as "subscriptionId", customer_id as "customerId", occasion
      from price_changes where business_id = current_business() and id = ${id}`,
  )

const tell = (
  tx: Tx,
  shop: Shop,
  { id, customerId }: Subscription,
  what: string,
  reason: string,
  now: Temporal.Instant,
) =>
  record(tx, shop, now, {
    type: `subscription.${what}`,
    subjectType: 'subscription',
    subjectId: id,
    customerId,
    data: { reason },
  })
