/** Why a suspension must wait. Each wait has a bound; at the bound a person is asked instead of a paying customer cut off. */
import type { Shop } from '#app.ts'
import { one, rows, sql, type Tx } from '#platform/db.ts'
import { isAfter, plusHours } from '#platform/time.ts'
import { openAttemptsOf, renewalInvoiceOf } from '../billing/queries.ts'
import { holdsStill, pendingHoldsUntil } from '../billing/rules.ts'
import { wasDelivered } from '../messages/queries.ts'
import { raise } from '../people/attention.ts'
import type { PlannedStep } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'

export type Wait = { until: Temporal.Instant; reason: string }

/** How long a missing delivery holds a suspension back before staff are asked. */
const undeliveredHours = 7 * 24

/** Null: nothing speaks against it. */
export async function guardSuspension(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  now: Temporal.Instant,
): Promise<Wait | null> {
  const asksMoney = subscription.status !== 'trial' && subscription.autoRenew && !subscription.cancelAtEnd
  return (
    (await pendingPayment(tx, subscription, now)) ??
    (asksMoney ? await undelivered(tx, shop, subscription, step, now) : null) ??
    (await incident(tx, subscription, now)) ??
    (await blastRadius(tx, shop, subscription, now))
  )
}

/** (a) Money may be on its way: up to 72 h after the attempt (F25, F90). */
async function pendingPayment(tx: Tx, subscription: Subscription, now: Temporal.Instant): Promise<Wait | null> {
  const holding = (await openAttemptsOf(tx, subscription.id)).find((each) => holdsStill(each.createdAt, now))
  if (holding === undefined) return null
  const [soon, bound] = [plusHours(now, 1), pendingHoldsUntil(holding.createdAt)]
  return { until: isAfter(soon, bound) ? bound : soon, reason: 'a payment is on its way' }
}

/** (b) Nobody is cut off for an invoice that he never got: up to 7 days, then a person decides (F34, F93). */
async function undelivered(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  now: Temporal.Instant,
): Promise<Wait | null> {
  const invoice =
    subscription.paidThrough === null ? null : await renewalInvoiceOf(tx, subscription.id, subscription.paidThrough)
  const claims = ['renewal_invoice', 'renewal_reminder', 'grace'].flatMap((template) =>
    ['invoice', 'remind_3d', 'remind_1d', 'remind_0d', 'grace'].map(
      (key) => `${template}/${subscription.id}/${subscription.paidThrough}/${key}`,
    ),
  )
  if (invoice !== null && (await wasDelivered(tx, claims))) return null
  const reason = invoice === null ? 'there is no invoice for this period' : 'no message about the invoice was delivered'
  if (isAfter(now, plusHours(step.at, undeliveredHours))) await ask(tx, shop, subscription, reason, now)
  return { until: plusHours(now, isAfter(now, plusHours(step.at, undeliveredHours)) ? 24 : 1), reason }
}

/** (c) The panel is in trouble: who could not watch is not cut off meanwhile. */
async function incident(tx: Tx, subscription: Subscription, now: Temporal.Instant): Promise<Wait | null> {
  const open = await rows(
    tx,
    sql`select from incidents i join lines l on l.business_id = i.business_id and l.panel_id = i.panel_id
      where i.business_id = current_business() and i.closed_at is null and l.subscription_id = ${subscription.id} limit 1`,
  )
  return open.length === 0 ? null : { until: plusHours(now, 1), reason: 'its panel is in trouble' }
}

/** (d) More than 5 % of the lines, at least 10, within an hour: the run parks and asks. */
async function blastRadius(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  now: Temporal.Instant,
): Promise<Wait | null> {
  const { suspended, lines, allowed } = await one(
    tx,
    sql<{ suspended: number; lines: number; allowed: boolean }>`select
      (select count(*)::int from events where business_id = current_business() and type = 'subscription.suspended' and at > ${plusHours(now, -1)}) as suspended,
      (select count(*)::int from lines where business_id = current_business() and wanted = 'active') as lines,
      exists (select from attention where business_id = current_business() and kind = 'mass_suspension' and closed_at > ${plusHours(now, -12)}) as allowed`,
  )
  const most = Math.max(10, Math.floor(lines * 0.05))
  if (suspended < most || allowed) return null
  await raise(
    tx,
    shop,
    {
      kind: 'mass_suspension',
      subjectType: 'business',
      subjectId: shop.businessId,
      title: `${suspended} lines were suspended within an hour; the rest waits for you`,
      detail: 'Mark this as done to let the waiting suspensions go on.',
      severity: 'bad',
    },
    now,
  )
  return {
    until: plusHours(now, 1),
    reason: `more than ${most} suspensions within an hour wait for a person (${subscription.id})`,
  }
}

const ask = (tx: Tx, shop: Shop, subscription: Subscription, reason: string, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind: 'suspension_waits',
      subjectType: 'subscription',
      subjectId: subscription.id,
      title: 'A suspension waits for your decision',
      detail: `It is overdue, but ${reason}. Tell the customer and suspend by hand, or extend.`,
      severity: 'warn',
    },
    now,
  )
