/** A second trial is refused in the checkout with a plain sentence. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherPlan } from '../../../test/support/plans.ts'
import { createPortal, type Portal } from '../portal/portal.test-support.ts'

let portal: Portal
beforeAll(async () => {
  portal = await createPortal()
}, 120_000)
afterAll(() => portal.close())

test('the buyer reads the sentence in the checkout, and his form stays', async () => {
  const planId = await anotherPlan(portal, { name: 'Try it, too', amount: 0n, trial: true, renewable: false })
  const tab = portal.browser()
  const form = async () => {
    const html = await (await tab.get(`/checkout/${planId}`)).text()
    return { cart: /name="cart" value="([^"]+)"/.exec(html)?.[1] ?? '', email: 'eva@example.net', device: 'tv_stick' }
  }
  expect((await tab.post(`/checkout/${planId}`, await form())).status).toBe(303)
  const refused = await tab.post(`/checkout/${planId}`, await form())
  expect(refused.status).toBe(409)
  const text = await refused.text()
  expect(text).toContain('This trial can be had once')
  expect(text).toContain('value="eva@example.net"')
})
