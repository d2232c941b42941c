/** A customer adds a connection without a script: he sees what it means, pays, takes it back, and asks for fewer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { chooseAtSandbox, present } from '../../../test/support/stories.ts'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
let extra: string
beforeAll(async () => {
  portal = await createPortal()
  extra = await connectionAddOn(portal, 300n)
}, 120_000)
afterAll(() => portal.close())

async function owner(name: string) {
  const purchase = await portal.customer(name).buys()
  const tab = await portal.signedIn(portal.customer(name).email)
  return { purchase, tab, path: `/account/lines/${(await purchase.line()).id}/add-ons` }
}
const field = (html: string, name: string) => present(new RegExp(`name="${name}" value="([^"]+)"`).exec(html))[1] ?? ''
const ask = (path: string, quantity: number) => `${path}?add_on=${extra}&quantity=${quantity}`
const confirmed = (html: string, quantity: number) => ({
  add_on: extra,
  quantity: String(quantity),
  fingerprint: field(html, 'fingerprint'),
})

test('more: shown, paid, there; then fewer, with the next period', async () => {
  const { purchase, tab, path } = await owner('ada')
  expect(await tab.text('/account')).toContain('Add a connection')
  expect(await tab.text(path)).toContain('Extra connection')
  const html = await tab.html(ask(path, 2))
  expect(html).toContain('6.00')
  expect(html).toContain('18.99')
  const answer = await tab.post(path, { ...confirmed(html, 2), gateway: portal.gatewayId })
  const to = present(answer.headers.get('location'))
  expect(to).toMatch(/^http:\/\/pay\.test\//)
  expect(await tab.text(path)).toContain('2 in all, as soon as it is paid')
  await chooseAtSandbox(portal.app, portal.gatewayOrigin, to.split('/').at(-1) ?? '', 'pay')
  await portal.settle()
  expect((await (await purchase.line()).stored()).connections).toBe(4)
  const home = await tab.text('/account')
  expect(home).toContain('4 screens')
  expect(home).toContain('2 of them are add-ons')
  const fewer = await tab.html(ask(path, 1))
  expect(fewer).toContain('With the next period')
  expect((await tab.post(path, confirmed(fewer, 1))).headers.get('location')).toBe('/account')
  expect(await tab.text(path)).toContain('It has 2 now, and 1 from the next period on.')
})

test('taken back before it is paid', async () => {
  const { purchase, tab, path } = await owner('ben')
  await tab.post(path, confirmed(await tab.html(ask(path, 1)), 1))
  expect(await tab.text(path)).toContain('1 in all')
  expect((await tab.post(path, { act: 'undo' })).status).toBe(303)
  expect(await tab.text(path)).not.toContain('as soon as it is paid.')
  expect(await purchase.subscription()).toMatchObject({ addOns: 0 })
})

test('what is not what was shown, what is somebody else’s, and what cannot be had change nothing', async () => {
  const { tab, path } = await owner('cem')
  expect((await tab.post(path, { add_on: extra, quantity: '1', fingerprint: 'x' })).status).toBe(409)
  expect((await tab.post(path, {})).status).toBe(422)
  expect(await tab.text(ask(path, 9))).toContain('At most 4 of it can be had.')
  expect(await tab.text(ask(path, 0))).toContain('That is what it has already.')
  const other = await owner('dora')
  expect((await tab.get(other.path)).status).toBe(404)
  expect((await tab.post(other.path, { act: 'undo' })).status).toBe(404)
  expect((await tab.post(path, { act: 'undo' }, 'https://evil.example')).status).toBe(403)
})
