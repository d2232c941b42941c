/** Customers and setup intents: what it takes to keep a payment method. */
import { type Account, change } from './account.ts'
import type { Metadata } from './form.ts'
import { emit } from './notices.ts'
import type { Customer, PaymentMethod, SetupIntent } from './objects.ts'

export function createCustomer(
  account: Account,
  given: {
    email: string | null
    name?: string | null
    phone?: string | null
    description?: string | null
    metadata?: Metadata
  },
): Customer {
  const id = account.newId('cus', 14)
  const customer: Customer = {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: account.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: given.description ?? null,
    discount: null,
    email: given.email,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: given.metadata ?? {},
    name: given.name ?? null,
    next_invoice_sequence: 1,
    phone: given.phone ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
  account.customers.put(id, customer)
  emit(account, 'customer.created', customer)
  return customer
}

export function createSetup(
  account: Account,
  given: { customer: string | null; description: string | null; metadata: Metadata; types: string[] },
): SetupIntent {
  const id = account.newId('seti')
  const setup: SetupIntent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_${account.newId('secret', 25)}`,
    created: account.now(),
    customer: given.customer,
    customer_account: null,
    description: given.description,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: given.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: given.types,
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: 'off_session',
  }
  account.setups.put(id, setup)
  emit(account, 'setup_intent.created', setup)
  return setup
}

/** From now on the method belongs to its customer and may be charged in his absence. */
export function finishSetup(account: Account, setup: SetupIntent, method: PaymentMethod): SetupIntent {
  change(account.methods, method, { customer: setup.customer })
  const done = change(account.setups, setup, { status: 'succeeded', payment_method: method.id, next_action: null })
  account.kit.did('setup_succeeded', { setup_intent: setup.id, payment_method: method.id })
  emit(account, 'setup_intent.succeeded', done)
  return done
}

export function failSetup(account: Account, setup: SetupIntent, method: PaymentMethod): SetupIntent {
  const failed = change(account.setups, setup, {
    status: 'requires_payment_method',
    last_setup_error: {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
      payment_method: method,
    },
  })
  emit(account, 'setup_intent.setup_failed', failed)
  return failed
}
