/**
 * A subscription knows how far it is paid, never what is owed. Billing reads `paidThrough` and asks for money; the line
 * follows `accessOf`. Days and months are counted in `zone`.
 */
import { assert } from '#platform/errors.ts'
import {
  dayOf,
  endOfTerm,
  type Instant,
  isAfter,
  isBefore,
  isSame,
  laterOf,
  plusSeconds,
  secondsBetween,
  type Term,
  type Zone,
} from '#platform/time.ts'

export type Status = 'pending' | 'trial' | 'active' | 'grace' | 'suspended' | 'paused' | 'terminated'
export type PolicyChooser = 'staff' | 'rule' | 'plan' | 'product' | 'business'
export type EndReason = 'unpaid' | 'canceled' | 'refunded' | 'staff'

export type Subscription = {
  readonly id: string
  readonly customerId: string
  readonly planId: string
  /** Its customer's subscriptions of one household are renewed together. */
  readonly householdId: string | null
  readonly policyId: string
  /** The version under which the engine was told to look last; null before its first change. */
  readonly policyVersion: number | null
  /** Who said which policy it is; what staff choose stays. */
  readonly policyChosenBy: PolicyChooser
  readonly zone: Zone
  readonly status: Status
  readonly anchorDay: number | null
  readonly paidThrough: Instant | null
  readonly suspendedAt: Instant | null
  /** Since when its line is up again without money, after staff resumed or restored it last. */
  readonly servedSince: Instant | null
  /** In grace: no more connections than these are left; null: all. */
  readonly restrictedTo: number | null
  readonly terminatedAt: Instant | null
  readonly terminatedBecause: EndReason | null
  readonly pausedAt: Instant | null
  /** Taken over from a panel: since then the engine leaves it alone. Null or left out: it acts. */
  readonly asleepSince?: Instant | null
  readonly currency: string
  readonly priceMinor: bigint
  /** How many kinds of add-ons it has, and what they add to each renewal. */
  readonly addOns: number
  readonly addOnsMinor: bigint
  /** The coupon that it was bought with; what it takes off is not part of the price. */
  readonly couponUseId: string | null
  readonly term: Term
  readonly autoRenew: boolean
  readonly cancelAtEnd: boolean
  readonly holdUntil: Instant | null
  readonly waitingFor: string | null
  /** When the line is planned to be cut off, as its expiry was last written. */
  readonly cutOffAt: Instant | null
  /** Since when it is in the renewal queue, and which step put it there. */
  readonly flaggedAt: Instant | null
  readonly flaggedBecause: string | null
  readonly nextStepAt: Instant | null
  readonly nextStep: string | null
  readonly createdAt: Instant
  readonly version: number
}

/** What each renewal asks for: the plan and its add-ons. */
export const renewalMinor = (subscription: Pick<Subscription, 'priceMinor' | 'addOnsMinor'>): bigint =>
  subscription.priceMinor + subscription.addOnsMinor

export type Period = { starts: Instant; ends: Instant; kind: 'paid' | 'trial' | 'free' | 'compensation' }

/** What a decision does: the event that tells it, the period it adds, the fields it changes. */
export type Change = {
  event:
    | 'activated'
    | 'trial_started'
    | 'renewed'
    | 'restored'
    | 'entered_grace'
    | 'restricted'
    | 'suspended'
    | 'resumed'
    | 'terminated'
    | 'noted'
    | 'paused'
    | 'cancel_planned'
    | 'end_moved'
    | 'compensated'
    | 'cancel_undone'
    | 'plan_changed'
    | 'plan_change_asked'
    | 'plan_change_canceled'
    | 'plan_change_lapsed'
    | 'add_ons_asked'
    | 'add_ons_planned'
    | 'add_ons_changed'
    | 'add_ons_canceled'
    | 'add_ons_lapsed'
    | 'household_joined'
    | 'household_left'
  period?: Period
  next: Partial<Omit<Subscription, 'id' | 'customerId' | 'createdAt' | 'version'>>
}

/** Where the time bought while suspended or terminated begins: with the payment, or where the old time ended. */
export type Reactivation = 'from_payment' | 'from_old_end'

/** What a paid term does. Money is never refused: it buys time, whatever the state. */
export function extend(
  subscription: Subscription,
  term: Term,
  paidAt: Instant,
  reactivation: Reactivation = 'from_payment',
  kind: Period['kind'] = 'paid',
): Change {
  const { event, starts, anchorDay } = nextPeriod(subscription, paidAt, reactivation)
  const ends = endOfTerm(starts, term, anchorDay, subscription.zone)
  return {
    event,
    period: { starts, ends, kind },
    next: {
      // Who pays while it rests buys time after the pause; it goes on resting.
      status: subscription.status === 'paused' ? 'paused' : kind === 'trial' ? 'trial' : 'active',
      paidThrough: ends,
      anchorDay,
      suspendedAt: null,
      restrictedTo: null,
      terminatedAt: null,
      terminatedBecause: null,
    },
  }
}

/** A period that is not a whole term: until the day on which a household is renewed. `anchorDay`: of what follows. */
export type Span = { starts: Instant; ends: Instant; anchorDay: number }

/** As `extend`, by the very span that was sold. Where it does not begin with it, paid too late or moved, it is as long. */
export function extendBy(subscription: Subscription, term: Term, span: Span, paidAt: Instant): Change {
  const change = extend(subscription, term, paidAt)
  const starts = change.period?.starts ?? paidAt
  const asSold = isSame(starts, span.starts)
  const ends = asSold ? span.ends : plusSeconds(starts, secondsBetween(span.starts, span.ends))
  const anchorDay = asSold ? span.anchorDay : dayOf(ends, subscription.zone)
  return { ...change, period: { starts, ends, kind: 'paid' }, next: { ...change.next, paidThrough: ends, anchorDay } }
}

function nextPeriod(subscription: Subscription, paidAt: Instant, reactivation: Reactivation) {
  const { zone, paidThrough, anchorDay, servedSince } = subscription
  const from = (starts: Instant) => ({ starts, anchorDay: dayOf(starts, zone) })

  switch (subscription.status) {
    case 'pending':
      return { event: 'activated', ...from(paidAt) } as const
    case 'trial': // Paying early does not cost the rest of the trial.
      assert(paidThrough !== null, 'a trial has an end')
      return { event: 'activated', ...from(laterOf(paidThrough, paidAt)) } as const
    case 'active':
    case 'grace': // The line stayed up through the grace days, so they are paid for.
    case 'paused':
      assert(paidThrough !== null && anchorDay !== null, 'paid time has an end')
      // Staff brought it back unpaid: the days in the dark before that are not sold.
      if (servedSince !== null && isAfter(servedSince, paidThrough))
        return { event: 'renewed', ...from(servedSince) } as const
      return { event: 'renewed', starts: paidThrough, anchorDay: anchorAt(paidThrough, anchorDay, zone) } as const
    case 'suspended':
    case 'terminated': // No line, no bill: days without service are not sold.
      assert(paidThrough !== null && anchorDay !== null, 'paid time has an end')
      if (reactivation === 'from_old_end')
        return { event: 'restored', starts: paidThrough, anchorDay: anchorAt(paidThrough, anchorDay, zone) } as const
      return { event: 'restored', ...from(laterOf(paidAt, paidThrough)) } as const
  }
}

/**
 * An anchor holds while periods end on it. Terms in days and hours leave it behind, and a month that is bought after them begins an
 * anchor of its own: counted to the old one it would be shorter than what was paid for.
 */
function anchorAt(starts: Instant, anchorDay: number, zone: Zone): number {
  const { day, daysInMonth } = starts.toZonedDateTimeISO(zone)
  return day === Math.min(anchorDay, daysInMonth) ? anchorDay : day
}

/** The paid time is over; the line stays up until the policy's suspension. */
export const enterGrace = (): Change => ({ event: 'entered_grace', next: { status: 'grace' } })

/** Nobody agreed to the new price of what follows: it runs to its paid end. */
export const endForPrice = (): Change => ({ event: 'cancel_planned', next: { cancelAtEnd: true } })

/** Fewer screens, until it is paid or suspended. */
export const restrict = (connections: number): Change => ({
  event: 'restricted',
  next: { restrictedTo: connections },
})

export const suspend = (now: Instant): Change => ({
  event: 'suspended',
  next: { status: 'suspended', suspendedAt: now, restrictedTo: null },
})

export const terminate = (now: Instant, because: EndReason): Change => ({
  event: 'terminated',
  next: { status: 'terminated', terminatedAt: now, terminatedBecause: because, suspendedAt: null, pausedAt: null },
})

/** A person lifts a suspension without money: back to where the paid time says. */
export const resume = ({ paidThrough }: Subscription, now: Instant): Change => ({
  event: 'resumed',
  next:
    paidThrough !== null && isBefore(now, paidThrough)
      ? { status: 'active', suspendedAt: null }
      : { status: 'grace', suspendedAt: null, servedSince: now },
})
