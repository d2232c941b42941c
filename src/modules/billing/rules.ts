/** Money asked and received: decisions on values. */
import type { PaymentStatus as RemoteStatus } from '#adapters/gateways/gateway.ts'
import { describeTerm, earlierOf, isBefore, laterOf, plusSeconds, secondsBetween, type Term } from '#platform/time.ts'
import type { Span } from '../subscriptions/rules/subscription.ts'

export type PaymentStatus = RemoteStatus | 'indeterminate'

export const isFinal = (status: PaymentStatus): boolean =>
  status === 'succeeded' || status === 'failed' || status === 'canceled' || status === 'expired'

/** Whether money may still come of it: while so, no second attempt is charged and nobody is suspended. */
export const isOpenAttempt = (status: PaymentStatus): boolean => status === 'processing' || status === 'indeterminate'

/** A kept method is charged with nobody at a page: its money may come until it is over. */
export const isMoving = ({ status, methodId }: { status: PaymentStatus; methodId: string | null }): boolean =>
  isOpenAttempt(status) || (methodId !== null && !isFinal(status))

/**
 * What a fetched state does to a stored one. Succeeded is terminal: money that leaves again is a refund. A failed,
 * canceled or expired attempt can still succeed late; nothing else moves backwards.
 */
export function nextStatus(stored: PaymentStatus, fetched: RemoteStatus): PaymentStatus {
  if (stored === 'succeeded') return 'succeeded'
  if (fetched === 'succeeded') return 'succeeded'
  if ((stored === 'canceled' || stored === 'expired') && fetched !== 'processing') return stored
  return fetched
}

/** Issued, not paid, and past its day. */
export const isOverdue = (
  { status, dueAt }: { status: string; dueAt: Temporal.Instant | null },
  now: Temporal.Instant,
): boolean => status === 'open' && dueAt !== null && isBefore(dueAt, now)

/** How much of what came pays the invoice, and what is left over for the customer's balance. */
export function settle(
  invoice: { totalMinor: bigint; paidMinor: bigint },
  received: bigint,
): { applied: bigint; surplus: bigint; paidInFull: boolean } {
  const open = invoice.totalMinor - invoice.paidMinor
  const applied = received < open ? received : open
  return { applied, surplus: received - applied, paidInFull: applied === open }
}

/** Money for several invoices pays them in their order, the last perhaps in part; what is closed takes nothing. */
export function settleInOrder<Each extends { totalMinor: bigint; paidMinor: bigint; status: string }>(
  invoices: readonly Each[],
  received: bigint,
): { parts: { invoice: Each; applied: bigint; paidInFull: boolean }[]; surplus: bigint } {
  const parts: { invoice: Each; applied: bigint; paidInFull: boolean }[] = []
  let rest = received
  for (const invoice of invoices) {
    if (rest === 0n || (invoice.status !== 'draft' && invoice.status !== 'open')) continue
    const { applied, surplus, paidInFull } = settle(invoice, rest)
    if (applied > 0n) parts.push({ invoice, applied, paidInFull })
    rest = surplus
  }
  return { parts, surplus: rest }
}

/** Polling is part of the design: 1, 5, 30 min, 2, 6 h, then daily for a month. Null: ask no more, tell staff. */
export function nextCheckAt(
  checks: number,
  createdAt: Temporal.Instant,
  now: Temporal.Instant,
): Temporal.Instant | null {
  const ladder = [60, 300, 1800, 7200, 21_600]
  const wait = ladder[checks] ?? 86_400
  return secondsBetween(createdAt, now) > 30 * 86_400 ? null : plusSeconds(now, wait)
}

/** A gateway that did not answer was not asked: again on the same rung, in five minutes at least, for it may be down, and in half an hour at most. */
export const askAgainAt = (
  checks: number,
  createdAt: Temporal.Instant,
  now: Temporal.Instant,
): Temporal.Instant | null => {
  const next = nextCheckAt(checks, createdAt, now)
  return next === null ? null : laterOf(plusSeconds(now, 300), earlierOf(next, plusSeconds(now, 1800)))
}

/** `INV-2026-00017` */
export const invoiceNumber = (series: string | null, number: number | null): string | null =>
  series === null || number === null ? null : `${series}-${String(number).padStart(5, '0')}`

/** An unpaid order is kept for two days; a payment that arrives later is booked all the same. */
export const orderExpires = (createdAt: Temporal.Instant): Temporal.Instant => plusSeconds(createdAt, 48 * 3600)

/** For how long a pending payment holds a suspension back (design, guard a). */
export const pendingHoldsUntil = (paymentCreatedAt: Temporal.Instant): Temporal.Instant =>
  plusSeconds(paymentCreatedAt, 72 * 3600)
export const holdsStill = (paymentCreatedAt: Temporal.Instant, now: Temporal.Instant): boolean =>
  isBefore(now, pendingHoldsUntil(paymentCreatedAt))

/** Of one piece; null where the sum does not divide, and so is that of all pieces. */
export const eachOfItem = (minor: bigint, quantity: number): bigint | null =>
  minor % BigInt(quantity) === 0n ? minor / BigInt(quantity) : null

/** What an item sells that is no whole term. */
export const spanOf = ({
  periodStart,
  coversUntil,
  anchorDay,
}: {
  periodStart: Temporal.Instant | null
  coversUntil: Temporal.Instant | null
  anchorDay: number | null
}): Span | null =>
  periodStart === null || coversUntil === null || anchorDay === null
    ? null
    : { starts: periodStart, ends: coversUntil, anchorDay }

/** What an invoice calls a period: plan and term, and the term only once where the plan is named after it. */
export const soldAs = (planName: string, term: Term): string =>
  planName.includes(describeTerm(term)) ? planName : `${planName}, ${describeTerm(term)}`
