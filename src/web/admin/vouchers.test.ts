import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { linesOfPdf } from '#modules/billing/document/pdf-text.test-support.ts'
import { readBatch } from '#modules/vouchers/queries.ts'
import { joins } from '../../../test/support/resellers.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

test('vouchers are made, their codes downloaded once, and what is left taken back', async () => {
  const owner = await console.person('owner')
  expect(await owner.text('/admin/vouchers')).toContain('No vouchers yet')
  const typed = { name: 'Kiosks', plan_id: console.planId, count: '3', price: '10.00', sold_to: 'Meyer' }
  const wrong = await owner.post('/admin/vouchers/new', { ...typed, count: '10001', last_use_on: '2020-01-01' })
  expect(wrong.status).toBe(422)
  expect(await wrong.text()).toContain('from 1 to 10000')
  const form = /name="form_key" value="([^"]+)"/.exec(await (await owner.get('/admin/vouchers/new')).text())?.[1] ?? ''
  const made = await owner.post('/admin/vouchers/new', { ...typed, form_key: form })
  const to = made.headers.get('location') ?? ''
  expect(to).toMatch(/^\/admin\/vouchers\/vcb_/)
  const batchId = to.split('/').at(-1) ?? ''
  expect(await owner.text(to)).toContain('Make the codes and download them')
  const reader = await console.person('read_only')
  expect((await reader.post(`${to}/codes`, {})).status).toBe(403)
  const cards = await owner.post(`${to}/codes`, { as: 'cards' })
  expect([cards.status, cards.headers.get('content-type')]).toEqual([200, 'application/pdf'])
  const printed = linesOfPdf(new Uint8Array(await cards.arrayBuffer()))
    .flat()
    .join('\n')
  expect(printed).toMatch(/Enter this code at/)
  expect(printed.match(/№ [123]/g)).toHaveLength(3)
  expect(await owner.text(to)).toContain('Make new codes as cards to print')
  // Made anew: those on the cards before are worth nothing.
  const file = await owner.post(`${to}/codes`, { anew: 'yes' })
  expect(file.headers.get('content-disposition')).toContain('attachment')
  const [head, ...lines] = (await file.text()).trim().split('\r\n')
  expect([head, lines.length]).toEqual(['number,code', 3])
  expect((await owner.post(`${to}/codes`, {})).status).toBe(409)
  const code = lines[0]?.split(',')[1] ?? ''
  await console.customer('ana').orders({ voucher: code })
  const page = await owner.text(to)
  expect(page).toContain('ana@example.net')
  expect(page).not.toContain(code)
  expect((await owner.post(to, { act: 'void', reason: '' })).status).toBe(422)
  expect((await owner.post(to, { act: 'void', reason: 'the kiosk closed' })).status).toBe(303)
  const batch = await transaction(console.shop, 'read', (tx) => readBatch(tx, batchId))
  expect(batch).toMatchObject({ unused: 0, redeemed: 1, voided: 2 })
  expect(await owner.text('/admin/vouchers')).toContain('Meyer')
  expect((await reader.post(to, { act: 'void', reason: 'x' })).status).toBe(403)
})

test('vouchers over an amount of money say what one is worth', async () => {
  const owner = await console.person('owner')
  const form = /name="form_key" value="([^"]+)"/.exec(await owner.html('/admin/vouchers/new'))?.[1] ?? ''
  const typed = { name: 'Presents', plan_id: 'money', count: '2', form_key: form }
  const empty = await owner.post('/admin/vouchers/new', typed)
  expect([empty.status, await empty.text()]).toEqual([422, expect.stringContaining('value="Presents"')])
  const more = await owner.post('/admin/vouchers/new', { ...typed, value: '20.00', price: '25.00' })
  expect([more.status, await more.text()]).toEqual([422, expect.stringContaining('sold for that at most')])
  const made = await owner.post('/admin/vouchers/new', { ...typed, value: '20.00' })
  expect(await owner.text(made.headers.get('location') ?? '')).toContain('20.00 EUR')
  expect(await owner.text('/admin/vouchers')).toContain('20.00 EUR')
})

test('a batch is handed to a reseller, who sees what became of it and nothing of who redeemed', async () => {
  const south = await joins(console, { slug: 'south' })
  const [owner, his, hers] = [
    await console.person('owner'),
    await console.person('owner', south.businessId),
    await console.person('owner', (await joins(console, { slug: 'north' })).businessId),
  ]
  const form = /name="form_key" value="([^"]+)"/.exec(await owner.html('/admin/vouchers/new'))?.[1] ?? ''
  const typed = { name: 'For the south', plan_id: console.planId, count: '4', form_key: form }
  const wrong = await owner.post('/admin/vouchers/new', { ...typed, reseller_id: 'biz_00000000000000000000000000' })
  expect([wrong.status, (await wrong.text()).includes('There is no such reseller.')]).toEqual([422, true])
  const made = await owner.post('/admin/vouchers/new', { ...typed, reseller_id: south.businessId })
  const to = made.headers.get('location') ?? ''
  expect(await owner.text(to)).toContain('south TV')
  const codes = (await (await owner.post(`${to}/codes`, {})).text()).trim().split('\r\n')
  await console.customer('zoe').orders({ voucher: codes[1]?.split(',')[1] ?? '' })
  const seen = await his.text('/admin/vouchers')
  expect(seen).toContain('For the south')
  expect(seen).toContain('1 / 4')
  expect(seen).not.toContain('zoe')
  expect(await hers.text('/admin/vouchers')).not.toContain('For the south')
  expect((await his.get(to)).status).toBe(404)
})
