/** What gateways told, as staff read it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listNotices } from '#modules/billing/notices.ts'
import { run, sql } from '#platform/db.ts'
import { type Looks, openLooks } from '../looks.test-support.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
let looks: Looks
beforeAll(async () => {
  console = await createConsole()
  const person = await console.person('owner')
  const { answer, origin } = console
  looks = await openLooks({ answer, origin, signedIn: person.jar, before: '/admin/sign-in' })
}, 120_000)
afterAll(async () => {
  await looks?.close()
  await console.close()
})

const all = () => transaction(console.shop, 'read', (tx) => listNotices(tx, {}, { limit: 50 }))

test('each is listed with what became of it; one that failed is read again from there', async () => {
  const [owner, reader] = [await console.person('owner'), await console.person('read_only')]
  expect(await owner.text('/admin/notices')).toContain('No notices')
  await console.customer('ana').buys()
  const [first] = await all()
  const { id = '', eventType, paymentId, gatewayAccountId } = first ?? {}
  const page = await owner.text('/admin/notices')
  expect(page).toContain(eventType)
  expect(page).toContain('Applied')
  expect(await (await owner.get('/admin/notices')).text()).toContain(`/admin/payments/${paymentId}`)
  expect(await owner.text('/admin/notices?state=failed')).toContain('Nothing matches')
  await transaction(console.shop, 'test', (tx) =>
    run(
      tx,
      sql`update notices set status = 'failed', reason = 'The gateway was down.' where business_id = current_business() and id = ${id}`,
    ),
  )
  const failed = `/admin/notices?state=failed&gateway=${gatewayAccountId}`
  expect(await owner.text(failed)).toContain('The gateway was down.')
  await looks.see('/admin/notices')
  expect(await owner.text(failed)).toContain('Read again')
  expect(await reader.text(failed)).not.toContain('Read again')
  expect((await reader.post('/admin/notices', { act: 'again', id })).status).toBe(403)
  expect((await owner.post('/admin/notices', { act: 'again', id })).status).toBe(303)
  await console.settle()
  expect((await all()).find((each) => each.id === id)?.status).toBe('applied')
  expect((await owner.post('/admin/notices', { act: 'eat', id })).status).toBe(400)
}, 60_000)
