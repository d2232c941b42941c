/** Trials in the console: limits that are saved or refused, one more that is allowed, and what became of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const limits = { once_per_customer: 'true', per_network: '2', network_days: '7', per_day: '5' }

test('limits are saved, a second trial is refused with a plain sentence, and staff allow one more', async () => {
  const planId = await anotherPlan(console, {
    name: 'Try it',
    amount: 0n,
    trial: true,
    renewable: false,
    termUnit: 'day',
  })
  const owner = await console.person('owner')
  expect(await owner.text('/admin/trials')).toContain('No trial yet')
  const wrong = await owner.post('/admin/trials', { ...limits, per_network: 'x' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('value="7"')
  expect((await owner.post('/admin/trials', limits)).status).toBe(303)
  const ask = (cartKey: string) =>
    placeOrder(console.shop, { cartKey, planId, email: 'ana@example.net', source: 'api' })
  await ask('one')
  await expect(ask('two')).rejects.toMatchObject({
    code: 'trial_refused',
    message: expect.stringContaining('Northwind'),
  })
  await console.settle()
  const page = await owner.text('/admin/trials')
  expect(page).toContain('Had one before')
  expect(page).toContain('Try it')
  expect((await owner.post('/admin/trials', { act: 'allow', email: 'x', reason: '' })).status).toBe(422)
  expect(
    (await owner.post('/admin/trials', { act: 'allow', email: 'ana@example.net', reason: 'an outage' })).status,
  ).toBe(303)
  expect(await owner.text('/admin/trials?days=30')).toContain('an outage')
  await ask('three')

  const support = await console.person('support')
  expect((await support.post('/admin/trials', { act: 'allow', email: 'ben@example.net', reason: 'new' })).status).toBe(
    303,
  )
  expect((await support.post('/admin/trials', limits)).status).toBe(403)
  const reader = await console.person('read_only')
  expect((await reader.post('/admin/trials', { act: 'allow', email: 'c@example.net', reason: 'x' })).status).toBe(403)
})
