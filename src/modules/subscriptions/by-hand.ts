/**
 * What staff decide about a subscription against its own course: each with a reason, told in its history, and safe to repeat: what
 * is already so is refused as `conflict`. Nothing here asks for money or gives it back.
 */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { dayOf } from '#platform/time.ts'
import { changeSubscription } from './change-subscription.ts'
import { noteOverride } from './overrides.ts'
import { goOn } from './pause.ts'
import { lockSubscription } from './queries.ts'
import type { OverrideKind } from './rules/override.ts'
import { type Change, extend, resume, type Subscription, suspend, terminate } from './rules/subscription.ts'
import { requireUntil, undoSteps } from './up-until.ts'

const refuse = (subscription: Subscription, allowed: readonly Subscription['status'][], sentence: string): void => {
  if (!allowed.includes(subscription.status)) throw new Refusal('conflict', sentence)
}

/** Cuts the line off at once; paid time runs on. Paying, or `resumeByHand`, brings it back. */
export function suspendByHand(shop: Shop, id: string, reason: string): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'suspend-by-hand', (tx) =>
    byHand(tx, shop, id, 'suspended', reason, now, (s) => {
      refuse(s, ['trial', 'active', 'grace'], 'Only a running subscription can be suspended.')
      return suspend(now)
    }),
  )
}

/** An act of staff that can be taken back: what it was before is kept with it. */
async function byHand(
  tx: Tx,
  shop: Shop,
  id: string,
  kind: OverrideKind,
  reason: string,
  now: Temporal.Instant,
  decide: (before: Subscription) => Change,
  told = reason,
): Promise<Subscription> {
  const before = await lockSubscription(tx, id)
  const after = await changeSubscription(tx, shop, id, now, decide, { reason: told, locked: before })
  await noteOverride(tx, shop, kind, [before, after], reason, now)
  return after
}

/**
 * Lifts a suspension without money. When the paid time is over, `until` says how long the line stays up: the policy suspends again
 * at that instant, so its step is forgotten for this period.
 */
export function resumeByHand(
  shop: Shop,
  id: string,
  reason: string,
  until: Temporal.Instant | null = null,
): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'resume-by-hand', async (tx) => {
    const after = await byHand(tx, shop, id, 'resumed', reason, now, (s) => {
      refuse(s, ['suspended'], 'Only a suspended subscription can be resumed.')
      const change = resume(s, now)
      requireUntil(change.next.status, until, now)
      return until === null ? change : { ...change, next: { ...change.next, holdUntil: until } }
    })
    await undoSteps(tx, after, ['suspend'])
    return after
  })
}

/** Ends it for good: the line is removed from use, what is left of the paid time is lost. Refunds are a decision of their own. */
export function terminateByHand(shop: Shop, id: string, reason: string): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'terminate-by-hand', async (tx) => {
    // What rested goes on first, so that the time it kept is in its periods, should it ever be restored.
    if ((await lockSubscription(tx, id)).status === 'paused') await goOn(tx, shop, id, reason, now)
    return changeSubscription(
      tx,
      shop,
      id,
      now,
      (s) => {
        refuse(s, ['trial', 'active', 'grace', 'suspended', 'paused'], 'This subscription has ended already.')
        return terminate(now, 'staff')
      },
      { reason },
    )
  })
}

/** What free days would do: pure, so that the page shows exactly what the act does. */
export function withFreeDays(subscription: Subscription, days: number, now: Temporal.Instant) {
  const kind = subscription.status === 'trial' ? 'trial' : 'compensation'
  const change = extend(subscription, { unit: 'day', count: days }, now, 'from_payment', kind)
  // Renewals are counted from the new end, or the next month would be longer than a month.
  const anchorDay = change.period === undefined ? null : dayOf(change.period.ends, subscription.zone)
  return { ...change, next: { ...change.next, anchorDay } }
}

/** Gives 1 to 365 days. On a suspended subscription they begin now and bring the line back. */
export function giveFreeDays(shop: Shop, id: string, days: number, reason: string): Promise<Subscription> {
  const now = shop.now()
  if (!Number.isInteger(days) || days < 1 || days > 365)
    throw new Refusal('invalid_input', 'Please check the number of days.', [
      { pointer: '/days', code: 'out_of_range', detail: 'Please enter a whole number from 1 to 365.' },
    ])
  return transaction(shop, 'give-free-days', (tx) => freeDays(tx, shop, id, days, reason, now))
}

/** As `giveFreeDays`, inside the caller's transaction; the number is checked. */
export const freeDays = (
  tx: Tx,
  shop: Shop,
  id: string,
  days: number,
  reason: string,
  now: Temporal.Instant,
): Promise<Subscription> =>
  byHand(
    tx,
    shop,
    id,
    'free_days',
    reason,
    now,
    (s) => {
      refuse(
        s,
        ['trial', 'active', 'grace', 'suspended'],
        'Only a subscription that has begun and not ended can get free days.',
      )
      return withFreeDays(s, days, now)
    },
    `${days} free ${days === 1 ? 'day' : 'days'}: ${reason}`,
  )

/** Somebody looked at it: takes it out of the renewal queue, until a step of its policy puts it there again. */
export function takeOutOfQueue(shop: Shop, id: string, reason: string): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'take-out-of-queue', (tx) =>
    changeSubscription(
      tx,
      shop,
      id,
      now,
      (s) => {
        if (s.flaggedAt === null) throw new Refusal('conflict', 'This subscription is not in the renewal queue.')
        return { event: 'noted', next: { flaggedAt: null, flaggedBecause: null } }
      },
      { reason: `out of the renewal queue: ${reason}` },
    ),
  )
}
