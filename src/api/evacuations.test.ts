/** Moves and evacuations, for programs. */
import { expect, onTestFinished, test } from 'vitest'
import { apiWorld, type Json, soldPlan } from './api.test-support.ts'

test('a line is moved, goes home, and what it left is told', async () => {
  const api = await apiWorld()
  onTestFinished(() => api.world.close())
  const { done, ask, world } = api
  const { order } = await soldPlan(api)
  const line = `/lines/${(order.line as Json).id}`
  const other = await world.addPanel('panel-b')
  const to = { to_panel_id: other.id, reason: 'sold', tell_customers: false }
  expect((await ask('POST', `${line}/move`, { body: to })).status).toBe(409)
  expect((await ask('POST', `${line}/drop_move`)).status).toBe(409)
  await world.mapTo(world.panelId, other.id)
  const nowhere = await ask('POST', `${line}/move`, { body: { ...to, to_panel_id: world.panelId } })
  expect([nowhere.status, (nowhere.body.errors as Json[])[0]]).toMatchObject([422, { pointer: '/to_panel_id' }])
  expect(await done('POST', `${line}/move`, to)).toMatchObject({ state: 'waiting', to_panel_id: other.id, back: false })
  expect(await done('POST', `${line}/drop_move`)).toMatchObject({ state: 'dropped' })
  await done('POST', `${line}/move`, to)
  await world.settle()
  expect(await done('GET', line)).toMatchObject({ panel_id: other.id, sync: 'in_step', routing: { because: 'moved' } })
  expect((await done('GET', `${line}/moves`)).data).toMatchObject([{ state: 'done' }, { state: 'dropped' }])
  expect((await done('GET', `${line}/leftovers`)).data).toMatchObject([{ panel_id: world.panelId, state: 'off' }])
  await done('POST', `${line}/move`, { ...to, to_panel_id: world.panelId })
  await world.settle()
  expect(await done('GET', line)).toMatchObject({ panel_id: world.panelId })
  expect((await done('GET', `${line}/leftovers`)).data).toMatchObject([{ panel_id: other.id, state: 'off' }])
})

test('a panel is evacuated, stopped, and taken back', async () => {
  const api = await apiWorld()
  onTestFinished(() => api.world.close())
  const { done, ask, world } = api
  const { order } = await soldPlan(api)
  await world.customer('ben').buys()
  const other = await world.addPanel('panel-b')
  await world.mapTo(world.panelId, other.id)
  const body = { panel_id: world.panelId, reason: 'sold', canary: 1, most_failures: 0 }
  for (const wrong of [{ canary: 0 }, { panel_id: 'pan_x' }, { to_panel_id: world.panelId }, { keep_days: 91 }])
    expect([wrong, (await ask('POST', '/evacuations', { body: { ...body, ...wrong } })).status]).toEqual([wrong, 422])
  const made = await done('POST', '/evacuations', body)
  expect(made).toMatchObject({ state: 'running', wave: 100, keep_days: 7, lines: { left: 2 } })
  expect((await ask('POST', '/evacuations', { body })).status).toBe(409)
  const here = `/evacuations/${made.id}`
  expect((await ask('POST', `${here}/go_on`)).status).toBe(409)
  expect((await ask('POST', `${here}/roll_back`)).status).toBe(409)
  await world.settle()
  expect(await done('GET', here)).toMatchObject({ state: 'waiting', lines: { left: 1, done: 1 } })
  expect(await done('POST', `${here}/stop`)).toMatchObject({
    state: 'stopped',
    stopped_because: 'A person stopped it.',
  })
  await done('POST', `${here}/go_on`)
  await world.settle()
  expect(await done('GET', here)).toMatchObject({ state: 'finished', lines: { left: 0, done: 2 } })
  expect((await done('GET', `/evacuations?panel_id=${world.panelId}`)).data).toMatchObject([{ id: made.id }])
  expect((await done('GET', `${here}/moves?state=done`)).data).toHaveLength(2)
  await done('POST', `${here}/roll_back`)
  await world.settle()
  expect(await done('GET', here)).toMatchObject({ state: 'finished', back: true, lines: { left: 2, back: 2 } })
  expect(await done('GET', `/lines/${(order.line as Json).id}`)).toMatchObject({ panel_id: world.panelId })
})
