/** Holder and issuer of credits hear before they end, once; and what fills a wallet by itself. */
import { expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { closeAttention, listAttention } from '#modules/people/attention.ts'
import { buyCredits, packsTo, purchasesOf, readTopUp, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { giveCredits } from '#modules/reselling/move-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { tellDeclined } from '#modules/reselling/top-up-failed.ts'
import {
  lookAtWallets,
  lowBecause,
  readAlarmOf,
  readOwnAlarm,
  saveAlarm,
  saveOwnAlarm,
} from '#modules/reselling/wallet-alarm.ts'
import { rows, sql } from '#platform/db.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { payInvoice, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const itemsOf = async (shop: Shop, kind: string) =>
  (await read(shop, listAttention)).filter((each) => each.kind === kind)
const mailsAbout = (of: World, words: string) =>
  of.mailbox.mails
    .filter(({ raw }) => new RegExp(`^Subject: .*${words}`, 'm').test(raw.toString()))
    .map(({ to }) => to[0])

test('it is low by the bound, or by the days that are left; what was told by days is over a day later', () => {
  const now = Temporal.Instant.from('2026-03-01T00:00:00Z')
  const ends = (days: number) => ({ freeMilli: 5_000n, endsAt: now.add({ hours: days * 24 }) })
  const standard = { mode: 'standard', underMilli: null, days: null, lowSince: null, lowBecause: null } as const
  expect(lowBecause(standard, ends(2), now)).toBe('days')
  expect(lowBecause(standard, ends(3), now)).toBeNull()
  expect(lowBecause({ ...standard, lowSince: now }, ends(3), now)).toBe('days')
  expect(lowBecause({ ...standard, lowSince: now }, ends(4), now)).toBeNull()
  expect(lowBecause(standard, { freeMilli: 0n, endsAt: null }, now)).toBeNull()
  const own = { ...standard, mode: 'own', underMilli: 5_001n } as const
  expect(lowBecause(own, ends(1), now)).toBe('credits')
  expect(lowBecause({ ...own, underMilli: 5_000n }, ends(1), now)).toBeNull()
  expect(lowBecause({ ...own, underMilli: 5_000n, days: 2 }, ends(1), now)).toBe('days')
  expect(lowBecause({ ...standard, mode: 'off' }, ends(0), now)).toBeNull()
})

scenario(
  'S1-70: under its bound a wallet is told to both, once each time, and again only after there was more',
  async (world) => {
    const south = await joins(world, { slug: 'south', credits: 5_000n })
    await saveOwnAlarm(south, { mode: 'own', underMilli: 4_000n, days: null })
    expect(await readAlarmOf(world.shop, south.businessId)).toMatchObject({ mode: 'own', underMilli: 4_000n })
    await lookAtWallets(world.app)
    await sells(world, south, 'anabella')
    await lookAtWallets(world.app)
    expect(await itemsOf(south, 'credits_low')).toEqual([])
    await sells(world, south, 'benjamin')
    for (let round = 0; round < 3; round++) await lookAtWallets(world.app)
    await world.settle()
    expect(await itemsOf(south, 'credits_low')).toMatchObject([
      { subjectType: 'wallet', detail: expect.stringContaining('There are 3 credits left; at this pace they end at') },
    ])
    expect(await itemsOf(world.shop, 'credits_low')).toMatchObject([
      { subjectType: 'reseller', title: 'south TV runs low on credits' },
    ])
    expect(mailsAbout(world, 'run low')).toEqual(['south@reseller.example'])
    // Closed by hand while it is still low: not opened again.
    const [item] = await itemsOf(south, 'credits_low')
    await read(south, (tx) => closeAttention(tx, present(item).id, 'staff', south.now()))
    await sells(world, south, 'cemal')
    await world.pass({ hours: 2 })
    await lookAtWallets(world.app)
    expect(await itemsOf(south, 'credits_low')).toEqual([])
    // More, and it is over for both; fewer, and it is news.
    await giveCredits(world.shop, { resellerId: south.businessId, amountMilli: 3_000n, reason: 'a top-up' })
    await lookAtWallets(world.app)
    expect(await itemsOf(world.shop, 'credits_low')).toEqual([])
    expect((await readOwnAlarm(south))?.lowSince).toBeNull()
    await sells(world, south, 'dora')
    await sells(world, south, 'emil')
    await lookAtWallets(world.app)
    await world.settle()
    expect(await itemsOf(south, 'credits_low')).toHaveLength(1)
    expect(mailsAbout(world, 'run low')).toHaveLength(2)
    // The supplier may say when, too; off ends it.
    await saveAlarm(world.shop, south.businessId, { mode: 'off', underMilli: null, days: null })
    expect(await itemsOf(south, 'credits_low')).toEqual([])
    await lookAtWallets(world.app)
    expect(await itemsOf(south, 'credits_low')).toEqual([])
    await expect(saveOwnAlarm(south, { mode: 'own', underMilli: null, days: null })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(saveOwnAlarm(world.shop, { mode: 'off', underMilli: null, days: null })).rejects.toMatchObject({
      code: 'conflict',
    })
    const north = await joins(world, { slug: 'north' })
    await expect(
      saveAlarm(north, south.businessId, { mode: 'off', underMilli: null, days: null }),
    ).rejects.toMatchObject({ code: 'not_found' })
  },
)

scenario('whoever chose nothing is told three days before credits end, as the forecast says', async (world) => {
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  for (const name of ['anabella', 'benjamin']) await sells(world, south, name)
  await lookAtWallets(world.app)
  // One is left, two went within a fortnight: it lasts a week.
  expect(await itemsOf(south, 'credits_low')).toEqual([])
  // Two renewals in four days find one credit.
  await world.pass({ hours: 24 * 25 })
  await lookAtWallets(world.app)
  await world.pass({ hours: 24 })
  for (let hour = 0; hour < 8; hour++) {
    await world.pass({ hours: 1 })
    await lookAtWallets(world.app)
  }
  expect(await itemsOf(south, 'credits_low')).toMatchObject([
    { detail: expect.stringContaining('1 renewal of the next 14 days would wait') },
  ])
})

test('how many packs fill a wallet', () => {
  expect(packsTo(1_000n, null, 2_000n)).toBe(1)
  expect(packsTo(1_000n, 10_000n, 2_000n)).toBe(5)
  expect(packsTo(1_000n, 9_000n, 2_000n)).toBe(4)
  expect(packsTo(0n, 1_000n, 2_000n)).toBe(1)
  expect(packsTo(-1_000n, 1_000n, 1_000n)).toBe(2)
  expect(packsTo(2_000n, 1_000n, 1_000n)).toBe(1)
})

const two = { name: 'Two', creditsMilli: 2_000n, currency: 'EUR', priceMinor: 180n, active: true }

/** A reseller whose card is kept. */
async function withCard(of: World) {
  const pack = await transaction(of.shop, 'save-pack', (tx) => savePack(tx, of.shop, two))
  const south = await joins(of, { slug: 'south' })
  const first = await buyCredits(south, pack.id, 2)
  await payInvoice(of.stage, first.invoiceId, 'pay', 'sandbox', true)
  await of.settle()
  expect((await walletOf(south)).balance).toBe(4_000n)
  return { south, pack }
}

const automatic = async (shop: Shop) => (await purchasesOf(shop)).filter((each) => each.automatic)

scenario(
  'a wallet under X is filled up to Y in one order of as many packs as it takes, and paid once',
  async (world) => {
    const { south, pack } = await withCard(world)
    const wish = { underMilli: 4_000n, toMilli: 11_000n, packId: pack.id, perDay: 1 }
    await expect(saveTopUp(south, { ...wish, toMilli: 4_000n })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(saveTopUp(south, { ...wish, toMilli: 9_000_000n })).rejects.toMatchObject({ code: 'invalid_input' })
    await saveTopUp(south, wish)
    expect(await readTopUp(south)).toEqual(wish)
    await sells(world, south, 'anabella')
    await world.settle()
    // Three were left: four packs of two.
    const bought = await automatic(south)
    expect(bought).toMatchObject([{ creditsMilli: 8_000n, status: 'given' }])
    expect((await walletOf(south)).balance).toBe(11_000n)
    const [invoice] = await read(world.shop, (tx) =>
      rows(
        tx,
        sql<{ total: bigint; text: string }>`select v.total_minor as total, i.description as text from invoices v
        join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id where v.id = ${present(bought[0]).invoiceId}`,
      ),
    )
    expect(invoice).toEqual({ total: 720n, text: '4 × Two: 8 credits' })
    await expect(buyCredits(south, pack.id, 0)).rejects.toMatchObject({ code: 'invalid_input' })
  },
)

scenario(
  'declined, the purchase waits to be paid and both are told, once; nothing more is bought until then',
  async (world) => {
    const { south, pack } = await withCard(world)
    const [of] = await read(world.shop, (tx) =>
      rows(tx, sql<{ id: string }>`select customer_id as id from invoices where business_id = current_business()`),
    )
    await world.script(present(of).id, 'insufficient_funds')
    await saveTopUp(south, { underMilli: 5_000n, toMilli: 9_000n, packId: pack.id, perDay: 20 })
    await world.settle()
    for (let round = 0; round < 3; round++) {
      await tellDeclined(world.app)
      await world.pass({ hours: 8 })
    }
    await world.settle()
    expect(await automatic(south)).toMatchObject([{ status: 'open', creditsMilli: 6_000n }])
    expect(await itemsOf(south, 'top_up_failed')).toMatchObject([
      { subjectType: 'wallet', detail: expect.stringContaining('until then nothing more is bought') },
    ])
    expect(await itemsOf(world.shop, 'top_up_failed')).toHaveLength(1)
    expect(mailsAbout(world, 'could not be bought')).toEqual(['south@reseller.example'])
    const [open] = await automatic(south)
    await payInvoice(world.stage, present(open).invoiceId)
    await world.settle()
    expect((await walletOf(south)).balance).toBe(10_000n)
    for (const shop of [south, world.shop]) expect(await itemsOf(shop, 'top_up_failed')).toEqual([])
  },
)

scenario('without a kept method the holder is told, too, and not again after each try', async (world) => {
  const pack = await transaction(world.shop, 'save-pack', (tx) => savePack(tx, present(world).shop, two))
  const south = await joins(world, { slug: 'south' })
  await saveTopUp(south, { underMilli: 1_000n, packId: pack.id, perDay: 2 })
  await world.pass({ hours: 30 })
  expect(await itemsOf(south, 'top_up_failed')).toMatchObject([
    { detail: expect.stringContaining('There is no saved payment method to charge.') },
  ])
  expect(mailsAbout(world, 'could not be bought')).toEqual(['south@reseller.example'])
})
