/** Panels of other kinds, for programs: their packages and credits. */
import { expect, onTestFinished, test } from 'vitest'
import { lookAtPanels } from '#modules/lines/panel-health.ts'
import { mediaServerHouse, xtreamCodesHouse, xuiResellerHouse } from '../../test/support/panel-houses.ts'
import { apiWorld, type Json } from './api.test-support.ts'

async function open(house: typeof xuiResellerHouse) {
  const api = await apiWorld({ house })
  onTestFinished(() => api.world.close())
  return { ...api, panel: `/panels/${api.world.panelId}` }
}

test('a reseller’s account tells its packages and credits', async () => {
  const { done, panel } = await open(xuiResellerHouse)
  const { data } = await done('GET', `${panel}/packages`)
  expect(data).toContainEqual({ id: '2', name: 'Full 1 month', detail: '2 credits' })
  expect(await done('GET', panel)).toMatchObject({
    kind: 'xui_reseller',
    credits: '500.0000',
    credits_at: expect.stringMatching(/Z$/),
    secrets_set: ['api_key'],
  })
})

test('how a panel is, and when staff are told of few credits there', async () => {
  const { ask, done, panel, world } = await open(xuiResellerHouse)
  await lookAtPanels(world.app)
  expect(await done('GET', `${panel}/health`)).toEqual({
    state: 'up',
    looked_at: world.clock.now().toString(),
    last_ok_at: world.clock.now().toString(),
    last_error: null,
    version: null,
    certificate_ends_at: null,
    credits: '500.0000',
    credits_at: world.clock.now().toString(),
    credits_low: null,
    last_day: { calls: 1, failed: 0, p50_ms: expect.any(Number), p95_ms: expect.any(Number) },
    livemode: expect.any(Boolean),
  })
  expect(await done('PATCH', panel, { credits_low: '600' })).toMatchObject({ credits_low: '600.0000' })
  expect((await done('GET', '/attention')).data).toMatchObject([{ kind: 'panel_credits_low' }])
  expect(await done('PATCH', panel, { weight: 2 })).toMatchObject({ credits_low: '600.0000' })
  for (const wrong of ['0', '-1', '1.23456', 'many'])
    expect((await ask('PATCH', panel, { body: { credits_low: wrong } })).body.errors).toMatchObject([
      { pointer: '/credits_low' },
    ])
  const other = await open(xtreamCodesHouse)
  expect((await other.ask('PATCH', other.panel, { body: { credits_low: '5' } })).body.errors).toMatchObject([
    { pointer: '/credits_low', code: 'unsupported' },
  ])
})

test('the calls of a line that is set up are told with what went over the wire, without what lets anybody in', async () => {
  const { done, world } = await open(xuiResellerHouse)
  const line = await (await world.customer('ana').buys()).line()
  const data = (await done('GET', `/lines/${line.id}/calls`)).data as { operation: string; requests: object[] }[]
  const made = data.find(({ operation }) => operation === 'createLine')
  expect(made?.requests).toContainEqual(
    expect.objectContaining({ method: 'POST', status: 200, sent: expect.stringContaining('username=ana') }),
  )
  const { api_key: key } = xuiResellerHouse.settings(world.panelOrigin)
  for (const secret of [String(key), await line.password()]) expect(JSON.stringify(data)).not.toContain(secret)
})

test('how often a panel may be asked stays as it was told, until it is told otherwise', async () => {
  const { ask, done, panel } = await open(xuiResellerHouse)
  expect(await done('GET', panel)).toMatchObject({ requests_per_second: null })
  expect(await done('PATCH', panel, { requests_per_second: 8 })).toMatchObject({ requests_per_second: 8 })
  expect(await done('PATCH', panel, { weight: 2 })).toMatchObject({ requests_per_second: 8 })
  for (const wrong of [0, 51, 2.5, '5'])
    expect((await ask('PATCH', panel, { body: { requests_per_second: wrong } })).body.errors).toMatchObject([
      { pointer: '/requests_per_second' },
    ])
  expect(await done('PATCH', panel, { requests_per_second: null })).toMatchObject({ requests_per_second: null })
})

test('what an account at a panel has besides our calls is listed, explained, and met by purchases that are noted', async () => {
  const { ask, done, panel, world } = await open(xuiResellerHouse)
  const byHand = (credits: number) =>
    world.panel.app.fetch(
      new Request(`${world.panelOrigin}/__credits`, { method: 'POST', body: JSON.stringify({ credits }) }),
    )
  const look = async () => {
    await world.pass({ minutes: 5 })
    await lookAtPanels(world.app)
  }
  await look()
  await byHand(-4)
  await look()
  const [gone] = (await done('GET', `${panel}/account_differences`)).data as Json[]
  expect(gone).toMatchObject({ expected: '500.0000', found: '496.0000', rest: '-4.0000', state: 'open' })
  expect((await done('GET', '/attention')).data).toMatchObject([{ kind: 'panel_credits_unexplained' }])
  const explain = `/account_differences/${gone?.id}/explain`
  expect((await ask('POST', explain, { body: { reason: '' } })).body.errors).toMatchObject([{ pointer: '/reason' }])
  expect(await done('POST', explain, { reason: 'a demo for a friend' })).toMatchObject({ state: 'explained' })
  expect((await ask('POST', explain, { body: { reason: 'again' } })).body.code).toBe('conflict')
  expect((await done('GET', '/attention')).data).toEqual([])
  for (const credits of ['0', '-5', 'many', '1.00001'])
    expect((await ask('POST', `${panel}/account_purchases`, { body: { credits } })).body.errors).toMatchObject([
      { pointer: '/credits' },
    ])
  const bought = await done('POST', `${panel}/account_purchases`, { credits: '50', note: 'By bank.' })
  expect(bought).toMatchObject({ credits: '50.0000', difference_id: null })
  await byHand(50)
  await look()
  const [rise] = (await done('GET', `${panel}/account_differences`)).data as Json[]
  expect(rise).toMatchObject({ bought: '50.0000', rest: '0.0000', state: 'clear' })
  expect((await done('GET', `${panel}/account_purchases`)).data).toMatchObject([{ difference_id: rise?.id }])
  expect(await done('POST', `/account_purchases/${bought.id}/undo`, {})).toMatchObject({
    undone_at: expect.any(String),
  })
  expect((await done('GET', `${panel}/account_differences`)).data).toMatchObject([{ state: 'rise' }, {}])
})

test('panels without packages say so, and have no credits', async () => {
  const { done, panel } = await open(xtreamCodesHouse)
  expect(await done('GET', `${panel}/packages`)).toMatchObject({ data: null })
  expect(await done('GET', panel)).toMatchObject({ credits: null, credits_at: null, secrets_set: ['proof_password'] })
})

test('a media server’s secret address is told to programs that may change panels; other panels have none', async () => {
  const { done, panel } = await open(mediaServerHouse)
  expect(await done('GET', `${panel}/access`)).toMatchObject({
    address: expect.stringMatching(/\/access\/biz_\w+\/pan_\w+\/[\w-]{24}$/),
    asked_at: null,
    allowed: 0,
    refused: 0,
  })
  const other = await open(xuiResellerHouse)
  expect(await other.done('GET', `${other.panel}/access`)).toMatchObject({ address: null })
})
