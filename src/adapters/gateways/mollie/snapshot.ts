/** Mollie's objects, parsed as far as we use them, and what they say about one payment. */
import { z } from 'zod'
import { sha256 } from '#platform/crypto.ts'
import { ProviderError } from '#platform/errors.ts'
import { fromDecimal, type Money, zero } from '#platform/money.ts'
import { failureOf, sepaClassOf } from '../declines.ts'
import type {
  DeclineClass,
  DisputeSnapshot,
  Failure,
  ListedMoney,
  PaymentSnapshot,
  PaymentStatus,
  RefundSnapshot,
  SavedMethod,
} from '../gateway.ts'

/** Put on payments and refunds, so that each leads back to us by itself. */
export const paymentKey = 'linekeeper_payment'
export const refundKey = 'linekeeper_refund'
/** On a first payment of nothing, which is no payment of ours. */
export const setupKey = 'linekeeper_setup'

const words = z.string().nullish()
export const Amount = z.object({ currency: z.string(), value: z.string() })

/** Metadata may be anything that somebody wrote there: only an object of ours has our words. */
const Metadata = z.record(z.string(), z.unknown()).nullish().catch(null)

export const Refund = z.object({
  id: z.string(),
  amount: Amount,
  status: z.string(),
  description: words,
  metadata: Metadata,
})

const Chargeback = z.object({ id: z.string(), amount: Amount, createdAt: words, reversedAt: words })

const Details = z.object({
  cardNumber: words,
  cardLabel: words,
  failureReason: words,
  consumerAccount: words,
  bankReasonCode: words,
})

export const MolliePayment = z.object({
  resource: z.literal('payment'),
  id: z.string().startsWith('tr_'),
  mode: z.enum(['live', 'test']),
  amount: Amount,
  status: z.string(),
  isCancelable: z.boolean().nullish(),
  method: words,
  sequenceType: words,
  customerId: words,
  mandateId: words,
  metadata: Metadata,
  details: Details.nullish(),
  _embedded: z.object({ refunds: z.array(Refund).optional(), chargebacks: z.array(Chargeback).optional() }).optional(),
  _links: z.object({ checkout: z.object({ href: z.url() }).nullish() }),
})
export type MolliePayment = z.infer<typeof MolliePayment>

const Listed = z.object({
  id: z.string(),
  metadata: Metadata,
  status: z.string(),
  amount: Amount,
  amountRefunded: Amount.nullish(),
  createdAt: z.string(),
})

export const ListedPayments = z.object({
  _embedded: z.object({ payments: z.array(Listed) }),
  _links: z.object({ next: z.object({ href: z.string() }).nullish() }),
})

export const Customer = z.object({ resource: z.literal('customer'), id: z.string() })

export const Mandate = z.object({
  id: z.string(),
  status: z.string(),
  method: z.string(),
  details: z.object({
    cardNumber: words,
    cardLabel: words,
    cardFingerprint: words,
    cardExpiryDate: words,
    consumerAccount: words,
  }),
})
export type Mandate = z.infer<typeof Mandate>

export const ourRefOf = ({ metadata }: Pick<MolliePayment, 'metadata'>): string | null => {
  const ref = metadata?.[paymentKey]
  return typeof ref === 'string' ? ref : null
}

export const setupRefOf = ({ metadata }: Pick<MolliePayment, 'metadata'>): string | null => {
  const ref = metadata?.[setupKey]
  return typeof ref === 'string' ? ref : null
}

/** What a bank took back is told beside it and stays `paid`. */
export const listedOf = (payment: z.infer<typeof Listed>): ListedMoney[] => {
  const { id, status, amount, amountRefunded, createdAt } = payment
  const received = amountOf(amount)
  if (status !== 'paid' || received.minor === 0n) return []
  const refunded = amountRefunded ? amountOf(amountRefunded) : zero(received.currency)
  const at = Temporal.Instant.from(createdAt)
  return [{ remoteRef: id, ourRef: ourRefOf(payment), captureId: id, received, refunded, at }]
}

const statuses: Record<string, PaymentStatus> = {
  open: 'requires_action',
  pending: 'processing',
  paid: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
  expired: 'expired',
}

/** `paid` stays paid when money leaves again: refunds and what a bank took back are told beside it. */
export function snapshotOf(payment: MolliePayment, mandate: Mandate | null): PaymentSnapshot {
  const status = statuses[payment.status] ?? 'processing' // A word we do not know is no success and no end.
  const requested = amountOf(payment.amount)
  const paid = status === 'succeeded'
  return {
    remoteRef: payment.id,
    ourRef: ourRefOf(payment),
    status,
    requested,
    received: paid ? requested : zero(requested.currency),
    captureId: paid ? payment.id : null,
    livemode: payment.mode === 'live',
    failure: status === 'failed' ? mollieFailure(payment.details) : null,
    refunds: (payment._embedded?.refunds ?? []).map(snapshotOfRefund),
    method: paid ? methodOf(payment) : null,
    saved: mandate !== null && payment.customerId ? savedOf(mandate, payment.customerId) : null,
  }
}

const refundStatuses: Record<string, RefundSnapshot['status']> = {
  refunded: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
}

/** `queued`, `pending` and `processing` are on their way. */
export const snapshotOfRefund = (refund: z.infer<typeof Refund>): RefundSnapshot => {
  const { [refundKey]: ourRef, reason } = refund.metadata ?? {}
  return {
    ref: refund.id,
    ourRef: typeof ourRef === 'string' ? ourRef : null,
    amount: amountOf(refund.amount),
    status: refundStatuses[refund.status] ?? 'pending',
    reason: typeof reason === 'string' ? reason : (refund.description ?? null),
  }
}

/** A bank took it back: decided when we hear of it, unless the money comes again. Throws `rejected(not_found)`. */
export function disputeOf(payment: MolliePayment, chargebackId: string): DisputeSnapshot {
  const found = payment._embedded?.chargebacks?.find(({ id }) => id === chargebackId)
  if (!found)
    throw new ProviderError('mollie', 'rejected', `no chargeback ${chargebackId} of ${payment.id}`, {
      code: 'not_found',
    })
  const amount = amountOf(found.amount)
  const back = Boolean(found.reversedAt)
  return {
    ref: `${payment.id}/${found.id}`,
    ourRef: ourRefOf(payment),
    captureId: payment.id,
    kind: payment.method === 'creditcard' ? 'card' : 'bank_return',
    status: back ? 'won' : 'lost',
    amount,
    withdrawn: back ? zero(amount.currency) : amount,
    fee: zero(amount.currency), // Told in the invoice of the month, not here.
    reason: payment.details?.bankReasonCode ?? 'chargeback',
    evidenceDueBy: null,
    evidenceSent: false,
    openedAt: found.createdAt ? Temporal.Instant.from(found.createdAt) : null,
  }
}

export function amountOf({ currency, value }: z.infer<typeof Amount>): Money {
  const amount = fromDecimal(value, currency)
  if (amount !== null) return amount
  throw new ProviderError('mollie', 'unavailable', `${value} ${currency} is no amount`, { code: 'unexpected_answer' })
}

const lastFour = (text: string | null | undefined): string | null => text?.match(/\d{4}$/)?.[0] ?? null

const methodOf = ({ method, details }: MolliePayment): PaymentSnapshot['method'] => ({
  kind: method ?? 'mollie',
  brand: details?.cardLabel ?? null,
  last4: lastFour(details?.cardNumber ?? details?.consumerAccount),
})

export function savedOf({ id, method, details }: Mandate, customerRef: string): SavedMethod {
  const [year, month] = details.cardExpiryDate?.split('-').map(Number) ?? []
  const account = details.consumerAccount
  return {
    customerRef,
    methodRef: id,
    kind: method,
    brand: details.cardLabel ?? null,
    last4: lastFour(details.cardNumber ?? account),
    expires: year && month ? { year, month } : null,
    fingerprint: details.cardFingerprint ?? (account ? sha256(account).toString('hex').slice(0, 32) : null),
  }
}

/** https://docs.mollie.com/reference/get-payment: `details.failureReason` of cards. */
const cardClasses: Record<string, DeclineClass> = {
  authentication_abandoned: 'needs_authentication',
  authentication_failed: 'needs_authentication',
  authentication_required: 'needs_authentication',
  authentication_unavailable_acs: 'soft_technical',
  card_declined: 'soft_issuer',
  card_expired: 'method_invalid',
  inactive_card: 'hard_blocked',
  insufficient_funds: 'soft_funds',
  invalid_card_holder_name: 'method_invalid',
  invalid_card_number: 'method_invalid',
  invalid_card_type: 'method_invalid',
  invalid_cvv: 'method_invalid',
  possible_fraud: 'fraud',
  refused_by_issuer: 'soft_issuer',
}

export function mollieFailure(details: MolliePayment['details']): Failure {
  if (details?.bankReasonCode) return failureOf(sepaClassOf(details.bankReasonCode), details.bankReasonCode)
  const reason = details?.failureReason ?? 'unknown_reason'
  return failureOf(cardClasses[reason] ?? 'unknown', reason)
}
