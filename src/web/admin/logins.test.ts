/** Settings of logins, and renames by staff, without a script. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { loginSetting } from '#modules/lines/login-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { xuiPairHouse } from '../../../test/support/panel-houses.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole({ house: xuiPairHouse })
  owner = await console.person('owner')
}, 120_000)
afterAll(() => console.close())

const stored = () => transaction(console.shop, 'read', (tx) => readSetting(tx, console.shop, loginSetting))

test('settings are saved; what is wrong is told beside its field and changes nothing', async () => {
  const standard = { when_taken: 'next', asks_panel: true, renames_a_month: 1, unusual_mac: 'warn' }
  expect(await stored()).toEqual(standard)
  const wrong = await owner.post('/admin/logins', { when_taken: 'ask', renames_a_month: '31', unusual_mac: 'allow' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('Please enter a whole number from 0 to 30.')
  expect(await stored()).toEqual(standard)
  const right = { when_taken: 'ask', renames_a_month: '3', unusual_mac: 'warn' }
  expect((await owner.post('/admin/logins', right)).status).toBe(303)
  expect(await stored()).toEqual({ when_taken: 'ask', asks_panel: false, renames_a_month: 3, unusual_mac: 'warn' })
})

test('staff rename a line; a name that is taken is told, and an unusual box is asked about', async () => {
  const line = await (await console.customer('ana').buys({ mac: '00:1A:79:12:34:56', username: 'ana' })).line()
  await console.customer('ben').buys({ mac: '00:1A:79:12:34:57', username: 'ben' })
  const page = `/admin/lines/${line.id}`
  expect(await owner.text(page)).toContain('Rename')
  const taken = await owner.post(page, { act: 'rename', username: 'ben' })
  expect(taken.status).toBe(422)
  expect(await taken.text()).toContain('“ben” is taken')
  expect((await owner.post(page, { act: 'rename', username: 'Ana.TV' })).status).toBe(303)
  await console.settle()
  expect(await line.stored()).toMatchObject({ username: 'ana.tv', differs: [] })
  const unusual = { act: 'change_mac', mac: '02:11:22:33:44:55' }
  const asked = await owner.post(page, unusual)
  expect(asked.status).toBe(422)
  const text = await asked.text()
  for (const word of ['does not begin as MAG boxes do', 'name="accept_unusual_mac"']) expect(text).toContain(word)
  expect((await owner.post(page, { ...unusual, accept_unusual_mac: 'yes' })).status).toBe(303)
  await console.settle()
  expect(await line.stored()).toMatchObject({ mac: unusual.mac, differs: [] })
})
