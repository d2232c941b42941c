/** Test cards and debits, the way Stripe's test mode has them: the number decides what happens. */
import { createHash } from 'node:crypto'
import type { Account } from './account.ts'
import { noSuch } from './errors.ts'
import type { DebitKind, PaymentMethod } from './objects.ts'

/**
 * `pays`: at once. `declines`: with that code. `asks`: the bank wants to see the payer whenever the payer is there, `asks_always`
 * also when the card was saved. `later`: a debit that takes days. `saves_then_declines`: can be stored, never charged.
 */
export type Behavior = { kind: 'pays' | 'asks' | 'asks_always' | 'later' } | Decline

export type Decline = {
  kind: 'declines' | 'saves_then_declines'
  code: string
  declineCode: string | null
  message: string
}

const pays: Behavior = { kind: 'pays' }
const declines = (declineCode: string, message = 'Your card was declined.'): Behavior => ({
  kind: 'declines',
  code: 'card_declined',
  declineCode,
  message,
})
const badCard = (code: string, message: string, declineCode: string | null = null): Behavior => ({
  kind: 'declines',
  code,
  declineCode,
  message,
})

const funds = declines('insufficient_funds', 'Your card has insufficient funds.')

/** By the name under which the API knows the test card. */
export const testCards: Record<string, { brand: string; last4: string; behavior: Behavior }> = {
  pm_card_visa: { brand: 'visa', last4: '4242', behavior: pays },
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', behavior: pays },
  pm_card_chargeDeclined: { brand: 'visa', last4: '0002', behavior: declines('generic_decline') },
  pm_card_chargeDeclinedInsufficientFunds: { brand: 'visa', last4: '9995', behavior: funds },
  pm_card_visa_chargeDeclinedInsufficientFunds: { brand: 'visa', last4: '9995', behavior: funds },
  pm_card_chargeDeclinedLostCard: { brand: 'visa', last4: '9987', behavior: declines('lost_card') },
  pm_card_chargeDeclinedStolenCard: { brand: 'visa', last4: '9979', behavior: declines('stolen_card') },
  pm_card_chargeDeclinedFraudulent: { brand: 'visa', last4: '0019', behavior: declines('fraudulent') },
  pm_card_chargeDeclinedExpiredCard: {
    brand: 'visa',
    last4: '0069',
    behavior: badCard('expired_card', 'Your card has expired.', 'expired_card'),
  },
  pm_card_chargeDeclinedIncorrectCvc: {
    brand: 'visa',
    last4: '0127',
    behavior: badCard('incorrect_cvc', "Your card's security code is incorrect.", 'incorrect_cvc'),
  },
  pm_card_chargeDeclinedProcessingError: {
    brand: 'visa',
    last4: '0119',
    behavior: badCard(
      'processing_error',
      'An error occurred while processing your card. Try again in a little bit.',
      'processing_error',
    ),
  },
  pm_card_chargeCustomerFail: {
    brand: 'visa',
    last4: '0341',
    behavior: {
      kind: 'saves_then_declines',
      code: 'card_declined',
      declineCode: 'generic_decline',
      message: 'Your card was declined.',
    },
  },
  pm_card_authenticationRequired: { brand: 'visa', last4: '3184', behavior: { kind: 'asks_always' } },
  pm_card_authenticationRequiredOnSetup: { brand: 'visa', last4: '3155', behavior: { kind: 'asks' } },
  pm_card_threeDSecure2Required: { brand: 'visa', last4: '3220', behavior: { kind: 'asks_always' } },
}

/** A delayed debit per currency; where there is none the page does not offer it. */
export const debitOf: Partial<Record<string, DebitKind>> = {
  eur: 'sepa_debit',
  usd: 'us_bank_account',
  gbp: 'bacs_debit',
}

export function addCard(
  account: Account,
  name: string,
  customer: string | null,
  email: string | null = null,
): PaymentMethod {
  const card = testCards[name] ?? noSuch('PaymentMethod', name, 'payment_method', 400)
  const method: PaymentMethod = {
    ...shared(account, customer, email),
    type: 'card',
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: 12,
      exp_year: account.kit.now().toZonedDateTimeISO('UTC').year + 3,
      fingerprint: fingerprintOf(email, card.last4),
      funding: 'credit',
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  }
  account.methods.put(method.id, method)
  account.behaviors.put(method.id, name)
  return method
}

export function addDebit(
  account: Account,
  kind: DebitKind,
  customer: string | null,
  email: string | null,
): PaymentMethod {
  const details = { fingerprint: 'imitated3000', last4: '3000' }
  const bank: Record<DebitKind, object> = {
    sepa_debit: {
      bank_code: '37040044',
      branch_code: '',
      country: 'DE',
      generated_from: { charge: null, setup_attempt: null },
      ...details,
    },
    us_bank_account: {
      account_holder_type: 'individual',
      account_type: 'checking',
      bank_name: 'STRIPE TEST BANK',
      routing_number: '110000000',
      ...details,
    },
    bacs_debit: { sort_code: '108800', ...details },
  }
  const method: PaymentMethod = { ...shared(account, customer, email), type: kind, [kind]: bank[kind] }
  account.methods.put(method.id, method)
  account.behaviors.put(method.id, 'debit')
  return method
}

export function behaviorOf(account: Account, method: PaymentMethod): Behavior {
  const name = account.behaviors.get(method.id) ?? 'pm_card_visa'
  return name === 'debit' ? { kind: 'later' } : (testCards[name]?.behavior ?? pays)
}

/** A payer's card is the same card each time; two payers with the same test number have two cards. */
const fingerprintOf = (email: string | null, last4: string): string =>
  createHash('sha256')
    .update(`${email ?? ''}/${last4}`)
    .digest('hex')
    .slice(0, 16)

/** From now on the method behaves as that test card does: a card that was fine when it was kept may have run dry since. */
export function behaveAs(account: Account, method: PaymentMethod, name: string): PaymentMethod {
  if (!(name in testCards)) noSuch('PaymentMethod', name, 'behaves', 400)
  account.behaviors.put(method.id, name)
  return method
}

/** Detached: it can be read, and never be charged again. */
export const detached = 'detached'

function shared(account: Account, customer: string | null, email: string | null) {
  return {
    id: account.newId('pm'),
    object: 'payment_method' as const,
    allow_redisplay: 'unspecified',
    billing_details: {
      address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
      email,
      name: null,
      phone: null,
      tax_id: null,
    },
    created: account.now(),
    customer,
    customer_account: null,
    livemode: false as const,
    metadata: {},
  }
}
