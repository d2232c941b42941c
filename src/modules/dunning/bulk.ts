/**
 * What staff do for many subscriptions of the renewal queue at once, in one commit: a hold, free days, or a personal message. Who cannot
 * have it is left out with the reason; nothing is half done for anybody.
 */
import { type Shop, transaction } from '#app.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { freeDays } from '../subscriptions/by-hand.ts'
import { holdSuspension } from '../subscriptions/change-subscription.ts'
import { type SubscriptionRow, subscriptionColumns, subscriptionOf } from '../subscriptions/queries.ts'
import { type BulkAct, whyLeftOut } from './rules/bulk.ts'

/** More than this is no act for a morning. */
export const mostAtOnce = 500

export type Done = { done: string[]; leftOut: { id: string; why: string }[] }

/** In one order, so that two at once do not wait for each other in a circle. */
async function weigh(tx: Tx, ids: readonly string[], act: BulkAct, now: Temporal.Instant) {
  if (ids.length === 0 || ids.length > mostAtOnce)
    throw new Refusal('invalid_input', 'Please choose some subscriptions.', [
      { pointer: '/subscription_ids', code: 'out_of_range', detail: `At least one, at most ${mostAtOnce} at once.` },
    ])
  const found = await rows(
    tx,
    sql<SubscriptionRow>`select ${subscriptionColumns} from subscriptions where business_id = current_business() and id = any (${ids}::text[]) order by id for update`,
  )
  if (found.length < new Set(ids).size) throw new Refusal('not_found', 'One of these subscriptions is not there.')
  return found.map((row) => {
    const subscription = subscriptionOf(row)
    return { subscription, why: whyLeftOut(act, subscription, now) }
  })
}

export function holdMany(shop: Shop, ids: readonly string[], until: Temporal.Instant, reason: string): Promise<Done> {
  const now = shop.now()
  return transaction(shop, 'hold-many', async (tx) => {
    const weighed = await weigh(tx, ids, { act: 'hold', until }, now)
    for (const { subscription, why } of weighed)
      if (why === null) await holdSuspension(tx, shop, subscription.id, until, now, reason)
    return doneOf(weighed)
  })
}

export function freeDaysForMany(shop: Shop, ids: readonly string[], days: number, reason: string): Promise<Done> {
  const now = shop.now()
  return transaction(shop, 'free-days-for-many', async (tx) => {
    if (!Number.isInteger(days) || days < 1 || days > 365)
      throw new Refusal('invalid_input', 'Please check the number of days.', [
        { pointer: '/days', code: 'out_of_range', detail: 'Please enter a whole number from 1 to 365.' },
      ])
    const weighed = await weigh(tx, ids, { act: 'free_days' }, now)
    for (const { subscription, why } of weighed)
      if (why === null) await freeDays(tx, shop, subscription.id, days, reason, now)
    return doneOf(weighed)
  })
}

/** `marketing`: only to those who agreed to offers. */
export type Outreach = { subject: string; body: string; marketing: boolean }

/**
 * One message to each customer, however many of his lines are among them. Who renews before it is sent gets none: the end of paid time that
 * it was written for is compared when it leaves (`tell-outreach.ts`).
 */
export function writeToMany(shop: Shop, ids: readonly string[], outreach: Outreach): Promise<Done & { id: string }> {
  const now = shop.now()
  return transaction(shop, 'write-to-many', async (tx) => {
    const weighed = await weigh(tx, ids, { act: 'message' }, now)
    const id = newId('out', shop.app.clock)
    await run(
      tx,
      sql`insert into outreaches (business_id, id, subject, body, marketing, created_at, created_by)
        values (${shop.businessId}, ${id}, ${outreach.subject}, ${outreach.body}, ${outreach.marketing}, ${now}, ${shop.actor})`,
    )
    const told = []
    for (const { subscription, why } of weighed) {
      const queued =
        why === null &&
        (await queueMessage(
          tx,
          shop,
          {
            template: 'personal_message',
            claim: `personal_message/${id}/${subscription.customerId}`,
            customerId: subscription.customerId,
            about: {
              outreach_id: id,
              subscription_id: subscription.id,
              period_end: String(subscription.paidThrough),
            },
            kind: outreach.marketing ? 'marketing' : 'service',
          },
          now,
        ))
      if (why === null)
        await run(
          tx,
          sql`insert into outreach_recipients (business_id, outreach_id, subscription_id, period_end, queued)
            values (${shop.businessId}, ${id}, ${subscription.id}, ${subscription.paidThrough}, ${queued})`,
        )
      told.push({ subscription, why: why ?? (queued ? null : notWritten) })
    }
    await record(tx, shop, now, {
      type: 'outreach.sent',
      subjectType: 'outreach',
      subjectId: id,
      data: { count: told.filter(({ why }) => why === null).length },
    })
    return { id, ...doneOf(told) }
  })
}

const notWritten = 'He has this message for another line, does not take offers, or was erased.'

const doneOf = (weighed: readonly { subscription: { id: string }; why: string | null }[]): Done => ({
  done: weighed.flatMap(({ subscription, why }) => (why === null ? [subscription.id] : [])),
  leftOut: weighed.flatMap(({ subscription, why }) => (why === null ? [] : [{ id: subscription.id, why }])),
})
