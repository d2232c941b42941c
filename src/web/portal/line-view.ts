/** A line as its owner reads it: one state with its reason, and the one thing there is to do. Values only. */
import type { Standing } from '#modules/billing/standing.ts'
import { type Line, nameOfLine, syncStateOf } from '#modules/lines/rules.ts'
import { comesOn } from '#modules/subscriptions/rules/price-change.ts'
import type { Action } from '#modules/subscriptions/rules/step.ts'
import { type Money, money } from '#platform/money.ts'
import type { TextKey } from '#web/i18n/translate.ts'

export type LineView = {
  id: string
  planName: string
  /** User name, or the address of a box. */
  name: string
  state: 'trial' | 'active' | 'expiring' | 'grace' | 'suspended' | 'paused' | 'terminated'
  /** Why it is so and what comes next; `{{date}}` in the text is `at`. */
  reason: { key: TextKey; at: string | null }
  /** What happens next by itself, in the customer's words; `{{date}}` in the text is `at`. */
  next: { key: TextKey; at: string }[]
  /** Why nothing is stopped for now; null: nothing is in the way. */
  kept: { key: TextKey; at: string | null } | null
  endsAt: string
  /** Whole days of paid time that are left; null when it is over. */
  daysLeft: number | null
  /** On how many screens it works now, and on how many once it is paid. */
  connections: number
  fullConnections: number
  /** How many screens were on when the panel was last asked. */
  inUse: { count: number; at: string } | null
  autoRenew: boolean
  /** Whether renewal can be switched at all. */
  renews: boolean
  act: 'renew' | 'pay' | 'reactivate' | 'plans'
  /** The button stands out: something stops soon, or has stopped. */
  urgent: boolean
  price: Money
  hasLogin: boolean
  changesPlan: boolean
  /** Add-ons can be looked at and changed. */
  addOns: boolean
  /** Connections that come from add-ons. */
  extra: number
  /** Whether it can be asked to rest, or to go on. */
  pauses: 'pause' | 'go_on' | null
  cancels: boolean
  /** With how many others it is renewed, and whether that can be looked at or changed. */
  together: number
  groups: boolean
  /** What its coupon takes off the next renewal, and for how many after it; null: for all. */
  discount: Standing['discount']
  /** A new price that is announced, with the day of the first renewal at it. */
  newPrice: { key: TextKey; at: string; old: Money; new: Money } | null
}

const daySeconds = 86_400

/** It can be renewed together with another line. */
export const isRunning = ({ subscription: { status } }: Pick<Standing, 'subscription'>): boolean =>
  ['active', 'grace', 'suspended', 'paused'].includes(status)

/** Null for what was never paid. */
export function lineView(standing: Standing, now: Temporal.Instant, mayGroup = false): LineView | null {
  const { subscription, line, planName, connections, renewable, price, invoice } = standing
  const { status, paidThrough } = subscription
  if (line === null || paidThrough === null || status === 'pending') return null
  const seconds = (paidThrough.epochMilliseconds - now.epochMilliseconds) / 1000
  const daysLeft = seconds > 0 ? Math.floor(seconds / daySeconds) : null
  const state = status === 'active' && seconds <= 7 * daySeconds ? 'expiring' : status
  const ended = status === 'terminated'
  return {
    id: line.id,
    planName,
    name: nameOfLine(line),
    state,
    reason: reasonOf(standing, line, now),
    next: nextOf(standing, now),
    kept: keptUp(standing, now),
    endsAt: paidThrough.toString(),
    daysLeft: ended ? null : daysLeft,
    connections: Math.min(connections, subscription.restrictedTo ?? connections),
    fullConnections: connections,
    inUse: inUseOf(line),
    autoRenew: subscription.autoRenew && !subscription.cancelAtEnd,
    renews: renewable && !ended && status !== 'trial',
    act: !renewable ? 'plans' : ended || status === 'suspended' ? 'reactivate' : invoice === null ? 'renew' : 'pay',
    urgent: state !== 'active' && state !== 'paused' && !ended,
    price,
    changesPlan: renewable && ['active', 'grace', 'suspended'].includes(status),
    addOns: standing.addOns && ['active', 'grace', 'suspended'].includes(status),
    extra: line.extraConnections,
    pauses: status === 'paused' ? 'go_on' : status === 'active' && daysLeft !== null ? 'pause' : null,
    cancels: !ended,
    together: Math.max(0, standing.household - 1),
    groups: standing.household > 1 || (mayGroup && isRunning(standing)),
    discount: renewable && !ended ? standing.discount : null,
    newPrice: newPriceOf(standing, now),
    hasLogin: line.activatedAt !== null && line.wanted === 'active',
  }
}

/** What a customer notices of a policy; what only staff see is not told. */
const noticed: Partial<Record<Action, TextKey>> = {
  issue_invoice: 'portal.next.invoice',
  charge: 'portal.next.charge',
  remind: 'portal.next.remind',
  grace: 'portal.next.grace',
  restrict: 'portal.next.restrict',
  suspend: 'portal.next.suspend',
  terminate: 'portal.next.terminate',
}

function nextOf({ subscription, planned, willCharge }: Standing, now: Temporal.Instant): LineView['next'] {
  const asked = subscription.status !== 'trial' && subscription.autoRenew && !subscription.cancelAtEnd
  return planned.flatMap(({ action, at }) => {
    const key = !asked && action === 'suspend' ? 'portal.next.ends' : noticed[action]
    return key === undefined || (action === 'charge' && !willCharge) || Temporal.Instant.compare(at, now) <= 0
      ? []
      : [{ key, at: at.toString() }]
  })
}

function newPriceOf({ subscription, coming }: Standing, now: Temporal.Instant): LineView['newPrice'] {
  if (coming === null || subscription.status === 'terminated') return null
  const first = comesOn(subscription, coming, now)
  if (first === null) return null
  const { currency } = subscription
  return {
    key:
      coming.status !== 'announced'
        ? `portal.price.card.${coming.status}`
        : coming.consent === 'ask'
          ? 'portal.price.card.ask'
          : 'portal.price.card',
    at: first.toString(),
    old: money(coming.oldMinor, currency),
    new: money(coming.newMinor, currency),
  }
}

function keptUp({ subscription, payingSince }: Standing, now: Temporal.Instant): LineView['kept'] {
  const { status, holdUntil } = subscription
  if (!['active', 'grace'].includes(status)) return null
  if (payingSince !== null) return { key: 'portal.next.paying', at: null }
  return holdUntil !== null && Temporal.Instant.compare(holdUntil, now) > 0
    ? { key: 'portal.next.held', at: holdUntil.toString() }
    : null
}

function inUseOf({ found, foundAt, wanted }: Line): LineView['inUse'] {
  const count = found?.activeConnections ?? null
  return count === null || foundAt === null || wanted !== 'active' ? null : { count, at: foundAt.toString() }
}

function reasonOf(
  { subscription, cutOff, renewable, invoice }: Standing,
  line: Line,
  now: Temporal.Instant,
): LineView['reason'] {
  const { status, paidThrough, suspendedAt, terminatedAt, terminatedBecause, autoRenew, cancelAtEnd } = subscription
  const because = (key: TextKey, at: Temporal.Instant | null = null) => ({ key, at: at?.toString() ?? null })
  switch (status) {
    case 'suspended': {
      // With paid time left it was a person who stopped it, not the calendar.
      const byHand = paidThrough !== null && Temporal.Instant.compare(now, paidThrough) < 0
      return because(byHand ? 'portal.why.stopped' : 'portal.why.suspended', suspendedAt)
    }
    case 'terminated':
      return because(terminatedBecause === 'unpaid' ? 'portal.why.unpaid' : 'portal.why.ended', terminatedAt)
    case 'paused':
      return because('portal.why.paused', subscription.pausedAt)
    case 'grace':
      return because(subscription.restrictedTo === null ? 'portal.why.grace' : 'portal.why.restricted', cutOff)
    case 'trial':
      return waiting(subscription, line) ?? settingUp(line) ?? because('portal.why.trial', paidThrough)
    default:
      return (
        waiting(subscription, line) ??
        settingUp(line) ??
        because(
          invoice !== null
            ? 'portal.why.invoiced'
            : autoRenew && !cancelAtEnd && renewable
              ? 'portal.why.renews'
              : 'portal.why.ends',
          paidThrough,
        )
      )
  }
}

/** It is paid for, and the business or one above it keeps it from running: no matter of the customer's, and not of the TV server's. */
function waiting({ waitingFor }: Standing['subscription'], line: Line): LineView['reason'] | null {
  if (waitingFor === null) return null
  return { key: line.activatedAt === null ? 'portal.why.waiting' : 'portal.why.resting', at: null }
}

/** Before the panel confirmed the line, that is what there is to say. */
function settingUp(line: Line): LineView['reason'] | null {
  if (line.activatedAt !== null) return null
  return { key: syncStateOf(line) === 'setting_up' ? 'portal.why.settingUp' : 'portal.why.delayed', at: null }
}
