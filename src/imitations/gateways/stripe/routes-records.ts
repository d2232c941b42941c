/** What the account knows: customers and their methods, the books, events, endpoints for notices. */
import { type Account, change } from './account.ts'
import { createCustomer } from './customers.ts'
import { giveEvidence } from './disputes.ts'
import { addEndpoint, describeEndpoint } from './endpoints.ts'
import { missing, noSuch, refuse } from './errors.ts'
import { type Add, allow, type Form, metadata, needed, text, words } from './form.ts'
import { filtered, listOf, paging } from './lists.ts'
import { addCard, detached, testCards } from './methods.ts'
import { emit } from './notices.ts'
import type { BalanceTransaction } from './objects.ts'

const monthSeconds = 30 * 86_400

export function addPeople(account: Account, post: Add, get: Add) {
  post('/v1/customers', (form) => {
    allow(form, ['description', 'email', 'metadata', 'name', 'phone'])
    return createCustomer(account, {
      email: text(form, 'email'),
      name: text(form, 'name'),
      phone: text(form, 'phone'),
      description: text(form, 'description'),
      metadata: metadata(form),
    })
  })
  get('/v1/customers', (query) => {
    allow(query, [...paging, 'email'])
    return listOf(filtered(account.customers.values(), query, ['email']), '/v1/customers', query)
  })
  const customer = (id: string) => account.customers.get(id) ?? noSuch('customer', id)
  get('/v1/customers/:id', (_, id) => customer(id))
  post('/v1/customers/:id', (form, id) => {
    allow(form, ['description', 'email', 'metadata', 'name', 'phone'])
    const before = customer(id)
    const given = ['description', 'email', 'name', 'phone'].filter((name) => form[name] !== undefined)
    return change(account.customers, before, {
      metadata: metadata(form, before.metadata),
      ...Object.fromEntries(given.map((name) => [name, text(form, name)])),
    })
  })

  get('/v1/setup_intents/:id', (_, id) => account.setups.get(id) ?? noSuch('setupintent', id, 'intent'))
  const method = (id: string) => account.methods.get(id) ?? noSuch('PaymentMethod', id, 'payment_method')
  get('/v1/payment_methods', (query) => {
    allow(query, [...paging, 'customer', 'type'])
    return listOf(filtered(account.methods.values(), query, ['customer', 'type']), '/v1/payment_methods', query)
  })
  get('/v1/payment_methods/:id', (_, id) => method(id))
  post('/v1/payment_methods/:id/attach', (form, id) => {
    const owner = customer(needed(form, 'customer')).id
    return change(account.methods, id in testCards ? addCard(account, id, owner) : method(id), { customer: owner })
  })
  post('/v1/payment_methods/:id/detach', (_, id) => {
    if (method(id).customer === null)
      refuse('The payment method you provided is not attached to a customer so detachment is impossible.')
    const freed = change(account.methods, method(id), { customer: null })
    account.behaviors.put(id, detached)
    account.kit.did('payment_method_detached', { payment_method: id })
    emit(account, 'payment_method.detached', freed)
    return freed
  })
}

export function addBooks(account: Account, post: Add, get: Add) {
  get('/v1/account', () => describeAccount(account))
  get('/v1/balance', () => {
    const pending: Record<string, number> = {}
    for (const { currency, net } of account.transactions.values()) pending[currency] = (pending[currency] ?? 0) + net
    const amounts = Object.entries(pending).map(([currency, amount]) => ({
      amount,
      currency,
      source_types: { card: amount },
    }))
    return {
      object: 'balance',
      available: amounts.map((each) => ({ ...each, amount: 0, source_types: { card: 0 } })),
      livemode: false,
      pending: amounts,
    }
  })
  get('/v1/balance_transactions', (query) => {
    allow(query, [...paging, 'source', 'type', 'currency', 'payout'])
    const rows = filtered(account.transactions.values(), query, ['source', 'type', 'currency'])
    return listOf(ofPayout(account, rows, text(query, 'payout')), '/v1/balance_transactions', query)
  })
  get('/v1/balance_transactions/:id', (_, id) => account.transactions.get(id) ?? noSuch('balance transaction', id))
  get('/v1/payouts', (query) => {
    allow(query, [...paging, 'status'])
    return listOf(filtered(account.payouts.values(), query, ['status']), '/v1/payouts', query)
  })
  get('/v1/payouts/:id', (_, id) => account.payouts.get(id) ?? noSuch('payout', id))
  get('/v1/charges', (query) => {
    allow(query, [...paging, 'customer', 'payment_intent'])
    return listOf(filtered(account.charges.values(), query, ['customer', 'payment_intent']), '/v1/charges', query)
  })
  get('/v1/charges/:id', (_, id) => account.charges.get(id) ?? noSuch('charge', id))

  get('/v1/disputes', (query) => {
    allow(query, [...paging, 'charge', 'payment_intent'])
    return listOf(filtered(account.disputes.values(), query, ['charge', 'payment_intent']), '/v1/disputes', query)
  })
  get('/v1/disputes/:id', (_, id) => account.disputes.get(id) ?? noSuch('dispute', id))
  post('/v1/disputes/:id', (form, id) => giveEvidence(account, account.disputes.get(id) ?? noSuch('dispute', id), form))

  get('/v1/events', (query) => {
    allow(query, [...paging, 'type', 'types'])
    const types = words(query, 'types')
    const kept = [...account.events.values()].filter(
      (event) => event.created > account.now() - monthSeconds && fitsType(event.type, query, types),
    )
    return listOf(kept, '/v1/events', query)
  })
  get('/v1/events/:id', (_, id) => {
    const event = account.events.get(id)
    return event && event.created > account.now() - monthSeconds ? event : noSuch('event', id)
  })
}

function ofPayout(account: Account, rows: BalanceTransaction[], id: string | null): BalanceTransaction[] {
  if (id === null) return rows
  const payout = account.payouts.get(id) ?? noSuch('payout', id)
  if (!payout.automatic)
    refuse('Balance transaction history can only be filtered on automatic transfers, not manual.', { param: 'payout' })
  return rows.filter((each) => account.payoutOfMove.get(each.id) === id || each.source === id)
}

/** `charge.*` asks for all of a family. */
function fitsType(type: string, query: Form, types: string[]): boolean {
  const one = text(query, 'type')
  if (one?.endsWith('.*')) return type.startsWith(one.slice(0, -1))
  return (one === null || type === one) && (types.length === 0 || types.includes(type))
}

export function addEndpoints(account: Account, post: Add, get: Add, remove: Add) {
  const endpoints = '/v1/webhook_endpoints'
  const endpoint = (id: string) => account.endpoints.get(id) ?? noSuch('webhook endpoint', id, 'webhook_endpoint')
  post(endpoints, (form) => {
    allow(form, ['api_version', 'description', 'enabled_events', 'metadata', 'url'])
    if (words(form, 'enabled_events').length === 0) missing('enabled_events')
    const made = addEndpoint(account, {
      url: needed(form, 'url'),
      events: words(form, 'enabled_events'),
      description: text(form, 'description'),
      metadata: metadata(form),
    })
    return { ...made, secret: account.settings.webhookSecrets.get(made.id) } // Shown this once.
  })
  get(endpoints, (query) => listOf(account.endpoints.values(), endpoints, query))
  get(`${endpoints}/:id`, (_, id) => endpoint(id))
  post(`${endpoints}/:id`, (form, id) => describeEndpoint(account, endpoint(id), form))
  remove(`${endpoints}/:id`, (_, id) => {
    account.endpoints.delete(endpoint(id).id)
    account.settings.webhookSecrets.delete(id)
    return { id, object: 'webhook_endpoint', deleted: true }
  })
}

const describeAccount = (account: Account) => ({
  id: 'acct_1Imitation00000',
  object: 'account',
  business_profile: {
    mcc: null,
    name: 'Imitated business',
    product_description: null,
    support_email: null,
    support_phone: null,
    support_url: null,
    url: null,
  },
  business_type: 'company',
  capabilities: { card_payments: 'active', sepa_debit_payments: 'active', transfers: 'active' },
  charges_enabled: true,
  controller: { type: 'account' },
  country: account.settings.country,
  created: 1_700_000_000,
  default_currency: account.settings.currency,
  details_submitted: true,
  email: 'owner@example.com',
  external_accounts: {
    object: 'list',
    data: [],
    has_more: false,
    url: '/v1/accounts/acct_1Imitation00000/external_accounts',
  },
  metadata: {},
  payouts_enabled: true,
  settings: { dashboard: { display_name: 'Imitated business', timezone: 'Etc/UTC' } },
  type: 'standard',
})
