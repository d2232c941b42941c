/** What went wrong elsewhere, told as our own stories: charged twice, extended twice, made twice. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { fulfilInvoice } from '#modules/billing/fulfil-invoice.ts'
import { issueInvoice, voidDraft } from '#modules/billing/invoices.ts'
import { lockInvoice } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { executeSteps } from '#modules/dunning/execute-steps.ts'
import { reconcileLine } from '#modules/lines/reconcile-line.ts'
import { scenario } from '../support/scenario.ts'
import { present } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const count = async (world: World, text: string): Promise<number> =>
  (await world.db.pool.query<{ n: number }>(`select count(*)::int as n from ${text}`)).rows[0]?.n ?? -1
const times = <T>(count: number, act: () => Promise<T>) => Promise.all(Array.from({ length: count }, act))

scenario('F03: two events of one payment at once are one payment', async (world) => {
  world.hears(false)
  const ana = await world.customer('ana').orders()
  await ana.pays('later')
  const paymentId = await ana.pays()
  await Promise.all(world.delivered.map((notice) => world.notify(notice)))
  await Promise.all([world.settle(), ...Array.from({ length: 5 }, () => refreshPayment(world.shop, paymentId))])
  expect(await count(world, `money_facts`)).toBe(1)
  expect(await count(world, `transfers where purpose = 'receipt'`)).toBe(1)
  expect(await ana.periods()).toHaveLength(1)
})

scenario(
  'F04: a renewal paid, and fulfilled again by every job that finds it, moves the end by one month',
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.until('2026-02-25')
    const invoice = await ana.renews()
    await times(5, () => fulfilInvoice(world.shop, invoice.id))
    await times(5, () => executeSteps(world.shop, ana.subscriptionId))
    await world.settle()
    expect((await ana.subscription()).paidThrough?.toString()).toBe('2026-03-31T11:00:00Z')
    expect(await ana.periods()).toHaveLength(2)
  },
)

scenario(
  'F21: a checkout sent twice is one order, and its page opened twice one payment at the gateway',
  async (world) => {
    const request = { cartKey: 'cart/1', planId: world.planId, email: 'ana@example.net', source: 'storefront' as const }
    const [first, again] = [
      await placeOrder(world.shop, request),
      await placeOrder(world.shop, { ...request, name: 'Ana' }),
    ]
    expect(again.id).toBe(first.id)
    const ana = await world.customer('ben').orders()
    const ids = await times(4, () => ana.pays('later').catch(() => null))
    expect(new Set(ids.filter((id) => id !== null)).size).toBe(1)
    expect(world.gateway.store.facts().filter(({ action }) => action === 'payment.created')).toHaveLength(1)
    await world.gateway.app.fetch(
      new Request(`${world.gatewayOrigin}/__settle`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    )
    await world.settle()
    expect(await ana.periods()).toHaveLength(1)
  },
)

scenario('F30: an error after the line was made does not make it again', async (world) => {
  await world.db.pool.query('alter table lines add constraint broken check (activated_at is null) not valid')
  const ana = await world.customer('ana').buys()
  expect(world.failures.length).toBeGreaterThan(0)
  world.failures.length = 0
  await world.db.pool.query('alter table lines drop constraint broken')
  await world.pass({ minutes: 10 })
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect(world.truth().filter(({ action }) => action === 'create_line')).toHaveLength(2) // The live test's and this one.
})

scenario('F31: one line reconciled by five at once is made once', async (world) => {
  await world.strike('panel', { fault: 'down' })
  const ana = await world.customer('ana').buys()
  const { id } = await ana.line()
  world.heal('panel')
  await world.tamper(`update panels set open_until = null`)
  await world.tamper(`update lines set next_try_at = '${world.clock.now()}'`)
  await times(5, () => reconcileLine(world.shop, id))
  await world.pass({ minutes: 15 })
  expect(world.truth().filter(({ action }) => action === 'create_line')).toHaveLength(2)
  expect(await ana.order()).toMatchObject({ status: 'ready' })
})

scenario('F74: an invoice is voided once, and never numbered afterwards', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').orders()
  const tries = await times(4, () =>
    transaction(shop, 'void', (tx) => voidDraft(tx, shop, ana.invoiceId, 'x', shop.now())),
  )
  expect(tries.filter(Boolean)).toHaveLength(1)
  await transaction(shop, 'issue', async (tx) =>
    issueInvoice(tx, shop, await lockInvoice(tx, ana.invoiceId), shop.now()),
  )
  expect(await count(world, 'invoices where number is not null')).toBe(0)
})

scenario('F79: a reminder is sent once, however often the engine looks', async (world) => {
  const ana = await world.customer('ana').buys()
  world.clock.set('2026-02-25T12:00:00Z')
  for (let round = 0; round < 5; round++) {
    await world.tamper(`update subscriptions set next_step_at = '${world.clock.now()}'`)
    await times(4, () => executeSteps(world.shop, ana.subscriptionId))
    await world.settle()
  }
  const reminders = (await ana.messages()).filter(({ template }) => template === 'renewal_reminder')
  expect(reminders).toHaveLength(1)
  expect(present(reminders[0]).status).toBe('sent')
})
