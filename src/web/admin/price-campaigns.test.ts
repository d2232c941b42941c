/** Price changes in the console: written, looked at, started, answered for a customer, excepted, stopped; and who may. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../test/support/stories.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const form = {
  name: 'Spring',
  by: 'percent',
  percent: '10',
  roundTo: '10',
  amount: '',
  effective: '2026-02-01',
  notice: '30',
  consent: 'ask_end',
  note: 'Licences have become dearer.',
  'whom.join': 'all',
  'whom.kept': '',
  'whom.test.0.fact': 'plan',
  'whom.test.0.op': 'eq',
  'whom.test.0.value': 'Family monthly',
}

test('a price change is written, looked at and started, and its customers are told', async () => {
  const ana = await console.customer('ana').buys()
  const owner = await console.person('owner')
  expect(await owner.text('/admin/prices')).toContain('No price change yet')
  const wrong = await owner.post('/admin/prices/new', {
    ...form,
    percent: 'x',
    notice: '400',
    'whom.test.0.value': 'None',
  })
  expect(wrong.status).toBe(422)
  const refused = await wrong.text()
  expect(refused).toContain('Please enter a number from -90 to 500')
  expect(refused).toContain('from 0 to 365')
  expect(refused).toContain('whole conditions')
  expect(refused).toContain('value="Spring"')
  expect((await owner.post('/admin/prices/new', { ...form, by: 'amount', amount: '' })).status).toBe(422)

  const path = present((await owner.post('/admin/prices/new', form)).headers.get('location'))
  const html = await owner.text(path)
  expect(html).toContain('14.30')
  expect(html).toContain('12.99')
  expect((await owner.post(path, { ...form, name: 'Late spring', percent: '20' })).status).toBe(303)
  const again = await owner.html(path)
  expect(again).toContain('15.60')
  expect((await owner.post(path, { act: 'start', version: '1' })).status).toBe(409)
  expect((await owner.post(path, { act: 'start', version: '2' })).status).toBe(303)
  await console.settle()
  expect(await owner.text('/admin/prices')).toContain('Late spring')
  expect(await owner.text(path)).toContain('Announced')
  expect(await owner.text(`${path}?status=announced`)).toContain('ana@example.net')
  expect(await owner.text(`${path}?status=kept`)).not.toContain('ana@example.net')

  const record = `/admin/subscriptions/${ana.subscriptionId}`
  expect(await owner.text(record)).toContain('if the customer agrees')
  expect((await owner.post(record, { act: 'accept_price', reason: '' })).status).toBe(422)
  expect((await owner.post(record, { act: 'accept_price', reason: 'on the phone' })).status).toBe(303)
  expect(await owner.text(record)).toContain('the customer agreed')
  expect((await owner.post(record, { act: 'price_exception', reason: 'here for years' })).status).toBe(303)
  expect(await owner.text(record)).toContain('Staff promised the present price: here for years')
  expect((await owner.post(record, { act: 'price_exception', reason: 'twice' })).status).toBe(409)
  expect((await owner.post(record, { act: 'undo_price_exception', reason: 'a mistake' })).status).toBe(303)
  expect(await owner.text(record)).toContain('if the customer agrees')
  await console.settle()

  expect((await owner.post(path, { act: 'stop', reason: '' })).status).toBe(422)
  expect((await owner.post(path, { act: 'stop', reason: 'too many complained' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(path)).toContain('too many complained')
  expect(await owner.text(record)).not.toContain('if the customer agrees')
  expect((await console.proof()).broken).toEqual([])
})

test('a draft is dropped, not stopped', async () => {
  const owner = await console.person('owner')
  const path = present((await owner.post('/admin/prices/new', { ...form, name: 'Autumn' })).headers.get('location'))
  expect(await owner.text(path)).toContain('Drop draft')
  const dropped = await owner.post(path, { act: 'stop', reason: 'a slip' })
  expect(dropped.status).toBe(303)
  expect(await owner.text(path)).not.toContain('Drop draft')
})

test('who only reads sees the figures and changes nothing; another business sees nothing', async () => {
  const owner = await console.person('owner')
  const path = present((await owner.post('/admin/prices/new', form)).headers.get('location'))
  const reader = await console.person('read_only')
  expect(await reader.text(path)).toContain('14.30')
  expect(await reader.html(path)).not.toContain('value="start"')
  expect((await reader.post(path, { act: 'start', version: '1' })).status).toBe(403)
  expect((await reader.post('/admin/prices/new', form)).status).toBe(403)
  const { shop } = await console.another('elsewhere')
  const stranger = await console.person('owner', shop.businessId)
  expect((await stranger.get(path)).status).toBe(404)
  expect((await stranger.post(path, { act: 'start', version: '1' })).status).toBe(404)
})
