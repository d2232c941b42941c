/**
 * What went over the wire while a line was set up is shown to staff, with the bodies of requests and replies: and no key of ours, no password, no address
 * of a box is in it, neither of the line nor of others whom a panel lists beside it.
 */
import { expect } from 'vitest'
import { forgetOldLooks } from '#modules/lines/panel-health.ts'
import { callsOf } from '#modules/lines/queries.ts'
import type { TracedCall } from '#modules/lines/trace-calls.ts'
import * as houses from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const neighbour = { username: 'ana1', password: 'Neighbour-Pw-77' }
const mac = '00:1A:79:4C:3B:2A'

const shown = async (world: World, lineId: string): Promise<TracedCall[]> =>
  (await read(world.shop, (tx) => callsOf(tx, { lineId }))).flatMap(({ requests }) => requests ?? [])

/** In every form in which it may travel. */
function expectNowhere(text: string, secret: string): void {
  expect(secret.length).toBeGreaterThan(5)
  const bare = secret.replaceAll(':', '')
  const base64 = Buffer.from(secret).toString('base64')
  for (const form of [secret, bare, base64, encodeURIComponent(secret), encodeURIComponent(base64)])
    expect(text.toLowerCase()).not.toContain(form.toLowerCase())
}

const secretFields = ['api_key', 'token', 'password', 'auth_user', 'key', 'proof_password']

for (const [name, house] of Object.entries(houses)) {
  if (!name.endsWith('House') || typeof house !== 'object' || name === 'mediaServerHouse') continue
  // A portal is asked for one account only.
  const listsOthers = house.imitation.kind !== 'ministra'
  const withBox = house.lineKind === 'mag' || house.box === 'mag'

  scenario(
    `${name}: the calls of a set-up are shown with their bodies, and nobody can sign in by them`,
    { house },
    async (world) => {
      if (listsOthers) await world.addedByHand(neighbour)
      const ana = await world.customer('ana').orders(withBox ? { mac } : {})
      await world.strike('panel', { fault: 'http_502', times: 1, executes: true })
      await ana.pays()
      await world.pass({ minutes: 20 })
      const line = await ana.line()
      const { trouble, activatedAt } = await line.stored()
      expect({ trouble, up: activatedAt !== null }).toEqual({ trouble: null, up: true })
      const requests = await shown(world, line.id)
      expect(requests.filter(({ status }) => status === 502)).toHaveLength(1)
      expect(requests.some(({ sent, url }) => `${sent}${url}`.includes(house.lineKind === 'mag' ? '[' : 'ana'))).toBe(
        true,
      )
      expect(requests.some(({ status, answer }) => status === 200 && answer !== '')).toBe(true)
      for (const each of requests) {
        expect(each.sent.length).toBeLessThanOrEqual(2_001)
        expect(each.answer.length).toBeLessThanOrEqual(2_001)
      }
      const text = JSON.stringify(requests)
      expectNowhere(text, await line.password())
      expectNowhere(text, neighbour.password)
      if (withBox) expectNowhere(text, mac)
      for (const [field, value] of Object.entries(house.settings(world.panelOrigin)))
        if (secretFields.includes(field)) expectNowhere(text, String(value))
    },
  )
}

scenario('what went over the wire is kept of set-ups and failures, for two weeks', async (world) => {
  const ana = await world.customer('ana').buys()
  const { id } = await ana.line()
  const first = (await shown(world, id)).length
  expect(first).toBeGreaterThan(1)
  await ana.renews()
  expect(await shown(world, id)).toHaveLength(first)
  await world.strike('panel', { fault: 'http_502', times: 1 })
  await ana.renews()
  await world.pass({ minutes: 20 })
  expect((await shown(world, id)).length).toBeGreaterThan(first)
  await world.pass({ hours: 15 * 24 })
  await forgetOldLooks(world.app)
  expect(await shown(world, id)).toEqual([])
})
