/** Moves and evacuations in the console, without a script. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let other: string
let line: string
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  const ana = await console.customer('ana').buys()
  await console.customer('ben').buys()
  other = (await console.addPanel('panel-b')).id
  await console.mapTo(console.panelId, other)
  line = `/admin/lines/${(await ana.line()).id}`
}, 90_000)
afterAll(() => console.close())

const field = (html: string, name: string) => present(new RegExp(`name="${name}" value="([^"]*)"`).exec(html))[1] ?? ''

test('a line is moved, shown on its way, and goes home', async () => {
  const move = { act: 'move', to_panel_id: other, tells: 'on', reason: 'slow there' }
  expect((await owner.post(line, { ...move, reason: '' })).status).toBe(422)
  expect((await owner.post(line, { ...move, to_panel_id: 'pan_x' })).status).toBe(422)
  expect((await owner.post(line, move)).status).toBe(303)
  expect(await owner.text(line)).toContain('On its way to panel-b')
  expect((await owner.post(line, { act: 'drop_move' })).status).toBe(303)
  expect(await owner.text(line)).not.toContain('On its way to panel-b')
  await owner.post(line, move)
  await console.settle()
  const there = await owner.text(line)
  expect(there).toContain('Why there The line was moved there.')
  expect(there).toMatch(/Left behind .*Panel A .*Off/)
  expect(there).toContain('Moved to another panel')
  expect((await owner.post(line, { ...move, to_panel_id: '' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(line)).toMatch(/Left behind .*panel-b .*Off/)
  const support = await console.person('read_only')
  expect((await support.post(line, move)).status).toBe(403)
})

test('a panel is evacuated: the first lines, a look, the others, and back', async () => {
  const at = `/admin/panels/${console.panelId}`
  expect(await owner.text(at)).toContain('Evacuate')
  const html = await owner.html(`${at}/evacuate`)
  expect(html).toContain('2 lines are on this panel')
  const form = {
    form_key: field(html, 'form_key'),
    to_panel_id: other,
    wave: '10',
    most_failures: '0',
    keep_days: '7',
    tells: 'on',
  }
  const wrong = await owner.post(`${at}/evacuate`, { ...form, canary: '0', reason: 'sold' })
  expect([wrong.status, (await wrong.text()).includes('value="sold"')]).toEqual([422, true])
  const begun = await owner.post(`${at}/evacuate`, { ...form, canary: '1', reason: 'sold' })
  const page = present(begun.headers.get('location'))
  expect(page).toMatch(/^\/admin\/evacuations\/eva_/)
  await console.settle()
  expect(await owner.text(page)).toMatch(/Waits for you .*The first lines were moved .*Still here 1 .*Moved 1 /)
  expect(await owner.text('/admin/attention')).toContain('please look before the others follow')
  expect((await owner.post(page, { act: 'go_on' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(page)).toMatch(/Finished .*Still here 0 .*Moved 2 /)
  expect((await owner.post(page, { act: 'stop' })).status).toBe(409)
  expect((await owner.post(page, { act: 'what' })).status).toBe(400)
  expect((await owner.post(page, { act: 'roll_back' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(page)).toMatch(/Back to Panel A .*Still here 2 .*Moved 2 /)
  expect(await owner.text(at)).toMatch(/Evacuations .*Taken back Finished/)
  const reader = await console.person('read_only')
  expect((await reader.get(`${at}/evacuate`)).status).toBe(403)
  expect((await reader.post(page, { act: 'go_on' })).status).toBe(403)
  expect((await owner.get('/admin/evacuations/eva_00000000000000000000000000')).status).toBe(404)
})
