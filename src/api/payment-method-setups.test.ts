import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiWorld, apiWorld, type Json, payAt, soldPlan } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
})
afterAll(() => api.close())

test('a method is saved without a payment: the page, the return, and the list', async () => {
  const { done, world } = api
  const { order, gateway } = await soldPlan(api)
  const path = `/customers/${order.customer_id}/payment_method_setups`
  const wish = { gateway: gateway?.id, consent: 'Keep it for my renewals.', return_url: 'https://shop.example/back' }
  const setup = await done('POST', path, wish)
  expect(setup).toMatchObject({ status: 'requires_action', payment_method_id: null, failure: null })
  expect((await done('POST', path, wish)).id).toBe(setup.id)
  await payAt(world, String(setup.url))
  await world.settle()
  const after = await done('GET', `/payment_method_setups/${setup.id}`)
  expect(after).toMatchObject({ status: 'succeeded', url: null, payment_method_id: expect.stringMatching(/^pm_/) })
  expect((await done('GET', `/customers/${order.customer_id}/payment_methods`)).data).toMatchObject([
    { id: after.payment_method_id, default: true, consent: 'Keep it for my renewals.' },
  ])
})

test('what cannot be: no sentence, a gateway that saves nothing by itself, one that is not there', async () => {
  const { done, ask } = api
  const [customer] = (await done('GET', '/customers')).data as Json[]
  const path = `/customers/${customer?.id}/payment_method_setups`
  const byHand = await done('POST', '/gateways', {
    name: 'Bank transfer',
    kind: 'manual',
    settings: { instructions: 'IBAN DE00' },
  })
  const [sandbox] = ((await done('GET', '/gateways')).data as Json[]).filter(({ kind }) => kind === 'sandbox')
  for (const [body, pointer] of [
    [{ gateway: sandbox?.id }, '/consent'],
    [{ gateway: sandbox?.id, consent: '' }, '/consent'],
    [{ gateway: byHand.id, consent: 'Yes.' }, '/gateway'],
    [{ gateway: 'gwa_00000000000000000000000000', consent: 'Yes.' }, '/gateway'],
  ] as const) {
    const answer = await ask('POST', path, { body })
    expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ pointer })]])
  }
})
