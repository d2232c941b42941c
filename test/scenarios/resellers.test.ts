import { afterEach, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { listPlans, savePlan, saveProduct } from '#modules/catalog/plans.ts'
import { mapProduct } from '#modules/lines/panels.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop } from '#modules/people/business.ts'
import { buyCredits } from '#modules/reselling/buy-credits.ts'
import { giveCredits, moveCredits, takeBackCredits } from '#modules/reselling/move-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { branchLines, listBranch, walletEntries } from '#modules/reselling/queries.ts'
import { sharePlan, standardTerms, stopSharing } from '#modules/reselling/share-plans.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { run, sql } from '#platform/db.ts'
import { joins, paidByHand, sells, walletOf } from '../support/resellers.ts'
import { parsedMails, payInvoice, present, read } from '../support/stories.ts'
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

const reason = 'agreed by telephone'
const give = (by: Shop, to: Shop, credits: number) =>
  giveCredits(by, { resellerId: to.businessId, amountMilli: BigInt(credits) * 1000n, reason })
const statusOf = async (of: Shop, purchase: { subscriptionId: string }) =>
  (await read(of, (tx) => lineOfSubscription(tx, purchase.subscriptionId)))?.wanted

test('a reseller joins by the link in his mail, sells a line on the panel of the operator, and pays with a credit', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 2_000n })
  expect(reseller).toMatchObject({
    name: 'south TV',
    slug: 'south',
    currency: 'EUR',
    parentId: world.businessId,
    open: true,
  })
  const purchase = await sells(world, reseller, 'ana')
  expect((await purchase.order()).status).toBe('ready')
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
  expect(await walletOf(reseller)).toMatchObject({ balance: 1_000n, held: 0n, waiting: 0 })
  // The operator sees line and wallet, and nobody's name.
  const [seen] = await read(world.shop, listBranch)
  expect(seen).toMatchObject({ id: reseller.businessId, depth: 1, linesRunning: 1, balance: 1_000n })
  expect((await read(world.shop, (tx) => branchLines(tx, reseller.businessId, 10)))[0]).toMatchObject({
    username: 'ana',
    plan: 'Family monthly',
    credits: 'posted',
  })
  expect(await read(reseller, (tx) => branchLines(tx, world.businessId, 10))).toEqual([])
  const entries = await read(reseller, (tx) => walletEntries(tx, reseller.businessId, 10))
  expect(
    entries.map(({ purpose, amount, balance, username, plan }) => ({ purpose, amount, balance, username, plan })),
  ).toEqual([
    { purpose: 'credits_used', amount: -1_000n, balance: 1_000n, username: 'ana', plan: 'Family monthly' },
    { purpose: 'credits_given', amount: 2_000n, balance: 2_000n, username: null, plan: null },
  ])
})

test('without credits a paid line waits, is told once, and starts by itself after a top-up, oldest first', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south' })
  const waiting = []
  for (const name of ['ana', 'ben', 'cem']) {
    waiting.push(await sells(world, reseller, name))
    await world.pass({ minutes: 1 })
  }
  expect(await Promise.all(waiting.map((each) => statusOf(reseller, each)))).toEqual(['none', 'none', 'none'])
  expect(await world.linesOnPanel()).toEqual([])
  expect((await present(waiting[0]).subscription()).waitingFor).toBe('credits')
  const alarms = (await read(reseller, listAttention)).filter(({ kind }) => kind === 'credits_short')
  expect(alarms).toHaveLength(1)
  expect((await read(world.shop, listAttention)).filter(({ kind }) => kind === 'credits_short')).toHaveLength(1)
  const told = (
    await parsedMails(world.mailbox.mails.filter(({ to }) => to.includes('south@reseller.example')))
  ).filter(({ subject }) => subject?.includes('used up'))
  expect(told).toHaveLength(1)
  await give(world.shop, reseller, 2)
  await world.settle()
  expect(await Promise.all(waiting.map((each) => statusOf(reseller, each)))).toEqual(['active', 'active', 'none'])
  // Who comes now does not overtake who waits.
  await give(world.shop, reseller, 1)
  const late = await sells(world, reseller, 'dan')
  expect([await statusOf(reseller, present(waiting[2])), await statusOf(reseller, late)]).toEqual(['active', 'none'])
  await give(world.shop, reseller, 5)
  await world.settle()
  expect(await statusOf(reseller, late)).toBe('active')
  expect((await read(reseller, listAttention)).filter(({ kind }) => kind === 'credits_short')).toEqual([])
  expect(await walletOf(reseller)).toMatchObject({ balance: 4_000n, held: 0n })
})

test('F88: a line of a reseller of a reseller costs every wallet on the way, or none', async () => {
  world = await createWorld()
  const middle = await joins(world, { slug: 'middle', credits: 1_000n })
  const low = await joins(world, { slug: 'low', under: middle, credits: 9_000n })
  await transaction(middle, 'terms', (tx) =>
    sharePlan(tx, middle, { resellerId: low.businessId, planId: world.planId, ...standardTerms, costMilli: 1_500n }),
  )
  await sells(world, low, 'ana')
  expect([(await walletOf(middle)).balance, (await walletOf(low)).balance]).toEqual([0n, 7_500n])
  const second = await sells(world, low, 'ben')
  // The middle has nothing left: nothing is taken from the lowest either.
  expect(await statusOf(low, second)).toBe('none')
  expect(await walletOf(low)).toMatchObject({ balance: 7_500n, held: 0n })
  expect((await read(middle, listAttention)).some(({ kind }) => kind === 'credits_short')).toBe(true)
  expect((await read(low, listAttention)).some(({ kind }) => kind === 'credits_short')).toBe(false)
  await give(world.shop, middle, 3)
  await world.settle()
  expect(await statusOf(low, second)).toBe('active')
  expect([(await walletOf(middle)).balance, (await walletOf(low)).balance]).toEqual([2_000n, 6_000n])
  expect((await read(world.shop, listBranch)).map(({ id, depth }) => [id, depth])).toEqual([
    [middle.businessId, 1],
    [low.businessId, 2],
  ])
})

test('an early renewal takes nothing before its period begins; without credits the line rests then', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 1_000n })
  const purchase = await sells(world, reseller, 'ana')
  await world.until('2026-02-20')
  const invoice = present(
    await transaction(reseller, 'ask', (tx) => renewalInvoice(tx, reseller, purchase.subscriptionId, reseller.now())),
  )
  await paidByHand(reseller, invoice.id)
  await world.settle()
  expect(await walletOf(reseller)).toMatchObject({ balance: 0n, held: 0n, waiting: 0 })
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
  await world.until('2026-03-01')
  expect(await walletOf(reseller)).toMatchObject({ balance: 0n, waiting: 1 })
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  await give(world.shop, reseller, 1)
  await world.settle()
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
  expect(await walletOf(reseller)).toMatchObject({ balance: 0n, held: 0n, waiting: 0 })
})

test('a period that was waited through to its end costs nothing any more, and does not switch the line on for the next', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 1_000n })
  const purchase = await sells(world, reseller, 'ana')
  for (const day of ['2026-02-20', '2026-03-20']) {
    await world.until(day)
    const invoice = present(
      await transaction(reseller, 'ask', (tx) => renewalInvoice(tx, reseller, purchase.subscriptionId, reseller.now())),
    )
    await paidByHand(reseller, invoice.id)
    await world.settle()
  }
  await world.until('2026-04-03')
  expect(await walletOf(reseller)).toMatchObject({ balance: 0n, waiting: 2 })
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  await give(world.shop, reseller, 1)
  await world.settle()
  // The credit went to the days that are left, not to those that nobody watched.
  expect(await walletOf(reseller)).toMatchObject({ balance: 0n, held: 0n, waiting: 0 })
  expect((await purchase.subscription()).waitingFor).toBeNull()
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
})

test('credits are held while the panel is down, used when it confirms, and free again when the order is given up', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 2_000n })
  await world.strike('panel', { fault: 'down', times: 1_000 })
  const [ana, ben] = [await sells(world, reseller, 'ana'), await sells(world, reseller, 'ben')]
  expect(await walletOf(reseller)).toMatchObject({ balance: 2_000n, held: 2_000n })
  await terminateByHand(reseller, ben.subscriptionId, 'changed his mind')
  expect(await walletOf(reseller)).toMatchObject({ balance: 2_000n, held: 1_000n })
  world.heal('panel')
  await world.pass({ hours: 2 })
  expect(await statusOf(reseller, ana)).toBe('active')
  expect(await walletOf(reseller)).toMatchObject({ balance: 1_000n, held: 0n })
})

test('what nobody has any more comes back where that is agreed', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 2_000n })
  const [ana, ben] = [await sells(world, reseller, 'ana'), await sells(world, reseller, 'ben')]
  await world.until('2026-02-14')
  await terminateByHand(reseller, ana.subscriptionId, 'moved away')
  expect(await walletOf(reseller)).toMatchObject({ balance: 0n })
  await transaction(world.shop, 'terms', (tx) =>
    run(
      tx,
      sql`insert into reseller_terms (business_id, reseller_id, recovers) values (${world.businessId}, ${reseller.businessId}, 'unused')`,
    ),
  )
  await terminateByHand(reseller, ben.subscriptionId, 'moved away')
  expect(await walletOf(reseller)).toMatchObject({ balance: 500n })
})

test('more periods in a month cost less each, and a reseller has his own price', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 10_000n })
  await transaction(world.shop, 'terms', (tx) =>
    sharePlan(tx, world.shop, {
      resellerId: reseller.businessId,
      planId: world.planId,
      ...standardTerms,
      costMilli: 800n,
      breaks: [
        { from: 2, costMilli: 700n },
        { from: 3, costMilli: 500n },
      ],
    }),
  )
  for (const name of ['ana', 'ben', 'cem', 'dan']) await sells(world, reseller, name)
  expect(await walletOf(reseller)).toMatchObject({ balance: 10_000n - 800n - 700n - 500n - 500n })
})

test('what the parent shared cannot be made more of, by whatever door', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 1_000n })
  const [plan] = await read(reseller, (tx) => listPlans(tx))
  const shared = present(plan)
  const product = {
    name: 'Family',
    description: '',
    lineKind: 'line',
    outputs: ['hls', 'ts'],
    usernameStrategy: 'hybrid',
    passwordStrategy: 'generated',
    active: true,
    position: 0,
  } as const
  const tries: (() => Promise<unknown>)[] = [
    () =>
      transaction(reseller, 'try', (tx) =>
        saveProduct(tx, reseller, { ...product, outputs: [...product.outputs], connections: 9 }, shared.productId),
      ),
    () => transaction(reseller, 'try', (tx) => savePlan(tx, reseller, { ...shared, termCount: 12 }, shared.id)),
    () => transaction(reseller, 'try', (tx) => savePlan(tx, reseller, { ...shared, name: 'Mine' })),
    () =>
      transaction(reseller, 'try', (tx) =>
        mapProduct(tx, reseller, shared.productId, [{ panelId: world.panelId, bouquets: [1] }]),
      ),
  ]
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: 'conflict' })
  const past = (text: string) => transaction(reseller, 'try', (tx) => run(tx, sql.raw(text)))
  for (const text of [
    `update products set connections = 9`,
    `update plans set term_count = 12`,
    `update plans set from_parent = false`,
    `update product_panels set panel_business_id = business_id`,
    `delete from product_panels`,
    `insert into product_panels (business_id, product_id, panel_business_id, panel_id, package) select business_id, product_id, panel_business_id, 'pan_other', package from product_panels`,
  ])
    await expect(past(text), text).rejects.toThrow(/shared/)
  for (const text of [`update period_credits set status = 'released'`, `delete from period_credits`])
    await expect(past(text)).rejects.toThrow(/permission/)
  // Prices are his, within what was agreed.
  await transaction(world.shop, 'terms', (tx) =>
    sharePlan(tx, world.shop, {
      resellerId: reseller.businessId,
      planId: shared.id,
      ...standardTerms,
      leastMinor: 1_000n,
      mostMinor: 2_000n,
    }),
  )
  const priced = (amountMinor: bigint) =>
    transaction(reseller, 'price', (tx) =>
      savePlan(tx, reseller, { ...shared, prices: [{ currency: 'EUR', amountMinor, setupMinor: 0n }] }, shared.id),
    )
  await expect(priced(999n)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(priced(2_001n)).rejects.toMatchObject({ code: 'invalid_input' })
  await priced(1_500n)
  await transaction(world.shop, 'stop', (tx) => stopSharing(tx, world.shop, reseller.businessId, shared.id))
  expect((await read(reseller, (tx) => listPlans(tx, { forSale: true }))).length).toBe(0)
  await expect(priced(1_500n)).rejects.toMatchObject({ code: 'conflict' })
})

test('credits are given, taken back and moved with a reason, never below nothing, by the own parent only', async () => {
  world = await createWorld()
  const [south, north] = [await joins(world, { slug: 'south', credits: 5_000n }), await joins(world, { slug: 'north' })]
  const move = { resellerId: south.businessId, amountMilli: 2_000n, reason }
  await moveCredits(world.shop, { ...move, toId: north.businessId })
  await takeBackCredits(world.shop, { ...move, amountMilli: 3_000n })
  await expect(takeBackCredits(world.shop, { ...move, amountMilli: 1n })).rejects.toMatchObject({ code: 'conflict' })
  await expect(giveCredits(south, { ...move, resellerId: north.businessId })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(giveCredits(south, move)).rejects.toMatchObject({ code: 'not_found' })
  expect([(await walletOf(south)).balance, (await walletOf(north)).balance]).toEqual([0n, 2_000n])
  // Neither reads the other's wallet.
  expect(await read(south, (tx) => walletEntries(tx, north.businessId, 10))).toEqual([])
  const entries = await read(world.shop, (tx) => walletEntries(tx, south.businessId, 10))
  expect(entries.map(({ purpose, reason: why }) => [purpose, why])).toEqual([
    ['credits_taken', reason],
    ['credits_moved', reason],
    ['credits_given', 'With the invitation'],
  ])
})

test('a name that somebody has on a shared panel is somebody else’s for everybody', async () => {
  world = await createWorld()
  const reseller = await joins(world, { slug: 'south', credits: 5_000n })
  await world.customer('ana').buys()
  const purchase = await sells(world, reseller, 'ana')
  expect((await (await purchase.line()).stored()).username).not.toBe('ana')
  expect(await world.linesOnPanel()).toHaveLength(2)
})

test('S1-07: each movement names subscriber, plan, period, what is left, and who it goes back to; people of others by their business', async () => {
  world = await createWorld()
  const south = await joins(world, { slug: 'south', credits: 2_000n })
  const his = await openShop(world.app, south.businessId, 'staff:mem_his')
  const purchase = await world.customer('anabella', south).orders()
  await purchase.pays('pay', 'manual')
  await paidByHand(his, purchase.invoiceId)
  await world.pass({ minutes: 1 })
  const ours = await openShop(world.app, world.businessId, 'staff:mem_ours')
  await giveCredits(ours, { resellerId: south.businessId, amountMilli: 500n, reason: 'a gift' })
  const facts = { name: 'One', currency: 'EUR', creditsMilli: 1_000n, priceMinor: 900n, active: true }
  const pack = await transaction(world.shop, 'pack', (tx) => savePack(tx, world.shop, facts))
  const bought = await buyCredits(his, pack.id)
  await payInvoice(world.stage, bought.invoiceId, 'pay', 'sandbox', true)
  await world.settle()

  const seen = async (shop: Shop) => {
    const found = await read(shop, (tx) => walletEntries(tx, south.businessId, 10))
    return Object.fromEntries(found.map((each) => [each.purpose, each]))
  }
  const [own, above] = [await seen(his), await seen(world.shop)]
  const period = { username: 'anabella', plan: 'Family monthly', amount: -1_000n, balance: 1_000n }
  expect(own.credits_used).toMatchObject({ ...period, actor: 'staff:mem_his' })
  expect(own.credits_used?.starts).not.toBeNull()
  expect(above.credits_used).toMatchObject({ ...period, actor: `business:${south.businessId}` })
  expect([own.credits_bought?.actor, above.credits_bought?.actor]).toEqual([
    'staff:mem_his',
    `business:${south.businessId}`,
  ])
  const given = 'a gift'
  const gifts = await Promise.all(
    [his, world.shop].map(async (shop) =>
      (await read(shop, (tx) => walletEntries(tx, south.businessId, 10))).find(({ reason }) => reason === given),
    ),
  )
  expect(gifts.map((each) => each?.actor)).toEqual([`business:${world.businessId}`, 'staff:mem_ours'])
})
