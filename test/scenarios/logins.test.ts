/** What buyers choose of their login: names that are taken by whomever, passwords of their own, renames, and boxes with unusual addresses. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { listEvents } from '#modules/events/queries.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { checkUsername } from '#modules/lines/check-username.ts'
import { type LoginSettings, loginSetting, saveLoginSettings } from '#modules/lines/login-settings.ts'
import { renameLine } from '#modules/lines/rename-line.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { run, sql } from '#platform/db.ts'
import { xuiBoxHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const settle = (world: World, changes: Partial<LoginSettings>) =>
  transaction(world.shop, 'settings', (tx) =>
    saveLoginSettings(tx, world.shop, { ...loginSetting.schema.parse({}), ...changes }),
  )
const strategies = (world: World, username: string, password: string) =>
  transaction(world.shop, 'product', (tx) =>
    run(
      tx,
      sql`update products set username_strategy = ${username}, password_strategy = ${password} where business_id = current_business()`,
    ),
  )
const onField = (code: string, detail: RegExp) => ({
  code: 'invalid_input',
  fields: [{ pointer: '/username', code, detail: expect.stringMatching(detail) }],
})

scenario('chosen names and chosen passwords are what the panel has, and a missing name is asked for', async (world) => {
  await strategies(world, 'chosen', 'chosen')
  await expect(world.customer('ana').orders({ username: '' })).rejects.toMatchObject(onField('required', /choose/))
  await expect(world.customer('ana').orders({ username: 'a b!' })).rejects.toMatchObject(onField('invalid', /3 to 24/))
  await expect(world.customer('ana').orders({ password: 'short' })).rejects.toMatchObject({
    fields: [{ pointer: '/password' }],
  })
  const ana = await world.customer('ana').buys({ username: ' Ana.TV ', password: 'Sunrise2026' })
  const line = await ana.line()
  expect(await line.onPanel()).toMatchObject({ username: 'ana.tv', password: 'Sunrise2026', enabled: true })
  // Without one of his own he gets a readable one; where nothing is left to him, what he sends is not believed.
  const ben = await (await world.customer('ben').buys()).line()
  expect(await ben.password()).toMatch(/^[A-Za-z0-9]{8,}$/)
  await strategies(world, 'generated', 'generated')
  const cem = await (await world.customer('cem').buys({ username: 'cem', password: 'Sunrise2026' })).line()
  expect(await cem.stored()).toMatchObject({ username: expect.stringMatching(/^tv/), requestedUsername: null })
  expect(await cem.password()).not.toBe('Sunrise2026')
})

scenario(
  'a name that only the panel has is seen while it is typed and before it is ordered, by each rule',
  async (world) => {
    await world.addedByHand({ username: 'ana' })
    await world.addedByHand({ username: 'ana1' })
    const asks = (name: string) => checkUsername(world.shop, world.productId, name)
    expect(await asks(' ANA ')).toMatchObject({ verdict: 'taken', asked: 'ana', username: 'ana2', rule: 'next' })
    expect(await asks('ben')).toMatchObject({ verdict: 'free', username: 'ben' })
    expect(await asks('e!')).toMatchObject({ verdict: 'invalid' })

    await settle(world, { when_taken: 'ask' })
    await expect(world.customer('ana').orders()).rejects.toMatchObject(onField('taken', /“ana2” is free/))
    await settle(world, { when_taken: 'refuse' })
    await expect(world.customer('ana').orders()).rejects.toMatchObject(
      onField('taken', /“ana” is taken. Please choose/),
    )
    await settle(world, { when_taken: 'next' })
    const line = await (await world.customer('ana').buys()).line()
    expect(await line.stored()).toMatchObject({ username: 'ana2', requestedUsername: 'ana' })
    expect(await line.onPanel()).toMatchObject({ username: 'ana2', enabled: true })
    const made = () => [...world.panel.store.facts()].filter(({ action }) => action === 'create_line').length
    const before = made()

    // A panel that was not asked, or that does not say: found out when the line is made, and who paid is served under the next name.
    await world.addedByHand({ username: 'dora' })
    await settle(world, { when_taken: 'refuse', asks_panel: false })
    const dora = await (await world.customer('dora').buys()).line()
    expect(await dora.stored()).toMatchObject({ username: 'dora1', requestedUsername: 'dora' })
    expect(made()).toBe(before + 1)
    const mails = await parsedMails(world.mailbox.mails)
    expect(mails.some(({ text }) => text?.includes('dora1') && /\bdora\b/.test(text))).toBe(true)
  },
)

scenario(
  'a panel that is slow or down keeps nobody from ordering, and is not asked by each who types',
  async (world) => {
    await world.strike('panel', { fault: 'slow', ms: 5_000 })
    const began = performance.now()
    const order = await placeOrder(world.shop, {
      cartKey: 'cart/slow',
      planId: world.planId,
      email: 'ana@example.net',
      username: 'ana',
      source: 'storefront',
    })
    expect(performance.now() - began).toBeLessThan(4_000)
    expect(order.status).toBe('awaiting_payment')
    const again = performance.now()
    expect(await checkUsername(world.shop, world.productId, 'ben')).toMatchObject({ verdict: 'free' })
    expect(performance.now() - again).toBeLessThan(1_000)
    world.heal('panel')
    await world.strike('panel', { fault: 'http_500' })
    await world.pass({ minutes: 1 })
    expect(await checkUsername(world.shop, world.productId, 'cem')).toMatchObject({ verdict: 'free' })
  },
)

scenario(
  'a customer renames his line: the old name stops, the mail has the new one, and the limit holds',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const ben = await world.customer('ben').buys()
    await world.addedByHand({ username: 'cem' })
    const line = await ana.line()
    const [before, password] = [present(await line.onPanel()), await line.password()]
    const rename = (typed: string, limited = true) => renameLine(world.shop, line.id, { typed, limited })
    await expect(rename('a!')).rejects.toMatchObject(onField('invalid', /3 to 24/))
    await expect(rename('ben')).rejects.toMatchObject(onField('taken', /“ben” is taken/))
    await expect(rename('cem')).rejects.toMatchObject(onField('taken', /“cem” is taken/)) // Only the panel knows of him.
    await rename(' ANA ') // It has it.
    expect(await line.stored()).toMatchObject({ username: 'ana', doneRevision: (await line.stored()).revision })

    await rename('Ana.Two')
    await world.settle()
    expect(await line.stored()).toMatchObject({ username: 'ana.two', formerLogins: [], differs: [] })
    expect(await line.onPanel()).toEqual({ ...before, username: 'ana.two' })
    expect(await line.password()).toBe(password)
    expect(await world.linesOnPanel('ana')).toEqual([])
    expect(await world.linesOnPanel()).toHaveLength(3)
    const told = (await parsedMails(world.mailbox.mails)).filter(({ subject }) =>
      /login has changed/.test(subject ?? ''),
    )
    expect(told).toHaveLength(1)
    expect(told[0]?.text).toContain('ana.two')

    await expect(rename('ana.three')).rejects.toMatchObject({
      code: 'conflict',
      fields: [{ pointer: '/username', code: 'too_often' }],
    })
    await rename('ana.three', false) // Staff are not counted.
    await world.settle()
    expect(await line.onPanel()).toMatchObject({ username: 'ana.three' })
    await world.pass({ days: 20 })
    await ana.renews()
    await world.pass({ days: 11 })
    await rename('ana.four')
    await world.settle()
    expect(await line.onPanel()).toMatchObject({ username: 'ana.four', enabled: true })
    await settle(world, { renames_a_month: 0 })
    await expect(renameLine(world.shop, (await ben.line()).id, { typed: 'b.en', limited: true })).rejects.toMatchObject(
      {
        code: 'conflict',
      },
    )
  },
)

scenario(
  'the new name is taken on the panel in between: the old one stays, and he may choose once more',
  async (world) => {
    await settle(world, { asks_panel: false })
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    await world.addedByHand({ username: 'zebra' })
    await renameLine(world.shop, line.id, { typed: 'zebra', limited: true })
    await world.settle()
    await world.pass({ minutes: 1 })
    expect(await line.stored()).toMatchObject({
      username: 'ana',
      requestedUsername: 'zebra',
      needsReview: false,
      differs: [],
    })
    expect(await line.onPanel()).toMatchObject({ username: 'ana', enabled: true })
    const events = await read(world.shop, (tx) =>
      listEvents(tx, { subjectId: line.id, type: 'line.username_kept' }, { limit: 9 }),
    )
    expect(events).toHaveLength(1)
    await renameLine(world.shop, line.id, { typed: 'ana.two', limited: true })
    await world.settle()
    expect(await line.onPanel()).toMatchObject({ username: 'ana.two', enabled: true })
    for (const fault of ['timeout_after', 'timeout_before', 'http_500']) {
      const name = `ana.${fault.replaceAll('_', '')}`
      await world.strike('panel', { fault, times: 1, action: 'edit_line' })
      await renameLine(world.shop, line.id, { typed: name, limited: false })
      await world.pass({ hours: 1 })
      expect(await line.onPanel()).toMatchObject({ username: name, enabled: true })
      expect(await world.linesOnPanel()).toHaveLength(2)
    }
  },
)

scenario(
  'a MAG box with an unusual address: asked about, taken or refused, when it is ordered and when it is changed',
  { house: xuiBoxHouse },
  async (world) => {
    const unusual = '02:11:22:33:44:55'
    const buys = (more: object = {}) => world.customer('ana').orders({ mac: unusual, ...more })
    const asked = {
      fields: [{ pointer: '/accept_unusual_mac', code: 'unusual', detail: expect.stringContaining(unusual) }],
    }
    await expect(buys()).rejects.toMatchObject(asked)
    await buys({ acceptUnusualMac: true })
    const usual = await (await world.customer('ben').buys({ mac: '10:27:BE:00:00:01' })).line()
    const change = (mac: string, accepted = false) =>
      transaction(world.shop, 'change', (tx) =>
        changeMac(tx, world.shop, usual.id, { typed: mac, limited: false, accepted }, world.shop.now()),
      )
    await expect(change(unusual)).rejects.toMatchObject(asked)
    await change(unusual, true)
    await transaction(world.shop, 'settings', (tx) =>
      saveSetting(tx, world.shop, loginSetting, { ...loginSetting.schema.parse({}), unusual_mac: 'refuse' }),
    )
    await expect(buys({ acceptUnusualMac: true })).rejects.toMatchObject({
      fields: [{ pointer: '/mac', code: 'unusual' }],
    })
    await settle(world, { unusual_mac: 'allow' })
    await change('02:11:22:33:44:66')
  },
)
