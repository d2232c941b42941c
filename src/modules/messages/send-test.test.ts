import { simpleParser } from 'mailparser'
import { afterEach, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { changeBusiness } from '#modules/people/business.ts'
import { createWorld, type World } from '../../../test/support/world.ts'
import { mailState, readMailSettings } from './mail-settings.ts'
import { findMessage } from './queries.ts'
import { sendTest } from './send-test.ts'

let world: World
afterEach(() => world.close())

test('a test of the settings arrives, is in the log, and counts as proof', async () => {
  world = await createWorld()
  const { shop } = world
  const result = await sendTest(shop, { to: 'sam@example.org' })
  expect(result).toMatchObject({ delivered: true, status: 'sent' })
  expect(result.detail).toMatch(/^250/)
  const mail = await simpleParser(world.mailbox.mails[0]?.raw ?? '')
  expect(mail.to).toMatchObject({ text: 'sam@example.org' })
  const after = await transaction(shop, 'read', async (tx) => ({
    message: await findMessage(tx, result.messageId),
    tested: (await readMailSettings(tx, shop)).tested_at,
  }))
  expect(after.message).toMatchObject({ kind: 'staff', template: 'test_message', status: 'sent' })
  expect(after.tested).toBe(shop.now().toString())
  await world.settle()
  expect(world.mailbox.mails).toHaveLength(1)
})

test('any text can be tried, filled with examples; that proves nothing about the settings', async () => {
  world = await createWorld()
  const result = await sendTest(world.shop, { to: 'sam@example.org', template: 'credentials' })
  expect(result.delivered).toBe(true)
  expect((await simpleParser(world.mailbox.mails[0]?.raw ?? '')).text).toContain('ana84')
  const settings = await transaction(world.shop, 'read', (tx) => readMailSettings(tx, world.shop))
  expect(settings.tested_at ?? null).toBeNull()
})

test('without a mail server it says so, and nothing counts as tested', async () => {
  world = await createWorld({ withMail: false })
  const result = await sendTest(world.shop, { to: 'sam@example.org' })
  expect(result).toMatchObject({ delivered: false, status: 'not_delivered', detail: 'No mail server is set up.' })
  expect(await transaction(world.shop, 'read', (tx) => mailState(tx, world.shop))).toBe('none')
})

test('an unknown text is not found', async () => {
  world = await createWorld()
  await expect(sendTest(world.shop, { to: 'sam@example.org', template: 'nothing' })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('mails carry the logo of the business, where it has one', async () => {
  world = await createWorld()
  const html = async () => {
    await sendTest(await world.as('system'), { to: 'sam@example.org' })
    return (await simpleParser(world.mailbox.mails.at(-1)?.raw ?? '')).html
  }
  expect(await html()).not.toContain('<img')
  const logo = 'https://northwind.example/logo.png'
  await transaction(world.shop, 'brand', (tx) => changeBusiness(tx, world.shop, { brand: { logo } }))
  expect(await html()).toContain(`<img src="${logo}"`)
})
