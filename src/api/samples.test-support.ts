/** For the tests that go through the whole table: a valid body for every route that takes one. */
import type { Json } from './api.test-support.ts'

export type Ids = Record<string, string>

/** Ids of things that are there, by prefix, as `soldPlan` left them. */
export function idsOf(order: Json, more: Ids): Ids {
  const line = order.line as Json
  const { customer_id, plan_id, invoice_id, subscription_id } = order as Record<string, string>
  return {
    cus: customer_id ?? '',
    plan: plan_id ?? '',
    inv: invoice_id ?? '',
    sub: subscription_id ?? '',
    ord: order.id,
    line: line.id,
    pan: String(line.panel_id),
    ...more,
  }
}

const steps = [
  { key: 'invoice', action: 'issue_invoice', offset_hours: -168 },
  { key: 'suspend', action: 'suspend', offset_hours: 48 },
  { key: 'terminate', action: 'terminate', offset_hours: 720 },
]

const rules = [
  {
    key: 'loyal',
    name: 'Loyal',
    when: {
      all: [{ fact: 'on_time_streak', op: 'gte', value: 6 }, { not: { fact: 'tags', op: 'has', value: 'risk' } }],
    },
    // biome-ignore lint/suspicious/noThenProperty: a rule as it is sent.
    then: [{ do: 'shift', step: 'suspend', days: 4 }],
  },
]

const money = { amount: 100, currency: 'EUR' }
const reason = { reason: 'asked by the customer' }

const incidentRule = { round_to: 'hour', least_minutes: 30, most_hours: 72, most_hours_month: 168 }

export const samples = (ids: Ids): Record<string, Record<string, unknown>> => ({
  'patch /businesses/current': {
    name: 'Northwind TV',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    language: 'en',
    country: 'DE',
    brand: { color: '#7a1fa2' },
    legal: { name: 'Northwind GmbH', address: ['Hafen 1'] },
    support_email: 'help@shop.example',
    abuse_email: null,
  },
  'post /businesses/current/clock': { advance_seconds: 60 },
  'post /customers': {
    email: 'eva@example.net',
    name: 'Eva',
    country: 'DE',
    language: 'de',
    tags: ['vip'],
    address: { city: 'Kiel' },
    vat_id: 'DE1',
    marketing_consent: 'Yes, please.',
  },
  'patch /customers/{id}': {
    name: 'Ana',
    country: 'DE',
    language: 'en',
    tags: [],
    address: { lines: ['Hafen 2'] },
    vat_id: null,
  },
  'post /customers/{id}/notes': { body: 'Called.\nIs happy.' },
  'post /products': {
    name: 'Solo',
    description: '',
    connections: 1,
    outputs: ['hls'],
    active: true,
    panels: [{ panel_id: ids.pan, bouquets: [1] }],
  },
  'patch /products/{id}': { name: 'Family', position: 1 },
  'post /plans': {
    product_id: ids.prod,
    name: 'Weekly',
    term: { unit: 'day', count: 7 },
    prices: [money],
    trial: false,
    position: 3,
  },
  'patch /plans/{id}': { name: 'Monthly', best_value: true, prices: [{ amount: 1099, currency: 'EUR' }] },
  'post /add_ons': {
    kind: 'connection',
    name: 'Another screen',
    max_quantity: 3,
    active: true,
    position: 1,
    plans: [{ plan_id: ids.plan, credit_cost_milli: 500, prices: [money] }],
  },
  'patch /add_ons/{id}': { name: 'One more screen', max_quantity: 2 },
  'post /subscriptions/{id}/change_add_on': {
    add_on_id: ids.addon,
    quantity: 2,
    fingerprint: `1770000000000.${'x'.repeat(22)}`,
    ...reason,
  },
  'post /orders': {
    plan_id: ids.plan,
    add_ons: [{ add_on_id: ids.addon, quantity: 1 }],
    email: 'kim@example.net',
    name: 'Kim',
    currency: 'EUR',
    country: 'DE',
    language: 'en',
    username: 'kim',
    buyer_address: '203.0.113.9',
    gateway: ids.gwa,
    return_url: 'https://shop.example/done',
    save_method_consent: 'Keep it for my renewals.',
  },
  'post /orders/{id}/pay': {
    gateway: ids.gwa,
    return_url: 'https://shop.example/done',
    cancel_url: 'https://shop.example/no',
  },
  'post /invoices/{id}/pay': { gateway: ids.gwa, return_url: 'https://shop.example/done' },
  'post /invoices/{id}/charge': { payment_method: ids.pm, amount: money },
  'post /invoices/{id}/mark_received': { amount: money, reference: 'statement 12' },
  'post /refunds': { payment_id: ids.pay, amount: money, ...reason },
  'patch /subscriptions/{id}': { auto_renew: true, ...reason },
  'post /subscriptions/{id}/hold': { until: '2026-03-10T12:00:00+01:00', ...reason },
  'post /subscriptions/{id}/unflag': reason,
  'post /subscriptions/{id}/suspend': reason,
  'post /subscriptions/{id}/resume': reason,
  'post /subscriptions/{id}/terminate': reason,
  'post /subscriptions/{id}/give_days': { days: 3, ...reason },
  'post /subscriptions/{id}/renew': { gateway: ids.gwa },
  'post /subscriptions/{id}/pause': { until: '2026-03-10T12:00:00+01:00', ...reason },
  'post /subscriptions/{id}/cancel': reason,
  'post /subscriptions/{id}/move_end': { to: '2026-04-10T12:00:00+01:00', ...reason },
  'post /subscriptions/{id}/restore': { until: '2026-04-10T12:00:00+01:00', ...reason },
  'post /subscriptions/{id}/cancel_now': { fingerprint: `1770000000000.${'x'.repeat(22)}`, ...reason },
  'put /settings/subscriptions': {
    upgrade: 'keep',
    proration: 'day',
    pauses_per_year: 3,
    pause_days_per_year: 30,
    refund: { kind: 'prorated', days: 14, fee_minor: 100 },
    refund_by_plan: { [ids.plan ?? '']: { kind: 'none' } },
  },
  'post /subscriptions/{id}/change_plan': {
    plan_id: ids.plan,
    fingerprint: `1770000000000.${'x'.repeat(22)}`,
    ...reason,
  },
  'post /price_campaigns': {
    name: 'Spring',
    condition: { fact: 'plan', op: 'in', value: [ids.plan] },
    change: { by: 'percent', percent: 10, round_to: 10 },
    effective_at: '2026-04-01T00:00:00Z',
    notice_days: 30,
    consent: 'ask',
    silence: 'keep',
    note: 'Licences have become dearer.',
  },
  'patch /price_campaigns/{id}': { name: 'Late spring', condition: null, notice_days: 14 },
  'post /price_campaigns/{id}/start': { version: 2 },
  'post /price_campaigns/{id}/stop': reason,
  'post /subscriptions/{id}/accept_price': reason,
  'post /subscriptions/{id}/decline_price': reason,
  'post /subscriptions/{id}/price_exception': reason,
  'post /subscriptions/{id}/undo_price_exception': reason,
  'put /settings/trials': {
    once_per_customer: true,
    once_per_device: true,
    once_per_payment_method: true,
    per_network: 3,
    network_days: 30,
    per_day: 20,
  },
  'post /trial_allowances': { email: 'kim@example.net', ...reason },
  'post /lines/{id}/change_login': { password: 'Sunrise2026' },
  'post /panels': {
    name: 'Panel B',
    kind: 'xui',
    settings: { url: 'http://panel.example/abc/', api_key: '0123456789', viewer_host: 'tv.example' },
    weight: 1,
    capacity: 10,
    drained: false,
  },
  'patch /panels/{id}': { name: 'Panel A', weight: 2 },
  'post /gateways': {
    name: 'By transfer',
    kind: 'manual',
    settings: { instructions: 'Please transfer {amount} with the reference {reference}.' },
    active: true,
  },
  'patch /gateways/{id}': { name: 'Card', position: 2 },
  'put /templates/{key}': { language: 'en', subject: 'A test', body: 'This is a test, sent {{ sent_at }}.' },
  'post /templates/{key}/restore': { language: 'en' },
  'put /settings/mail': {
    host: 'mail.example',
    port: 587,
    secure: 'starttls',
    from_address: 'tv@shop.example',
    from_name: 'TV',
    show_login: true,
  },
  'post /settings/mail/test': { to: 'staff@shop.example' },
  'post /runs/{id}/decide': { decision: 'go', only: [ids.sub], reason: 'looked at' },
  'post /rehearsals': { days: 30, payments: 'as_before', policy: { id: 'pol_default', steps }, limit: 10 },
  'post /policies': { name: 'Gentle', steps, rules, calendar: { country: 'DE', region: 'BY', also: ['2026-12-24'] } },
  'put /policies/{id}': { name: 'Standard', steps, rules, calendar: null },
  'post /policies/{id}/preview': { subscription_id: ids.sub, steps, rules },
  'post /policy_choices': { scope: 'plan', subject_id: ids.plan, policy_id: 'pol_default' },
  'post /subscriptions/{id}/policy': { policy_id: 'pol_default', ...reason },
  'post /api_keys': { name: 'Shop', scopes: ['orders:write'], expires_at: '2027-01-01T00:00:00Z' },
  'post /incidents': {
    panel_id: ids.pan,
    name: 'Storage',
    sentence: 'Some channels do not play.',
    starts_at: '2026-01-20T00:00:00Z',
    ends_at: '2026-01-20T06:00:00Z',
    rule: incidentRule,
  },
  'patch /incidents/{id}': {
    name: 'Storage',
    sentence: 'Some channels do not play.',
    starts_at: '2026-01-21T00:00:00Z',
    ends_at: '2026-01-21T06:00:00Z',
    rule: incidentRule,
  },
  'post /incidents/{id}/compensate': { fingerprint: '1.x', tell_customers: false },
  'post /incidents/{id}/waive': reason,
  'post /incidents/{id}/withdraw': reason,
})
