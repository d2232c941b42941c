/** Checkout sessions as the API makes them. What buyers do with one is in `checkout.ts`. */
import { type Account, change } from './account.ts'
import { checkAmount, checkCurrency } from './amounts.ts'
import { missing, noSuch, refuse, unable } from './errors.ts'
import { allow, type Form, flag, integer, metadata, oneOf, section, text, url, words } from './form.ts'
import { lineItem, readLines, sumOf } from './line-items.ts'
import { debitOf } from './methods.ts'
import { emit } from './notices.ts'
import type { Session } from './objects.ts'

const known = [
  'adaptive_pricing',
  'billing_address_collection',
  'cancel_url',
  'client_reference_id',
  'currency',
  'customer',
  'customer_creation',
  'customer_email',
  'expires_at',
  'line_items',
  'locale',
  'metadata',
  'mode',
  'payment_intent_data',
  'payment_method_options',
  'payment_method_types',
  'saved_payment_method_options',
  'setup_intent_data',
  'submit_type',
  'success_url',
  'ui_mode',
]

const minute = 60
const day = 86_400

export function createSession(account: Account, form: Form): Session {
  allow(form, known)
  const mode = oneOf(form, 'mode', ['payment', 'setup']) ?? missing('mode')
  oneOf(form, 'ui_mode', ['hosted_page'])
  if (flag(section(form, 'adaptive_pricing'), 'enabled'))
    refuse('Adaptive pricing is not activated.', { param: 'adaptive_pricing' })
  const successUrl = url(form, 'success_url') ?? missing('success_url')
  const customer = knownCustomer(account, form)
  const email = text(form, 'customer_email')
  if (email !== null && !/^\S+@\S+\.\S+$/.test(email)) {
    refuse(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'customer_email' })
  }
  const reference = text(form, 'client_reference_id')
  if (reference !== null && reference.length > 200) {
    refuse('Invalid string: must be at most 200 characters', { param: 'client_reference_id' })
  }
  const lines = mode === 'payment' ? readLines(form) : []
  const currency = lines[0]?.currency ?? setupCurrency(form)
  const total = mode === 'payment' && currency !== null ? checkAmount(sumOf(lines), currency, 'line_items') : null

  const id = `cs_test_a1${account.newId('', 56).slice(1)}`
  const session: Session = {
    ...blankSession,
    id,
    amount_subtotal: total,
    amount_total: total,
    cancel_url: url(form, 'cancel_url'),
    client_reference_id: reference,
    created: account.now(),
    currency,
    customer,
    customer_creation:
      customer === null ? (oneOf(form, 'customer_creation', ['always', 'if_required']) ?? 'if_required') : null,
    customer_details: email === null ? null : detailsOf(email),
    customer_email: email,
    expires_at: expiry(account, form),
    locale: text(form, 'locale'),
    metadata: metadata(form),
    mode,
    payment_method_types: methodTypes(form, currency),
    payment_status: mode === 'payment' ? 'unpaid' : 'no_payment_required',
    submit_type: text(form, 'submit_type'),
    success_url: successUrl,
    url: `${account.publicUrl()}/c/pay/${id}`,
    total_details: mode === 'payment' ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
  }
  const plan = intentPlan(form, mode)
  account.sessions.put(id, session)
  account.openSessions.put(id, { session: id, at: session.expires_at })
  account.lineItems.put(
    id,
    lines.map((line) => lineItem(account, line)),
  )
  account.intentPlans.put(id, plan)
  account.kit.did('session_created', {
    session: id,
    amount: total ?? 0,
    currency: currency ?? '',
    reference: reference ?? '',
  })
  return session
}

/** Nobody can pay it any more. An intent that a declined try left behind is canceled with it. */
export function expireSession(account: Account, session: Session): Session {
  if (session.status !== 'open') {
    unable(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    )
  }
  const expired = change(account.sessions, session, { status: 'expired', url: null })
  account.openSessions.delete(session.id)
  account.kit.did('session_expired', { session: session.id })
  emit(account, 'checkout.session.expired', expired)
  const intent = session.payment_intent === null ? undefined : account.intents.get(session.payment_intent)
  if (intent && intent.status !== 'succeeded' && intent.status !== 'processing') {
    const canceled = change(account.intents, intent, {
      status: 'canceled',
      canceled_at: account.now(),
      cancellation_reason: 'expired',
      next_action: null,
    })
    emit(account, 'payment_intent.canceled', canceled)
  }
  return expired
}

function knownCustomer(account: Account, form: Form): string | null {
  const customer = text(form, 'customer')
  if (customer === null) return null
  if (text(form, 'customer_email') !== null)
    refuse('You may only specify one of these parameters: customer, customer_email.')
  if (!account.customers.get(customer)) noSuch('customer', customer, 'customer', 400)
  return customer
}

function setupCurrency(form: Form): string | null {
  const currency = text(form, 'currency')
  if (currency === null && words(form, 'payment_method_types').length === 0) return missing('currency')
  return currency === null ? null : checkCurrency(currency, 'currency')
}

function expiry(account: Account, form: Form): number {
  const at = integer(form, 'expires_at')
  if (at === null) return account.now() + day
  if (at < account.now() + 30 * minute) {
    refuse('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', {
      param: 'expires_at',
    })
  }
  if (at > account.now() + day) {
    refuse('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', {
      param: 'expires_at',
    })
  }
  return at
}

function methodTypes(form: Form, currency: string | null): string[] {
  const asked = words(form, 'payment_method_types')
  const debit = currency === null ? undefined : debitOf[currency]
  const wrong = asked.find((type) => type !== 'card' && type !== 'link' && type !== debit)
  if (wrong !== undefined) {
    refuse(`The payment method type "${wrong}" is invalid for this currency or not activated.`, {
      param: 'payment_method_types',
    })
  }
  return asked.length > 0 ? asked : debit ? ['card', debit] : ['card']
}

function intentPlan(form: Form, mode: 'payment' | 'setup') {
  const name = mode === 'payment' ? 'payment_intent_data' : 'setup_intent_data'
  const wrong = mode === 'payment' ? 'setup_intent_data' : 'payment_intent_data'
  if (form[wrong] !== undefined) refuse(`You can not pass \`${wrong}\` in \`${mode}\` mode.`, { param: wrong })
  const data = section(form, name)
  allow(
    data,
    mode === 'payment'
      ? [
          'description',
          'metadata',
          'receipt_email',
          'setup_future_usage',
          'statement_descriptor',
          'statement_descriptor_suffix',
        ]
      : ['description', 'metadata'],
    name,
  )
  return {
    description: text(data, 'description'),
    metadata: metadata(data, {}, `${name}[metadata]`),
    ...(mode === 'payment'
      ? {
          receipt_email: text(data, 'receipt_email'),
          setup_future_usage: oneOf(data, 'setup_future_usage', ['off_session', 'on_session']),
          statement_descriptor: text(data, 'statement_descriptor'),
          statement_descriptor_suffix: text(data, 'statement_descriptor_suffix'),
        }
      : {}),
  }
}

export const detailsOf = (email: string | null) => ({
  address: null,
  business_name: null,
  email,
  individual_name: null,
  name: null,
  phone: null,
  tax_exempt: 'none',
  tax_ids: null,
})

const blankSession = {
  object: 'checkout.session' as const,
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  discounts: [],
  integration_identifier: null,
  invoice: null,
  invoice_creation: null,
  livemode: false,
  managed_payments: null,
  optional_items: null,
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_collection: 'if_required',
  payment_method_configuration_details: null,
  payment_method_options: {},
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  status: 'open' as const,
  subscription: null,
  ui_mode: 'hosted_page',
  wallet_options: null,
}
