/** Incidents in the console, without a script: declared, corrected, over, and what is given for them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../test/support/stories.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  await console.customer('ana').buys()
  await console.until('2026-02-03T08:00:00Z')
}, 90_000)
afterAll(() => console.close())

const field = (html: string, name: string) => present(new RegExp(`name="${name}" value="([^"]*)"`).exec(html))[1] ?? ''

/** Times are those of Berlin: an hour ahead in winter. */
const facts = () => ({
  target: console.panelId,
  name: 'Storage of panel A',
  sentence: 'Some channels do not play.',
  starts_at: '2026-02-03T04:00',
  ends_at: '',
  round_to: 'hour',
  least_minutes: '30',
  most_hours: '72',
  most_hours_month: '168',
})

test('declared, shown, said to be over, and given; what is wrong is told and what was typed is kept', async () => {
  expect(await owner.text('/admin/incidents')).toContain('No incident was ever declared')
  const key = { form_key: field(await owner.html('/admin/incidents/new'), 'form_key') }
  const wrong = await owner.post('/admin/incidents/new', {
    ...facts(),
    ...key,
    sentence: '',
    ends_at: '2026-02-03T03:00',
  })
  expect(wrong.status).toBe(422)
  const said = await wrong.text()
  expect(said).toContain('Please fill this in.')
  expect(said).toContain('value="Storage of panel A"')
  const early = await owner.post('/admin/incidents/new', { ...facts(), ...key, ends_at: '2026-02-03T03:00' })
  expect([early.status, (await early.text()).includes('The end comes after the beginning.')]).toEqual([422, true])

  const made = await owner.post('/admin/incidents/new', { ...facts(), ...key })
  expect(made.status).toBe(303)
  const page = present(made.headers.get('location'))
  // A second submit of the same form declares no second one.
  expect((await owner.post('/admin/incidents/new', { ...facts(), ...key })).headers.get('location')).toBe(
    '/admin/incidents',
  )
  expect(await owner.text('/admin/incidents')).toMatch(/Storage of panel A Panel A .*Lasts/)
  expect(await owner.text('/admin')).toContain('nobody it reaches is suspended or ended while it lasts')
  const running = await owner.text(page)
  expect(running).toContain('If it ended now')
  expect(running).toMatch(/Subscriptions 1 /)
  expect(running).not.toContain('Give it to 1')
  const changed = await owner.post(page, { ...facts(), act: 'save', sentence: 'Sport does not play.', round_to: 'day' })
  expect(changed.status).toBe(303)
  expect(await owner.text(page)).toContain('Sport does not play.')
  expect((await owner.post(page, { ...facts(), act: 'save', most_hours: '0' })).status).toBe(422)

  expect((await owner.post(page, { act: 'over' })).status).toBe(303)
  const over = await owner.html(page)
  expect(over).toContain('Give it to 1')
  expect((await owner.post(page, { act: 'give', fingerprint: 'x' })).status).toBe(409)
  const given = await owner.post(page, { act: 'give', fingerprint: field(over, 'fingerprint'), tells: 'on' })
  expect(given.status).toBe(303)
  await console.settle()
  const after = await owner.text(page)
  expect(after).toContain('Made good')
  expect(after).toMatch(/What was given Subscriptions 1 Customers 1 Time in all 1 day /)
  expect(after).not.toContain('Correct it')
  expect((await owner.post(page, { act: 'give', fingerprint: field(over, 'fingerprint') })).status).toBe(409)
})

test('who only reads sees it and changes nothing; an incident that is not there is absent', async () => {
  const reader = await console.person('read_only')
  expect(await reader.text('/admin/incidents')).not.toContain('Declare an incident')
  expect((await reader.get('/admin/incidents/new')).status).toBe(403)
  const [, page] = /href="(\/admin\/incidents\/inc_[^"]+)"/.exec(await reader.html('/admin/incidents')) ?? []
  expect(await reader.text(page ?? '')).toContain('Made good')
  expect((await reader.post(page ?? '', { act: 'withdraw', reason: 'x' })).status).toBe(403)
  expect((await owner.get('/admin/incidents/inc_00000000000000000000000000')).status).toBe(404)
  expect((await owner.post(page ?? '', { act: 'what' })).status).toBe(400)
})

test('withdrawing and giving nothing ask why', async () => {
  const declare = async (more: Record<string, string>) => {
    const key = { form_key: field(await owner.html('/admin/incidents/new'), 'form_key') }
    const made = await owner.post('/admin/incidents/new', { ...facts(), ...key, ...more })
    return present(made.headers.get('location'))
  }
  const over = await declare({ starts_at: '2026-02-02T04:00', ends_at: '2026-02-02T08:00' })
  expect((await owner.post(over, { act: 'waive', reason: '' })).status).toBe(422)
  expect((await owner.post(over, { act: 'waive', reason: 'only a test' })).status).toBe(303)
  expect(await owner.text(over)).toContain('Nothing given')
  const planned = await declare({ starts_at: '2026-02-05T04:00', ends_at: '2026-02-05T08:00' })
  expect(await owner.text(planned)).toContain('Planned')
  expect((await owner.post(planned, { act: 'withdraw', reason: 'moved' })).status).toBe(303)
  expect(await owner.text(planned)).toContain('Withdrawn')
})
