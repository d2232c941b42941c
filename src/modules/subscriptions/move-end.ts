/** Staff move the end of paid time, or bring back what has ended: with a reason, told in history. No money is asked or given back. */
import { type Shop, transaction } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { dayOf, isAfter, laterOf, plusHours } from '#platform/time.ts'
import { changeSubscription } from './change-subscription.ts'
import { cutPeriods } from './cut-periods.ts'
import { noteOverride } from './overrides.ts'
import { refuseBeforeNotice } from './price-changes.ts'
import { lockSubscription } from './queries.ts'
import { resume, type Subscription } from './rules/subscription.ts'
import { requireUntil, undoSteps } from './up-until.ts'

/** Farther than anything that is sold. */
const mostHours = 10 * 366 * 24

const wrong = (detail: string): Refusal =>
  new Refusal('invalid_input', 'Please choose another end.', [{ pointer: '/to', code: 'out_of_range', detail }])

/** A later end is a gift; an earlier one takes time away that was sold, and the periods say what they were sold as. */
export function moveEnd(shop: Shop, id: string, to: Temporal.Instant, reason: string): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'move-end', async (tx) => {
    const before = await lockSubscription(tx, id)
    const { status, paidThrough } = before
    if (paidThrough === null || !['trial', 'active', 'grace', 'suspended'].includes(status))
      throw new Refusal('conflict', 'Only what has begun, does not rest and has not ended has an end to move.')
    if (!isAfter(to, now)) throw wrong('Please choose a day to come. To stop it now, end or suspend it.')
    if (isAfter(to, plusHours(now, mostHours))) throw wrong('At most ten years ahead.')
    if (Temporal.Instant.compare(to, paidThrough) === 0) throw new Refusal('conflict', 'It ends then already.')
    const earlier = isAfter(paidThrough, to)
    if (earlier) {
      await refuseBeforeNotice(tx, id, to)
      await cutPeriods(tx, id, to, now)
    }
    // What was suspended was off meanwhile: its new time begins now.
    const starts = status === 'suspended' ? laterOf(paidThrough, now) : paidThrough
    const kind = status === 'trial' ? 'trial' : 'compensation'
    const after = await changeSubscription(
      tx,
      shop,
      id,
      now,
      (s) => ({
        event: 'end_moved',
        ...(earlier ? {} : { period: { starts, ends: to, kind } as const }),
        next: {
          paidThrough: to,
          anchorDay: dayOf(to, s.zone),
          ...(earlier || status === 'trial' ? {} : { status: 'active' as const, suspendedAt: null }),
        },
      }),
      { reason },
    )
    await noteOverride(tx, shop, 'end_moved', [before, after], reason, now)
    return after
  })
}

/**
 * Brings back what has ended, on its line and under its name where that is still free. With paid time left it simply goes on; else
 * `until` says how long the line stays up unpaid.
 */
export function restoreByHand(
  shop: Shop,
  id: string,
  reason: string,
  until: Temporal.Instant | null = null,
): Promise<Subscription> {
  const now = shop.now()
  return transaction(shop, 'restore-by-hand', async (tx) => {
    const after = await changeSubscription(
      tx,
      shop,
      id,
      now,
      (s) => {
        if (s.status !== 'terminated') throw new Refusal('conflict', 'Only what has ended can be restored.')
        const { next } = resume(s, now)
        requireUntil(next.status, until, now)
        return {
          event: 'restored',
          next: {
            ...next,
            terminatedAt: null,
            terminatedBecause: null,
            cancelAtEnd: false,
            autoRenew: s.autoRenew || s.cancelAtEnd,
            ...(next.status === 'grace' ? { holdUntil: until } : {}),
          },
        }
      },
      { reason },
    )
    await undoSteps(tx, after, ['suspend', 'terminate'])
    return after
  })
}
