/** Where lines go, in the console without a script: the preview, planned work, and the reason on the line. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findPanel } from '#modules/lines/panels.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
}, 90_000)
afterAll(() => console.close())

const stored = () => transaction(console.shop, 'read', (tx) => findPanel(tx, console.panelId))
const settings = {
  'settings.url': 'http://panel.test/k3Fa9xQp/',
  'settings.viewer_host': 'tv.example',
  'settings.viewer_port': '8080',
}

test('the preview says where an order would go and why; what is barred says by what', async () => {
  const page = '/admin/panels/routing'
  expect(await owner.text('/admin/panels')).toContain('Where lines go')
  const plain = await owner.text(page)
  expect(plain).toContain('It would go to Panel A')
  expect(plain).toContain('It is the only panel with this product.')
  const save = { act: 'save', name: 'Panel A', weight: '1', ...settings }
  const at = `/admin/panels/${console.panelId}`
  const wrong = await owner.post(at, { ...save, capacity: '5', reserved: '6', countries: 'Germany' })
  const told = await wrong.text()
  expect(wrong.status).toBe(422)
  expect(told).toContain('Please enter codes of two letters')
  expect(told).toContain('value="Germany"')
  const more = await owner.post(at, { ...save, capacity: '5', reserved: '6' })
  expect([more.status, (await more.text()).includes('This is more than it holds.')]).toEqual([422, true])
  expect(await stored()).toMatchObject({ capacity: null, reserved: 0, countries: [] })
  expect((await owner.post(at, { ...save, capacity: '5', reserved: '2', countries: 'at, DE' })).status).toBe(303)
  expect(await stored()).toMatchObject({ capacity: 5, reserved: 2, countries: ['AT', 'DE'] })
  expect(await owner.text(`${page}?country=at`)).toMatch(
    /It would go to Panel A .* Chosen Lines 0 Free places 3 Weight 1/,
  )
  const us = await owner.text(`${page}?country=US`)
  expect(us).toContain('It would go nowhere')
  expect(us).toContain('For other countries')
  expect(await owner.text(`${page}?country=USA`)).toContain('Please enter two letters')
  await console.customer('ana').buys({ country: 'DE' })
  const [, line] = /href="(\/admin\/lines\/line_[^"]+)"/.exec(await owner.html('/admin/lines')) ?? []
  expect(await owner.text(line ?? '')).toContain('Why there It is the only panel with this product.')
  const [, order] = /href="(\/admin\/orders\/ord_[^"]+)"/.exec(await owner.html('/admin/orders')) ?? []
  expect(await owner.text(order ?? '')).toContain('Why there It is the only panel with this product.')
})

test('planned work is planned, shown, moved and ended; what is wrong is told beside its field', async () => {
  const at = `/admin/panels/${console.panelId}`
  expect(await owner.text(at)).toContain('None is planned.')
  const work = { act: 'plan_work', starts_at: '2026-02-03T04:00', ends_at: '2026-02-03T06:00', reason: 'New disks' }
  const wrong = await owner.post(at, { ...work, ends_at: '2026-02-03T03:00' })
  expect(wrong.status).toBe(422)
  const told = await wrong.text()
  expect(told).toContain('The end comes after the beginning.')
  expect(told).toContain('value="New disks"')
  expect((await owner.post(at, { ...work, reason: '' })).status).toBe(422)
  expect((await stored())?.workEnds).toBeNull()
  expect((await owner.post(at, work)).status).toBe(303)
  expect(await owner.text(at)).toMatch(/Planned ?: New disks/)
  expect((await stored())?.workStarts?.toString()).toBe('2026-02-03T03:00:00Z')
  await console.until('2026-02-03T04:00:00Z')
  expect(await owner.text('/admin/panels')).toContain('Maintenance')
  expect(await owner.text(at)).toMatch(/Going on ?: New disks/)
  expect((await owner.post(at, { act: 'end_work' })).status).toBe(303)
  expect((await owner.post(at, { act: 'end_work' })).status).toBe(409)
  expect(await owner.text(at)).toContain('None is planned.')
  const reader = await console.person('read_only')
  expect((await reader.post(at, work)).status).toBe(403)
  expect(await reader.text('/admin/panels/routing')).toContain('Panel A')
})
