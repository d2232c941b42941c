import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { anAffiliate, setProgramme } from '../../test/support/affiliates.ts'
import { present } from '../../test/support/stories.ts'
import { type ApiWorld, apiWorld } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
})
afterAll(() => api.close())

test('a program takes back a pro forma as staff do; what is paid stays', async () => {
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

test('a renewal with a number goes by a credit note, and is asked for anew once', async () => {
  const { done, ask, world } = api
  const cem = await world.customer('cem').buys()
  const { id } = present(
    await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, cem.subscriptionId, world.shop.now())),
  )
  const { number, total } = await done('GET', `/invoices/${id}`)
  expect(number).toEqual(expect.any(String))
  const voided = await done('POST', `/invoices/${id}/take_back`, { reason: 'the wrong price' })
  expect(voided).toMatchObject({ status: 'void', number, total })
  expect(await done('POST', `/invoices/${id}/take_back`, { reason: 'again' })).toEqual(voided)
  const { data: notes } = await done('GET', `/credit_notes?customer_id=${await world.customer('cem').id()}`)
  expect(notes).toMatchObject([{ total, reason: 'the wrong price' }])
  const open = (await world.customer('cem').invoices()).filter(({ status }) => status === 'open')
  expect(open).toMatchObject([{ purpose: 'renewal', totalMinor: 1299n }])
  await world.customer('cem').paysOpenInvoice()
  expect(await cem.periods()).toHaveLength(2)

  const refused = await ask('POST', `/invoices/${open[0]?.id}/take_back`, { body: { reason: 'too late' } })
  expect([refused.status, refused.body.code]).toEqual([409, 'conflict'])
  expect((await world.proof()).broken).toEqual([])
})

test('a program takes back a payout that was noted by mistake, and the list says so', async () => {
  const { done, ask, world } = api
  await setProgramme(world, { rule: { kind: 'amount', value: 500, payments: 1 }, hold_days: 0, by_hand: true })
  const { id, code } = await anAffiliate(world, 'eva')
  await done('PATCH', `/affiliates/${id}`, { way: 'by_hand', pay_to: 'eva@pay.example' })
  await world.customer('dan').buys({ referral: code })
  await world.pass({ hours: 24 })
  const standing = async () => ((await done('GET', `/affiliates/${id}`)).standings as object[])[0]
  const five = { amount: 500, currency: 'EUR' }
  const nothing = { amount: 0, currency: 'EUR' }
  await done('POST', `/affiliates/${id}/payouts`, { currency: 'EUR', reference: 'bank 1' })
  expect(await standing()).toMatchObject({ payable: nothing, paid_out: five })
  const { data } = await done('GET', `/affiliates/${id}/payouts`)
  const [noted] = data as { id: string }[]
  expect(noted).toMatchObject({ amount: five, taken_back_at: null, taken_back_reason: null })

  const act = `/affiliates/${id}/payouts/${noted?.id}/take_back`
  expect((await ask('POST', act, { body: {} })).status).toBe(422)
  const once = { body: { reason: 'the transfer bounced' }, once: 'take-back-1' }
  const first = await ask('POST', act, once)
  expect(first.body).toMatchObject({
    id: noted?.id,
    taken_back_at: expect.any(String),
    taken_back_reason: 'the transfer bounced',
  })
  expect((await ask('POST', act, once)).body).toEqual(first.body)
  const again = await ask('POST', act, { body: { reason: 'x' } })
  expect([again.status, again.body.code]).toEqual([409, 'conflict'])
  const unknown = await ask('POST', `/affiliates/${id}/payouts/apo_00000000000000000000000000/take_back`, {
    body: { reason: 'x' },
  })
  expect(unknown.status).toBe(404)
  expect(await standing()).toMatchObject({ payable: five, paid_out: nothing })
  expect((await done('GET', `/affiliates/${id}/payouts`)).data).toEqual([first.body])
  expect((await world.proof()).broken).toEqual([])
})
