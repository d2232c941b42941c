/** Goes through the whole table of routes: whoever adds a route is tested here, or the table is not complete. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { raise } from '#modules/people/attention.ts'
import { scopeAllows } from '#modules/people/scopes.ts'
import { run, sql } from '#platform/db.ts'
import { lends } from '../../test/support/collecting.ts'
import { paysInDollars } from '../../test/support/foreign.ts'
import { joins } from '../../test/support/resellers.ts'
import { strangeMoney } from '../../test/support/strange-money.ts'
import { type ApiWorld, apiWorld, type Json, soldPlan } from './api.test-support.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { type Ids, idsOf, samples } from './samples.test-support.ts'
import type { z } from './schemas.ts'

let api: ApiWorld
let ids: Ids
let otherKey: string
let bodies: ReturnType<typeof samples>

beforeAll(async () => {
  api = await apiWorld()
  const { done, world } = api
  const { order, plan, gateway } = await soldPlan(api, { save_method_consent: 'Keep it for my renewals.' })
  const [payment] = (await done('GET', '/payments')).data as Json[]
  const [method] = (await done('GET', `/customers/${order.customer_id}/payment_methods`)).data as Json[]
  const [message] = (await done('GET', '/messages')).data as Json[]
  const key = await done('POST', '/api_keys', { name: 'spare', scopes: ['orders:read'] })
  const refund = await done('POST', '/refunds', {
    payment_id: payment?.id,
    amount: { amount: 1, currency: 'EUR' },
    reason: 'test',
  })
  await transaction(world.shop, 'test-attention', (tx) =>
    raise(
      tx,
      world.shop,
      { kind: 'test', subjectType: 'order', subjectId: order.id, title: 'Look', severity: 'info' },
      world.shop.now(),
    ),
  )
  const payout = await done('POST', '/payouts', {
    gateway: gateway?.id,
    amount: { amount: 1, currency: 'EUR' },
    reference: 'po_1',
    arrived_on: '2026-02-01',
  })
  const lot = await done('POST', '/credit_lots', {
    panel_id: (order.line as Json).panel_id,
    credits_milli: 1000,
    cost: { amount: 1, currency: 'EUR' },
  })
  // One that freezes nobody and cuts nobody off: the rest of the table goes on buying.
  await done('PUT', '/settings/disputes', { when_opened: 'keep', when_lost: 'keep' })
  const dispute = await done('POST', '/disputes', {
    payment_id: payment?.id,
    amount: { amount: 1, currency: 'EUR' },
    reason: 'test',
    withdrawn: false,
  })
  await done('POST', `/disputes/${dispute.id}/release`, { reason: 'test' })
  const [item] = (await done('GET', '/attention')).data as Json[]
  const [notice] = (await done('GET', '/notices')).data as Json[]
  await transaction(world.shop, 'test-run', (tx) =>
    run(
      tx,
      sql`insert into parked_runs (business_id, id, kind, most, opened_at)
        values (${world.businessId}, 'run_00000000000000000000054321', 'suspend', 10, ${world.shop.now()})`,
    ),
  )
  await transaction(world.shop, 'test-credit-note', (tx) =>
    run(
      tx,
      sql`insert into credit_notes (business_id, id, invoice_id, refund_id, series, number, currency, total_minor, reason, by, issued_at)
        values (${world.businessId}, 'cn_00000000000000000000054321', ${order.invoice_id}, ${refund.id}, 'CN-2026', 1, 'EUR', 1, 'test', 'system', ${world.shop.now()})`,
    ),
  )
  await transaction(world.shop, 'test-account', async (tx) => {
    const [panel, now] = [String((order.line as Json).panel_id), world.shop.now()]
    await run(
      tx,
      sql`insert into account_differences (business_id, id, panel_id, from_at, at, expected, found)
        values (${world.businessId}, 'acd_00000000000000000000054321', ${panel}, ${now}, ${now}, 10, 9)`,
    )
    await run(
      tx,
      sql`insert into account_purchases (business_id, id, panel_id, credits, created_at, created_by)
        values (${world.businessId}, 'acp_00000000000000000000054321', ${panel}, 5, ${now}, 'system')`,
    )
  })
  const incident = await done('POST', '/incidents', {
    panel_id: (order.line as Json).panel_id,
    name: 'Storage',
    sentence: 'Some channels do not play.',
  })
  const empty = await done('POST', '/panels', {
    name: 'Empty',
    kind: 'xui',
    settings: { url: 'http://empty.example/abc/', api_key: '0123456789', viewer_host: 'tv.example' },
  })
  const evacuation = await done('POST', '/evacuations', { panel_id: empty.id, reason: 'sold' })
  const adoption = await done('POST', '/adoptions', {
    panel_id: (order.line as Json).panel_id,
    csv: 'username\nstranger\n',
  })
  const [adopted] = (await done('GET', `/adoptions/${adoption.id}/lines`)).data as Json[]
  const choice = await done('POST', '/policy_choices', { scope: 'business', policy_id: 'pol_default' })
  // A hold that holds nothing: an act of staff that changed nothing.
  await done('POST', `/subscriptions/${order.subscription_id}/hold`, { until: null, reason: 'looked at' })
  const [override] = (await done('GET', `/subscriptions/${order.subscription_id}/overrides`)).data as Json[]
  const campaign = await done('POST', '/price_campaigns', {
    name: 'Spring',
    change: { by: 'amount', amount: 1499, currency: 'EUR' },
    effective_at: '2026-05-01T00:00:00Z',
    notice_days: 30,
    consent: 'notice',
  })
  const addOn = await done('POST', '/add_ons', {
    name: 'Extra connection',
    max_quantity: 4,
    plans: [{ plan_id: order.plan_id, prices: [{ amount: 300, currency: 'EUR' }] }],
  })
  const coupon = await done('POST', '/coupons', { code: 'WELCOME', percent: 20 })
  const quote = await done('POST', '/quotes', {
    email: 'quinn@example.net',
    plan_id: order.plan_id,
    price: { amount: 900, currency: 'EUR' },
    valid_until: '2027-01-01T00:00:00Z',
  })
  const batch = await done('POST', '/voucher_batches', { name: 'Kiosk', plan_id: order.plan_id, count: 3 })
  const [voucher] = (await done('GET', `/voucher_batches/${batch.id}/vouchers`)).data as Json[]
  const setup = await done('POST', `/customers/${order.customer_id}/payment_method_setups`, {
    gateway: gateway?.id,
    consent: 'Keep it for my renewals.',
  })
  const bank = await done('POST', '/gateways', {
    name: 'Our bank',
    kind: 'bank_transfer',
    settings: { account_holder: 'Example TV Ltd', iban: 'DE89370400440532013000' },
    active: true,
  })
  const imported = await done('POST', '/bank_imports', {
    gateway: bank.id,
    file_name: 'first.csv',
    content: 'Date,Amount,Name,Reference\n2026-02-01,12.99,Anna,thanks',
  })
  await world.settle()
  const [entry] = (await done('GET', '/bank_entries')).data as Json[]
  // Somebody took a connection away on the panel.
  const [line] = await world.linesOnPanel()
  await world.byHand('edit', { username: String(line?.username), fields: { max_connections: 1 } })
  await done('POST', `/panels/${(order.line as Json).panel_id}/reconcile`, {})
  await world.settle()
  const [difference] = (await done('GET', '/differences')).data as Json[]
  await strangeMoney(world, 'another-shop')
  const comparison = await done('POST', `/gateways/${gateway?.id}/compare`, {})
  await world.settle()
  const [odd] = (await done('GET', '/money_differences')).data as Json[]
  await paysInDollars(world, await world.customer('traveller').orders())
  const [stray] = (await done('GET', '/stray_moneys')).data as Json[]
  const reseller = await joins(world, { slug: 'south', credits: 5_000n, planIds: [String(order.plan_id)] })
  const sibling = await joins(world, { slug: 'north' })
  const { loanId } = await lends(world, sibling, { holdDays: 0 })
  await world.customer('sam', sibling).buys({ gateway: 'sandbox' })
  const statement = await done('POST', '/reseller_statements', { reseller_id: sibling.businessId, currency: 'EUR' })
  const pack = await done('POST', '/credit_packs', {
    name: 'Ten',
    credits_milli: 10_000,
    price: { amount: 900, currency: 'EUR' },
    active: true,
  })
  await done('PUT', '/settings/affiliates', {
    ...{ on: true, open: true, rule: { kind: 'percent', value: 1_000, payments: 1 }, products: [], hold_days: 0 },
    ...{ link_days: 30, least_payout: 0, below: null, by_hand: true, credit_price: null },
  })
  const affiliate = await done('POST', '/affiliates', { customer_id: order.customer_id })
  const paidAffiliate = 'apo_00000000000000000000054321'
  await world.tamper(
    `insert into affiliate_payouts (business_id, id, affiliate_id, currency, amount_minor, way, created_at, created_by)
      values ('${world.businessId}', '${paidAffiliate}', '${affiliate.id}', 'EUR', 100, 'balance', '${world.clock.now()}', 'system')`,
  )
  const role = await done('POST', '/roles', { name: 'Night desk', permissions: ['lines:see'] })
  const member = await done('POST', '/staff', { email: 'nina@example.net', role: 'support' })
  await planted(
    world,
    `insert into acting_sessions (business_id, id, from_business, from_name, member_id, user_id, name, reason, started_at, ends_at)
      values ('${world.businessId}', 'act_00000000000000000000054321', '${reseller.businessId}', 'x', 'x', 'x', 'x', 'x', '${world.clock.now()}', '${world.clock.now().add({ minutes: 60 })}')`,
  )
  const invitation = await done('POST', '/reseller_invitations', { email: 'east@reseller.example' })
  ids = idsOf(order, {
    reseller: reseller.businessId,
    sibling: sibling.businessId,
    pck: pack.id,
    rin: invitation.id,
    rol: role.id,
    act: 'act_00000000000000000000054321',
    aff: affiliate.id,
    apo: paidAffiliate,
    mem: member.id,
    bank: bank.id,
    bim: imported.id,
    ben: String(entry?.id),
    dif: String(difference?.id),
    gcm: comparison.id,
    mdf: String(odd?.id),
    stm: String(stray?.id),
    pms: setup.id,
    addon: addOn.id,
    cpn: coupon.id,
    quo: quote.id,
    vcb: batch.id,
    vch: String(voucher?.id),
    poc: choice.id,
    prod: String((plan as Json).product_id),
    gwa: String(gateway?.id),
    pay: String(payment?.id),
    pm: String(method?.id),
    msg: String(message?.id),
    key: key.id,
    ref: refund.id,
    dsp: dispute.id,
    pyo: payout.id,
    gwl: loanId,
    rst: statement.id,
    clt: lot.id,
    acd: 'acd_00000000000000000000054321',
    acp: 'acp_00000000000000000000054321',
    att: String(item?.id),
    ntc: String(notice?.id),
    inc: incident.id,
    eva: evacuation.id,
    ado: adoption.id,
    adl: String(adopted?.id),
    spare: empty.id,
    run: 'run_00000000000000000000054321',
    cn: 'cn_00000000000000000000054321',
    pcm: campaign.id,
    ovr: String(override?.id),
    biz: world.businessId,
  })
  bodies = samples(ids)
  otherKey = await api.keyFor(await api.business('somebody-else'))
})
afterAll(() => api.close())

/** Nobody is above this business: what the database would refuse is written past its guard. */
async function planted({ db, businessId }: ApiWorld['world'], text: string): Promise<void> {
  const client = await db.pool.connect()
  const guard = (how: string) => `alter table acting_sessions ${how} trigger keep_acting`
  const mine = `select set_config('app.business', '${businessId}', true)`
  await client
    .query(`begin; ${guard('disable')}; ${mine}; ${text}; ${guard('enable')}; commit`)
    .finally(() => client.release())
}

const nameOf = (route: Route) => `${route.method} ${route.path}`
const named = routes.map((route) => [nameOf(route), route] as const)
const withBody = named.filter(([, route]) => route.body !== null && Object.keys(route.body.shape).length > 0)
const withId = named.filter(([, route]) => route.path.includes('{id}'))
const prefixOf = (route: Route) =>
  ({
    customers: 'cus',
    products: 'prod',
    plans: 'plan',
    add_ons: 'addon',
    coupons: 'cpn',
    quotes: 'quo',
    voucher_batches: 'vcb',
    vouchers: 'vch',
    affiliates: 'aff',
    orders: 'ord',
    invoices: 'inv',
    credit_notes: 'cn',
    payments: 'pay',
    payment_methods: 'pm',
    payment_method_setups: 'pms',
    refunds: 'ref',
    disputes: 'dsp',
    payouts: 'pyo',
    gateway_loans: 'gwl',
    reseller_statements: 'rst',
    credit_lots: 'clt',
    account_differences: 'acd',
    account_purchases: 'acp',
    subscriptions: 'sub',
    lines: 'line',
    panels: 'pan',
    gateways: 'gwa',
    messages: 'msg',
    policies: 'pol',
    policy_choices: 'poc',
    price_campaigns: 'pcm',
    attention: 'att',
    runs: 'run',
    incidents: 'inc',
    differences: 'dif',
    evacuations: 'eva',
    adoptions: 'ado',
    adoption_lines: 'adl',
    api_keys: 'key',
    staff: 'mem',
    roles: 'rol',
    acting_sessions: 'act',
    bank_imports: 'bim',
    bank_entries: 'ben',
    gateway_comparisons: 'gcm',
    money_differences: 'mdf',
    stray_moneys: 'stm',
    notices: 'ntc',
    businesses: 'biz',
    resellers: 'reseller',
    credit_packs: 'pck',
    reseller_invitations: 'rin',
  })[route.path.split('/')[1] ?? ''] ?? ''
const pathOf = (route: Route, id = ids[prefixOf(route)] ?? 'pol_default') =>
  route.path
    .replace('{id}', id)
    .replace('{payout_id}', ids.apo ?? '')
    .replace('{key}', 'test_message')
const ask = (route: Route, path: string, more: Parameters<ApiWorld['ask']>[2] = {}) =>
  api.ask(route.method.toUpperCase(), path, {
    ...(route.body === null ? {} : { body: bodies[nameOf(route)] ?? {} }),
    ...more,
  })

test('there is a valid body for every route that takes one', () => {
  expect(Object.keys(bodies).sort()).toEqual(withBody.map(([name]) => name).sort())
  for (const [name, route] of withBody) expect(route.body?.safeParse(bodies[name]).error, name).toBeUndefined()
})

describe('who may', () => {
  test.each(named)('%s: not without a key, not with a wrong one', async (_name, route) => {
    const mistyped = `${api.key.slice(0, -1)}${api.key.endsWith('0') ? '1' : '0'}`
    for (const key of [null, 'lk_live_x', mistyped]) {
      const answer = await ask(route, pathOf(route), { key })
      expect([answer.status, answer.body.code, answer.headers.get('www-authenticate')]).toEqual([
        401,
        'unauthenticated',
        'Bearer',
      ])
    }
  })

  test('exactly the keys with its scope', async () => {
    const { businessId } = api.world
    const keys = new Map<string, string>()
    for (const route of routes) {
      // Every scope but what opens it: a table that forgot to ask would let it pass.
      const resource = route.scope.split(':')[0]
      const others = [...new Set(routes.map(({ scope }) => scope))].filter((each) => !scopeAllows([each], route.scope))
      const held = keys.get(route.scope) ?? (await api.keyFor(businessId, others))
      keys.set(route.scope, held)
      const answer = await ask(route, pathOf(route), { key: held })
      expect([nameOf(route), answer.status, answer.body.code]).toEqual([nameOf(route), 403, 'forbidden'])
      expect(answer.body.detail).toContain(`${resource}:`)
    }
  })

  test.each(withId)(
    '%s: of another business it is absent, like one that never was and one that is no id',
    async (_name, route) => {
      const absent = (ids[prefixOf(route)] ?? 'pol_default').replace(/.{5}$/, '00000')
      const foreign = await ask(route, pathOf(route), { key: otherKey })
      const answers = [
        foreign,
        await ask(route, pathOf(route, absent)),
        await ask(route, pathOf(route, 'x')),
        await ask(route, pathOf(route, '%00')),
      ]
      const told = answers.map(({ status, body: { request_id: _, ...body } }) => JSON.stringify([status, body]))
      expect(foreign.status).toBe(404)
      expect(new Set(told).size, told.join('\n')).toBe(1)
    },
  )
})

const wrongTypes: unknown[] = [['x'], 'x'.repeat(30_000), { x: 1 }, 1.5, true]

describe('what is refused', () => {
  test.each(withBody)('%s: wrong types, too long, unknown fields, each beside its field', async (name, route) => {
    const body = bodies[name] ?? {}
    for (const field of Object.keys(body)) {
      const schema = route.body?.shape[field] as z.ZodType
      const wrong = wrongTypes.filter((each) => schema.safeParse(each).success === false)
      expect(wrong.length, `${name} ${field}`).toBeGreaterThan(2)
      for (const value of wrong) {
        const answer = await ask(route, pathOf(route), { body: { ...body, [field]: value } })
        const pointers = (answer.body.errors as { pointer: string }[]).map(({ pointer }) => pointer)
        expect(
          [answer.status, pointers.some((each) => each.startsWith(`/${field}`))],
          `${name} ${field} ${JSON.stringify(value).slice(0, 20)} ${answer.text}`,
        ).toEqual([422, true])
      }
    }
    const unknown = await ask(route, pathOf(route), { body: { ...body, 'what/ever': 1 } })
    expect(unknown.body.errors).toEqual([{ pointer: '/what~1ever', code: 'unknown_field', detail: expect.any(String) }])
    const inherited = await ask(route, pathOf(route), {
      raw: JSON.stringify({ ...body, x: 1 }).replace('"x"', '"__proto__"'),
    })
    expect(inherited.status).toBe(422)
  })

  test.each(named.filter(([, { body }]) => body !== null))('%s: what is no JSON object', async (_name, route) => {
    const statusOf = async (given: Parameters<typeof ask>[2]) => (await ask(route, pathOf(route), given)).status
    expect(await statusOf({ raw: '{"a":1,' })).toBe(400)
    expect(await statusOf({ raw: '{"a":1,"a":1}' })).toBe(400)
    expect(await statusOf({ raw: '[]' })).toBe(422)
    expect(await statusOf({ raw: '{}', type: 'text/plain' })).toBe(415)
    expect(await statusOf({ raw: 'a=1', type: 'application/x-www-form-urlencoded' })).toBe(415)
    const tooMuch = (route.mostBytes ?? 300_000) + 1
    expect(await statusOf({ raw: `{"a":"${'x'.repeat(tooMuch)}"}` })).toBe(413)
  })

  test.each(named.filter(([, { needsKey }]) => needsKey))('%s: without an Idempotency-Key', async (_name, route) => {
    expect((await ask(route, pathOf(route), { once: null })).body.code).toBe('idempotency_key_required')
    for (const once of ['a b', 'x'.repeat(256)]) expect((await ask(route, pathOf(route), { once })).status).toBe(400)
  })

  test.each(named)('%s: an unknown or doubled query', async (_name, route) => {
    const unknown = await ask(route, `${pathOf(route)}?what=1`)
    expect([unknown.status, unknown.body.errors]).toMatchObject([
      422,
      [{ pointer: '/query/what', code: 'unknown_field' }],
    ])
    expect((await ask(route, `${pathOf(route)}?a=1&a=2`)).status).toBe(400)
  })

  test('nothing of all that changed anything', async () => {
    // The newest is that of the traveller, who paid in dollars.
    const [, order] = (await api.done('GET', '/orders')).data as Json[]
    expect(order).toMatchObject({ id: ids.ord, status: 'ready' })
    expect((await api.done('GET', '/customers')).data).toHaveLength(2)
    expect(await api.done('GET', `/subscriptions/${ids.sub}`)).toMatchObject({
      status: 'active',
      hold_until: null,
      auto_renew: true,
    })
    expect(await api.done('GET', `/plans/${ids.plan}`)).toMatchObject({ best_value: false })
  })

  test.each(named.filter(([, { query }]) => 'limit' in query.shape))(
    '%s: limits and cursors that are none',
    async (_name, route) => {
      for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'cursor='])
        expect((await ask(route, `${pathOf(route)}?${query}`)).status, query).toBe(422)
      for (const query of ['cursor=x', `cursor=${'A'.repeat(90)}`])
        expect((await ask(route, `${pathOf(route)}?${query}`)).status, query).toBe(400)
    },
  )

  test('a method that an address has not, an address that there is not', async () => {
    const wrong = await api.ask('DELETE', `/orders/${ids.ord}`)
    expect([wrong.status, wrong.body.code, wrong.headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET'])
    expect((await api.ask('GET', '/nothing')).status).toBe(404)
  })
})

/** What is done once for good comes last, or the others find it done. */
const late = [
  'vouchers/{id}/void',
  'batches/{id}/void',
  'terminate',
  'cancel',
  'revoke',
  'clock',
  'settings/mail',
  'mail/skip',
]
const lateness = (route: Route) => late.findIndex((each) => route.path.endsWith(each)) + 1

describe('a repeat', () => {
  test('has the same answer and does nothing twice; with another body it is refused', async () => {
    const writes = routes.filter((each) => each.method !== 'get').sort((a, b) => lateness(a) - lateness(b))
    const succeeded: string[] = []
    for (const route of writes) {
      const given = { once: `again-${nameOf(route)}`.replaceAll(' ', '') }
      const first = await ask(route, pathOf(route), given)
      if (first.status >= 300) {
        // Refused by the state that it is in, or for a code that nobody made; nothing else may go wrong here.
        const guessed = route.path.endsWith('redeem_voucher') ? ['invalid_input'] : []
        expect(
          ['conflict', 'already_settled', 'gateway_failed', ...guessed],
          `${nameOf(route)}: ${first.text}`,
        ).toContain(first.body.code)
        continue
      }
      succeeded.push(nameOf(route))
      const second = await ask(route, pathOf(route), given)
      expect(second.body, nameOf(route)).toEqual(first.body)
      expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([first.status, 'true'])
      const other = await ask(route, pathOf(route), {
        ...given,
        raw: ` ${JSON.stringify(bodies[nameOf(route)] ?? {})}`,
      })
      expect(other.body.code, nameOf(route)).toBe('idempotency_mismatch')
    }
    // One of them was a quote, accepted once.
    expect((await api.done('GET', '/orders')).data).toHaveLength(4)
    expect((await api.done('GET', '/customers')).data).toHaveLength(5)
    expect((await api.done('GET', `/customers/${ids.cus}/notes`)).data).toHaveLength(1)
    const refused = writes.map(nameOf).filter((each) => !succeeded.includes(each))
    expect(refused).toEqual([
      'post /resellers/{id}/move',
      // He was closed by the act before.
      'post /resellers/{id}/wind_down',
      'post /resellers/{id}/stop_winding_down',
      'post /wallet/purchases',
      'put /wallet/top_up',
      'put /wallet/alarm',
      'put /wallet/resume_order',
      'post /subscriptions/{id}/change_add_on',
      'post /subscriptions/{id}/undo_change_add_on',
      'post /customers/{id}/redeem_voucher',
      'post /subscriptions/{id}/redeem_voucher',
      'post /affiliates/{id}/payouts',
      // He was paid to his balance.
      'post /affiliates/{id}/payouts/{payout_id}/take_back',
      // All that was collected is on a statement already.
      'post /reseller_statements',
      'post /orders/{id}/pay',
      'post /orders/{id}/retry',
      'post /quotes/{id}/withdraw',
      'post /invoices/{id}/use_balance',
      'post /invoices/{id}/take_back',
      'post /invoices/{id}/pay',
      'post /invoices/{id}/mark_received',
      'post /customers/{id}/pay_open',
      'post /customers/{id}/receive',
      'post /bank_entries/{id}/put_aside',
      'post /bank_entries/{id}/take_back',
      'post /invoices/{id}/charge',
      'post /subscriptions/{id}/restore',
      'post /subscriptions/{id}/unflag',
      'post /subscriptions/{id}/change_plan',
      'post /subscriptions/{id}/undo_change_plan',
      'post /subscriptions/{id}/join_household',
      'post /subscriptions/{id}/leave_household',
      'post /subscriptions/{id}/cancel_now',
      'post /subscriptions/{id}/accept_price',
      'post /subscriptions/{id}/decline_price',
      'post /subscriptions/{id}/undo_override',
      'post /lines/{id}/change_mac',
      // This panel costs no credits.
      'post /panels/{id}/account_purchases',
      // It is about a line of the shop.
      'post /differences/{id}/switch_off',
      'post /differences/{id}/remove',
      'post /differences/{id}/take_over',
      // Nothing was adopted: its only line is not on the panel, and is just being looked at once more.
      'post /adoptions/{id}/adopt',
      'post /adoptions/{id}/undo',
      'post /adoptions/{id}/wake',
      'post /adoption_lines/{id}/decide',
      'post /subscriptions/{id}/wake',
      'post /panels/{id}/wake_adopted',
      // There is one panel with the product, and the evacuation found nobody to move.
      'post /lines/{id}/move',
      'post /lines/{id}/drop_move',
      'post /evacuations/{id}/go_on',
      'post /evacuations/{id}/stop',
      'post /evacuations/{id}/roll_back',
      'post /incidents/{id}/compensate',
      'post /incidents/{id}/withdraw',
      // It was booked a moment before.
      'post /money_differences/{id}/put_aside',
      'post /money_differences/{id}/take_back',
      // It was counted a moment before.
      'post /stray_moneys/{id}/keep',
      'post /stray_moneys/{id}/give_back',
      // It is a test business itself.
      'post /twin',
      // On one's own panels its host for viewers is a setting.
      'put /settings/viewer_hosts',
      'post /settings/viewer_hosts/verify',
      'post /exchange_rates/read',
      // Its entry is dealt with already, and everything about it agrees.
      'post /payouts/{id}/match',
      'post /payouts/{id}/settle',
      'post /disputes/{id}/refresh',
      'post /disputes/{id}/send_evidence',
      'post /orders/{id}/cancel',
      'post /subscriptions/{id}/cancel',
      'post /subscriptions/{id}/undo_cancel',
    ])
  })
})
