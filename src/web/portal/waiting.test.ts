/** What a customer reads of a line that is paid and waits for something of the business: credits, or a business above it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPortal, type Portal } from './portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

test('who waits or rests for no fault of his is told neither that all is well nor that the TV server does not answer', async () => {
  const ana = await portal.customer('ana').buys()
  const tab = await portal.signedIn(portal.customer('ana').email)
  expect(await tab.text('/account')).toContain('Everything is paid.')
  const waitsFor = (what: string) =>
    portal.tamper(`update subscriptions set waiting_for = ${what} where id = '${ana.subscriptionId}'`)
  await waitsFor(`'credits'`)
  const rests = await tab.text('/account')
  expect(rests).toContain('for a reason on our side. It comes back by itself.')
  expect(rests).not.toContain('Everything is paid.')
  expect(rests).not.toMatch(/credit/i)

  await portal.tamper(`update lines set activated_at = null where subscription_id = '${ana.subscriptionId}'`)
  const waits = await tab.text('/account')
  expect(waits).toContain('Your line waits for something on our side')
  expect(waits).not.toContain('TV server')
  await waitsFor('null')
  expect(await tab.text('/account')).not.toContain('on our side')
})
