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
