/** The objects of the Stripe API as far as this imitation has them, with the field names of API version 2026-10-28. */
import type { Metadata } from './form.ts'

export const apiVersion = '2026-10-28.endive'

export type Customer = {
  id: string
  object: 'customer'
  created: number
  email: string | null
  name: string | null
  metadata: Metadata
  [more: string]: unknown
}

export type PaymentMethod = {
  id: string
  object: 'payment_method'
  type: 'card' | DebitKind
  customer: string | null
  created: number
  [more: string]: unknown
}

export type DebitKind = 'sepa_debit' | 'us_bank_account' | 'bacs_debit'

type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'canceled'
  | 'succeeded'

export type PaymentError = {
  type: 'card_error' | 'invalid_request_error'
  code: string
  message: string
  decline_code?: string
  advice_code?: string
  charge?: string
  payment_method?: PaymentMethod
}

export type PaymentIntent = {
  id: string
  object: 'payment_intent'
  amount: number
  amount_received: number
  currency: string
  created: number
  customer: string | null
  description: string | null
  last_payment_error: PaymentError | null
  latest_charge: string | null
  metadata: Metadata
  next_action: { type: string; [more: string]: unknown } | null
  payment_method: string | null
  payment_method_types: string[]
  setup_future_usage: string | null
  status: IntentStatus
  [more: string]: unknown
}

export type Charge = {
  id: string
  object: 'charge'
  amount: number
  amount_captured: number
  amount_refunded: number
  balance_transaction: string | null
  currency: string
  created: number
  disputed: boolean
  paid: boolean
  payment_intent: string
  payment_method: string
  refunded: boolean
  status: 'succeeded' | 'pending' | 'failed'
  [more: string]: unknown
}

export type Refund = {
  id: string
  object: 'refund'
  amount: number
  charge: string
  payment_intent: string
  currency: string
  created: number
  status: 'pending' | 'succeeded' | 'failed' | 'canceled' | 'requires_action'
  [more: string]: unknown
}

export type SetupIntent = {
  id: string
  object: 'setup_intent'
  created: number
  customer: string | null
  metadata: Metadata
  payment_method: string | null
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled'
  [more: string]: unknown
}

export type Session = {
  id: string
  object: 'checkout.session'
  amount_total: number | null
  cancel_url: string | null
  client_reference_id: string | null
  created: number
  currency: string | null
  customer: string | null
  customer_email: string | null
  expires_at: number
  metadata: Metadata
  mode: 'payment' | 'setup'
  payment_intent: string | null
  payment_method_types: string[]
  payment_status: 'paid' | 'unpaid' | 'no_payment_required'
  setup_intent: string | null
  status: 'open' | 'complete' | 'expired'
  success_url: string | null
  url: string | null
  [more: string]: unknown
}

export type BalanceTransaction = {
  id: string
  object: 'balance_transaction'
  amount: number
  currency: string
  created: number
  fee: number
  net: number
  source: string
  type: string
  [more: string]: unknown
}

export type Payout = {
  id: string
  object: 'payout'
  amount: number
  arrival_date: number
  automatic: boolean
  currency: string
  created: number
  status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled'
  [more: string]: unknown
}

export type Dispute = {
  id: string
  object: 'dispute'
  amount: number
  currency: string
  charge: string
  created: number
  payment_intent: string
  reason: string
  status: 'needs_response' | 'under_review' | 'won' | 'lost'
  [more: string]: unknown
}

export type Event = {
  id: string
  object: 'event'
  api_version: string
  created: number
  data: { object: unknown }
  livemode: false
  pending_webhooks: number
  request: { id: string | null; idempotency_key: string | null }
  type: string
}

export type WebhookEndpoint = {
  id: string
  object: 'webhook_endpoint'
  api_version: string | null
  application: null
  created: number
  description: string | null
  enabled_events: string[]
  livemode: false
  metadata: Metadata
  status: 'enabled' | 'disabled'
  url: string
}

export type LineItem = { id: string; object: 'item'; amount_total: number; [more: string]: unknown }
