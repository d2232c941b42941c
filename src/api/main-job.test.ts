import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { xuiDefaults } from '../imitations/panels/xui.ts'
import { type ApiWorld, apiWorld, type Json, openAccount, payAt } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
})
afterAll(() => api.close())

test('from an empty business to a renewed line, through REST alone', async () => {
  const { world } = api
  const key = await api.keyFor(await api.business('rest-only'))
  const done = (method: string, path: string, body?: unknown) => api.done(method, path, body, { key })
  const refused = async (method: string, path: string, body?: unknown) =>
    (await api.ask(method, path, { key, body })).body.code

  // Set up.
  expect(await refused('POST', '/businesses/current/open')).toBe('conflict')
  await done('PATCH', '/businesses/current', { name: 'Rest TV', currency: 'EUR', brand: { color: '#7a1fa2' } })
  await done('PUT', '/settings/mail', {
    host: '127.0.0.1',
    port: world.mailbox.port,
    secure: 'none',
    from_address: 'tv@rest.example',
  })
  expect(await done('POST', '/settings/mail/test', { to: 'staff@rest.example' })).toMatchObject({
    delivered: true,
    status: 'sent',
  })
  expect(await done('GET', '/settings/mail')).toMatchObject({ state: 'proved', password_set: false })
  const panel = await done('POST', '/panels', {
    name: 'Panel A',
    kind: 'xui',
    settings: {
      url: `${world.panelOrigin}/${xuiDefaults.access_code}/`,
      api_key: xuiDefaults.api_key,
      viewer_host: 'tv.rest.example',
      viewer_port: 8080,
    },
  })
  expect(panel).toMatchObject({ secrets_set: ['api_key'], settings: { api_key: null }, health: 'unknown' })
  expect(await done('POST', `/panels/${panel.id}/test`)).toMatchObject({ ok: true })
  const bouquets = (await done('GET', `/panels/${panel.id}/bouquets`)).data as { id: number }[]
  const gateway = await done('POST', '/gateways', {
    name: 'Card',
    kind: 'sandbox',
    settings: { api_base: world.gatewayOrigin, api_key: 'rest_key', notice_secret: 'rest_notice_secret' },
  })
  await openAccount(world, 'rest_key', 'rest_notice_secret', gateway.notice_url)
  expect(await done('POST', `/gateways/${gateway.id}/test`)).toMatchObject({ ok: true })
  const product = await done('POST', '/products', {
    name: 'Family',
    panels: [{ panel_id: panel.id, bouquets: bouquets.slice(0, 2).map(({ id }) => id) }],
  })
  const plan = await done('POST', '/plans', {
    product_id: product.id,
    name: 'Monthly',
    term: { unit: 'month', count: 1 },
    prices: [{ amount: 1099, currency: 'EUR' }],
  })
  expect(await done('GET', `/plans/${plan.id}/obstacles`)).toMatchObject({ obstacles: [] })
  expect(await refused('POST', '/orders', { plan_id: plan.id, email: 'ana@example.net' })).toBe('not_sellable')
  await done('POST', '/businesses/current/rights_attestation')
  expect(await done('POST', '/businesses/current/open')).toMatchObject({ livemode: false })

  // Sell.
  const placed = await done('POST', '/orders', {
    plan_id: plan.id,
    email: 'bo@example.net',
    username: 'Bo77',
    gateway: gateway.id,
  })
  expect(placed).toMatchObject({ status: 'awaiting_payment', livemode: false, credentials: null })
  expect(placed.pay_url).toContain(world.gatewayOrigin)
  world.hears(false)
  await payAt(world, placed.pay_url)
  world.hears(true)
  const notice = world.delivered.at(-1)
  for (const _ of [1, 2]) {
    const { pathname } = new URL(String(gateway.notice_url))
    const taken = await api.server.request(pathname, {
      method: 'POST',
      body: notice?.body ?? '',
      headers: notice?.headers ?? {},
    })
    expect(taken.status).toBe(200)
  }
  await world.settle()
  const order = await done('GET', `/orders/${placed.id}?expand=invoice`)
  expect(order).toMatchObject({
    status: 'ready',
    pay_url: null,
    invoice: { status: 'paid', total: { amount: 1099, currency: 'EUR' } },
  })
  expect(order.credentials).toMatchObject({ username: 'bo77', host: 'tv.rest.example', port: 8080 })
  expect(order.line).toMatchObject({ sync: 'in_step', wanted: { state: 'active' }, found: { enabled: true } })
  const { password } = order.credentials as { password: string }
  const mails = await Promise.all(world.mailbox.mails.map(({ raw }) => simpleParser(raw)))
  expect(mails.some(({ text }) => text?.includes(password))).toBe(true)
  const pdf = await api.ask('GET', `/invoices/${order.invoice_id}/pdf`, { key })
  expect(pdf.text.startsWith('%PDF-')).toBe(true)

  // Renew: its clock is moved to the day before the end.
  const before = await done('GET', `/subscriptions/${order.subscription_id}?expand=line,plan,customer`)
  expect(before).toMatchObject({
    status: 'active',
    line: { username: 'bo77' },
    plan: { name: 'Monthly' },
    customer: { email: 'bo@example.net' },
  })
  const steps = before.steps as { key: string; at: string; because: string }[]
  expect(steps.map((each) => each.key)).toEqual(expect.arrayContaining(['invoice', 'suspend', 'terminate']))
  await done('POST', '/businesses/current/clock', { to: steps.find((each) => each.key === 'remind_1d')?.at })
  await world.settle()
  const invoice = await done('POST', `/subscriptions/${order.subscription_id}/renewal_invoice`)
  expect(invoice).toMatchObject({ status: 'open', purpose: 'renewal' })
  expect(invoice.number).toMatch(/^INV-2026-0000\d$/)
  const payment = await done('POST', `/subscriptions/${order.subscription_id}/renew`, { gateway: gateway.id })
  await payAt(world, payment.pay_url)
  await world.settle()
  await done('POST', `/payments/${payment.payment_id}/refresh`)
  await world.settle()
  const after = await done('GET', `/subscriptions/${order.subscription_id}`)
  expect(after.periods).toHaveLength(2)
  const [first, second] = after.periods as { starts: string; ends: string }[]
  expect(second?.starts).toBe(first?.ends)

  // Suspend, resume, change the login.
  await done('POST', `/subscriptions/${order.subscription_id}/suspend`, { reason: 'asked by the customer' })
  await world.settle()
  expect(await world.lineOnPanel('bo77')).toMatchObject({ enabled: 0 })
  await done('POST', `/subscriptions/${order.subscription_id}/resume`, { reason: 'asked by the customer' })
  await done('POST', `/lines/${(order.line as Json).id}/change_login`, { password: 'Sunrise2026' })
  await world.settle()
  expect(await world.lineOnPanel('bo77')).toMatchObject({ enabled: 1, password: 'Sunrise2026' })
  expect(await done('GET', `/lines/${(order.line as Json).id}/credentials`)).toMatchObject({ password: 'Sunrise2026' })

  // Give money back.
  const refund = await done('POST', '/refunds', {
    payment_id: payment.payment_id,
    amount: { amount: 500, currency: 'EUR' },
    reason: 'goodwill',
  })
  await world.settle()
  expect(await done('GET', `/refunds/${refund.id}`)).toMatchObject({
    status: 'succeeded',
    amount: { amount: 500, currency: 'EUR' },
  })
  expect(await done('GET', `/payments/${payment.payment_id}`)).toMatchObject({
    refunded: { amount: 500, currency: 'EUR' },
  })

  const { data: events } = await done('GET', `/customers/${order.customer_id}/events?limit=200`)
  const types = (events as { type: string }[]).map(({ type }) => type)
  for (const type of [
    'order.placed',
    'subscription.activated',
    'line.login_shown',
    'subscription.suspended',
    'refund.succeeded',
  ])
    expect(types).toContain(type)
  expect(world.failures).toEqual([])
})
