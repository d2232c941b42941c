import { simpleParser } from 'mailparser'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { passwordOf } from '#modules/lines/want-line.ts'
import { findSubscription } from '#modules/subscriptions/queries.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

test('paid at the gateway: one line, one login by mail, the panel expires a day after the planned cut-off', async () => {
  const { shop } = world
  const { plan, gateway } = await transaction(shop, 'read', async (tx) => ({
    plan: (await listPlans(tx, { forSale: true }))[0],
    gateway: (await listGateways(tx))[0],
  }))
  const order = await placeOrder(shop, {
    cartKey: 'cart-1',
    planId: plan?.id ?? '',
    email: 'ana@example.net',
    username: 'Ana84',
    source: 'storefront',
  })
  const started = await startPayment(shop, {
    invoiceId: order.invoiceId ?? '',
    gatewayAccountId: gateway?.id ?? '',
    returnUrl: 'https://shop.example/r',
    cancelUrl: 'https://shop.example/c',
    description: 'Family monthly',
  })
  const id = started.redirectUrl?.split('/').at(-1)
  const paid = await world.gateway.app.fetch(
    new Request('http://pay.test/__pay', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, how: 'pay' }),
    }),
  )
  expect(paid.status).toBe(200)
  await world.settle()

  expect(world.failures).toEqual([])
  const after = await transaction(shop, 'read', async (tx) => ({
    order: await findOrder(tx, order.id),
    line: await lineOfSubscription(tx, order.subscriptionId ?? ''),
    subscription: await findSubscription(tx, order.subscriptionId ?? ''),
  }))
  expect(after.order?.status).toBe('ready')
  expect(after.subscription).toMatchObject({ status: 'active', anchorDay: 31 })
  expect(after.subscription?.paidThrough?.toString()).toBe('2026-02-28T12:00:00Z')
  expect(after.line).toMatchObject({ username: 'ana84', wanted: 'active', differs: [] })
  expect(await world.lineOnPanel('ana84')).toMatchObject({ username: 'ana84', enabled: 1 })
  const mails = await Promise.all(world.mailbox.mails.map((mail) => simpleParser(mail.raw)))
  const login = mails.find((mail) => mail.text?.includes(after.line === null ? '?' : passwordOf(shop, after.line)))
  expect(login?.text).toContain('ana84')
})
