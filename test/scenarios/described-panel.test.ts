/** A panel that its operator described: sold on like on any other, and tried with everything that was sent before his eyes. */
import { expect } from 'vitest'
import { testPanel } from '#modules/lines/test-panel.ts'
import { httpPanelDefaults } from '../../src/imitations/panels/http-panel.ts'
import { httpPanelHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'

const start = { start: '2026-04-01T12:00:00Z', house: httpPanelHouse }

scenario('a sale, a renewal, a suspension and a return', start, async (world) => {
  const ana = await world.customer('ana').buys()
  expect(await world.linesOnPanel()).toMatchObject([{ username: 'ana', enabled: 1, bouquet: '[1]' }])
  await ana.renews()
  await world.until('2026-06-05T12:00:00Z')
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  await world.customer('ana').paysOpenInvoice()
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
  expect(await (await ana.line()).stored()).toMatchObject({ differs: [], trouble: null })
})

for (const fault of ['timeout_after', 'timeout_before', 'http_502'])
  scenario(`${fault} on a sale`, start, async (world) => {
    await world.strike('panel', { fault, action: 'POST lines', times: 1, executes: fault !== 'timeout_before' })
    await world.customer('ana').buys()
    await world.pass({ minutes: 10 })
    expect(await world.linesOnPanel()).toMatchObject([{ username: 'ana', enabled: 1 }])
  })

scenario('the live test shows what was sent and answered, and no secret', start, async (world) => {
  const { ok, calls } = await testPanel(world.shop, world.panelId)
  expect(ok).toBe(true)
  expect(calls.map(({ method, status }) => `${method} ${status}`)).toEqual([
    'GET 200', // The key is tried.
    'GET 200',
    'GET 200', // Nobody has the name.
    'POST 201',
    'GET 200', // Read back.
    'GET 200', // Looked at before it is removed.
    'DELETE 200',
    'GET 404',
  ])
  const shown = JSON.stringify(calls)
  expect(shown).toContain('[redacted]')
  expect(shown).not.toContain(httpPanelDefaults.key)
  const made = calls.find(({ method }) => method === 'POST')
  expect(JSON.parse(made?.sent ?? '')).toMatchObject({ password: '[redacted]', enabled: true })
})
