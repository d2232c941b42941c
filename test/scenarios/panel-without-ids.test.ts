/** A panel that knows lines by their login only, and deletes none: what must be remembered here, since it cannot be asked there. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { testPanel } from '#modules/lines/test-panel.ts'
import { changeTvLogin } from '#modules/lines/want-line.ts'
import { xtreamCodesHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z', house: xtreamCodesHouse }

const newLogin = (world: World, lineId: string, password: string) =>
  transaction(world.shop, 'new-login', (tx) => changeTvLogin(tx, world.shop, lineId, password, world.shop.now()))

const ours = async (world: World) =>
  (await world.linesOnPanel()).filter(({ reseller_notes: notes }) => String(notes).includes('ref:line_'))

scenario('a sale, a renewal, a suspension and an end on Xtream Codes', start, async (world) => {
  const ana = await world.customer('ana').buys()
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1, bouquet: '[1,2,3]', max_connections: 2 })
  await ana.renews()
  const until = (await world.lineOnPanel('ana'))?.exp_date
  expect(until).toBeGreaterThan(Temporal.Instant.from('2026-06-01T00:00:00Z').epochMilliseconds / 1000)
  await world.until('2026-06-05T12:00:00Z')
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  await world.until('2026-06-10T12:00:00Z')
  expect(await ana.subscription()).toMatchObject({ status: 'terminated' })
  // Nothing is deleted there: it is off, over, and told to the panel's administrator.
  const left = await world.lineOnPanel('ana')
  expect(left).toMatchObject({ enabled: 0, reseller_notes: expect.stringMatching(/^linekeeper:ended ref:line_/) })
  expect(left?.exp_date).toBeLessThan(world.clock.now().epochMilliseconds / 1000)
})

scenario('an answer lost at the first sale is adopted, not sold again', start, async (world) => {
  await world.strike('panel', { fault: 'timeout_after', action: 'user_create', times: 1 })
  await world.customer('ana').buys()
  await world.pass({ minutes: 10 })
  expect((await ours(world)).filter(({ username }) => String(username).startsWith('ana'))).toHaveLength(1)
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
})

scenario('new logins in a row, while no answer comes, lose nobody', start, async (world) => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  await world.strike('panel', { fault: 'timeout_after', action: 'user_edit', times: 1 })
  await newLogin(world, line.id, 'secondPass2')
  await world.settle() // The panel has the second, and nobody here knows.
  await world.strike('panel', { fault: 'timeout_before', action: 'user_edit', times: 1 })
  await newLogin(world, line.id, 'thirdPass33')
  await world.settle()
  expect((await line.stored()).formerLogins).toHaveLength(2)
  await newLogin(world, line.id, 'fourthPass4')
  await world.pass({ minutes: 10 })
  expect(await line.onPanel()).toMatchObject({ password: 'fourthPass4', enabled: true })
  expect((await line.stored()).formerLogins).toEqual([])
  expect(await ours(world)).toHaveLength(2) // With what is left of the panel's live test.
})

scenario('another business cannot use a panel that is not its own', start, async (world) => {
  await world.customer('ana').buys()
  const before = await ours(world)
  const refused = await world.another('stranger', { house: xtreamCodesHouse }).catch((error: Error) => error)
  expect(String(refused)).toMatch(/Write LK-\w+ into the admin notes/)
  expect(await ours(world)).toEqual(before)
  expect(await testPanel(world.shop, world.panelId)).toMatchObject({ ok: true })
})
