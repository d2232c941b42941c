/** What GoCardless' objects say about one payment. What was confirmed once stays paid: what a bank takes back later is told beside it. */
import { money, zero } from '#platform/money.ts'
import { failureOf } from '../declines.ts'
import type {
  DeclineClass,
  DisputeSnapshot,
  Failure,
  PaymentSnapshot,
  PaymentStatus,
  RefundSnapshot,
  SavedMethod,
} from '../gateway.ts'
import {
  type Asks,
  type Event,
  ourRefOf,
  type Payment,
  type Refund,
  type Request,
  refundKey,
  wordsOf,
} from './objects.ts'

const statuses: Readonly<Record<string, PaymentStatus>> = {
  confirmed: 'succeeded',
  paid_out: 'succeeded',
  charged_back: 'succeeded',
  failed: 'failed',
  customer_approval_denied: 'failed',
  cancelled: 'canceled',
}

/** A payment that failed after it had been confirmed was paid, and came back. */
const statusOf = ({ status }: Payment, events: readonly Event[]): PaymentStatus =>
  status === 'failed' && events.some(({ action }) => action === 'confirmed')
    ? 'succeeded'
    : (statuses[status] ?? 'processing') // Submitted, or a word that we do not know: no success and no end.

/** `events` of the payment itself, newest first: asked for when it failed. */
export function snapshotOf(
  payment: Payment,
  { events, refunds, saved, livemode }: Beside,
): Omit<PaymentSnapshot, 'remoteRef'> {
  const amount = money(payment.amount, payment.currency)
  const status = statusOf(payment, events)
  const paid = status === 'succeeded'
  return {
    ourRef: ourRefOf(payment),
    status,
    requested: amount,
    received: paid ? amount : zero(payment.currency),
    captureId: paid ? payment.id : null,
    livemode,
    failure: status === 'failed' ? failureFor(payment, events) : null,
    refunds: refunds.map(refundOf),
    method: paid ? { kind: 'bank_debit', brand: saved?.brand ?? null, last4: saved?.last4 ?? null } : null,
    saved: paid ? saved : null,
  }
}
export type Beside = {
  events: readonly Event[]
  refunds: readonly Refund[]
  saved: SavedMethod | null
  livemode: boolean
}

/** Of a request to which no payment belongs yet. */
export const unpaid = (
  request: Request,
  { minor, currency }: Asks,
  status: PaymentStatus,
  livemode: boolean,
): PaymentSnapshot => ({
  remoteRef: request.id,
  ourRef: ourRefOf(request),
  status,
  requested: { minor, currency },
  received: zero(currency),
  captureId: null,
  livemode,
  failure: null,
  refunds: [],
  method: null,
  saved: null,
})

/** What a bank took back is lost from the start, unless it gives it again. Null: it was never there. */
export function disputeOf(payment: Payment, events: readonly Event[]): DisputeSnapshot | null {
  const taken = events.find(({ action }) => action === 'charged_back' || action === 'failed')
  if (!taken || statusOf(payment, events) !== 'succeeded') return null
  const amount = money(payment.amount, payment.currency)
  const back = payment.status !== 'failed' && payment.status !== 'charged_back'
  return {
    ref: payment.id,
    ourRef: ourRefOf(payment),
    captureId: payment.id,
    kind: 'bank_return',
    status: back ? 'won' : 'lost',
    amount,
    withdrawn: back ? zero(payment.currency) : amount,
    fee: zero(payment.currency), // Told with the payout, not here.
    reason: taken.details?.cause ?? payment.status,
    evidenceDueBy: null,
    evidenceSent: false,
    openedAt: Temporal.Instant.from(taken.created_at),
  }
}

const refundStatuses: Readonly<Record<string, RefundSnapshot['status']>> = {
  paid: 'succeeded',
  cancelled: 'canceled',
  bounced: 'failed',
  funds_returned: 'failed',
}

export const refundOf = ({ id, amount, currency, status, metadata }: Refund): RefundSnapshot => ({
  ref: id,
  ourRef: wordsOf(metadata, refundKey),
  amount: money(amount, currency),
  status: refundStatuses[status] ?? 'pending',
  reason: wordsOf(metadata, 'reason'),
})

/** By the cause, which is the same in all schemes; the reason codes of the banks differ. */
const classes: Readonly<Record<string, DeclineClass>> = {
  insufficient_funds: 'soft_funds',
  refer_to_payer: 'soft_issuer',
  mandate_cancelled: 'mandate_gone',
  authorisation_disputed: 'mandate_gone',
  mandate_expired: 'mandate_gone',
  invalid_bank_details: 'method_invalid',
  bank_account_transferred: 'method_invalid',
  direct_debit_not_enabled: 'method_invalid',
  bank_account_closed: 'hard_blocked',
  payer_deceased: 'hard_blocked',
}

function failureFor({ status }: Payment, events: readonly Event[]): Failure {
  const cause = events.find(({ action }) => action === 'failed')?.details?.cause ?? status
  return failureOf(classes[cause] ?? 'unknown', cause)
}
