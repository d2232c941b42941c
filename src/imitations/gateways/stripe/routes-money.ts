/** What takes money and gives it back: checkout sessions, payment intents, refunds. */
import { type Account, change } from './account.ts'
import { checkAmount, checkCurrency } from './amounts.ts'
import { missing, noSuch, refuse, unable } from './errors.ts'
import { type Add, allow, flag, integer, metadata, needed, oneOf, text, words } from './form.ts'
import { filtered, listOf, paging, search } from './lists.ts'
import { addCard, detached, testCards } from './methods.ts'
import type { PaymentMethod } from './objects.ts'
import { cancel, confirm, createIntent } from './payments.ts'
import { createRefund } from './refunds.ts'
import { createSession, expireSession } from './sessions.ts'

export function addCheckout(account: Account, post: Add, get: Add) {
  const sessions = '/v1/checkout/sessions'
  const session = (id: string) => account.sessions.get(id) ?? noSuch('checkout.session', id, 'session')
  post(sessions, (form) => createSession(account, form))
  get(sessions, (query) => {
    allow(query, [...paging, 'payment_intent', 'customer', 'status'])
    const intent = text(query, 'payment_intent')
    const only = intent === null ? undefined : account.sessions.get(account.sessionOfIntent.get(intent) ?? '')
    const rows = intent === null ? account.sessions.values() : only ? [only] : []
    return listOf(filtered(rows, query, ['customer', 'status']), sessions, query)
  })
  get(`${sessions}/:id`, (_, id) => session(id))
  get(`${sessions}/:id/line_items`, (query, id) =>
    listOf([...(account.lineItems.get(session(id).id) ?? [])].reverse(), `${sessions}/${id}/line_items`, query),
  )
  post(`${sessions}/:id/expire`, (_, id) => expireSession(account, session(id)))
}

const intentFields = [
  'amount',
  'automatic_payment_methods',
  'capture_method',
  'confirm',
  'currency',
  'customer',
  'description',
  'error_on_requires_action',
  'metadata',
  'off_session',
  'payment_method',
  'payment_method_types',
  'receipt_email',
  'return_url',
  'setup_future_usage',
  'statement_descriptor',
  'statement_descriptor_suffix',
]

export function addIntents(account: Account, post: Add, get: Add) {
  const intents = '/v1/payment_intents'
  const intent = (id: string) => account.intents.get(id) ?? noSuch('payment_intent', id, 'intent')

  post(intents, (form) => {
    allow(form, intentFields)
    const currency = checkCurrency(needed(form, 'currency'), 'currency')
    const amount = checkAmount(integer(form, 'amount') ?? missing('amount'), currency, 'amount')
    oneOf(form, 'capture_method', ['automatic', 'automatic_async'])
    const customer = text(form, 'customer')
    if (customer !== null && !account.customers.get(customer)) noSuch('customer', customer, 'customer', 400)
    const method =
      text(form, 'payment_method') === null ? null : methodNamed(account, needed(form, 'payment_method'), customer)
    if (flag(form, 'confirm') && method === null) missing('payment_method')
    const made = createIntent(account, {
      amount,
      currency,
      customer,
      description: text(form, 'description'),
      metadata: metadata(form),
      payment_method: method?.id ?? null,
      payment_method_types:
        words(form, 'payment_method_types').length > 0 ? words(form, 'payment_method_types') : ['card'],
      receipt_email: text(form, 'receipt_email'),
      setup_future_usage: oneOf(form, 'setup_future_usage', ['off_session', 'on_session']),
      statement_descriptor_suffix: text(form, 'statement_descriptor_suffix'),
      status: method ? 'requires_confirmation' : 'requires_payment_method',
    })
    if (method === null || !flag(form, 'confirm')) return made
    return confirm(account, made, method, flag(form, 'off_session'))
  })
  get(intents, (query) => {
    allow(query, [...paging, 'customer'])
    return listOf(filtered(account.intents.values(), query, ['customer']), intents, query)
  })
  get(`${intents}/search`, (query) => {
    allow(query, ['query', 'limit', 'page'])
    // Stripe's index runs behind: what is younger than the fault says is not found yet.
    const lag = account.kit.faults.take('search', (name) => name === 'search_lag')
    const newest = account.now() - Math.ceil((lag?.ms ?? 0) / 1000)
    const rows = lag ? [...account.intents.values()].filter((each) => each.created <= newest) : account.intents.values()
    return search(rows, `${intents}/search`, query)
  })
  get(`${intents}/:id`, (_, id) => intent(id))
  post(`${intents}/:id`, (form, id) => {
    allow(form, ['metadata', 'description', 'receipt_email'])
    const before = intent(id)
    return change(account.intents, before, {
      metadata: metadata(form, before.metadata),
      ...(text(form, 'description') === null ? {} : { description: text(form, 'description') }),
      ...(text(form, 'receipt_email') === null ? {} : { receipt_email: text(form, 'receipt_email') }),
    })
  })
  post(`${intents}/:id/confirm`, (form, id) => {
    allow(form, [
      'payment_method',
      'off_session',
      'return_url',
      'error_on_requires_action',
      'receipt_email',
      'setup_future_usage',
    ])
    const before = intent(id)
    const named = text(form, 'payment_method') ?? before.payment_method
    if (named === null)
      return unable("You cannot confirm this PaymentIntent because it's missing a payment method.", {
        code: 'payment_intent_unexpected_state',
        payment_intent: before,
      })
    return confirm(account, before, methodNamed(account, named, before.customer), flag(form, 'off_session'))
  })
  post(`${intents}/:id/cancel`, (form, id) => {
    allow(form, ['cancellation_reason'])
    const before = intent(id)
    const session = account.sessions.get(account.sessionOfIntent.get(id) ?? '')
    if (session?.status === 'open') {
      unable('You cannot cancel PaymentIntents created by Checkout. Expire the Checkout Session instead.', {
        payment_intent: before,
      })
    }
    return cancel(
      account,
      before,
      oneOf(form, 'cancellation_reason', ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']),
    )
  })
}

/** A saved method, or one of the test cards by name: each use of a name makes a method of its own. */
function methodNamed(account: Account, name: string, customer: string | null): PaymentMethod {
  if (name in testCards) return addCard(account, name, null)
  const method = account.methods.get(name) ?? noSuch('PaymentMethod', name, 'payment_method', 400)
  if (account.behaviors.get(method.id) === detached)
    refuse(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again.',
    )
  if (method.customer !== null && method.customer !== customer) {
    refuse(`The PaymentMethod ${name} does not belong to the Customer you supplied.`, { param: 'payment_method' })
  }
  return method
}

export function addRefunds(account: Account, post: Add, get: Add) {
  post('/v1/refunds', (form) => {
    allow(form, ['amount', 'charge', 'metadata', 'payment_intent', 'reason'])
    const intentId = text(form, 'payment_intent')
    const intent =
      intentId === null
        ? null
        : (account.intents.get(intentId) ?? noSuch('payment_intent', intentId, 'payment_intent', 404))
    if (intent && intent.status !== 'succeeded') {
      unable(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
        code: 'charge_not_refundable',
        param: 'payment_intent',
      })
    }
    const chargeId = intent?.latest_charge ?? text(form, 'charge') ?? missing('payment_intent')
    return createRefund(account, account.charges.get(chargeId) ?? noSuch('charge', chargeId, 'charge'), {
      amount: integer(form, 'amount'),
      reason: oneOf(form, 'reason', ['duplicate', 'fraudulent', 'requested_by_customer']),
      metadata: metadata(form),
    })
  })
  get('/v1/refunds', (query) => {
    allow(query, [...paging, 'charge', 'payment_intent'])
    return listOf(filtered(account.refunds.values(), query, ['charge', 'payment_intent']), '/v1/refunds', query)
  })
  get('/v1/refunds/:id', (_, id) => account.refunds.get(id) ?? noSuch('refund', id))
}
