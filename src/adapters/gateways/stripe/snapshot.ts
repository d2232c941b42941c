/** Stripe's objects, parsed as far as we use them, and what they say about one payment. */
import { z } from 'zod'
import { zero } from '#platform/money.ts'
import type { PaymentSnapshot, PaymentStatus, RefundSnapshot, SavedMethod } from '../gateway.ts'
import { fromStripeAmount } from './amounts.ts'
import { stripeFailure } from './errors.ts'

/** Put on session, payment intent and refund, so that each leads back to us by itself. */
export const paymentKey = 'linekeeper_payment'
export const refundKey = 'linekeeper_refund'

const Metadata = z.record(z.string(), z.string()).nullish()
const words = z.string().nullish()
const idOf = z.union([z.string(), z.object({ id: z.string() }).transform((each) => each.id)]).nullish()

export const Refund = z.object({
  id: z.string(),
  object: z.literal('refund'),
  amount: z.int(),
  currency: z.string(),
  status: words,
  reason: words,
  metadata: Metadata,
})
export type Refund = z.infer<typeof Refund>

const RefundList = z.object({ data: z.array(Refund), has_more: z.boolean() })

const Charge = z.object({
  id: z.string(),
  payment_method_details: z.looseObject({ type: z.string() }).nullish(),
  refunds: RefundList.nullish(),
})

export const Intent = z.object({
  id: z.string(),
  object: z.literal('payment_intent'),
  amount: z.int(),
  amount_received: z.int(),
  currency: z.string(),
  status: z.string(),
  livemode: z.boolean(),
  metadata: Metadata,
  latest_charge: z.union([z.string(), Charge]).nullish(),
  customer: idOf,
  payment_method: idOf,
  setup_future_usage: words,
  last_payment_error: z
    .object({ code: words, decline_code: words, advice_code: words, network_advice_code: words })
    .nullish(),
})
export type Intent = z.infer<typeof Intent>

export const Session = z.object({
  id: z.string().startsWith('cs_'),
  object: z.literal('checkout.session'),
  amount_total: z.int(),
  client_reference_id: words,
  created: z.int(),
  currency: z.string(),
  livemode: z.boolean(),
  metadata: Metadata,
  payment_intent: z.union([z.string(), Intent]).nullish(),
  payment_status: z.string(),
  status: z.string().nullable(),
  url: words,
})
export type Session = z.infer<typeof Session>

/** `expand` for one session, for a list of them, and for an intent: intent, charge and refunds in one call. */
export const expandSession = ['payment_intent.latest_charge.refunds']
export const expandSessions = expandSession.map((path) => `data.${path}`)
export const expandIntent = ['latest_charge.refunds']

export const ourRefOf = (session: Pick<Session, 'client_reference_id' | 'metadata'>): string | null =>
  session.client_reference_id ?? session.metadata?.[paymentKey] ?? null

export const intentIdOf = ({ payment_intent: intent }: Session): string | null =>
  typeof intent === 'string' ? intent : (intent?.id ?? null)

export function snapshotOfSession(session: Session): PaymentSnapshot {
  const intent = typeof session.payment_intent === 'object' ? (session.payment_intent ?? null) : null
  const requested = fromStripeAmount(session.amount_total, session.currency)
  return {
    remoteRef: session.id,
    ourRef: ourRefOf(session),
    status: statusOfSession(session, intent),
    requested,
    livemode: session.livemode,
    ...moneyOf(intent, requested.currency),
  }
}

/** A payment intent that no session of ours made: all that can be said of it. */
export function snapshotOfIntent(intent: Intent): PaymentSnapshot {
  const requested = fromStripeAmount(intent.amount, intent.currency)
  return {
    remoteRef: intent.id,
    ourRef: intent.metadata?.[paymentKey] ?? null,
    status: statusOfIntent(intent),
    requested,
    livemode: intent.livemode,
    ...moneyOf(intent, requested.currency),
  }
}

/** Money that arrived wins over whatever the session says; a word we do not know is no success and no end. */
function statusOfSession(session: Session, intent: Intent | null): PaymentStatus {
  if (intent?.status === 'succeeded') return 'succeeded'
  switch (session.status) {
    case 'open':
      return 'requires_action'
    case 'expired':
      return 'expired'
    default: {
      // `complete` and `unpaid`: a method whose money comes days later, if it comes.
      const status = intent ? statusOfIntent(intent) : 'processing'
      return status === 'requires_action' ? 'processing' : status
    }
  }
}

function statusOfIntent(intent: Intent): PaymentStatus {
  switch (intent.status) {
    case 'succeeded':
      return 'succeeded'
    case 'canceled':
      return 'canceled'
    case 'requires_payment_method':
      return intent.last_payment_error ? 'failed' : 'requires_action'
    case 'requires_confirmation':
    case 'requires_action':
      return 'requires_action'
    default:
      return 'processing'
  }
}

function moneyOf(
  intent: Intent | null,
  currency: string,
): Pick<PaymentSnapshot, 'received' | 'captureId' | 'failure' | 'refunds' | 'method' | 'saved'> {
  const charge = typeof intent?.latest_charge === 'object' ? (intent.latest_charge ?? null) : null
  const paid = intent?.status === 'succeeded'
  const error = paid ? null : intent?.last_payment_error
  return {
    received: intent && paid ? fromStripeAmount(intent.amount_received, intent.currency) : zero(currency),
    captureId: intent && paid ? intent.id : null,
    failure: error ? stripeFailure(error) : null,
    refunds: (charge?.refunds?.data ?? []).map(snapshotOfRefund),
    method: charge && paid ? methodOf(charge) : null,
    saved: intent && charge && paid ? savedBy(intent, charge) : null,
  }
}

const refundStatuses = ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const

export const snapshotOfRefund = (refund: Refund): RefundSnapshot => ({
  ref: refund.id,
  ourRef: refund.metadata?.[refundKey] ?? null,
  amount: fromStripeAmount(refund.amount, refund.currency),
  status: refundStatuses.find((each) => each === refund.status) ?? 'pending',
  reason: refund.metadata?.reason ?? refund.reason ?? null,
})

function methodOf(charge: z.infer<typeof Charge>): PaymentSnapshot['method'] {
  const details = charge.payment_method_details
  if (!details) return null
  const inner = z.object({ brand: words, last4: words }).safeParse(details[details.type]).data
  return { kind: details.type, brand: inner?.brand ?? null, last4: inner?.last4 ?? null }
}

/** Kept with this payment: only what we asked for, and what has a customer can be charged again. */
function savedBy(intent: Intent, charge: z.infer<typeof Charge>): SavedMethod | null {
  const { customer, payment_method: method } = intent
  if (intent.setup_future_usage !== 'off_session' || !customer || !method) return null
  const details = charge.payment_method_details
  const inner = details ? MethodDetails.safeParse(details[details.type]).data : undefined
  return {
    customerRef: customer,
    methodRef: method,
    kind: details?.type ?? 'card',
    brand: inner?.brand ?? null,
    last4: inner?.last4 ?? null,
    expires: inner?.exp_month && inner.exp_year ? { month: inner.exp_month, year: inner.exp_year } : null,
    fingerprint: inner?.fingerprint ?? null,
  }
}

export const MethodDetails = z.object({
  brand: words,
  last4: words,
  fingerprint: words,
  exp_month: z.int().nullish(),
  exp_year: z.int().nullish(),
})
