/** The books in the console: cash beside what was earned, by how long customers have paid, and what failed charges put at risk. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole({ start: '2026-01-16T00:00:00Z', zone: 'UTC' })
  await console.customer('ana').buys()
}, 90_000)
afterAll(() => console.close())

test('revenue is told by month beside the money that came, and by tenure; both are tables to download', async () => {
  await console.until('2026-03-02')
  const owner = await console.person('owner')
  const page = await owner.text('/admin/books/revenue')
  expect(page).toContain('Money received')
  expect(page).toMatch(/2026-01 .*12\.99/)
  expect(page).toMatch(
    /2026-02 Since the first payment 2nd and 3rd month Customers 1 .* 100 % 2026-01 Since the first payment First month /,
  )
  const csv = async (query = '') => (await owner.get(`/admin/books/revenue.csv${query}`)).text()
  expect(await csv()).toMatch(/^month,currency,earned.*\r\n2026-01,EUR,6\.70,0\.00,0\.00,0\.00,12\.99,0\.00,6\.29\r\n/)
  expect(await csv('?by=tenure')).toMatch(
    /^month,currency,months_from.*\r\n2026-01,EUR,0,0,6\.70,1\r\n2026-02,EUR,1,2,6\.29,1\r\n$/,
  )
  expect(await (await owner.get('/admin/books/journal.csv')).text()).toMatch(/^time,debit,credit,.*\r\n2026-01-16T/)
  expect((await console.browser().get('/admin/books/revenue.csv')).status).toBe(302)
})

test('what failed charges put at risk stands on the overview and above their list', async () => {
  const ben = console.customer('ben')
  await ben.buys()
  let owner = await console.person('owner')
  expect(await owner.text('/admin')).not.toContain('At risk')
  await console.until('2026-04-01')
  owner = await console.person('owner')
  await ben.paysOpenInvoice('decline')
  expect(await owner.text('/admin')).toMatch(/At risk €?12\.99.* Renewals whose charge failed/)
  expect(await owner.text('/admin/renewals?queue=failed')).toMatch(/At risk: €?12\.99/)
  expect(await owner.text('/admin/renewals?queue=grace')).not.toContain('At risk')
})
