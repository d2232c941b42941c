/** Who did what, from where, before and after: on the page, as a file, and for programs. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { auditCsv } from '#modules/events/audit-csv.ts'
import { record } from '#modules/events/record.ts'
import { saveSecuritySettings } from '#modules/people/security-settings.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'
import { changeOf } from './sentence-of.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  await console.customer('ana').buys()
  await owner.post('/admin/staff', { act: 'security', require_second_factor: 'on' })
})
afterAll(() => console.close())

const unlocked = async () => {
  // The rule that was just switched on would ask for a second factor.
  await transaction(console.shop, 'test', async (tx) => {
    await saveSecuritySettings(tx, console.shop, { require_second_factor: false })
  })
}

test('an act of staff is told with its change and its address, and found by who, what and when', async () => {
  await unlocked()
  const text = await owner.text(`/admin/activity?actor=staff:${owner.memberId}`)
  expect(text).toContain('require_second_factor: false → true')
  expect(text).toContain('192.0.2.7')
  expect(text).toContain('Sam owner')
  expect(text).not.toContain('Order ready')
  const customers = await owner.text('/admin/activity?actor=customer&days=1')
  expect(customers).not.toContain('require_second_factor')
  expect(await owner.text('/admin/activity?type=setting.changed')).toContain('Setting changed')
})

test('the same as a file, without formulas, for those who may', async () => {
  await transaction(console.shop, 'test', (tx) =>
    record(tx, console.shop, console.shop.now(), {
      type: 'test.noted',
      subjectType: 'test',
      subjectId: '=1+1',
      data: { reason: '@SUM(A1), "twice"' },
    }),
  )
  const answer = await owner.get('/admin/activity.csv?days=7')
  expect(answer.headers.get('content-type')).toContain('text/csv')
  const csv = await answer.text()
  expect(csv).toContain(`"'@SUM(A1), ""twice"""`)
  expect(csv).toContain(`,'=1+1,`)
  expect(csv).toContain(`staff:${owner.memberId}`)
  expect(csv.split('\r\n')[0]).toBe('at,what,who,subject,id,customer,why,details,address,agent,request,event')
  const support = await console.person('support')
  expect((await support.get('/admin/activity.csv')).status).toBe(403)
  expect(new TextDecoder().decode(auditCsv([])).split('\r\n')).toHaveLength(2)
})

test('a record’s own history does not tell addresses', async () => {
  const id = await console.customer('ana').id()
  expect(await owner.text(`/admin/customers/${id}`)).not.toContain('192.0.2.7')
})

test('before and after in words', () => {
  expect(changeOf({ from: 'support', to: 'billing' })).toBe('support → billing')
  expect(changeOf({ from: 'pan_01kvswb026000307cpp7r5ys0k', to: 'pan_01kvswb026000129pb2whsv5c0' })).toBe(null)
  expect(changeOf({ from: { a: 1, b: null, c: 'x' }, to: { a: 2, b: true, c: 'x' } })).toBe('a: 1 → 2; b: – → true')
  const price = (amount_minor: string) => ({ prices: [{ currency: 'EUR', amount_minor }], countries: [] })
  expect(changeOf({ from: price('1299'), to: price('1349') })).toBe(
    'prices: currency EUR, amount_minor 1299 → currency EUR, amount_minor 1349',
  )
  expect([changeOf({}), changeOf({ from: 'x' }), changeOf({ from: { a: 1 }, to: { a: 1 } })]).toEqual([
    null,
    null,
    null,
  ])
})
