/** Boxes on panels whose protocol cannot make them, or cannot make them as one with a login: a clear sentence, and nothing is made. */
import { expect, onTestFinished, test } from 'vitest'
import {
  httpPanelHouse,
  mediaServerHouse,
  nxtHouse,
  oneStreamHouse,
  xuiResellerHouse,
} from '../../test/support/panel-houses.ts'
import { apiWorld, type Json } from './api.test-support.ts'

const alone = 'makes no lines for boxes of this kind.'
const asOne = 'cannot make a login and a box of this kind as one line.'
test.each([
  ['nxt', nxtHouse, { line_kind: 'mag' }, alone],
  ['nxt', nxtHouse, { line_kind: 'line', box: 'mag' }, asOne],
  ['onestream', oneStreamHouse, { line_kind: 'enigma' }, alone],
  ['onestream', oneStreamHouse, { line_kind: 'line', box: 'enigma' }, asOne],
  ['xui_reseller', xuiResellerHouse, { line_kind: 'line', box: 'mag' }, asOne],
  ['http_panel', httpPanelHouse, { line_kind: 'mag' }, alone],
  ['media_server', mediaServerHouse, { line_kind: 'mag' }, alone],
] as const)('%s: %#', async (_, house, kind, sentence) => {
  const api = await apiWorld({ house })
  onTestFinished(() => api.world.close())
  const { ask, done, world } = api
  const [panel] = (await done('GET', '/panels')).data as Json[]
  const before = [((await done('GET', '/products')).data as Json[]).length, world.truth().length]
  const { packageId, bouquets } = house.package
  const refused = await ask('POST', '/products', {
    body: {
      name: 'Boxes',
      description: '',
      connections: 1,
      outputs: ['hls'],
      active: true,
      ...kind,
      panels: [{ panel_id: world.panelId, bouquets, ...(packageId === undefined ? {} : { package_id: packageId }) }],
    },
  })
  expect(refused.status).toBe(422)
  expect((refused.body.errors as Json[])[0]).toMatchObject({
    pointer: '/line_kind',
    code: 'unsupported',
    detail: `${panel?.name} ${sentence} Choose another panel for it.`,
  })
  expect([((await done('GET', '/products')).data as Json[]).length, world.truth().length]).toEqual(before)
})
