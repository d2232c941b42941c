/** A customer renames his line by himself. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLooks } from '../looks.test-support.ts'
import { createPortal, origin, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

const keyIn = (page: string) => /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? ''

test('the old name stops and the new one is shown; what is taken, wrong or too often is told, and changes nothing', async () => {
  const ana = portal.customer('ana')
  await portal.customer('ben').buys()
  const line = await (await ana.buys()).line()
  const tab = await portal.signedIn(ana.email)
  const page = `/account/lines/${line.id}/login`
  const before = await tab.html(page)
  for (const word of ['Change the user name', 'once in 30 days']) expect(before).toContain(word)
  const rename = (username: string, form_key: string) => tab.post(page, { act: 'rename', username, form_key })
  for (const [typed, told] of [
    ['ben', '“ben” is taken'],
    ['!', 'A user name has 3 to 24 letters'],
  ] as const) {
    const wrong = await rename(typed, keyIn(before))
    expect(wrong.status).toBe(422)
    const html = await wrong.text()
    for (const word of [told, `value="${typed}"`]) expect(html).toContain(word)
    expect(await line.stored()).toMatchObject({ username: 'ana' })
  }
  expect((await rename('Ana.TV', keyIn(before))).status).toBe(303)
  await portal.settle()
  expect(await line.stored()).toMatchObject({ username: 'ana.tv', differs: [] })
  const after = await tab.html(page)
  expect(after).toContain('ana.tv')
  const often = await rename('ana.once.more', keyIn(after))
  expect(often.status).toBe(409)
  expect(await often.text()).toContain('changed once within 30 days already')
  expect(await line.stored()).toMatchObject({ username: 'ana.tv' })
  const looks = await openLooks({ answer: portal.answer, origin, signedIn: tab.jar, before: '/sign-in' })
  try {
    await looks.see(page)
  } finally {
    await looks.close()
  }
}, 60_000)
