/** The customer, or staff for him, agrees to a new price or does not, where a campaign asks for it. What is answered so already stays. */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { comingPriceOf, endPriceChange, invoiceOfPriceChange, takeBackPlannedEnd } from './price-changes.ts'
import { lockSubscription, readSubscription } from './queries.ts'
import type { Subscription } from './rules/subscription.ts'

export function answerPrice(shop: Shop, subscriptionId: string, agrees: boolean, reason = ''): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'answer-price', async (tx) => {
    const { customerId, status } = await lockSubscription(tx, subscriptionId)
    const coming = await comingPriceOf(tx, subscriptionId)
    if (coming === null || status === 'terminated') throw new Refusal('conflict', 'There is no new price to agree to.')
    if (coming.consent !== 'ask')
      throw new Refusal('conflict', 'This price takes effect by itself. Who does not want it can cancel before.')
    if (!agrees && (await invoiceOfPriceChange(tx, coming.id)) !== null)
      throw new Refusal(
        'conflict',
        'The renewal was asked for at the new price already, so it is too late to decline it.',
      )
    const answer = agrees ? 'accepted' : 'declined'
    if (coming.status === answer) return readSubscription(tx, subscriptionId)
    await run(
      tx,
      sql`update price_changes set status = ${answer}, answered_at = ${now}, answered_by = ${shop.actor} where business_id = current_business() and id = ${coming.id}`,
    )
    if (!agrees && coming.silence === 'keep') await endPriceChange(tx, coming.id, 'kept', 'declined', now)
    await record(tx, shop, now, {
      type: `subscription.price_${answer}`,
      subjectType: 'subscription',
      subjectId: subscriptionId,
      customerId,
      data: { price_change: coming.id, ...(reason === '' ? {} : { reason }) },
    })
    return agrees
      ? takeBackPlannedEnd(tx, shop, subscriptionId, coming, 'the new price was accepted', now)
      : readSubscription(tx, subscriptionId)
  })
}
