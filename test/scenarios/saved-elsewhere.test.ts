/** A method is kept without a payment at PayPal and at Mollie, too: each by its own protocol, found without a notice, charged later. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { mollie } from '#imitations/gateways/mollie.ts'
import { paypal } from '#imitations/gateways/paypal.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { findSetup, type MethodSetup, startSetup } from '#modules/billing/save-method.ts'
import { scenario } from '../support/scenario.ts'
import { consent, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const atPaypal = (world: World) =>
  world.addGateway(paypal, (origin) => ({
    api_base: origin,
    client_id: paypal.defaults.client_id,
    client_secret: paypal.defaults.client_secret,
  }))
const atMollie = (world: World) => world.addGateway(mollie, (api_base) => ({ api_base, api_key: 'test_kept' }))

const start = async (world: World, gatewayAccountId: string, customerId: string): Promise<MethodSetup> =>
  startSetup(world.shop, {
    ...{ customerId, gatewayAccountId, consent },
    returnUrl: `${world.shop.baseUrl}/account/payment-methods?back=1`,
    cancelUrl: `${world.shop.baseUrl}/account/payment-methods`,
  })
const found = (world: World, { id }: MethodSetup) => read(world.shop, async (tx) => present(await findSetup(tx, id)))

const kinds = {
  paypal: {
    open: atPaypal,
    page: /agreements\/approve/,
    agree: ({ remoteRef }: MethodSetup) => ({ order: (remoteRef ?? '').replace(/^till-\d+-/, '') }),
    kept: { kind: 'paypal', brand: 'PayPal', last4: null },
  },
  mollie: {
    open: atMollie,
    page: /checkout\/tr_/,
    agree: ({ remoteRef }: MethodSetup) => ({ payment: remoteRef, how: 'card' }),
    kept: { kind: 'creditcard', brand: 'Visa', last4: '4242' },
  },
}

for (const [name, { open, page, agree, kept }] of Object.entries(kinds))
  scenario(`${name}: kept with the sentence, without a payment; the next renewal is charged to it`, async (world) => {
    const gateway = await open(world)
    const ana = world.customer('ana')
    const bought = await ana.buys()
    const setup = await start(world, gateway.id, await ana.id())
    expect(setup.redirectUrl).toMatch(page)
    await gateway.does('/__pay', agree(setup))
    // No notice is handed over: the sweep asks.
    await world.pass({ minutes: 2 })
    expect(await found(world, setup)).toMatchObject({ status: 'succeeded' })
    expect(await ana.methods()).toMatchObject([{ ...kept, isDefault: true, mandate: consent }])
    const invoice = present(
      await transaction(world.shop, 'ask', (tx) =>
        renewalInvoice(tx, world.shop, bought.subscriptionId, world.shop.now()),
      ),
    )
    await chargeInvoice(world.shop, { invoiceId: invoice.id })
    await world.settle()
    expect((await read(world.shop, (tx) => findInvoice(tx, invoice.id)))?.status).toBe('paid')
    expect(await bought.payments()).toHaveLength(1)
  })

scenario('PayPal: who agrees when the page is over has kept nothing', async (world) => {
  const gateway = await atPaypal(world)
  const ana = world.customer('ana')
  await ana.buys()
  const setup = await start(world, gateway.id, await ana.id())
  await world.pass({ hours: 24 })
  await gateway.does('/__pay', kinds.paypal.agree(setup))
  await world.pass({ hours: 48 })
  expect(await found(world, setup)).toMatchObject({ status: 'expired', nextCheckAt: null })
  expect(await ana.methods()).toEqual([])
})

scenario('Mollie: a refused card ends its page, says why, and the next page keeps another', async (world) => {
  const gateway = await atMollie(world)
  const ana = world.customer('ana')
  await ana.buys()
  const refused = await start(world, gateway.id, await ana.id())
  await gateway.does('/__pay', { payment: refused.remoteRef, how: 'insufficient_funds' })
  await world.pass({ minutes: 2 })
  expect(await found(world, refused)).toMatchObject({ status: 'canceled', failure: { class: 'soft_funds' } })
  const next = await start(world, gateway.id, await ana.id())
  expect(next.id).not.toBe(refused.id)
  await gateway.does('/__pay', { payment: next.remoteRef, how: 'paypal' })
  await world.pass({ minutes: 2 })
  expect(await ana.methods()).toMatchObject([{ kind: 'paypal' }])
})
