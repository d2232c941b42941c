import { afterAll, beforeAll, expect, test } from 'vitest'
import { ministraHouse, xuiPairHouse } from '../../../test/support/panel-houses.ts'
import { openLooks } from '../looks.test-support.ts'
import { createPortal, origin, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal({ house: ministraHouse })
}, 120_000)
afterAll(() => portal.close())

const keyIn = (page: string) => /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? ''
const [first, second, third] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF', '10:27:BE:00:00:01']

test('a box shows its portal and address, and moves to another one with its paid time', async () => {
  const ana = portal.customer('ana')
  const line = await (await ana.buys({ mac: first })).line()
  const tab = await portal.signedIn(ana.email)
  const page = `/account/lines/${line.id}/login`
  const before = await tab.html(page)
  expect(before).toContain(first)
  expect(before).toContain('/stalker_portal/c/')
  expect(before).toContain('I have a new box')
  expect(before).not.toContain(await line.password())
  expect(before).not.toContain('Change the TV login')

  const wrong = await tab.post(page, { act: 'change_box', mac: '00:1A:79', form_key: keyIn(before) })
  expect(wrong.status).toBe(422)
  const told = await wrong.text()
  expect(told).toContain('A MAC address has 6 pairs')
  expect(told).toContain('value="00:1A:79"')
  expect(await line.stored()).toMatchObject({ mac: first })

  expect((await tab.post(page, { act: 'change_box', mac: '001a79abcdef', form_key: keyIn(told) })).status).toBe(303)
  await portal.settle()
  expect(await line.stored()).toMatchObject({ mac: second, differs: [] })
  expect(await tab.html(page)).toContain(second)
})

test("another customer's box is refused beside the field", async () => {
  const [cem, ben] = [portal.customer('cem'), portal.customer('ben')]
  await cem.buys({ mac: first })
  const line = await (await ben.buys({ mac: third })).line()
  const tab = await portal.signedIn(ben.email)
  const page = `/account/lines/${line.id}/login`
  const form_key = keyIn(await tab.html(page))
  const answer = await tab.post(page, { act: 'change_box', mac: first, form_key })
  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain('has a line already')
  expect((await tab.post(page, { act: 'change', kind: 'auto', form_key: `${form_key}2` })).status).toBe(409)
  expect(await line.stored()).toMatchObject({ mac: third })
})

test('a login with a box shows both, and each is changed by itself', async () => {
  const pairs = await createPortal({ house: xuiPairHouse })
  try {
    const fay = pairs.customer('fay')
    const line = await (await fay.buys({ mac: first, username: 'fay.tv' })).line()
    const tab = await pairs.signedIn(fay.email)
    const page = `/account/lines/${line.id}/login`
    const before = await tab.html(page)
    for (const word of [first, 'http://tv.example:8080/c/', 'fay.tv', await line.password()])
      expect(before).toContain(word)
    for (const word of ['I have a new box', 'Change the TV login']) expect(before).toContain(word)
    expect(await tab.html('/account')).toContain('fay.tv')
    const moved = await tab.post(page, { act: 'change_box', mac: second, form_key: keyIn(before) })
    expect(moved.status).toBe(303)
    await pairs.settle()
    expect(await line.stored()).toMatchObject({ mac: second, username: 'fay.tv', differs: [] })
  } finally {
    await pairs.close()
  }
}, 60_000)

test('the page of a box is read by axe, and fits a phone', async () => {
  const dora = portal.customer('dora')
  const line = await (await dora.buys({ mac: '10:27:BE:00:00:02' })).line()
  const tab = await portal.signedIn(dora.email)
  const looks = await openLooks({ answer: portal.answer, origin, signedIn: tab.jar, before: '/sign-in' })
  try {
    await looks.see(`/account/lines/${line.id}/login`)
    await looks.see('/account')
  } finally {
    await looks.close()
  }
}, 60_000)
