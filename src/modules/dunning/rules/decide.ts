/**
 * What a step of a policy does now, decided from facts alone. The engine gathers the facts and carries the verdict out; a rehearsal
 * makes the facts up as time goes on. Both read the same rules here.
 */
import {
  dateOf,
  earlierOf,
  type Instant,
  isAfter,
  plusHours,
  plusSeconds,
  secondsBetween,
  type Zone,
} from '#platform/time.ts'
import { frozenReason } from '../../billing/disputes/rules.ts'
import { pendingHoldsUntil } from '../../billing/rules.ts'
import { isStale, leaves, type PlannedStep } from '../../subscriptions/rules/policy.ts'
import {
  type Change,
  endForPrice,
  enterGrace,
  restrict,
  type Subscription,
  suspend,
  terminate,
} from '../../subscriptions/rules/subscription.ts'
import type { Mass } from './mass.ts'

export type StepFacts = {
  /**
   * The invoice for the time that follows; `none`: the plan is not renewed; `free`: to be issued, and it asks for nothing; `unanswered`: a
   * new price is announced for it, and nobody agreed.
   */
  invoice: 'none' | 'missing' | 'open' | 'paid' | 'free' | 'unanswered'
  /** When the attempt was made that may still bring the money. */
  payingSince: Instant | null
  /** When a transport first accepted a message that asks for this invoice. */
  warnedAt: Instant | null
  /** Whether the customer has saved a method that can be charged. */
  savedMethod: boolean
  /** What keeps the line from being watched now; `name` null: its panel does not answer. */
  incident: { name: string | null; ends: Instant | null } | null
  /** How many connections it has, and whether its panel can take some of them away for a while. */
  line: { connections: number; restrictable: boolean }
  mass: Mass
  /** A payment of its customer is disputed: nothing is asked of him, sold to him or charged. */
  frozen?: boolean
}

export type WaitCause = 'payment' | 'unwarned' | 'incident' | 'mass' | 'ladder'

export type Verdict =
  | { kind: 'skip'; reason: string }
  /** `ask`: at its bound a person decides. */
  | { kind: 'wait'; until: Instant; cause: WaitCause; reason: string; ask: boolean }
  /** `tells`: the message that goes with it. */
  | { kind: 'act'; change: Change | null; tells: string | null }
  /** The invoice asks for nothing and settles itself: the next period begins (F67). */
  | { kind: 'settle' }

const skip = (reason: string): Verdict => ({ kind: 'skip', reason })
const wait = (cause: WaitCause, until: Instant, reason: string, ask = false): Verdict => ({
  kind: 'wait',
  until,
  cause,
  reason,
  ask,
})
const act = (change: Change | null, tells: string | null): Verdict => ({ kind: 'act', change, tells })

/** What asks a customer for money or offers him something. */
const asks: readonly PlannedStep['action'][] = ['issue_invoice', 'remind', 'charge', 'offer']

/** `planned`: the whole timeline that `step` is of. Steps come in order, each when it is due. */
export function decideStep(
  subscription: Subscription,
  step: PlannedStep,
  planned: readonly PlannedStep[],
  facts: StepFacts,
  now: Instant,
): Verdict {
  if (facts.frozen && asks.includes(step.action)) return skip(frozenReason)
  switch (step.action) {
    case 'issue_invoice': {
      const crowded = amongMany(facts.mass, now)
      if (crowded !== null) return crowded
      if (facts.invoice === 'none') return skip('this plan is not renewed')
      if (facts.invoice === 'unanswered') return act(endForPrice(), null)
      if (facts.invoice === 'free') return { kind: 'settle' }
      return facts.invoice === 'paid' ? skip('paid already') : act(null, 'renewal_invoice')
    }
    case 'remind':
      return isStale(step, planned, now)
        ? skip('too late to help')
        : (amongMany(facts.mass, now) ?? act(null, 'renewal_reminder'))
    case 'charge':
      if (isStale(step, planned, now)) return skip('overtaken by a later try')
      if (!asksMoney(subscription)) return skip('it is not renewed automatically')
      if (facts.invoice !== 'open') return skip(facts.invoice === 'paid' ? 'paid already' : 'no invoice is open')
      return facts.savedMethod ? (amongMany(facts.mass, now) ?? act(null, null)) : skip('no saved method')
    case 'offer':
      return isStale(step, planned, now)
        ? skip('too late to help')
        : (amongMany(facts.mass, now) ?? act(null, 'renewal_offer'))
    case 'grace':
      return subscription.status === 'active' ? act(enterGrace(), 'grace') : skip(`it is ${subscription.status}`)
    case 'restrict': {
      const left = step.connections ?? 1
      if (subscription.status !== 'grace') return skip(`it is ${subscription.status}`)
      const passedOver = whyNotRestricted(step, facts.line)
      if (passedOver !== null) return skip(passedOver)
      if (subscription.restrictedTo !== null && subscription.restrictedTo <= left) return skip('restricted already')
      if (planned.some(({ action, at }) => action === 'suspend' && !isAfter(at, now)))
        return skip('overtaken by the suspension')
      return waits(subscription, step, planned, facts, now) ?? act(restrict(left), 'restricted')
    }
    case 'suspend':
      if (subscription.status === 'suspended') return skip('suspended already')
      return (
        waits(subscription, step, planned, facts, now) ?? act(suspend(now), isNews(subscription) ? 'suspended' : null)
      )
    case 'terminate': {
      // The full ladder: nobody is terminated who was not suspended first (S7).
      if (subscription.status !== 'suspended') return wait('ladder', plusHours(now, 1), 'it was not suspended yet')
      if (facts.incident !== null) return whileItLasts(facts.incident, now)
      // And nobody loses the days between the two, because a suspension came late: after a wait, or after our own downtime.
      const end = plusSeconds(subscription.suspendedAt ?? now, retentionSeconds(planned))
      if (isAfter(end, now)) return wait('ladder', end, 'the time to come back is not over')
      return act(
        terminate(now, subscription.cancelAtEnd || !subscription.autoRenew ? 'canceled' : 'unpaid'),
        'terminated',
      )
    }
    case 'flag':
    case 'notify_staff':
      return act(null, null)
  }
}

/** Why a line is passed over by a restriction; null: it has connections to lose, and its panel can take them. */
export function whyNotRestricted(
  { connections = 1 }: Pick<PlannedStep, 'connections'>,
  line: StepFacts['line'],
): string | null {
  if (!line.restrictable) return 'its panel cannot take connections away for a while'
  return line.connections <= connections ? 'its line has no more connections than that' : null
}

/** Why an end is planned instead of an invoice. */
export const unansweredPrice = 'nobody agreed to the new price'

/** Who leaves at the end, or only tried, was never asked for money. */
export const asksMoney = (subscription: Subscription): boolean => !leaves(subscription)

/** Whoever tried, or leaves at the end, knows that it ends. */
const isNews = ({ status, cancelAtEnd }: Subscription): boolean => status !== 'trial' && !cancelAtEnd

/** How long a missing delivery holds a suspension back before staff are asked. */
const undeliveredHours = 7 * 24
/** Between the first word about the money and the end of the picture lies at least a day, unless the policy itself plans less. */
const warningHours = 24

/** Why a suspension must wait, or null. Each wait has a bound; at the bound a person is asked instead of a paying customer cut off. */
function waits(
  subscription: Subscription,
  step: PlannedStep,
  planned: readonly PlannedStep[],
  facts: StepFacts,
  now: Instant,
): Verdict | null {
  const soon = plusHours(now, 1)
  // (a) Money may be on its way: up to 72 h after the attempt (F25, F90).
  if (facts.payingSince !== null && isAfter(pendingHoldsUntil(facts.payingSince), now))
    return wait('payment', earlierOf(soon, pendingHoldsUntil(facts.payingSince)), 'a payment is on its way')
  // (b) Nobody is cut off for an invoice that he never got, or got a moment ago: up to 7 days, then a person decides (F34, F93).
  if (asksMoney(subscription) && !facts.frozen) {
    const told = facts.invoice === 'missing' || facts.invoice === 'none' ? null : facts.warnedAt
    if (told === null) {
      const late = isAfter(now, plusHours(step.at, undeliveredHours))
      const reason =
        facts.invoice === 'open' || facts.invoice === 'paid'
          ? 'no message about the invoice was delivered'
          : 'there is no invoice for this period'
      return wait('unwarned', plusHours(now, late ? 24 : 1), reason, late)
    }
    const enough = plusSeconds(told, warningSeconds(step, planned))
    if (isAfter(enough, now)) return wait('unwarned', enough, 'the first word about the invoice is less than a day old')
  }
  // (c) The panel is in trouble, or staff declared an incident: who could not watch is not cut off meanwhile.
  if (facts.incident !== null) return whileItLasts(facts.incident, now)
  // (d) Too many at once: a person looks at the list first.
  return amongMany(facts.mass, now)
}

/** No bound of its own: staff have it before them until they say that it is over. */
function whileItLasts({ name, ends }: NonNullable<StepFacts['incident']>, now: Instant): Verdict {
  const soon = plusHours(now, 1)
  const reason = name === null ? 'its panel is in trouble' : `the incident “${name}” lasts`
  return wait('incident', ends === null ? soon : earlierOf(soon, ends), reason)
}

function amongMany(mass: Mass, now: Instant): Verdict | null {
  if (mass === 'dropped') return skip('dropped by staff')
  return mass === 'full' ? wait('mass', plusHours(now, 1), 'too many at once: the run waits for a person') : null
}

function warningSeconds(step: PlannedStep, planned: readonly PlannedStep[]): number {
  const first = planned.find(({ action }) => action === 'issue_invoice' || action === 'remind' || action === 'grace')
  const meant = first === undefined ? 0 : Math.max(0, secondsBetween(first.at, step.at))
  return Math.min(warningHours * 3_600, meant)
}

/** From the planned suspension to the planned end: what a customer has to come back in. */
function retentionSeconds(planned: readonly PlannedStep[]): number {
  const [suspended, ended] = ['suspend', 'terminate'].map((action) => planned.find((each) => each.action === action))
  return suspended === undefined || ended === undefined ? 0 : secondsBetween(suspended.at, ended.at)
}

/**
 * What asks for the money of several on one invoice is said once a day: the first of its kind speaks for the others, and the second of a
 * day for theirs. Null: what is no such word.
 */
export function wordOfDay(
  invoiceId: string,
  step: Pick<PlannedStep, 'key' | 'action' | 'at'>,
  planned: readonly PlannedStep[],
  zone: Zone,
): string | null {
  if (step.action !== 'issue_invoice' && step.action !== 'remind') return null
  const day = dateOf(step.at, zone)
  const alike = planned.filter(({ action, at }) => action === step.action && dateOf(at, zone) === day)
  return `${step.action}/${invoiceId}/${day}/${alike.findIndex(({ key }) => key === step.key)}`
}

/** The messages that count as a word about the invoice. */
export const warnings = ['renewal_invoice', 'renewal_reminder', 'grace'] as const

/** One message per subscription, period and step (F79). */
export const claimOf = (
  template: string,
  subscription: Pick<Subscription, 'id' | 'paidThrough'>,
  step: Pick<PlannedStep, 'key'>,
): string => `${template}/${subscription.id}/${subscription.paidThrough}/${step.key}`
