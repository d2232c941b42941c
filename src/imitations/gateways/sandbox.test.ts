import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { stoppedClock } from '#platform/clock.ts'
import type { Deliver } from './sandbox/notices.ts'
import { sandboxWith } from './sandbox.ts'

type Sent = Parameters<Deliver>[0]
type Json = Record<string, unknown> & { id: string; status: string }

/** The provider in process; `answer` is what the shop's door says to notices. */
async function open(options: Record<string, string> = {}, answer: () => number = () => 200) {
  const clock = stoppedClock('2026-03-01T12:00:00Z')
  const sent: Sent[] = []
  const kind = sandboxWith(async (notice) => {
    sent.push(notice)
    return answer()
  })
  const { app, faults, store } = await kind.create({
    folder: null,
    now: clock.now,
    publicUrl: () => 'http://pay.example',
    options: { notice_url: 'http://shop.example/hooks/1', ...options },
  })
  const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const all = { authorization: 'Bearer sandbox_key', ...headers }
    const response = await app.request(path, { method, headers: all, ...(body ? { body: JSON.stringify(body) } : {}) })
    return { status: response.status, body: (await response.json()) as Json }
  }
  const create = (over: object = {}, key = 'k1') =>
    ask('POST', '/v1/payments', { ...order, ...over }, { 'idempotency-key': key })
  const choose = (id: string, fields: Record<string, string>) =>
    app.request(`/pay/${id}`, { method: 'POST', body: new URLSearchParams(fields) })
  return { app, clock, faults, store, sent, ask, create, choose }
}

const order = {
  reference: 'pay_1',
  amount: 1099,
  currency: 'EUR',
  description: 'TV <script>alert(1)</script>',
  return_url: 'http://shop.example/done',
  cancel_url: 'http://shop.example/checkout',
  expires_at: '2026-03-01T14:00:00Z',
}

describe('the hosted page', () => {
  test('says what it is, what is asked, and escapes what the shop wrote', async () => {
    const { app, create } = await open()
    const { body } = await create()
    const response = await app.request(`/pay/${body.id}`)
    const page = await response.text()
    expect(page).toContain('This is a sandbox. No money moves.')
    expect(page).toContain('10.99 EUR')
    expect(page).toContain('TV &lt;script&gt;')
    expect(page).not.toContain('<script')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test.each([
    [{ how: 'pay' }, 'paid', 'http://shop.example/done', ['payment.paid']],
    [{ how: 'decline', decline_code: 'stolen_card' }, 'declined', 'http://shop.example/done', ['payment.declined']],
    [{ how: 'later' }, 'pending', 'http://shop.example/done', ['payment.pending']],
    [{ how: 'never' }, 'pending', 'http://shop.example/done', []],
    [{ how: 'back' }, 'open', 'http://shop.example/checkout', []],
  ])('%o', async (fields, status, location, notices) => {
    const { ask, create, choose, sent } = await open()
    const { body } = await create()
    const response = await choose(body.id, fields)
    expect([response.status, response.headers.get('location')]).toEqual([303, location])
    expect((await ask('GET', `/v1/payments/${body.id}`)).body.status).toBe(status)
    expect(sent.map((each) => JSON.parse(each.body).type)).toEqual(notices)
  })

  test('a choice made twice counts once; one it does not know changes nothing', async () => {
    const { create, choose, sent, store } = await open()
    const { body } = await create()
    expect((await choose(body.id, { how: 'steal' })).status).toBe(422)
    await Promise.all([choose(body.id, { how: 'pay' }), choose(body.id, { how: 'pay' })])
    expect((await choose(body.id, { how: 'decline' })).status).toBe(303)
    expect(sent).toHaveLength(1)
    expect(store.facts().map((each) => each.action)).toEqual(['payment.created', 'payment.paid'])
  })

  test('an unknown payment is a page that says so', async () => {
    const { app } = await open()
    expect((await app.request('/pay/sbx_none')).status).toBe(404)
    expect((await app.request('/pay/sbx_none', { method: 'POST' })).status).toBe(404)
  })
})

describe('the API', () => {
  test('keys: the same request is answered again, another under the same key is refused, none is refused', async () => {
    const { ask, create } = await open()
    const [first, again] = await Promise.all([create(), create()])
    expect(again).toEqual(first)
    expect((await create({ amount: 1 })).body).toMatchObject({ error: { code: 'idempotency_mismatch' } })
    expect((await ask('POST', '/v1/payments', order)).status).toBe(400)
    expect((await create({}, 'k2')).body.id).not.toBe(first.body.id)
  })

  test.each([
    ['amount', { amount: 0 }],
    ['amount', { amount: 10.5 }],
    ['currency', { currency: 'euro' }],
    ['return_url', { return_url: 'javascript:alert(1)' }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['unknown', { card_number: '4242' }],
  ])('a request with a bad %s is refused', async (_what, over) => {
    const { create } = await open()
    expect(await create(over)).toMatchObject({ status: 422, body: { error: { code: 'invalid' } } })
  })

  test("an unknown key is refused, and another account's payment is not found", async () => {
    const { app, ask, create } = await open()
    const { body } = await create()
    const path = `/v1/payments/${body.id}`
    expect((await ask('GET', path, undefined, { authorization: 'Bearer other' })).status).toBe(401)
    const account = { api_key: 'other', notice_url: '', notice_secret: 's' }
    await app.request('/__accounts', { method: 'POST', body: JSON.stringify(account) })
    expect((await ask('GET', path, undefined, { authorization: 'Bearer other' })).status).toBe(404)
    expect((await ask('POST', `${path}/cancel`, undefined, { authorization: 'Bearer other' })).status).toBe(404)
  })

  test('*pay later* is paid after its delay, without being asked to', async () => {
    const { ask, clock, create, choose, sent } = await open({ settle_after_ms: '60000' })
    const { body } = await create()
    await choose(body.id, { how: 'later' })
    clock.advance({ seconds: 59 })
    expect((await ask('GET', `/v1/payments/${body.id}`)).body.status).toBe('pending')
    clock.advance({ seconds: 1 })
    expect((await ask('GET', `/v1/payments/${body.id}`)).body.status).toBe('paid')
    expect(sent.map((each) => JSON.parse(each.body).type)).toEqual(['payment.pending', 'payment.paid'])
  })
})

describe('notices', () => {
  test('are signed over time and body', async () => {
    const { create, choose, sent } = await open({ notice_secret: 'shh' })
    await choose((await create()).body.id, { how: 'pay' })
    const [notice] = sent
    const seconds = Date.UTC(2026, 2, 1, 12) / 1000
    const expected = createHmac('sha256', 'shh').update(`${seconds}.${notice?.body}`).digest('hex')
    expect(notice?.headers['sandbox-signature']).toBe(`t=${seconds},v1=${expected}`)
    expect(notice?.url).toBe('http://shop.example/hooks/1')
  })

  test('are repeated until they are taken', async () => {
    let status = 503
    const { app, create, choose, sent } = await open({}, () => status)
    await choose((await create()).body.id, { how: 'pay' })
    status = 200
    await app.request('/__deliver', { method: 'POST' })
    await app.request('/__deliver', { method: 'POST' })
    expect(sent).toHaveLength(2)
    expect(sent[1]?.body).toBe(sent[0]?.body)
  })

  test.each([
    ['notice_lost', 0, 0],
    ['notice_held', 0, 1],
    ['notice_twice', 2, 2],
  ])('%s: %i sent at once, %i in the end', async (fault, atOnce, inTheEnd) => {
    const { app, create, choose, faults, sent } = await open()
    faults.add({ fault, times: 1, action: 'payment.paid' })
    await choose((await create()).body.id, { how: 'pay' })
    expect(sent).toHaveLength(atOnce)
    await app.request('/__deliver', { method: 'POST' })
    expect(sent).toHaveLength(inTheEnd)
  })
})

describe('a payment that is disputed', () => {
  test('on its page: the money is taken, refunds are refused, and the bank decides', async () => {
    const { app, create, choose, ask, sent } = await open()
    const { id } = (await create()).body
    await choose(id, { how: 'dispute' })
    expect((await ask('GET', `/v1/payments/${id}`)).body.status).toBe('open')
    await choose(id, { how: 'pay' })
    expect(await (await app.request(`/pay/${id}`)).text()).toContain('Dispute it')
    expect(await (await choose(id, { how: 'dispute' })).text()).toContain('taken the money back')
    const { data } = JSON.parse(sent.at(-1)?.body ?? '') as { data: { dispute: string } }
    const path = `/v1/disputes/${data.dispute}`
    expect((await ask('GET', path)).body).toMatchObject({
      status: 'taken',
      payment: id,
      amount: 1099,
      evidence_sent: false,
    })
    const refund = { reference: 'ref_1', amount: 500 }
    const refused = await ask('POST', `/v1/payments/${id}/refunds`, refund, { 'idempotency-key': 'r1' })
    expect([refused.status, refused.body.error]).toEqual([409, expect.objectContaining({ code: 'payment_disputed' })])
    const answer = (key: string) =>
      ask('POST', `${path}/evidence`, { summary: 'he watched' }, { 'idempotency-key': key })
    expect((await answer('e1')).body).toMatchObject({ evidence_sent: true })
    expect((await answer('e2')).status).toBe(409)
    expect(await (await choose(id, { how: 'won' })).text()).toContain('decided for the shop')
    expect(sent.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      'payment.paid',
      'dispute.opened',
      'dispute.answered',
      'dispute.won',
    ])
    expect((await ask('POST', `/v1/payments/${id}/refunds`, refund, { 'idempotency-key': 'r2' })).status).toBe(201)
  })

  test('what nobody paid cannot be disputed, nor anything twice', async () => {
    const { ask, create, choose } = await open()
    const { id } = (await create()).body
    expect((await ask('POST', '/__dispute', { id })).status).toBe(409)
    await choose(id, { how: 'pay' })
    expect((await ask('POST', '/__dispute', { id, asks: true })).body).toMatchObject({ status: 'asked' })
    expect((await ask('POST', '/__dispute', { id })).status).toBe(409)
  })
})
