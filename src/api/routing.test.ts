/** Where lines go, for programs: the preview, the reason on a line, countries and kept places, planned work. */
import { expect, onTestFinished, test } from 'vitest'
import { apiWorld, type Json, soldPlan } from './api.test-support.ts'

test('the preview tells panel and reason, and a line keeps its own', async () => {
  const api = await apiWorld()
  onTestFinished(() => api.world.close())
  const { done, ask, world } = api
  const other = await world.addPanel('panel-b', { countries: ['AT'], capacity: 10, reserved: 4 })
  await world.mapTo(world.panelId, other.id)
  const preview = (country = '') => done('GET', `/products/${world.productId}/route${country}`)
  expect(await preview('?country=AT')).toMatchObject({
    panel_id: other.id,
    because: 'near',
    country: 'AT',
    panels: [
      { panel_id: other.id, name: 'panel-b', standing: 'chosen', lines: 0, room: 6 },
      { panel_id: world.panelId, standing: 'not_near', room: null },
    ],
  })
  expect(await preview()).toMatchObject({ panel_id: world.panelId, because: 'near', country: null })
  expect((await ask('GET', `/products/${world.productId}/route?country=Austria`)).status).toBe(422)
  const { order } = await soldPlan(api, { country: 'AT' })
  expect(order.line).toMatchObject({
    panel_id: other.id,
    routing: { by: 'rule', because: 'near', country: 'AT', panels: [{ panel_id: other.id, standing: 'chosen' }, {}] },
  })
  await done('PATCH', `/panels/${other.id}`, { reserved: 9, drained: false })
  expect(await preview('?country=AT')).toMatchObject({
    panel_id: world.panelId,
    panels: [{}, { standing: 'full', room: 0 }],
  })
  for (const wrong of [{ reserved: 11 }, { capacity: null }, { countries: ['Austria'] }, { countries: ['AT', 'AT'] }])
    expect([wrong, (await ask('PATCH', `/panels/${other.id}`, { body: wrong })).status]).toEqual([wrong, 422])
  expect(await done('GET', `/panels/${other.id}`)).toMatchObject({
    reserved: 9,
    capacity: 10,
    tested_at: expect.any(String),
  })
})

test('work is planned and ended', async () => {
  const { world, done, ask } = await apiWorld()
  onTestFinished(() => world.close())
  const panel = `/panels/${world.panelId}`
  const work = { starts_at: '2026-01-31T12:00:00Z', ends_at: '2026-01-31T14:00:00Z', reason: 'new disks' }
  expect((await ask('POST', `${panel}/end_work`)).status).toBe(409)
  const late = await ask('POST', `${panel}/plan_work`, { body: { ...work, ends_at: '2026-01-31T11:00:00Z' } })
  expect([late.status, (late.body.errors as Json[])[0]]).toMatchObject([422, { pointer: '/ends_at' }])
  expect(await done('POST', `${panel}/plan_work`, work)).toMatchObject({ work })
  expect(await done('GET', `/products/${world.productId}/route`)).toMatchObject({
    panel_id: world.panelId,
    because: 'only',
  })
  const { starts_at: _, ...now } = work
  expect(await done('POST', `${panel}/plan_work`, now)).toMatchObject({ work })
  expect(await done('POST', `${panel}/end_work`)).toMatchObject({ work: null })
})
