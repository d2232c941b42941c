/** Charges and what they do to the balance. */
import { type Account, change } from './account.ts'
import { emit } from './notices.ts'
import type { BalanceTransaction, Charge, PaymentError, PaymentIntent, PaymentMethod } from './objects.ts'

export function addCharge(account: Account, intent: PaymentIntent, method: PaymentMethod): Charge {
  const charge: Charge = {
    id: account.newId(method.type === 'card' ? 'ch' : 'py'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'IMITATION',
    captured: true,
    created: account.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: detailsOf(method),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'pending',
    transfer_data: null,
    transfer_group: null,
  }
  account.charges.put(charge.id, charge)
  return charge
}

/** Ends a pending charge: with the money when `error` is null. This is where money moves. */
export function finishCharge(
  account: Account,
  charge: Charge,
  error: Pick<PaymentError, 'code' | 'message' | 'decline_code' | 'advice_code'> | null,
): Charge {
  const ids = {
    charge: charge.id,
    payment_intent: charge.payment_intent,
    amount: charge.amount,
    currency: charge.currency,
  }
  if (error) {
    const failed = change(account.charges, charge, {
      status: 'failed',
      failure_code: error.code,
      failure_message: error.message,
      outcome: outcome('declined_by_network', error.decline_code ?? error.code, error.advice_code ?? null),
    })
    account.kit.did('charge_failed', { ...ids, code: error.decline_code ?? error.code })
    emit(account, 'charge.failed', failed)
    return failed
  }

  const fee = Math.min(charge.amount, Math.round(charge.amount * 0.015) + 25)
  const transaction = addTransaction(account, {
    amount: charge.amount,
    currency: charge.currency,
    fee,
    source: charge.id,
    type: 'charge',
  })
  const paid = change(account.charges, charge, {
    status: 'succeeded',
    paid: true,
    amount_captured: charge.amount,
    balance_transaction: transaction.id,
    outcome: outcome('approved_by_network', null, null),
    receipt_url: `${account.publicUrl()}/receipts/${charge.id}`,
  })
  account.kit.did('charge_succeeded', ids)
  emit(account, 'charge.succeeded', paid)
  return paid
}

export function addTransaction(
  account: Account,
  given: Pick<BalanceTransaction, 'amount' | 'currency' | 'fee' | 'source' | 'type'>,
): BalanceTransaction {
  const transaction: BalanceTransaction = {
    id: account.newId('txn'),
    object: 'balance_transaction',
    available_on: account.now() + 2 * 86_400,
    balance_type: 'payments',
    created: account.now(),
    description: null,
    exchange_rate: null,
    fee_details:
      given.fee === 0
        ? []
        : [
            {
              amount: given.fee,
              application: null,
              currency: given.currency,
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: given.amount - given.fee,
    reporting_category: given.type,
    status: 'pending',
    ...given,
  }
  account.transactions.put(transaction.id, transaction)
  return transaction
}

const outcome = (status: string, reason: string | null, advice: string | null) => ({
  advice_code: advice,
  network_advice_code: null,
  network_decline_code: null,
  network_status: status,
  reason,
  risk_level: 'normal',
  risk_score: 12,
  seller_message: reason === null ? 'Payment complete.' : 'The bank did not accept the payment.',
  type: reason === null ? 'authorized' : 'issuer_declined',
})

function detailsOf(method: PaymentMethod): object {
  if (method.type !== 'card')
    return { type: method.type, [method.type]: { ...(method[method.type] as object), mandate: null } }
  const card = method.card as Record<string, unknown>
  return {
    type: 'card',
    card: {
      amount_authorized: null,
      authorization_code: null,
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint,
      funding: card.funding,
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      network_token: { used: false },
      network_transaction_id: null,
      three_d_secure: null,
      wallet: null,
    },
  }
}
