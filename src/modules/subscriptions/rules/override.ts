/** What staff decided by hand and may take back: whether that still means something. Pure: page, API and act say the same. */
import { type Instant, isAfter } from '#platform/time.ts'
import type { PolicyChooser, Status, Subscription } from './subscription.ts'

export const overrideKinds = [
  'hold',
  'free_days',
  'end_moved',
  'suspended',
  'resumed',
  'policy',
  'price_exception',
] as const
export type OverrideKind = (typeof overrideKinds)[number]

/** What an act of staff may change. */
export type Standing = {
  status: Status
  paidThrough: Instant | null
  anchorDay: number | null
  holdUntil: Instant | null
  suspendedAt: Instant | null
  policyId: string
  policyChosenBy: PolicyChooser
}

export const standingOf = (s: Subscription): Standing => ({
  status: s.status,
  paidThrough: s.paidThrough,
  anchorDay: s.anchorDay,
  holdUntil: s.holdUntil,
  suspendedAt: s.suspendedAt,
  policyId: s.policyId,
  policyChosenBy: s.policyChosenBy,
})

export type Override = {
  id: string
  subscriptionId: string
  kind: OverrideKind
  before: Standing
  after: Standing
  reason: string
  by: string
  at: Instant
  undoneAt: Instant | null
  undoneBy: string | null
  undoReason: string | null
}

const same = (a: Instant | null, b: Instant | null): boolean =>
  a === null || b === null ? a === b : Temporal.Instant.compare(a, b) === 0

/** Why it cannot be taken back any more, as a sentence; null: it can. */
export function whyNotUndo(override: Override, now: Subscription, at: Instant): string | null {
  const { kind, before, after, undoneAt } = override
  if (undoneAt !== null) return 'It was taken back before.'
  if (kind === 'price_exception') return null
  if (now.status === 'terminated') return 'The subscription has ended since. It can be restored.'
  switch (kind) {
    case 'hold':
      if (!same(now.holdUntil, after.holdUntil)) return 'The hold was changed since.'
      return over(after.holdUntil, at) && over(before.holdUntil, at) ? 'The time that it was about is over.' : null
    case 'free_days':
    case 'end_moved':
      if (!same(now.paidThrough, after.paidThrough)) return 'The paid time was changed since. Its end can be moved.'
      if (now.status === 'paused') return 'It is paused. Let it go on first.'
      return before.paidThrough === null || !isAfter(before.paidThrough, at)
        ? 'The end before is over already, so time was used that would be taken away. Its end can be moved.'
        : null
    case 'suspended':
      if (now.status !== 'suspended' || !same(now.suspendedAt, after.suspendedAt))
        return 'It is not suspended by this any more.'
      return now.paidThrough === null || !isAfter(now.paidThrough, at)
        ? 'The paid time is over since. Resume it and say until when.'
        : null
    case 'resumed':
      return now.status === after.status &&
        same(now.paidThrough, after.paidThrough) &&
        same(now.holdUntil, after.holdUntil)
        ? null
        : 'It was paid, suspended or held since.'
    case 'policy':
      return now.policyId === after.policyId && now.policyChosenBy === after.policyChosenBy
        ? null
        : 'The policy was chosen anew since.'
  }
}

const over = (until: Instant | null, at: Instant): boolean => until === null || !isAfter(until, at)
