import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findOrCreateCustomer } from '#modules/people/customers.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let person: Person
const emails = Array.from({ length: 120 }, (_, index) => `c${String(index).padStart(3, '0')}@example.org`)

beforeAll(async () => {
  console = await createConsole()
  const { shop } = console
  // Many of one instant: the place in the list is then the id's.
  for (let from = 0; from < emails.length; from += 40) {
    await transaction(shop, 'many', async (tx) => {
      for (const email of emails.slice(from, from + 40)) await findOrCreateCustomer(tx, shop, { email }, shop.now())
    })
    await console.pass({ hours: 24 })
  }
  person = await console.person('owner')
}, 90_000)
afterAll(() => console.close())

async function open(search: string) {
  const response = await person.get(`/admin/customers${search}`)
  const html = await response.text()
  const link = (name: 'after' | 'before') =>
    new RegExp(`href="/admin/customers(\\?[^"]*${name}=[^"]*)"`).exec(html)?.[1]?.replaceAll('&amp;', '&') ?? null
  const table = html.indexOf('<table')
  const rows = table === -1 ? [] : [...new Set(html.slice(table).match(/c\d{3}@example\.org/g))]
  return { rows, next: link('after'), previous: link('before') }
}

test('a list is walked forth and back, each row once, and new rows move nothing', async () => {
  const first = await open('')
  expect(first.previous).toBeNull()
  const second = await open(first.next ?? '')
  const third = await open(second.next ?? '')
  expect([...first.rows, ...second.rows, ...third.rows].toSorted()).toEqual(emails)
  expect(third.next).toBeNull()

  const back = await open(third.previous ?? '')
  expect(back.rows).toEqual(second.rows)
  const { shop } = console
  await transaction(shop, 'one-more', (tx) => findOrCreateCustomer(tx, shop, { email: 'c900@example.org' }, shop.now()))
  const again = await open(back.previous ?? '')
  expect(again.rows).toEqual(first.rows)
  // Before it stands one row, which is no page: the list begins anew.
  const start = await open(again.previous ?? '')
  expect(start.rows).toEqual(['c900@example.org', ...first.rows.slice(0, 49)])
  expect(start.previous).toBeNull()
})

test('a cursor that is not ours is the first page', async () => {
  for (const cursor of ['after=x', 'before=~', 'before=2026-13-01~cus_1', 'after=now~cus_1'])
    expect((await open(`?${cursor}`)).rows).toHaveLength(50)
})

test('the figures of the overview open the list of what they count', async () => {
  const response = await person.get('/admin')
  const page = await response.text()
  for (const link of ['/admin/messages?state=failed&amp;since=week', '/admin/customers?since=month'])
    expect(page).toContain(`href="${link}"`)
  expect((await open(`?since=week&q=${emails[0]}`)).rows).toEqual([emails[0]])
  expect((await open(`?since=day&q=${emails[0]}`)).rows).toEqual([])
})
