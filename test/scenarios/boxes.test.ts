/** Boxes sign in by their MAC address: sold, moved to another box, never two lines on one address, over when it is over. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { Refusal } from '#platform/errors.ts'
import { ministraHouse, xuiBoxHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z', house: ministraHouse }
const [first, second, third] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF', '10:27:BE:00:00:01']

const toBox = (world: World, lineId: string, typed: string, limited = false) =>
  transaction(world.shop, 'another-box', (tx) =>
    changeMac(tx, world.shop, lineId, { typed, limited }, world.shop.now()),
  )

/** What the portal answers a box that asks for its profile. */
async function signsIn(world: World, mac: string): Promise<Record<string, unknown> | null> {
  const ask = async (action: string, token = '') => {
    const request = new Request(`${world.panelOrigin}/stalker_portal/server/load.php?type=stb&action=${action}`, {
      headers: { cookie: `mac=${encodeURIComponent(mac)}`, authorization: `Bearer ${token}` },
    })
    return ((await (await world.panel.app.fetch(request)).json()) as { js: Record<string, unknown> }).js
  }
  const { token } = await ask('handshake')
  return typeof token === 'string' ? ask('get_profile', token) : null
}

const mailsAbout = async (world: World, mac: string) =>
  (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes(mac))

scenario('a box is sold, signs in with what was delivered, is cut off and ends', start, async (world) => {
  const ana = await world.customer('ana').buys({ mac: ' 001a.7912.3456 ' })
  const line = await ana.line()
  const stored = await line.stored()
  expect(stored).toMatchObject({ kind: 'mag', mac: first, heldMac: first, differs: [], requestedUsername: null })
  const details = await connectionDetails(world.shop, stored)
  expect(details).toMatchObject({
    portalUrl: 'http://tv.example:8080/stalker_portal/c/',
    username: null,
    password: null,
    m3uUrl: null,
  })
  expect(await signsIn(world, first)).toMatchObject({ mac: first, status: 0 })
  const [mail] = await mailsAbout(world, first)
  expect(mail?.text).toContain('http://tv.example:8080/stalker_portal/c/')
  expect(mail?.text).not.toContain('TV login password')

  await ana.renews()
  await world.until('2026-06-05T12:00:00Z')
  expect(await signsIn(world, first)).toMatchObject({ status: 1 })
  await world.until('2026-06-10T12:00:00Z')
  expect(await signsIn(world, first)).toBeNull()
  expect(await line.stored()).toMatchObject({ wanted: 'ended', heldMac: null })
})

scenario('a new box takes the paid time along, also when the answer is lost', start, async (world) => {
  const ana = await world.customer('ana').buys({ mac: first })
  const line = await ana.line()
  await world.strike('panel', { fault: 'timeout_after', action: 'PUT users', times: 1 })
  await toBox(world, line.id, second)
  await world.settle()
  expect(await line.stored()).toMatchObject({ mac: second, heldMac: second, formerMacs: [first] })
  await world.pass({ minutes: 10 })
  expect(await line.stored()).toMatchObject({ mac: second, formerMacs: [], differs: [] })
  expect(await signsIn(world, first)).toBeNull()
  expect(await signsIn(world, second)).toMatchObject({ status: 0 })
  expect(await mailsAbout(world, second)).toHaveLength(1)
})

scenario('customers move to another box so many times, staff without end', start, async (world) => {
  const ana = await world.customer('ana').buys({ mac: first })
  const line = await ana.line()
  const refused = (typed: string, limited = true) =>
    toBox(world, line.id, typed, limited).catch((error: Refusal) => error)
  await toBox(world, line.id, first, true) // The same box is no move.
  for (const mac of [second, third, first]) await toBox(world, line.id, mac, true)
  expect(await refused(second)).toMatchObject({ code: 'conflict' })
  expect(await refused('00:1A', false)).toMatchObject({ code: 'invalid_input', fields: [{ pointer: '/mac' }] })
  await toBox(world, line.id, second)
  await world.until('2026-05-02T12:00:00Z')
  await ana.renews()
  await toBox(world, line.id, third, true)
})

scenario('a box has one line: an order for one that runs is refused', start, async (world) => {
  await world.customer('ana').buys({ mac: first })
  const refused = await world
    .customer('ben')
    .orders({ mac: '00-1a-79-12-34-56' })
    .catch((error: Refusal) => error)
  expect(refused).toBeInstanceOf(Refusal)
  expect(refused).toMatchObject({ code: 'invalid_input', fields: [{ pointer: '/mac', code: 'taken' }] })
})

scenario(
  'two orders for one box, paid both: the money of each is kept, and one waits for a person',
  start,
  async (world) => {
    const [ana, ben] = [
      await world.customer('ana').orders({ mac: first }),
      await world.customer('ben').orders({ mac: first }),
    ]
    await ana.pays()
    await world.settle()
    await ben.pays()
    await world.settle()
    const [hers, his] = [await ana.line(), await ben.line()]
    expect(await hers.stored()).toMatchObject({ heldMac: first, needsReview: false })
    expect(await ben.subscription()).toMatchObject({ status: 'active' })
    expect(await his.stored()).toMatchObject({
      heldMac: null,
      needsReview: true,
      trouble: 'rejected',
      activatedAt: null,
    })
    expect((await his.stored()).lastAnswer).toContain('Another line on this panel has the MAC address')
    expect(world.truth().filter(({ action }) => action === 'POST accounts')).toHaveLength(2) // With the live test's.
    // Staff correct the address, and all is well.
    await toBox(world, his.id, second)
    await world.settle()
    expect(await his.stored()).toMatchObject({ heldMac: second, needsReview: false, differs: [] })
    expect(await signsIn(world, second)).toMatchObject({ status: 0 })
  },
)

scenario("somebody else's box on the panel is left alone", start, async (world) => {
  const stranger = new URLSearchParams({ login: 'stranger', stb_mac: first, status: '1' })
  const request = new Request(`${world.panelOrigin}/stalker_portal/api/accounts`, {
    method: 'POST',
    body: stranger,
    headers: { authorization: `Basic ${btoa('rest-user:rest-secret-7')}` },
  })
  await world.panel.app.fetch(request)
  const ana = await world.customer('ana').buys({ mac: first })
  const line = await ana.line()
  expect(await line.stored()).toMatchObject({ needsReview: true, activatedAt: null })
  expect((await line.stored()).lastAnswer).toContain('belongs to somebody else')
  expect(await signsIn(world, first)).toMatchObject({ login: 'stranger' })
})

const onXui = { start: '2026-04-01T12:00:00Z', house: xuiBoxHouse }

/** Whether a panel of the XUI family lets the box in. */
async function isLetIn(world: World, mac: string): Promise<boolean> {
  const request = new Request(`${world.panelOrigin}/portal.php?type=stb&action=handshake`, {
    headers: { cookie: `mac=${encodeURIComponent(mac)}` },
  })
  return ((await (await world.panel.app.fetch(request)).json()) as { js: { token: string | null } }).js.token !== null
}

scenario('the same on a panel of the XUI family, with the first answer lost', onXui, async (world) => {
  await world.strike('panel', { fault: 'timeout_after', action: 'create_mag', times: 1 })
  const ana = await world.customer('ana').buys({ mac: first })
  await world.pass({ minutes: 10 })
  const line = await ana.line()
  expect(await line.stored()).toMatchObject({ remoteId: 'mag:311', heldMac: first, differs: [], needsReview: false })
  expect(await isLetIn(world, first)).toBe(true)
  const [mail] = await mailsAbout(world, first)
  expect(mail?.text).toContain('http://tv.example:8080/c/')
  await toBox(world, line.id, second)
  await world.settle()
  expect([await isLetIn(world, first), await isLetIn(world, second)]).toEqual([false, true])
  await world.until('2026-05-05T12:00:00Z')
  expect(await isLetIn(world, second)).toBe(false)
  await world.until('2026-05-10T12:00:00Z')
  expect(await line.stored()).toMatchObject({ wanted: 'ended', heldMac: null })
  expect(
    world
      .truth()
      .filter(({ action }) => action.endsWith('_mag'))
      .map(({ action }) => action),
  ).toEqual(['create_mag', 'edit_mag', 'disable_mag', 'delete_mag'])
})
