/** Refunds: never more than was paid; a bank debit's refund takes its time and may fail days later. */
import { type Account, change } from './account.ts'
import { shown } from './amounts.ts'
import { addTransaction } from './charges.ts'
import { refuse, unable } from './errors.ts'
import type { Metadata } from './form.ts'
import { emit } from './notices.ts'
import type { Charge, Refund } from './objects.ts'

/** Each `refund_pending` strikes one refund: it stays pending until it is settled through `/__settle`. */
export const refundFaults = ['refund_pending'] as const

export function createRefund(
  account: Account,
  charge: Charge,
  asked: { amount: number | null; reason: string | null; metadata: Metadata },
): Refund {
  const left = charge.amount_captured - charge.amount_refunded
  if (charge.status !== 'succeeded')
    unable('This charge did not succeed and cannot be refunded.', { code: 'charge_not_refundable' })
  if (charge.disputed) {
    unable(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' })
  }
  if (left === 0) unable(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  const amount = asked.amount ?? left
  if (amount < 1)
    refuse('This value must be greater than or equal to 1.', { code: 'parameter_invalid_integer', param: 'amount' })
  if (amount > left) {
    unable(
      `Refund amount (${shown(amount, charge.currency)}) is greater than unrefunded amount on charge (${shown(left, charge.currency)})`,
      { param: 'amount' },
    )
  }

  const method = account.methods.get(charge.payment_method)
  const pending = method?.type !== 'card' || account.kit.faults.strikes('refund_pending', 'POST /v1/refunds')
  const id = account.newId(method?.type === 'card' ? 're' : 'pyr')
  const transaction = addTransaction(account, {
    amount: -amount,
    currency: charge.currency,
    fee: 0,
    source: id,
    type: 'refund',
  })
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: transaction.id,
    charge: charge.id,
    created: account.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { type: 'refund', reference_status: 'pending', reference_type: 'acquirer_reference_number' },
      type: 'card',
    },
    metadata: asked.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: asked.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: pending ? 'pending' : 'succeeded',
    transfer_reversal: null,
    ...(pending ? { pending_reason: 'processing' } : {}),
  }
  account.refunds.put(id, refund)
  takeFromCharge(account, charge, amount)
  account.kit.did(pending ? 'refund_pending' : 'refund_succeeded', idsOf(refund))
  emit(account, 'refund.created', refund)
  emit(account, 'charge.refunded', account.charges.get(charge.id) ?? charge)
  return refund
}

/** A refund that failed gives the amount back to the charge: the buyer still has not got the money. */
export function settleRefund(account: Account, refund: Refund, outcome: 'succeeded' | 'failed'): Refund {
  if (refund.status !== 'pending' && !(refund.status === 'succeeded' && outcome === 'failed')) {
    unable(`Nothing to settle: this refund is ${refund.status}.`)
  }
  const { pending_reason: _, ...rest } = refund
  const settled: Refund = {
    ...(rest as Refund),
    status: outcome,
    ...(outcome === 'failed' ? { failure_reason: 'declined' } : {}),
  }
  account.refunds.put(refund.id, settled)
  account.kit.did(`refund_${outcome}`, idsOf(settled))
  if (outcome === 'failed') {
    const charge = account.charges.get(refund.charge)
    if (charge) takeFromCharge(account, charge, -refund.amount)
    const back = addTransaction(account, {
      amount: refund.amount,
      currency: refund.currency,
      fee: 0,
      source: refund.id,
      type: 'refund_failure',
    })
    change(account.refunds, settled, { failure_balance_transaction: back.id })
  }
  const shownNow = account.refunds.get(refund.id) ?? settled
  emit(account, 'refund.updated', shownNow)
  if (outcome === 'failed') emit(account, 'refund.failed', shownNow)
  return shownNow
}

function takeFromCharge(account: Account, charge: Charge, amount: number): void {
  const amountRefunded = charge.amount_refunded + amount
  change(account.charges, charge, {
    amount_refunded: amountRefunded,
    refunded: amountRefunded === charge.amount_captured,
  })
}

const idsOf = (refund: Refund) => ({
  refund: refund.id,
  payment_intent: refund.payment_intent,
  amount: refund.amount,
  currency: refund.currency,
})
