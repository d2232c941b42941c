import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { listPayments, refundsOf } from '#modules/billing/queries.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { passwordOf } from '#modules/lines/passwords.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { listAttention, raise } from '#modules/people/attention.ts'
import { createBusiness, openShop } from '#modules/people/business.ts'
import { findCustomer, findOrCreateCustomer, listNotes } from '#modules/people/customers.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { rows, sql } from '#platform/db.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let reader: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  reader = await console.person('read_only')
}, 90_000)
afterAll(() => console.close())

let buyers = 0
async function ordered() {
  const name = `buyer${++buyers}`
  const [plan] = await transaction(console.shop, 'read', (tx) => listPlans(tx))
  const request = {
    cartKey: name,
    planId: plan?.id ?? '',
    email: `${name}@example.net`,
    name: `Buyer ${buyers}`,
    username: name,
  }
  const order = await placeOrder(console.shop, { ...request, source: 'storefront' })
  return { ...order, name, subscriptionId: order.subscriptionId ?? '', invoiceId: order.invoiceId ?? '' }
}

/** Paid at the sandbox gateway, so that money can go back there. */
async function bought() {
  const order = await ordered()
  const [gateway] = await transaction(console.shop, 'read', (tx) => listGateways(tx))
  const back = { returnUrl: 'https://shop.example/r', cancelUrl: 'https://shop.example/c', description: 'Family' }
  const { redirectUrl } = await startPayment(console.shop, {
    invoiceId: order.invoiceId,
    gatewayAccountId: gateway?.id ?? '',
    ...back,
  })
  const paid = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: redirectUrl?.split('/').at(-1), how: 'pay' }),
  }
  await console.gateway.app.fetch(new Request('http://pay.test/__pay', paid))
  await console.settle()
  const line = await transaction(console.shop, 'read', (tx) => lineOfSubscription(tx, order.subscriptionId))
  if (line === null) throw new Error('an order has a line')
  return { ...order, line }
}

const statusOf = async (id: string) => (await transaction(console.shop, 'read', (tx) => findOrder(tx, id)))?.status
const subscriptionNow = (id: string) => transaction(console.shop, 'read', (tx) => readSubscription(tx, id))
const eventsOf = (subject: string) =>
  transaction(console.shop, 'read', (tx) =>
    rows(
      tx,
      sql<{
        type: string
        actor: string
      }>`select type, actor from events where business_id = current_business() and subject_id = ${subject} order by at, id`,
    ),
  )
const hiddenField = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''

test('an order that waits is marked as paid once, with its reference, and its line is made', async () => {
  const order = await ordered()
  const page = `/admin/orders/${order.id}`
  expect(await owner.text(page)).toContain('Awaiting payment')
  const missing = await owner.post(page, {
    act: 'mark_received',
    amount: 'twelve',
    currency: 'EUR',
    reference: 'BANK 7',
  })
  expect(missing.status).toBe(422)
  expect(await missing.text()).toContain('value="BANK 7"')
  const booked = await owner.post(page, { act: 'mark_received', amount: '12,99', currency: 'EUR', reference: 'BANK 7' })
  expect(booked.status).toBe(303)
  await console.settle()
  expect(await statusOf(order.id)).toBe('ready')
  expect(await console.lineOnPanel(order.name)).toMatchObject({ enabled: 1 })
  const again = await owner.post(page, { act: 'mark_received', amount: '12,99', currency: 'EUR', reference: 'BANK 7' })
  expect(again.status).toBe(409)
})

test('an unpaid order is canceled; a paid one is not', async () => {
  const order = await ordered()
  expect((await owner.post(`/admin/orders/${order.id}`, { act: 'cancel' })).status).toBe(303)
  expect(await statusOf(order.id)).toBe('canceled')
  const paid = await bought()
  expect((await owner.post(`/admin/orders/${paid.id}`, { act: 'cancel' })).status).toBe(409)
  expect(await statusOf(paid.id)).toBe('ready')
})

test('a refund is previewed, goes out once however often it is sent, and asks for a fresh sign-in', async () => {
  const order = await bought()
  const page = `/admin/orders/${order.id}/refund`
  const preview = await (await owner.get(`${page}?amount=5.00&reason=panel+was+down`)).text()
  const fields = {
    form_key: hiddenField(preview, 'form_key'),
    payment: hiddenField(preview, 'payment'),
    amount: '5.00',
    reason: 'panel was down',
  }
  for (const _ of [1, 2, 3]) expect((await owner.post(page, fields)).status).toBe(303)
  const refunds = await transaction(console.shop, 'read', (tx) =>
    rows(
      tx,
      sql<{
        amount: bigint
        status: string
      }>`select r.amount_minor as amount, r.status from refunds r join payments p on p.business_id = r.business_id and p.id = r.payment_id
      where r.business_id = current_business() and p.invoice_id = ${order.invoiceId}`,
    ),
  )
  expect(refunds).toEqual([{ amount: 500n, status: 'succeeded' }])
  expect(await owner.text(`${page}?amount=99&reason=x`)).toContain('This cannot be refunded')
  const tooMuch = await owner.post(page, { ...fields, form_key: 'another-key-of-a-form', amount: '99.00' })
  expect(tooMuch.status).toBe(422)
  console.clock.advance({ minutes: 20 })
  expect((await owner.get(page)).headers.get('location')).toBe(`/admin/confirm?to=${encodeURIComponent(page)}`)
  expect((await owner.post(page, fields)).headers.get('location')).toContain('/admin/confirm')
  const confirmed = await owner.post(`/admin/confirm?to=${encodeURIComponent(page)}`, {
    act: 'password',
    password: console.password,
  })
  expect(confirmed.headers.get('location')).toBe(page)
  expect((await owner.get(page)).status).toBe(200)
})

test('the TV login is shown to who may see it, after a fresh sign-in, and the look is on record', async () => {
  const { line } = await bought()
  const page = `/admin/lines/${line.id}/login`
  const password = passwordOf(console.shop, line)
  expect(await (await owner.get(`/admin/lines/${line.id}`)).text()).not.toContain(password)
  expect(await (await owner.get(page)).text()).not.toContain(password)
  expect((await reader.post(page)).status).toBe(403)
  expect((await eventsOf(line.id)).map(({ type }) => type)).not.toContain('line.login_shown')
  const shown = await owner.post(page)
  expect(await shown.text()).toContain(password)
  expect(await eventsOf(line.id)).toContainEqual({ type: 'line.login_shown', actor: `staff:${owner.memberId}` })
})

test('a line is reconciled and its login changed by a click', async () => {
  const { line, name } = await bought()
  const page = `/admin/lines/${line.id}`
  expect((await owner.post(page, { act: 'change_login' })).status).toBe(303)
  await console.settle()
  const after = await transaction(console.shop, 'read', (tx) => lineOfSubscription(tx, line.subscriptionId))
  expect(after && passwordOf(console.shop, after)).not.toBe(passwordOf(console.shop, line))
  const edit = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: name, fields: { enabled: 0 } }),
  }
  await console.panel.app.fetch(new Request('http://panel.test/__edit', edit))
  expect((await owner.post(page, { act: 'reconcile' })).status).toBe(303)
  await console.settle()
  expect(await console.lineOnPanel(name)).toMatchObject({ enabled: 1 })
})

test('what staff decide about a subscription is done, told with its reason, and refused without one', async () => {
  const { subscriptionId, name } = await bought()
  const page = `/admin/subscriptions/${subscriptionId}`
  expect((await owner.post(page, { act: 'suspend', reason: '' })).status).toBe(422)
  expect((await owner.post(page, { act: 'suspend', reason: 'shared' })).status).toBe(303)
  await console.settle()
  expect(await console.lineOnPanel(name)).toMatchObject({ enabled: 0 })
  expect(await owner.text(page)).toContain('shared')
  expect((await owner.post(page, { act: 'resume', reason: 'sorted', until: '' })).status).toBe(303)
  const form = await (await owner.get(page)).text()
  const before = (await subscriptionNow(subscriptionId)).paidThrough
  const gift = { act: 'free_days', days: '3', reason: 'sorry', form_key: hiddenField(form, 'form_key') }
  for (const _ of [1, 2]) expect((await owner.post(page, gift)).status).toBe(303)
  const days =
    (await subscriptionNow(subscriptionId)).paidThrough?.since(before ?? console.clock.now()).total('hours') ?? 0
  expect(Math.round(days / 24)).toBe(3)
  expect((await owner.post(page, { act: 'hold', reason: 'on holiday', until: '2020-01-01' })).status).toBe(422)
  expect((await owner.post(page, { act: 'hold', reason: 'on holiday', until: '2027-01-01' })).status).toBe(303)
  expect((await subscriptionNow(subscriptionId)).holdUntil?.toString()).toBe('2027-01-01T23:00:00Z')
  expect((await owner.post(page, { act: 'auto_renew', on: 'false' })).status).toBe(303)
  expect(await subscriptionNow(subscriptionId)).toMatchObject({ autoRenew: false })
  expect((await owner.post(page, { act: 'terminate', reason: 'fraud' })).status).toBe(303)
  expect(await subscriptionNow(subscriptionId)).toMatchObject({ status: 'terminated', terminatedBecause: 'staff' })
})

test('a customer is mended and noted; faults stand beside their fields with what was typed', async () => {
  const { customerId } = await ordered()
  const page = `/admin/customers/${customerId}`
  const wrong = await owner.post(page, { act: 'edit', name: 'Ana', country: 'Germany' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('value="Ana"')
  const right = {
    act: 'edit',
    name: 'Ana Ferreira',
    country: 'de',
    tags: 'vip, vip , telegram',
    address: 'Street 1\r\nTown',
    vatId: '',
  }
  expect((await owner.post(page, right)).status).toBe(303)
  const customer = await transaction(console.shop, 'read', (tx) => findCustomer(tx, customerId))
  expect(customer).toMatchObject({
    name: 'Ana Ferreira',
    country: 'DE',
    tags: ['vip', 'telegram'],
    address: { lines: ['Street 1', 'Town'] },
    vatId: null,
  })
  expect((await owner.post(page, { act: 'note', body: 'Calls after six.' })).status).toBe(303)
  const notes = await transaction(console.shop, 'read', (tx) => listNotes(tx, customerId))
  expect(notes).toMatchObject([{ body: 'Calls after six.', author: `staff:${owner.memberId}` }])
  expect(await owner.text(`${page}/notes`)).toContain('Calls after six.')
  expect(await owner.text(`${page}/timeline`)).toContain('Order placed')
  expect((await owner.post(page, { act: 'sign_in_link' })).status).toBe(303)
  expect(console.mailed.at(-1)).toMatch(/^https:\/\/shop\.example\/sign-in\//)
  expect((await owner.get(`${page}/secrets`)).status).toBe(404)
})

test('a panel is made, tested for real, and keeps its key when the field is left empty', async () => {
  const form = await (await owner.get('/admin/panels/new')).text()
  // The form that is drawn is the one that is marked, also before anybody chose.
  expect(form).toMatch(
    /<a[^>]*aria-current="page"[^>]*href="[^"]*panels\/new\?kind=xui"|<a[^>]*href="[^"]*panels\/new\?kind=xui"[^>]*aria-current="page"/,
  )
  const settings = {
    'settings.url': 'http://panel.test/k3Fa9xQp/',
    'settings.viewer_host': 'tv.example',
    'settings.viewer_port': '8080',
  }
  const facts = {
    kind: 'xui',
    name: 'Panel B',
    weight: '2',
    capacity: '',
    form_key: hiddenField(form, 'form_key'),
    ...settings,
  }
  const lacking = await owner.post('/admin/panels/new', facts)
  expect(lacking.status).toBe(422)
  expect(await lacking.text()).toContain('value="Panel B"')
  const made = await owner.post('/admin/panels/new', {
    ...facts,
    'settings.api_key': '0123456789abcdef0123456789abcdef',
  })
  const page = made.headers.get('location') ?? ''
  expect(page).toMatch(/^\/admin\/panels\/pan_/)
  const shown = await (await owner.get(page)).text()
  expect(shown).not.toContain('0123456789abcdef0123456789abcdef')
  expect((await owner.post(page, { act: 'save', ...facts, name: 'Panel B2', drained: 'on' })).status).toBe(303)
  const tested = await (await owner.post(page, { act: 'test' })).text()
  expect(tested).toContain('every step passed')
  expect(await (await owner.post(page, { act: 'bouquets' })).text()).toContain('Bouquets')
  const admin = await console.person('admin')
  expect((await admin.get('/admin/panels/new')).status).toBe(403)
  expect((await admin.post(page, { act: 'save', name: 'B3', weight: '1', capacity: '', ...settings })).status).toBe(403)
  expect((await admin.post(page, { act: 'save', name: 'B3', weight: '1', capacity: '' })).status).toBe(303)
  expect(await (await owner.post(page, { act: 'test' })).text()).toContain('every step passed')
})

test('what needs attention is on the overview until somebody marks it as done', async () => {
  const item = {
    kind: 'surplus_money',
    subjectType: 'payment',
    subjectId: 'pay_1',
    title: 'Too much money came',
    severity: 'warn',
  } as const
  await transaction(console.shop, 'raise', (tx) => raise(tx, console.shop, item, console.clock.now()))
  expect(await owner.text('/admin')).toContain('Too much money came')
  const [open] = (await transaction(console.shop, 'read', (tx) => listAttention(tx))).filter(
    ({ kind }) => kind === 'surplus_money',
  )
  expect((await reader.post('/admin/attention', { id: open?.id ?? '' })).status).toBe(403)
  expect((await owner.post('/admin/attention', { id: open?.id ?? '', back: '/admin' })).headers.get('location')).toBe(
    '/admin',
  )
  expect(await owner.text('/admin/attention')).not.toContain('Too much money came')
  expect((await owner.post('/admin/attention', { id: 'att_unknown' })).status).toBe(404)
})

test('search finds customer, line, order and invoice by what a person has at hand', async () => {
  const { name, number } = await bought()
  expect(await owner.text(`/admin/search?q=${name}@`)).toContain(`${name}@example.net`)
  expect(await owner.text(`/admin/search?q=${name.slice(0, 5)}`)).toContain(name)
  expect(await owner.text(`/admin/search?q=${number.toLowerCase()}`)).toContain(number)
  expect(await owner.text('/admin/search?q=inv-2026-00001')).toContain('INV-2026-00001')
  expect(await owner.text('/admin/search?q=%25')).toContain('at least two characters')
})

test('unknown ids and those of another business are not found, for reading and for acting', async () => {
  const made = { mode: 'live', zone: 'Europe/Berlin', currency: 'EUR', country: 'DE' } as const
  const other = await createBusiness(console.app, { ...made, slug: 'other', name: 'Other TV' }, console.clock.now())
  const shop = await openShop(console.app, other, 'system')
  const { id } = await transaction(shop, 'make', (tx) =>
    findOrCreateCustomer(tx, shop, { email: 'secret@example.net' }, shop.now()),
  )
  const foreign = [`customers/${id}`, `customers/${id}/timeline`]
  const unknown = [
    'orders/ord_x',
    'orders/ord_x/refund',
    'customers/cus_x',
    'subscriptions/sub_x',
    'lines/line_x',
    'lines/line_x/login',
    'panels/pan_x',
  ]
  for (const path of [...foreign, ...unknown]) {
    const answer = await owner.get(`/admin/${path}`)
    expect(answer.status, path).toBe(404)
    expect(await answer.text()).not.toContain('secret@example.net')
  }
  expect((await owner.post(`/admin/customers/${id}`, { act: 'note', body: 'x' })).status).toBe(404)
  expect((await owner.post('/admin/orders/ord_x', { act: 'retry' })).status).toBe(404)
  expect((await owner.post('/admin/orders/ord_x', { act: 'cancel' })).status).toBe(404)
  expect((await owner.post('/admin/subscriptions/sub_x', { act: 'suspend', reason: 'x' })).status).toBe(404)
  expect((await owner.post('/admin/lines/line_x', { act: 'reconcile' })).status).toBe(404)
  expect((await owner.post('/admin/panels/pan_x', { act: 'test' })).status).toBe(404)
  expect(await owner.text('/admin/search?q=secret@example')).not.toContain('secret@example.net')
})

test('a role without the right sees the record, not the act, and the server refuses it', async () => {
  const { id, subscriptionId, line, customerId } = await bought()
  expect(await reader.text(`/admin/orders/${id}`)).not.toContain('Mail the TV login again')
  const acts = [
    [`/admin/orders/${id}`, { act: 'resend_login' }],
    [`/admin/orders/${id}`, { act: 'mark_received', amount: '1', reference: 'x' }],
    [`/admin/subscriptions/${subscriptionId}`, { act: 'suspend', reason: 'x' }],
    [`/admin/lines/${line.id}`, { act: 'reconcile' }],
    [`/admin/customers/${customerId}`, { act: 'note', body: 'x' }],
    ['/admin/panels/new', { kind: 'xui' }],
  ] as const
  for (const [path, fields] of acts) expect((await reader.post(path, fields)).status, path).toBe(403)
  for (const path of [
    `/admin/orders/${id}/refund`,
    `/admin/lines/${line.id}/login`,
    '/admin/panels/new',
    '/admin/activity',
  ])
    expect((await reader.get(path)).status, path).toBe(403)
  const support = await console.person('support')
  const page = `/admin/subscriptions/${subscriptionId}`
  expect((await support.post(page, { act: 'free_days', days: '3', reason: 'x' })).status).toBe(403)
  expect((await support.post(page, { act: 'terminate', reason: 'x' })).status).toBe(403)
  expect(await subscriptionNow(subscriptionId)).toMatchObject({ status: 'active' })
})

test('lists filter, search and lead to their records', async () => {
  const { number, name } = await bought()
  expect(await owner.text('/admin/orders?state=ready')).toContain(number)
  expect(await owner.text('/admin/orders?state=needs_review')).not.toContain(number)
  expect(await owner.text(`/admin/orders?q=${name}@`)).toContain(number)
  expect(await owner.text(`/admin/customers?q=${name}`)).toContain(`${name}@example.net`)
  expect(await owner.text('/admin/subscriptions?ends=7')).not.toContain(name)
  expect(await owner.text('/admin/subscriptions?status=active')).toContain(name)
  expect(await owner.text(`/admin/lines?q=${name}&sync=in_step`)).toContain(name)
  expect(await owner.text('/admin/activity?type=order.placed')).toContain('Order placed')
  expect(await owner.text('/admin/panels')).toContain('Panel A')
})

test('money that names no invoice is booked on the statement; one payment over two is given back by invoice', async () => {
  const orders = [await bought()]
  const { subscriptionId, name } = orders[0] as Awaited<ReturnType<typeof bought>>
  const customerId = (await subscriptionNow(subscriptionId)).customerId
  const [plan] = await transaction(console.shop, 'read', (tx) => listPlans(tx))
  const request = { cartKey: `${name}-2`, planId: plan?.id ?? '', email: `${name}@example.net`, username: `${name}2` }
  const second = await placeOrder(console.shop, { ...request, source: 'storefront' })
  await markReceived(console.shop, {
    invoiceId: second.invoiceId ?? '',
    amount: { minor: 1299n, currency: 'EUR' },
    reference: 'first',
  })
  await console.settle()
  for (const id of [subscriptionId, second.subscriptionId ?? ''])
    await transaction(console.shop, 'ask', (tx) => renewalInvoice(tx, console.shop, id, console.shop.now()))
  const page = `/admin/customers/${customerId}/statement`
  const shown = await owner.text(page)
  expect(shown).toContain('25.98 EUR on 2 invoices')
  const fields = {
    act: 'receive',
    form_key: hiddenField(await owner.html(page), 'form_key'),
    currency: 'EUR',
    reference: 'BANK 88',
  }
  expect((await reader.post(page, { ...fields, amount: '25.98' })).status).toBe(403)
  const wrong = await owner.post(page, { ...fields, amount: 'much' })
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('value="BANK 88"')])
  for (const _ of [1, 2]) expect((await owner.post(page, { ...fields, amount: '25.98' })).status).toBe(303)
  await console.settle()
  const payments = await transaction(console.shop, 'read', (tx) =>
    listPayments(tx, { customerId, search: undefined }, { limit: 10 }),
  )
  const together = payments.find(({ also }) => also.length > 0)
  expect(together).toMatchObject({ status: 'succeeded', receivedMinor: 2598n })
  const ask = `/admin/payments/${together?.id}/refund`
  const other = together?.also[0] ?? ''
  expect(await owner.text(ask)).toContain('This payment paid several invoices')
  expect(await owner.text(`${ask}?amount=20.00&reason=x`)).toContain('This cannot be refunded')
  const preview = await owner.html(`${ask}?amount=12.99&reason=x&invoice=${other}&to=balance`)
  expect(preview).toContain('No money is sent.')
  const sent = {
    form_key: hiddenField(preview, 'form_key'),
    amount: '12.99',
    reason: 'x',
    invoice: other,
    to: 'balance',
  }
  expect((await owner.post(ask, sent)).status).toBe(303)
  const [refund] = await transaction(console.shop, 'read', (tx) => refundsOf(tx, together?.id ?? ''))
  expect(refund).toMatchObject({ invoiceId: other, destination: 'balance', amountMinor: 1299n, status: 'succeeded' })
})

test('staff give a customer days to pay, within bounds', async () => {
  const { subscriptionId } = await bought()
  const id = (await subscriptionNow(subscriptionId)).customerId
  const page = `/admin/customers/${id}`
  const wrong = await owner.post(page, { act: 'edit', name: 'Kim Office', netDays: '500' })
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('from 1 to 120')])
  expect((await owner.post(page, { act: 'edit', name: 'Kim Office', netDays: '30' })).status).toBe(303)
  expect(await owner.text(page)).toContain('30 days after the invoice')
  await owner.post(page, { act: 'edit', name: 'Kim Office', netDays: '', oneInvoice: 'one' })
  const said = () => transaction(console.shop, 'read', (tx) => findCustomer(tx, id))
  expect((await said())?.oneInvoice).toBe(true)
  await owner.post(page, { act: 'edit', name: 'Kim Office', netDays: '', oneInvoice: 'default' })
  expect(await said()).toMatchObject({ netDays: null, oneInvoice: null })
})
