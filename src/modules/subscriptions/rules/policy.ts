/**
 * Policies are data: steps relative to the end of paid time. `timeline` is pure; the engine executes it, console and portal
 * show it, a rehearsal runs it.
 */
import { z } from 'zod'
import {
  earlierOf,
  type Instant,
  isAfter,
  isBefore,
  laterOf,
  plusHours,
  plusSeconds,
  secondsBetween,
} from '#platform/time.ts'
import type { Subscription } from './subscription.ts'

export const Step = z.object({
  /** Unique within the policy: what is done is remembered under it. */
  key: z.string().regex(/^[a-z0-9_]{1,40}$/),
  action: z.enum(['issue_invoice', 'remind', 'grace', 'suspend', 'terminate', 'notify_staff']),
  /** Hours from the end of paid time: negative before, positive after. */
  offset_hours: z
    .number()
    .min(-24 * 90)
    .max(24 * 365),
})
export type Step = z.infer<typeof Step>

export type Policy = { id: string; version: number; name: string; steps: readonly Step[] }

/** Invoice and reminder −7 d; reminders −3, −1, 0 d; 72 h of grace; suspend +3 d; terminate +7 d. */
export const defaultSteps: readonly Step[] = [
  { key: 'invoice', action: 'issue_invoice', offset_hours: -168 },
  { key: 'remind_3d', action: 'remind', offset_hours: -72 },
  { key: 'remind_1d', action: 'remind', offset_hours: -24 },
  { key: 'remind_0d', action: 'remind', offset_hours: 0 },
  { key: 'grace', action: 'grace', offset_hours: 0 },
  { key: 'suspend', action: 'suspend', offset_hours: 72 },
  { key: 'terminate', action: 'terminate', offset_hours: 168 },
]

/** What a policy must have to be usable, as sentences; empty when it may be saved. */
export function faultsOf(steps: readonly Step[]): string[] {
  const faults: string[] = []
  const of = (action: Step['action']) => steps.filter((step) => step.action === action)
  if (new Set(steps.map((step) => step.key)).size < steps.length) faults.push('Two steps have the same key.')
  for (const action of ['issue_invoice', 'suspend', 'terminate'] as const)
    if (of(action).length !== 1) faults.push(`A policy has exactly one step "${action.replace('_', ' ')}".`)
  const [invoice, suspend, terminate] = [of('issue_invoice')[0], of('suspend')[0], of('terminate')[0]]
  if (suspend && suspend.offset_hours < 0) faults.push('Nobody is suspended inside the time he paid for.')
  if (invoice && suspend && invoice.offset_hours >= suspend.offset_hours)
    faults.push('The invoice comes before the suspension.')
  if (suspend && terminate && terminate.offset_hours <= suspend.offset_hours)
    faults.push('Termination comes after the suspension.')
  return faults
}

export type PlannedStep = { key: string; action: Step['action']; at: Instant; because: string }

/**
 * Every step of the present period, in order, with its instant and its reason. `periodStarts` keeps short terms sane: before the
 * end, an invoice comes no earlier than the middle of its period, and reminders that would are left out.
 */
export function timeline(subscription: Subscription, policy: Policy, periodStarts: Instant): PlannedStep[] {
  const end = subscription.paidThrough
  if (
    end === null ||
    subscription.status === 'pending' ||
    subscription.status === 'paused' ||
    subscription.status === 'terminated'
  )
    return []
  const because = (step: Step) => `${policy.name} (version ${policy.version}): ${describe(step)}`
  return stepsFor(subscription, policy)
    .flatMap((step) => {
      const at = instantOf(step, end, periodStarts)
      return at === null
        ? []
        : [{ key: step.key, action: step.action, at: held(step, at, subscription.holdUntil), because: because(step) }]
    })
    .sort((a, b) => Temporal.Instant.compare(a.at, b.at) || order.indexOf(a.action) - order.indexOf(b.action))
}

/** At one instant: money is asked before reminders go, and people are told before they are cut off. */
const order: Step['action'][] = ['issue_invoice', 'remind', 'notify_staff', 'grace', 'suspend', 'terminate']

function stepsFor(subscription: Subscription, policy: Policy): readonly Step[] {
  // Who leaves at the end, or only tried, is not asked for money and gets no grace.
  if (subscription.status === 'trial' || subscription.cancelAtEnd || !subscription.autoRenew)
    return policy.steps.flatMap((step): Step[] => {
      if (step.action === 'issue_invoice' || step.action === 'grace') return []
      if (step.action === 'suspend') return [{ ...step, offset_hours: 0 }]
      return subscription.cancelAtEnd && step.action === 'remind' ? [] : [step]
    })
  return policy.steps
}

function instantOf(step: Step, end: Instant, starts: Instant): Instant | null {
  const at = plusHours(end, step.offset_hours)
  if (step.offset_hours >= 0) return at
  const middle = plusSeconds(starts, secondsBetween(starts, end) / 2)
  if (step.action === 'issue_invoice') return laterOf(at, middle)
  return isBefore(at, middle) ? null : at
}

/** Staff can hold a suspension back; the end waits with it. */
const held = (step: Step, at: Instant, holdUntil: Instant | null): Instant =>
  holdUntil !== null && (step.action === 'suspend' || step.action === 'terminate') ? laterOf(at, holdUntil) : at

/** `3 days after the end: suspend` */
export function describe(step: Step): string {
  const hours = Math.abs(step.offset_hours)
  const length =
    hours % 24 === 0 ? `${hours / 24} day${hours === 24 ? '' : 's'}` : `${hours} hour${hours === 1 ? '' : 's'}`
  const when =
    step.offset_hours === 0
      ? 'at the end of paid time'
      : `${length} ${step.offset_hours < 0 ? 'before' : 'after'} the end of paid time`
  return `${when}: ${step.action.replaceAll('_', ' ')}`
}

/** The instant at which the line is planned to be cut off. */
export function cutOff(subscription: Subscription, policy: Policy): Instant | null {
  if (subscription.paidThrough === null) return null
  const step = stepsFor(subscription, policy).find((each) => each.action === 'suspend')
  return held(
    { key: 'suspend', action: 'suspend', offset_hours: 0 },
    plusHours(subscription.paidThrough, step?.offset_hours ?? 0),
    subscription.holdUntil,
  )
}

/**
 * What the line should be. The panel's own expiry is a safety net: the planned cut-off plus 24 h, so that viewers see no
 * blink and nobody watches for years if we go down. Null: no line is wanted (yet).
 */
export function accessOf(
  subscription: Subscription,
  policy: Policy,
  extraHours = 0,
): { wanted: 'active' | 'suspended' | 'ended'; until: Instant } | null {
  const cut = cutOff(subscription, policy)
  if (cut === null || subscription.waitingFor !== null) return null
  const until = plusHours(cut, 24 + extraHours)
  switch (subscription.status) {
    case 'pending':
      return null
    case 'trial':
    case 'active':
    case 'grace':
      return { wanted: 'active', until }
    case 'suspended':
    case 'paused':
      return { wanted: 'suspended', until }
    case 'terminated':
      return { wanted: 'ended', until: earlierOf(until, subscription.terminatedAt ?? until) }
  }
}

/** The next step that is not done, and when; what the engine sleeps until. */
export function nextStep(planned: readonly PlannedStep[], done: ReadonlySet<string>): PlannedStep | null {
  return planned.find((step) => !done.has(step.key)) ?? null
}

/** A reminder that is late by a day, or overtaken by a later one that is due too, would only confuse: it is skipped. */
export const isStale = (step: PlannedStep, planned: readonly PlannedStep[], now: Instant): boolean =>
  step.action === 'remind' &&
  (isAfter(now, plusHours(step.at, 24)) ||
    planned.some((other) => other.action === 'remind' && isAfter(other.at, step.at) && !isAfter(other.at, now)))
