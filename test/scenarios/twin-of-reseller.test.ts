/** Test mode of a reseller: his shop below a supplier made for it, with credits that cost nobody anything. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { listPlans, savePlan } from '#modules/catalog/plans.ts'
import { travel, travelOf } from '#modules/dunning/travel.ts'
import { prove } from '#modules/invariants.ts'
import { openShop } from '#modules/people/business.ts'
import { listStaff, membershipFor } from '#modules/people/memberships.ts'
import { machineOrigin } from '#modules/people/twin-address.ts'
import { buyCredits } from '#modules/reselling/buy-credits.ts'
import { takeBackCredits } from '#modules/reselling/move-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { listBranch } from '#modules/reselling/queries.ts'
import { sharePlan, standardTerms, stopSharing } from '#modules/reselling/share-plans.ts'
import { findTwin, syncTwin } from '#modules/twins/sync-twin.ts'
import { inTransaction, rows, run, sql } from '#platform/db.ts'
import { liveBusiness } from '../support/live.ts'
import { joins, walletOf } from '../support/resellers.ts'
import { customerOf, payInvoice, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let live: Awaited<ReturnType<typeof liveBusiness>>
let ria: Shop
beforeEach(async () => {
  world = await createWorld()
  live = await liveBusiness(world)
  await transaction(live.shop, 'pack', (tx) =>
    savePack(tx, live.shop, { name: 'Ten', creditsMilli: 10_000n, currency: 'EUR', priceMinor: 900n, active: true }),
  )
  ria = await joins(world, { slug: 'ria', under: live.shop, planIds: [live.planId], credits: 5_000n })
})
afterEach(() => world.close())

const open = (id: string) => openShop(world.app, id, 'system')

async function twinOf(reseller: Shop) {
  const made = await syncTwin(reseller)
  const shop = await open(made.id)
  return { made, shop, supplier: await open(present(shop.parentId)) }
}

const stageOf = (shop: Shop) => ({
  shop,
  gatewayOrigin: machineOrigin(shop.businessId, 'sandbox'),
  settle: world.settle,
  lineOnPanel: async () => null,
})

/** What the machines and books of a business hold. */
const countOf = (shop: Shop, table: string, where = sql`true`) =>
  transaction(shop, 'count', async (tx) => {
    const [found] = await rows(
      tx,
      sql<{
        n: number
      }>`select count(*)::int as n from ${sql.table(table)} where business_id = current_business() and ${where}`,
    )
    return present(found).n
  })

test('a reseller’s twin sells what is shared with him under the same ids, for credits of its own supplier, and a second call changes nothing', async () => {
  const price = { currency: 'EUR', amountMinor: 1_899n, setupMinor: 0n }
  const [shared] = await read(ria, (tx) => listPlans(tx))
  await transaction(ria, 'price', (tx) => savePlan(tx, ria, { ...present(shared), prices: [price] }, live.planId))
  const { made, shop, supplier } = await twinOf(ria)
  expect(made).toMatchObject({ slug: 'ria-test', name: ria.name })
  expect(shop).toMatchObject({ livemode: false, twinOf: ria.businessId, open: true })
  expect(supplier).toMatchObject({ livemode: false, twinOf: ria.businessId, parentId: null, name: 'Harbour TV' })
  expect(await read(shop, (tx) => listPlans(tx))).toEqual(await read(ria, (tx) => listPlans(tx)))
  expect(await read(shop, (tx) => listPlans(tx))).toMatchObject([{ id: live.planId, prices: [price] }])
  expect(await walletOf(shop)).toMatchObject({ issuer: supplier.businessId, balance: 1_000_000n, held: 0n })

  expect(await syncTwin(ria)).toMatchObject({ id: made.id, changed: 0 })
  expect((await Promise.all([syncTwin(ria), syncTwin(ria)])).map(({ id }) => id)).toEqual([made.id, made.id])
  // Two that are made at once are one.
  const tom = await joins(world, { slug: 'tom', under: live.shop, planIds: [live.planId] })
  const both = await Promise.all([syncTwin(tom), syncTwin(tom)])
  expect(new Set(both.map(({ id }) => id)).size).toBe(1)
  // The supplier's own twin is another thing, and is not needed.
  expect(await findTwin(live.shop)).toBeNull()
  expect((await syncTwin(live.shop)).id).not.toBe(supplier.businessId)
  expect((await prove(world.db, world.clock.now())).broken).toEqual([])
})

test('what is sold in it costs credits of test mode alone; without them it waits, and credits are bought at the sandbox', async () => {
  const { shop, supplier } = await twinOf(ria)
  const before = await walletOf(ria)
  const anna = await customerOf(stageOf(shop), 'Anna').buys({ planId: live.planId })
  expect(await anna.order()).toMatchObject({ status: 'ready' })
  const { balance } = await walletOf(shop)
  expect(balance).toBeLessThan(1_000_000n)
  const onPanel = () => countOf(supplier, 'imitation_rows', sql`machine = 'panel' and shelf = 'lines'`)
  expect(await onPanel()).toBe(1)

  // Everything is taken back: the next one waits, until a pack is paid.
  await takeBackCredits(supplier, { resellerId: shop.businessId, amountMilli: balance, reason: 'Trying it' })
  const ben = await customerOf(stageOf(shop), 'Ben').buys({ planId: live.planId })
  expect((await ben.order()).status).not.toBe('ready')
  expect(await walletOf(shop)).toMatchObject({ waiting: 1 })
  const packs = await read(supplier, (tx) =>
    rows(tx, sql<{ id: string }>`select id from credit_packs where business_id = current_business()`),
  )
  const bought = await buyCredits(shop, present(packs[0]).id)
  expect(bought.payUrl).toContain('/s/ria-test-supplier/pay/')
  await payInvoice(stageOf(supplier), bought.invoiceId, 'pay')
  await world.settle()
  await world.pass({ minutes: 5 })
  expect(await ben.order()).toMatchObject({ status: 'ready' })
  expect(await onPanel()).toBe(2)

  // Nothing of it is true anywhere else: no panel, no wallet, no mail, no branch, no order.
  expect(await world.linesOnPanel()).toEqual([])
  expect(await walletOf(ria)).toEqual(before)
  expect(world.mailbox.mails.filter(({ to }) => to.some((each) => /anna|ben/i.test(each)))).toEqual([])
  expect((await read(live.shop, listBranch)).map(({ id }) => id)).toEqual([ria.businessId])
  for (const table of ['orders', 'invoices', 'payments', 'lines', 'credit_orders', 'period_credits'])
    for (const each of [ria, live.shop]) expect([table, await countOf(each, table)]).toEqual([table, 0])
  expect((await prove(world.db, world.clock.now())).broken).toEqual([])
  expect(world.failures).toEqual([])
})

test('its clock takes its supplier along, and a line that nobody renews ends', async () => {
  const { made, shop, supplier } = await twinOf(ria)
  const anna = await customerOf(stageOf(shop), 'Anna').buys({ planId: live.planId })
  await travel(await open(made.id), shop.now().add({ hours: 24 * 45 }))
  for (let looks = 0; (await transaction(shop, 'read', travelOf)) !== null; looks++) {
    expect(looks).toBeLessThan(500)
    world.clock.advance({ milliseconds: 300 })
    await world.settle()
  }
  expect((await anna.subscription()).status).toBe('terminated')
  expect(await countOf(supplier, 'imitation_rows', sql`machine = 'panel' and shelf = 'lines'`)).toBe(0)
  const [below, above] = [(await open(made.id)).now(), (await open(supplier.businessId)).now()]
  expect(below.epochMilliseconds - ria.now().epochMilliseconds).toBeGreaterThan(44 * 86_400_000)
  expect(above).toEqual(below)
  expect((await open(ria.businessId)).now()).toEqual(world.clock.now())
  expect((await prove(world.db, world.clock.now())).broken).toEqual([])
})

test('what the supplier shares, asks and ends is so in the twin after the next copy', async () => {
  const { made, shop, supplier } = await twinOf(ria)
  const terms = { ...standardTerms, costMilli: 2_500n, breaks: [{ from: 10, costMilli: 2_000n }] }
  await transaction(live.shop, 'share', (tx) =>
    sharePlan(tx, live.shop, { resellerId: ria.businessId, planId: live.planId, ...terms }),
  )
  expect((await syncTwin(ria)).changed).toBeGreaterThan(0)
  const cost = () =>
    read(shop, async (tx) => {
      const [found] = await rows(
        tx,
        sql<{
          cost: bigint
          ended: boolean
        }>`select credit_cost_milli as cost, ended from terms_of_plan(${live.planId})`,
      )
      return found
    })
  expect(await cost()).toEqual({ cost: 2_500n, ended: false })
  await transaction(live.shop, 'stop', (tx) => stopSharing(tx, live.shop, ria.businessId, live.planId))
  await syncTwin(ria)
  expect(await cost()).toEqual({ cost: 2_500n, ended: true })
  expect(await read(shop, (tx) => listPlans(tx, { forSale: true }))).toEqual([])
  expect(await syncTwin(ria)).toMatchObject({ id: made.id, changed: 0 })
  await transaction(live.shop, 'share', (tx) =>
    sharePlan(tx, live.shop, { resellerId: ria.businessId, planId: live.planId, ...standardTerms }),
  )
  await syncTwin(ria)
  expect((await cost())?.ended).toBe(false)
  // Whoever has few credits left gets more.
  const { balance } = await walletOf(shop)
  await takeBackCredits(supplier, { resellerId: shop.businessId, amountMilli: balance - 1_000n, reason: 'Trying it' })
  expect((await syncTwin(ria)).changed).toBe(1)
  expect((await walletOf(shop)).balance).toBe(1_000_000n)
})

test('his staff work there, nobody works for the supplier above it, and neither his supplier nor another reseller comes in', async () => {
  const { shop, supplier } = await twinOf(ria)
  const now = world.clock.now()
  const [owner] = await read(ria, listStaff)
  const userId = present(owner).userId
  expect(await membershipFor(world.app, userId, shop.businessId, now)).toMatchObject({ role: 'owner' })
  expect(await membershipFor(world.app, userId, supplier.businessId, now)).toBeNull()
  const staff = (of: Shop) =>
    read(of, (tx) => rows(tx, sql<{ userId: string }>`select user_id as "userId" from twin_staff()`))
  expect(await staff(shop)).toEqual([{ userId }])
  expect(await staff(supplier)).toEqual([])
  for (const other of await read(live.shop, listStaff))
    expect(await membershipFor(world.app, other.userId, shop.businessId, now)).toBeNull()

  // Nobody reads another's rows: neither the live side nor the real supplier sees one of the twin, nor the other way round.
  await customerOf(stageOf(shop), 'Anna').buys({ planId: live.planId })
  for (const [from, to] of [
    [live.shop, shop],
    [ria, shop],
    [shop, ria],
    [shop, live.shop],
    [supplier, live.shop],
    [shop, supplier],
  ] as const)
    for (const table of ['customers', 'orders', 'lines', 'accounts', 'panels', 'imitation_rows'])
      expect(
        await read(from, (tx) =>
          rows(tx, sql`select from ${sql.table(table)} where business_id = ${to.businessId}`).then((all) => all.length),
        ),
      ).toBe(0)
})

test('the database holds below whom a twin hangs, and that its panels are imitated', async () => {
  const { made, shop, supplier } = await twinOf(ria)
  const tamper = (businessId: string, text: ReturnType<typeof sql>) =>
    inTransaction(world.db, { role: 'app', businessId }, 'tamper', (tx) => run(tx, text))
  await expect(
    world.db.pool.query('update businesses set parent_id = $1 where id = $2', [live.businessId, made.id]),
  ).rejects.toThrow(/its own supplier/)
  await expect(
    world.db.pool.query('update businesses set parent_id = $1 where id = $2', [live.businessId, supplier.businessId]),
  ).rejects.toThrow(/its own supplier/)
  await expect(
    tamper(
      supplier.businessId,
      sql`update panels set settings = settings || '{"url": "http://panel.test/x/"}' where business_id = current_business()`,
    ),
  ).rejects.toThrow(/its own imitations/)
  await expect(syncTwin(shop)).rejects.toMatchObject({ code: 'conflict' })
  await expect(syncTwin(supplier)).rejects.toMatchObject({ code: 'conflict' })
})

test('a reseller of a reseller has his own, with what is shared with him by the one above', async () => {
  const sam = await joins(world, { slug: 'sam', under: ria, planIds: [live.planId] })
  const { shop, supplier } = await twinOf(sam)
  expect(supplier.name).toBe(ria.name)
  const anna = await customerOf(stageOf(shop), 'Anna').buys({ planId: live.planId })
  expect(await anna.order()).toMatchObject({ status: 'ready' })
  expect(await countOf(supplier, 'holds')).toBe(1)
  expect(await world.linesOnPanel()).toEqual([])
  for (const each of [ria, live.shop]) expect(await countOf(each, 'holds')).toBe(0)
  expect((await prove(world.db, world.clock.now())).broken).toEqual([])
})
