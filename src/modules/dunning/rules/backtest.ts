/**
 * What a policy would have done to time that is past, beside what was done: the very decisions of `decide.ts`, over each end of paid
 * time as it was. Pure. Assumed: customers pay when they did, each end of paid time stays
 * where it was, staff's own acts are not repeated, mail leaves, and nothing is parked
 * for being too many at once.
 */
import type { Money } from '#platform/money.ts'
import { type Instant, isAfter, isBefore, laterOf, secondsBetween } from '#platform/time.ts'
import type { Trouble } from '../../lines/incidents.ts'
import type { Facts } from '../../subscriptions/rules/condition.ts'
import { nextStep, type Policy, timeline } from '../../subscriptions/rules/policy.ts'
import type { Action as StepAction } from '../../subscriptions/rules/step.ts'
import type { Subscription } from '../../subscriptions/rules/subscription.ts'
import { asksMoney, decideStep, type StepFacts, warnings } from './decide.ts'
import { type Foreseen, troubleAt } from './foretell.ts'

/** One end of paid time, and what came of it. */
export type Cycle = {
  /** As it stood when this end was written. */
  subscription: Subscription & { paidThrough: Instant }
  policy: Policy
  known: Facts
  /** When this end was written: what was due before is done then. */
  begins: Instant
  /** What the time after it cost. */
  owed: Money
  /** When the end moved on: by a payment, or for nothing. Null: it did not. */
  movedAt: Instant | null
  /** What was paid for it; null: nothing was asked, or nothing came. */
  paid: Money | null
  /** When a person ended it for reasons of his own. */
  stoppedAt: Instant | null
  renewable: boolean
  reachable: boolean
  takesOffers: boolean
  savedMethod: boolean
  /** As it is now: the past does not say. */
  line: StepFacts['line']
  troubles: readonly Trouble[]
  /** What was done, with the messages that were made. */
  did: readonly { step: string; action: StepAction; at: Instant; mails: readonly string[] }[]
}

export type Replayed = {
  rows: Foreseen[]
  /** When it was cut off; null: it was not. */
  suspendedAt: Instant | null
}

/** What the policy would have done until the end moved on, a person stopped it, or `until`. */
export function replay(cycle: Cycle, until: Instant): Replayed {
  const { policy, known, troubles, owed } = cycle
  let subscription: Subscription = cycle.subscription
  let planned = timeline(subscription, policy, known)
  let facts: Omit<StepFacts, 'mass' | 'incident'> = {
    invoice: 'missing',
    payingSince: null,
    warnedAt: null,
    savedMethod: cycle.savedMethod,
    line: cycle.line,
  }
  const [done, rows] = [new Set<string>(), [] as Foreseen[]]
  let [now, suspendedAt, chargedAt] = [cycle.begins, null as Instant | null, null as Instant | null]
  for (let step = nextStep(planned, done); step !== null; step = nextStep(planned, done)) {
    now = laterOf(now, step.at)
    if (isAfter(now, until) || isOver(cycle, step.action === 'charge' || chargedAt?.equals(now) === true, now)) break
    const incident = troubleAt(troubles, now)
    const invoice =
      step.action !== 'issue_invoice'
        ? facts.invoice
        : !cycle.renewable
          ? 'none'
          : owed.minor === 0n
            ? 'free'
            : 'missing'
    const verdict = decideStep(subscription, step, planned, { ...facts, invoice, incident, mass: 'free' }, now)
    if (verdict.kind === 'wait') {
      if (verdict.cause === 'incident' && incident?.ends === null) break
      now = laterOf(verdict.until, now.add({ milliseconds: 1 }))
      continue
    }
    done.add(step.key)
    if (verdict.kind === 'skip') continue
    const told = verdict.kind === 'act' && verdict.tells !== null && hears(cycle, verdict.tells) ? [verdict.tells] : []
    if (told.length === 0 && (step.action === 'remind' || step.action === 'offer')) continue
    rows.push(row(cycle, subscription, step, now, told))
    if (verdict.kind === 'settle') break
    if (step.action === 'issue_invoice') facts = { ...facts, invoice: 'open' }
    if (told.some((each) => (warnings as readonly string[]).includes(each)))
      facts = { ...facts, warnedAt: facts.warnedAt ?? now }
    if (step.action === 'suspend') suspendedAt = now
    if (step.action === 'charge') chargedAt = now
    if (verdict.change === null) continue
    subscription = { ...subscription, ...verdict.change.next }
    if (subscription.status === 'terminated') break
    if (policy.rules.length > 0) planned = timeline(subscription, policy, known)
  }
  return { rows: [...rows, ...paymentOf(cycle, suspendedAt, until)], suspendedAt }
}

/** What was done. */
export function happened(cycle: Cycle, until: Instant): Replayed {
  const did = cycle.did.filter(({ at }) => !isAfter(at, until))
  const suspendedAt = did.find(({ action }) => action === 'suspend')?.at ?? null
  const rows = did.map(({ step, action, at, mails }) =>
    row(cycle, cycle.subscription, { key: step, action, because: '' }, at, mails),
  )
  return { rows: [...rows, ...paymentOf(cycle, suspendedAt, until)], suspendedAt }
}

/** A charge brings the payment itself, and what costs nothing settles itself: what is due at their instant is still done. */
function isOver({ movedAt, stoppedAt, owed }: Cycle, charged: boolean, now: Instant): boolean {
  if (stoppedAt !== null && isAfter(now, stoppedAt)) return true
  if (movedAt === null) return false
  const brings = charged || owed.minor === 0n
  return brings ? isAfter(now, movedAt) : !isBefore(now, movedAt)
}

const hears = ({ reachable, takesOffers }: Cycle, template: string): boolean =>
  reachable && (template !== 'renewal_offer' || takesOffers)

function paymentOf(cycle: Cycle, suspendedAt: Instant | null, until: Instant): Foreseen[] {
  const { movedAt, paid, subscription } = cycle
  if (movedAt === null || paid === null || isAfter(movedAt, until)) return []
  const back = suspendedAt !== null && isBefore(suspendedAt, movedAt)
  const step = { key: 'payment', action: 'payment' as const, because: 'paid when it was' }
  const mails = cycle.reachable ? ['receipt', back ? 'resumed' : 'renewed'] : []
  return [
    {
      ...row(cycle, subscription, { ...step, action: 'notify_staff' }, movedAt, mails),
      action: 'payment',
      amount: paid,
    },
  ]
}

function row(
  { owed, subscription: { id, customerId, paidThrough } }: Cycle,
  subscription: Subscription,
  step: { key: string; action: StepAction; because: string },
  at: Instant,
  mails: readonly string[],
): Foreseen {
  const asks = step.action === 'issue_invoice'
  const loses = (step.action === 'suspend' || step.action === 'terminate') && asksMoney(subscription)
  return {
    at,
    subscriptionId: id,
    customerId,
    action: step.action,
    step: step.key,
    periodEnd: paidThrough,
    outcome: 'done',
    reason: '',
    rule: step.because,
    mails,
    amount: asks || loses ? owed : null,
  }
}

/** He paid, and would have been cut off before; he was not. */
export const isAtRisk = ({ movedAt, paid }: Cycle, would: Replayed, did: Replayed): boolean =>
  movedAt !== null &&
  paid !== null &&
  would.suspendedAt !== null &&
  isBefore(would.suspendedAt, movedAt) &&
  (did.suspendedAt === null || !isBefore(did.suspendedAt, movedAt))

/** How long the line stayed up without being paid for. */
export function unpaidSeconds(
  { subscription: { paidThrough }, movedAt }: Cycle,
  { suspendedAt }: Replayed,
  until: Instant,
): number {
  const cut = suspendedAt !== null && (movedAt === null || isBefore(suspendedAt, movedAt)) ? suspendedAt : null
  if (cut !== null) return Math.max(0, secondsBetween(paidThrough, cut))
  // Who paid within grace paid for it.
  return movedAt === null ? Math.max(0, secondsBetween(paidThrough, until)) : 0
}
