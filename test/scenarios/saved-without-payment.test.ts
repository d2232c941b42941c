/** A payment method is kept without a payment: once, for its customer only, whatever comes late, twice, out of order or not at all. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { findCollection } from '#modules/billing/collections.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { findSetup, type MethodSetup, refreshSetup, startSetup } from '#modules/billing/save-method.ts'
import { listAttention } from '#modules/people/attention.ts'
import { Refusal } from '#platform/errors.ts'
import { scenario } from '../support/scenario.ts'
import { chooseAtSandbox, consent, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

async function wishOf(world: World, customerId: string, shop: Shop = world.shop) {
  const account = present((await read(shop, listGateways)).find(({ kind }) => kind === 'sandbox'))
  return {
    customerId,
    gatewayAccountId: account.id,
    returnUrl: `${shop.baseUrl}/account/payment-methods?back=1`,
    cancelUrl: `${shop.baseUrl}/account/payment-methods`,
    consent,
  }
}

const start = async (world: World, customerId: string): Promise<MethodSetup> =>
  startSetup(world.shop, await wishOf(world, customerId))

const setupOf = (world: World, { id }: MethodSetup): Promise<MethodSetup> =>
  read(world.shop, async (tx) => present(await findSetup(tx, id)))

const chooses = (world: World, { remoteRef }: MethodSetup, how: 'pay' | 'decline' = 'pay') =>
  chooseAtSandbox(world.app, world.stage.gatewayOrigin, remoteRef ?? '', how)

scenario('kept with the sentence, without a payment; the next renewal is charged to it', async (world) => {
  const ana = world.customer('ana')
  const bought = await ana.buys()
  expect(await ana.methods()).toEqual([])
  const setup = await start(world, await ana.id())
  expect(setup.redirectUrl).toMatch(/\/save\//)
  expect((await start(world, await ana.id())).id).toBe(setup.id)
  await chooses(world, setup)
  await world.settle()
  const [method, ...others] = await ana.methods()
  expect(others).toEqual([])
  expect(method).toMatchObject({ isDefault: true, status: 'active', mandate: consent, last4: '4242' })
  expect(await setupOf(world, setup)).toMatchObject({ status: 'succeeded', methodId: method?.id, nextCheckAt: null })
  expect(await bought.payments()).toHaveLength(1)
  const invoice = present(
    await transaction(world.shop, 'ask', (tx) =>
      renewalInvoice(tx, world.shop, bought.subscriptionId, world.shop.now()),
    ),
  )
  await chargeInvoice(world.shop, { invoiceId: invoice.id })
  await world.settle()
  expect((await read(world.shop, (tx) => findInvoice(tx, invoice.id)))?.status).toBe('paid')
})

scenario('a notice that comes twice, late, or never changes nothing: the method is kept once', async (world) => {
  const ana = world.customer('ana')
  await ana.buys()
  world.hears(false)
  const setup = await start(world, await ana.id())
  await chooses(world, setup)
  expect(await ana.methods()).toEqual([])
  // The notice never came: the return, or the sweep, asks.
  await world.pass({ minutes: 2 })
  expect(await ana.methods()).toHaveLength(1)
  world.hears(true)
  const notices = world.delivered.filter(({ body }) => body.includes('setup.'))
  expect(notices).toHaveLength(1)
  for (const notice of [...notices, ...notices]) expect(await world.notify(notice)).toBe('stored')
  await world.settle()
  await refreshSetup(world.shop, setup.id)
  expect(await ana.methods()).toHaveLength(1)
  // The next one is another page, and another method.
  const second = await start(world, await ana.id())
  expect(second.id).not.toBe(setup.id)
})

scenario('a gateway that could not say whether a method was saved is asked again in half an hour', async (world) => {
  const ana = world.customer('ana')
  await ana.buys()
  world.hears(false)
  const setup = await start(world, await ana.id())
  await world.pass({ hours: 1 })
  await chooses(world, setup)
  const { checks } = present(await setupOf(world, setup))
  // It answers nonsense when its turn comes, after two hours, and nothing else would ask for six more.
  world.gateway.faults.add({ fault: 'html' })
  await world.pass({ hours: 2 })
  world.gateway.faults.clear('html')
  expect(await setupOf(world, setup)).toMatchObject({ status: 'requires_action', checks })
  await world.pass({ minutes: 31 })
  expect(await setupOf(world, setup)).toMatchObject({ status: 'succeeded' })
  expect(world.failures.splice(0)).not.toHaveLength(0)
})

scenario('a refused card says why and can be followed by another; an abandoned page ends by itself', async (world) => {
  const ana = world.customer('ana')
  await ana.buys()
  const refused = await start(world, await ana.id())
  await chooses(world, refused, 'decline')
  await world.settle()
  expect(await setupOf(world, refused)).toMatchObject({
    status: 'requires_action',
    failure: { message: expect.stringMatching(/bank/) },
  })
  expect(await ana.methods()).toEqual([])
  await chooses(world, refused)
  await world.settle()
  expect(await setupOf(world, refused)).toMatchObject({ status: 'succeeded', failure: null })

  const left = await start(world, await ana.id())
  await world.pass({ days: 2 })
  expect(await setupOf(world, left)).toMatchObject({ status: 'expired', nextCheckAt: null })
  expect(await ana.methods()).toHaveLength(1)
})

scenario('what waited for another method is tried at once', async (world) => {
  const ana = world.customer('ana')
  const bought = await ana.buys({ saves: true })
  await world.script(await ana.id(), 'stolen_card')
  const invoice = present(
    await transaction(world.shop, 'ask', (tx) =>
      renewalInvoice(tx, world.shop, bought.subscriptionId, world.shop.now()),
    ),
  )
  await chargeInvoice(world.shop, { invoiceId: invoice.id })
  await world.settle()
  expect(await read(world.shop, (tx) => findCollection(tx, invoice.id))).toMatchObject({ waitsFor: 'method' })
  const setup = await start(world, await ana.id())
  await chooses(world, setup)
  await world.settle()
  expect((await read(world.shop, (tx) => findInvoice(tx, invoice.id)))?.status).toBe('paid')
})

scenario('a method that hangs on another customer at the gateway is refused, and staff are told', async (world) => {
  const ana = world.customer('ana')
  const ben = world.customer('ben')
  await ana.buys({ saves: true })
  await ben.buys()
  const setup = await start(world, await ben.id())
  // As if the gateway mixed the two up.
  await world.tamper(
    `update payment_methods set customer_ref = '${await ben.id()}' where customer_id = '${await ana.id()}'`,
  )
  await chooses(world, setup)
  await world.settle()
  expect(await setupOf(world, setup)).toMatchObject({ status: 'failed', failure: { code: 'mismatch' }, methodId: null })
  expect(await ben.methods()).toEqual([])
  expect(await read(world.shop, (tx) => listAttention(tx))).toContainEqual(
    expect.objectContaining({ kind: 'method_mismatch', subjectId: await ben.id() }),
  )
})

scenario(
  'a gateway that is down opens no page: said so, stored as failed, and the next try is another',
  async (world) => {
    const ana = world.customer('ana')
    await ana.buys()
    const wish = await wishOf(world, await ana.id())
    await world.strike('gateway', { fault: 'timeout_after', action: 'POST /v1/setups', times: 1 })
    await expect(startSetup(world.shop, wish)).rejects.toMatchObject({ code: 'gateway_failed' })
    const setup = await startSetup(world.shop, wish)
    await chooses(world, setup)
    await world.settle()
    expect(await ana.methods()).toHaveLength(1)
    await expect(startSetup(world.shop, { ...wish, gatewayAccountId: 'gwa_x' })).rejects.toBeInstanceOf(Refusal)
    const manual = (await read(world.shop, listGateways)).find(({ kind }) => kind === 'manual')
    if (manual !== undefined)
      await expect(startSetup(world.shop, { ...wish, gatewayAccountId: manual.id })).rejects.toBeInstanceOf(Refusal)
  },
)
