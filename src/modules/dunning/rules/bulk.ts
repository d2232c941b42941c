/** Whom an act for many cannot mean, and why. Pure: the preview says it, and the act does the same. */
import { type Instant, isAfter } from '#platform/time.ts'
import type { Subscription } from '../../subscriptions/rules/subscription.ts'

export type BulkAct = { act: 'hold'; until: Instant } | { act: 'free_days' } | { act: 'message' }

export function whyLeftOut(
  act: BulkAct,
  { status, holdUntil, paidThrough }: Subscription,
  now: Instant,
): string | null {
  if (paidThrough === null || status === 'pending' || status === 'terminated') return 'It has not begun, or has ended.'
  switch (act.act) {
    case 'message':
      return null
    case 'free_days':
      return status === 'paused' ? 'It is paused.' : null
    case 'hold':
      if (status === 'paused' || status === 'suspended') return `It is ${status}.`
      if (!isAfter(act.until, now)) return 'The day is over.'
      return holdUntil !== null && !isAfter(act.until, holdUntil) ? 'It is held for longer already.' : null
  }
}
