import { describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { voidDraft } from '#modules/billing/invoices.ts'
import { paymentsOf } from '#modules/billing/queries.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { listAttention } from '#modules/people/attention.ts'
import { buyCredits, packsForSale, purchasesOf, readTopUp, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { runway, runwayOf } from '#modules/reselling/forecast.ts'
import { takeBackCredits } from '#modules/reselling/move-credits.ts'
import { type Pack, savePack } from '#modules/reselling/packs.ts'
import { walletEntries } from '#modules/reselling/queries.ts'
import { formatCredits, parseCredits } from '#modules/reselling/rules.ts'
import { rows, sql } from '#platform/db.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { payInvoice, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

describe('credits as people write them', () => {
  test.each([
    ['1', 1_000n],
    ['12.5', 12_500n],
    ['0,125', 125n],
    ['0', 0n],
    ['', null],
    ['-1', null],
    ['1.2345', null],
    ['1e3', null],
  ])('%s', (text, milli) => {
    expect(parseCredits(text)).toBe(milli)
    if (milli !== null) expect(parseCredits(formatCredits(milli))).toBe(milli)
  })
  test('below nothing', () => expect(formatCredits(-1_500n)).toBe('-1.5'))
})

test('how long credits last: to the hour of the calendar in which renewals find none, or as the pace of late says, whichever is earlier', () => {
  const now = Temporal.Instant.from('2026-03-01T00:00:00Z')
  const on = (days: number, cost: bigint, renewals: number) => ({ hour: now.add({ hours: days * 24 }), cost, renewals })
  const endOf = (free: bigint, used: bigint, ...calendar: ReturnType<typeof on>[]) =>
    runway(free, used, calendar, now).endsAt?.toString() ?? null
  expect(runway(14_000n, 14_000n, [on(7, 7_000n, 7)], now)).toMatchObject({
    endsAt: now.add({ hours: 14 * 24 }),
    floorMilli: 7_000n,
    renewals: 7,
    wouldWait: 0,
  })
  // Three credits: of four renewals on Wednesday three are served; those of Thursday all wait.
  expect(runway(3_000n, 0n, [on(3, 4_000n, 4), on(4, 13_000n, 13)], now)).toMatchObject({
    endsAt: Temporal.Instant.from('2026-03-04T00:00:00Z'),
    wouldWait: 14,
    comingMilli: 17_000n,
  })
  expect(endOf(3_000n, 42_000n, on(3, 4_000n, 4))).toBe('2026-03-02T00:00:00Z')
  expect(endOf(14_000n, 0n, on(13, 7_000n, 7))).toBe('2026-03-29T00:00:00Z')
  expect(endOf(14_000n, 0n)).toBeNull()
  expect(endOf(1_000_000n, 1_000n)).toBeNull()
  expect(endOf(-5n, 1_000n)).toBe(now.toString())
})

const ten = { name: 'Ten', creditsMilli: 10_000n, currency: 'EUR', priceMinor: 900n, active: true }
const sellsPacks = (of: World, facts: Partial<Pack> = {}): Promise<Pack> =>
  transaction(of.shop, 'save-pack', (tx) => savePack(tx, of.shop, { ...ten, ...facts }))

scenario(
  'F37, F61: credits that are bought are there once, when the invoice is paid; nobody else’s wallet is filled',
  async (world) => {
    const pack = await sellsPacks(world)
    const [south, north] = [await joins(world, { slug: 'south' }), await joins(world, { slug: 'north' })]
    expect((await packsForSale(south)).map(({ name }) => name)).toEqual(['Ten'])
    const waits = await sells(world, south, 'anabella')
    const bought = await buyCredits(south, pack.id)
    expect(bought.payUrl).toMatch(/^https:\/\/shop\.example\/pay\//)
    await world.settle()
    expect((await walletOf(south)).balance).toBe(0n)
    await payInvoice(world.stage, bought.invoiceId)
    await world.settle()
    await world.settle()
    expect((await walletOf(south)).balance).toBe(9_000n)
    expect((await walletOf(north)).balance).toBe(0n)
    expect((await waits.subscription()).waitingFor).toBeNull()
    const entries = await read(south, (tx) => walletEntries(tx, south.businessId, 10))
    expect(entries.map(({ purpose }) => purpose)).toEqual(['credits_used', 'credits_bought'])
    // Another purchase that nobody pays brings nothing.
    const other = await buyCredits(south, pack.id)
    await expect(buyCredits(world.shop, pack.id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(buyCredits(south, 'pck_00000000000000000000000000')).rejects.toMatchObject({ code: 'not_found' })
    const at = world.shop
    await transaction(at, 'void', (tx) => voidDraft(tx, at, other.invoiceId, 'changed his mind', at.now())).catch(
      () => {},
    )
    await world.settle()
    expect((await walletOf(south)).balance).toBe(9_000n)
    const ahead = present(await read(south, (tx) => runwayOf(tx, south.now())))
    expect(ahead).toMatchObject({ freeMilli: 9_000n, usedMilli: 1_000n, renewals: 0, wouldWait: 0 })
    await world.pass({ hours: 24 * 20 })
    const later = present(await read(south, (tx) => runwayOf(tx, south.now())))
    expect(later).toMatchObject({ usedMilli: 0n, renewals: 1, comingMilli: 1_000n, wouldWait: 0 })
  },
)

scenario(
  'a wallet under its bound buys by the saved method, one pack at a time, so often a day; a refusal is told once',
  async (world) => {
    const pack = await sellsPacks(world, { creditsMilli: 2_000n, name: 'Two' })
    const south = await joins(world, { slug: 'south' })
    const first = await buyCredits(south, pack.id)
    await payInvoice(world.stage, first.invoiceId, 'pay', 'sandbox', true)
    await world.settle()
    expect((await walletOf(south)).balance).toBe(2_000n)
    await saveTopUp(south, { underMilli: 1_000n, packId: pack.id, perDay: 2 })
    expect(await readTopUp(south)).toMatchObject({ underMilli: 1_000n, perDay: 2 })
    await world.settle()
    expect((await walletOf(south)).balance).toBe(2_000n)
    for (const name of ['anabella', 'benjamin', 'cemal']) await sells(world, south, name)
    await world.pass({ minutes: 5 })
    // Two were sold, two credits came by themselves, and the third took one of them.
    expect((await walletOf(south)).balance).toBe(1_000n)
    for (const name of ['dora', 'emil', 'fay', 'gus']) await sells(world, south, name)
    await world.pass({ minutes: 5 })
    const orders = await read(world.shop, (tx) =>
      rows(
        tx,
        sql<{ status: string }>`select status from credit_orders where business_id = current_business() and automatic`,
      ),
    )
    // Not more than twice a day, whatever waits.
    expect(orders).toHaveLength(2)
    expect((await walletOf(south)).waiting).toBe(1)
    await world.pass({ hours: 25 })
    expect((await walletOf(south)).waiting).toBe(0)
    // Without a pack on sale nothing is bought, and his supplier reads of it once.
    await transaction(world.shop, 'off', (tx) =>
      savePack(tx, present(world).shop, { ...ten, name: 'Two', active: false }, pack.id),
    )
    for (const name of ['hal', 'ida', 'joe']) await sells(world, south, name)
    await world.pass({ hours: 30 })
    expect((await read(world.shop, listAttention)).filter(({ kind }) => kind === 'top_up_failed')).toHaveLength(1)
  },
)

/** A reseller whose card is kept, with that many credits bought of it. */
async function withCard(of: World, pack: Pack) {
  const reseller = await joins(of, { slug: 'south' })
  const first = await buyCredits(reseller, pack.id)
  await payInvoice(of.stage, first.invoiceId, 'pay', 'sandbox', true)
  await of.settle()
  return reseller
}

const automatic = async (reseller: Parameters<typeof purchasesOf>[0]) =>
  (await purchasesOf(reseller)).filter((each) => each.automatic)

scenario('giving money back, or taking credits back, buys nothing again; a line that waits does', async (world) => {
  const pack = await sellsPacks(world, { creditsMilli: 2_000n })
  const south = await withCard(world, pack)
  await saveTopUp(south, { underMilli: 3_000n, packId: pack.id, perDay: 1 })
  await world.settle()
  expect((await walletOf(south)).balance).toBe(4_000n)
  const [bought] = await automatic(south)
  expect(bought).toMatchObject({ status: 'given', payUrl: null })
  const [payment] = await read(world.shop, (tx) => paymentsOf(tx, present(bought).invoiceId))
  const paid = present(payment)
  await refundPayment(world.shop, paid.id, { minor: paid.receivedMinor, currency: paid.currency }, 'changed his mind')
  await takeBackCredits(world.shop, { resellerId: south.businessId, amountMilli: 4_000n, reason: 'money is back' })
  await world.pass({ hours: 72 })
  expect(await automatic(south)).toHaveLength(1)
  await sells(world, south, 'anabella')
  await world.settle()
  expect(await automatic(south)).toHaveLength(2)
  expect(await walletOf(south)).toMatchObject({ balance: 1_000n, waiting: 0 })
})

scenario('a purchase that the bank declines is one invoice, and the next waits until it is paid', async (world) => {
  const pack = await sellsPacks(world, { creditsMilli: 2_000n })
  const south = await withCard(world, pack)
  const [invoice] = await read(world.shop, (tx) =>
    rows(
      tx,
      sql<{
        customerId: string
      }>`select customer_id as "customerId" from invoices where business_id = current_business()`,
    ),
  )
  await world.script(present(invoice).customerId, 'insufficient_funds')
  await saveTopUp(south, { underMilli: 3_000n, packId: pack.id, perDay: 20 })
  await world.pass({ hours: 30 })
  const open = await automatic(south)
  expect(open).toMatchObject([{ status: 'open' }])
  expect((await walletOf(south)).balance).toBe(2_000n)
  const [only] = open
  expect(present(only).payUrl).toMatch(/^https:\/\/shop\.example\/pay\//)
  await payInvoice(world.stage, present(only).invoiceId)
  await world.settle()
  expect((await walletOf(south)).balance).toBe(4_000n)
})

scenario('without a kept method nothing is made, and it is told once', async (world) => {
  const pack = await sellsPacks(world)
  const south = await joins(world, { slug: 'south' })
  await saveTopUp(south, { underMilli: 1_000n, packId: pack.id, perDay: 2 })
  await world.pass({ hours: 30 })
  expect(await purchasesOf(south)).toEqual([])
  expect((await read(world.shop, listAttention)).filter(({ kind }) => kind === 'top_up_failed')).toMatchObject([
    { detail: 'There is no saved payment method to charge.' },
  ])
  await saveTopUp(south, null)
  expect(await readTopUp(south)).toBeNull()
})
