/** Where the buyer decides what he sends (coins): too little, too much, too late. Each ends booked, visible, and once (F12, F24, F25). */
import { expect } from 'vitest'
import { findInvoice, refundsOf } from '#modules/billing/queries.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { registered } from '#modules/billing/tax/tax.test-support.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { listAttention } from '#modules/people/attention.ts'
import { withCoins } from '../support/coins.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const invoiceOf = async (world: World, { invoiceId }: Purchase) =>
  present(await read(world.shop, (tx) => findInvoice(tx, invoiceId)))

const openItems = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx))).map(({ kind, title }) => `${kind}: ${title}`)

scenario(
  'F91: half in time is booked and asks for the rest, which pays the order by another attempt',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('ana').orders()
    const first = await coins.opens(bought)
    await coins.sends(first, 50)
    expect(await bought.payments()).toMatchObject([{ status: 'requires_action', receivedMinor: 0n }])
    await world.pass({ minutes: 40 })
    const half = (await bought.payments())[0]?.receivedMinor ?? 0n
    const { totalMinor } = await invoiceOf(world, bought)
    expect(half).toBe(totalMinor / 2n)
    expect(await invoiceOf(world, bought)).toMatchObject({ status: 'draft', paidMinor: half })
    expect(await bought.order()).toMatchObject({ status: 'awaiting_payment' })
    expect(await openItems(world)).toEqual([expect.stringMatching(/^short_payment: .* less than was owed$/)])

    const second = await coins.opens(bought)
    expect(second.ref).not.toBe(first.ref)
    await coins.sends(second, 100, 3)
    expect(await invoiceOf(world, bought)).toMatchObject({ status: 'paid' })
    expect(await bought.order()).toMatchObject({ status: 'ready' })
  },
)

scenario(
  'F91: an order that is paid in part does not end with its time: somebody looks, and the rest still pays it',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('ana').orders()
    await coins.sends(await coins.opens(bought), 50)
    await world.pass({ hours: 80 })
    expect(await bought.order()).toMatchObject({ status: 'awaiting_payment' })
    expect((await bought.order()).expiresAt).not.toBeNull()
    expect(await openItems(world)).toEqual([expect.stringMatching(/^short_payment: /)])
    await expect(cancelOrder(world.shop, bought.orderId)).rejects.toMatchObject({
      code: 'conflict',
      message: 'A part of this order is paid. It is canceled when that money is given back.',
    })
    expect((await bought.messages()).map(({ template }) => template)).not.toContain('payment_expired')
    await coins.sends(await coins.opens(bought), 100)
    expect(await bought.order()).toMatchObject({ status: 'ready' })
    expect(await openItems(world)).toEqual([])
  },
)

scenario('F91: half that is given back ends the order that nobody paid in full', async (world) => {
  const coins = await withCoins(world)
  const bought = await world.customer('ben').orders()
  await coins.sends(await coins.opens(bought), 50)
  await world.pass({ minutes: 40 })
  const [half] = await bought.payments()
  const { id, receivedMinor } = present(half)
  await refundPayment(world.shop, id, { minor: receivedMinor, currency: 'EUR' }, 'he sent half', 'balance')
  await world.settle()
  expect(await bought.order()).toMatchObject({ status: 'refunded' })
  await world.pass({ hours: 80 })
  expect(await bought.order()).toMatchObject({ status: 'refunded' })
  expect((await bought.messages()).map(({ template }) => template)).not.toContain('payment_expired')
})

scenario('F92: what is sent to the same page after its end is added once, however often it is told', async (world) => {
  const coins = await withCoins(world)
  const bought = await world.customer('ben').orders()
  const page = await coins.opens(bought)
  await coins.sends(page, 30)
  await world.pass({ minutes: 40 })
  const { totalMinor, paidMinor } = await invoiceOf(world, bought)
  expect(paidMinor).toBeGreaterThan(0n)
  await coins.sends(page, 70, 4)
  expect(await bought.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: totalMinor }])
  expect(await invoiceOf(world, bought)).toMatchObject({ status: 'paid', paidMinor: totalMinor })
  expect(await openItems(world)).toEqual([])
  expect(await bought.order()).toMatchObject({ status: 'ready' })
  expect(await bought.periods()).toHaveLength(1)
})

scenario(
  'F24: next month’s money that comes to last month’s page pays the renewal that is open, not the old invoice',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('cem').orders()
    const page = await coins.opens(bought)
    await coins.sends(page, 100)
    const first = await invoiceOf(world, bought)
    await world.pass({ days: 25 })
    expect((await world.customer('cem').invoices()).map(({ status }) => status)).toEqual(['open', 'paid'])
    await coins.sends(page, 100, 3)
    expect(await bought.payments()).toMatchObject([{ receivedMinor: 2n * first.totalMinor }])
    expect(await invoiceOf(world, bought)).toEqual(first)
    expect((await world.customer('cem').invoices()).map(({ status }) => status)).toEqual(['paid', 'paid'])
    expect(await bought.periods()).toHaveLength(2)
    expect(await openItems(world)).toEqual([expect.stringMatching(/^surplus_money: /)])
    // And a third time, where nothing is owed: it is his, and waits for the next one.
    await coins.sends(page, 100)
    expect(await bought.payments()).toMatchObject([{ receivedMinor: 3n * first.totalMinor }])
    expect(await bought.periods()).toHaveLength(2)
    await world.pass({ days: 28 })
    expect(await bought.periods()).toHaveLength(3)
  },
)

scenario('too much pays the order and stays the customer’s, more of it later, too', async (world) => {
  const coins = await withCoins(world)
  const bought = await world.customer('cem').orders()
  const page = await coins.opens(bought)
  await coins.sends(page, 150)
  const { totalMinor } = await invoiceOf(world, bought)
  expect(await bought.payments()).toMatchObject([{ receivedMinor: totalMinor + totalMinor / 2n }])
  expect(await bought.order()).toMatchObject({ status: 'ready' })
  await coins.sends(page, 50, 2)
  expect(await bought.payments()).toMatchObject([{ receivedMinor: totalMinor * 2n }])
  expect(await openItems(world)).toEqual([expect.stringMatching(/^surplus_money: /)])
})

scenario(
  'money for an order that was closed meanwhile is on the customer’s balance, and staff see it',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('dora').orders()
    const page = await coins.opens(bought)
    await world.pass({ hours: 24 * 3 })
    expect(await bought.order()).toMatchObject({ status: 'canceled' })
    await coins.sends(page, 100, 2)
    const { totalMinor } = await invoiceOf(world, bought)
    expect(await bought.payments()).toMatchObject([{ status: 'succeeded', receivedMinor: totalMinor }])
    expect(await openItems(world)).toEqual([expect.stringMatching(/^surplus_money: /)])
  },
)

scenario(
  'what is given back waits for its buyer, who is told where to claim it; it is booked when it was sent',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('ana').orders()
    const page = await coins.opens(bought)
    await coins.sends(page, 100)
    const [payment] = await bought.payments()
    const { status } = await refundPayment(
      world.shop,
      page.paymentId,
      { minor: 500n, currency: 'EUR' },
      'a bad evening',
    )
    expect(status).toBe('requires_action')
    const refund = async () => present((await read(world.shop, (tx) => refundsOf(tx, payment?.id ?? '')))[0])
    const { claimUrl } = await refund()
    expect(claimUrl).toMatch(/^http:\/\/btcpay\.test\/pull-payments\//)
    await world.settle()
    const claims = async () =>
      (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes(claimUrl ?? '?')).length
    expect(await claims()).toBe(1)
    const pull = { pull_payment: claimUrl?.split('/').at(-1) ?? '' }
    // Nothing is booked while it waits, and nobody is told again.
    await world.pass({ hours: 3 })
    expect(await bought.payments()).toMatchObject([{ refundedMinor: 0n }])
    await coins.does('/__claim', pull)
    await world.pass({ hours: 1, minutes: 1 })
    expect(await refund()).toMatchObject({ status: 'pending', claimUrl: null })
    await coins.does('/__payout', { ...pull, state: 'Completed' })
    await world.pass({ hours: 1, minutes: 1 })
    expect(await refund()).toMatchObject({ status: 'succeeded', claimUrl: null })
    expect(await bought.payments()).toMatchObject([{ refundedMinor: 500n }])
    expect(await claims()).toBe(1)
  },
)

scenario(
  'a refund that the operator withdraws is told to staff, and the money can be given back anew',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('ana').orders()
    const page = await coins.opens(bought)
    await coins.sends(page, 100)
    const give = (minor: bigint) =>
      refundPayment(world.shop, page.paymentId, { minor, currency: 'EUR' }, 'asked for it')
    await give(1_299n)
    // All of it waits for the buyer: there is nothing left to give.
    await expect(give(1n)).rejects.toMatchObject({ code: 'invalid_input' })
    const [first] = await read(world.shop, (tx) => refundsOf(tx, page.paymentId))
    await coins.does('/__archive', { pull_payment: first?.remoteRef })
    await world.pass({ hours: 1, minutes: 1 })
    expect((await read(world.shop, (tx) => refundsOf(tx, page.paymentId)))[0]).toMatchObject({ status: 'canceled' })
    expect(await openItems(world)).toEqual(['refund_failed: A refund was refused'])
    expect((await give(1_299n)).status).toBe('requires_action')
  },
)

scenario('of a taxed invoice the part has its own tax and its own credit note', async (world) => {
  await registered(world)
  const coins = await withCoins(world)
  const bought = await world.customer('ana').orders({ country: 'DE' })
  const page = await coins.opens(bought)
  await coins.sends(page, 100)
  const { totalMinor, taxMinor } = await invoiceOf(world, bought)
  expect(taxMinor).toBeGreaterThan(0n)
  await refundPayment(world.shop, page.paymentId, { minor: totalMinor, currency: 'EUR' }, 'asked for it')
  const refund = async () => present((await read(world.shop, (tx) => refundsOf(tx, page.paymentId)))[0])
  expect(await refund()).toMatchObject({ taxMinor })
  const pull = { pull_payment: (await refund()).remoteRef }
  await coins.does('/__claim', { ...pull, amount: '4.00' })
  await coins.does('/__payout', { ...pull, state: 'Completed' })
  await coins.does('/__archive', pull)
  await world.pass({ hours: 1, minutes: 1 })
  const share = (400n * taxMinor) / totalMinor
  expect(await refund()).toMatchObject({ status: 'succeeded', amountMinor: 400n, taxMinor: share })
  const notes = await world.db.pool.query('select total_minor::int as total, tax_minor::int as tax from credit_notes')
  expect(notes.rows).toEqual([{ total: 400, tax: Number(share) }])
  // The rest takes the rest of the tax.
  const rest = { minor: totalMinor - 400n, currency: 'EUR' }
  await refundPayment(world.shop, page.paymentId, rest, 'asked for it', 'balance')
  const all = await read(world.shop, (tx) => refundsOf(tx, page.paymentId))
  expect(all.reduce((sum, each) => sum + each.taxMinor, 0n)).toBe(taxMinor)
  expect((await world.proof()).broken).toEqual([])
})

scenario(
  'a refund that was sent in part and then withdrawn ends as that part: booked, told, and the rest can be given anew',
  async (world) => {
    const coins = await withCoins(world)
    const bought = await world.customer('ana').orders()
    const page = await coins.opens(bought)
    await coins.sends(page, 100)
    const give = (minor: bigint) =>
      refundPayment(world.shop, page.paymentId, { minor, currency: 'EUR' }, 'asked for it')
    await give(1_299n)
    const refunds = () => read(world.shop, (tx) => refundsOf(tx, page.paymentId))
    const pull = { pull_payment: (await refunds())[0]?.remoteRef }
    await coins.does('/__claim', { ...pull, amount: '4.00' })
    await coins.does('/__payout', { ...pull, state: 'Completed' })
    await world.pass({ hours: 1, minutes: 1 })
    // The rest may still be claimed.
    expect(await refunds()).toMatchObject([{ status: 'requires_action', amountMinor: 1_299n, askedMinor: null }])
    await coins.does('/__archive', pull)
    await world.pass({ hours: 1, minutes: 1 })
    expect(await refunds()).toMatchObject([{ status: 'succeeded', amountMinor: 400n, askedMinor: 1_299n }])
    expect(await bought.payments()).toMatchObject([{ refundedMinor: 400n }])
    expect(await openItems(world)).toEqual(['refund_failed: Only a part of a refund was sent'])
    await expect(give(900n)).rejects.toMatchObject({ code: 'invalid_input' })
    expect((await give(899n)).status).toBe('requires_action')
    expect((await world.proof()).broken).toEqual([])
  },
)
