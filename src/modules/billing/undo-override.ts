/**
 * Takes back what staff decided about a subscription: an act of its own with its own reason, told in history; the first one stays there, too.
 * Refused as `conflict` where later events have made it meaningless.
 */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isAfter, laterOf } from '#platform/time.ts'
import { changeSubscription } from '../subscriptions/change-subscription.ts'
import { cutPeriods } from '../subscriptions/cut-periods.ts'
import { lockOverride, overrideUndone } from '../subscriptions/overrides.ts'
import { refuseBeforeNotice } from '../subscriptions/price-changes.ts'
import { lockSubscription } from '../subscriptions/queries.ts'
import { type Override, whyNotUndo } from '../subscriptions/rules/override.ts'
import { type Change, resume, type Subscription, suspend } from '../subscriptions/rules/subscription.ts'
import { undoSteps } from '../subscriptions/up-until.ts'
import { endException } from './price-exception.ts'

export function undoOverride(shop: Shop, subscriptionId: string, overrideId: string, reason: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'undo-override', async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId)
    const override = await lockOverride(tx, subscriptionId, overrideId)
    const why = whyNotUndo(override, subscription, now)
    if (why !== null) throw new Refusal('conflict', `This cannot be taken back. ${why}`)
    if (override.kind === 'price_exception') return endException(tx, shop, subscriptionId, reason, now)
    const change = changeOf(override, subscription, now)
    const end = change.next.paidThrough ?? null
    if (end !== null && subscription.paidThrough !== null && isAfter(subscription.paidThrough, end))
      await takeTimeBack(tx, subscriptionId, end, now)
    const after = await changeSubscription(tx, shop, subscriptionId, now, () => change, {
      reason: `${said[override.kind]} taken back: ${reason}`,
      data: { override: override.id },
    })
    if (override.kind === 'suspended') await undoSteps(tx, after, ['suspend'])
    await overrideUndone(tx, shop, override.id, reason, now)
  })
}

/** A new price is not asked for a period that begins before its notice has passed. */
async function takeTimeBack(
  tx: Tx,
  subscriptionId: string,
  end: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  await refuseBeforeNotice(tx, subscriptionId, end)
  await cutPeriods(tx, subscriptionId, end, now)
}

function changeOf({ kind, before }: Override, now: Subscription, at: Temporal.Instant): Change {
  switch (kind) {
    case 'hold':
      return { event: 'noted', next: { holdUntil: before.holdUntil } }
    case 'free_days':
    case 'end_moved': {
      const { paidThrough, anchorDay } = before
      const longer = paidThrough !== null && now.paidThrough !== null && isAfter(paidThrough, now.paidThrough)
      if (!longer || now.paidThrough === null) return { event: 'end_moved', next: { paidThrough, anchorDay } }
      // It ran out at the end that was a slip; a person's suspension with time left is another matter, and stays.
      const ranOut = now.status !== 'trial' && !isAfter(now.paidThrough, at)
      return {
        event: 'end_moved',
        // What was taken away comes back as a stretch of its own: what was sold says so already. What was off meanwhile is not paid time.
        period: {
          starts: now.status === 'suspended' ? laterOf(now.paidThrough, at) : now.paidThrough,
          ends: paidThrough,
          kind: now.status === 'trial' ? 'trial' : 'compensation',
        },
        next: { paidThrough, anchorDay, ...(ranOut ? { status: 'active' as const, suspendedAt: null } : {}) },
      }
    }
    case 'suspended':
      return resume(now, at)
    case 'resumed':
      return { ...suspend(at), next: { ...suspend(at).next, holdUntil: before.holdUntil } }
    case 'policy':
      return {
        event: 'noted',
        next: { policyId: before.policyId, policyVersion: null, policyChosenBy: before.policyChosenBy },
      }
    case 'price_exception':
      return { event: 'noted', next: {} }
  }
}

/** As history tells it. */
const said: Record<Override['kind'], string> = {
  hold: 'hold',
  free_days: 'free days',
  end_moved: 'moved end',
  suspended: 'suspension',
  resumed: 'resumption',
  policy: 'choice of a policy',
  price_exception: 'price exception',
}
