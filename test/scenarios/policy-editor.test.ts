/** A policy typed into the editor does exactly what it says: through the web forms, then in a world whose clock moves. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listEvents } from '#modules/events/queries.ts'
import { changeCustomer, findCustomerByEmail } from '#modules/people/customers.ts'
import { policyVersions } from '#modules/subscriptions/queries.ts'
import { type Console, createConsole, type Person } from '../../src/web/admin/console.test-support.ts'
import { plain } from '../../src/web/browser.test-support.ts'
import { present, read } from '../support/stories.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole({ start: '2026-01-31T12:00:00Z' })
}, 180_000)
// Time passes in these stories, and a sign-in with it.
beforeEach(async () => {
  owner = await console.person('owner')
})
afterAll(async () => {
  expect(console.failures).toEqual([])
  expect((await console.proof()).broken).toEqual([])
  await console.close()
})

const path = '/admin/policy'
const step = (n: number, action: string, count: string, when: string, more: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries({ action, count, unit: 'days', when, ...more }).map(([name, value]) => [`step.${n}.${name}`, value]),
  )
/** Remind on day 1, suspend on day 3, end on day 7; the invoice is there when the time ends. */
const typed = {
  policy: 'pol_default',
  name: 'Standard',
  ...step(0, 'issue_invoice', '1', 'before', { key: 'invoice' }),
  ...step(1, 'remind', '1', 'after'),
  ...step(2, 'suspend', '3', 'after', { key: 'suspend' }),
  ...step(3, 'terminate', '7', 'after', { key: 'terminate' }),
}
const loyal = {
  'rule.0.name': 'Friends',
  'rule.0.join': 'all',
  'rule.0.test.0.fact': 'tags',
  'rule.0.test.0.op': 'eq',
  'rule.0.test.0.value': 'friend',
  'rule.0.test.1.fact': 'amount',
  'rule.0.test.1.op': 'gte',
  'rule.0.test.1.value': '5.00',
  'rule.0.test.1.extra': 'eur',
  'rule.0.effect.0.effect': 'later',
  'rule.0.effect.0.target': 'step:suspend',
  'rule.0.effect.0.count': '4',
  'rule.0.effect.0.unit': 'days',
}

test('a policy typed into the editor: remind day 1, suspend day 3, terminate day 7, to the minute', async () => {
  const ana = await console.customer('ana').buys()
  const end = present((await ana.subscription()).paidThrough)
  const preview = await owner.post(path, { ...typed, act: 'preview', subscription: ana.subscriptionId })
  expect(preview.status).toBe(200)
  const told = plain(await preview.text())
  expect(told).toContain('ana@example.net')
  expect(told).toContain('nothing is saved yet')
  expect(told).toContain('step remind_3d 3 days before the end of paid time: remind') // What is lost is shown before it is saved.
  expect(await read(console.shop, (tx) => policyVersions(tx, 'pol_default'))).toHaveLength(1)

  expect((await owner.post(path, { ...typed, act: 'save' })).status).toBe(303)
  await console.settle()
  const page = plain(await (await owner.get(path)).text())
  expect(page).toContain('Sam owner')
  expect(page).toContain('Version 2')

  await console.until(end.add({ hours: 24 * 8 }).toString())
  const events = await read(console.shop, (tx) => listEvents(tx, { subjectId: ana.subscriptionId }, { limit: 100 }))
  const days = (at: Temporal.Instant) => (at.epochMilliseconds - end.epochMilliseconds) / 86_400_000
  const states = events
    .filter(({ actor }) => actor.startsWith('rule:'))
    .map(({ type, at }) => `${type.replace('subscription.', '')} ${days(at)}`)
    .reverse()
  expect(states).toEqual(['entered_grace 0', 'suspended 3', 'terminated 7'])
  const reminders = (await ana.messages()).filter(({ template }) => template === 'renewal_reminder')
  expect(reminders.map(({ at }) => days(at))).toEqual([1])

  owner = await console.person('owner')
  const explained = await owner.text(`/admin/subscriptions/${ana.subscriptionId}`)
  expect(explained).toContain('Why it is so')
  expect(explained).toContain('Step terminate of Standard, version 2')
  expect(explained).toContain('INV-2026-00001')
})

test('a rule typed into the editor moves whom it fits; the form shows it again as it was typed, and its removal takes it away', async () => {
  const friend = await console.customer('friend').buys()
  const customer = present(await read(console.shop, (tx) => findCustomerByEmail(tx, 'friend@example.net')))
  await transaction(console.shop, 'tag', (tx) =>
    changeCustomer(tx, console.shop, customer.id, { tags: ['friend'] }, console.shop.now()),
  )
  const ruled = await owner.post(path, { ...typed, ...loyal, act: 'save' })
  expect(ruled.status).toBe(303)
  await console.settle()
  const { cutOffAt, paidThrough } = await friend.subscription()
  expect(present(cutOffAt).epochMilliseconds - present(paidThrough).epochMilliseconds).toBe(7 * 86_400_000)
  const html = await (await owner.get(path)).text()
  for (const value of ['Friends', 'friend', '5.00', 'EUR']) expect(html).toContain(`value="${value}"`)
  expect(plain(html)).toContain(
    'Friends: when the customer is tagged friend and renewal price in EUR minor units is at least 500',
  )

  const half = await owner.post(path, { ...typed, ...loyal, 'rule.0.test.1.value': 'much', act: 'save' })
  expect(half.status).toBe(422)
  const again = await half.text()
  expect(plain(again)).toContain('Please give this rule whole conditions')
  expect(again).toContain('value="much"') // What was typed stays.
  const early = await owner.post(path, { ...typed, ...loyal, 'rule.0.effect.0.effect': 'earlier', act: 'save' })
  expect(plain(await early.text())).toContain('would suspend inside the time that was paid for')

  expect((await owner.post(path, { ...typed, ...loyal, 'rule.0.remove': 'yes', act: 'save' })).status).toBe(303)
  const [latest] = await read(console.shop, (tx) => policyVersions(tx, 'pol_default'))
  expect(latest?.rules).toEqual([])
})

test('holidays by country, an earlier version to look at, a new policy and who comes under it', async () => {
  const wrong = await owner.post(path, { ...typed, country: 'DE', also: 'Christmas', act: 'save' })
  expect(plain(await wrong.text())).toContain('dates like 2026-12-24')
  expect(
    (await owner.post(path, { ...typed, country: 'DE', region: 'BY', also: '2026-12-24', act: 'save' })).status,
  ).toBe(303)
  const [latest] = await read(console.shop, (tx) => policyVersions(tx, 'pol_default'))
  expect(latest?.calendar).toMatchObject({ country: 'DE', region: 'BY', also: ['2026-12-24'] })
  expect(plain(await (await owner.get(`${path}?version=1`)).text())).toContain('This is version 1, not the present one')

  const made = await owner.post(path, { ...typed, name: 'Gentle', act: 'save-as' })
  const id = new URL(present(made.headers.get('location')), 'https://x').searchParams.get('policy') ?? ''
  expect(id).toMatch(/^pol_/)
  const chosen = await owner.post(path, { act: 'choose', policy: id, whom: `plan:${console.planId}` })
  expect(chosen.status).toBe(303)
  await console.settle()
  const gina = await console.customer('gina').buys()
  expect(await gina.subscription()).toMatchObject({ policyId: id, policyChosenBy: 'plan' })
  const html = await (await owner.get(`${path}?policy=${id}`)).text()
  const choice = /name="choice" value="([^"]+)"/.exec(html)?.[1] ?? ''
  expect((await owner.post(path, { act: 'end-choice', policy: id, choice })).status).toBe(303)
  await console.settle()
  expect(await gina.subscription()).toMatchObject({ policyId: 'pol_default', policyChosenBy: 'business' })
  const here = `/admin/subscriptions/${gina.subscriptionId}`
  expect((await owner.post(here, { act: 'policy', policy: id, reason: '' })).status).toBe(422)
  expect((await owner.post(here, { act: 'policy', policy: id, reason: 'asked for it' })).status).toBe(303)
  await console.settle()
  expect(await gina.subscription()).toMatchObject({ policyId: id, policyChosenBy: 'staff' })
  expect(await owner.text(here)).toContain('chosen by staff for this one')
  const support = await console.person('support')
  expect((await support.post(path, { ...typed, act: 'save' })).status).toBe(403)
})
