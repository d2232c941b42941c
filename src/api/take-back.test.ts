import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiWorld, apiWorld } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
})
afterAll(() => api.close())

test('a program takes back a pro forma as staff do; what is paid or has a number stays', async () => {
  const { done, ask, world } = api
  const { invoiceId: asked } = await world.customer('ana').orders()
  expect(await done('GET', `/invoices/${asked}`)).toMatchObject({ status: 'draft', number: null })
  const voided = await done('POST', `/invoices/${asked}/take_back`, { reason: 'asked for the wrong plan' })
  expect(voided).toMatchObject({ status: 'void', voided_at: expect.any(String) })
  expect(await done('POST', `/invoices/${asked}/take_back`, { reason: 'again' })).toEqual(voided)

  const { invoiceId: bought } = await world.customer('ben').buys()
  const refused = await ask('POST', `/invoices/${bought}/take_back`, { body: { reason: 'x' } })
  expect([refused.status, refused.body.code]).toEqual([409, 'conflict'])
  expect((await ask('POST', `/invoices/${bought}/take_back`, { body: {} })).status).toBe(422)
  await world.settle()
  expect((await world.proof()).broken).toEqual([])
})
