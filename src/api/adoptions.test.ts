/** Adoptions, for programs. */
import { expect, onTestFinished, test } from 'vitest'
import { apiWorld, type Json } from './api.test-support.ts'

test('what a panel has already is looked at, adopted asleep, rehearsed, woken, and given back', async () => {
  const api = await apiWorld()
  onTestFinished(() => api.world.close())
  const { done, ask, world } = api
  const line = { password: 'secret99', exp_date: 1_900_000_000, max_connections: 2, bouquet: '[1,2,3]' }
  await world.addedByHand(
    { username: 'anna1', contact: 'anna@example.net', allowed_outputs: '[1,2]', ...line },
    { username: 'benno1', contact: 'benno@example.net', allowed_outputs: '[1,2]', ...line },
    { username: 'carla1', contact: null, allowed_outputs: '[1,2]', ...line },
  )
  const wrong = await ask('POST', '/adoptions', { body: { panel_id: world.panelId, csv: 'name\nx' } })
  expect([wrong.status, (wrong.body.errors as Json[])[0]]).toMatchObject([422, { pointer: '/csv' }])
  const made = await done('POST', '/adoptions', { panel_id: world.panelId })
  expect(made).toMatchObject({ state: 'looking', source: 'panel', lines: { fits: 0 } })
  const here = `/adoptions/${made.id}`
  for (const act of ['adopt', 'wake', 'undo', 'look_again'])
    expect([act, (await ask('POST', `${here}/${act}`)).status]).toEqual([act, 409])
  await world.settle()
  expect(await done('GET', here)).toMatchObject({
    state: 'ready',
    lines: { fits: 2, waits: 1 },
    waits_because: { no_email: 1 },
  })
  const [waiting] = (await done('GET', `${here}/lines?state=waits&because=no_email`)).data as Json[]
  expect(waiting).toMatchObject({ username: 'carla1', line_id: null, asleep: null })
  const decide = `/adoption_lines/${waiting?.id}/decide`
  expect((await ask('POST', decide, { body: { plan_id: 'plan_00000000000000000000000000' } })).status).toBe(422)
  expect(await done('POST', decide, { email: 'carla@example.net' })).toMatchObject({ state: 'unread' })
  await world.settle()
  await done('POST', `${here}/adopt`)
  await world.settle()
  expect(await done('GET', here)).toMatchObject({ state: 'adopted', lines: { adopted: 3, asleep: 3 } })
  const [adopted] = (await done('GET', `${here}/lines`)).data as Json[]
  expect(adopted).toMatchObject({ state: 'adopted', asleep: true })
  const told = await done('POST', '/rehearsals', { days: 400, adoption_id: made.id })
  expect(told).toMatchObject({ subscriptions: 3 })
  expect(await done('POST', '/rehearsals', { days: 400 })).toMatchObject({ subscriptions: 0 })
  const subscription = `/subscriptions/${adopted?.subscription_id}`
  expect(await done('POST', `${subscription}/wake`)).toMatchObject({ asleep: false })
  expect((await ask('POST', `${subscription}/wake`)).status).toBe(409)
  await done('POST', `${here}/undo`)
  await world.settle()
  expect(await done('GET', here)).toMatchObject({ state: 'adopted', lines: { adopted: 1, asleep: 0, undone: 2 } })
  await done('POST', `${here}/look_again`)
  await world.settle()
  await done('POST', `${here}/adopt`)
  await world.settle()
  expect(await done('POST', `/panels/${world.panelId}/wake_adopted`)).toMatchObject({ woken: 2, changed: 0 })
  expect((await ask('POST', `/panels/${world.panelId}/wake_adopted`)).status).toBe(409)
  expect((await done('GET', `/adoptions?panel_id=${world.panelId}`)).data).toMatchObject([{ id: made.id }])
})

test('of what is nobody’s one is taken over, one switched off, one removed, each once, with who and why', async () => {
  const api = await apiWorld()
  onTestFinished(() => api.world.close())
  const { done, ask, world } = api
  await world.addedByHand(
    { username: 'anna1', contact: 'anna@example.net' },
    { username: 'benno1' },
    { username: 'carla1' },
  )
  await done('POST', `/panels/${world.panelId}/reconcile`, {})
  await world.settle()
  const found = (await done('GET', '/differences?kind=orphan')).data as Json[]
  const at = (name: string) => `/differences/${found.find(({ username }) => username === name)?.id}`
  const silent = await ask('POST', `${at('benno1')}/remove`, { body: { reason: '' } })
  expect([silent.status, (silent.body.errors as Json[])[0]]).toMatchObject([422, { pointer: '/reason' }])

  const off = { body: { reason: 'nobody pays' }, once: 'off-benno-0001' }
  expect((await ask('POST', `${at('benno1')}/switch_off`, off)).body).toMatchObject({
    state: 'accepted',
    reason: 'nobody pays',
    found: { enabled: false },
  })
  expect((await ask('POST', `${at('benno1')}/switch_off`, off)).status).toBe(200)
  expect(await done('POST', `${at('carla1')}/remove`, { reason: 'a test' })).toMatchObject({
    state: 'closed',
    closed_because: 'removed',
  })
  expect((await ask('POST', `${at('carla1')}/remove`, { body: { reason: 'again' } })).status).toBe(409)
  expect((await world.linesOnPanel()).map(({ username, enabled }) => [username, enabled])).toEqual([
    ['anna1', 1],
    ['benno1', 0],
  ])

  const wrong = await ask('POST', `${at('anna1')}/take_over`, { body: { plan_id: 'plan_00000000000000000000000000' } })
  expect([wrong.status, (wrong.body.errors as Json[])[0]]).toMatchObject([422, { pointer: '/plan_id' }])
  const made = await done('POST', `${at('anna1')}/take_over`, {})
  expect(made).toMatchObject({ state: 'looking', source: 'line', lines: { unread: 1 } })
  expect(await done('POST', `${at('anna1')}/take_over`, {})).toMatchObject({ id: made.id })
  expect((await ask('POST', `${at('carla1')}/take_over`, { body: {} })).status).toBe(409)
})
