/** The busiest night: more paid orders than credits. By default a small one; `BUSY_NIGHT=500` measures the size that was promised. */
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { listPlans, savePlan } from '#modules/catalog/plans.ts'
import { lookMinutes, lookWhoWatches } from '#modules/lines/usage.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop } from '#modules/people/business.ts'
import { buyCredits, saveTopUp } from '#modules/reselling/buy-credits.ts'
import { giveCredits, moveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { listBranch, waitingLines } from '#modules/reselling/queries.ts'
import { deductions, resumeOrders } from '#modules/reselling/rules.ts'
import { saveResumeOrder } from '#modules/reselling/save-resume-order.ts'
import { saveTerms } from '#modules/reselling/save-terms.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { moveEnd } from '#modules/subscriptions/move-end.ts'
import { inTransaction, rows, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { joins, paidByHand, sells, walletOf } from '../support/resellers.ts'
import { type Purchase, parsedMails, payInvoice, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
afterEach(async () => {
  try {
    expect(world.failures).toEqual([])
    expect((await world.proof()).broken).toEqual([])
  } finally {
    await world.close()
  }
})

const orders = Number(process.env.BUSY_NIGHT ?? 20)
const credits = Math.floor((orders * 3) / 5)
const give = (to: Shop, count: number) =>
  giveCredits(world.shop, { resellerId: to.businessId, amountMilli: BigInt(count) * 1_000n, reason: 'a top-up' })

/** Periods by what became of their credits, the longest waiting first. */
const periods = (shop: Shop) =>
  read(shop, (tx) =>
    rows(
      tx,
      sql<{
        subscriptionId: string
        status: string
        valueMinor: bigint
      }>`select subscription_id as "subscriptionId", status, value_minor as "valueMinor" from period_credits
        where business_id = current_business() order by waiting_since nulls first, period_id`,
    ),
  )

const ordersOf = (shop: Shop) =>
  read(shop, (tx) =>
    rows(
      tx,
      sql`select status, reason, count(*)::int as count from orders where business_id = current_business() group by 1, 2 order by 1, 2`,
    ),
  )

const inOrder = async (purchases: readonly Purchase[], work: (each: Purchase) => Promise<unknown>) => {
  const left = [...purchases]
  const one = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each)
  }
  await Promise.all(Array.from({ length: 6 }, one))
}

test.each(resumeOrders)(
  'on a busy night what there are credits for is served, the rest waits with its reason, and credits bought with a kept card serve it in order without a hand (%s)',
  async (resumes) => {
    world = await createWorld()
    const reseller = await joins(world, { slug: 'south', credits: BigInt(credits - 1) * 1_000n })
    // One credit is bought with a card that the supplier may keep, and the night can begin.
    const facts = { name: 'A night', currency: 'EUR', priceMinor: 900n, active: true }
    const packOf = (count: number) =>
      transaction(world.shop, 'pack', (tx) =>
        savePack(tx, world.shop, { ...facts, creditsMilli: BigInt(count) * 1_000n }),
      )
    const first = await buyCredits(reseller, (await packOf(1)).id)
    await payInvoice(world.stage, first.invoiceId, 'pay', 'sandbox', true)
    await world.settle()
    const purchases: Purchase[] = []
    await saveResumeOrder(reseller, resumes)
    const shared = present((await read(reseller, (tx) => listPlans(tx)))[0])
    for (let count = 0; count < orders; count++) {
      // Whoever comes pays something else, in no order.
      const prices = [{ currency: 'EUR', amountMinor: 1_000n + BigInt((count * 7) % orders), setupMinor: 0n }]
      await transaction(reseller, 'price', (tx) => savePlan(tx, reseller, { ...shared, prices }, shared.id))
      purchases.push(await world.customer(`cus${count}`, reseller).orders())
    }
    await inOrder(purchases, (each) => each.pays('pay', 'manual'))
    await world.withWorkers(2, async ([app]) => {
      const there = await openShop(present(app), reseller.businessId, 'system')
      await inOrder(purchases, (each) => paidByHand(there, each.invoiceId))
    })
    const after = await periods(reseller)
    expect(after.filter(({ status }) => status === 'posted')).toHaveLength(credits)
    const waiting = after.filter(({ status }) => status === 'waiting')
    expect(waiting).toHaveLength(orders - credits)
    expect(await world.linesOnPanel()).toHaveLength(credits)
    expect(await walletOf(reseller)).toMatchObject({ balance: 0n, held: 0n, waiting: orders - credits })
    const byId = new Map(purchases.map((each) => [each.subscriptionId, each]))
    for (const { subscriptionId } of waiting)
      expect((await present(byId.get(subscriptionId)).subscription()).waitingFor).toBe('credits')
    expect(await ordersOf(reseller)).toEqual([
      { status: 'delayed', reason: 'Waits for credits.', count: orders - credits },
      { status: 'ready', reason: '', count: credits },
    ])
    // Told once: one alarm and one mail, however many wait.
    expect((await read(reseller, listAttention)).filter(({ kind }) => kind === 'credits_short')).toHaveLength(1)
    expect((await read(world.shop, listAttention)).filter(({ kind }) => kind === 'credits_short')).toHaveLength(1)
    const mails = await parsedMails(world.mailbox.mails.filter(({ to }) => to.includes('south@reseller.example')))
    expect(mails.filter(({ subject }) => subject?.includes('used up'))).toHaveLength(1)

    if (resumes === 'most_valuable') waiting.sort((one, other) => Number(other.valueMinor - one.valueMinor))
    expect(
      (await read(reseller, (tx) => waitingLines(tx, orders))).map(({ subscriptionId }) => subscriptionId),
    ).toEqual(waiting.map(({ subscriptionId }) => subscriptionId))
    const servedNow = async () =>
      (await periods(reseller)).filter(({ status }) => status === 'posted').map(({ subscriptionId }) => subscriptionId)
    await give(reseller, 2)
    await world.settle()
    const before = new Set(
      after.filter(({ status }) => status === 'posted').map(({ subscriptionId }) => subscriptionId),
    )
    expect((await servedNow()).filter((each) => !before.has(each)).sort()).toEqual(
      waiting
        .slice(0, 2)
        .map(({ subscriptionId }) => subscriptionId)
        .sort(),
    )
    // From then on credits are bought by themselves, and nobody touches anything any more.
    const pack = await packOf(orders)
    await world.withWorkers(2, () => saveTopUp(reseller, { underMilli: 1_000n, packId: pack.id, perDay: 1 }))
    expect(await servedNow()).toHaveLength(orders)
    expect(await world.linesOnPanel()).toHaveLength(orders)
    expect(await walletOf(reseller)).toMatchObject({ balance: BigInt(credits + 2) * 1_000n, held: 0n, waiting: 0 })
    expect((await read(reseller, listAttention)).filter(({ kind }) => kind === 'credits_short')).toEqual([])
    expect(await ordersOf(reseller)).toEqual([{ status: 'ready', reason: '', count: orders }])
  },
  orders > 100 ? 900_000 : 60_000,
)

/** What is held and waits for no stream. */
const overdue = (of: World) =>
  inTransaction(of.db, { role: 'report' }, 'look', (tx) =>
    rows(
      tx,
      sql`select business_id, period_id, status from period_credits where (status = 'held' and not awaits_use) or early_open`,
    ),
  )

type Act =
  | { act: 'give' | 'take'; to: number; credits: number }
  | { act: 'move'; from: number; to: number; credits: number }
  | { act: 'sell'; by: number }
  | { act: 'renew'; by: number }
  | { act: 'cut'; by: number }
  | { act: 'watch'; by: number }
  | { act: 'end'; by: number }

const whom = fc.integer({ min: 0, max: 2 })
const someCredits = fc.integer({ min: 1, max: 3 })
const anAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constantFrom('give' as const, 'take' as const), to: whom, credits: someCredits }),
  fc.record({ act: fc.constant('move' as const), from: whom, to: whom, credits: someCredits }),
  fc.record({ act: fc.constant('sell' as const), by: whom }),
  fc.record({ act: fc.constantFrom('renew' as const, 'cut' as const, 'watch' as const), by: whom }),
  fc.record({ act: fc.constant('end' as const), by: whom }),
)

test.each(deductions)(
  'whatever happens at once, no wallet goes below nothing, and each credit is accounted for (%s)',
  async (deducts) => {
    world = await createWorld()
    const [south, north] = [
      await joins(world, { slug: 'south', credits: 3_000n }),
      await joins(world, { slug: 'north' }),
    ]
    const low = await joins(world, { slug: 'low', under: south, credits: 2_000n })
    const shops = [south, north, low]
    // Each step of the way by its own terms: the lowest by the next of them.
    const ofLow = present(deductions[(deductions.indexOf(deducts) + 1) % deductions.length])
    for (const [by, child, when] of [
      [world.shop, south, deducts],
      [world.shop, north, deducts],
      [south, low, ofLow],
    ] as const)
      await transaction(by, 'terms', (tx) => saveTerms(tx, by, child.businessId, { deducts: when }))
    await lookWhoWatches(world.app)
    const sold: Purchase[][] = [[], [], []]
    const issuerOf = (index: number) => (index === 2 ? south : world.shop)
    let count = 0
    const refusedIsFine = (error: unknown) => {
      if (!(error instanceof Refusal)) throw error
    }
    const perform = async (each: Act): Promise<unknown> => {
      if (each.act === 'sell') return sellOne(each.by)
      if (each.act === 'end') {
        const purchase = sold[each.by]?.pop()
        return purchase && terminateByHand(present(shops[each.by]), purchase.subscriptionId, 'enough')
      }
      if (each.act === 'renew' || each.act === 'cut' || each.act === 'watch') {
        const [shop, purchase] = [present(shops[each.by]), sold[each.by]?.at(-1)]
        return purchase && { renew, cut, watch }[each.act](shop, purchase)
      }
      const amountMilli = BigInt(each.credits) * 1_000n
      if (each.act === 'move') {
        const [from, to] = [present(shops[each.from]), present(shops[each.to])]
        return moveCredits(world.shop, { resellerId: from.businessId, toId: to.businessId, amountMilli, reason: 'x' })
      }
      const move = { resellerId: present(shops[each.to]).businessId, amountMilli, reason: 'x' }
      return (each.act === 'give' ? giveCredits : takeBackCredits)(issuerOf(each.to), move)
    }
    const renew = async (shop: Shop, { subscriptionId }: Purchase) => {
      const invoice = await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, subscriptionId, shop.now()))
      if (invoice !== null) await paidByHand(shop, invoice.id)
    }
    const cut = (shop: Shop, { subscriptionId }: Purchase) =>
      moveEnd(shop, subscriptionId, shop.now().add({ hours: 24 * 45 }), 'enough')
    const watching = new Set<string>()
    const watch = async (_: Shop, purchase: Purchase) => {
      const { username } = await (await purchase.line()).stored()
      // A login with one connection plays once.
      if (watching.has(username) || !(await world.lineOnPanel(username))) return
      watching.add(username)
      await world.byHand('watch', { username })
    }
    const sellOne = async (by: number) => {
      const shop = present(shops[by])
      const purchase = await world.customer(`pers${count++}`, shop).orders()
      await purchase.pays('pay', 'manual')
      await paidByHand(shop, purchase.invoiceId)
      sold[by]?.push(purchase)
    }
    await fc.assert(
      fc.asyncProperty(fc.array(anAct, { minLength: 3, maxLength: 6 }), async (acts) => {
        // All at once, each on a connection of its own, while what was sold before is set up.
        await Promise.all([...acts.map((each) => perform(each).catch(refusedIsFine)), world.settle()])
        await world.pass({ minutes: lookMinutes })
        await lookWhoWatches(world.app)
        await world.settle()
        for (const shop of shops) {
          const { balance, held } = await walletOf(shop)
          expect(balance - held).toBeGreaterThanOrEqual(0n)
          if (deducts === 'period_start' && shop !== low) expect(held).toBe(0n)
        }
        expect(await overdue(world)).toEqual([])
        expect((await world.proof()).broken).toEqual([])
      }),
      { numRuns: 8, interruptAfterTimeLimit: 40_000 },
    )
    // Nobody waits who could be served.
    for (const shop of shops)
      await giveCredits(shop === low ? south : world.shop, {
        resellerId: shop.businessId,
        amountMilli: 99_000n,
        reason: 'x',
      })
    await world.settle()
    expect((await read(world.shop, listBranch)).map(({ linesWaiting }) => linesWaiting)).toEqual([0, 0, 0])
  },
  60_000,
)

test('two at once reach for the last credit: one is served', async () => {
  world = await createWorld()
  for (let round = 0; round < 3; round++) {
    const reseller = await joins(world, { slug: `shop${round}`, credits: 1_000n })
    const both = [
      await world.customer(`ana${round}`, reseller).orders(),
      await world.customer(`ben${round}`, reseller).orders(),
    ]
    for (const each of both) await each.pays('pay', 'manual')
    await Promise.all(both.map((each) => paidByHand(reseller, each.invoiceId)))
    await world.settle()
    expect((await periods(reseller)).map(({ status }) => status).sort()).toEqual(['posted', 'waiting'])
    expect(await walletOf(reseller)).toMatchObject({ balance: 0n, held: 0n })
  }
  expect(
    await sells(world, await joins(world, { slug: 'quiet' }), 'late').then((each) => each.subscription()),
  ).toMatchObject({ waitingFor: 'credits' })
})
