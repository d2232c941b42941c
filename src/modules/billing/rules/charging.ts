/** When a kept method is charged, and when no more: decisions on values (`DeclineClass` says what a decline means). */
import type { DeclineClass } from '#adapters/gateways/gateway.ts'
import { isBefore, laterOf, plusHours, secondsBetween, type Zone } from '#platform/time.ts'

/** A charge that was declined: what the bank said, and when it was tried. */
export type Try = { class: DeclineClass; at: Temporal.Instant }

export type WaitsFor = 'method' | 'customer' | 'staff'
export type NextTry =
  | { kind: 'retry'; at: Temporal.Instant }
  /** Only a new method, the customer's own payment, or staff can bring it further. */
  | { kind: 'wait'; for: WaitsFor; reason: string }

/** Card networks charge fines beyond 15 tries of a card in 30 days; we stop well before. */
export const mostTriesPerCard = 12
export const networkDays = 30

/** Days between two tries: +1, +3, +5, +7, +10, +14 days from the first. */
const gapsInDays = [1, 2, 2, 2, 3, 4]
/** A machine's trouble passes within hours: +1 h, +6 h, then like the bank's own doubt. */
const technicalGapsInHours = [1, 5]
const mostRetries: Partial<Record<DeclineClass, number>> = {
  soft_funds: 6,
  soft_issuer: 4,
  soft_technical: 4,
  unknown: 2,
}

const waits: Partial<Record<DeclineClass, { for: WaitsFor; reason: string }>> = {
  needs_authentication: { for: 'customer', reason: 'the bank asks the customer to confirm' },
  method_invalid: { for: 'method', reason: 'the payment method is not valid any more' },
  hard_blocked: { for: 'method', reason: 'the bank refused the payment method for good' },
  mandate_gone: { for: 'method', reason: 'the permission to charge was withdrawn' },
  fraud: { for: 'staff', reason: 'the gateway suspects fraud' },
  configuration: { for: 'staff', reason: 'the gateway refused the charge because of how it is set up' },
}

/** What follows from a decline. `tries`: all of this invoice with this method, oldest first; the last one is the decline. */
export function afterDecline(tries: readonly Try[], zone: Zone, seed: number): NextTry {
  const last = tries.at(-1)
  if (last === undefined) throw new Error('a decline was tried')
  const wait = waits[last.class]
  if (wait !== undefined) return { kind: 'wait', ...wait }
  const technical = tries.filter((each) => each.class === 'soft_technical').length
  const soon = last.class === 'soft_technical' ? technicalGapsInHours[technical - 1] : undefined
  if (soon !== undefined) return { kind: 'retry', at: plusHours(last.at, soon) }
  const done = tries.length - Math.min(technical, technicalGapsInHours.length)
  const gap = gapsInDays[done - 1]
  if (gap === undefined || done > (mostRetries[last.class] ?? 0))
    return { kind: 'wait', for: 'customer', reason: `declined ${tries.length} times` }
  return { kind: 'retry', at: atGoodHour(plusHours(last.at, gap * 24), zone, seed) }
}

/** Hours between two tries that a policy or a person's new click may ask for; staff who say "now" mean it. */
const leastHoursBetween = 12

/**
 * A step of the policy asks for a charge: when it may be, or why not. What waits for somebody goes on waiting, except that a mistake in
 * the set-up may have been mended since.
 */
export function whenAsked(tries: readonly Try[], now: Temporal.Instant, zone: Zone, seed: number): NextTry {
  const last = tries.at(-1)
  if (last === undefined) return { kind: 'retry', at: atGoodHour(now, zone, seed) }
  const wait = afterDecline(tries, zone, seed)
  if (wait.kind === 'wait' && last.class !== 'configuration') return wait
  return { kind: 'retry', at: atGoodHour(laterOf(now, plusHours(last.at, leastHoursBetween)), zone, seed) }
}

/** Nobody's bank is asked between 2 and 5 at night: many are being serviced, and the mail about it would wake people. */
export function atGoodHour(at: Temporal.Instant, zone: Zone, seed: number): Temporal.Instant {
  const local = at.toZonedDateTimeISO(zone)
  if (local.hour < 2 || local.hour >= 5) return at
  // Spread over two hours, so that a night's charges do not all arrive in one minute.
  const opens = local.with({ hour: 5, minute: 0, second: 0, millisecond: 0, microsecond: 0, nanosecond: 0 })
  return opens.add({ minutes: Math.abs(seed) % 120 }).toInstant()
}

/** From when a card may be tried again under the networks' rules. `charged`: its charges of the last 30 days, oldest first. Null: now. */
export function networkPause(charged: readonly Temporal.Instant[], now: Temporal.Instant): Temporal.Instant | null {
  const since = plusHours(now, -networkDays * 24)
  const counted = charged.filter((at) => !isBefore(at, since))
  const first = counted[counted.length - mostTriesPerCard]
  return first === undefined ? null : first.add({ hours: networkDays * 24, seconds: 1 })
}

/** How long an unpaid page or a promised transfer holds a charge back: the customer may be paying just now (F01). */
export function pageHoldsUntil(begun: Temporal.Instant, byHand: boolean): Temporal.Instant {
  return plusHours(begun, byHand ? 72 : 0.5)
}

/** Whether the customer is told: of the first decline, of another reason, and when nothing more is tried; not of every hourly try. */
export function tellsCustomer(tries: readonly Try[], next: NextTry): boolean {
  const [before, last] = tries.slice(-2)
  const only = last ?? before
  if (only === undefined || only.class === 'fraud' || only.class === 'configuration') return false
  if (next.kind === 'wait') return true
  if (only.class === 'soft_technical' && secondsBetween(only.at, next.at) < 12 * 3600) return false
  return last === undefined || before?.class !== last.class
}

/** The same spread for the same invoice, every time. */
export const seedOf = (id: string): number =>
  [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7)
