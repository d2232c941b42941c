/** What is more than a row of the table: pages, repeats after a crash, races, limits, what a key may see. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { rows, run, sql } from '#platform/db.ts'
import { type ApiWorld, apiWorld, type Json, payAt, soldPlan } from './api.test-support.ts'

let api: ApiWorld
let sold: Awaited<ReturnType<typeof soldPlan>>

beforeAll(async () => {
  api = await apiWorld()
  sold = await soldPlan(api)
})
afterAll(() => api.close())

test('pages follow each other without gap or repeat, and a cursor is good only for its own list', async () => {
  for (let n = 0; n < 6; n++) await api.done('POST', '/customers', { email: `page${n}@example.net`, tags: ['paged'] })
  const seen: string[] = []
  let cursor: unknown = null
  do {
    const page: Json = await api.done(
      'GET',
      `/customers?tag=paged&limit=4${cursor === null ? '' : `&cursor=${cursor}`}`,
    )
    seen.push(...(page.data as Json[]).map(({ id }) => id))
    expect(page.has_more).toBe(page.next_cursor !== null)
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(new Set(seen).size).toBe(6)
  expect(seen).toHaveLength(6)

  const { next_cursor: first } = await api.done('GET', '/customers?tag=paged&limit=2')
  const other = await api.keyFor(await api.business('pages-of-another'))
  const statusOf = async (path: string, key = api.key) => (await api.ask('GET', path, { key })).status
  expect(await statusOf(`/customers?tag=paged&limit=3&cursor=${first}`)).toBe(200)
  expect(await statusOf(`/customers?cursor=${first}`)).toBe(400)
  expect(await statusOf(`/orders?cursor=${first}`)).toBe(400)
  expect(await statusOf(`/customers?tag=paged&cursor=${first}`, other)).toBe(400)
  expect(await statusOf(`/customers?tag=paged&cursor=A${String(first).slice(1)}`)).toBe(400)
})

test('a repeat after a crash between commit and answer tells the order and its page again', async () => {
  const body = { plan_id: sold.plan?.id, email: 'crash@example.net', gateway: sold.gateway?.id }
  const first = await api.ask('POST', '/orders', { body, once: 'crashed' })
  await transaction(api.world.shop, 'test-lose-answer', (tx) =>
    run(
      tx,
      sql`update idempotency_keys set status = null, answer = null where business_id = current_business() and key = 'crashed'`,
    ),
  )
  const again = await api.ask('POST', '/orders', { body, once: 'crashed' })
  const { order_url: _, ...order } = first.body
  expect(again).toMatchObject({ status: 201, body: order })
})

test('twenty equal requests at once are one order', async () => {
  const body = { plan_id: sold.plan?.id, email: 'race@example.net', gateway: sold.gateway?.id }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.ask('POST', '/orders', { body, once: 'raced' })),
  )
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
  for (const { status, body: answer } of answers)
    expect([status, answer.code]).toEqual(status === 201 ? [201, undefined] : [409, 'in_progress'])
  const found = await transaction(api.world.shop, 'test-count', (tx) =>
    rows(
      tx,
      sql`select from orders o join customers c on c.business_id = o.business_id and c.id = o.customer_id where o.business_id = current_business() and c.email = 'race@example.net'`,
    ),
  )
  expect(found).toHaveLength(1)
  expect((await api.ask('POST', '/orders', { body, once: 'raced' })).headers.get('idempotent-replayed')).toBe('true')
})

test('the TV login is for keys that may read lines, and each look is on record', async () => {
  const { businessId } = api.world
  const plain = await api.keyFor(businessId, ['orders:read'])
  const seen = await api.done('GET', `/orders/${sold.order.id}?expand=customer,invoice`, undefined, { key: plain })
  expect(seen).toMatchObject({
    status: 'ready',
    credentials: null,
    line: null,
    order_url: null,
    customer: null,
    invoice: null,
  })
  const able = await api.keyFor(businessId, ['orders:read', 'lines:read'])
  const shown = await api.done('GET', `/orders/${sold.order.id}`, undefined, { key: able })
  expect(shown.credentials).toMatchObject({ username: 'ana84' })
  const { data } = await api.done('GET', '/events?type=line.login_shown')
  expect((data as { actor: string }[])[0]?.actor).toMatch(/^key:key_/)
})

test('a key makes no key that may more than itself', async () => {
  const maker = await api.keyFor(api.world.businessId, ['api_keys:write', 'orders:read'])
  const make = (scopes: string[]) => api.ask('POST', '/api_keys', { key: maker, body: { name: 'made', scopes } })
  for (const scopes of [['all'], ['orders:write'], ['orders:read', 'refunds:write']]) {
    const refused = await make(scopes)
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
  }
  const made = await make(['orders:read'])
  expect(made.body.key).toMatch(/^lk_test_/)
  const key = String(made.body.key)
  expect((await api.ask('GET', '/orders', { key })).status).toBe(200)
  await api.done('POST', `/api_keys/${made.body.id}/revoke`)
  expect((await api.ask('GET', '/orders', { key })).status).toBe(401)
})

test('a key is rotated: the old one works for the hours that were said and not after', async () => {
  const made = await api.done('POST', '/api_keys', { name: 'Site', scopes: ['orders:read'] })
  const rotate = (body: object, key?: string) =>
    api.ask('POST', `/api_keys/${made.id}/rotate`, { body, ...(key ? { key } : {}) })
  for (const overlap_hours of [-1, 169, 1.5, 'soon'])
    expect((await rotate({ overlap_hours })).body).toMatchObject({ errors: [{ pointer: '/overlap_hours' }] })
  const less = await api.keyFor(api.world.businessId, ['api_keys:write'])
  expect((await rotate({}, less)).status).toBe(403)
  const fresh = await rotate({ overlap_hours: 2 })
  expect(fresh.body).toMatchObject({ name: 'Site', scopes: ['orders:read'], replaced_by: null })
  const { data } = await api.done('GET', '/api_keys')
  const old = (data as Json[]).find(({ id }) => id === made.id)
  expect(old).toMatchObject({ replaced_by: fresh.body.id })
  const ends = api.world.clock.now().add({ hours: 2 })
  expect(Temporal.Instant.from(String(old?.expires_at)).epochMilliseconds).toBe(ends.epochMilliseconds)
  const works = async (key: unknown) => (await api.ask('GET', '/orders', { key: String(key) })).status
  expect([await works(made.key), await works(fresh.body.key)]).toEqual([200, 200])
  expect((await rotate({})).body).toMatchObject({ code: 'conflict' })
  await transaction(api.world.shop, 'test', (tx) =>
    run(
      tx,
      sql`update api_keys set expires_at = ${api.world.clock.now()} where business_id = current_business() and id = ${String(made.id)}`,
    ),
  )
  expect([await works(made.key), await works(fresh.body.key)]).toEqual([401, 200])
})

test('secrets go in, never come out, and stay when they are left out', async () => {
  const [panel] = (await api.done('GET', '/panels')).data as Json[]
  expect(panel).toMatchObject({ secrets_set: ['api_key'], settings: { api_key: null } })
  await api.done('PATCH', `/panels/${panel?.id}`, { name: 'Renamed' })
  expect(await api.done('POST', `/panels/${panel?.id}/test`)).toMatchObject({ ok: true })
  const [gateway] = (await api.done('GET', '/gateways')).data as Json[]
  expect(JSON.stringify(gateway)).not.toContain('sandbox_notice_secret')
})

test('faults inside what a kind asks for are told beside their field', async () => {
  const refused = await api.ask('POST', '/panels', {
    body: { name: 'P', kind: 'xui', settings: { url: 'panel', api_key: 'short' } },
  })
  expect((refused.body.errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/settings/url', '/settings/api_key']),
  )
  const kind = await api.ask('POST', '/panels', { body: { name: 'P', kind: 'none', settings: {} } })
  expect(kind.body.errors).toMatchObject([{ pointer: '/kind' }])
  const plan = await api.ask('POST', '/orders', {
    body: { plan_id: String(sold.plan?.id).replace(/.{4}$/, '0000'), email: 'a@example.net' },
  })
  expect([plan.status, plan.body.errors]).toMatchObject([422, [{ pointer: '/plan_id', code: 'unknown' }]])
  const policy = await api.ask('PUT', '/policies/pol_default', {
    body: { name: 'None', steps: [{ key: 'remind', action: 'remind', offset_hours: 0 }] },
  })
  expect([policy.status, policy.body.code]).toEqual([422, 'invalid_input'])
})

test('texts that pose as others are refused, others are kept as they came', async () => {
  for (const name of ['a\u202eb', 'a\u0007b', 'a\u0000b', 'a\ud800b']) {
    const refused = await api.ask('PATCH', `/customers/${sold.order.customer_id}`, { body: { name } })
    expect(refused.body.errors, JSON.stringify(name)).toMatchObject([{ pointer: '/name' }])
  }
  const name = "Zoë O'Brien 😀 عمر"
  expect(await api.done('PATCH', `/customers/${sold.order.customer_id}`, { name })).toMatchObject({ name })
})

test('an unpaid order is canceled, its page closed; a paid one is not', async () => {
  const order = await api.done('POST', '/orders', {
    plan_id: sold.plan?.id,
    email: 'no@example.net',
    gateway: sold.gateway?.id,
  })
  expect(await api.done('POST', `/orders/${order.id}/cancel`)).toMatchObject({ status: 'canceled', pay_url: null })
  expect((await api.ask('POST', `/orders/${sold.order.id}/cancel`)).body.code).toBe('already_settled')
})

test('who asks too often is told when to come back, and the whole network when it guesses keys', async () => {
  const small = await apiWorld({}, { api: { account: [3, 60] }, api_key: { network: [2, 60] } })
  try {
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await small.ask('GET', '/plans')).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const refused = await small.ask('GET', '/plans')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('ratelimit-policy')).toBe('"api";q=3;w=60')
    const guesses: number[] = []
    for (let n = 0; n < 3; n++) guesses.push((await small.ask('GET', '/plans', { key: 'lk_live_guess' })).status)
    expect(guesses).toEqual([401, 401, 429])
  } finally {
    await small.close()
  }
})

test('policies: a version with rules and holidays, its preview for a subscription, who comes under it, and what explains it', async () => {
  const order = await api.done('POST', '/orders', {
    plan_id: sold.plan?.id,
    email: 'policy@example.net',
    gateway: sold.gateway?.id,
  })
  await payAt(api.world, order.pay_url)
  await api.world.settle()
  const steps = [
    { key: 'invoice', action: 'issue_invoice', offset_days: -7 },
    { key: 'suspend', action: 'suspend', offset_days: 3 },
    { key: 'terminate', action: 'terminate', offset_days: 7 },
  ]
  const plan = String(order.plan_id)
  const rules = [
    {
      key: 'this_plan',
      name: 'This plan',
      when: { fact: 'plan', op: 'in', value: [plan] },
      // biome-ignore lint/suspicious/noThenProperty: a rule as it is sent.
      then: [{ do: 'shift', step: 'suspend', days: 4 }],
    },
  ]
  const made = await api.ask('POST', '/policies', { body: { name: 'Gentle', steps, rules } })
  expect([made.status, made.body.version]).toEqual([201, 1])
  const path = `/policies/${made.body.id}`
  const shown = await api.ask('POST', `${path}/preview`, {
    body: { subscription_id: order.subscription_id, steps, rules: [] },
  })
  const ruled = await api.ask('POST', `${path}/preview`, {
    body: { subscription_id: order.subscription_id, steps, rules },
  })
  const daysApart = (Date.parse(String(ruled.body.cut_off_at)) - Date.parse(String(shown.body.cut_off_at))) / 86_400_000
  expect(daysApart).toBe(4)
  const wrong = await api.ask('PUT', path, {
    body: { name: 'Gentle', steps, rules: [{ ...rules[0], when: { fact: 'mood', op: 'eq', value: 1 } }] },
  })
  expect([wrong.status, wrong.body.code]).toEqual([422, 'invalid_input'])
  const second = await api.ask('PUT', path, { body: { name: 'Gentler', steps, calendar: { country: 'DE' } } })
  expect(second.body).toMatchObject({
    version: 2,
    rules: [{ key: 'this_plan' }],
    calendar: { country: 'DE', weekend: [6, 7] },
  })
  const versions = await api.ask('GET', `${path}/versions`)
  expect((versions.body.data as Json[]).map(({ version, current }) => [version, current])).toEqual([
    [2, true],
    [1, false],
  ])
  const choice = await api.ask('POST', '/policy_choices', {
    body: { scope: 'plan', subject_id: plan, policy_id: made.body.id },
  })
  expect(choice.status).toBe(201)
  await api.world.settle()
  const explained = await api.ask('GET', `/subscriptions/${order.subscription_id}/explanation`)
  expect(explained.body).toMatchObject({
    policy: { id: made.body.id, version: 2, chosen_by: 'plan' },
    because: { event: 'subscription.activated' },
    bought_with: { invoice_id: order.invoice_id },
  })
  expect((explained.body.next as Json[]).find(({ action }) => action === 'suspend')).toMatchObject({
    rules: ['this_plan'],
  })
  expect((await api.ask('POST', `/policy_choices/${choice.body.id}/end`)).body).toMatchObject({ data: [] })
})

test('renewals: a queue is paged from what waited longest, and a flag is taken out of it', async () => {
  const flagged: unknown[] = []
  for (const name of ['first', 'second']) {
    const order = await api.done('POST', '/orders', {
      plan_id: sold.plan?.id,
      email: `${name}@example.net`,
      gateway: sold.gateway?.id,
    })
    await payAt(api.world, order.pay_url)
    await api.world.settle()
    const at = api.world.clock.now().subtract({ hours: name === 'first' ? 2 : 1 })
    await api.world.tamper(
      `update subscriptions set flagged_at = '${at}', flagged_because = 'look' where id = '${order.subscription_id}'`,
    )
    flagged.push(order.subscription_id)
  }
  const queue = (more: string) => api.done('GET', `/renewals?queue=flagged&limit=1${more}`)
  const first = await queue('')
  const second = await queue(`&cursor=${first.next_cursor}`)
  expect([first, second].map((page) => (page.data as Json[])[0]?.subscription_id)).toEqual(flagged)
  expect(second.has_more).toBe(false)
  expect((await api.ask('GET', '/renewals?queue=other')).status).toBe(422)
  await api.done('POST', `/subscriptions/${flagged[0]}/unflag`, { reason: 'called' })
  expect((await queue('')).data).toMatchObject([{ subscription_id: flagged[1], flagged_because: 'look', asked: null }])
  expect((await api.ask('POST', `/subscriptions/${flagged[0]}/unflag`, { body: { reason: 'called' } })).status).toBe(
    409,
  )
})
