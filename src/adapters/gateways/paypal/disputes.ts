/** PayPal's dispute, as far as we use it. Where it tells what moved, that counts; where it does not, the verdict does. */
import { z } from 'zod'
import { type Money, money, zero } from '#platform/money.ts'
import type { DisputeSnapshot } from '../gateway.ts'
import { fromPaypalAmount, PaypalAmount } from './amounts.ts'
import { instantOf, ourRefOf } from './snapshot.ts'

const words = z.string().nullish()

const Movement = z.object({
  /** `party` since 2024, `affected_party` before. */
  party: words,
  affected_party: words,
  type: words,
  reason: words,
  amount: PaypalAmount.nullish(),
})
type Movement = z.infer<typeof Movement>

export const Dispute = z.object({
  dispute_id: z.string(),
  create_time: words,
  status: z.string(),
  reason: words,
  dispute_life_cycle_stage: words,
  dispute_amount: PaypalAmount,
  dispute_outcome: z.object({ outcome_code: words }).nullish(),
  seller_response_due_date: words,
  disputed_transactions: z.array(z.object({ seller_transaction_id: words, custom: words })).nullish(),
  fund_movements: z.array(Movement).nullish(),
  money_movements: z.array(Movement).nullish(),
})
type Dispute = z.infer<typeof Dispute>

export function snapshotOfDispute(dispute: Dispute): DisputeSnapshot {
  const amount = fromPaypalAmount(dispute.dispute_amount)
  const [transaction] = dispute.disputed_transactions ?? []
  const status = statusOf(dispute)
  const { withdrawn, fee } = movedBy(dispute, amount, status)
  return {
    ref: dispute.dispute_id,
    ourRef: ourRefOf(transaction?.custom),
    captureId: transaction?.seller_transaction_id ?? null,
    kind: 'wallet',
    status,
    amount,
    withdrawn,
    fee,
    reason: dispute.reason ?? 'OTHER',
    evidenceDueBy: instantOf(dispute.seller_response_due_date),
    evidenceSent: dispute.status === 'UNDER_REVIEW',
    openedAt: instantOf(dispute.create_time),
  }
}

function statusOf({ status, dispute_outcome: outcome, dispute_life_cycle_stage: stage }: Dispute) {
  if (status !== 'RESOLVED')
    return status === 'UNDER_REVIEW' ? 'under_review' : stage === 'INQUIRY' ? 'warning' : 'open'
  switch (outcome?.outcome_code) {
    case 'RESOLVED_BUYER_FAVOUR':
    case 'ACCEPTED':
      return 'lost'
    case 'RESOLVED_SELLER_FAVOUR':
    case 'DENIED':
    case 'RESOLVED_WITH_PAYOUT': // PayPal paid the buyer itself: the seller is protected.
      return 'won'
    default:
      return 'closed'
  }
}

function movedBy(dispute: Dispute, amount: Money, status: DisputeSnapshot['status']) {
  const movements = dispute.fund_movements ?? dispute.money_movements
  if (!movements) return { withdrawn: status === 'lost' ? amount : zero(amount.currency), fee: zero(amount.currency) }
  const ours = movements.filter((each) => (each.party ?? each.affected_party) === 'SELLER')
  const sum = (wanted: (each: Movement) => boolean): bigint =>
    ours.filter(wanted).reduce((total, each) => total + signed(each, amount.currency), 0n)
  const gone = sum((each) => !isFee(each))
  const fee = sum(isFee)
  return { withdrawn: money(gone > 0n ? gone : 0n, amount.currency), fee: money(fee > 0n ? fee : 0n, amount.currency) }
}

const isFee = ({ reason }: Movement): boolean => reason?.includes('FEE') ?? false

function signed({ type, amount }: Movement, currency: string): bigint {
  if (!amount || amount.currency_code !== currency) return 0n
  const { minor } = fromPaypalAmount(amount)
  return type === 'CREDIT' ? -minor : minor
}
