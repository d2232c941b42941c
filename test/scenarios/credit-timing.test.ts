/** When credits leave a wallet: as a period begins, as it is paid for, or with the first stream. By the terms of each step of the way. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { changePlan } from '#modules/billing/change-plan.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { lookMinutes, lookWhoWatches } from '#modules/lines/usage.ts'
import { moveBranch } from '#modules/reselling/branch.ts'
import { runwayOf } from '#modules/reselling/forecast.ts'
import { giveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { ownTerms, walletEntries } from '#modules/reselling/queries.ts'
import type { Deduction } from '#modules/reselling/rules.ts'
import { type ResellerTerms, saveTerms } from '#modules/reselling/save-terms.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { moveEnd, restoreByHand } from '#modules/subscriptions/move-end.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
import { saveLifeSettings } from '#modules/subscriptions/save-life-settings.ts'
import { rows, sql } from '#platform/db.ts'
import { anotherPlan } from '../support/plans.ts'
import { joins, paidByHand, sells, walletOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const agree = (by: Shop, { businessId }: Shop, terms: Partial<ResellerTerms>) =>
  transaction(by, 'terms', (tx) => saveTerms(tx, by, businessId, terms))

const renews = async (shop: Shop, { subscriptionId }: Purchase) => {
  const invoice = present(await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, subscriptionId, shop.now())))
  await paidByHand(shop, invoice.id)
}

const balance = async (...shops: Shop[]) => Promise.all(shops.map(async (each) => (await walletOf(each)).balance))
const free = async (shop: Shop) => {
  const { balance: whole, held } = await walletOf(shop)
  return [whole, held]
}

/** How each period stands, in order. */
const periods = async (shop: Shop) =>
  (
    await read(shop, (tx) =>
      rows(
        tx,
        sql<{
          status: string
        }>`select status from period_credits where business_id = current_business() order by created_at, starts`,
      ),
    )
  ).map(({ status }) => status)

const joinsBy = async (world: World, deducts: Deduction, credits = 5_000n, more: Partial<ResellerTerms> = {}) => {
  const shop = await joins(world, { slug: 'south', credits })
  await agree(world.shop, shop, { deducts, ...more })
  return shop
}

scenario('paid ten days ahead, a period is deducted with the payment, once; so is each of a chain', async (world) => {
  const south = await joinsBy(world, 'payment')
  expect(await read(south, ownTerms)).toEqual({ deducts: 'payment', resumes: 'oldest' })
  const ana = await sells(world, south, 'ana')
  expect(await balance(south)).toEqual([4_000n])
  await world.until('2026-02-20')
  await renews(south, ana)
  await renews(south, ana)
  await world.settle()
  expect(await free(south)).toEqual([2_000n, 0n])
  expect(await periods(south)).toEqual(['posted', 'ahead', 'ahead'])
  await world.until('2026-03-02')
  expect(await periods(south)).toEqual(['posted', 'posted', 'ahead'])
  await world.until('2026-04-03')
  expect(await free(south)).toEqual([2_000n, 0n])
  expect(await periods(south)).toEqual(['posted', 'posted', 'posted'])
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
  const entries = await read(south, (tx) => walletEntries(tx, south.businessId, 10))
  expect(entries.map(({ purpose, username }) => [purpose, username])).toEqual([
    ['credits_used', 'ana'],
    ['credits_used', 'ana'],
    ['credits_used', 'ana'],
    ['credits_given', null],
  ])
})

scenario(
  'who cannot pay with the payment pays when the period begins, and never before others that wait',
  async (world) => {
    const south = await joinsBy(world, 'payment', 1_000n)
    const ana = await sells(world, south, 'ana')
    await world.until('2026-02-20')
    await renews(south, ana)
    await world.settle()
    expect([await periods(south), (await walletOf(south)).waiting]).toEqual([['posted', 'ahead'], 0])
    expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    // Ben waits for two connections' worth; what is there for less is not taken for later.
    await giveCredits(world.shop, { resellerId: south.businessId, amountMilli: 900n, reason: 'some' })
    await sells(world, south, 'ben')
    await agree(world.shop, south, { deducts: 'payment' })
    await renews(south, ana)
    await world.settle()
    expect(await free(south)).toEqual([900n, 0n])
    await giveCredits(world.shop, { resellerId: south.businessId, amountMilli: 2_100n, reason: 'more' })
    await world.settle()
    expect(await free(south)).toEqual([2_000n, 0n])
    await world.until('2026-03-02')
    expect(await free(south)).toEqual([1_000n, 0n])
  },
)

scenario('what was paid for and never began comes back whole, whatever is agreed of used time', async (world) => {
  const south = await joinsBy(world, 'payment')
  const [ana, ben] = [await sells(world, south, 'ana'), await sells(world, south, 'ben')]
  await world.until('2026-02-14')
  await renews(south, ana)
  await renews(south, ben)
  await world.settle()
  expect(await balance(south)).toEqual([1_000n])
  await terminateByHand(south, ana.subscriptionId, 'moved away')
  expect(await free(south)).toEqual([2_000n, 0n])
  // An earlier end: nothing is left of the second period, and half of the first; only the second comes back.
  await moveEnd(south, ben.subscriptionId, south.now().add({ hours: 24 }), 'a mistake')
  expect(await free(south)).toEqual([3_000n, 0n])
  // Paid again, it is taken again: it is another period.
  await renews(south, ben)
  await world.settle()
  expect(await free(south)).toEqual([2_000n, 0n])
  await agree(world.shop, south, { recovers: 'unused' })
  // Two weeks are gone of a month that never began, then the rest with it: no more than it cost.
  const { paidThrough } = await ben.subscription()
  await moveEnd(south, ben.subscriptionId, present(paidThrough).subtract({ hours: 14 * 24 }), 'a mistake')
  const [after] = await balance(south)
  expect(after).toBe(2_500n)
  await terminateByHand(south, ben.subscriptionId, 'moved away')
  // And of the day that is left of the first, cut already, as much as it is worth.
  const [all] = await balance(south)
  expect(all).toBeGreaterThanOrEqual(3_000n)
  expect(all).toBeLessThan(3_100n)
})

scenario('each step of the way has terms of its own', async (world) => {
  const middle = await joins(world, { slug: 'middle', credits: 3_000n })
  const low = await joins(world, { slug: 'low', under: middle, credits: 3_000n })
  const other = await joins(world, { slug: 'other' })
  await agree(world.shop, middle, { deducts: 'payment' })
  const ana = await sells(world, low, 'ana')
  expect(await balance(middle, low)).toEqual([2_000n, 2_000n])
  await world.until('2026-02-20')
  await renews(low, ana)
  await world.settle()
  expect(await balance(middle, low)).toEqual([1_000n, 2_000n])
  // Its next period was paid for with credits of the parent it has.
  await giveCredits(world.shop, { resellerId: middle.businessId, amountMilli: 1_000n, reason: 'more' })
  await expect(moveBranch(world.shop, low.businessId, other.businessId)).rejects.toMatchObject({ code: 'conflict' })
  await world.until('2026-03-02')
  expect(await balance(middle, low)).toEqual([2_000n, 1_000n])
  // The other way round: the lower pays with the payment, and the middle has nothing when it begins.
  await agree(world.shop, middle, { deducts: 'period_start' })
  await agree(middle, low, { deducts: 'payment' })
  await world.until('2026-03-20')
  await renews(low, ana)
  await world.settle()
  expect(await balance(middle, low)).toEqual([2_000n, 0n])
  for (const name of ['ben', 'cem']) {
    await giveCredits(middle, { resellerId: low.businessId, amountMilli: 1_000n, reason: 'more' })
    await sells(world, low, name)
  }
  expect(await balance(middle, low)).toEqual([0n, 0n])
  await world.until('2026-04-02')
  expect([(await walletOf(middle)).waiting, (await walletOf(low)).waiting]).toEqual([1, 0])
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  // It waited in vain: the lower has his back.
  await terminateByHand(low, ana.subscriptionId, 'enough')
  expect(await balance(middle, low)).toEqual([0n, 1_000n])
})

for (const deducts of ['period_start', 'payment', 'first_use'] as const)
  scenario(`what rests takes nothing for a period that begins later (${deducts})`, async (world) => {
    const south = await joinsBy(world, deducts)
    const ana = await sells(world, south, 'ana')
    await world.until('2026-02-20')
    await renews(south, ana)
    await world.settle()
    const paid = deducts === 'payment' ? 3_000n : 4_000n
    expect(await free(south)).toEqual([paid, 0n])
    await pauseSubscription(south, ana.subscriptionId, { until: null, reason: 'away' })
    await world.until('2026-03-03')
    expect(await free(south)).toEqual([paid, 0n])
    await resumePaused(south, ana.subscriptionId)
    await world.until('2026-03-08')
    expect([await free(south), await periods(south)]).toEqual([
      [paid, 0n],
      ['posted', 'ahead'],
    ])
    await world.until('2026-03-14')
    // No panel told of streams: the first use is no later than the start.
    expect([await free(south), await periods(south)]).toEqual([
      [3_000n, 0n],
      ['posted', 'posted'],
    ])
  })

scenario(
  'with the first stream: held as the period begins, used when somebody watches, free when nobody did',
  async (world) => {
    const south = await joinsBy(world, 'first_use', 2_000n)
    const looks = async () => {
      await world.pass({ minutes: lookMinutes })
      await lookWhoWatches(world.app)
      await world.pass({ minutes: 1 })
    }
    /** Its panel tells every day that somebody, or nobody, watches. */
    const untilLooking = async (day: string) => {
      const end = Temporal.PlainDate.from(day).toZonedDateTime('UTC').toInstant()
      while (Temporal.Instant.compare(world.clock.now(), end) < 0) {
        await world.pass({ hours: 12 })
        await lookWhoWatches(world.app)
      }
      await world.settle()
    }
    // A panel that has told nothing yet.
    const ana = await sells(world, south, 'ana')
    expect(await free(south)).toEqual([1_000n, 0n])
    await looks()
    const ben = await sells(world, south, 'ben')
    expect([await free(south), await periods(south)]).toEqual([
      [1_000n, 1_000n],
      ['posted', 'held'],
    ])
    expect(await world.lineOnPanel('ben')).toMatchObject({ enabled: 1 })
    // What is held is nobody else's.
    const cem = await sells(world, south, 'cem')
    expect((await cem.subscription()).waitingFor).toBe('credits')
    await world.byHand('watch', { username: 'ben' })
    await looks()
    await world.settle()
    expect(await free(south)).toEqual([0n, 0n])
    await giveCredits(world.shop, { resellerId: south.businessId, amountMilli: 1_000n, reason: 'more' })
    await world.settle()
    expect([await free(south), (await walletOf(south)).waiting]).toEqual([[1_000n, 1_000n], 0])
    // Given up before anybody watched: it costs nothing.
    const dan = await joinsAgain(world, south)
    await terminateByHand(south, dan.subscriptionId, 'changed his mind')
    expect(await free(south)).toEqual([2_000n, 1_000n])
    await untilLooking('2026-03-05')
    // Cem never watched.
    expect((await periods(south)).sort()).toEqual(['posted', 'posted', 'released', 'released'])
    expect(await free(south)).toEqual([2_000n, 0n])
    expect((await ana.subscription()).status).not.toBe('pending')
    expect(ben.subscriptionId).not.toBe(cem.subscriptionId)
  },
)

const joinsAgain = async (world: World, south: Shop) => {
  await giveCredits(world.shop, { resellerId: south.businessId, amountMilli: 1_000n, reason: 'more' })
  return sells(world, south, 'dan')
}

for (const deducts of ['period_start', 'payment', 'first_use'] as const)
  scenario(`what had ended and comes back costs what is left of it, once (${deducts})`, async (world) => {
    const south = await joinsBy(world, deducts, 4_000n, { recovers: 'unused' })
    if (deducts === 'first_use') await lookWhoWatches(world.app)
    const ana = await sells(world, south, 'ana')
    await renews(south, ana)
    await world.settle()
    const whole = await free(south)
    await terminateByHand(south, ana.subscriptionId, 'a mistake')
    const [back, none] = await free(south)
    expect([Number(back) >= 3_990, none]).toEqual([true, 0n])
    await restoreByHand(south, ana.subscriptionId, 'it was a mistake')
    await world.settle()
    const [again, held] = await free(south)
    // One period runs, or is held; the other is to come, and costs when it begins.
    expect(await periods(south)).toEqual([deducts === 'first_use' ? 'held' : 'posted', 'ahead'])
    expect(Number(present(again) - present(held))).toBeLessThanOrEqual(3_010)
    expect(whole.length).toBe(2)
    expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    // Without credits it does not come back.
    await terminateByHand(south, ana.subscriptionId, 'enough')
    const [rest] = await balance(south)
    await takeBackCredits(world.shop, { resellerId: south.businessId, amountMilli: present(rest), reason: 'enough' })
    await restoreByHand(south, ana.subscriptionId, 'it was a mistake')
    await world.settle()
    expect((await ana.subscription()).waitingFor).toBe('credits')
    await giveCredits(world.shop, { resellerId: south.businessId, amountMilli: 1_000n, reason: 'more' })
    await world.settle()
    expect((await ana.subscription()).waitingFor).toBeNull()
    expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    const entries = await read(south, (tx) => walletEntries(tx, south.businessId, 30))
    expect(entries.filter(({ purpose, username }) => purpose === 'credits_used' && username === null)).toEqual([])
  })

for (const deducts of ['period_start', 'payment'] as const)
  scenario(
    `another plan from now on ends what was paid for: nothing of it is deducted any more (${deducts})`,
    async (world) => {
      const south = await joinsBy(world, deducts, 20_000n)
      const larger = await anotherPlan(world, { amount: 4_999n, creditCostMilli: 2_000n })
      const shared = { ...standardTerms, resellerId: south.businessId, planId: larger }
      await transaction(world.shop, 'share', (tx) => sharePlan(tx, world.shop, shared))
      await transaction(south, 'life', (tx) =>
        saveLifeSettings(tx, south, lifeSetting.schema.parse({ upgrade: 'restart' })),
      )
      const ana = await sells(world, south, 'ana')
      await renews(south, ana)
      await world.settle()
      expect(await balance(south)).toEqual([deducts === 'payment' ? 18_000n : 19_000n])
      await world.until('2026-02-10')
      const preview = await read(south, (tx) => previewPlanChange(tx, south, ana.subscriptionId, larger, south.now()))
      const { invoiceId } = await changePlan(south, ana.subscriptionId, larger, preview.fingerprint)
      await paidByHand(south, present(invoiceId))
      await world.settle()
      expect(await ana.subscription()).toMatchObject({ planId: larger })
      expect(await free(south)).toEqual([17_000n, 0n])
      // Not where the second month was to begin, either.
      await world.until('2026-03-09')
      expect([await free(south), (await walletOf(south)).waiting]).toEqual([[17_000n, 0n], 0])
      expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    },
  )

scenario('a panel that falls silent keeps nothing unpaid', async (world) => {
  const south = await joinsBy(world, 'first_use', 2_000n)
  await lookWhoWatches(world.app)
  await sells(world, south, 'ana')
  await world.pass({ hours: 20 })
  expect(await free(south)).toEqual([2_000n, 1_000n])
  await world.pass({ hours: 6 })
  expect([await free(south), await periods(south)]).toEqual([[1_000n, 0n], ['posted']])
})

scenario('the forecast counts what is taken when it is taken', async (world) => {
  const south = await joinsBy(world, 'period_start', 2_000n)
  const ana = await sells(world, south, 'ana')
  await world.until('2026-02-20')
  const ahead = async () => present(await read(south, (tx) => runwayOf(tx, south.now())))
  const before = await ahead()
  expect(before).toMatchObject({ freeMilli: 1_000n, comingMilli: 1_000n, renewals: 1, wouldWait: 0 })
  // Paid for and not begun: it will be taken, although its paid end is far.
  await renews(south, ana)
  await world.settle()
  expect(await ahead()).toMatchObject({ freeMilli: 1_000n, comingMilli: 1_000n, renewals: 1 })
  await agree(world.shop, south, { deducts: 'payment' })
  expect(await ahead()).toMatchObject({ freeMilli: 1_000n, comingMilli: 1_000n })
  // The next one: with the payment it counts a day earlier than with the start.
  const hourOf = async (deducts: Deduction) => {
    await agree(world.shop, south, { deducts })
    const [coming] = await read(south, (tx) =>
      rows(tx, sql<{ hour: Temporal.Instant }>`select max(hour) as hour from wallet_calendar(60, ${south.now()})`),
    )
    return present(coming).hour
  }
  const [start, payment] = [await hourOf('period_start'), await hourOf('payment')]
  expect(start.since(payment).total('hours')).toBe(24)
  expect(await hourOf('first_use')).toEqual(start)
})
