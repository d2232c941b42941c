/** The pages about the shop itself: who may open them, what they refuse, what is on record after an act. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findGateway, listGateways } from '#modules/billing/gateways.ts'
import { findInvoice, paymentsOf, refundsOf } from '#modules/billing/queries.ts'
import { findPlan, listPlans, listProducts } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { productPanels } from '#modules/lines/panels.ts'
import { readMailSettings } from '#modules/messages/mail-settings.ts'
import { listMessages } from '#modules/messages/queries.ts'
import { templateFor } from '#modules/messages/templates.ts'
import { authenticateKey, listApiKeys } from '#modules/people/api-keys.ts'
import { createBusiness, readBusiness } from '#modules/people/business.ts'
import { listStaff } from '#modules/people/memberships.ts'
import { listPolicies } from '#modules/subscriptions/queries.ts'
import type { Tx } from '#platform/db.ts'
import { plain } from '../browser.test-support.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let reader: Person
let invoiceId: string
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  reader = await console.person('read_only')
  invoiceId = await order('ana@example.net')
}, 90_000)
afterAll(() => console.close())

const read = <T>(query: (tx: Tx) => Promise<T>): Promise<T> => transaction(console.shop, 'read', query)

let carts = 0
async function order(email: string): Promise<string> {
  const plan = (await read((tx) => listPlans(tx)))[0]
  const placed = await placeOrder(console.shop, {
    cartKey: `cart-${++carts}`,
    planId: plan?.id ?? '',
    email,
    source: 'storefront',
  })
  return placed.invoiceId ?? ''
}

/** The form of a page as a browser would send it: hidden keys included. */
async function formKey(person: Person, path: string): Promise<string> {
  const page = await (await person.get(path)).text()
  return /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

const pages = [
  '/admin/plans',
  '/admin/plans/new',
  '/admin/products/new',
  '/admin/invoices',
  '/admin/bank',
  '/admin/payments',
  '/admin/messages',
  '/admin/messages/templates',
  '/admin/messages/templates/credentials',
  '/admin/settings',
  '/admin/mail',
  '/admin/gateways',
  '/admin/gateways/new',
  '/admin/policy',
  '/admin/staff',
  '/admin/api-keys',
  '/admin/setup',
]

test.each(pages)('%s: an owner sees it, a stranger is led to the sign-in', async (path) => {
  expect((await owner.get(path)).status).toBe(200)
  const stranger = await console.browser().get(path)
  expect(stranger.headers.get('location')).toMatch(/^\/admin\/sign-in\?to=/)
})

test.each([
  '/admin/plans/new',
  '/admin/products/new',
  '/admin/gateways/new',
  '/admin/staff',
  '/admin/api-keys',
  '/admin/setup',
])('%s is not for those who only read', async (path) => expect((await reader.get(path)).status).toBe(403))

const acts: [string, Record<string, string>][] = [
  ['/admin/plans', { act: 'off', id: 'plan_1' }],
  ['/admin/plans/new', { name: 'X' }],
  ['/admin/products/new', { name: 'X' }],
  ['/admin/settings', { name: 'X' }],
  ['/admin/mail', { act: 'test' }],
  ['/admin/gateways', { act: 'off' }],
  ['/admin/policy', { act: 'save' }],
  ['/admin/staff', { act: 'invite', email: 'eve@example.net', role: 'owner' }],
  ['/admin/api-keys', { act: 'create', name: 'X', all: 'on' }],
  ['/admin/messages/templates/credentials', { act: 'save', subject: 'X', body: 'X' }],
  ['/admin/setup', { act: 'live' }],
]
test.each(acts)('%s %o: refused to those who only read, and to a form of another site', async (path, fields) => {
  expect((await reader.post(path, fields)).status).toBe(403)
  expect((await owner.post(path, fields, 'https://evil.example')).status).toBe(403)
})

test('ids of another business are not there, for reading and for acting', async () => {
  const { app, clock } = console
  const facts = { slug: 'else', name: 'Else', mode: 'test', zone: 'UTC', currency: 'EUR', country: 'DE' } as const
  const other = await createBusiness(app, facts, clock.now())
  const stranger = await console.person('owner', other)
  const [plan, product, gateway] = await read(async (tx) => [
    (await listPlans(tx))[0]?.id,
    (await listProducts(tx))[0]?.id,
    (await listGateways(tx))[0]?.id,
  ])
  for (const path of [`plans/${plan}`, `products/${product}`, `gateways/${gateway}`, `invoices/${invoiceId}`])
    expect((await stranger.get(`/admin/${path}`)).status, path).toBe(404)
  expect((await stranger.get(`/admin/invoices/${invoiceId}/pdf`)).status).toBe(404)
  expect((await stranger.post('/admin/plans', { act: 'off', id: plan ?? '' })).status).toBe(404)
  expect((await stranger.post(`/admin/invoices/${invoiceId}`, { act: 'void', reason: 'x' })).status).toBe(404)
  expect((await read((tx) => findPlan(tx, plan ?? '')))?.active).toBe(true)
  for (const path of ['plans/plan_x', 'payments/pay_x', 'messages/msg_x', 'messages/templates/nothing'])
    expect((await owner.get(`/admin/${path}`)).status, path).toBe(404)
})

describe('products and plans', () => {
  const plan = {
    name: 'Quarter',
    description: '',
    term_count: '3',
    term_unit: 'month',
    'price.EUR': '34,90',
    'setup.EUR': '',
    credits: '2.5',
    position: '5',
    active: 'on',
    renewable: 'on',
  }

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['no name', { name: '' }, 'name', /fill this in/],
    ['a term of nothing', { term_count: '0' }, 'term_count', /from 1 to 1000/],
    ['another unit', { term_unit: 'week' }, 'term_unit', /choose/],
    ['three decimals', { 'price.EUR': '1.999' }, 'price.EUR', /EUR/],
    ['a fee without a price', { 'price.EUR': '', 'setup.EUR': '5' }, 'price.EUR', /needs its price/],
    ['an unknown currency', { new_currency: 'XXQ', new_price: '1' }, 'new_currency', /three letters/],
    ['the same currency twice', { new_currency: 'EUR', new_price: '1' }, 'new_currency', /already/],
    ['a renewable trial', { trial: 'on' }, 'renewable', /trial ends/],
    ['half a thousandth', { credits: '0.0005' }, 'credits', /three decimals/],
    ['no product of ours', { product_id: 'prod_x' }, 'product_id', /no such product/i],
  ])('%s is refused beside its field, and nothing is made', async (_, change, field, sentence) => {
    const [product, before] = await read(async (tx) => [
      (await listProducts(tx))[0]?.id ?? '',
      (await listPlans(tx)).length,
    ])
    const form_key = await formKey(owner, '/admin/plans/new')
    const answer = await owner.post('/admin/plans/new', { form_key, product_id: product, ...plan, ...change })
    const page = await answer.text()
    expect(answer.status).toBe(422)
    expect(plain(page)).toMatch(sentence)
    expect(page, field).toContain('aria-invalid="true"')
    if (!('name' in change)) expect(page).toContain('value="Quarter"')
    expect((await read((tx) => listPlans(tx))).length).toBe(before)
  })

  test('a plan is made once, changed, and taken out of the shop', async () => {
    const product_id = (await read(listProducts))[0]?.id ?? ''
    const form_key = await formKey(owner, '/admin/plans/new')
    const sent = { form_key, product_id, ...plan, new_currency: 'usd', new_price: '39.90', new_setup: '5' }
    const made = await owner.post('/admin/plans/new', sent)
    expect((await owner.post('/admin/plans/new', sent)).status).toBe(303)
    const id = made.headers.get('location')?.split('/').at(-1) ?? ''
    const known = await read((tx) => findPlan(tx, id))
    expect(known).toMatchObject({
      name: 'Quarter',
      termUnit: 'month',
      termCount: 3,
      creditCostMilli: 2500n,
      renewable: true,
    })
    expect(known?.prices).toEqual([
      { currency: 'EUR', amountMinor: 3490n, setupMinor: 0n },
      { currency: 'USD', amountMinor: 3990n, setupMinor: 500n },
    ])
    expect((await read((tx) => listPlans(tx))).filter(({ name }) => name === 'Quarter')).toHaveLength(1)
    await owner.post(`/admin/plans/${id}`, { product_id, ...plan, 'price.EUR': '29', 'price.USD': '' })
    expect((await read((tx) => findPlan(tx, id)))?.prices).toEqual([
      { currency: 'EUR', amountMinor: 2900n, setupMinor: 0n },
    ])
    await owner.post('/admin/plans', { act: 'off', id })
    expect((await read((tx) => findPlan(tx, id)))?.active).toBe(false)
    expect(await owner.text('/admin/plans')).toContain('is not for sale any more')
    await owner.post(`/admin/plans/${id}`, { product_id, ...plan, 'price.EUR': '' })
    expect(await owner.text(`/admin/plans/${id}`)).toContain('No price in the shop’s currency')
  })

  test('a product names its bouquets on a panel of ours, and only there', async () => {
    const page = await (await owner.get('/admin/products/new')).text()
    const panel = /name="map\.(pan_[^"]+)"/.exec(page)?.[1] ?? ''
    expect(page).toContain(`name="bouquets.${panel}"`)
    const product = {
      name: 'Sports',
      description: '',
      line_kind: 'line',
      connections: '1',
      outputs: 'hls',
      username_strategy: 'hybrid',
      password_strategy: 'generated',
      active: 'on',
      position: '1',
    }
    const send = async (more: Record<string, string>) =>
      owner.post('/admin/products/new', { form_key: await formKey(owner, '/admin/products/new'), ...product, ...more })
    expect((await send({ [`map.${panel}`]: 'on' })).status).toBe(422)
    expect((await send({ [`map.${panel}`]: 'on', [`bouquets_typed.${panel}`]: 'one' })).status).toBe(422)
    expect((await send({ connections: '51', [`map.${panel}`]: 'on', [`bouquets.${panel}`]: '2' })).status).toBe(422)
    expect((await send({ 'map.pan_stranger': 'on', 'bouquets.pan_stranger': '1' })).status).toBe(404)
    const made = await send({ [`map.${panel}`]: 'on', [`bouquets.${panel}`]: '2' })
    const id = new URL(made.headers.get('location') ?? '', console.origin).searchParams.get('product') ?? ''
    expect(await read((tx) => productPanels(tx, id))).toMatchObject([{ panelId: panel, package: { bouquets: [2] } }])
  })
})

describe('invoices and payments', () => {
  test('money received by hand is booked once, with its reference; then there is a PDF with a number', async () => {
    const path = `/admin/invoices/${invoiceId}`
    const form_key = await formKey(owner, path)
    const wrong = await owner.post(path, { act: 'mark_received', form_key, amount: '0', reference: '' })
    expect(wrong.status).toBe(422)
    expect(plain(await wrong.text())).toMatch(/amount in EUR/)
    const sent = { act: 'mark_received', form_key, amount: '12.99', reference: 'BANK 1' }
    expect((await owner.post(path, sent)).status).toBe(303)
    expect((await owner.post(path, sent)).status).toBe(303)
    const payments = await read((tx) => paymentsOf(tx, invoiceId))
    expect(payments.map(({ status, receivedMinor }) => [status, receivedMinor])).toEqual([['succeeded', 1299n]])
    expect(await read((tx) => findInvoice(tx, invoiceId))).toMatchObject({ status: 'paid', number: 1 })
    const pdf = await reader.get(`${path}/pdf`)
    expect(pdf.headers.get('content-type')).toBe('application/pdf')
    expect(
      Buffer.from(await pdf.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect(await owner.text(`/admin/invoices?q=ana%40example`)).toContain('INV-2026-00001')
    expect(await owner.text('/admin/invoices?q=nobody')).toContain('Nothing matches')
  })

  test('a refund shows what will happen, asks for a fresh sign-in, and happens once', async () => {
    const payment = (await read((tx) => paymentsOf(tx, invoiceId)))[0]?.id ?? ''
    const path = `/admin/payments/${payment}/refund`
    expect((await reader.get(path)).status).toBe(403)
    expect(await owner.text(`${path}?amount=99&reason=x`)).toContain('cannot be refunded')
    const preview = await (await owner.get(`${path}?amount=5&reason=Half+a+month`)).text()
    expect(plain(preview)).toContain('5.00 EUR goes back to ana@example.net')
    const form_key = /name="form_key" value="([^"]+)"/.exec(preview)?.[1] ?? ''
    const sent = { form_key, amount: '5.00', reason: 'Half a month' }
    expect((await owner.post(path, sent)).status).toBe(303)
    expect((await owner.post(path, sent)).status).toBe(303)
    expect(await read((tx) => refundsOf(tx, payment))).toMatchObject([{ amountMinor: 500n, status: 'succeeded' }])
    expect((await owner.post(path, { ...sent, form_key: form_key.replace(/.$/, 'z'), amount: '50' })).status).toBe(422)
    console.clock.advance({ minutes: 20 })
    expect((await owner.get(path)).headers.get('location')).toMatch(/^\/admin\/confirm/)
    owner = await console.person('owner')
  })

  test('a draft is taken back with a reason; a paid invoice is not', async () => {
    const draft = await order('bo@example.net')
    expect((await owner.post(`/admin/invoices/${draft}`, { act: 'void', reason: '' })).status).toBe(422)
    expect((await owner.post(`/admin/invoices/${draft}`, { act: 'void', reason: 'A test' })).status).toBe(303)
    expect((await read((tx) => findInvoice(tx, draft)))?.status).toBe('void')
    expect((await owner.post(`/admin/invoices/${invoiceId}`, { act: 'void', reason: 'x' })).status).toBe(409)
  })
})

describe('messages', () => {
  test('what left is in the log with the words of the server, and goes again on request', async () => {
    await console.settle()
    const login = (await read((tx) => listMessages(tx, { template: 'credentials' }, { limit: 5 })))[0]
    expect(login?.status).toBe('sent')
    const page = await owner.text(`/admin/messages/${login?.id}`)
    expect(page).toContain('250')
    const form_key = await formKey(owner, `/admin/messages/${login?.id}`)
    for (const _ of [1, 2]) await owner.post(`/admin/messages/${login?.id}`, { act: 'resend', form_key })
    expect(await read((tx) => listMessages(tx, { template: 'credentials' }, { limit: 5 }))).toHaveLength(2)
    expect(await owner.text('/admin/messages?q=ana%40example')).toContain('ana@example.net')
  })

  test('a text is checked before it is saved, previewed without saving, tried out, and taken back', async () => {
    const path = '/admin/messages/templates/receipt'
    const wrong = await owner.post(path, { act: 'save', subject: 'Paid', body: 'Dear {{ nobody }}' })
    expect(wrong.status).toBe(422)
    expect(plain(await wrong.text())).toMatch(/nobody/)
    const typed = { subject: 'Paid: {{ amount }}', body: 'Hello {{ customer_name }}, **thank you**.' }
    const preview = await (await owner.post(path, { act: 'preview', ...typed })).text()
    expect(plain(preview)).toContain('Paid: 59.90 EUR')
    const current = () => read((tx) => templateFor(tx, 'receipt', 'en'))
    const builtIn = await current()
    expect((await owner.post(path, { act: 'save', ...typed })).status).toBe(303)
    expect(await current()).toMatchObject(typed)
    const tried = await owner.post(path, { act: 'test' })
    expect(plain(await tried.text())).toContain(`on its way to ${owner.email}`)
    expect(console.mailbox.mails.at(-1)?.raw.toString()).toContain('Paid: 59.90 EUR')
    await owner.post(path, { act: 'save', subject: 'Second', body: 'Second' })
    await owner.post(path, { act: 'version', version: '1' })
    expect(await current()).toMatchObject(typed)
    await owner.post(path, { act: 'restore' })
    expect(await current()).toEqual(builtIn)
    expect((await owner.post(path, { act: 'version', version: '99' })).status).toBe(404)
  })
})

describe('settings', () => {
  const facts = {
    name: 'Northwind TV',
    tagline: 'TV for everyone',
    color: '#7a1fa2',
    support_email: 'help@shop.example',
    abuse_email: '',
    currency: 'EUR',
    country: 'DE',
    zone: 'Europe/Berlin',
    legal_name: 'Northwind Ltd',
    vat_id: '',
    address: 'Main Street 1\r\n10115 Berlin',
    terms: '# Terms\n\nBe kind.',
    privacy: '',
    refund_policy: '',
  }

  test.each<[string, Record<string, string>]>([
    ['no name', { name: '' }],
    ['a long name', { name: 'x'.repeat(81) }],
    ['no color', { color: 'red' }],
    ['no address', { support_email: 'help' }],
    ['no currency', { currency: 'EURO' }],
    ['a currency that invoices stand against', { currency: 'USD' }],
    ['no zone', { zone: 'Mars/Base' }],
    ['no country', { country: 'XX' }],
    ['no prefix', { invoice_prefix: 'TV_A' }],
    ['one prefix for both', { invoice_prefix: 'TV', credit_note_prefix: 'tv' }],
  ])('%s is refused, and nothing changes', async (_, change) => {
    const before = await read(readBusiness)
    const answer = await owner.post('/admin/settings', { ...facts, ...change })
    expect(answer.status).toBe(422)
    expect(await read(readBusiness)).toEqual(before)
  })

  test('the shop is described once, and a color too light is told', async () => {
    expect((await owner.post('/admin/settings', facts)).headers.get('location')).toBe('/admin/settings')
    expect(await read(readBusiness)).toMatchObject({
      brand: { color: '#7a1fa2', tagline: 'TV for everyone' },
      legal: { name: 'Northwind Ltd', address: ['Main Street 1', '10115 Berlin'], terms: '# Terms\n\nBe kind.' },
    })
    await owner.post('/admin/settings', { ...facts, invoice_prefix: 'tv-a', credit_note_prefix: 'CN' })
    expect(await read(readBusiness)).toMatchObject({ legal: { invoicePrefix: 'TV-A', creditNotePrefix: 'CN' } })
    expect(await owner.html('/admin/settings')).toContain('value="TV-A"')
    await owner.post('/admin/settings', { ...facts, color: '#ffee00' })
    expect(await owner.text('/admin/settings')).toContain('shows it darker'.replace('shows', 'show'))
  })

  test('mail: a server is saved untested, its password stays unseen, a test proves the way, and it can go again', async () => {
    const server = {
      act: 'save',
      'settings.host': '127.0.0.1',
      'settings.port': String(console.mailbox.port),
      'settings.secure': 'none',
      'settings.from_address': 'tv@northwind.example',
      'settings.from_name': 'Northwind',
    }
    const wrong = await owner.post('/admin/mail', { ...server, 'settings.port': 'many', 'settings.from_address': 'tv' })
    expect(wrong.status).toBe(422)
    expect((await wrong.text()).match(/aria-invalid="true"/g)).toHaveLength(2)
    const half = await owner.post('/admin/mail', { ...server, 'settings.user': 'tv' })
    expect(plain(await half.text())).toContain('a user name needs its password')
    await owner.post('/admin/mail', { ...server, 'settings.user': 'tv', 'settings.password': 'mail-secret-1' })
    expect(await read((tx) => readMailSettings(tx, console.shop))).toMatchObject({
      password: 'mail-secret-1',
      tested_at: null,
    })
    expect(await (await owner.get('/admin/mail')).text()).not.toContain('mail-secret-1')
    await owner.post('/admin/mail', server)
    expect((await read((tx) => readMailSettings(tx, console.shop))).password ?? null).toBeNull()
    const tested = await owner.post('/admin/mail', { act: 'test' })
    expect(plain(await tested.text())).toContain(`accepted the test to ${owner.email}`)
    await owner.post('/admin/mail', { act: 'show_login' })
    expect(await read((tx) => readMailSettings(tx, console.shop))).toMatchObject({
      show_login: false,
      host: '127.0.0.1',
    })
    await owner.post('/admin/mail', { act: 'remove' })
    expect((await read((tx) => readMailSettings(tx, console.shop))).host ?? null).toBeNull()
  })

  test('a gateway: drawn from its schema, tested live, its key never shown, switched off without losing it', async () => {
    const path = '/admin/gateways/new?kind=sandbox'
    const form = async (more: Record<string, string>) => ({
      kind: 'sandbox',
      form_key: await formKey(owner, path),
      name: 'Cards',
      position: '3',
      active: 'on',
      'settings.api_base': 'http://pay.test',
      'settings.api_key': 'sandbox_key',
      ...more,
    })
    const wrong = await owner.post(path, await form({ 'settings.api_base': 'pay', position: '-1', name: '' }))
    expect(wrong.status).toBe(422)
    expect((await owner.post(path, await form({ kind: 'nothing' }))).status).toBe(422)
    const sent = await form({})
    const made = await owner.post(path, sent)
    await owner.post(path, sent)
    const here = made.headers.get('location') ?? ''
    const id = here.split('/').at(-1) ?? ''
    expect((await read(listGateways)).filter(({ name }) => name === 'Cards')).toHaveLength(1)
    const page = await (await owner.get(here)).text()
    expect(page).not.toContain('sandbox_key')
    expect(page).toContain(`https://shop.example/hooks/${id}`)
    const tested = await owner.post(here, { act: 'test' })
    expect(plain(await tested.text())).toContain('The gateway answers')
    await owner.post('/admin/gateways', { act: 'off', id })
    expect(await read((tx) => findGateway(tx, id))).toMatchObject({ active: false })
    expect(plain(await (await owner.post(here, { act: 'test' })).text())).toContain('The gateway answers')
    const admin = await console.person('admin')
    expect(await (await admin.get(here)).text()).not.toContain('settings.api_key')
    expect((await admin.post(here, { ...sent, name: 'Mine' })).status).toBe(403)
  })

  test('steps: faults are told, a preview saves nothing, a save is a new version that keeps the keys', async () => {
    const page = await (await owner.get('/admin/policy')).text()
    const id = /name="policy" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const row = (n: number, action: string, count: string, when: string, key = '', unit = 'days') => ({
      [`step.${n}.key`]: key,
      [`step.${n}.action`]: action,
      [`step.${n}.count`]: count,
      [`step.${n}.unit`]: unit,
      [`step.${n}.when`]: when,
    })
    const good = {
      policy: id,
      ...row(0, 'issue_invoice', '5', 'before', 'invoice'),
      ...row(1, 'suspend', '48', 'after', 'suspend', 'hours'),
      ...row(2, 'terminate', '14', 'after', 'terminate'),
      ...row(9, 'remind', '2', 'before'),
      ...row(10, 'restrict.2', '1', 'after'),
    }
    const versions = () => read(async (tx) => (await listPolicies(tx)).find((policy) => policy.id === id))
    const before = await versions()
    const noEnd = await owner.post('/admin/policy', { ...good, act: 'save', 'step.2.action': '' })
    expect(plain(await noEnd.text())).toContain('exactly one step "terminate"')
    const early = await owner.post('/admin/policy', { ...good, act: 'save', 'step.1.when': 'before' })
    expect(plain(await early.text())).toContain('inside the time he paid for')
    for (const count of ['x', '-1', '99999'])
      expect((await owner.post('/admin/policy', { ...good, act: 'save', 'step.9.count': count })).status).toBe(422)
    const preview = plain(await (await owner.post('/admin/policy', { ...good, act: 'preview' })).text())
    expect(preview).toContain('48 hours after the end of paid time: suspend'.replace('48 hours', '2 days'))
    expect(preview).toContain('1 day after the end of paid time: restrict to 2 connections')
    expect(preview).toContain('nothing is saved yet')
    expect(await versions()).toEqual(before)
    expect((await owner.post('/admin/policy', { ...good, act: 'save' })).status).toBe(303)
    const after = await versions()
    expect(after?.steps).toContainEqual({ key: 'suspend', action: 'suspend', offset_hours: 48 })
    expect(after?.steps).toContainEqual({ key: 'remind_2d_before', action: 'remind', offset_days: -2 })
    const fewer = { key: 'restrict_2_1d_after', action: 'restrict', offset_days: 1, connections: 2 }
    expect(after?.steps).toContainEqual(fewer)
    expect((await owner.post('/admin/policy', { ...good, policy: 'pol_other', act: 'save' })).status).toBe(404)
  })

  test('staff: invited by mail without a password, given another role, removed; nobody lifts himself', async () => {
    const email = 'nina@example.org'
    expect((await owner.post('/admin/staff', { act: 'invite', email: 'nina', role: 'support' })).status).toBe(422)
    expect((await owner.post('/admin/staff', { act: 'invite', email, role: 'boss' })).status).toBe(422)
    expect((await owner.post('/admin/staff', { act: 'invite', email, name: 'Nina', role: 'support' })).status).toBe(303)
    expect((await owner.post('/admin/staff', { act: 'invite', email, role: 'support' })).status).toBe(409)
    await console.settle()
    expect(console.mailbox.mails.at(-1)?.to).toEqual([email])
    const tab = console.browser()
    await tab.post('/admin/sign-in', { email, act: 'link' })
    const link = new URL(console.mailed.at(-1) ?? '')
    expect((await tab.post(link.pathname)).headers.get('location')).toBe('/admin')
    expect((await tab.get('/admin/orders')).status).toBe(200)
    const nina = (await read(listStaff)).find((person) => person.email === email)
    const id = nina?.id ?? ''
    await owner.post('/admin/staff', { act: 'change', id, role: 'billing' })
    expect((await read(listStaff)).find((person) => person.email === email)?.role).toBe('billing')
    const admin = await console.person('admin')
    expect((await admin.post('/admin/staff', { act: 'change', id: admin.memberId, role: 'owner' })).status).toBe(403)
    expect((await owner.post('/admin/staff', { act: 'change', id: owner.memberId, role: 'support' })).status).toBe(403)
    expect((await owner.post('/admin/staff', { act: 'remove', id: 'mem_x' })).status).toBe(404)
    await owner.post('/admin/staff', { act: 'remove', id })
    expect((await tab.get('/admin/orders')).headers.get('location')).toMatch(/^\/admin\/choose/)
  })

  test('an API key is shown once, does what was ticked, and is revoked for good', async () => {
    const form_key = await formKey(owner, '/admin/api-keys')
    expect((await owner.post('/admin/api-keys', { act: 'create', form_key, name: 'Site' })).status).toBe(422)
    expect(
      (await owner.post('/admin/api-keys', { act: 'create', form_key, name: '', scopes: 'orders:read' })).status,
    ).toBe(422)
    expect(
      (await owner.post('/admin/api-keys', { act: 'create', form_key, name: 'Site', scopes: 'orders:eat' })).status,
    ).toBe(422)
    const sent = { act: 'create', form_key, name: 'Site', days: '30', scopes: 'orders:read' }
    const made = await owner.post('/admin/api-keys', sent)
    const key = /lk_test_[0-9a-z]{84}/.exec(await made.text())?.[0] ?? ''
    expect(key).not.toBe('')
    expect(await (await owner.post('/admin/api-keys', sent)).text()).not.toContain(key)
    expect(await (await owner.get('/admin/api-keys')).text()).not.toContain(key)
    const [known, ...others] = await read(listApiKeys)
    expect(others).toEqual([])
    expect(known).toMatchObject({ name: 'Site', scopes: ['orders:read'], revokedAt: null })
    const rotate = { act: 'rotate', form_key: await formKey(owner, '/admin/api-keys'), id: known?.id ?? '' }
    expect((await owner.post('/admin/api-keys', { ...rotate, hours: '169' })).status).toBe(422)
    const rotated = await (await owner.post('/admin/api-keys', { ...rotate, hours: '24' })).text()
    const fresh = /lk_test_[0-9a-z]{84}/.exec(rotated)?.[0] ?? ''
    expect([fresh !== '', fresh === key]).toEqual([true, false])
    expect(plain(rotated)).toContain('Replaced, works until')
    expect(await (await owner.post('/admin/api-keys', { ...rotate, hours: '24' })).text()).not.toContain(fresh)
    expect(await read(listApiKeys)).toHaveLength(2)
    const works = (given: string) =>
      authenticateKey(console.app, given, console.clock.now()).then(
        () => true,
        () => false,
      )
    expect([await works(key), await works(fresh)]).toEqual([true, true])
    await owner.post('/admin/api-keys', { act: 'revoke', id: known?.id ?? '' })
    expect((await read(listApiKeys)).find(({ id }) => id === known?.id)?.revokedAt).not.toBeNull()
    expect([await works(key), await works(fresh)]).toEqual([false, true])
    expect(
      (await owner.post('/admin/api-keys', { ...rotate, form_key: `${rotate.form_key}x`, hours: '1' })).status,
    ).toBe(409)
    expect((await owner.post('/admin/api-keys', { act: 'revoke', id: 'key_x' })).status).toBe(404)
  })
})
