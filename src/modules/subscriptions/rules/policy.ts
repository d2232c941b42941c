/**
 * Policies are data: steps relative to the end of paid time, rules that move them by facts, a calendar of business days. `timeline` is
 * pure; the engine executes it, console and portal show it, a rehearsal runs it.
 */
import {
  compareInstants,
  earlierOf,
  type Instant,
  isAfter,
  isBefore,
  isSame,
  laterOf,
  plusHours,
  plusSeconds,
  secondsBetween,
} from '#platform/time.ts'
import { type Calendar, toBusinessDay } from './calendar.ts'
import type { Facts } from './condition.ts'
import { faultsOfRules, type Rule, type ShapedStep, shape } from './rule.ts'
import { type Action, actions, after, asksForMoney, describe, leftBy, nominalHours, type Step } from './step.ts'
import type { Subscription } from './subscription.ts'

export type Policy = {
  id: string
  version: number
  name: string
  steps: readonly Step[]
  rules: readonly Rule[]
  /** Null: every day is a business day. */
  calendar: Calendar | null
}

/**
 * Invoice and reminder −7 d; reminders −3, −1, 0 d; a saved method is charged at −1 d, 0, +1 d, +2 d; suspend +3 d (72 h of grace);
 * terminate +7 d.
 */
export const defaultSteps: readonly Step[] = [
  { key: 'invoice', action: 'issue_invoice', offset_days: -7 },
  { key: 'remind_3d', action: 'remind', offset_days: -3 },
  { key: 'charge_1d_before', action: 'charge', offset_days: -1 },
  { key: 'remind_1d', action: 'remind', offset_days: -1 },
  { key: 'charge_0d', action: 'charge', offset_days: 0 },
  { key: 'remind_0d', action: 'remind', offset_days: 0 },
  { key: 'charge_1d_after', action: 'charge', offset_days: 1 },
  { key: 'charge_2d_after', action: 'charge', offset_days: 2 },
  { key: 'suspend', action: 'suspend', offset_hours: 72 },
  { key: 'terminate', action: 'terminate', offset_days: 7 },
]

export const standardPolicy: Omit<Policy, 'id' | 'version'> = {
  name: 'Standard',
  steps: defaultSteps,
  rules: [],
  calendar: null,
}

/** What a policy must have to be usable, as sentences; empty when it may be saved. */
export function faultsOf(steps: readonly Step[], rules: readonly Rule[] = []): string[] {
  const faults: string[] = []
  const of = (action: Action) => steps.filter((step) => step.action === action)
  if (new Set(steps.map((step) => step.key)).size < steps.length) faults.push('Two steps have the same key.')
  for (const action of ['issue_invoice', 'suspend', 'terminate'] as const)
    if (of(action).length !== 1) faults.push(`A policy has exactly one step "${action.replace('_', ' ')}".`)
  const [invoice, suspend, terminate] = [of('issue_invoice')[0], of('suspend')[0], of('terminate')[0]]
  const before = (a: Step, b: Step) => nominalHours(a) < nominalHours(b)
  if (suspend && nominalHours(suspend) < 0) faults.push('Nobody is suspended inside the time he paid for.')
  if (invoice && suspend && !before(invoice, suspend)) faults.push('The invoice comes before the suspension.')
  for (const restrict of of('restrict')) {
    if (nominalHours(restrict) < 0) faults.push('Nobody is restricted inside the time he paid for.')
    if (suspend && !before(restrict, suspend)) faults.push('A restriction comes before the suspension.')
  }
  if (suspend && terminate && !before(suspend, terminate)) faults.push('Termination comes after the suspension.')
  return [...faults, ...faultsOfRules(steps, rules)]
}

export type PlannedStep = {
  key: string
  action: Action
  at: Instant
  /** The sentence for people: policy, version, offset, and what moved it. */
  because: string
  /** The rules that shaped it. */
  by: readonly { key: string; name: string }[]
  /** `restrict`: how many connections are left. */
  connections?: number
}

/** At one instant: money is asked before reminders go, and people are told before they are cut off. */
const order: readonly Action[] = actions

/**
 * Every step of the present period, in order, with its instant, its reason and the rules that shaped it; with `from`, those from that
 * instant on. Before the end of a short term an invoice comes no earlier than the middle of its period, and what else would is left out.
 */
export function timeline(
  subscription: Subscription,
  policy: Policy,
  facts: Facts,
  from: Instant | null = null,
): PlannedStep[] {
  const end = subscription.paidThrough
  if (
    end === null ||
    subscription.status === 'pending' ||
    subscription.status === 'paused' ||
    subscription.status === 'terminated'
  )
    return []
  const shaped = stepsFor(subscription, policy, facts)
  const ladder = ladderOf(shaped, subscription, policy, end)
  const planned = shaped.flatMap(({ step, shift, by }): PlannedStep[] => {
    const placed =
      step.action === 'suspend' || step.action === 'terminate'
        ? ladder[step.action]
        : step.action === 'restrict'
          ? restrictionOf({ step, shift, by }, end, ladder.suspend.at, subscription, policy)
          : placeOf({ step, shift, by }, end, facts.periodStarts, subscription, policy)
    if (placed === null) return []
    return [
      {
        key: step.key,
        action: step.action,
        at: placed.at,
        because: sentence(policy, step, by, placed.moved),
        by,
        ...(step.action === 'restrict' ? { connections: leftBy(step) } : {}),
      },
    ]
  })
  return planned
    .filter(({ at }) => from === null || !isBefore(at, from))
    .sort((a, b) => compareInstants(a.at, b.at) || order.indexOf(a.action) - order.indexOf(b.action))
}

type Placed = { at: Instant; moved: string }

const sentence = (policy: Policy, step: Step, by: readonly { name: string }[], moved: string): string =>
  [
    `${policy.name} (version ${policy.version}): ${describe(step)}`,
    ...by.map(({ name }) => `by the rule “${name}”`),
    ...(moved === '' ? [] : [moved]),
  ].join('; ')

/** Grace begins by itself at the end of paid time. Who leaves at the end, or only tried, is not asked for money and gets none. */
function stepsFor(subscription: Subscription, policy: Policy, facts: Facts): ShapedStep[] {
  if (leaves(subscription))
    return policy.steps.flatMap((step): ShapedStep[] => {
      if (asksForMoney.has(step.action) || (subscription.cancelAtEnd && step.action === 'remind')) return []
      const own: Step = step.action === 'suspend' ? { key: step.key, action: 'suspend', offset_hours: 0 } : step
      return [{ step: own, shift: { days: 0, hours: 0 }, by: [] }]
    })
  const grace: Step[] = policy.steps.some(({ action }) => action === 'grace')
    ? []
    : [{ key: 'grace', action: 'grace', offset_hours: 0 }]
  return shape([...policy.steps, ...grace], policy.rules, subscription, facts)
}

/** Leaves at the end of paid time, or only tried: is asked for nothing. */
export const leaves = (subscription: Subscription): boolean =>
  subscription.status === 'trial' || subscription.cancelAtEnd || !subscription.autoRenew

/** Where a step falls, but for suspension and end. Null: the term is too short for it. */
function placeOf(
  { step, shift }: ShapedStep,
  end: Instant,
  starts: Instant | null,
  { zone }: Subscription,
  { calendar }: Policy,
): Placed | null {
  const wanted = instantOf(step, shift, end, zone)
  if (!isBefore(wanted, end)) return onBusinessDay(wanted, step, calendar, zone)
  const earliest = starts === null ? null : plusSeconds(starts, secondsBetween(starts, end) / 2)
  const tooEarly = earliest !== null && isBefore(wanted, earliest)
  if (tooEarly) return step.action === 'issue_invoice' ? { at: earliest, moved: 'the term is short' } : null
  const moved = onBusinessDay(wanted, step, calendar, zone)
  // A word before the end stays before the end, and inside its period.
  return isBefore(moved.at, end) && (earliest === null || !isBefore(moved.at, earliest))
    ? moved
    : { at: wanted, moved: '' }
}

/** Never inside paid time, and no earlier than staff's hold; where the suspension comes first, there is nothing left to restrict. */
function restrictionOf(
  { step, shift }: ShapedStep,
  end: Instant,
  suspendsAt: Instant,
  { zone, holdUntil }: Subscription,
  { calendar }: Policy,
): Placed | null {
  const own = onBusinessDay(instantOf(step, shift, end, zone), step, calendar, zone)
  const placed = isBefore(own.at, end) ? { at: end, moved: 'not inside paid time' } : own
  const held =
    holdUntil !== null && isAfter(holdUntil, placed.at) ? { at: holdUntil, moved: 'held back by staff' } : placed
  return isBefore(held.at, suspendsAt) ? held : null
}

const instantOf = (step: Step, shift: { days: number; hours: number }, end: Instant, zone: string): Instant =>
  after(end, (step.offset_days ?? 0) + shift.days, (step.offset_hours ?? 0) + shift.hours, zone)

function onBusinessDay(at: Instant, step: Step, calendar: Calendar | null, zone: string): Placed {
  if (calendar === null || step.business_days === undefined) return { at, moved: '' }
  const moved = toBusinessDay(at, step.business_days, calendar, zone)
  return { at: moved, moved: isSame(moved, at) ? '' : `moved to the ${step.business_days} business day` }
}

/**
 * Suspension and end belong together: whatever moves the suspension (a rule, a business day, a hold of staff) moves the end along, so
 * that nobody loses the time to come back in. No suspension lies inside paid time.
 */
function ladderOf(
  shaped: readonly ShapedStep[],
  subscription: Subscription,
  policy: Policy,
  end: Instant,
): { suspend: Placed; terminate: Placed } {
  const { zone, holdUntil } = subscription
  const still = { days: 0, hours: 0 }
  const suspend = shaped.find(({ step }) => step.action === 'suspend')
  const terminate = shaped.find(({ step }) => step.action === 'terminate')
  const cut = suspend === undefined ? { at: end, moved: '' } : cutOf(suspend, end, zone, policy.calendar)
  const held = holdUntil !== null && isAfter(holdUntil, cut.at) ? { at: holdUntil, moved: 'held back by staff' } : cut
  if (terminate === undefined) return { suspend: held, terminate: held }
  const plannedCut = suspend === undefined ? end : laterOf(end, instantOf(suspend.step, still, end, zone))
  const plannedEnd = instantOf(terminate.step, still, end, zone)
  const comeBack = Math.max(secondsBetween(plannedCut, plannedEnd), shortestReturn(policy))
  const followed = plusSeconds(held.at, comeBack)
  const own = after(followed, terminate.shift.days, terminate.shift.hours, zone)
  const least = plusSeconds(held.at, Math.min(comeBack, 24 * 3600))
  const placed = onBusinessDay(own, terminate.step, policy.calendar, zone)
  const followsWhy = isSame(held.at, plannedCut) ? '' : 'follows the suspension'
  return {
    suspend: held,
    terminate: {
      at: laterOf(placed.at, least),
      moved: [followsWhy, placed.moved].filter((each) => each !== '').join('; '),
    },
  }
}

function cutOf({ step, shift }: ShapedStep, end: Instant, zone: string, calendar: Calendar | null): Placed {
  const placed = onBusinessDay(instantOf(step, shift, end, zone), step, calendar, zone)
  return isBefore(placed.at, end) ? { at: end, moved: 'not inside paid time' } : placed
}

/** Rules that put the suspension behind the end leave the time to come back in that the policy itself gives. */
function shortestReturn(policy: Policy): number {
  const of = (action: Action) => policy.steps.find((step) => step.action === action)
  const [suspend, terminate] = [of('suspend'), of('terminate')]
  if (suspend === undefined || terminate === undefined) return 0
  return Math.min(24, nominalHours(terminate) - nominalHours(suspend)) * 3600
}

/** The instant at which the line is planned to be cut off. */
export function cutOff(subscription: Subscription, policy: Policy, facts: Facts): Instant | null {
  if (subscription.paidThrough === null) return null
  return ladderOf(stepsFor(subscription, policy, facts), subscription, policy, subscription.paidThrough).suspend.at
}

/** `paidUntil`: how far it was sold; `restrictedTo`: no more connections than these; null: all that plan and add-ons give. */
export type Access = {
  wanted: 'active' | 'suspended' | 'ended'
  until: Instant
  paidUntil: Instant | null
  restrictedTo: number | null
}

/**
 * What the line should be. The panel's own expiry is a safety net: the planned cut-off plus 24 h, so that viewers see no
 * blink and nobody watches for years if we go down. Null: no line is wanted (yet).
 */
export function accessOf(subscription: Subscription, policy: Policy, facts: Facts, extraHours = 0): Access | null {
  const cut = cutOff(subscription, policy, facts)
  if (cut === null || subscription.waitingFor !== null) return null
  const until = plusHours(cut, 24 + extraHours)
  const paidUntil = subscription.paidThrough
  switch (subscription.status) {
    case 'pending':
      return null
    case 'trial':
    case 'active':
    case 'grace':
      return { wanted: 'active', until, paidUntil, restrictedTo: subscription.restrictedTo }
    case 'suspended':
    case 'paused':
      return { wanted: 'suspended', until, paidUntil, restrictedTo: null }
    case 'terminated':
      return {
        wanted: 'ended',
        until: earlierOf(until, subscription.terminatedAt ?? until),
        paidUntil,
        restrictedTo: null,
      }
  }
}

/** The next step that is not done, and when; what the engine sleeps until. */
export function nextStep(planned: readonly PlannedStep[], done: ReadonlySet<string>): PlannedStep | null {
  return planned.find((step) => !done.has(step.key)) ?? null
}

/** What only helps in time. A charge that is late is still owed; but of several that are due, one is enough. */
const timely: ReadonlySet<Action> = new Set(['remind', 'offer'])

/** A word that is late by a day, or overtaken by a later one that is due too, would only confuse: it is skipped. */
export const isStale = (step: PlannedStep, planned: readonly PlannedStep[], now: Instant): boolean =>
  (timely.has(step.action) && isAfter(now, plusHours(step.at, 24))) ||
  ((timely.has(step.action) || step.action === 'charge') &&
    planned.some((other) => other.action === step.action && isAfter(other.at, step.at) && !isAfter(other.at, now)))
