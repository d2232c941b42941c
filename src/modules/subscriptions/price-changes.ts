/** Prices to come, as they are stored: at most one is open for a subscription. Campaigns make them (`price-campaigns.ts`). */
import type { Shop } from '#app.ts'
import { asked, type Batch, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isBefore } from '#platform/time.ts'
import { changeSubscription } from './change-subscription.ts'
import { lockSubscription } from './queries.ts'
import { type ChangeStatus, type ComingPrice, earliestStart } from './rules/price-change.ts'
import type { Subscription } from './rules/subscription.ts'
import { undoSteps } from './up-until.ts'

/** The occasion of the announcement; told anew, it is another one. */
export const announcementClaim = (changeId: string, occasion: number): string => `price_change/${changeId}/${occasion}`

/** When the announcement of the change `p` reached the customer, as far as we can know. */
export const toldAt = sql`(select min(coalesce(m.accepted_at, a.closed_at)) from message_claims mc
  join messages m on m.business_id = mc.business_id and m.id = mc.message_id
  left join attention a on a.business_id = m.business_id and a.kind = 'message_by_hand' and a.subject_id = m.id
  where mc.business_id = p.business_id and mc.claim = 'price_change/' || p.id || '/' || p.occasion)`

type Row = ComingPrice & { subscriptionId: string }

/** The price to come of each that has one, of a campaign that runs. */
export async function comingPricesOf(tx: Tx, subscriptionIds: readonly string[]): Promise<Map<string, ComingPrice>> {
  if (subscriptionIds.length === 0) return new Map()
  const found = await rows(tx, coming.many(subscriptionIds))
  return new Map(found.map(({ subscriptionId, ...price }) => [subscriptionId, price]))
}

const coming: Batch<string, Row> = {
  keyOf: (id) => id,
  keyOfRow: ({ subscriptionId }) => subscriptionId,
  many: (subscriptionIds) =>
    sql`select p.subscription_id as "subscriptionId", p.id, p.campaign_id as "campaignId", p.status, p.old_minor as "oldMinor", p.new_minor as "newMinor",
        p.end_planned_at as "endPlannedAt", c.note, c.effective_at as "effectiveAt", c.notice_days as "noticeDays", c.consent, c.silence, ${toldAt} as "toldAt"
      from price_changes p join price_campaigns c on c.business_id = p.business_id and c.id = p.campaign_id and c.status = 'running'
      where p.business_id = current_business() and p.subscription_id = any (${subscriptionIds}::text[]) and p.ended_at is null`,
}

export async function comingPriceOf(tx: Tx, subscriptionId: string): Promise<ComingPrice | null> {
  const [found] = await asked(tx, coming, subscriptionId)
  if (found === undefined) return null
  const { subscriptionId: _of, ...price } = found
  return price
}

export type StoredPriceChange = {
  id: string
  campaignId: string
  campaign: string
  subscriptionId: string
  customerId: string
  currency: string
  oldMinor: bigint
  newMinor: bigint
  status: ChangeStatus
  toldAt: Temporal.Instant | null
  answeredAt: Temporal.Instant | null
  endedAt: Temporal.Instant | null
  endReason: string
  createdAt: Temporal.Instant
}

export const storedColumns = sql`p.id, p.campaign_id as "campaignId", c.name as campaign, p.subscription_id as "subscriptionId", p.customer_id as "customerId",
  p.currency, p.old_minor as "oldMinor", p.new_minor as "newMinor", p.status, ${toldAt} as "toldAt", p.answered_at as "answeredAt", p.ended_at as "endedAt",
  p.end_reason as "endReason", p.created_at as "createdAt"`

export const findPriceChange = (tx: Tx, id: string): Promise<StoredPriceChange | null> =>
  maybe(
    tx,
    sql<StoredPriceChange>`select ${storedColumns} from price_changes p join price_campaigns c on c.business_id = p.business_id and c.id = p.campaign_id
      where p.business_id = current_business() and p.id = ${id}`,
  )

/** The one door to its end; what has ended stays. */
export const endPriceChange = (
  tx: Tx,
  id: string,
  status: Exclude<ChangeStatus, ComingPrice['status']>,
  reason: string,
  now: Temporal.Instant,
): Promise<number> =>
  run(
    tx,
    sql`update price_changes set status = ${status}, ended_at = ${now}, end_reason = ${reason}
      where business_id = current_business() and id = ${id} and ended_at is null`,
  )

/** Something else was agreed for the subscription, so that what was announced is void. */
export const dropPriceChange = (tx: Tx, subscriptionId: string, reason: string, now: Temporal.Instant) =>
  run(
    tx,
    sql`update price_changes set status = 'canceled', ended_at = ${now}, end_reason = ${reason}
      where business_id = current_business() and subscription_id = ${subscriptionId} and ended_at is null`,
  )

/** The invoice that asks for the new price, unpaid or paid; null: none was made. */
export const invoiceOfPriceChange = async (tx: Tx, id: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{ invoiceId: string }>`select i.invoice_id as "invoiceId" from invoice_items i
        join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status <> 'void'
        where i.business_id = current_business() and i.price_change_id = ${id} limit 1`,
    )
  )?.invoiceId ?? null

/** Nobody agreed in time: the end of the subscription was planned. */
export const noteEndPlanned = (tx: Tx, id: string, now: Temporal.Instant): Promise<number> =>
  run(
    tx,
    sql`update price_changes set end_planned_at = ${now} where business_id = current_business() and id = ${id} and end_planned_at is null`,
  )

/** The end that was planned for want of an answer is taken back: the renewal is asked for as if nothing had been. */
export async function takeBackPlannedEnd(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  { id, endPlannedAt }: Pick<ComingPrice, 'id' | 'endPlannedAt'>,
  reason: string,
  now: Temporal.Instant,
): Promise<Subscription> {
  const before = await lockSubscription(tx, subscriptionId)
  if (endPlannedAt === null) return before
  await run(
    tx,
    sql`update price_changes set end_planned_at = null where business_id = current_business() and id = ${id}`,
  )
  if (!before.cancelAtEnd || before.status === 'terminated') return before
  const change = { event: 'cancel_undone', next: { cancelAtEnd: false } } as const
  const after = await changeSubscription(tx, shop, subscriptionId, now, () => change, { reason })
  await undoSteps(tx, after, ['issue_invoice'])
  return after
}

/**
 * Refuses to move the end of paid time before the instant from which a new price may be asked, while an unpaid invoice asks for it: that
 * invoice would then stand for a period that was announced at the old price.
 */
export async function refuseBeforeNotice(tx: Tx, subscriptionId: string, to: Temporal.Instant): Promise<void> {
  const coming = await comingPriceOf(tx, subscriptionId)
  if (coming === null || coming.toldAt === null || !isBefore(to, earliestStart(coming, coming.toldAt))) return
  if ((await invoiceOfPriceChange(tx, coming.id)) === null) return
  throw new Refusal(
    'conflict',
    'The open invoice asks for a new price that was announced for a later day. Make a price exception first, or choose a later end.',
  )
}
