/** Refunds, at once or pending and failing days later; and disputes. */
import { z } from 'zod'
import { type Account, type Capture, change, type Dispute, missing, type Refund, Refused } from './account.ts'
import { checked } from './amounts.ts'
import { emit } from './notices.ts'
import { shownRefund } from './orders.ts'

export const refundFaults = ['refund_pending'] as const

export const NewRefund = z.object({
  amount: z.object({ currency_code: z.string(), value: z.string() }).optional(),
  custom_id: z.string().max(127).optional(),
  invoice_id: z.string().max(127).optional(),
  note_to_payer: z.string().max(255).optional(),
})

export function readCapture(account: Account, id: string): Capture {
  const made = account.captures.get(id)
  if (!made) throw missing(`capture ${id}`)
  return made
}

const given = (account: Account, captureId: string): number =>
  [...account.refunds.values()]
    .filter(({ capture, status }) => capture === captureId && status !== 'FAILED' && status !== 'CANCELLED')
    .reduce((sum, { amount }) => sum + checked(amount), 0)

export function refund(account: Account, captureId: string, asked: z.infer<typeof NewRefund>): Refund {
  const made = readCapture(account, captureId)
  if (made.status === 'PENDING') throw new Refused(422, 'PENDING_CAPTURE')
  if (made.status === 'DECLINED') throw new Refused(422, 'REFUND_NOT_ALLOWED')
  const amount = asked.amount ?? made.amount
  if (amount.currency_code !== made.amount.currency_code) throw new Refused(422, 'REFUND_CAPTURE_CURRENCY_MISMATCH')
  const left = checked(made.amount) - given(account, captureId)
  if (left === 0) throw new Refused(422, 'CAPTURE_FULLY_REFUNDED')
  if (checked(amount) > left) throw new Refused(422, 'REFUND_AMOUNT_EXCEEDED')
  const pending = account.kit.faults.strikes('refund_pending', 'refund')
  const back: Refund = {
    id: account.newId(),
    capture: captureId,
    status: pending ? 'PENDING' : 'COMPLETED',
    amount,
    custom_id: asked.custom_id ?? made.custom_id,
    invoice_id: asked.invoice_id,
    note_to_payer: asked.note_to_payer,
    create_time: account.now().round('second').toString(),
  }
  account.refunds.put(back.id, back)
  account.kit.did('refunded', { refund: back.id, capture: captureId, value: amount.value, status: back.status })
  told(account, back)
  return back
}

/** The money came back to the payer, or it did not: the seller's balance was empty, the payer's account closed. */
export function settleRefund(account: Account, id: string, status: 'COMPLETED' | 'FAILED'): Refund {
  const back = account.refunds.get(id)
  if (back?.status !== 'PENDING') throw missing(`pending refund ${id}`)
  const settled = change(account.refunds, back, { status })
  account.kit.did('refund_settled', { refund: id, status })
  told(account, settled)
  return settled
}

function told(account: Account, back: Refund): void {
  const made = readCapture(account, back.capture)
  const left = checked(made.amount) - given(account, made.id)
  const untouched = left === checked(made.amount)
  change(account.captures, made, { status: left === 0 ? 'REFUNDED' : untouched ? 'COMPLETED' : 'PARTIALLY_REFUNDED' })
  const type = { COMPLETED: 'PAYMENT.CAPTURE.REFUNDED', PENDING: 'PAYMENT.REFUND.PENDING' }[back.status]
  emit(account, type ?? 'PAYMENT.REFUND.FAILED', 'refund', shownRefund(account, back))
}

/** A buyer complains. Whether and when the money leaves is PayPal's decision; nothing of it shows on the capture before that. */
export function openDispute(account: Account, captureId: string, reason: string): Dispute {
  const made = readCapture(account, captureId)
  const dispute: Dispute = {
    id: `PP-D-${account.newId().slice(0, 5)}`,
    capture: made.id,
    status: 'WAITING_FOR_SELLER_RESPONSE',
    outcome: null,
    reason,
    create_time: account.now().round('second').toString(),
    movements: [],
  }
  account.disputes.put(dispute.id, dispute)
  account.kit.did('dispute_opened', { dispute: dispute.id, capture: made.id })
  emit(account, 'CUSTOMER.DISPUTE.CREATED', 'dispute', shownDispute(account, dispute))
  return dispute
}

export function endDispute(account: Account, id: string, outcome: string): Dispute {
  const dispute = account.disputes.get(id)
  if (!dispute) throw missing(`dispute ${id}`)
  const { amount } = readCapture(account, dispute.capture)
  const taken = dispute.movements.some(({ type, reason }) => type === 'DEBIT' && reason !== 'DISPUTE_FEE')
  const lost = outcome === 'RESOLVED_BUYER_FAVOUR'
  const movements = [
    ...dispute.movements,
    ...(lost && !taken ? [{ type: 'DEBIT' as const, reason: 'DISPUTE_SETTLEMENT', value: amount.value }] : []),
    ...(lost ? [{ type: 'DEBIT' as const, reason: 'DISPUTE_FEE', value: '8.00' }] : []),
    ...(!lost && taken ? [{ type: 'CREDIT' as const, reason: 'DISPUTE_SETTLEMENT', value: amount.value }] : []),
  ]
  const ended = change(account.disputes, dispute, { status: 'RESOLVED', outcome, movements })
  account.kit.did('dispute_ended', { dispute: id, outcome })
  emit(account, 'CUSTOMER.DISPUTE.RESOLVED', 'dispute', shownDispute(account, ended))
  return ended
}

/** PayPal may hold the money long before anybody has decided. */
export function takeForDispute(account: Account, id: string): Dispute {
  const dispute = account.disputes.get(id)
  if (!dispute) throw missing(`dispute ${id}`)
  const { amount } = readCapture(account, dispute.capture)
  const movements = [
    { type: 'DEBIT' as const, reason: 'DISPUTE_SETTLEMENT', value: amount.value },
    ...dispute.movements,
  ]
  const taken = change(account.disputes, dispute, { movements })
  account.kit.did('dispute_taken', { dispute: id, value: amount.value })
  emit(account, 'CUSTOMER.DISPUTE.UPDATED', 'dispute', shownDispute(account, taken))
  return taken
}

export function shownDispute(account: Account, dispute: Dispute): object {
  const made = readCapture(account, dispute.capture)
  return {
    dispute_id: dispute.id,
    create_time: dispute.create_time,
    disputed_transactions: [
      {
        seller_transaction_id: made.id,
        custom: made.custom_id,
        invoice_number: made.invoice_id,
        gross_amount: made.amount,
      },
    ],
    reason: dispute.reason,
    status: dispute.status,
    dispute_amount: made.amount,
    ...(dispute.outcome ? { dispute_outcome: { outcome_code: dispute.outcome } } : {}),
    dispute_life_cycle_stage: 'CHARGEBACK',
    seller_response_due_date: Temporal.Instant.from(dispute.create_time).add({ hours: 240 }).toString(),
    fund_movements: dispute.movements.map(({ type, reason, value }) => ({
      party: 'SELLER',
      type,
      reason,
      amount: { ...made.amount, value },
    })),
  }
}
