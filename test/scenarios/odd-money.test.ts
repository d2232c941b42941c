/** Money that comes short, or too late: what a business has said about it is done by itself, once, and stands in the books. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { revenueByPeriod } from '#modules/analytics/revenue.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { previewCancel } from '#modules/billing/cancel-subscription.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { type OddMoneySettings, oddMoneySetting, saveOddMoney } from '#modules/billing/odd-money.ts'
import { findInvoice, refundsOf } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { statementOf } from '#modules/billing/statement/statement.ts'
import { registered } from '#modules/billing/tax/tax.test-support.ts'
import { findCoupon } from '#modules/catalog/coupons.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop } from '#modules/people/business.ts'
import { readSetting, saveSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { one, run, sql } from '#platform/db.ts'
import { camtText } from '../../src/adapters/statements/statements.test-support.ts'
import { withCoins } from '../support/coins.ts'
import { aCoupon } from '../support/coupons.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const says = (world: World, more: Partial<OddMoneySettings>) =>
  transaction(world.shop, 'odd-money', (tx) => saveOddMoney(tx, world.shop, oddMoneySetting.schema.parse(more)))
const forgives = (world: World) =>
  says(world, { tolerance_percent: '0.5', tolerance_most: [{ currency: 'EUR', amount: 5 }] })

const invoiceOf = async (world: World, { invoiceId }: Purchase) =>
  present(await read(world.shop, (tx) => findInvoice(tx, invoiceId)))
const attention = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)
/** Credits minus debits. */
const balanceOf = async (world: World, account: string): Promise<bigint> =>
  (
    await read(world.shop, (tx) =>
      one(
        tx,
        sql<{
          sum: bigint
        }>`select coalesce(sum(case when credit_account = ${account} then amount else -amount end), 0)::bigint as sum
          from transfers where business_id = current_business() and ${account} in (credit_account, debit_account)`,
      ),
    )
  ).sum
let statements = 0
const brings = async (world: World, { invoiceId }: Purchase, minor: bigint) => {
  statements += 1
  await markReceived(world.shop, {
    invoiceId,
    amount: { minor, currency: 'EUR' },
    reference: `statement ${statements}`,
  })
  await world.settle()
}

scenario(
  'a transfer of a little less pays the order, to the smallest unit, and the rest is written off',
  async (world) => {
    // Off, as it begins: a cent is a cent.
    const first = await world.customer('ana').orders()
    await brings(world, first, 1_298n)
    expect(await invoiceOf(world, first)).toMatchObject({ status: 'draft', paidMinor: 1_298n, forgivenMinor: 0n })
    expect(await attention(world)).toEqual(['short_payment'])
    // 0.5 percent of 12.99 are 6.495 cents, and at most 5 are forgiven.
    await forgives(world)
    const within = await world.customer('ben').orders()
    await brings(world, within, 1_294n)
    expect(await invoiceOf(world, within)).toMatchObject({ status: 'paid', paidMinor: 1_299n, forgivenMinor: 5n })
    expect(await within.order()).toMatchObject({ status: 'ready' })
    expect(await within.payments()).toMatchObject([{ receivedMinor: 1_294n, forgivenMinor: 5n }])
    expect(await balanceOf(world, 'shortfall/EUR')).toBe(-5n)
    expect(await within.periods()).toHaveLength(1)
    const beyond = await world.customer('cem').orders()
    await brings(world, beyond, 1_293n)
    expect(await invoiceOf(world, beyond)).toMatchObject({ status: 'draft', paidMinor: 1_293n, forgivenMinor: 0n })
    // What was short and comes nearer is paid with the step that brings it within.
    await brings(world, beyond, 3n)
    expect(await invoiceOf(world, beyond)).toMatchObject({ status: 'paid', forgivenMinor: 3n })
    expect(await beyond.order()).toMatchObject({ status: 'ready' })
    // Too much is never taken: it stays the customer's.
    const more = await world.customer('dora').orders()
    await brings(world, more, 1_300n)
    expect(await invoiceOf(world, more)).toMatchObject({ status: 'paid', forgivenMinor: 0n })
    expect(await balanceOf(world, `customer/EUR/${await world.customer('dora').id()}`)).toBe(1n)
    expect(await balanceOf(world, 'shortfall/EUR')).toBe(-8n)
    const month = world.shop.now().toString().slice(0, 7)
    const told = await read(world.shop, (tx) => revenueByPeriod(tx, [month], world.shop.zone))
    expect(told).toMatchObject([{ lost: 8n, received: 1_298n + 1_294n + 1_296n + 1_300n, returned: 0n }])
    // What was forgiven never came: it is not given back, and a statement tells it as what it is.
    await transaction(world.shop, 'life', async (tx) =>
      saveSetting(tx, world.shop, lifeSetting, {
        ...(await readSetting(tx, world.shop, lifeSetting)),
        refund: { kind: 'prorated', days: 14, fee_minor: 0 },
      }),
    )
    const ends = await read(world.shop, (tx) => previewCancel(tx, world.shop, within.subscriptionId, world.shop.now()))
    expect(ends.refund.minor).toBe(1_294n)
    const day = world.shop.now().toZonedDateTimeISO(world.shop.zone).toPlainDate()
    const ben = await world.customer('ben').id()
    const { entries, closingMinor } = await read(world.shop, (tx) =>
      statementOf(tx, world.shop.zone, ben, { currency: 'EUR', from: day, to: day }),
    )
    expect(entries.map(({ kind, minor }) => `${kind} ${minor}`).toSorted()).toEqual([
      'credit -5',
      'invoice 1299',
      'payment -1294',
    ])
    expect(closingMinor).toBe(0n)
    const [payment] = await within.payments()
    const give = (minor: bigint) =>
      refundPayment(world.shop, payment?.id ?? '', { minor, currency: 'EUR' }, 'gone', 'balance')
    await expect(give(1_295n)).rejects.toMatchObject({ code: 'invalid_input' })
    await give(1_294n)
    expect((await world.proof()).broken).toEqual([])
  },
)

scenario('coins that come a little short pay once their time is up, however often they are told', async (world) => {
  await forgives(world)
  const coins = await withCoins(world)
  const bought = await world.customer('ana').orders()
  const page = await coins.opens(bought)
  await coins.sends(page, 99.7)
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'draft', paidMinor: 0n })
  await world.pass({ minutes: 40 })
  await coins.tells(page, 3)
  expect(await bought.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: 1_295n, forgivenMinor: 4n }])
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'paid', forgivenMinor: 4n })
  expect(await bought.order()).toMatchObject({ status: 'ready' })
  expect(await attention(world)).toEqual([])
  // The rest comes after all: it is the customer's, since nothing is owed any more.
  await coins.sends(page, 0.3)
  expect(await kept(world, 'ana')).toBe(4n)
  expect(await balanceOf(world, 'shortfall/EUR')).toBe(-4n)
  expect(await bought.periods()).toHaveLength(1)
  expect((await world.proof()).broken).toEqual([])
})

scenario('the tax of the whole invoice stays owed, and the proof sees what is not in the books', async (world) => {
  await registered(world)
  await forgives(world)
  const bought = await world.customer('ana').orders({ country: 'DE' })
  await brings(world, bought, 1_295n)
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'paid', taxMinor: 207n, forgivenMinor: 4n })
  expect(await balanceOf(world, 'tax/EUR')).toBe(207n)
  expect(await balanceOf(world, 'deferred/EUR')).toBe(1_092n)
  expect((await world.proof()).broken).toEqual([])
  const plant = (minor: bigint) =>
    transaction(world.shop, 'plant', (tx) =>
      run(tx, sql`update invoices set forgiven_minor = ${minor} where business_id = current_business()`),
    )
  await plant(5n)
  expect((await world.proof()).broken.map(({ id }) => id)).toEqual(['M5-forgiven'])
  await plant(4n)
})

scenario('what is no tolerance is refused, and nothing of it is kept', async (world) => {
  for (const [wrong, pointer] of [
    [{ tolerance_percent: '0.5' }, '/tolerance_most'],
    [{ tolerance_most: [{ currency: 'QQQ', amount: 1 }] }, '/tolerance_most/0/currency'],
    [
      {
        tolerance_most: [
          { currency: 'EUR', amount: 1 },
          { currency: 'EUR', amount: 2 },
        ],
      },
      '/tolerance_most/1/currency',
    ],
  ] as const)
    await expect(says(world, wrong as Partial<OddMoneySettings>)).rejects.toMatchObject({
      code: 'invalid_input',
      fields: expect.arrayContaining([expect.objectContaining({ pointer })]),
    })
})

/** An order that nobody paid in time, and the page on which it can still be paid. */
async function givenUp(
  world: World,
  name: string,
  buying: Parameters<ReturnType<World['customer']>['orders']>[0] = {},
) {
  const coins = await withCoins(world)
  const bought = await world.customer(name).orders(buying)
  const page = await coins.opens(bought)
  await world.pass({ hours: 24 * 3 })
  expect(await bought.order()).toMatchObject({ status: 'canceled' })
  return { coins, bought, page, of: world.customer(name) }
}
/** All of it, found by two workers at once and told twice more. */
async function arrives(
  world: World,
  coins: Awaited<ReturnType<typeof withCoins>>,
  page: { ref: string; paymentId: string },
) {
  await coins.does('/__send', { invoice: page.ref, percent: 100 })
  await world.withWorkers(2, (apps) =>
    Promise.allSettled(
      [...apps, ...apps].map(async (app) =>
        refreshPayment(await openShop(app, world.businessId, 'system'), page.paymentId),
      ),
    ),
  )
  await coins.tells(page, 2)
}
const whyKept = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx))).find(({ kind }) => kind === 'surplus_money')?.detail
const kept = async (world: World, name: string) => balanceOf(world, `customer/EUR/${await world.customer(name).id()}`)

scenario('late money stays the customer’s, once, where nothing else was said', async (world) => {
  const { bought, coins, page } = await givenUp(world, 'ana')
  await arrives(world, coins, page)
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'void', paidMinor: 0n })
  expect(await kept(world, 'ana')).toBe(1_299n)
  expect(await attention(world)).toEqual(['surplus_money'])
})

scenario('reopen: the order goes on when exactly its sum comes, once, however often it is told', async (world) => {
  await says(world, { late_money: 'reopen' })
  const { bought, coins, page } = await givenUp(world, 'ana')
  await arrives(world, coins, page)
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'paid', paidMinor: 1_299n })
  expect(await bought.order()).toMatchObject({ status: 'ready' })
  expect(await bought.periods()).toHaveLength(1)
  expect(await world.linesOnPanel()).toHaveLength(1)
  expect(await kept(world, 'ana')).toBe(0n)
  expect(await attention(world)).toEqual([])
  expect((await world.proof()).broken).toEqual([])
  // It is as every other payment: given back, it is gone.
  await refundPayment(world.shop, page.paymentId, { minor: 1_299n, currency: 'EUR' }, 'asked for it', 'balance')
  expect(await kept(world, 'ana')).toBe(1_299n)
  expect((await world.proof()).broken).toEqual([])
})

scenario('reopen: the tax of the order is owed with the day on which it was paid', async (world) => {
  await registered(world)
  await says(world, { late_money: 'reopen' })
  const { bought, coins, page } = await givenUp(world, 'ana', { country: 'DE' })
  await coins.sends(page, 100)
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'paid', taxMinor: 207n })
  expect(await balanceOf(world, 'tax/EUR')).toBe(207n)
  expect((await world.proof()).broken).toEqual([])
})

scenario('reopen: another sum stays on the balance, and staff are told why', async (world) => {
  await says(world, { late_money: 'reopen' })
  const less = await givenUp(world, 'ana')
  await less.coins.sends(less.page, 99)
  await world.pass({ minutes: 40 })
  expect(await kept(world, 'ana')).toBe(1_286n)
  expect(await whyKept(world)).toMatch(/^It is another sum than was asked for\. It is kept/)
})

scenario('reopen: who has ordered again gets one line, and not two', async (world) => {
  await says(world, { late_money: 'reopen' })
  const { bought, coins, page, of } = await givenUp(world, 'ana')
  await of.buys()
  await coins.sends(page, 100)
  expect(await bought.order()).toMatchObject({ status: 'canceled' })
  expect(await kept(world, 'ana')).toBe(1_299n)
  expect(await world.linesOnPanel()).toHaveLength(1)
  expect(await whyKept(world)).toMatch(/^The customer has bought something else since then/)
})

scenario('reopen: what has no place any more is not sold', async (world) => {
  await says(world, { late_money: 'reopen' })
  const id = await aCoupon(world, { code: 'LATE', stock: 1 })
  const { bought, coins, page } = await givenUp(world, 'ana', { coupon: 'LATE' })
  await world.tamper('update panels set capacity = 1, reserved = 1')
  await coins.sends(page, 100)
  expect(await bought.order()).toMatchObject({ status: 'canceled' })
  expect(await kept(world, 'ana')).toBe(649n)
  expect(await whyKept(world)).toMatch(/^The panel that it was ordered on has no place/)
  expect(present(await read(world.shop, (tx) => findCoupon(tx, id))).taken).toBe(0)
})

scenario('reopen: what came after a month is not sold', async (world) => {
  await says(world, { late_money: 'reopen' })
  const { bought, coins, page } = await givenUp(world, 'ana')
  await world.pass({ hours: 24 * 31 })
  await coins.sends(page, 100)
  expect(await bought.order()).toMatchObject({ status: 'canceled' })
  expect(await whyKept(world)).toMatch(/^The order was given up more than 30 days ago\. It is kept/)
})

scenario('reopen: with its coupon, as long as that is not used up', async (world) => {
  await says(world, { late_money: 'reopen' })
  const id = await aCoupon(world, { code: 'LATE', stock: 1 })
  const uses = async () => present(await read(world.shop, (tx) => findCoupon(tx, id))).taken
  const { bought, coins, page } = await givenUp(world, 'ana', { coupon: 'LATE' })
  expect(await uses()).toBe(0)
  const other = await world.customer('ben').orders({ coupon: 'LATE' })
  await coins.sends(page, 100)
  expect(await bought.order()).toMatchObject({ status: 'canceled' })
  expect(await whyKept(world)).toMatch(/^Its coupon is used up by now/)
  // It was the other's to the end; then it is free again.
  const second = await coins.opens(other)
  await world.pass({ hours: 24 * 3 })
  expect(await uses()).toBe(0)
  await coins.sends(second, 100)
  expect(await other.order()).toMatchObject({ status: 'ready' })
  expect(await uses()).toBe(1)
  expect((await world.proof()).broken).toEqual([])
})

scenario('refund: late money goes back by itself, once, with two workers and repeated notices', async (world) => {
  await says(world, { late_money: 'refund' })
  const { bought, coins, page } = await givenUp(world, 'ana')
  await arrives(world, coins, page)
  const refunds = () => read(world.shop, (tx) => refundsOf(tx, page.paymentId))
  expect(await refunds()).toMatchObject([
    { status: 'requires_action', amountMinor: 1_299n, fromBalanceMinor: 1_299n, taxMinor: 0n },
  ])
  expect(await attention(world)).toEqual([])
  // Until the buyer has fetched it, it is his, and kept for that.
  expect(await kept(world, 'ana')).toBe(1_299n)
  const pull = { pull_payment: (await refunds())[0]?.remoteRef }
  await coins.does('/__claim', pull)
  await coins.does('/__payout', { ...pull, state: 'Completed' })
  await world.pass({ hours: 1, minutes: 1 })
  expect(await refunds()).toMatchObject([{ status: 'succeeded' }])
  expect(await bought.payments()).toMatchObject([{ receivedMinor: 1_299n, refundedMinor: 1_299n }])
  expect(await bought.order()).toMatchObject({ status: 'canceled' })
  expect(await kept(world, 'ana')).toBe(0n)
  expect((await world.proof()).broken).toEqual([])
})

scenario('refund: more than was asked for is not late, and stays the customer’s', async (world) => {
  await says(world, { late_money: 'refund' })
  const coins = await withCoins(world)
  const bought = await world.customer('ana').orders()
  const page = await coins.opens(bought)
  await coins.sends(page, 200)
  expect(await read(world.shop, (tx) => refundsOf(tx, page.paymentId))).toEqual([])
  expect(await kept(world, 'ana')).toBe(1_299n)
})

scenario('refund: what came by a bank cannot go back by itself: it is kept, and staff are told', async (world) => {
  await says(world, { late_money: 'refund' })
  const bank = await transaction(world.shop, 'save-gateway', (tx) =>
    saveGateway(tx, world.shop, {
      name: 'Our bank',
      kind: 'bank_transfer',
      settings: { account_holder: 'Example TV Ltd', iban: 'DE89370400440532013000' },
      active: true,
      position: 5,
    }),
  )
  const bought = await world.customer('ana').orders()
  const { paymentId } = await startPayment(world.shop, {
    invoiceId: bought.invoiceId,
    gatewayAccountId: bank,
    returnUrl: 'http://shop.example/r',
    cancelUrl: 'http://shop.example/c',
    description: 'Family monthly',
  })
  await cancelOrder(world.shop, bought.orderId)
  const ref = present((await bought.payments()).find(({ id }) => id === paymentId)?.reference)
  const content = camtText({ entries: [{ acctRef: 'REF-1', parts: [{ amount: '12.99', ref }] }] })
  await importStatement(world.shop, { gatewayAccountId: bank, fileName: 'statement.xml', content })
  await world.settle()
  expect(await kept(world, 'ana')).toBe(1_299n)
  expect(await whyKept(world)).toMatch(/^Where it came by, no money goes back by itself\. It is kept/)
})

scenario(
  'a renewal that nobody paid is never late: its invoice stays open, and brings the line back',
  async (world) => {
    await says(world, { late_money: 'refund' })
    const ana = world.customer('ana')
    const bought = await ana.buys()
    await world.pass({ hours: 24 * 60 })
    expect(await bought.subscription()).toMatchObject({ status: 'terminated' })
    await ana.paysOpenInvoice()
    expect(await bought.subscription()).toMatchObject({ status: 'active' })
    expect(await kept(world, 'ana')).toBe(0n)
  },
)
