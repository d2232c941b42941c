import { simpleParser } from 'mailparser'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findOrCreateCustomer } from '#modules/people/customers.ts'
import { createWorld, type World } from '../test/support/world.ts'
import { signInMail } from './sign-in-mail.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await transaction(world.shop, 'add', (tx) =>
    findOrCreateCustomer(tx, world.shop, { email: 'ana@example.net' }, world.shop.now()),
  )
})
afterEach(() => world.close())

const url = 'https://shop.example/sign-in/a-secret-token'
const ask = (email: string) => signInMail(world.app)({ email, url, businessId: world.businessId })

test('the link reaches the customer, and whoever reads the database cannot use it', async () => {
  await ask('Ana@Example.net')
  const stored = await world.db.pool.query<{ row: string }>('select m::text as row from messages m')
  expect(stored.rows).toHaveLength(1)
  expect(stored.rows[0]?.row).not.toContain('a-secret-token')
  await world.settle()
  expect(world.failures).toEqual([])
  const [mail] = await Promise.all(world.mailbox.mails.map(({ raw }) => simpleParser(raw)))
  expect(mail?.text).toContain(url)
  expect(mail?.text).toContain('15 minutes')
})

test('nothing is sent to a stranger', async () => {
  await ask('stranger@example.net')
  await world.settle()
  expect(world.mailbox.mails).toEqual([])
})

test('late, the link is not sent at all', async () => {
  await ask('ana@example.net')
  world.clock.advance({ minutes: 16 })
  await world.settle()
  expect(world.mailbox.mails).toEqual([])
})
