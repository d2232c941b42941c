/** Looking ahead in the console: figures, what differs, and who may. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { forgetBusiness } from '#modules/people/business.ts'
import { listSubscriptions } from '#modules/subscriptions/queries.ts'
import { run, sql } from '#platform/db.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  await console.customer('ana').buys()
  await console.customer('ben').buys()
}, 90_000)
afterAll(() => console.close())

test('the rehearsal tells figures, days and rows without a script, to everybody who reads reports', async () => {
  const reader = await console.person('read_only')
  const text = await reader.text('/admin/rehearsal?days=60')
  expect(text).toMatch(/Invoices issued 2 .*25\.98/)
  expect(text).toMatch(/Suspensions 2/)
  expect(text).toContain('ana@example.net')
  const suspensions = await reader.text('/admin/rehearsal?days=60&action=suspend')
  expect(suspensions).toContain('3 days after the end of paid time: suspend')
  expect(suspensions).not.toContain('1 day before the end of paid time: remind')
})

test('with other hours it tells what differs, and what could not be saved is said', async () => {
  const text = await owner.text('/admin/rehearsal?days=60&at.suspend=96')
  expect(text).toContain('What differs')
  expect(text).toMatch(/Suspensions 2 .*now 2/)
  expect(await owner.text('/admin/rehearsal?days=60&at.suspend=-1')).toContain(
    'Nobody is suspended inside the time he paid for.',
  )
  expect(await owner.text('/admin/rehearsal?days=60&at.suspend=x')).toContain('Please enter whole hours')
})

test('looking back it tells what would have been beside what was', async () => {
  await console.until('2026-03-02T15:00:00Z')
  await console.customer('ana').paysOpenInvoice()
  owner = await console.person('owner') // A month later nobody is signed in any more.
  const text = await owner.text('/admin/rehearsal?look=back&days=30&at.suspend=24')
  expect(text).toContain('1 customer paid who would have been cut off before')
  expect(text).toMatch(/Suspensions 2 .*was 0/)
  expect(text).toContain('Lines would have stayed up unpaid for 48 hours; it was 51.')
  expect(await owner.text('/admin/rehearsal?look=back&days=30')).toContain('0 customers paid')
})

test('a subscription that is not there is answered like one of another business', async () => {
  expect((await owner.get('/admin/rehearsal?subscription=sub_00000000000000000000000000')).status).toBe(404)
})

test('a parked run shows its list, asks why, and goes on only for whom was chosen', async () => {
  const { shop } = console
  const [ana, ben] = await transaction(shop, 'read', (tx) => listSubscriptions(tx, {}, { limit: 2 }))
  await transaction(shop, 'park', async (tx) => {
    const now = shop.now()
    await run(
      tx,
      sql`insert into parked_runs (business_id, id, kind, most, opened_at) values (${shop.businessId}, 'run_00000000000000000000000001', 'suspend', 10, ${now})`,
    )
    for (const each of [ana, ben])
      await run(
        tx,
        sql`insert into parked_steps (business_id, subscription_id, period_end, step, run_id, action, because, currency, amount_minor, parked_at)
          values (${shop.businessId}, ${each?.id}, ${each?.paidThrough}, 'suspend', 'run_00000000000000000000000001', 'suspend', '3 days after the end', 'EUR', 1299, ${now})`,
      )
  })
  const page = '/admin/runs/run_00000000000000000000000001'
  expect(await owner.text(page)).toMatch(/Waiting: 2 .*25\.98/)
  const reader = await console.person('read_only')
  expect(await reader.text(page)).not.toContain('Let it go on')
  expect((await reader.post(page, { act: 'go', reason: 'x' })).status).toBe(403)
  expect((await owner.post(page, { act: 'go', reason: '' })).status).toBe(422)
  expect((await owner.post(page, { act: 'only', reason: 'seen' })).status).toBe(422)
  expect((await owner.post(page, { act: 'only', reason: 'seen', ids: ana?.id ?? '' })).status).toBe(303)
  expect(await owner.text(page)).toMatch(/Waiting: 1 /)
  expect((await owner.post(page, { act: 'drop', reason: 'the bank was down' })).status).toBe(303)
  expect(await owner.text(page)).toContain('Nothing waits here any more')
  expect((await owner.get('/admin/runs/run_00000000000000000000000009')).status).toBe(404)
})

test('a sandbox is set travelling, shown on its way, and stopped', async () => {
  const page = '/admin/travel'
  expect((await owner.post(page, { act: 'go', days: '0' })).status).toBe(422)
  expect((await owner.post(page, { act: 'go', days: '401' })).status).toBe(422)
  const reader = await console.person('read_only')
  expect((await reader.post(page, { act: 'go', days: '2' })).status).toBe(403)
  expect((await owner.post(page, { act: 'go', days: '2' })).status).toBe(303)
  expect(await owner.text(page)).toMatch(/The way On the way to .*Stop here/)
  expect((await owner.post(page, { act: 'go', days: '2' })).status).toBe(409)
  expect(await reader.text(page)).not.toContain('Stop here')
  expect((await owner.post(page, { act: 'stop' })).status).toBe(303)
  expect(await owner.text(page)).toMatch(/It is now .*Days ahead/)
})

test('a business that stands still says so on every page, and goes on when somebody confirms', async () => {
  await console.tamper(
    `update businesses set mode = 'live', stands_since = now(), stands_because = 'restored', stands_detail = 'Back to Monday.' where id = current_business()`,
  )
  forgetBusiness(console.app, console.businessId)
  expect(await owner.text('/admin')).toContain('Nothing is charged, mailed or cut off until somebody confirms.')
  const text = await owner.text('/admin/catch-up')
  expect(text).toContain('Back to Monday.')
  const reader = await console.person('read_only')
  expect((await reader.post('/admin/catch-up')).status).toBe(403)
  expect((await owner.post('/admin/catch-up')).status).toBe(303)
  expect(await owner.text('/admin')).toContain('Confirmed: what is due goes on.')
  expect(await owner.text('/admin/catch-up')).toContain('Everything goes on')
  expect(await owner.text('/admin/travel')).toContain('This is a live business')
  expect((await owner.post('/admin/travel', { act: 'go', days: '2' })).status).toBe(403)
})
