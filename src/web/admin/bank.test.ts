/** Bank statements in the console: a file goes in, what waits is booked or put aside, and what cannot be read is told with all that was typed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listEntries } from '#modules/billing/bank/entries.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
}, 90_000)
afterAll(() => console.close())

const file = (gateway: string, content: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) => {
  const form = new FormData()
  form.set('gateway', gateway)
  form.set('file', new File([content], 'march.csv'))
  for (const [name, value] of Object.entries(more)) form.set(name, value)
  return form
}
const entries = () => transaction(console.shop, 'read', (tx) => listEntries(tx, {}, { limit: 50 }))

test('a statement is imported, an entry is booked, put aside and taken back', async () => {
  expect(await owner.text('/admin/bank')).toContain('No bank account yet')
  const bank = await transaction(console.shop, 'save-gateway', (tx) =>
    saveGateway(tx, console.shop, {
      name: 'Our bank',
      kind: 'bank_transfer',
      settings: { account_holder: 'Northwind', iban: 'DE89370400440532013000' },
      active: true,
      position: 5,
    }),
  )
  const ana = await console.customer('ana').orders()

  const odd = 'Tag;Summe;Wer;Wozu\n01.02.2026;12,99;Zoë;thanks\n02.02.2026;1,00;Ben;hello'
  const unread = await owner.upload('/admin/bank', file(bank, odd, { 'column.date': 'Tag' }))
  expect(unread.status).toBe(422)
  const told = await unread.text()
  expect(told).toContain('Tag, Summe, Wer, Wozu')
  expect(told).toContain('value="Tag"')
  expect((await owner.upload('/admin/bank', file(bank, ''))).status).toBe(422)
  expect((await owner.upload('/admin/bank', file('gwa_stranger', odd))).status).toBe(422)
  expect(await entries()).toEqual([])

  // As banks of old write it: not in UTF-8.
  const columns = { 'column.date': 'Tag', 'column.amount': 'Summe', 'column.name': 'Wer', 'column.text': 'Wozu' }
  const latin = new Uint8Array(Buffer.from(odd, 'latin1'))
  for (let times = 0; times < 2; times++)
    expect((await owner.upload('/admin/bank', file(bank, latin, columns))).status).toBe(303)
  await console.settle()
  const page = await owner.text('/admin/bank')
  for (const said of ['Zoë', 'thanks', 'Waits for you', 'march.csv']) expect(page).toContain(said)
  expect(await entries()).toHaveLength(2)
  expect(await owner.text('/admin/attention')).toContain('2 entries on the bank account wait for you')

  const [first, second] = (await entries()).sort((a, b) => Number(b.amountMinor - a.amountMinor))
  const path = `/admin/bank/${first?.id}`
  expect(await owner.text(path)).toContain('The same sum is open')
  expect((await owner.post(path, { act: 'book_other', to: 'nobody@example.net' })).status).toBe(422)
  expect((await owner.post(path, { act: 'book', invoice_id: 'inv_stranger' })).status).toBe(422)
  const reader = await console.person('read_only')
  expect((await reader.post(path, { act: 'book', invoice_id: ana.invoiceId })).status).toBe(403)
  expect((await reader.upload('/admin/bank', file(bank, odd))).status).toBe(403)
  expect((await owner.post(path, { act: 'book', invoice_id: ana.invoiceId })).status).toBe(303)
  expect(await owner.text(path)).toContain('Open the payment')
  expect((await owner.post(path, { act: 'put_aside', reason: 'x' })).status).toBe(409)
  await console.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready' })

  const other = `/admin/bank/${second?.id}`
  expect((await owner.post(other, { act: 'put_aside', reason: '' })).status).toBe(422)
  expect((await owner.post(other, { act: 'put_aside', reason: 'a gift' })).status).toBe(303)
  expect(await owner.text('/admin/bank?state=aside')).toContain('Ben')
  expect(await owner.text(other)).toContain('a gift')
  expect(await owner.text('/admin/attention')).not.toContain('on the bank account')
  expect((await owner.post(other, { act: 'take_back' })).status).toBe(303)
  await console.customer('ben').orders()
  expect((await owner.post(other, { act: 'book_other', to: 'Ben@example.net' })).status).toBe(303)
  expect((await entries()).map(({ status }) => status)).toEqual(['booked', 'booked'])
  expect((await owner.get('/admin/bank/ben_nobody')).status).toBe(404)
})
