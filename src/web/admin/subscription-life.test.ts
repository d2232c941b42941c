import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherPlan } from '../../../test/support/plans.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

test('staff change a plan after seeing what it means, with a reason, and take it back', async () => {
  const basic = await anotherPlan(console, { name: 'Basic monthly', amount: 799n })
  const ana = await console.customer('ana').buys()
  const owner = await console.person('owner')
  const path = `/admin/subscriptions/${ana.subscriptionId}`
  const html = await (await owner.get(`${path}/plan?plan=${basic}`)).text()
  expect(html).toContain('7.99')
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(html)?.[1] ?? ''
  expect((await owner.post(`${path}/plan`, { plan: basic, fingerprint, reason: '' })).status).toBe(422)
  const done = await owner.post(`${path}/plan`, { plan: basic, fingerprint, reason: 'too dear' })
  expect(done.headers.get('location')).toBe(path)
  expect(await owner.text(path)).toContain('Basic monthly begins with the next period')
  const reader = await console.person('read_only')
  expect((await reader.get(`${path}/plan`)).status).toBe(403)
  expect((await reader.post(path, { act: 'undo_plan' })).status).toBe(403)
  expect((await owner.post(path, { act: 'undo_plan' })).status).toBe(303)
  expect(await owner.text(path)).toContain('Change of plan taken back')
})

test('staff let a line rest and go on', async () => {
  const ben = await console.customer('ben').buys()
  const owner = await console.person('owner')
  const path = `/admin/subscriptions/${ben.subscriptionId}`
  expect(await owner.text(path)).toContain('Pause now')
  expect((await owner.post(path, { act: 'pause', reason: '' })).status).toBe(422)
  expect((await owner.post(path, { act: 'pause', reason: 'asked for', until: '' })).status).toBe(303)
  expect((await ben.subscription()).status).toBe('paused')
  expect(await owner.text(path)).toContain('Goes on by itself')
  expect((await owner.post(path, { act: 'end_pause' })).status).toBe(303)
  expect((await ben.subscription()).status).toBe('active')
})

test('staff set the refund policy, see what goes back, and end it', async () => {
  const cem = await console.customer('cem').buys()
  const owner = await console.person('owner')
  const settings = {
    upgrade: 'keep',
    proration: 'day',
    households: 'staff',
    invoices: 'per_day',
    balance: 'when_asked',
    pauses_per_year: '1',
    pause_days_per_year: '30',
    days: '14',
    late_fee: 'percent',
    late_after_days: '5',
    late_percent: '2,5',
    late_amount: '0.00',
    late_every_days: '0',
    late_most_percent: '25',
  }
  const typed = await owner.post('/admin/life', { ...settings, refund: 'prorated', fee: '2.00', late_percent: 'much' })
  expect([typed.status, await typed.text()]).toEqual([422, expect.stringContaining('a number like 5 or 2.5')])
  expect((await owner.post('/admin/life', { ...settings, refund: 'prorated', fee: 'x' })).status).toBe(422)
  expect((await owner.post('/admin/life', { ...settings, refund: 'prorated', fee: '2.00' })).status).toBe(303)
  expect(await owner.text('/admin/life')).toContain('Calendar days')
  expect(await owner.html('/admin/life')).toMatch(/name="late_percent"[^>]*value="2.5"/)
  const path = `/admin/subscriptions/${cem.subscriptionId}`
  expect((await owner.post(path, { act: 'cancel', reason: 'asked for' })).status).toBe(303)
  expect((await cem.subscription()).cancelAtEnd).toBe(true)
  expect((await owner.post(path, { act: 'undo_cancel' })).status).toBe(303)
  const html = await (await owner.get(`${path}/cancel`)).text()
  expect(html).toContain('10.99')
  const fingerprint = /name="fingerprint" value="([^"]+)"/.exec(html)?.[1] ?? ''
  expect((await owner.post(`${path}/cancel`, { fingerprint, reason: 'moving' })).headers.get('location')).toBe(path)
  await console.settle()
  expect((await cem.payments())[0]).toMatchObject({ refundedMinor: 1099n })
  const reader = await console.person('read_only')
  expect((await reader.get(`${path}/cancel`)).status).toBe(403)
  expect((await reader.post('/admin/life', { ...settings, refund: 'none' })).status).toBe(403)
})

test('staff move the end, and restore what has ended', async () => {
  const dan = await console.customer('dan').buys()
  const owner = await console.person('owner')
  const path = `/admin/subscriptions/${dan.subscriptionId}`
  const until = console.clock
    .now()
    .add({ hours: 24 * 10 })
    .toZonedDateTimeISO('UTC')
    .toPlainDate()
    .toString()
  expect((await owner.post(path, { act: 'move_end', reason: 'x', until: '' })).status).toBe(422)
  expect((await owner.post(path, { act: 'move_end', reason: 'a slip', until })).status).toBe(303)
  expect(await owner.text(path)).toContain('End of paid time moved to')
  expect((await owner.post(path, { act: 'terminate', reason: 'a mistake' })).status).toBe(303)
  expect(await owner.text(path)).toContain('Restore')
  expect((await owner.post(path, { act: 'restore', reason: 'it was one', until: '' })).status).toBe(303)
  expect(await dan.subscription()).toMatchObject({ status: 'active' })
  const reader = await console.person('read_only')
  expect((await reader.post(path, { act: 'move_end', reason: 'x', until })).status).toBe(403)
})

test('staff see what was decided by hand, by whom and why, and take it back', async () => {
  const eva = await console.customer('eva').buys()
  const owner = await console.person('owner')
  const path = `/admin/subscriptions/${eva.subscriptionId}`
  expect(await owner.text(path)).not.toContain('Decided by hand')
  const before = (await eva.subscription()).paidThrough
  expect((await owner.post(path, { act: 'move_end', reason: 'a slip', until: '2026-12-24' })).status).toBe(303)
  const html = await owner.html(path)
  expect(html).toContain('Decided by hand')
  const override = /name="override" value="([^"]+)"/.exec(html)?.[1] ?? ''
  expect((await owner.post(path, { act: 'undo_override', override, reason: '' })).status).toBe(422)
  const support = await console.person('support')
  expect((await support.post(path, { act: 'undo_override', override, reason: 'x' })).status).toBe(403)
  expect((await owner.post(path, { act: 'undo_override', override, reason: 'the wrong line' })).status).toBe(303)
  expect(await owner.text(path)).toContain('Taken back by')
  expect(String((await eva.subscription()).paidThrough)).toBe(String(before))
  expect((await owner.post(path, { act: 'undo_override', override, reason: 'again' })).status).toBe(409)
})

test('staff have lines of one customer renewed together after seeing what it means, and take one out', async () => {
  const first = await console.customer('gina').buys()
  const alone = await console.customer('hugo').buys()
  const second = await console.customer('gina').buys({ username: 'ginas-kids' })
  const owner = await console.person('owner')
  const path = `/admin/subscriptions/${second.subscriptionId}`
  expect(await owner.text(path)).toContain('Renew together')
  expect(await owner.text(`/admin/subscriptions/${alone.subscriptionId}`)).not.toContain('Renew together')
  expect(await owner.text(`${path}/together`)).toContain('gina')
  expect((await owner.post(`${path}/together`, { act: 'join', with: alone.subscriptionId })).status).toBe(409)
  const reader = await console.person('read_only')
  expect((await reader.post(`${path}/together`, { act: 'join', with: first.subscriptionId })).status).toBe(403)
  expect((await second.subscription()).householdId).toBeNull()
  expect((await owner.post(`${path}/together`, { act: 'join', with: first.subscriptionId })).status).toBe(303)
  expect(await owner.text(path)).toContain('With one other line')
  expect(await owner.text(path)).toMatch(/Renewed together with\s*gina/)
  expect(await owner.text(`${path}/together`)).toContain('ginas-kids')
  expect((await owner.post(`${path}/together`, { act: 'leave' })).status).toBe(303)
  expect((await first.subscription()).householdId).toBeNull()
})
