/**
 * Money of which some goes back before what it is for was paid in full, and money that was more than was asked for: what went back is asked for
 * again, and nothing is there twice (F11, F54, F60, F91).
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { findGateway, openGateway } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived, receiveFromCustomer } from '#modules/billing/mark-received.ts'
import { findInvoice, findPayment, refundsOf } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { refreshRefunds } from '#modules/billing/refund-facts.ts'
import { type Destination, refundPayment } from '#modules/billing/refund-payment.ts'
import { spendBalanceFor } from '#modules/billing/spend-balance.ts'
import { statementOf } from '#modules/billing/statement/statement.ts'
import { registered } from '#modules/billing/tax/tax.test-support.ts'
import { findCoupon } from '#modules/catalog/coupons.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { available } from '#modules/ledger/holds.ts'
import { customerBalance } from '#modules/ledger/rules.ts'
import { listAttention } from '#modules/people/attention.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import { withCoins } from '../support/coins.ts'
import { aCoupon } from '../support/coupons.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, payInvoice, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })
const invoiceOf = async (world: World, id: string) => present(await read(world.shop, (tx) => findInvoice(tx, id)))
const attention = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind)

const balanceOf = async (world: World, name: string): Promise<bigint> => {
  const id = await world.customer(name).id()
  return read(world.shop, (tx) => available(tx, customerBalance('EUR', id)))
}

/** Credits less debits of the accounts whose names begin so. */
const sumOf = async (world: World, account: string): Promise<bigint> => {
  const { rows } = await world.db.pool.query<{ sum: string }>(
    `select coalesce(sum(case when credit_account like $1 then amount else 0 end - case when debit_account like $1 then amount else 0 end), 0)::text as sum from transfers`,
    [`${account}%`],
  )
  return BigInt(present(rows[0]).sum)
}

async function brings(world: World, invoiceId: string, minor: bigint, reference: string): Promise<string> {
  const id = await markReceived(world.shop, { invoiceId, amount: eur(minor), reference })
  await world.settle()
  return id
}

const gives = (world: World, paymentId: string, minor: bigint, to: Destination = 'source', invoiceId?: string) =>
  refundPayment(world.shop, paymentId, eur(minor), 'asked for', to, invoiceId)

scenario('what goes back of half an order is asked for again, and the order is paid by all of it', async (world) => {
  const ana = await world.customer('ana').orders()
  const half = await brings(world, ana.invoiceId, 649n, 'first')
  await gives(world, half, 300n)
  expect(await invoiceOf(world, ana.invoiceId)).toMatchObject({ status: 'draft', paidMinor: 349n })
  expect(await balanceOf(world, 'ana')).toBe(0n)
  expect(await sumOf(world, 'deferred/EUR')).toBe(349n)
  // Its page asks for what is missing now, and no less.
  await ana.pays()
  await world.settle()
  expect(await invoiceOf(world, ana.invoiceId)).toMatchObject({ status: 'paid', paidMinor: 1_299n })
  expect((await ana.payments()).map(({ receivedMinor }) => receivedMinor).toSorted()).toEqual([649n, 950n])
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  expect(await sumOf(world, 'deferred/EUR')).toBe(1_299n)
  await expect(gives(world, half, 350n)).rejects.toMatchObject({ code: 'invalid_input' })
  await gives(world, half, 349n)
  expect(await sumOf(world, 'deferred/EUR')).toBe(950n)
})

scenario(
  'the whole half: the order ends, nothing is asked for any more, and nobody is told of a part',
  async (world) => {
    const ana = await world.customer('ana').orders()
    const half = await brings(world, ana.invoiceId, 649n, 'first')
    expect(await attention(world)).toEqual(['short_payment'])
    await gives(world, half, 649n)
    await world.settle()
    expect(await invoiceOf(world, ana.invoiceId)).toMatchObject({ status: 'void', paidMinor: 0n })
    expect(await attention(world)).toEqual([])
    expect(await ana.order()).toMatchObject({ status: 'refunded' })

    // Kept as his balance it is there once, and pays what it paid before while the order is still there.
    const ben = await world.customer('ben').orders()
    const part = await brings(world, ben.invoiceId, 649n, 'second')
    await gives(world, part, 649n, 'balance')
    expect(await balanceOf(world, 'ben')).toBe(649n)
    expect(await sumOf(world, 'deferred/EUR')).toBe(0n)
    await spendBalanceFor(world.shop, ben.invoiceId)
    expect(await invoiceOf(world, ben.invoiceId)).toMatchObject({ status: 'draft', paidMinor: 649n })
    expect(await balanceOf(world, 'ben')).toBe(0n)
  },
)

scenario(
  'a renewal that is paid in part: with its tax, on its statement, and in the credit note of all of it',
  async (world) => {
    await registered(world)
    const ana = await world.customer('ana').buys({ country: 'DE' })
    const { id, totalMinor, taxMinor } = present(
      await transaction(world.shop, 'ask', (tx) =>
        renewalInvoice(tx, world.shop, ana.subscriptionId, world.shop.now()),
      ),
    )
    const taxBefore = await sumOf(world, 'tax/EUR')
    const part = await brings(world, id, 1_000n, 'a part')
    await gives(world, part, 400n)
    expect(await invoiceOf(world, id)).toMatchObject({ status: 'open', paidMinor: 600n })
    const day = world.shop.now().toZonedDateTimeISO(world.shop.zone).toPlainDate()
    const customerId = await world.customer('ana').id()
    const statement = () =>
      read(world.shop, (tx) => statementOf(tx, world.shop.zone, customerId, { currency: 'EUR', from: day, to: day }))
    expect((await statement()).closingMinor).toBe(699n)
    const rest = await brings(world, id, 699n, 'the rest')
    expect(await sumOf(world, 'tax/EUR')).toBe(taxBefore + taxMinor)
    expect((await statement()).closingMinor).toBe(0n)
    // What went back before it was paid held no tax. What goes back now holds all of it.
    await gives(world, part, 600n)
    await gives(world, rest, 699n)
    expect(await sumOf(world, 'tax/EUR')).toBe(taxBefore)
    const { rows: notes } = await world.db.pool.query(
      `select sum(total_minor)::int as total, sum(tax_minor)::int as tax from credit_notes where invoice_id = '${id}'`,
    )
    expect(notes).toEqual([{ total: Number(totalMinor), tax: Number(taxMinor) }])
    expect((await statement()).closingMinor).toBe(0n)
  },
)

scenario('of one payment over several the part of the last goes back: that one asks for all again', async (world) => {
  const first = await world.customer('ana').buys()
  const second = await world.customer('ana').buys({ username: 'ana2' })
  await world.pass({ days: 25 })
  const [a, b] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open').toReversed()
  const [paid, short] = [present(a).id, present(b).id]
  const customerId = await world.customer('ana').id()
  const payment = await receiveFromCustomer(world.shop, { customerId, amount: eur(2_000n), reference: 'both' })
  expect((await invoiceOf(world, short)).paidMinor).toBe(701n)
  await expect(gives(world, payment, 702n, 'source', short)).rejects.toMatchObject({ code: 'invalid_input' })
  await gives(world, payment, 701n, 'source', short)
  expect(await invoiceOf(world, short)).toMatchObject({ status: 'open', paidMinor: 0n })
  expect(await invoiceOf(world, paid)).toMatchObject({ status: 'paid', paidMinor: 1_299n })
  await expect(gives(world, payment, 1n, 'source', short)).rejects.toMatchObject({ code: 'invalid_input' })
  await payInvoice(world.stage, short)
  await world.settle()
  expect((await invoiceOf(world, short)).status).toBe('paid')
  for (const each of [first, second]) expect(await each.periods()).toHaveLength(2)
  await gives(world, payment, 1_299n)
  expect(await read(world.shop, (tx) => findPayment(tx, payment))).toMatchObject({ refundedMinor: 2_000n })
})

scenario(
  'while half of it waits to be fetched the invoice asks for all, and what was not fetched is his',
  async (world) => {
    const coins = await withCoins(world)
    const ana = await world.customer('ana').orders()
    const page = await coins.opens(ana)
    await coins.sends(page, 50)
    await world.pass({ minutes: 40 })
    const { receivedMinor } = present((await ana.payments())[0])
    await gives(world, page.paymentId, receivedMinor)
    expect(await invoiceOf(world, ana.invoiceId)).toMatchObject({ status: 'draft', paidMinor: 0n })
    expect(await balanceOf(world, 'ana')).toBe(0n)
    await expect(gives(world, page.paymentId, 1n)).rejects.toMatchObject({ code: 'invalid_input' })
    const [refund] = await read(world.shop, (tx) => refundsOf(tx, page.paymentId))
    await coins.does('/__archive', { pull_payment: refund?.remoteRef })
    await world.pass({ hours: 1, minutes: 1 })
    expect(await balanceOf(world, 'ana')).toBe(receivedMinor)
    // It pays a part of the order again, and can be given back from there.
    await spendBalanceFor(world.shop, ana.invoiceId)
    await coins.sends(await coins.opens(ana), 100)
    expect(await ana.order()).toMatchObject({ status: 'ready' })
    expect(await sumOf(world, 'deferred/EUR')).toBe(1_299n)
  },
)

scenario('an order whose half goes back can be given up at once', async (world) => {
  const ana = await world.customer('ana').orders()
  const half = await brings(world, ana.invoiceId, 649n, 'first')
  await expect(cancelOrder(world.shop, ana.orderId)).rejects.toMatchObject({ code: 'conflict' })
  await gives(world, half, 600n)
  await expect(cancelOrder(world.shop, ana.orderId)).rejects.toMatchObject({ code: 'conflict' })
  await gives(world, half, 49n, 'balance')
  await cancelOrder(world.shop, ana.orderId)
  expect(await invoiceOf(world, ana.invoiceId)).toMatchObject({ status: 'void', paidMinor: 0n })
  expect(await balanceOf(world, 'ana')).toBe(49n)
})

scenario(
  'F38: an order whose half went back lets go of its place and its coupon, as one that was canceled does',
  async (world) => {
    await world.tamper('update panels set capacity = 1')
    const coupon = await aCoupon(world, { code: 'ONE', stock: 1 })
    const left = () => read(world.shop, async (tx) => present(await findCoupon(tx, coupon)).taken)
    const ana = await world.customer('ana').orders({ coupon: 'ONE' })
    const half = await brings(world, ana.invoiceId, 300n, 'first')
    await expect(world.customer('ben').orders()).rejects.toMatchObject({ code: 'not_sellable' })
    await gives(world, half, 300n)
    await world.settle()
    expect(await ana.order()).toMatchObject({ status: 'refunded' })
    expect(await left()).toBe(0)
    const ben = await world.customer('ben').buys({ coupon: 'ONE' })
    expect(await ben.order()).toMatchObject({ status: 'ready' })
    expect(await left()).toBe(1)
    await world.pass({ days: 3 })
    expect(await ana.order()).toMatchObject({ status: 'refunded' })
  },
)

scenario('what was more than was asked for lies on the balance, and is not put there once more', async (world) => {
  const ana = await world.customer('ana').orders()
  const payment = await brings(world, ana.invoiceId, 2_000n, 'too much')
  expect(await balanceOf(world, 'ana')).toBe(701n)
  await expect(gives(world, payment, 1_300n, 'balance')).rejects.toMatchObject({
    code: 'invalid_input',
    fields: [expect.objectContaining({ detail: expect.stringMatching(/^At most 12\.99 EUR .* is already\.$/) })],
  })
  await gives(world, payment, 1_299n, 'balance')
  expect(await balanceOf(world, 'ana')).toBe(2_000n)
  expect(await sumOf(world, 'deferred/EUR')).toBe(0n)
  await expect(gives(world, payment, 1n, 'balance')).rejects.toMatchObject({ code: 'invalid_input' })
})

scenario('money for an order that was given up is on the balance once, whoever asks', async (world) => {
  const coins = await withCoins(world)
  const ana = await world.customer('ana').orders()
  const page = await coins.opens(ana)
  await world.pass({ days: 3 })
  await coins.sends(page, 100)
  expect(await balanceOf(world, 'ana')).toBe(1_299n)
  await expect(gives(world, page.paymentId, 1n, 'balance')).rejects.toMatchObject({ code: 'invalid_input' })
  expect(await balanceOf(world, 'ana')).toBe(1_299n)
})

/** Stripe, where a payment of that order was opened; `pays` is the buyer, `givesThere` staff in its dashboard, of which we hear. */
async function atStripe(world: World, { invoiceId, payments }: Purchase) {
  const gateway = await world.addGateway(stripe, (api_base) => ({
    api_base,
    api_key: 'sk_test_half',
    notice_secret: 'whsec_half',
  }))
  await payInvoice(world.stage, invoiceId, 'never', 'stripe').catch(() => {})
  const opened = present((await payments())[0])
  return {
    async pays(): Promise<void> {
      await gateway.does('/__pay', { session: opened.remoteRef, how: 'card' })
      await refreshPayment(world.shop, opened.id)
      await world.settle()
    },
    async givesThere(minor: number): Promise<void> {
      const account = present(await read(world.shop, (tx) => findGateway(tx, gateway.id)))
      const there = await openGateway(world.shop, account).gateway.fetchPayment(opened.remoteRef ?? '')
      const answer = await world.app.http.request({
        provider: 'stripe',
        method: 'POST',
        url: 'http://stripe.test/v1/refunds',
        headers: { authorization: 'Bearer sk_test_half', 'idempotency-key': `dashboard ${minor}` },
        form: [
          ['payment_intent', there.captureId ?? ''],
          ['amount', String(minor)],
        ],
        writes: true,
      })
      expect(answer.status).toBe(200)
      await refreshRefunds(world.shop, present(await read(world.shop, (tx) => findPayment(tx, opened.id))))
      await world.settle()
    },
  }
}

scenario('given back in the dashboard of the provider: its share of the tax is owed no more', async (world) => {
  await registered(world)
  const ana = await world.customer('ana').orders({ country: 'DE' })
  const { pays, givesThere } = await atStripe(world, ana)
  await pays()
  const { taxMinor } = await invoiceOf(world, ana.invoiceId)
  expect(await sumOf(world, 'tax/EUR')).toBe(taxMinor)
  await givesThere(400)
  await givesThere(899)
  expect((await ana.payments())[0]).toMatchObject({ refundedMinor: 1_299n })
  expect([taxMinor > 0n, await sumOf(world, 'tax/EUR'), await sumOf(world, 'deferred/EUR')]).toEqual([true, 0n, 0n])
  const { rows } = await world.db.pool.query(
    'select sum(total_minor)::int as total, sum(tax_minor)::int as tax from credit_notes',
  )
  expect(rows).toEqual([{ total: 1_299, tax: Number(taxMinor) }])
})

scenario('given back in the dashboard of the provider: what was too much leaves the balance', async (world) => {
  const ana = await world.customer('ana').orders()
  const { pays, givesThere } = await atStripe(world, ana)
  await brings(world, ana.invoiceId, 1_299n, 'at the counter')
  await pays()
  expect(await balanceOf(world, 'ana')).toBe(1_299n)
  await givesThere(1_299)
  expect(await balanceOf(world, 'ana')).toBe(0n)
  expect(await sumOf(world, 'deferred/EUR')).toBe(1_299n)
})

test('in whatever order parts come, go back and are kept, what is in the books is what was paid and is not given back', async () => {
  const world = await createWorld()
  try {
    let number = 0
    const act = fc.record({
      kind: fc.constantFrom('brings', 'brings', 'gives', 'keeps', 'spends'),
      minor: fc.integer({ min: 1, max: 1_500 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 9 }), async (acts) => {
        number += 1
        const name = `who${number}`
        const { invoiceId } = await world.customer(name).orders()
        const before = await sumOf(world, 'deferred/EUR')
        const payments: string[] = []
        const done = <T>(work: Promise<T>) =>
          work.catch((error: { code?: string }) => {
            expect(['conflict', 'already_settled', 'invalid_input']).toContain(error.code)
            return null
          })
        let received = 0n
        let sent = 0n
        for (const [index, { kind, minor }] of acts.entries()) {
          const amount = BigInt(minor)
          const payment = payments[index % Math.max(1, payments.length)]
          if (kind === 'brings') {
            const id = await done(
              markReceived(world.shop, { invoiceId, amount: eur(amount), reference: `${name} ${index}` }),
            )
            if (id !== null) payments.push(id)
            if (id !== null) received += amount
          } else if (kind === 'spends') await done(spendBalanceFor(world.shop, invoiceId))
          else if (payment !== undefined) {
            const given = await done(gives(world, payment, amount, kind === 'keeps' ? 'balance' : 'source'))
            if (given !== null && kind === 'gives') sent += amount
          }
          const { paidMinor, totalMinor, status } = await invoiceOf(world, invoiceId)
          const sold = (await sumOf(world, 'deferred/EUR')) - before
          // Until it is paid the books hold as much for it as it says; afterwards no less than nothing.
          if (status !== 'paid') expect(sold).toBe(paidMinor)
          expect(sold >= 0n && sold <= totalMinor).toBe(true)
          expect(sold + (await balanceOf(world, name))).toBe(received - sent)
        }
        await world.settle()
        expect((await world.proof()).broken).toEqual([])
      }),
      { numRuns: 12, seed: 20_260_131 },
    )
  } finally {
    await world.close()
  }
}, 120_000)
