/**
 * The one door to a subscription. State, period, history and consequence move together: the row is locked, a pure decision is
 * asked, and what follows from it (the line's wish, the engine's next look) is written in the same transaction.
 */
import type { Shop } from '#app.ts'
import { run, sql, type Tx, together } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { wantLine } from '../lines/want-line.ts'
import { keptPolicy, lockSubscription } from './queries.ts'
import { accessOf, nextStep, type Policy, timeline } from './rules/policy.ts'
import type { Change, Subscription } from './rules/subscription.ts'

export type Decision = (subscription: Subscription) => Change | null

/** Null from the decision: nothing changes. `invoiceItemId` is what paid for the period; it can buy only one, forever. */
export async function changeSubscription(
  tx: Tx,
  shop: Shop,
  id: string,
  now: Temporal.Instant,
  decide: Decision,
  why: { actor?: string; reason?: string; invoiceItemId?: string } = {},
): Promise<Subscription> {
  const before = await lockSubscription(tx, id)
  const change = decide(before)
  if (change === null) return before
  const policy = await keptPolicy(tx, shop, change.next.policyId ?? before.policyId)
  const after: Subscription = { ...before, ...change.next, version: before.version + 1 }
  const access = accessOf(after, policy)
  await together([
    save(tx, { ...after, ...engineLooks(after, change, policy, now) }),
    change.period === undefined ? undefined : addPeriod(tx, shop, id, change.period, why.invoiceItemId ?? null, now),
    record(tx, shop, now, {
      type: `subscription.${change.event}`,
      subjectType: 'subscription',
      subjectId: id,
      customerId: before.customerId,
      ...(why.actor === undefined ? {} : { actor: why.actor }),
      data: {
        from: before.status,
        to: after.status,
        paid_through_before: before.paidThrough?.toString() ?? null,
        paid_through: after.paidThrough?.toString() ?? null,
        ...(why.reason === undefined ? {} : { reason: why.reason }),
      },
    }),
    access === null ? undefined : wantLine(tx, shop, id, access, now),
  ])
  return after
}

/**
 * When the engine looks next: at once, since it alone knows what is done; but nothing is done yet in a period that just began, so its
 * first step can be named here and saves the engine a look at every sale.
 */
function engineLooks(
  after: Subscription,
  change: Change,
  policy: Policy,
  now: Temporal.Instant,
): Pick<Subscription, 'nextStepAt' | 'nextStep'> {
  if (after.status === 'terminated') return { nextStepAt: null, nextStep: null }
  if (change.period === undefined) return { nextStepAt: now, nextStep: null }
  const first = nextStep(timeline(after, policy, change.period.starts), new Set())
  return { nextStepAt: first?.at ?? null, nextStep: first?.key ?? null }
}

const save = (tx: Tx, s: Subscription) =>
  run(
    tx,
    sql`update subscriptions set status = ${s.status}, anchor_day = ${s.anchorDay}, paid_through = ${s.paidThrough}, suspended_at = ${s.suspendedAt},
        terminated_at = ${s.terminatedAt}, terminated_because = ${s.terminatedBecause}, paused_at = ${s.pausedAt}, plan_id = ${s.planId}, price_minor = ${s.priceMinor},
        term_unit = ${s.term.unit}, term_count = ${s.term.count}, policy_id = ${s.policyId}, auto_renew = ${s.autoRenew}, cancel_at_end = ${s.cancelAtEnd},
        hold_until = ${s.holdUntil}, waiting_for = ${s.waitingFor}, next_step_at = ${s.nextStepAt}, next_step = ${s.nextStep}, version = ${s.version}
      where business_id = current_business() and id = ${s.id}`,
  )

const addPeriod = (
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  period: NonNullable<Change['period']>,
  invoiceItemId: string | null,
  now: Temporal.Instant,
) =>
  run(
    tx,
    sql`insert into periods (business_id, id, subscription_id, starts, ends, kind, invoice_item_id, created_at)
      values (${shop.businessId}, ${newId('per', shop.app.clock)}, ${subscriptionId}, ${period.starts}, ${period.ends}, ${period.kind}, ${invoiceItemId}, ${now})`,
  )

/** Customer or staff switch renewal off and on; nothing is cut before the paid end. */
export const setAutoRenew = (
  tx: Tx,
  shop: Shop,
  id: string,
  autoRenew: boolean,
  now: Temporal.Instant,
  reason?: string,
): Promise<Subscription> =>
  changeSubscription(
    tx,
    shop,
    id,
    now,
    (s) => (s.autoRenew === autoRenew ? null : { event: 'noted', next: { autoRenew } }),
    {
      reason: `auto-renew ${autoRenew ? 'on' : 'off'}${reason ? `: ${reason}` : ''}`,
    },
  )

/** Staff: do not suspend before an instant. Null lifts the hold. */
export const holdSuspension = (
  tx: Tx,
  shop: Shop,
  id: string,
  until: Temporal.Instant | null,
  now: Temporal.Instant,
  reason: string,
): Promise<Subscription> =>
  changeSubscription(tx, shop, id, now, () => ({ event: 'noted', next: { holdUntil: until } }), {
    reason: `${until === null ? 'hold lifted' : 'do not suspend'}: ${reason}`,
  })
