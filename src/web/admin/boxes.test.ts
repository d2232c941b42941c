/** Products for boxes and their lines, as staff see them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findProduct } from '#modules/catalog/plans.ts'
import { ministraHouse } from '../../../test/support/panel-houses.ts'
import { present } from '../../../test/support/stories.ts'
import { openLooks } from '../looks.test-support.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

const [first, second] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF']

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole({ house: ministraHouse })
  owner = await console.person('owner')
}, 120_000)
afterAll(() => console.close())

test('staff see the box with what the panel has, move it to another one, and its login is portal and address', async () => {
  const line = await (await console.customer('ana').buys({ mac: first })).line()
  const page = `/admin/lines/${line.id}`
  const shown = await (await owner.get(page)).text()
  expect(shown).toContain(first)
  expect(shown).toContain('Another box')
  expect(shown).not.toContain('Change TV login')
  const login = await (await owner.post(`${page}/login`)).text()
  expect(login).toContain('/stalker_portal/c/')
  expect(login).not.toContain(await line.password())

  expect(await (await owner.get('/admin/lines')).text()).toContain(first)
  const wrong = await owner.post(page, { act: 'change_mac', mac: 'zz' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('only the digits 0 to 9')
  expect((await owner.post(page, { act: 'change_mac', mac: second })).status).toBe(303)
  await console.settle()
  expect(await line.stored()).toMatchObject({ mac: second, differs: [] })
})

const form = {
  name: 'Boxes',
  description: '',
  line_kind: 'mag',
  connections: '1',
  outputs: 'ts',
  username_strategy: 'generated',
  password_strategy: 'generated',
  active: 'on',
  position: '0',
}

test('a product for boxes is one connection, on panels that know such boxes', async () => {
  const page = `/admin/products/${console.productId}`
  const mapped = { [`map.${console.panelId}`]: 'on', [`package.${console.panelId}`]: 'basic' }
  const two = await owner.post(page, { ...form, ...mapped, connections: '2' })
  expect(two.status).toBe(422)
  expect(await two.text()).toContain('A box is one connection')
  const enigma = await owner.post(page, { ...form, ...mapped, line_kind: 'enigma' })
  expect(enigma.status).toBe(422)
  expect(await enigma.text()).toContain('makes no lines for boxes of this kind')
  const kept = await transaction(console.shop, 'read', (tx) => findProduct(tx, console.productId))
  expect(present(kept)).toMatchObject({ lineKind: 'mag', connections: 1, name: 'Family' })
})

test('a login with a box is one product where the panel can, and one line with both', async () => {
  const page = `/admin/products/${console.productId}`
  const mapped = { [`map.${console.panelId}`]: 'on', [`package.${console.panelId}`]: 'basic' }
  const pair = { ...form, ...mapped, name: 'Pair', line_kind: 'line_mag', username_strategy: 'hybrid' }
  const enigma = await owner.post(page, { ...pair, line_kind: 'line_enigma' })
  expect(enigma.status).toBe(422)
  expect(await enigma.text()).toContain('cannot make a login and a box of this kind as one line')
  expect((await owner.post(page, pair)).status).toBe(303)
  const kept = await transaction(console.shop, 'read', (tx) => findProduct(tx, console.productId))
  expect(present(kept)).toMatchObject({ lineKind: 'line', box: 'mag' })
  expect(await (await owner.get(page)).text()).toContain('Both in one order, paid and stopped as one')
  const line = await (await console.customer('eli').buys({ mac: '10:27:BE:00:00:03', username: 'eli.tv' })).line()
  const shown = await (await owner.get(`/admin/lines/${line.id}`)).text()
  for (const word of ['eli.tv', '10:27:BE:00:00:03', 'Another box', 'Change TV login', 'with a MAG box'])
    expect(shown).toContain(word)
  expect(shown).not.toMatch(/>true</)
  const login = await (await owner.post(`/admin/lines/${line.id}/login`)).text()
  for (const word of ['/stalker_portal/c/', '10:27:BE:00:00:03', await line.password()]) expect(login).toContain(word)
})

test('the pages of a box are read by axe, and fit a phone', async () => {
  const line = await (await console.customer('dora').buys({ mac: '10:27:BE:00:00:02' })).line()
  const { answer, origin } = console
  const looks = await openLooks({ answer, origin, signedIn: owner.jar, before: '/admin/sign-in' })
  try {
    await looks.see(`/admin/lines/${line.id}`)
    await looks.see('/admin/lines')
  } finally {
    await looks.close()
  }
}, 60_000)
