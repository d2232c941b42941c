/** Days to pay: the renewals of such a customer are due so many days after their invoice, whatever moves their period. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { changeCustomer } from '../people/customers.ts'
import { giveFreeDays } from '../subscriptions/by-hand.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import { saveLifeSettings } from '../subscriptions/save-life-settings.ts'
import { documentOf } from './document-of.ts'
import { isOverdue } from './rules.ts'

const gives = async (world: World, name: string, netDays: number | null) => {
  const id = await world.customer(name).id()
  await transaction(world.shop, 'net', (tx) => changeCustomer(tx, world.shop, id, { netDays }, world.shop.now()))
}

const renewal = async (world: World, name: string) =>
  present((await world.customer(name).invoices()).find(({ purpose }) => purpose === 'renewal'))

scenario('a renewal is due so many days of the business after its invoice, and on its paper', async (world) => {
  await world.customer('ana').buys()
  await world.customer('ben').buys()
  await gives(world, 'ana', 45)
  await world.until('2026-02-25')
  const [ana, ben] = [await renewal(world, 'ana'), await renewal(world, 'ben')]
  // Summer time begins in between: the hour of the day stays.
  expect(present(ana.dueAt).toZonedDateTimeISO(world.shop.zone).toString()).toBe(
    present(ana.issuedAt).toZonedDateTimeISO(world.shop.zone).add({ days: 45 }).toString(),
  )
  expect(ben.dueAt?.toString()).toBe('2026-02-28T12:00:00Z')
  const paper = await read(world.shop, (tx) => documentOf(tx, world.shop, ana.id))
  expect(paper.dueOn?.toString()).toBe(present(ana.dueAt).toZonedDateTimeISO(world.shop.zone).toPlainDate().toString())
})

scenario('free days move the period and not the day to pay; the policy goes on as it is', async (world) => {
  const ana = await world.customer('ana').buys()
  await gives(world, 'ana', 45)
  await world.until('2026-02-25')
  const before = await renewal(world, 'ana')
  await giveFreeDays(world.shop, ana.subscriptionId, 2, 'sorry')
  await world.settle()
  expect((await renewal(world, 'ana')).dueAt).toEqual(before.dueAt)
  await world.until('2026-03-06')
  expect((await ana.subscription()).status).toBe('suspended')
  expect(isOverdue(await renewal(world, 'ana'), world.shop.now())).toBe(false)
})

scenario('who pays within his days is not late', async (world) => {
  const late_fees = { fee: 'percent', percent: '10', after_days: 3 }
  await transaction(world.shop, 'fees', (tx) =>
    saveLifeSettings(tx, world.shop, lifeSetting.schema.parse({ late_fees })),
  )
  await world.customer('ana').buys()
  await world.customer('ben').buys()
  await gives(world, 'ana', 45)
  await world.until('2026-03-05T13:00:00Z')
  for (const name of ['ana', 'ben']) await world.customer(name).paysOpenInvoice()
  await world.until('2026-04-05')
  const totals = async (name: string) =>
    (await world.customer(name).invoices()).map(({ totalMinor }) => totalMinor).slice(0, 1)
  expect([await totals('ana'), await totals('ben')]).toEqual([[1299n], [1428n]])
})
