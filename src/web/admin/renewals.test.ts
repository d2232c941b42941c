import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listEvents } from '#modules/events/queries.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let id: string
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  id = (await console.customer('ana').buys()).subscriptionId
}, 90_000)
afterAll(() => console.close())

const page = '/admin/renewals'
const flag = () =>
  console.tamper(`update subscriptions set flagged_at = now(), flagged_because = 'call her' where id = '${id}'`)

test('each list has a tab with its figure and says what it holds when it is empty; the exceptions have none while there are none', async () => {
  const empty = await owner.text(page)
  expect(empty).toContain('Nothing is due')
  for (const tab of ['Due 0', 'In grace 0', 'Failed charge 0', 'Flagged 0', 'Done by automation 0', 'Expiring soon 0'])
    expect(empty).toContain(tab)
  expect(empty).not.toContain('Nobody noticed')
  expect(await owner.text(`${page}?queue=expiring&within=30`)).toMatch(/30 days 1 .*ana@example\.net/)
  expect(await owner.text(`${page}?queue=nonsense&within=5`)).toContain('Nothing is due')
})

test('a row tells customer, end, money, the last message, the next step, and leads to the subscription', async () => {
  await console.until('2026-02-26T12:00:00Z')
  owner = await console.person('owner')
  const html = await (await owner.get(`${page}?queue=due`)).text()
  expect(html).toContain(`href="/admin/subscriptions/${id}"`)
  expect(await owner.text(`${page}?queue=due`)).toMatch(
    /ana@example\.net .*28 Feb 2026 .*Active .*12\.99 .*Reminder before the end Sent.* Charge the saved method .*27 Feb 2026/,
  )
})

test('a flag is taken out once, with a reason, by those who may change lines', async () => {
  await flag()
  const flagged = `${page}?queue=flagged`
  expect(await owner.text(flagged)).toMatch(/Flagged 1 .*ana@example\.net .*call her .*Take out/)
  const reader = await console.person('read_only')
  expect(await reader.text(flagged)).not.toContain('Take out')
  const fields = { act: 'unflag', id, reason: 'she pays on Monday' }
  expect((await reader.post(page, fields)).status).toBe(403)
  expect((await owner.post(page, { ...fields, reason: '' })).status).toBe(422)
  expect((await owner.post(page, { ...fields, id: id.replace(/.{4}$/, 'zzzz') })).status).toBe(404)
  expect((await owner.post(page, fields)).status).toBe(303)
  expect((await owner.post(page, fields)).status).toBe(409)
  expect(await owner.text(flagged)).toContain('Nothing is flagged')
  const [event] = await transaction(console.shop, 'read', (tx) =>
    listEvents(tx, { subjectId: id, type: 'subscription.noted' }, { limit: 1 }),
  )
  expect(event).toMatchObject({
    actor: `staff:${owner.memberId}`,
    data: { reason: 'out of the renewal queue: she pays on Monday' },
  })
})

test('what ended with nobody noticing is the first tab, and the page opens with it', async () => {
  const eve = await console.customer('eve').buys()
  await console.tamper(
    `update subscriptions set next_step_at = '2027-01-01T00:00:00Z' where id = '${eve.subscriptionId}'`,
  )
  await console.until('2026-03-29T12:00:00Z')
  const text = await (await console.person('owner')).text(page)
  expect(text).toMatch(/Nobody noticed 1 Due .*eve@example\.net/)
})

test('staff look at a list, narrow it by a tag, and act for those who are ticked: a message, a hold, free days', async () => {
  const { subscriptionId } = await console.customer('zora').buys()
  const customerId = await console.customer('zora').id()
  await console.pass({ hours: 24 * 5 })
  const sam = await console.person('owner')
  const about = { act: 'note', body: 'Wants a call', tags: 'Call back, annual' }
  const notes = `/admin/customers/${customerId}/notes`
  // A line of somebody else: nothing is kept, and what was typed stays.
  const wrong = await sam.post(notes, { ...about, subscription_id: id })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('Call back, annual')
  expect((await sam.post(notes, { ...about, subscription_id: subscriptionId })).status).toBe(303)
  expect(await sam.html(notes)).toContain(`href="/admin/subscriptions/${subscriptionId}"`)
  expect(await sam.text(`/admin/customers/${customerId}/notes`)).toContain('call back')
  const address = `${page}/act?queue=expiring&within=30&tag=annual`
  expect(await sam.text(`${page}?queue=expiring&within=30&tag=annual`)).toContain('zora@example.net')
  const key = async (what: string) =>
    /name="form_key" value="([^"]+)"/.exec(await sam.html(`${address}&act=${what}`))?.[1] ?? ''
  const html = await sam.html(`${address}&act=message`)
  // The first act is the one of an address that names none.
  expect(await sam.html(address)).toMatch(
    /<a[^>]*aria-current="page"[^>]*act=message|<a[^>]*act=message[^>]*aria-current="page"/,
  )
  expect(html).toContain(subscriptionId)
  expect(html).not.toContain(id)
  const empty = await sam.post(address, { act: 'message', form_key: await key('message'), subject: '', body: '' })
  expect(empty.status).toBe(422)
  expect(await empty.text()).toContain('tick at least one')
  const written = {
    act: 'message',
    form_key: await key('message'),
    id: subscriptionId,
    subject: 'Hello',
    body: 'Can we help?',
  }
  // She never agreed to offers: as one, it goes to nobody, and that is said.
  const offer = await sam.post(address, { ...written, marketing: 'true', form_key: await key('message') })
  expect(decodeURIComponent(offer.headers.get('set-cookie') ?? '')).toContain('bulk.some.message')
  expect((await sam.post(address, written)).status).toBe(303)
  // The same form once more is no second message.
  expect((await sam.post(address, written)).status).toBe(303)
  await console.settle()
  const sent = await sam.text(`/admin/messages`)
  expect(sent.split('Hello').length - 1).toBe(1)
  const hold = { act: 'hold', form_key: await key('hold'), id: subscriptionId, reason: 'a holiday' }
  expect((await sam.post(address, { ...hold, until: '2020-01-01' })).status).toBe(422)
  expect((await sam.post(address, { ...hold, until: '2026-12-24' })).status).toBe(303)
  const days = {
    act: 'free_days',
    form_key: await key('free_days'),
    id: subscriptionId,
    days: '3',
    reason: 'an outage',
  }
  expect((await sam.post(address, days)).status).toBe(303)
  expect(await sam.text(`/admin/subscriptions/${subscriptionId}`)).toMatch(/Free days.{0,4}an outage/)
  const support = await console.person('support')
  expect((await support.post(address, days)).status).toBe(403)
  const reader = await console.person('read_only')
  expect((await reader.post(address, written)).status).toBe(403)
})
