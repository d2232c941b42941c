/** Payment intents: at most one successful charge each, whatever is asked how often. */
import { type Account, change } from './account.ts'
import { addCharge, finishCharge } from './charges.ts'
import { ApiError, unable } from './errors.ts'
import { type Behavior, behaviorOf, type Decline } from './methods.ts'
import { emit } from './notices.ts'
import type { PaymentError, PaymentIntent, PaymentMethod } from './objects.ts'

export function createIntent(
  account: Account,
  given: Pick<PaymentIntent, 'amount' | 'currency'> & Partial<PaymentIntent>,
): PaymentIntent {
  const id = account.newId('pi')
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_${account.newId('secret', 25)}`,
    confirmation_method: 'automatic',
    created: account.now(),
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    ...given,
  }
  account.intents.put(id, intent)
  emit(account, 'payment_intent.created', intent)
  account.kit.did('payment_intent_created', { payment_intent: id, amount: intent.amount, currency: intent.currency })
  return intent
}

/** Tries to take the money. The outcome is in the intent's status; nothing is thrown for a decline. */
export function attempt(
  account: Account,
  intent: PaymentIntent,
  method: PaymentMethod,
  { offSession = false, behavior = behaviorOf(account, method) }: { offSession?: boolean; behavior?: Behavior } = {},
): PaymentIntent {
  const withMethod = change(account.intents, intent, {
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
  })
  switch (behavior.kind) {
    case 'pays':
      return succeed(account, withMethod, method)
    case 'declines':
    case 'saves_then_declines':
      return fail(account, withMethod, method, declineError(behavior))
    case 'later':
      return startDebit(account, withMethod, method)
    case 'asks':
    case 'asks_always':
      if (!offSession) return askPayer(account, withMethod)
      if (behavior.kind === 'asks' && method.customer !== null) return succeed(account, withMethod, method)
      return fail(account, withMethod, method, absentPayer)
  }
}

const declineError = (behavior: Decline): Omit<PaymentError, 'payment_method'> => ({
  type: 'card_error',
  code: behavior.code,
  message: behavior.message,
  ...(behavior.declineCode === null ? {} : { decline_code: behavior.declineCode }),
  advice_code: hopeless.has(behavior.declineCode ?? '') ? 'do_not_try_again' : 'try_again_later',
})

const hopeless = new Set(['lost_card', 'stolen_card', 'expired_card', 'fraudulent'])

const absentPayer: Omit<PaymentError, 'payment_method'> = {
  type: 'card_error',
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

const refusedByPayer: Omit<PaymentError, 'payment_method'> = {
  type: 'invalid_request_error',
  code: 'payment_intent_authentication_failure',
  message: 'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
}

function succeed(account: Account, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const charge = finishCharge(account, pendingCharge(account, intent) ?? addCharge(account, intent, method), null)
  const paid = change(account.intents, intent, {
    status: 'succeeded',
    amount_received: intent.amount,
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
    processing: null,
  })
  if (intent.setup_future_usage !== null && intent.customer !== null) {
    change(account.methods, method, { customer: intent.customer })
  }
  emit(account, 'payment_intent.succeeded', paid)
  return paid
}

function fail(
  account: Account,
  intent: PaymentIntent,
  method: PaymentMethod,
  error: Omit<PaymentError, 'payment_method'>,
): PaymentIntent {
  const charge = finishCharge(account, pendingCharge(account, intent) ?? addCharge(account, intent, method), error)
  const failed = change(account.intents, intent, {
    status: 'requires_payment_method',
    latest_charge: charge.id,
    payment_method: null,
    last_payment_error: { ...error, charge: charge.id, payment_method: method },
    next_action: null,
    processing: null,
  })
  emit(account, 'payment_intent.payment_failed', failed)
  return failed
}

function startDebit(account: Account, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const charge = addCharge(account, intent, method)
  emit(account, 'charge.pending', charge)
  const processing = change(account.intents, intent, { status: 'processing', latest_charge: charge.id })
  emit(account, 'payment_intent.processing', processing)
  return processing
}

function askPayer(account: Account, intent: PaymentIntent): PaymentIntent {
  const asking = change(account.intents, intent, {
    status: 'requires_action',
    next_action: {
      type: 'redirect_to_url',
      redirect_to_url: { return_url: null, url: `${account.publicUrl()}/c/authenticate/${intent.id}` },
    },
  })
  emit(account, 'payment_intent.requires_action', asking)
  return asking
}

/** What was open comes to its end: a debit is taken or returned, a payer answers the bank or does not. */
export function settle(account: Account, intent: PaymentIntent, outcome: 'succeeded' | 'failed'): PaymentIntent {
  const method = intent.payment_method === null ? undefined : account.methods.get(intent.payment_method)
  if (!method || (intent.status !== 'processing' && intent.status !== 'requires_action')) {
    return unable(`Nothing to settle: this PaymentIntent is ${intent.status}.`)
  }
  account.plannedOutcomes.delete(intent.id)
  if (outcome === 'succeeded') return succeed(account, intent, method)
  return fail(account, intent, method, intent.status === 'requires_action' ? refusedByPayer : returned(method))
}

const returned = (method: PaymentMethod): Omit<PaymentError, 'payment_method'> => ({
  type: 'card_error',
  code: 'payment_intent_payment_attempt_failed',
  decline_code: 'insufficient_funds',
  message: `The customer's bank account has insufficient funds (${method.type}).`,
})

function pendingCharge(account: Account, intent: PaymentIntent) {
  const charge = intent.latest_charge === null ? undefined : account.charges.get(intent.latest_charge)
  return charge?.status === 'pending' ? charge : undefined
}

/** `POST /v1/payment_intents/:id/confirm`: a decline is an answer 402 that carries the intent. */
export function confirm(
  account: Account,
  intent: PaymentIntent,
  method: PaymentMethod,
  offSession: boolean,
): PaymentIntent {
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
    const already =
      intent.status === 'succeeded'
        ? 'it has already succeeded after being previously confirmed'
        : `it has a status of ${intent.status}`
    unable(`You cannot confirm this PaymentIntent because ${already}.`, {
      code: 'payment_intent_unexpected_state',
      payment_intent: intent,
    })
  }
  const tried = attempt(account, intent, method, { offSession })
  if (tried.last_payment_error) throw new ApiError(402, { ...tried.last_payment_error, payment_intent: tried })
  return tried
}

export function cancel(account: Account, intent: PaymentIntent, reason: string | null): PaymentIntent {
  if (['succeeded', 'canceled', 'processing'].includes(intent.status)) {
    unable(
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
      { code: 'payment_intent_unexpected_state', payment_intent: intent },
    )
  }
  const canceled = change(account.intents, intent, {
    status: 'canceled',
    canceled_at: account.now(),
    cancellation_reason: reason,
    next_action: null,
  })
  account.kit.did('payment_intent_canceled', { payment_intent: intent.id })
  emit(account, 'payment_intent.canceled', canceled)
  return canceled
}
