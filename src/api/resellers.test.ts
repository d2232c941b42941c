/** What programs do with resellers, and with the credits that they hold. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { joins, sells } from '../../test/support/resellers.ts'
import { type ApiWorld, apiWorld } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
})
afterAll(() => api.close())

test('a branch is suspended with a look at whom it reaches, and reads how it stands', async () => {
  const south = await joins(api.world, { slug: 'south', credits: 5_000n })
  await sells(api.world, south, 'anabella')
  const path = `/resellers/${south.businessId}`
  expect((await api.ask('GET', `${path}/suspension_preview`)).body).toMatchObject({
    businesses: 1,
    lines: 1,
    customers: 1,
    customers_resting: 1,
  })
  const wish = { lines: 'paused', reason: 'an invoice is open' }
  const wrong = await api.ask('POST', `${path}/suspend`, { body: { ...wish, tell_customers: 'yes' } })
  expect([wrong.status, wrong.body.code]).toEqual([422, 'invalid_input'])
  const done = await api.ask('POST', `${path}/suspend`, { body: { ...wish, tell_customers: true } })
  expect(done.body).toMatchObject({ suspended_lines: 'paused', customers_told: true })
  const his = { key: await api.keyFor(south.businessId) }
  expect((await api.ask('GET', '/businesses/current/standing', his)).body).toMatchObject({
    supplier_name: 'Northwind TV',
    suspended_by: 'supplier',
    suspended_because: 'an invoice is open',
    lines: 'paused',
    customers_told: true,
    closes_at: null,
    closed_at: null,
  })
  await api.world.settle()
  expect((await api.ask('POST', `${path}/lift`)).body).toMatchObject({ suspended_at: null, customers_told: false })
  expect((await api.ask('GET', '/businesses/current/standing')).body).toMatchObject({
    supplier_id: null,
    suspended_at: null,
    suspended_by: null,
  })
})

test('when credits run low is read and set from both sides; filling up and buying several packs, too', async () => {
  const north = await joins(api.world, { slug: 'north', credits: 5_000n })
  const his = { key: await api.keyFor(north.businessId) }
  const standard = { mode: 'standard', under_milli: null, days: null, low_since: null }
  expect((await api.ask('GET', '/wallet/alarm', his)).body).toMatchObject(standard)
  for (const body of [{ mode: 'own' }, { mode: 'off', days: 3 }, { mode: 'own', days: 0 }, { mode: 'mine' }])
    expect((await api.ask('PUT', '/wallet/alarm', { ...his, body })).status).toBe(422)
  const own = { mode: 'own', under_milli: 2_500, days: 4 }
  expect((await api.ask('PUT', '/wallet/alarm', { ...his, body: own })).body).toMatchObject(own)
  const path = `/resellers/${north.businessId}/alarm`
  expect((await api.ask('GET', path)).body).toMatchObject(own)
  expect((await api.ask('PUT', path, { body: { mode: 'standard' } })).body).toMatchObject(standard)
  expect((await api.ask('GET', '/wallet/alarm')).status).toBe(409)
  expect((await api.ask('GET', path, his)).status).toBe(404)

  const pack = await api.done('POST', '/credit_packs', {
    name: 'One',
    credits_milli: 1_000,
    price: { amount: 95, currency: 'EUR' },
    active: true,
  })
  const wish = { under_milli: 3_000, up_to_milli: 9_000, pack_id: pack.id, per_day: 1 }
  const few = await api.ask('PUT', '/wallet/top_up', { ...his, body: { ...wish, up_to_milli: 3_000 } })
  expect([few.status, few.body.code]).toEqual([422, 'invalid_input'])
  expect((await api.ask('PUT', '/wallet/top_up', { ...his, body: wish })).body).toMatchObject(wish)
  const { up_to_milli: _, ...single } = wish
  expect((await api.ask('PUT', '/wallet/top_up', { ...his, body: single })).body).toMatchObject({ up_to_milli: null })
  const body = { pack_id: pack.id, quantity: 25 }
  expect((await api.ask('POST', '/wallet/purchases', { ...his, body: { ...body, quantity: 0 } })).status).toBe(422)
  expect((await api.ask('POST', '/wallet/purchases', { ...his, body })).status).toBe(201)
  const bought = (await api.ask('GET', '/wallet/purchases', his)).body.data
  expect(bought).toMatchObject([{ credits_milli: 25_000, status: 'open' }])
})

test('a reseller is closed with a date, told so by his standing, and stays open when that is taken back', async () => {
  const east = await joins(api.world, { slug: 'east', credits: 5_000n })
  const his = { key: await api.keyFor(east.businessId) }
  const path = `/resellers/${east.businessId}`
  const closes_at = '2027-03-01T00:00:00Z'
  const body = { closes_at, tell_customers: true }
  for (const wrong of [{ closes_at }, { ...body, closes_at: '2001-01-01T00:00:00Z' }, { ...body, closes_at: 'soon' }])
    expect((await api.ask('POST', `${path}/wind_down`, { body: wrong })).status).toBe(422)
  expect((await api.ask('POST', `${path}/wind_down`, { ...his, body })).status).toBe(404)
  expect((await api.ask('GET', '/businesses/current/standing', his)).body).toMatchObject({ closes_at: null })
  expect(await api.done('POST', `${path}/wind_down`, body)).toMatchObject({ closes_at, closed_at: null })
  expect((await api.ask('POST', `${path}/wind_down`, { body })).body.code).toBe('conflict')
  expect((await api.ask('GET', '/businesses/current/standing', his)).body).toMatchObject({ closes_at, closed_at: null })
  expect(await api.done('POST', `${path}/stop_winding_down`, {})).toMatchObject({ closes_at: null })
  expect((await api.ask('POST', `${path}/stop_winding_down`, { body: {} })).body.code).toBe('conflict')
})
