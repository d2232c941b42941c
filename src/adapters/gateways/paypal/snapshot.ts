/** PayPal's order, parsed as far as we use it, and what it says about one payment. The captures decide, never the order's own status. */
import { z } from 'zod'
import { zero } from '#platform/money.ts'
import type { PaymentSnapshot, PaymentStatus, RefundSnapshot, SavedMethod } from '../gateway.ts'
import { fromPaypalAmount, PaypalAmount } from './amounts.ts'
import { captureFailure } from './declines.ts'

const words = z.string().nullish()

const Capture = z.object({
  id: z.string(),
  status: z.string(),
  amount: PaypalAmount,
  status_details: z.object({ reason: words }).nullish(),
  processor_response: z.object({ response_code: words }).nullish(),
})

export const Refund = z.object({
  id: z.string(),
  status: z.string(),
  amount: PaypalAmount,
  custom_id: words,
  note_to_payer: words,
})

const Wallet = z.object({
  email_address: words,
  account_id: words,
  attributes: z
    .object({
      vault: z.object({ id: words, status: words, customer: z.object({ id: z.string() }).nullish() }).nullish(),
    })
    .nullish(),
})

export const Order = z.object({
  id: z.string(),
  status: z.string(),
  purchase_units: z.tuple(
    [
      z.object({
        reference_id: words,
        custom_id: words,
        amount: PaypalAmount,
        payments: z.object({ captures: z.array(Capture).nullish(), refunds: z.array(Refund).nullish() }).nullish(),
      }),
    ],
    z.unknown(),
  ),
  payment_source: z.object({ paypal: Wallet.nullish() }).nullish(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).nullish(),
})
export type Order = z.infer<typeof Order>

/**
 * What we write on an order: whose it is (`custom_id`: `pay_…`, or `pay_…:canceled`), and until when it may be captured
 * (`reference_id`). PayPal closes no order on request, so both are asked before money is taken.
 */
export const customIdOf = (ourRef: string): string => ourRef
export const canceledIdOf = (ourRef: string): string => `${ourRef}:canceled`
export const referenceOf = (expiresAt: Temporal.Instant): string =>
  `till-${Math.floor(expiresAt.epochMilliseconds / 1000)}`

/** The payment that a `custom_id` names, of an order, a capture, or a refund (`pay_…:ref_…`). */
export const ourRefOf = (customId: string | null | undefined): string | null => customId?.split(':')[0] || null

const unitOf = (order: Order) => order.purchase_units[0]
const isCanceled = (order: Order): boolean => unitOf(order).custom_id?.endsWith(':canceled') ?? false

function isOver(order: Order, now: Temporal.Instant): boolean {
  const [, until] = /^till-(\d{1,12})$/.exec(unitOf(order).reference_id ?? '') ?? []
  return until !== undefined && now.epochMilliseconds / 1000 > Number(until)
}

/** The buyer has agreed on PayPal's page, and we still want the money. */
export const mayBeTaken = (order: Order, now: Temporal.Instant): boolean =>
  order.status === 'APPROVED' && !isCanceled(order) && !isOver(order, now)

export const mayBeCanceled = (order: Order): boolean =>
  !isCanceled(order) && ['CREATED', 'SAVED', 'PAYER_ACTION_REQUIRED', 'APPROVED'].includes(order.status)

const withMoney = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'REVERSED'])

export function snapshotOf(order: Order, context: { livemode: boolean; now: Temporal.Instant }): PaymentSnapshot {
  const unit = unitOf(order)
  const captures = unit.payments?.captures ?? []
  const paid = captures.find((each) => withMoney.has(each.status))
  const last = captures.at(-1)
  const status = paid ? 'succeeded' : last ? statusOfCapture(last.status) : statusOfOrder(order, context.now)
  const requested = fromPaypalAmount(unit.amount)
  const wallet = order.payment_source?.paypal ?? null
  return {
    remoteRef: order.id,
    ourRef: ourRefOf(unit.custom_id),
    status,
    requested,
    received: paid ? fromPaypalAmount(paid.amount) : zero(requested.currency),
    captureId: paid?.id ?? null,
    livemode: context.livemode,
    failure:
      last && status === 'failed'
        ? captureFailure(last.processor_response?.response_code ?? last.status_details?.reason ?? null)
        : null,
    refunds: (unit.payments?.refunds ?? []).map(snapshotOfRefund),
    method: paid ? { kind: 'paypal', brand: 'PayPal', last4: null } : null,
    saved: paid ? savedBy(wallet) : null,
  }
}

/** A capture of which we do not know the word has not come, and is not over. */
const statusOfCapture = (status: string): PaymentStatus =>
  status === 'DECLINED' || status === 'FAILED' ? 'failed' : 'processing'

function statusOfOrder(order: Order, now: Temporal.Instant): PaymentStatus {
  if (order.status === 'VOIDED' || isCanceled(order)) return 'canceled'
  if (isOver(order, now)) return 'expired'
  return order.status === 'COMPLETED' ? 'processing' : 'requires_action'
}

const refundStatuses: Readonly<Record<string, RefundSnapshot['status']>> = {
  PENDING: 'pending',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'canceled',
}

export const snapshotOfRefund = (refund: z.infer<typeof Refund>): RefundSnapshot => ({
  ref: refund.id,
  ourRef: refund.custom_id?.split(':')[1] ?? null,
  amount: fromPaypalAmount(refund.amount),
  status: refundStatuses[refund.status] ?? 'pending',
  reason: refund.note_to_payer ?? null,
})

/** A wallet has no digits; the payer's account is what tells two of them apart. */
function savedBy(wallet: z.infer<typeof Wallet> | null): SavedMethod | null {
  const vault = wallet?.attributes?.vault
  if (!vault?.id || vault.status !== 'VAULTED' || !vault.customer) return null
  return {
    customerRef: vault.customer.id,
    methodRef: vault.id,
    kind: 'paypal',
    brand: 'PayPal',
    last4: null,
    expires: null,
    fingerprint: wallet?.account_id ?? null,
  }
}

/** Null for what is absent or no time. */
export function instantOf(text: string | null | undefined): Temporal.Instant | null {
  try {
    return text ? Temporal.Instant.from(text) : null
  } catch {
    return null
  }
}
