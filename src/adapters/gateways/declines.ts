/** What a decline means for the next try, and the sentence a buyer may read: never `stolen_card`, never `fraudulent`. */
import type { DeclineClass, Failure } from './gateway.ts'

const sentences: Record<DeclineClass, string> = {
  soft_funds: 'The bank declined the payment: the balance or limit was not enough. Try later or use another method.',
  soft_issuer: 'The bank declined the payment. Try again, use another method, or ask the bank.',
  soft_technical: 'The payment could not be processed just now. Try again in a while.',
  needs_authentication: 'The bank asks you to confirm this payment.',
  method_invalid: 'This payment method cannot be used. Check its details or use another one.',
  hard_blocked: 'The bank declined the payment. Use another payment method.',
  fraud: 'The payment was declined. Use another payment method or contact us.',
  mandate_gone: 'The permission to debit this account was withdrawn. Choose a payment method again.',
  configuration: 'This payment method is not available right now. Choose another one or contact us.',
  unknown: 'The payment was declined. Try again or use another method.',
}

/** `code` is the provider's word and is shown to staff only. */
export const failureOf = (kind: DeclineClass, code: string): Failure => ({
  class: kind,
  code,
  message: sentences[kind],
})

/** Card codes in the words of Stripe, which other providers borrow. */
const classes: Readonly<Record<string, DeclineClass>> = {
  ...each('soft_funds', ['insufficient_funds', 'withdrawal_count_limit_exceeded', 'card_velocity_exceeded']),
  ...each('soft_issuer', [
    'do_not_honor',
    'generic_decline',
    'call_issuer',
    'no_action_taken',
    'try_again_later',
    'issuer_not_available',
    'approve_with_id',
    'card_declined',
  ]),
  ...each('soft_technical', ['processing_error', 'reenter_transaction']),
  ...each('needs_authentication', ['authentication_required', 'payment_intent_authentication_failure']),
  ...each('method_invalid', [
    'expired_card',
    'incorrect_number',
    'invalid_number',
    'invalid_account',
    'invalid_expiry_month',
    'invalid_expiry_year',
    'new_account_information_available',
    'card_not_supported',
    'currency_not_supported',
    'incorrect_cvc',
    'invalid_cvc',
    'incorrect_zip',
    'invalid_bank_account_iban',
  ]),
  ...each('hard_blocked', [
    'lost_card',
    'stolen_card',
    'pickup_card',
    'restricted_card',
    'do_not_try_again',
    'transaction_not_allowed',
    'security_violation',
    'service_not_allowed',
  ]),
  ...each('mandate_gone', [
    'revocation_of_authorization',
    'revocation_of_all_authorizations',
    'stop_payment_order',
    'debit_not_authorized',
  ]),
  ...each('fraud', ['fraudulent', 'merchant_blacklist', 'highest_risk_level']),
  ...each('configuration', ['invalid_amount', 'testmode_decline', 'live_mode_test_card', 'test_mode_live_card']),
}

export const declineClassOf = (code: string): DeclineClass => classes[code] ?? 'unknown'

/** Reasons of bank debits in the words of SEPA (ISO 20022). */
const sepaClasses: Readonly<Record<string, DeclineClass>> = {
  ...each('soft_funds', ['AM04']),
  ...each('soft_issuer', ['MS03']),
  ...each('method_invalid', ['AC01', 'BE05', 'RC01']),
  ...each('hard_blocked', ['AC04', 'AC06', 'AC13', 'AG01', 'MD07']),
  ...each('mandate_gone', ['MD01', 'MD06', 'SL01']),
}

export const sepaClassOf = (code: string): DeclineClass => sepaClasses[code] ?? 'unknown'

function each(kind: DeclineClass, codes: readonly string[]): Record<string, DeclineClass> {
  return Object.fromEntries(codes.map((code) => [code, kind]))
}
