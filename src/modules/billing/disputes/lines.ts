/** What becomes of the lines that disputed money paid for, as the business decided. Each act is told in the subscription's history. */
import type { Shop } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { isAfter } from '#platform/time.ts'
import { readSetting } from '../../people/settings.ts'
import { changeSubscription } from '../../subscriptions/change-subscription.ts'
import { lockSubscription } from '../../subscriptions/queries.ts'
import { resume, suspend } from '../../subscriptions/rules/subscription.ts'
import { endNow } from '../cancel-subscription.ts'
import { subscriptionsOfInvoice } from '../charge-facts.ts'
import { invoicesOf, type Payment } from '../queries.ts'
import { isFrozen } from './freeze.ts'
import { type Dispute, frozenReason } from './rules.ts'
import { disputeSetting } from './settings.ts'

const reasonOf = ({ id }: Payment) => `payment ${id} is disputed`

/** What it paid for, on every invoice that it paid. */
async function soldFor(tx: Tx, payment: Payment): Promise<{ id: string }[]> {
  const found: { id: string }[] = []
  for (const invoiceId of invoicesOf(payment)) found.push(...(await subscriptionsOfInvoice(tx, invoiceId)))
  return found.filter(({ id }, place) => found.findIndex((each) => each.id === id) === place)
}

/** Money was taken: cut off until it is decided, ended at once, or left as it is. */
export async function suspendFor(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  dispute: Dispute,
  now: Temporal.Instant,
): Promise<void> {
  const { when_opened: act } = await readSetting(tx, shop, disputeSetting)
  if (act === 'keep') return
  for (const { id } of await soldFor(tx, payment)) {
    const before = await lockSubscription(tx, id)
    if (act === 'end') await endOne(tx, shop, payment, id, now)
    else if (['trial', 'active', 'grace'].includes(before.status)) {
      await changeSubscription(tx, shop, id, now, () => suspend(now), { reason: reasonOf(payment), locked: before })
      await run(
        tx,
        sql`update disputes set suspended = array_append(suspended, ${id}) where business_id = current_business() and id = ${dispute.id}`,
      )
    }
  }
}

/** Lost: what was not served of the time is taken back, or it goes on as it stands. */
export async function endFor(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  dispute: Dispute,
  now: Temporal.Instant,
): Promise<void> {
  const { when_lost: act } = await readSetting(tx, shop, disputeSetting)
  if (act === 'keep') return goOnAfter(tx, shop, payment, dispute, now)
  for (const { id } of await soldFor(tx, payment)) await endOne(tx, shop, payment, id, now)
}

async function endOne(tx: Tx, shop: Shop, payment: Payment, id: string, now: Temporal.Instant): Promise<void> {
  const subscription = await lockSubscription(tx, id)
  if (subscription.status === 'pending' || subscription.status === 'terminated') return
  await endNow(tx, shop, { subscription, givesUp: true, because: 'refunded' }, reasonOf(payment), now)
}

/** Won, or over: what was suspended for it comes back where its time still runs; the rest waits for a payment as before. */
export async function goOnAfter(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  { suspended }: Dispute,
  now: Temporal.Instant,
): Promise<void> {
  for (const id of suspended) {
    const before = await lockSubscription(tx, id)
    const runs = before.paidThrough !== null && isAfter(before.paidThrough, now)
    if (before.status !== 'suspended' || !runs) continue
    await changeSubscription(tx, shop, id, now, (each) => resume(each, now), {
      reason: `the dispute of payment ${payment.id} is over`,
      locked: before,
    })
  }
  if (!(await isFrozen(tx, payment.customerId))) await askAgain(tx, payment.customerId, now)
}

/** Steps that were passed over while nothing could be asked of him are looked at after all; the engine drops what comes too late. */
export async function askAgain(tx: Tx, customerId: string, now: Temporal.Instant): Promise<void> {
  await run(
    tx,
    sql`with again as (delete from steps_done d using subscriptions s
        where d.business_id = current_business() and s.business_id = d.business_id and s.id = d.subscription_id and s.customer_id = ${customerId}
          and d.period_end = s.paid_through and d.outcome = 'skipped' and d.reason = ${frozenReason}
        returning d.subscription_id)
      update subscriptions s set next_step_at = ${now}
      where s.business_id = current_business() and s.id in (select subscription_id from again) and s.status in ('trial', 'active', 'grace', 'suspended')`,
  )
}
