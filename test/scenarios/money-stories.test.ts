/** What went wrong elsewhere with money, each story named after its row: it must not happen here. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { compareGateways } from '#modules/billing/comparison/compare-gateway.ts'
import { listGateways, saveGateway } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import {
  findInvoice,
  findPayment,
  itemsOf,
  lockInvoice,
  paymentsOf,
  renewalInvoiceOf,
} from '#modules/billing/queries.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { spendBalanceFor } from '#modules/billing/spend-balance.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { withdrawInvoice } from '#modules/billing/withdraw-invoice.ts'
import { available } from '#modules/ledger/holds.ts'
import { customerBalance } from '#modules/ledger/rules.ts'
import { btcpay } from '../../src/imitations/gateways/btcpay.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import { scenario } from '../support/scenario.ts'
import { chooseAtSandbox, type Purchase, payInvoice, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })

const balanceOf = async (world: World, name: string): Promise<bigint> => {
  const id = await world.customer(name).id()
  return read(world.shop, (tx) => available(tx, customerBalance('EUR', id)))
}

const invoiceOf = async (world: World, id: string) => present(await read(world.shop, (tx) => findInvoice(tx, id)))

const countOf = async (world: World, query: string): Promise<number> =>
  (await world.db.pool.query<{ count: number }>(`select count(*)::int as count from ${query}`)).rows[0]?.count ?? -1

scenario('F05: the same invoice paid from five tabs at once is one attempt with one page', async (world) => {
  const ana = await world.customer('ana').orders()
  const started = await Promise.all(Array.from({ length: 5 }, () => payInvoice(world, ana.invoiceId, 'never')))
  expect(new Set(started).size).toBe(1)
  expect(await ana.payments()).toHaveLength(1)
})

/** The buyer opens the page, and has done nothing there yet. */
const opens = (world: World, { invoiceId }: Purchase) =>
  startPayment(world.shop, {
    invoiceId,
    gatewayAccountId: world.gatewayId,
    returnUrl: 'http://shop.example/r',
    cancelUrl: 'http://shop.example/c',
    description: 'TV',
  })

scenario(
  'F05: when another sum is owed, the page for the old one is closed and one for the new sum is opened, once',
  async (world) => {
    const ana = await world.customer('ana').orders()
    const page = await opens(world, ana)
    expect(await opens(world, ana)).toEqual(page)
    await markReceived(world.shop, { invoiceId: ana.invoiceId, amount: eur(500n), reference: 'a part' })
    const started = await Promise.all(Array.from({ length: 3 }, () => opens(world, ana)))
    expect(new Set(started.map(({ paymentId }) => paymentId)).size).toBe(1)
    expect(started[0]?.paymentId).not.toBe(page.paymentId)
    await world.settle()
    for (const each of [page, present(started[0])])
      await chooseAtSandbox(world.app, world.gatewayOrigin, each.redirectUrl?.split('/').at(-1) ?? '', 'pay')
    await world.settle()
    const moneys = (await ana.payments()).map((each) => [each.status, each.amountMinor, each.receivedMinor])
    expect(moneys.toSorted()).toEqual([
      ['canceled', 1299n, 0n],
      ['succeeded', 1299n, 500n],
      ['succeeded', 799n, 799n],
    ])
    expect(await ana.order()).toMatchObject({ status: 'ready' })
    expect(await balanceOf(world, 'ana')).toBe(0n)
  },
)

scenario('F06, F08: told and asked many times at once, a payment has one receipt and one allocation', async (world) => {
  world.hears(false)
  const ana = await world.customer('ana').orders()
  const paymentId = await ana.pays()
  const notice = present(world.delivered.filter(({ body }) => body.includes('"payment.paid"')).at(-1))
  await Promise.all([
    ...Array.from({ length: 4 }, () => world.notify(notice)),
    ...Array.from({ length: 4 }, () => refreshPayment(world.shop, paymentId)),
  ])
  await world.settle()
  expect(await countOf(world, "transfers where purpose like 'receipt%'")).toBe(1)
  expect(await countOf(world, 'allocations')).toBe(1)
  expect(await ana.periods()).toHaveLength(1)
})

scenario(
  'F06: three events that Stripe sends of one payment, all at once at two processes, are one payment',
  async (world) => {
    const secret = 'whsec_imitated'
    const gateway = await world.addGateway(stripe, (api_base) => ({
      api_base,
      api_key: 'sk_test_once',
      notice_secret: secret,
    }))
    const ana = await world.customer('ana').orders()
    const { paymentId } = await startPayment(world.shop, {
      invoiceId: ana.invoiceId,
      gatewayAccountId: gateway.id,
      returnUrl: 'http://shop.example/r',
      cancelUrl: 'http://shop.example/c',
      description: 'TV',
    })
    const session = present((await ana.payments())[0]?.remoteRef)
    const { payment_intent } = (await gateway.does('/__pay', { session, how: 'card' })) as { payment_intent: string }
    const metadata = { linekeeper_payment: paymentId }
    const events = [
      ['checkout.session.completed', { id: session, client_reference_id: paymentId, payment_intent }],
      ['payment_intent.succeeded', { id: payment_intent, metadata }],
      ['charge.succeeded', { id: 'ch_imitated', payment_intent, metadata }],
    ] as const
    const seconds = Math.floor(world.clock.now().epochMilliseconds / 1000)
    await world.withWorkers(2, (apps) =>
      Promise.all(
        [...events, ...events].map(async ([type, object], index) => {
          const event = { id: `evt_${type}_${index}`, object: 'event', type, created: seconds, livemode: false }
          const body = JSON.stringify({ ...event, data: { object } })
          const v1 = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
          const headers = { 'stripe-signature': `t=${seconds},v1=${v1}` }
          const notice = { body: Buffer.from(body), headers, receivedAt: world.clock.now() }
          expect(await receiveNotice(present(apps[index % 2]), gateway.id, notice)).toBe('stored')
        }),
      ),
    )
    await world.settle()
    expect(await countOf(world, 'money_facts')).toBe(1)
    expect(await countOf(world, "transfers where purpose like 'receipt%'")).toBe(1)
    expect(
      await countOf(world, "notices where status not in ('applied', 'ignored') or status = 'ignored' and reason = ''"),
    ).toBe(0)
    expect(await ana.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: 1299n }])
    expect(await ana.periods()).toHaveLength(1)
    expect((await ana.messages()).filter(({ template }) => template === 'receipt')).toHaveLength(1)
  },
)

scenario('F07: two who spend the same balance at once spend it once', async (world) => {
  const ana = await world.customer('ana').orders()
  await markReceived(world.shop, { invoiceId: ana.invoiceId, amount: eur(2299n), reference: 'too much' })
  await world.settle()
  const more = [
    await world.customer('ana').orders({ username: 'ana2' }),
    await world.customer('ana').orders({ username: 'ana3' }),
  ]
  const done = await Promise.allSettled(more.map(({ invoiceId }) => spendBalanceFor(world.shop, invoiceId)))
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await balanceOf(world, 'ana')).toBe(0n)
  const paid = await Promise.all(more.map(async ({ invoiceId }) => (await invoiceOf(world, invoiceId)).paidMinor))
  expect(paid.toSorted()).toEqual([0n, 1000n])
})

scenario('F02, F09: paid at the counter while another payment was on its way, it is paid once', async (world) => {
  const ana = await world.customer('ana').orders()
  await ana.pays('later')
  await world.settle()
  await expect(ana.pays()).rejects.toMatchObject({ code: 'in_progress' })
  await markReceived(world.shop, { invoiceId: ana.invoiceId, amount: eur(1299n), reference: 'at the counter' })
  await world.pass({ hours: 30 })
  expect(await invoiceOf(world, ana.invoiceId)).toMatchObject({ status: 'paid', paidMinor: 1299n })
  expect(await ana.periods()).toHaveLength(1)
  // Whatever the first one brought after all is his, and no invoice was paid by both.
  const brought = (await ana.payments()).reduce((sum, { receivedMinor }) => sum + receivedMinor, 0n)
  expect(await balanceOf(world, 'ana')).toBe(brought - 1299n)
})

scenario(
  'F09: while nobody knows whether a charge was made there is no second one, and what it brought after all is his',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys({ saves: true })
    const { id } = present(
      await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, ana.subscriptionId, shop.now())),
    )
    const statuses = async () => (await read(shop, (tx) => paymentsOf(tx, id))).map(({ status }) => status)
    await world.strike('gateway', { fault: 'timeout_after', action: 'POST /v1/charges', times: 1 })
    world.hears(false)
    await chargeInvoice(shop, { invoiceId: id })
    await world.settle()
    expect(await statuses()).toEqual(['indeterminate'])
    await expect(chargeInvoice(shop, { invoiceId: id })).rejects.toMatchObject({ code: 'in_progress' })
    await expect(payInvoice(world, id, 'never')).rejects.toMatchObject({ code: 'in_progress' })
    await expect(spendBalanceFor(shop, id)).rejects.toMatchObject({ code: 'in_progress' })
    // Only money that is here already is not refused: staff hold it in their hands.
    await markReceived(shop, { invoiceId: id, amount: eur(1299n), reference: 'at the counter' })
    await world.pass({ hours: 1 })
    expect((await statuses()).toSorted()).toEqual(['succeeded', 'succeeded'])
    expect(await invoiceOf(world, id)).toMatchObject({ status: 'paid', paidMinor: 1299n })
    expect(await ana.periods()).toHaveLength(2)
    expect(await balanceOf(world, 'ana')).toBe(1299n)
    expect(await countOf(world, `attention where kind = 'surplus_money' and closed_at is null`)).toBe(1)
    world.hears(true)
  },
)

for (const first of ['page', 'charge'] as const)
  scenario(
    `F02: a page and a charge of the kept method for the same invoice, the ${first} first, at any distance, take its money once`,
    async (world) => {
      const { shop } = world
      for (const [index, seconds] of [0, 20, 60, 390, 600, 900].entries()) {
        const name = `ana${index}`
        const ana = await world.customer(name).buys({ saves: true })
        const invoice = present(
          await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, ana.subscriptionId, shop.now())),
        )
        const payments = () => read(shop, (tx) => paymentsOf(tx, invoice.id))
        const charges = () => chargeInvoice(shop, { invoiceId: invoice.id }).catch(refused)
        const opens = () => payInvoice(world, invoice.id, 'never').catch(refused)
        if (first === 'page') await opens()
        else await charges()
        await world.pass({ seconds })
        // Both at once, and whoever has the page open pays there, as far as it lets him.
        const pays = async () => {
          for (const { remoteRef, methodId } of await payments())
            if (remoteRef !== null && methodId === null)
              await chooseAtSandbox(world.app, world.gatewayOrigin, remoteRef, 'pay').catch(() => null)
        }
        await Promise.all([charges(), opens(), pays()])
        await world.settle()
        await pays()
        await world.pass({ hours: 2 })
        const found = await payments()
        expect(found.filter(({ status }) => status === 'succeeded').length, `${seconds} seconds`).toBe(1)
        expect(found.reduce((sum, { receivedMinor }) => sum + receivedMinor, 0n)).toBe(1299n)
        expect(await invoiceOf(world, invoice.id)).toMatchObject({ status: 'paid', paidMinor: 1299n })
        expect(await ana.periods()).toHaveLength(2)
        expect(await balanceOf(world, name)).toBe(0n)
      }
      const taken = world.gateway.store.facts().filter(({ action }) => action === 'payment.paid')
      expect(taken).toHaveLength(12)
    },
  )

/** The one that comes second is told so. */
const refused = (error: { code?: string }) => {
  expect(['in_progress', 'conflict', 'already_settled']).toContain(error.code)
  return null
}

scenario('F35: declined in the evening and paid there in the morning, the order is delivered', async (world) => {
  const ana = await world.customer('ana').orders()
  await ana.pays('decline')
  await world.settle()
  expect(await ana.payments()).toMatchObject([{ status: 'failed' }])
  await world.pass({ hours: 12 })
  expect(await ana.periods()).toHaveLength(0)
  await chooseAtSandbox(world.app, world.gatewayOrigin, present((await ana.payments())[0]?.remoteRef), 'pay')
  await world.settle()
  expect(await ana.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: 1299n, failure: null }])
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect(await ana.periods()).toHaveLength(1)
})

/** A charge that was declined there for good is not so good after all: banks do that. */
async function goesThrough(world: World, ref: string): Promise<void> {
  const charges = world.gateway.store.shelf<{ charged: string | null }>('payments')
  charges.put(ref, { ...present(charges.get(ref)), charged: null })
  await chooseAtSandbox(world.app, world.gatewayOrigin, ref, 'pay')
}

for (const heard of ['by its notice', 'by the comparison with the gateway’s list'])
  scenario(
    `F35: a charge that was declined for good and went through twelve hours later counts, ${heard}`,
    async (world) => {
      const { shop } = world
      const ana = await world.customer('ana').buys({ saves: true })
      await world.script(await world.customer('ana').id(), 'insufficient_funds')
      const { id } = present(
        await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, ana.subscriptionId, shop.now())),
      )
      await chargeInvoice(shop, { invoiceId: id })
      await world.settle()
      const attempt = async () => present((await read(shop, (tx) => paymentsOf(tx, id)))[0])
      expect(await attempt()).toMatchObject({ status: 'failed', nextCheckAt: null })
      await world.pass({ hours: 12 })
      world.hears(heard === 'by its notice')
      await goesThrough(world, present((await attempt()).remoteRef))
      if (heard !== 'by its notice') await compareGateways(world.app)
      await world.settle()
      expect(await attempt()).toMatchObject({ status: 'succeeded', receivedMinor: 1299n })
      expect(await invoiceOf(world, id)).toMatchObject({ status: 'paid' })
      expect(await ana.periods()).toHaveLength(2)
      world.hears(true)
    },
  )

scenario('F16: each renewal asks for one period, at the agreed price, and nothing twice', async (world) => {
  const ana = await world.customer('ana').buys()
  for (const _ of [1, 2, 3]) {
    const { id, totalMinor } = await ana.renews()
    const items = await read(world.shop, (tx) => itemsOf(tx, id))
    expect([totalMinor, items.map(({ kind, quantity, totalMinor: each }) => [kind, quantity, each])]).toEqual([
      1299n,
      [['period', 1, 1299n]],
    ])
  }
  const periods = await ana.periods()
  expect(new Set(periods.map(({ starts }) => String(starts))).size).toBe(4)
})

scenario('F69: what is taken back is taken back whole and once, and never with money on it', async (world) => {
  const ana = await world.customer('ana').buys()
  const open = present(
    await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now())),
  )
  const withdraw = () =>
    transaction(world.shop, 'withdraw', async (tx) =>
      withdrawInvoice(tx, world.shop, await lockInvoice(tx, open.id), 'a mistake', world.shop.now()),
    )
  await Promise.all([withdraw(), withdraw()])
  expect(await countOf(world, `credit_notes where invoice_id = '${open.id}' and total_minor = 1299`)).toBe(1)
  expect(await countOf(world, 'credit_notes')).toBe(1)
  const next = present(
    await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now())),
  )
  await markReceived(world.shop, { invoiceId: next.id, amount: eur(100n), reference: 'a part' })
  const refused = transaction(world.shop, 'withdraw', async (tx) =>
    withdrawInvoice(tx, world.shop, await lockInvoice(tx, next.id), 'a mistake', world.shop.now()),
  )
  await expect(refused).rejects.toMatchObject({ code: 'conflict' })
  expect(await invoiceOf(world, next.id)).toMatchObject({ status: 'open', paidMinor: 100n })
})

scenario(
  'F84: two gateways share one account at the provider; news counts for the one that opened the payment',
  async (world) => {
    const secret = btcpay.defaults.webhook_secret ?? ''
    const storeId = btcpay.defaults.store_id ?? ''
    const settings = (api_base: string) => ({
      api_base,
      store_id: storeId,
      api_key: btcpay.defaults.key,
      notice_secret: secret,
    })
    const first = await world.addGateway(btcpay, settings)
    const twin = { name: 'Twin', kind: 'btcpay', settings: settings('http://btcpay.test'), active: true, position: 10 }
    const second = await transaction(world.shop, 'twin', (tx) => saveGateway(tx, world.shop, twin))
    const ana = await world.customer('ana').orders()
    const { paymentId, redirectUrl } = await startPayment(world.shop, {
      invoiceId: ana.invoiceId,
      gatewayAccountId: first.id,
      returnUrl: 'http://shop.example/r',
      cancelUrl: 'http://shop.example/c',
      description: 'Family monthly',
    })
    const invoiceId = redirectUrl?.split('/').at(-1) ?? ''
    await first.does('/__send', { invoice: invoiceId, percent: 100 })
    const about = { timestamp: 1, storeId, invoiceId, metadata: { orderId: paymentId } }
    const body = JSON.stringify({ deliveryId: 'd1', type: 'InvoiceSettled', ...about })
    const headers = { 'btcpay-sig': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
    const wrong = { body: Buffer.from(body), headers, receivedAt: world.clock.now() }
    expect(await receiveNotice(world.app, second, wrong)).toBe('stored')
    await world.settle()
    expect(await ana.payments()).toMatchObject([{ status: 'requires_action', receivedMinor: 0n }])
    expect(await countOf(world, `money_facts where gateway_account_id = '${second}'`)).toBe(0)
    expect(await first.hears(body, headers)).toBe('stored')
    await world.settle()
    expect(await ana.payments()).toMatchObject([{ status: 'succeeded', gatewayAccountId: first.id }])
    expect(await ana.periods()).toHaveLength(1)
  },
)

scenario(
  'F25, F90: a gateway that cannot say whether money is on its way is asked again in half an hour, and nobody is suspended meanwhile',
  async (world) => {
    const { shop } = world
    const ana = await world.customer('ana').buys()
    const end = present((await ana.subscription()).paidThrough)
    await world.until(String(end.add({ hours: 66 })))
    const { id } = present(await read(shop, (tx) => renewalInvoiceOf(tx, ana.subscriptionId, end)))
    const [sandbox] = (await read(shop, listGateways)).filter(({ kind }) => kind === 'sandbox')
    const way = {
      gatewayAccountId: present(sandbox).id,
      returnUrl: `${shop.baseUrl}/r`,
      cancelUrl: `${shop.baseUrl}/c`,
    }
    const { paymentId, redirectUrl } = await startPayment(shop, {
      ...way,
      invoiceId: id,
      description: 'Family monthly',
    })
    await world.pass({ hours: 1 })
    world.gateway.faults.add({ fault: 'notice_lost', times: 1 })
    await chooseAtSandbox(shop.app, world.gatewayOrigin, present(redirectUrl).split('/').at(-1) ?? '', 'later')
    // It answers nonsense when its turn comes, after two hours, and nothing else would ask for six more.
    world.gateway.faults.add({ fault: 'html' })
    await world.pass({ hours: 2 })
    world.gateway.faults.clear('html')
    expect(await read(shop, (tx) => findPayment(tx, paymentId))).toMatchObject({ status: 'requires_action', checks: 4 })
    await world.pass({ minutes: 31 })
    expect(await read(shop, (tx) => findPayment(tx, paymentId))).toMatchObject({ status: 'processing', checks: 5 })
    await world.pass({ hours: 5 })
    expect(await ana.subscription()).toMatchObject({ status: 'grace' })
    expect(world.failures.splice(0)).not.toHaveLength(0)
  },
)
