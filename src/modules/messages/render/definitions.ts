/** Which messages exist, for whom, and which variables each is handed. Their words are in `texts/`. */
import { assert } from '#platform/errors.ts'
import type { Value, Variables } from '#platform/templates/types.ts'
import { type VariableName, variables } from './variables.ts'

/** `why` picks the sentence in the footer that says why the mail came. */
export type Definition = {
  readonly why: 'order' | 'plan' | 'account' | 'staff'
  readonly title: string
  readonly requires: readonly VariableName[]
  /** Null when left out; the text asks `{% if %}`. */
  readonly may: readonly VariableName[]
}

/** A line of either kind: user name and password, or the MAC address of a box. */
const login = {
  requires: ['plan_name', 'ends_on', 'connections', 'guide_url', 'account_url', 'show_login'],
  may: [
    'server',
    'port',
    'username',
    'password',
    'm3u_url',
    'epg_url',
    'portal_url',
    'mac_address',
    'requested_username',
  ],
} as const

/** In every message, needed or not: a text may greet by name and name the shop. */
const always: readonly VariableName[] = ['brand_name', 'customer_name', 'account_url']

export const definitions = {
  order_received: {
    why: 'order',
    title: 'Order received',
    requires: ['order_number', 'order_url', 'plan_name', 'amount'],
    may: [],
  },
  payment_pending: {
    why: 'order',
    title: 'Waiting for the payment',
    requires: ['order_number', 'order_url', 'plan_name', 'amount'],
    may: ['payment_instructions', 'payment_reference', 'pay_by'],
  },
  payment_expired: {
    why: 'order',
    title: 'Order not paid in time',
    requires: ['order_number', 'plan_name', 'shop_url'],
    may: [],
  },
  credentials: { why: 'order', title: 'TV login', ...login },
  login_changed: { why: 'plan', title: 'TV login changed', ...login },
  line_moved: { why: 'plan', title: 'Moved to another server', ...login },
  setup_delayed: {
    why: 'order',
    title: 'Set-up delayed',
    requires: ['order_number', 'order_url', 'plan_name'],
    may: [],
  },
  setup_ready: { why: 'order', title: 'TV login after a delay', ...login },

  renewal_invoice: {
    why: 'plan',
    title: 'Invoice for the next period',
    requires: ['plan_name', 'ends_on', 'amount', 'invoice_number', 'pay_url'],
    may: ['together', 'auto_charge_on', 'payment_method'],
  },
  renewal_reminder: {
    why: 'plan',
    title: 'Reminder before the end',
    requires: ['plan_name', 'ends_on', 'ends_today', 'amount', 'renew_url'],
    may: ['together', 'auto_charge_on', 'payment_method', 'suspends_on', 'has_ended'],
  },
  renewal_offer: {
    why: 'plan',
    title: 'Offer to stay or come back',
    requires: ['plan_name', 'ends_on', 'amount', 'renew_url'],
    may: ['shop_url'],
  },
  renewed: {
    why: 'plan',
    title: 'Renewed',
    requires: ['plan_name', 'ends_on'],
    may: ['together', 'amount', 'invoice_number', 'invoice_url'],
  },
  plan_changed: { why: 'plan', title: 'Plan changed', requires: ['plan_name', 'ends_on', 'amount'], may: [] },
  personal_message: {
    why: 'plan',
    title: 'Personal message',
    requires: ['message_subject', 'message_text', 'plan_name', 'ends_on', 'renew_url'],
    may: ['amount'],
  },
  price_change: {
    why: 'plan',
    title: 'New price',
    requires: ['plan_name', 'old_amount', 'new_amount', 'new_price_on', 'price_url'],
    may: ['price_note', 'asks_consent', 'ends_without_consent'],
  },
  price_kept: { why: 'plan', title: 'Price stays', requires: ['plan_name', 'amount'], may: ['ends_on'] },
  add_ons_changed: {
    why: 'plan',
    title: 'Add-ons changed',
    requires: ['plan_name', 'ends_on', 'amount', 'connections'],
    may: [],
  },
  paused: { why: 'plan', title: 'Plan paused', requires: ['plan_name', 'resumes_on'], may: [] },
  compensated: {
    why: 'plan',
    title: 'Time given after an incident',
    requires: ['plan_name', 'what_happened', 'given_time', 'plan_count', 'ends_on'],
    may: [],
  },
  payment_failed: {
    why: 'plan',
    title: 'Payment failed',
    requires: ['plan_name', 'amount', 'pay_url'],
    may: ['together', 'payment_method', 'failure_reason', 'next_try_on', 'suspends_on'],
  },
  card_expiring: {
    why: 'plan',
    title: 'Saved card expires',
    requires: ['plan_name', 'ends_on', 'payment_method', 'expires_on', 'amount', 'renew_url'],
    may: [],
  },
  grace: {
    why: 'plan',
    title: 'Plan ended, TV still on',
    requires: ['plan_name', 'ends_on', 'suspends_on', 'amount', 'pay_url'],
    may: ['together'],
  },
  restricted: {
    why: 'plan',
    title: 'Fewer screens until it is paid',
    requires: ['plan_name', 'ends_on', 'suspends_on', 'connections', 'amount', 'pay_url'],
    may: ['together'],
  },
  suspended: {
    why: 'plan',
    title: 'TV paused',
    requires: ['plan_name', 'ends_on', 'amount', 'pay_url'],
    may: ['together', 'terminates_on'],
  },
  resumed: { why: 'plan', title: 'TV is back on', requires: ['plan_name', 'ends_on'], may: ['together'] },
  service_stopped: { why: 'plan', title: 'Service rests', requires: ['tv_rests'], may: [] },
  service_back: { why: 'plan', title: 'Service is back', requires: ['tv_rests'], may: [] },
  shop_closing: { why: 'plan', title: 'Shop closes, or stays', requires: ['stays', 'closes_on'], may: [] },
  terminated: { why: 'plan', title: 'Plan closed', requires: ['plan_name', 'shop_url'], may: ['together', 'ends_on'] },

  receipt: {
    why: 'order',
    title: 'Receipt',
    requires: ['amount', 'paid_on', 'invoice_number', 'invoice_url'],
    may: ['plan_name', 'payment_method'],
  },
  refund: {
    why: 'order',
    title: 'Refund',
    requires: ['amount'],
    may: ['invoice_number', 'credit_note_number', 'payment_method', 'invoice_url'],
  },
  refund_claim: {
    why: 'order',
    title: 'Refund to claim',
    requires: ['amount', 'claim_url'],
    may: ['invoice_number'],
  },

  magic_link: { why: 'account', title: 'Sign-in link', requires: ['sign_in_url', 'valid_for'], may: [] },
  email_change: {
    why: 'account',
    title: 'Confirm a new mail address',
    requires: ['confirm_url', 'new_email', 'valid_for'],
    may: [],
  },
  email_changed: { why: 'account', title: 'Mail address changed (to the old one)', requires: ['new_email'], may: [] },

  staff_invite: {
    why: 'staff',
    title: 'Invitation to staff',
    requires: ['invited_by', 'role', 'invite_url', 'valid_for'],
    may: [],
  },
  reseller_invite: {
    why: 'staff',
    title: 'Invitation to a reseller',
    requires: ['invited_by', 'invite_url', 'valid_for'],
    may: [],
  },
  staff_alert: {
    why: 'staff',
    title: 'Alert to staff',
    requires: ['alert_title', 'alert_detail', 'console_url'],
    may: ['alert_next', 'alert_facts', 'sent_at'],
  },
  test_message: { why: 'staff', title: 'Test of the mail settings', requires: ['sent_at'], may: [] },
} as const satisfies Record<string, Definition>

export type TemplateKey = keyof typeof definitions
/** Those to staff are in English, as the console is. */
export type CustomerTemplateKey = {
  [K in TemplateKey]: (typeof definitions)[K]['why'] extends 'staff' ? never : K
}[TemplateKey]
export const templateKeys = Object.keys(definitions) as TemplateKey[]

/** Names that a text for `key` may use. */
export function namesOf(key: TemplateKey): VariableName[] {
  const { requires, may }: Definition = definitions[key]
  return [...new Set([...always, ...requires, ...may])]
}

/** Example values of all of them. A line has a user name or a MAC address: the example has the first, the more common. */
export function samplesOf(key: TemplateKey): Variables {
  const names = namesOf(key)
  const samples = pick(names, (name) => variables[name].sample)
  return names.includes('mac_address') ? { ...samples, mac_address: null } : samples
}

/**
 * What the template gets: all its names, absent ones as null, nothing else. A required one that is missing is a bug of
 * the caller: half a message is never sent.
 */
export function variablesFor(key: TemplateKey, given: Variables): Variables {
  const { requires }: Definition = definitions[key]
  const missing = requires.filter((name) => given[name] === undefined || given[name] === null || given[name] === '')
  assert(missing.length === 0, `message ${key} lacks ${missing.join(', ')}`)
  if (given.show_login) assert(isWholeLogin(given), `message ${key} lacks a whole TV login`)
  // An empty text is none: a template asks `if customer_name`, and for Liquid the empty text is something.
  return pick(namesOf(key), (name) => (given[name] === '' ? null : (given[name] ?? null)))
}

const isWholeLogin = ({ mac_address, portal_url, server, username, password }: Variables): boolean =>
  Boolean((mac_address ? portal_url : username) && (!username || (server && password)))

const pick = (names: readonly VariableName[], value: (name: VariableName) => Value): Variables =>
  Object.fromEntries(names.map((name) => [name, value(name)]))
