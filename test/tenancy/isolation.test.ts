/** Two businesses with the same customers on one database: what one can learn of the other is nothing, whichever way it asks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { passwordOf } from '#modules/lines/passwords.ts'
import { findLine, listLines } from '#modules/lines/queries.ts'
import { listCustomers } from '#modules/people/customers.ts'
import { codeOf, inTransaction, rows, sql } from '#platform/db.ts'
import type { OpenShop } from '../support/shop.ts'
import { type Purchase, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let other: OpenShop
let mine: Purchase
let theirs: Purchase
beforeAll(async () => {
  world = await createWorld()
  other = await world.another('zebra')
  mine = await world.customer('ana').buys()
  theirs = await world.customer('ana', other.shop).buys() // The same address at both: two customers.
})
afterAll(() => world.close())

/** Tables with rows of both businesses. */
const tables = [
  'customers',
  'orders',
  'invoices',
  'invoice_items',
  'payments',
  'money_facts',
  'subscriptions',
  'periods',
  'lines',
  'panels',
  'gateway_accounts',
  'messages',
  'events',
  'accounts',
  'transfers',
  'settings',
  'attention',
  'panel_calls',
  'notices',
  'businesses',
]

test.each(tables)('%s: without a business no row, with one only its own', async (table) => {
  const count = (businessId: string | null, condition = 'true') =>
    inTransaction(
      world.db,
      { role: 'app', businessId: businessId ?? '' },
      'look',
      async (tx) =>
        (
          await rows<{ n: number }>(
            tx,
            sql`select count(*)::int as n from ${sql.table(table)} where ${sql.raw(condition)}`,
          )
        )[0]?.n,
    )
  const column = table === 'businesses' ? 'id' : 'business_id'
  expect(await count(null)).toBe(0)
  expect(await count('biz_nobody')).toBe(0)
  expect(await count(other.shop.businessId, `${column} <> '${other.shop.businessId}'`)).toBe(0)
  const all = await inTransaction(world.db, { role: 'report' }, 'look', (tx) =>
    rows<{ n: number }>(tx, sql`select count(*)::int as n from ${sql.table(table)}`),
  )
  expect(((await count(world.businessId)) ?? 0) + ((await count(other.shop.businessId)) ?? 0)).toBe(all[0]?.n)
})

test('T4: another’s id is like one that does not exist', async () => {
  const line = await theirs.line()
  expect(await read(world.shop, (tx) => findOrder(tx, theirs.orderId))).toBeNull()
  expect(await read(world.shop, (tx) => findInvoice(tx, theirs.invoiceId))).toBeNull()
  expect(await read(world.shop, (tx) => findLine(tx, line.id))).toBeNull()
  expect(await read(world.shop, (tx) => listLines(tx, { search: 'ana' }, { limit: 10 }))).toHaveLength(1)
  expect(await read(world.shop, (tx) => listCustomers(tx, { search: 'ana' }, { limit: 10 }))).toHaveLength(1)
})

test('T1: a row cannot be written for another, nor given away', async () => {
  const refused = async (text: ReturnType<typeof sql>) =>
    codeOf(await transaction(world.shop, 'try', (tx) => rows(tx, text)).catch((error: unknown) => error))
  const row = sql`insert into customer_notes (business_id, id, customer_id, author, body, at) values (${other.shop.businessId}, 'note_x', 'cus_x', 'x', 'x', now())`
  expect(await refused(row)).toBe('42501')
  expect(await refused(sql`update customers set business_id = ${other.shop.businessId}`)).toBe('42501')
  const { customerId } = await theirs.order()
  // T3: the other's customer, named from here.
  expect(
    await refused(
      sql`insert into customer_notes (business_id, id, customer_id, author, body, at) values (${world.businessId}, 'note_x', ${customerId}, 'x', 'x', now())`,
    ),
  ).toBe('23503')
})

test('a transaction leaves no business behind on its connection, and a plain SET does not reach the next', async () => {
  const client = await world.db.pool.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('role', 'linekeeper_app', true), set_config('app.business', $1, true)`, [
      world.businessId,
    ])
    expect((await client.query('select from customers')).rowCount).toBe(1)
    await client.query('commit')
    const { rows: after } = await client.query(
      `select current_user = session_user as ended, nullif(current_setting('app.business', true), '') as business`,
    )
    expect(after).toEqual([{ ended: true, business: null }])
    // Somebody set it for the session: the next transaction of ours says its own first.
    await client.query(`select set_config('app.business', $1, false)`, [other.shop.businessId])
  } finally {
    client.release()
  }
  for (let tries = 0; tries < 5; tries++) {
    const seen = await inTransaction(world.db, { role: 'app', businessId: world.businessId }, 'look', (tx) =>
      rows<{ id: string }>(tx, sql`select distinct business_id as id from customers`),
    )
    expect(seen).toEqual([{ id: world.businessId }])
    const nobody = await inTransaction(world.db, { role: 'lookup' }, 'look', (tx) =>
      rows<{ set: string | null }>(tx, sql`select current_business() as set`),
    )
    expect(nobody).toEqual([{ set: null }])
  }
})

test.each(['events_default', 'messages_default', 'notices_default'])(
  'the partition %s cannot be asked directly',
  async (partition) => {
    for (const role of ['app', 'report'] as const) {
      const scope = role === 'app' ? { role, businessId: world.businessId } : { role }
      const answer = await inTransaction(world.db, scope, 'look', (tx) =>
        rows(tx, sql`select from ${sql.table(partition)}`),
      ).catch((error: unknown) => error)
      expect(codeOf(answer)).toBe('42501')
    }
  },
)

test('history cannot be changed by the application', async () => {
  for (const text of [
    sql`update events set type = 'x'`,
    sql`delete from events`,
    sql`update transfers set amount = 1`,
    sql`delete from money_facts`,
    sql`truncate events`,
  ]) {
    const answer = await transaction(world.shop, 'try', (tx) => rows(tx, text)).catch((error: unknown) => error)
    expect(codeOf(answer)).toBe('42501')
  }
})

test('a sealed password moved to another’s row does not open', async () => {
  const [own, foreign] = [await (await mine.line()).stored(), await (await theirs.line()).stored()]
  expect(() => passwordOf(world.shop, { id: own.id, password: foreign.password })).toThrow()
  expect(() => passwordOf(other.shop, { id: own.id, password: own.password })).toThrow()
})
