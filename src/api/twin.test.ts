import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { authenticateKey, createApiKey } from '#modules/people/api-keys.ts'
import { openShop } from '#modules/people/business.ts'
import { addMember, membershipFor, removeMember } from '#modules/people/memberships.ts'
import { machineOrigin } from '#modules/people/twin-address.ts'
import { rows, run, sql } from '#platform/db.ts'
import { liveBusiness } from '../../test/support/live.ts'
import { joins } from '../../test/support/resellers.ts'
import { chooseAtSandbox } from '../../test/support/stories.ts'
import { type ApiWorld, apiWorld, type Json } from './api.test-support.ts'

let api: ApiWorld
let live: Awaited<ReturnType<typeof liveBusiness>>
let key: string
beforeAll(async () => {
  api = await apiWorld()
  live = await liveBusiness(api.world)
  key = await api.keyFor(live.businessId)
})
afterAll(() => api.close())

const testKey = async (scopes: string[] = ['all']) => {
  const made = await api.ask('POST', '/api_keys', { key, body: { name: 'Integration', scopes, mode: 'test' } })
  return made
}

test('a live business makes its twin, and a key of test mode opens that alone', async () => {
  expect((await api.ask('GET', '/twin', { key })).body).toEqual({ twin: null, livemode: true })
  expect((await testKey()).status).toBe(409)
  const made = await api.ask('POST', '/twin', { key })
  expect(made.status).toBe(200)
  const twin = made.body.twin as Json
  expect(twin).toMatchObject({ slug: 'live-test', shop_url: 'https://shop.example/s/live-test', last_called_at: null })
  expect((await api.ask('POST', '/twin', { key })).body).toMatchObject({ changed: 0, twin: { id: twin.id } })

  const { body } = await testKey()
  expect(body).toMatchObject({ key: expect.stringMatching(/^lk_test_/), livemode: false })
  const asTest = { key: String(body.key) }
  expect((await api.ask('GET', '/businesses/current', asTest)).body).toMatchObject({ id: twin.id, livemode: false })
  expect((await api.ask('GET', `/businesses/${live.businessId}`, asTest)).status).toBe(404)
  expect((await api.ask('POST', '/twin', asTest)).status).toBe(409)
  expect(
    (await api.ask('POST', '/api_keys', { ...asTest, body: { name: 'x', scopes: ['all'], mode: 'live' } })).status,
  ).toBe(403)
  // The live one has it in no list.
  expect(JSON.stringify((await api.ask('GET', '/api_keys', { key })).body)).not.toContain('lk_test_')
  const again = await api.ask('GET', '/twin', { key })
  expect((again.body.twin as Json).last_called_at).not.toBeNull()
})

test('what is learned in test mode holds in the live one: an order by the live ids, paid, ready, refused by nobody', async () => {
  await api.ask('POST', '/twin', { key })
  const asTest = { key: String((await testKey()).body.key) }
  const twin = (await api.ask('GET', '/twin', { key })).body.twin as Json
  const gateways = (await api.ask('GET', '/gateways', asTest)).body.data as Json[]
  expect(gateways).toMatchObject([{ kind: 'sandbox', active: true }])
  const order = await api.ask('POST', '/orders', {
    ...asTest,
    body: { plan_id: live.planId, email: 'anna@example.net', gateway: gateways[0]?.id },
  })
  expect([order.status, order.text]).toEqual([201, expect.stringContaining('"livemode":false')])
  const pay = String(order.body.pay_url ?? (order.body.payment as Json | null)?.pay_url ?? '')
  expect(pay).toMatch(new RegExp(`^https://shop.example/sandbox/${twin.id}/pay/`))
  await chooseAtSandbox(api.world.app, machineOrigin(twin.id, 'sandbox'), pay.split('/').at(-1) ?? '', 'pay')
  await api.world.settle()
  expect((await api.ask('GET', `/orders/${order.body.id}`, asTest)).body).toMatchObject({ status: 'ready' })
  expect((await api.ask('GET', `/orders/${order.body.id}`, { key })).status).toBe(404)

  // The login answers, at the house's own address, as it would on a panel; another does not.
  const ready = await api.ask('GET', `/orders/${order.body.id}`, asTest)
  const { m3u_url: playlist } = ready.body.credentials as { m3u_url: string }
  expect(new URL(playlist).origin).toBe('https://shop.example')
  const watch = await api.server.request(playlist)
  expect([watch.status, await watch.text()]).toEqual([200, expect.stringContaining('#EXTM3U')])
  expect((await api.server.request(playlist.replace('password=', 'password=x'))).status).toBe(404)
  const page = await api.server.request(pay)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('12.99')])
  expect((await api.server.request(`https://shop.example/sandbox/${twin.id}/v1/account`)).status).toBe(404)
  expect((await api.server.request(`https://shop.example/sandbox/${live.businessId}/pay/x`)).status).toBe(404)
  expect((await api.ask('GET', '/customers', { key })).body.data).toEqual([])
})

test('who works for the live business works for its twin, and nobody else', async () => {
  await api.ask('POST', '/twin', { key })
  const twin = (await api.ask('GET', '/twin', { key })).body.twin as Json
  const { app } = api.world
  const now = app.clock.now()
  const memberId = await transaction(live.shop, 'staff', (tx) =>
    addMember(tx, live.shop, 'system', { userId: 'user_ines', email: 'ines@harbour.example', role: 'admin' }),
  )
  expect(await membershipFor(app, 'user_ines', twin.id, now)).toMatchObject({
    id: memberId,
    businessId: twin.id,
    role: 'admin',
  })
  expect(await membershipFor(app, 'user_zoe', twin.id, now)).toBeNull()
  expect(await membershipFor(app, 'user_ines', api.world.businessId, now)).toBeNull()

  // A key that she makes in the twin may what she may, as long as she works there.
  const shop = await openShop(app, twin.id, `staff:${memberId}`)
  const made = await transaction(shop, 'key', (tx) => createApiKey(tx, shop, { name: 'hers', scopes: ['all'] }, now))
  expect((await authenticateKey(app, made.key, now)).scopes).toContain('orders:write')
  await transaction(live.shop, 'staff', (tx) => removeMember(tx, live.shop, 'system', memberId))
  await expect(authenticateKey(app, made.key, now)).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(await membershipFor(app, 'user_ines', twin.id, now)).toBeNull()
})

test('a reseller makes his twin, and a key of it sells for credits of test mode', async () => {
  const ria = await joins(api.world, { slug: 'ria', under: live.shop, planIds: [live.planId], credits: 5_000n })
  const his = await api.keyFor(ria.businessId)
  const made = await api.ask('POST', '/twin', { key: his })
  expect(made.status).toBe(200)
  const twin = made.body.twin as Json
  expect((await api.ask('POST', '/twin', { key: his })).body).toMatchObject({ changed: 0 })
  const body = { name: 'Integration', scopes: ['all'], mode: 'test' }
  const asTest = { key: String((await api.ask('POST', '/api_keys', { key: his, body })).body.key) }
  expect(asTest.key).toMatch(/^lk_test_/)
  expect((await api.ask('GET', '/wallet', asTest)).body).toMatchObject({ livemode: false, balance_milli: 1_000_000 })
  expect((await api.ask('GET', '/wallet', { key: his })).body).toMatchObject({ livemode: true, balance_milli: 5_000 })
  const gateways = (await api.ask('GET', '/gateways', asTest)).body.data as Json[]
  const order = await api.ask('POST', '/orders', {
    ...asTest,
    body: { plan_id: live.planId, email: 'anna@example.net', gateway: gateways[0]?.id },
  })
  expect(order.status).toBe(201)
  const pay = String(order.body.pay_url ?? (order.body.payment as Json | null)?.pay_url ?? '')
  await chooseAtSandbox(api.world.app, machineOrigin(String(twin.id), 'sandbox'), pay.split('/').at(-1) ?? '', 'pay')
  await api.world.settle()
  const ready = await api.ask('GET', `/orders/${order.body.id}`, asTest)
  expect(ready.body).toMatchObject({ status: 'ready' })
  // A player with this login is answered by the panel of the supplier in test mode.
  const { m3u_url: playlist } = ready.body.credentials as { m3u_url: string }
  expect((await api.server.request(playlist)).status).toBe(200)
  // Neither his live side, nor his supplier, nor his supplier's key hears of it.
  for (const other of [his, key]) {
    expect((await api.ask('GET', `/orders/${order.body.id}`, { key: other })).status).toBe(404)
    expect((await api.ask('GET', `/resellers/${twin.id}`, { key: other })).status).toBe(404)
  }
  expect((await api.ask('GET', '/twin', { key: his })).body).toMatchObject({ twin: { id: twin.id } })
})

test('a key of test mode that a process made and died is known to who asks again, and is revoked from the live side', async () => {
  await api.ask('POST', '/twin', { key })
  const twin = (await api.ask('GET', '/twin', { key })).body.twin as Json
  const twinShop = await openShop(api.world.app, String(twin.id), 'system')
  const asking = (once: string) =>
    api.ask('POST', '/api_keys', { key, once, body: { name: 'Shop', scopes: ['orders:write'], mode: 'test' } })
  const lost = (once: string) =>
    transaction(live.shop, 'lose', (tx) =>
      run(
        tx,
        sql`update idempotency_keys set status = null, answer = null where business_id = current_business() and key = ${once}`,
      ),
    )
  const made = await asking('died-after')
  await lost('died-after')
  const again = await asking('died-after')
  expect(again.body).toMatchObject({ id: made.body.id, key: null, livemode: false })
  const fresh = await api.ask('POST', `/api_keys/${made.body.id}/rotate`, { key, body: { overlap_hours: 0 } })
  expect(fresh.body).toMatchObject({ name: 'Shop', livemode: false })
  expect((await api.ask('GET', '/orders', { key: String(made.body.key) })).status).toBe(401)
  expect((await api.ask('GET', '/orders', { key: String(fresh.body.key) })).status).toBe(200)
  expect((await api.ask('POST', `/api_keys/${fresh.body.id}/revoke`, { key })).body.revoked_at).not.toBeNull()
  expect((await api.ask('GET', '/orders', { key: String(fresh.body.key) })).status).toBe(401)

  // It died between the two commits: there is no key, and no other is made for the same request.
  const early = await asking('died-between')
  await lost('died-between')
  await transaction(twinShop, 'lose', (tx) =>
    run(tx, sql`delete from api_keys where business_id = current_business() and id = ${String(early.body.id)}`),
  )
  expect((await asking('died-between')).status).toBe(404)
  const told = await transaction(live.shop, 'read', (tx) =>
    rows(
      tx,
      sql<{
        id: string
      }>`select subject_id as id from events where business_id = current_business() and type = 'api_key.created' and data->>'twin' is not null`,
    ),
  )
  expect(told.map(({ id }) => id)).toEqual(expect.arrayContaining([made.body.id, early.body.id]))
})

test('how long things are kept in test mode is set in the live business', async () => {
  expect((await api.ask('GET', '/settings/test_mode', { key })).body).toEqual({ keep_days: 90, livemode: true })
  const set = (days: number) => api.ask('PUT', '/settings/test_mode', { key, body: { keep_days: days } })
  expect((await set(29)).status).toBe(422)
  expect((await set(45)).body).toMatchObject({ keep_days: 45 })
  expect((await api.ask('GET', '/settings/test_mode', { key })).body).toMatchObject({ keep_days: 45 })
})
