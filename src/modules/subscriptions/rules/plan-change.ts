/**
 * Another plan for a subscription: what it costs, when it takes effect, what the line becomes. Pure: console, portal and API show
 * this result, and the act does what it says. More for the money begins at once and is paid for before; less, or another term,
 * begins with the next period.
 */
import { dayOf, endOfTerm, type Instant, isAfter, type Term, type Zone } from '#platform/time.ts'
import { type Bought, type Counting, partLeft, priceOf, split } from './proration.ts'
import type { Subscription } from './subscription.ts'

/** `terms`: how many terms of the plan were sold in one; null for a gift of any length. */
export type Stretch = Bought & { terms: bigint | null }

export type PlanFacts = { id: string; priceMinor: bigint; term: Term; creditCostMilli: bigint }

export type Wish = {
  subscription: Subscription
  to: PlanFacts
  /** Periods that are not over. */
  stretches: readonly Stretch[]
  /** Earlier differences, paid for the rest of these periods. */
  differences: readonly Bought[]
  /** Does an upgrade keep the end of paid time, or begin a whole period of its own? */
  ends: 'keep' | 'restart'
  counting: Counting
  now: Instant
}

export type PlanChange = {
  takesEffect: 'now' | 'at_end'
  /** The new period begins with the payment instead of the old end. */
  restarts: boolean
  /** The new plan for the time that is bought with it. */
  chargeMinor: bigint
  /** What is left of the money that was paid before. */
  creditMinor: bigint
  /** Charge less credit, never negative: what is paid before the change takes effect. */
  dueMinor: bigint
  /** When it takes effect; null: as soon as it is paid. */
  at: Instant | null
  /** The end of paid time afterwards. */
  endsAt: Instant
}

/** Null: the subscription is not in a state in which its plan can be changed. */
export function planChange(wish: Wish): PlanChange | null {
  const { subscription, to, now } = wish
  const { status, paidThrough } = subscription
  if (paidThrough === null || !['active', 'grace', 'suspended', 'terminated'].includes(status)) return null
  const atEnd: PlanChange = {
    takesEffect: 'at_end',
    restarts: false,
    chargeMinor: 0n,
    creditMinor: 0n,
    dueMinor: 0n,
    at: isAfter(paidThrough, now) && status === 'active' ? paidThrough : null,
    endsAt: paidThrough,
  }
  const sameTerm = to.term.unit === subscription.term.unit && to.term.count === subscription.term.count
  if (status !== 'active' || !isAfter(paidThrough, now) || !sameTerm || to.priceMinor < subscription.priceMinor)
    return atEnd
  const creditMinor = [...wish.stretches, ...wish.differences].reduce(
    (sum, bought) => sum + split(bought, now, wish.counting).left,
    0n,
  )
  return restarted(wish, creditMinor) ?? kept(wish, creditMinor) ?? atEnd
}

/** A whole period of the new plan from the payment on. More credit than its price would be lost, so then the end is kept. */
function restarted({ subscription, to, ends, now }: Wish, creditMinor: bigint): PlanChange | null {
  if (ends !== 'restart' || creditMinor >= to.priceMinor) return null
  return {
    takesEffect: 'now',
    restarts: true,
    chargeMinor: to.priceMinor,
    creditMinor,
    dueMinor: to.priceMinor - creditMinor,
    at: null,
    endsAt: endOfTerm(now, to.term, dayOf(now, subscription.zone), subscription.zone),
  }
}

/** The difference for the time that is left. What was paid dearer than the new plan is not given back: then it waits for the end. */
function kept(wish: Wish, creditMinor: bigint): PlanChange | null {
  const { subscription, now } = wish
  const chargeMinor = wish.stretches.reduce((sum, stretch) => sum + priceForRest(stretch, wish), 0n)
  if (chargeMinor < creditMinor || subscription.paidThrough === null) return null
  const dueMinor = chargeMinor - creditMinor
  return {
    takesEffect: 'now',
    restarts: false,
    chargeMinor,
    creditMinor,
    dueMinor,
    at: dueMinor === 0n ? now : null,
    endsAt: subscription.paidThrough,
  }
}

/** A gift stays one: only what the new plan costs more is asked for the days of it. */
const priceForRest = (stretch: Stretch, wish: Wish): bigint => {
  const { subscription, to } = wish
  return priceOfRest(stretch, stretch.terms === null ? to.priceMinor - subscription.priceMinor : to.priceMinor, wish)
}

/** What a price per term costs for the rest of a stretch. Given days and those of another term are measured by a term that began with them. */
export function priceOfRest(
  stretch: Stretch,
  priceMinor: bigint,
  at: { subscription: { zone: Zone; term: Term }; counting: Counting; now: Instant },
): bigint {
  const part = partLeft(stretch, at.now, at.counting)
  if (stretch.terms !== null) return priceOf(priceMinor * stretch.terms, part)
  const { zone, term } = at.subscription
  const whole = partLeft(
    { starts: stretch.starts, ends: endOfTerm(stretch.starts, term, dayOf(stretch.starts, zone), zone) },
    stretch.starts,
    at.counting,
  ).whole
  return priceOf(priceMinor, { left: part.left, whole })
}
