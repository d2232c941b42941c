/** Currencies in the console and at the till: what is refused and saved, rates, and what a buyer is told of his price. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { theBank } from '../../../test/support/exchange.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const settings = {
  source: 'staff',
  base: '',
  max_age_days: '5',
  feed_url: 'http://ecb.test/stats/eurofxref/eurofxref-daily.xml',
  'currencies.0.currency': 'usd',
  'currencies.0.margin_percent': '2,5',
  'currencies.0.rounding': 'ninety_nine',
  'currencies.1.currency': '',
  'currencies.1.margin_percent': '0',
  'currencies.1.rounding': 'minor',
}
const day = () => console.clock.now().toString().slice(0, 10)

test('currencies and rates are saved, and refused with a plain sentence', async () => {
  const owner = await console.person('owner')
  const save = (more: object = {}) => owner.post('/admin/exchange', { ...settings, ...more })
  expect(await owner.text('/admin/exchange')).toContain('No rate is known yet')
  for (const [wrong, sentence] of [
    [{ 'currencies.0.currency': 'dollar' }, 'three letters'],
    [{ 'currencies.0.currency': 'EUR' }, 'what prices are converted from'],
    [{ 'currencies.1.currency': 'USD' }, 'named twice'],
    [{ 'currencies.0.margin_percent': 'much' }, 'percentage below 100'],
    [{ feed_url: 'ftp://x' }, 'https://'],
    [{ max_age_days: '0' }, 'whole number'],
    [{ base: 'money' }, 'three letters'],
  ] as const) {
    const answer = await save(wrong)
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(sentence)])
  }
  expect((await save()).status).toBe(303)
  expect(await owner.text('/admin/exchange')).toContain('No present rate for USD')
  const rate = { act: 'rate', currency: 'usd', rate: '1,0871', day: day() }
  expect((await owner.post('/admin/exchange', { ...rate, rate: 'high' })).status).toBe(422)
  expect((await owner.post('/admin/exchange', { ...rate, day: '' })).status).toBe(422)
  expect((await owner.post('/admin/exchange', rate)).status).toBe(303)
  const page = await owner.text('/admin/exchange')
  expect(page).toContain('1.0871 USD')
  expect(page).not.toContain('No present rate')
  const reader = await console.person('read_only')
  expect((await reader.post('/admin/exchange', rate)).status).toBe(403)
})

test('the bank is asked when somebody wants to know now', async () => {
  await theBank(console)
  const owner = await console.person('owner')
  expect((await owner.post('/admin/exchange', { ...settings, source: 'ecb' })).status).toBe(303)
  await console.settle()
  expect((await owner.post('/admin/exchange', { act: 'read' })).status).toBe(303)
  await console.settle()
  expect(await owner.text('/admin/exchange')).toContain('1.0871 USD')
})

test('an invoice says what its price was made of', async () => {
  const owner = await console.person('owner')
  await console.customer('ana').buys({ currency: 'USD' })
  const [invoice] = await console.customer('ana').invoices()
  expect(invoice).toMatchObject({ currency: 'USD', totalMinor: 1_399n })
  const page = (await owner.text(`/admin/invoices/${invoice?.id}`)).replaceAll('<!-- -->', '')
  expect(page).toContain('13.99 USD: converted from 12.99 EUR at 1.0871 plus 2.5% (European Central Bank, ')
})
