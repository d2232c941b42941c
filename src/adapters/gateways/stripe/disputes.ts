/** Stripe's dispute, as far as we use it. What left and came back is read off the movements of its balance, not off the verdict. */
import { z } from 'zod'
import type { DisputeSnapshot, Evidence } from '../gateway.ts'
import { fromStripeAmount } from './amounts.ts'
import { paymentKey } from './snapshot.ts'

const idOf = z.union([z.string(), z.object({ id: z.string() }).transform((each) => each.id)]).nullish()

export const Dispute = z.object({
  id: z.string(),
  object: z.literal('dispute'),
  amount: z.int(),
  currency: z.string(),
  created: z.int(),
  status: z.string(),
  reason: z.string(),
  payment_intent: idOf,
  metadata: z.record(z.string(), z.string()).nullish(),
  balance_transactions: z.array(z.object({ amount: z.int(), fee: z.int(), currency: z.string() })).nullish(),
  evidence_details: z
    .object({ due_by: z.int().nullish(), submission_count: z.int().nullish(), has_evidence: z.boolean().nullish() })
    .nullish(),
  payment_method_details: z.object({ type: z.string() }).nullish(),
})
type Dispute = z.infer<typeof Dispute>

/** A word that we do not know is open: somebody should look. */
const statuses: Readonly<Record<string, DisputeSnapshot['status']>> = {
  warning_needs_response: 'warning',
  warning_under_review: 'warning',
  warning_closed: 'closed',
  prevented: 'closed',
  needs_response: 'open',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
}

export function snapshotOfDispute(dispute: Dispute): DisputeSnapshot {
  const code = dispute.currency
  // Movements in another currency than the payment's settle elsewhere: of them only the verdict is known.
  const moved = (dispute.balance_transactions ?? []).filter((each) => each.currency === code)
  const amount = fromStripeAmount(dispute.amount, code)
  const gone = moved.reduce((sum, each) => sum - each.amount, 0)
  const kind = dispute.payment_method_details?.type
  return {
    ref: dispute.id,
    ourRef: dispute.metadata?.[paymentKey] ?? null,
    captureId: dispute.payment_intent ?? null,
    kind: kind === 'sepa_debit' || kind === 'bacs_debit' || kind === 'us_bank_account' ? 'bank_return' : 'card',
    status: statuses[dispute.status] ?? 'open',
    amount,
    withdrawn: fromStripeAmount(Math.max(0, gone), code),
    fee: fromStripeAmount(
      moved.reduce((sum, each) => sum + each.fee, 0),
      code,
    ),
    reason: dispute.reason,
    evidenceDueBy: instantOf(dispute.evidence_details?.due_by),
    evidenceSent: (dispute.evidence_details?.submission_count ?? 0) > 0,
    openedAt: instantOf(dispute.created),
  }
}

const instantOf = (seconds: number | null | undefined): Temporal.Instant | null =>
  seconds ? Temporal.Instant.fromEpochMilliseconds(seconds * 1000) : null

/** Stripe takes 150,000 characters in all. */
const most = (text: string): string => text.slice(0, 20_000)

export const evidenceParams = (told: Evidence) => ({
  submit: true,
  evidence: {
    customer_name: most(told.customerName),
    customer_email_address: most(told.customerEmail),
    product_description: most(told.product),
    ...(told.serviceDate === null ? {} : { service_date: told.serviceDate }),
    access_activity_log: most(told.activity),
    refund_policy_disclosure: most(told.consent),
    uncategorized_text: most(told.summary),
  },
})
