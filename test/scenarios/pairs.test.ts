/** A login and a box in one order: one subscription, one line, and on the panel both of them, always alike. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { findProduct, savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { mendDifference } from '#modules/lines/decide-difference.ts'
import { differenceSetting, saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import { moveLine } from '#modules/lines/move-line.ts'
import { mapProduct, savePanel } from '#modules/lines/panels.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { changeTvLogin } from '#modules/lines/want-line.ts'
import { Refusal } from '#platform/errors.ts'
import { ministraPairHouse, nxtHouse, xuiPairHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { familyMonthly } from '../support/shop.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = '2026-04-01T12:00:00Z'
const onXui = { start, house: xuiPairHouse }
const [mac, second] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF']
const bought = { mac: ' 001a.7912.3456 ', username: 'ana.tv' }

/** Whether each of both is on: on a panel that keeps them as one account it is one row. */
async function bothOn(world: World, address = mac) {
  const rows = await world.linesOnPanel()
  const on = (found: (row: Record<string, unknown>) => boolean) => {
    const row = rows.find(found)
    return row === undefined ? null : row.enabled === 1 || row.status === 1 || row.status === '1'
  }
  return [on(({ username, login }) => (username ?? login) === 'ana.tv'), on((row) => row.mac === address)]
}

const compare = async (world: World) => {
  await world.pass({ minutes: 20 })
  await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, world.shop.now()))
  await world.settle()
  expect(world.failures).toEqual([])
  return (await read(world.shop, (tx) => listDifferences(tx, { state: 'open' }, { limit: 9 }))).map(
    ({ kind, shape }) => [kind, shape],
  )
}

for (const [name, house] of Object.entries({ 'the XUI family': xuiPairHouse, Ministra: ministraPairHouse }))
  scenario(
    `on ${name}: sold on one page, told in one mail, extended, stopped, resumed and ended as one`,
    { start, house },
    async (world) => {
      const ana = await world.customer('ana').buys(bought)
      const line = await ana.line()
      const stored = await line.stored()
      expect(stored).toMatchObject({ kind: 'line', box: 'mag', username: 'ana.tv', mac, heldMac: mac, differs: [] })
      expect(await bothOn(world)).toEqual([true, true])
      const details = await connectionDetails(world.shop, stored)
      expect(details).toMatchObject({ username: 'ana.tv', password: await line.password() })
      const mails = (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes(mac))
      expect(mails).toHaveLength(1)
      for (const word of ['ana.tv', await line.password(), details?.portalUrl ?? 'none'])
        expect(mails[0]?.text).toContain(word)
      expect(await ana.subscription()).toMatchObject({ status: 'active' })

      expect(await compare(world)).toEqual([])
      await ana.renews()
      const until = (await line.stored()).wantedUntil
      const ends = (await world.linesOnPanel()).flatMap(({ exp_date }) => (exp_date === undefined ? [] : [exp_date]))
      if (house === xuiPairHouse) expect(new Set(ends)).toEqual(new Set([Math.floor(until.epochMilliseconds / 1000)]))
      await world.until('2026-06-05T12:00:00Z')
      expect(await bothOn(world)).toEqual([false, false])
      await ana.renews()
      expect(await bothOn(world)).toEqual([true, true])
      expect(await compare(world)).toEqual([])
      await world.until('2026-07-20T12:00:00Z')
      expect(await line.stored()).toMatchObject({ wanted: 'ended', heldMac: null })
      expect(await bothOn(world)).toEqual([null, null])
    },
  )

scenario('the answer for the box was lost after it was made: it is not made twice', onXui, async (world) => {
  await world.strike('panel', { fault: 'timeout_after', action: 'create_mag', times: 1 })
  const line = await (await world.customer('ana').buys(bought)).line()
  expect((await line.stored()).activatedAt).toBeNull()
  await world.pass({ minutes: 10 })
  expect(await line.stored()).toMatchObject({ differs: [], needsReview: false, trouble: null })
  expect(await bothOn(world)).toEqual([true, true])
  expect(
    world
      .truth()
      .map(({ action }) => action)
      .filter((action) => action.startsWith('create_') || action.startsWith('edit_'))
      .slice(-2),
  ).toEqual(['create_line', 'create_mag'])
})

scenario('another box, another password: each is changed, the other stays', onXui, async (world) => {
  const line = await (await world.customer('ana').buys(bought)).line()
  const before = await line.password()
  await transaction(world.shop, 'another-box', (tx) =>
    changeMac(tx, world.shop, line.id, { typed: second, limited: true }, world.shop.now()),
  )
  await world.settle()
  expect([await bothOn(world), await bothOn(world, second)]).toEqual([
    [true, null],
    [true, true],
  ])
  await transaction(world.shop, 'another-password', (tx) =>
    changeTvLogin(tx, world.shop, line.id, null, world.shop.now()),
  )
  await world.settle()
  expect(await line.password()).not.toBe(before)
  expect(await line.onPanel()).toMatchObject({ enabled: true, password: await line.password() })
  expect(await line.stored()).toMatchObject({ mac: second, heldMac: second, differs: [] })
})

scenario('a comparison takes the box for what it is, and sets it right with its line', onXui, async (world) => {
  const ana = await world.customer('ana').buys(bought)
  const line = await ana.line()
  const hidden = String((await world.linesOnPanel()).find((row) => row.mac === mac)?.username)
  await world.byHand('edit', { username: hidden, fields: { enabled: 0 } })
  expect(await compare(world)).toEqual([]) // Paid and not served: mended by itself.
  expect(await bothOn(world)).toEqual([true, true])
  await world.until('2026-05-05T12:00:00Z')
  expect(await bothOn(world)).toEqual([false, false])
  await world.byHand('edit', { username: hidden, fields: { enabled: 1, exp_date: null } })
  expect(await compare(world)).toEqual([])
  expect(await bothOn(world)).toEqual([false, false])
  expect((await line.stored()).needsReview).toBe(false)
})

scenario('a box that was deleted by hand is told by the next comparison, and made anew', onXui, async (world) => {
  const line = await (await world.customer('ana').buys(bought)).line()
  await world.customer('ben').buys({ mac: second, username: 'ben.tv' })
  const mends = (kinds: ['paid_not_served'] | []) =>
    transaction(world.shop, 'settings', (tx) =>
      saveDifferenceSettings(tx, world.shop, { ...differenceSetting.schema.parse({}), mends: kinds }),
    )
  const forgetBox = async () => {
    const hidden = String((await world.linesOnPanel()).find((row) => row.mac === mac)?.username)
    await world.byHand('forget', { username: hidden })
    expect(await bothOn(world)).toEqual([true, null])
  }
  const all = () => read(world.shop, (tx) => listDifferences(tx, {}, { limit: 9 }))
  // Nothing is set right unasked: it stays open, and a person does it.
  await mends([])
  await forgetBox()
  expect(await compare(world)).toEqual([['paid_not_served', 'box_absent']])
  const [told] = await all()
  expect(told).toMatchObject({
    lineId: line.id,
    username: 'ana.tv',
    canMend: true,
    hidden: false,
    found: { enabled: true },
  })
  expect(await compare(world)).toEqual([['paid_not_served', 'box_absent']])
  expect(await all()).toHaveLength(1)
  await mendDifference(world.shop, present(told).id)
  await world.settle()
  expect(await bothOn(world)).toEqual([true, true])
  expect(await compare(world)).toEqual([])
  expect(await all()).toMatchObject([{ state: 'closed', closedBecause: 'mended' }])
  // By itself, as a line that is gone.
  await mends(['paid_not_served'])
  await forgetBox()
  expect(await compare(world)).toEqual([])
  expect(await bothOn(world)).toEqual([true, true])
  // Suspended: nobody misses it, and it comes with the next payment.
  await world.until('2026-05-05T12:00:00Z')
  const off = String((await world.linesOnPanel()).find((row) => row.mac === mac)?.username)
  await world.byHand('forget', { username: off })
  expect(await compare(world)).toEqual([])
  expect(await bothOn(world)).toEqual([false, null])
})

scenario('it moves to another panel with both, and leaves neither on behind', onXui, async (world) => {
  const line = await (await world.customer('ana').buys(bought)).line()
  const other = await world.addPanel('panel-b')
  await world.mapTo(world.panelId, other.id)
  await transaction(world.shop, 'move', (tx) =>
    moveLine(
      tx,
      world.shop,
      line.id,
      { toPanelId: other.id, reason: 'sold', tells: true, keepDays: 7 },
      world.shop.now(),
    ),
  )
  await world.settle()
  expect(await line.stored()).toMatchObject({ panelId: other.id, mac, heldMac: mac, differs: [] })
  expect((await other.lines()).map(({ enabled }) => enabled)).toEqual([1, 1])
  expect(await bothOn(world)).toEqual([false, false])
  expect(await compare(world)).toEqual([])
  await world.pass({ days: 8 })
  expect(await bothOn(world)).toEqual([null, null])
})

scenario('a box has one line, alone or beside a login', onXui, async (world) => {
  await world.customer('ana').buys(bought)
  const refused = await world
    .customer('ben')
    .orders({ mac: '00-1a-79-12-34-56' })
    .catch((error: Refusal) => error)
  expect(refused).toBeInstanceOf(Refusal)
  expect(refused).toMatchObject({ fields: [{ pointer: '/mac', code: 'taken' }] })
  const without = await world
    .customer('cem')
    .orders({})
    .catch((error: Refusal) => error)
  expect(without).toMatchObject({ fields: [{ pointer: '/mac', code: 'required' }] })
})

scenario('a panel that cannot make both is refused where it is mapped, and where it is sold', onXui, async (world) => {
  const { shop, productId } = world
  const cannot = await transaction(shop, 'panel', (tx) =>
    savePanel(tx, shop, {
      name: 'By package',
      kind: nxtHouse.imitation.kind,
      settings: nxtHouse.settings('http://nxt.test'),
      weight: 1,
      capacity: null,
      drained: false,
    }),
  )
  const mapped = transaction(shop, 'map', (tx) =>
    mapProduct(tx, shop, productId, [{ panelId: cannot, ...nxtHouse.package }]),
  )
  await expect(mapped).rejects.toMatchObject({
    fields: [{ pointer: '/line_kind', code: 'unsupported', detail: expect.stringContaining('By package cannot make') }],
  })
  // Mapped as a login, and made both afterwards.
  const { facts } = await transaction(shop, 'other-product', async (tx) => {
    const product = present(await findProduct(tx, productId))
    const login = { ...product, name: 'Login', box: null }
    const id = await saveProduct(tx, shop, login)
    await mapProduct(tx, shop, id, [{ panelId: cannot, ...nxtHouse.package }])
    await savePlan(tx, shop, { ...familyMonthly(id, shop.currency), name: 'Both by package' })
    return { facts: { ...login, id } }
  })
  await world.tamper(`update panels set tested_at = created_at where id = '${cannot}'`)
  await transaction(shop, 'with-box', (tx) => saveProduct(tx, shop, { ...facts, box: 'mag' }, facts.id))
  const order = world.customer('dan').orders({ plan: 'Both by package', mac })
  await expect(order).rejects.toMatchObject({ code: 'not_sellable', fields: [{ code: 'unsupported' }] })
})
