/** Lines that are on a panel already, taken over in the console, without a script. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  const line = { password: 'secret99', exp_date: 1_900_000_000, max_connections: 2, bouquet: '[1,2,3]' }
  await console.addedByHand(
    { username: 'anna1', contact: 'anna@example.net', allowed_outputs: '[1,2]', ...line },
    { username: 'benno1', contact: null, reseller_notes: 'pays in cash', allowed_outputs: '[1,2]', ...line },
  )
}, 90_000)
afterAll(() => console.close())

const field = (html: string, name: string) => present(new RegExp(`name="${name}" value="([^"]*)"`).exec(html))[1] ?? ''

test('lines are looked at, decided about, taken over, woken; and a list that is none is refused with what was typed', async () => {
  const panel = `/admin/panels/${console.panelId}`
  expect(await owner.text(panel)).toContain('Take over lines')
  const html = await owner.html(`${panel}/adopt`)
  const form = { form_key: field(html, 'form_key'), source: 'panel', csv: '', plan_id: '' }
  const wrong = await owner.post(`${panel}/adopt`, { ...form, source: 'file', csv: 'who,when\nx,y' })
  const told = await wrong.text()
  expect([wrong.status, told.includes('The first row must name the columns'), told.includes('who,when')]).toEqual([
    422,
    true,
    true,
  ])
  expect((await owner.post(`${panel}/adopt`, { ...form, source: 'file' })).status).toBe(422)
  const begun = await owner.post(`${panel}/adopt`, form)
  const page = present(begun.headers.get('location'))
  expect(page).toMatch(/^\/admin\/adoptions\/ado_/)
  expect(await owner.text(page)).toContain('The lines are being read')
  await console.settle()
  expect(await owner.text(page)).toMatch(/Waits for you .*Can be taken over 1 .*Wait for you 1 .*No e-mail address/)
  expect(await owner.text(page)).toContain('pays in cash')
  const line = present(/name="line" value="(adl_[^"]+)"/.exec(await owner.html(page)))[1] ?? ''
  expect((await owner.post(page, { act: 'decide', line, email: 'nobody' })).status).toBe(422)
  expect((await owner.post(page, { act: 'decide', line, email: 'benno@example.net' })).status).toBe(303)
  await console.settle()
  expect((await owner.post(page, { act: 'adopt' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(page)).toMatch(/They are asleep .*Taken over 2 .*Asleep 2 /)
  expect(await owner.text(panel)).toMatch(/Taken over .*Taken over/)
  const subscriptions = await owner.html('/admin/subscriptions')
  const one = present(/\/admin\/subscriptions\/sub_[0-9a-z]+/.exec(subscriptions))[0]
  expect(await owner.text(one)).toContain('Nobody is billed, written to or cut off until somebody wakes it')
  expect((await owner.post(one, { act: 'wake' })).status).toBe(303)
  expect((await owner.post(one, { act: 'wake' })).status).toBe(409)
  expect((await owner.post(page, { act: 'undo' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(page)).toMatch(/Taken over 1 .*Asleep 0 /)
  expect((await owner.post(page, { act: 'wake' })).status).toBe(409)
  expect((await owner.post(page, { act: 'what' })).status).toBe(400)
  const reader = await console.person('read_only')
  expect((await reader.get(`${panel}/adopt`)).status).toBe(403)
  expect((await reader.post(page, { act: 'look_again' })).status).toBe(403)
  expect((await owner.get('/admin/adoptions/ado_00000000000000000000000000')).status).toBe(404)
})
