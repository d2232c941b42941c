/** A buyer goes to his bank: the money leaves at once, and comes back only when the dispute is won. */
import { type Account, change } from './account.ts'
import { addTransaction } from './charges.ts'
import { unable } from './errors.ts'
import { allow, type Form, flag } from './form.ts'
import { emit } from './notices.ts'
import type { Charge, Dispute } from './objects.ts'

const feeMinor = 2000
const evidenceDays = 9

export function disputeCharge(account: Account, charge: Charge, reason: string): Dispute {
  if (charge.status !== 'succeeded' || charge.disputed)
    unable('Only a charge that succeeded can be disputed, and only once.')
  const id = account.newId('du')
  const taken = addTransaction(account, {
    amount: -charge.amount,
    currency: charge.currency,
    fee: feeMinor,
    source: id,
    type: 'adjustment',
  })
  const dispute: Dispute = {
    id,
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [taken],
    charge: charge.id,
    created: account.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: {
      due_by: account.now() + evidenceDays * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      type: 'card',
      card: { brand: 'visa', case_type: 'chargeback', network_reason_code: '10.4' },
    },
    reason,
    status: 'needs_response',
  }
  account.disputes.put(id, dispute)
  change(account.charges, charge, { disputed: true })
  account.kit.did('dispute_opened', idsOf(dispute))
  emit(account, 'charge.dispute.created', dispute)
  emit(account, 'charge.dispute.funds_withdrawn', dispute)
  return dispute
}

export function settleDispute(account: Account, dispute: Dispute, outcome: 'won' | 'lost'): Dispute {
  if (dispute.status === 'won' || dispute.status === 'lost') unable(`This dispute is already ${dispute.status}.`)
  // The fee of a dispute is not given back, even when it is won.
  const back =
    outcome === 'won'
      ? [
          addTransaction(account, {
            amount: dispute.amount,
            currency: dispute.currency,
            fee: 0,
            source: dispute.id,
            type: 'adjustment',
          }),
        ]
      : []
  const closed = change(account.disputes, dispute, {
    status: outcome,
    balance_transactions: [...(dispute.balance_transactions as object[]), ...back],
  })
  account.kit.did(`dispute_${outcome}`, idsOf(closed))
  emit(account, 'charge.dispute.closed', closed)
  if (outcome === 'won') emit(account, 'charge.dispute.funds_reinstated', closed)
  return closed
}

/** What may be said; Stripe knows more. */
const evidenceFields = [
  'access_activity_log',
  'customer_email_address',
  'customer_name',
  'product_description',
  'refund_policy_disclosure',
  'service_date',
  'uncategorized_text',
]

/** With `submit` it goes to the bank and can be changed no more; without it lies ready. */
export function giveEvidence(account: Account, dispute: Dispute, form: Form): Dispute {
  allow(form, ['evidence', 'metadata', 'submit'])
  if (dispute.status !== 'needs_response') unable(`This dispute is ${dispute.status}: its evidence cannot be changed.`)
  const { evidence = {} } = form
  if (typeof evidence === 'string') return unable('Invalid object: evidence')
  allow(evidence, evidenceFields, 'evidence')
  const submit = flag(form, 'submit')
  const details = dispute.evidence_details as { submission_count: number }
  const told = change(account.disputes, dispute, {
    evidence: { ...(dispute.evidence as object), ...evidence },
    evidence_details: { ...details, has_evidence: true, submission_count: details.submission_count + (submit ? 1 : 0) },
    status: submit ? 'under_review' : dispute.status,
  })
  account.kit.did('dispute_evidence', { ...idsOf(told), submitted: String(submit) })
  emit(account, 'charge.dispute.updated', told)
  return told
}

const idsOf = (dispute: Dispute) => ({
  dispute: dispute.id,
  payment_intent: dispute.payment_intent,
  amount: dispute.amount,
  currency: dispute.currency,
})
