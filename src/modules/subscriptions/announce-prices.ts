/**
 * A started campaign finds whom it reaches, writes what each pays and is to pay, and queues the announcement: in batches, each a
 * commit of its own that nudges the next. Safe to repeat: who has his row is left alone. A stopped one takes them back likewise.
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { record } from '../events/record.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { announcePricesJob, withdrawPricesJob } from './jobs.ts'
import { candidates } from './preview-campaign.ts'
import { readCampaign } from './price-campaigns.ts'
import { announcementClaim, endPriceChange, takeBackPlannedEnd } from './price-changes.ts'
import { reach } from './rules/price-change.ts'
import type { Subscription } from './rules/subscription.ts'

/** Small enough that the rows are not held for long. */
const batch = 200

export async function announcePrices(shop: Shop, which: { campaignId: string; after?: string | undefined }) {
  const now = shop.now()
  await transaction(shop, 'announce-prices', async (tx) => {
    const campaign = await readCampaign(tx, which.campaignId)
    if (campaign.status !== 'running' || campaign.announcedAt !== null) return
    const found = await candidates(tx, campaign, which.after ?? '', batch, true)
    await forgetStopped(
      tx,
      found.map(({ subscription }) => subscription.id),
      now,
    )
    for (const candidate of found) {
      const verdict = reach(campaign, candidate)
      if ('newMinor' in verdict) await announce(tx, shop, campaign.id, candidate.subscription, verdict.newMinor, now)
    }
    const last = found.at(-1)
    if (found.length === batch && last !== undefined)
      return enqueue(tx, announcePricesJob, {
        businessId: shop.businessId,
        campaignId: campaign.id,
        after: last.subscription.id,
      })
    await run(
      tx,
      sql`update price_campaigns set announced_at = ${now} where business_id = current_business() and id = ${campaign.id}`,
    )
  })
}

async function announce(
  tx: Tx,
  shop: Shop,
  campaignId: string,
  { id, customerId, currency, priceMinor }: Subscription,
  newMinor: bigint,
  now: Temporal.Instant,
): Promise<void> {
  const changeId = newId('pch', shop.app.clock)
  const made = await run(
    tx,
    sql`insert into price_changes (business_id, id, campaign_id, subscription_id, customer_id, currency, old_minor, new_minor, status, created_at)
      values (${shop.businessId}, ${changeId}, ${campaignId}, ${id}, ${customerId}, ${currency}, ${priceMinor}, ${newMinor}, 'announced', ${now})
      on conflict (business_id, campaign_id, subscription_id) do nothing`,
  )
  if (made === 0) return
  await record(tx, shop, now, {
    type: 'subscription.price_announced',
    subjectType: 'subscription',
    subjectId: id,
    customerId,
    data: {
      campaign: campaignId,
      price_change: changeId,
      before: priceMinor.toString(),
      amount: newMinor.toString(),
      currency,
    },
  })
  await tellPriceChange(tx, shop, { id: changeId, subscriptionId: id, customerId, occasion: 1 }, now)
}

/** The notice begins when a transport has accepted this. */
export const tellPriceChange = (
  tx: Tx,
  shop: Shop,
  change: { id: string; subscriptionId: string; customerId: string; occasion: number },
  now: Temporal.Instant,
): Promise<boolean> =>
  queueMessage(
    tx,
    shop,
    {
      template: 'price_change',
      claim: announcementClaim(change.id, change.occasion),
      customerId: change.customerId,
      about: { subscription_id: change.subscriptionId, price_change_id: change.id },
    },
    now,
  )

/** What a stopped campaign left open for an invoice that was taken back later. */
const forgetStopped = (tx: Tx, ids: readonly string[], now: Temporal.Instant) =>
  run(
    tx,
    sql`update price_changes p set status = 'canceled', ended_at = ${now}, end_reason = 'the campaign was stopped' from price_campaigns c
      where p.business_id = current_business() and p.subscription_id = any (${ids}::text[]) and p.ended_at is null
        and c.business_id = p.business_id and c.id = p.campaign_id and c.status = 'stopped'`,
  )

type Open = {
  id: string
  subscriptionId: string
  customerId: string
  occasion: number
  endPlannedAt: Temporal.Instant | null
}

export async function withdrawPrices(shop: Shop, which: { campaignId: string; after?: string | undefined }) {
  const now = shop.now()
  await transaction(shop, 'withdraw-prices', async (tx) => {
    const campaign = await readCampaign(tx, which.campaignId)
    if (campaign.status !== 'stopped') return
    const found = await rows(
      tx,
      // Who has an invoice at the new price keeps it: paying it applies the change.
      sql<Open>`select p.id, p.subscription_id as "subscriptionId", p.customer_id as "customerId", p.occasion, p.end_planned_at as "endPlannedAt" from price_changes p
        where p.business_id = current_business() and p.campaign_id = ${campaign.id} and p.ended_at is null and p.id > ${which.after ?? ''}
          and not exists (select from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status <> 'void'
            where i.business_id = p.business_id and i.price_change_id = p.id)
        order by p.id limit ${batch}`,
    )
    for (const change of found) {
      await takeBackPlannedEnd(tx, shop, change.subscriptionId, change, 'the new price was taken back', now)
      await endPriceChange(tx, change.id, 'canceled', campaign.stopReason ?? '', now)
      await tellPriceStays(tx, shop, change, now)
    }
    const last = found.at(-1)
    if (found.length === batch && last !== undefined)
      await enqueue(tx, withdrawPricesJob, { businessId: shop.businessId, campaignId: campaign.id, after: last.id })
  })
}

/** Says something only to those whom the announcement has reached (`billing/tell-price.ts`). */
export const tellPriceStays = (
  tx: Tx,
  shop: Shop,
  change: Pick<Open, 'id' | 'subscriptionId' | 'customerId' | 'occasion'>,
  now: Temporal.Instant,
): Promise<boolean> =>
  queueMessage(
    tx,
    shop,
    {
      template: 'price_kept',
      claim: `price_kept/${change.id}/${change.occasion}`,
      customerId: change.customerId,
      about: { subscription_id: change.subscriptionId, price_change_id: change.id },
    },
    now,
  )
