import { afterEach, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { inTransaction, rows, sql } from '#platform/db.ts'
import { ensurePgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let bouncer: PgBouncer
beforeAll(() => ensurePgBouncer((text) => process.stdout.write(`${text}\n`)), 180_000)
afterEach(async () => {
  await world.close()
  await bouncer.stop()
})

test('the main job runs through PgBouncer in transaction mode, and no business leaks into the next transaction', async () => {
  world = await createWorld({
    through: async (url) => {
      bouncer = await startPgBouncer(url)
      return { url: bouncer.url, named: false }
    },
  })
  const { shop } = world
  const [plan, gateway] = await transaction(
    shop,
    'read',
    async (tx) => [(await listPlans(tx, { forSale: true }))[0], (await listGateways(tx))[0]] as const,
  )
  const buy = async (number: number) => {
    const order = await placeOrder(shop, {
      cartKey: `cart-${number}`,
      planId: plan?.id ?? '',
      email: `buyer${number}@example.net`,
      source: 'api',
    })
    const started = await startPayment(shop, {
      invoiceId: order.invoiceId ?? '',
      gatewayAccountId: gateway?.id ?? '',
      returnUrl: 'https://shop.example/r',
      cancelUrl: 'https://shop.example/c',
      description: 'Monthly',
    })
    const id = started.redirectUrl?.split('/').at(-1)
    await world.gateway.app.fetch(
      new Request('http://pay.test/__pay', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, how: 'pay' }),
      }),
    )
    return order.id
  }
  const orders = await Promise.all(Array.from({ length: 12 }, (_, number) => buy(number)))
  await world.settle()

  for (const id of orders) expect((await transaction(shop, 'read', (tx) => findOrder(tx, id)))?.status).toBe('ready')
  // The server connections were shared by all of that; a transaction that names another business sees none of it.
  const foreign = await Promise.all(
    Array.from({ length: 8 }, () =>
      inTransaction(world.db, { role: 'app', businessId: 'biz_other' }, 'look', (tx) =>
        rows(tx, sql`select id from orders`),
      ),
    ),
  )
  expect(foreign.flat()).toEqual([])
})
