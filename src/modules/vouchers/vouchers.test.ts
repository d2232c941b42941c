/** Vouchers as stories: made, shown once, redeemed once, and right in the books. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { one, rows, sql } from '#platform/db.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { present, read } from '../../../test/support/stories.ts'
import { aBatch } from '../../../test/support/vouchers.ts'
import type { World } from '../../../test/support/world.ts'
import { previewCancel } from '../billing/cancel-subscription.ts'
import { findPlan, savePlan } from '../catalog/plans.ts'
import { makeBatch } from './make-batch.ts'
import { makeCodes } from './make-codes.ts'
import { readBatch, vouchersOf } from './queries.ts'
import { redeemMoney } from './redeem-money.ts'
import { redeemOnto } from './redeem-onto.ts'
import { voidVouchers } from './void-vouchers.ts'

const tenEuros = { minor: 1_000n, currency: 'EUR' }

/** Of an account, seen from who holds it. */
const owed = async ({ shop }: World, account: string) =>
  (
    await read(shop, (tx) =>
      one(
        tx,
        sql<{ minor: bigint }>`select (coalesce(sum(amount) filter (where credit_account = ${account}), 0)
          - coalesce(sum(amount) filter (where debit_account = ${account}), 0))::bigint as minor from transfers where business_id = current_business()`,
      ),
    )
  ).minor

const refusalOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    (error: { fields?: { pointer: string; code: string }[]; code?: string }) =>
      error.fields?.[0] ? `${error.fields[0].pointer} ${error.fields[0].code}` : (error.code ?? error),
  )

scenario('B-08: a sold voucher becomes a line whose time begins when it is redeemed', async (world) => {
  const { batchId, codes } = await aBatch(world, { price: tenEuros, soldTo: 'Kiosk Meyer' })
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(2_000n)
  expect(await owed(world, `clearing/EUR/${batchId}`)).toBe(-2_000n)
  await world.until('2026-03-10T12:00:00Z')
  const ana = await world.customer('ana').orders({ voucher: present(codes[0]).toLowerCase() })
  await world.settle()
  expect((await ana.order()).status).toBe('ready')
  const { paidThrough, priceMinor } = await ana.subscription()
  expect([paidThrough?.toString(), priceMinor]).toEqual(['2026-04-10T11:00:00Z', 1299n])
  const [invoice] = await world.customer('ana').invoices()
  expect(invoice).toMatchObject({ status: 'paid', totalMinor: 1_000n, paidMinor: 1_000n })
  // What was owed for it is now owed in service; the customer has nothing left over.
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(1_000n)
  expect(await owed(world, 'deferred/EUR')).toBe(1_000n)
  expect(await owed(world, `customer/EUR/${invoice?.customerId}`)).toBe(0n)
  expect(await refusalOf(world.customer('ben').orders({ voucher: present(codes[0]) }))).toBe('/voucher used')
  // The first renewal asks for the plan's price.
  await world.until('2026-04-05')
  expect((await world.customer('ana').invoices()).map(({ totalMinor, status }) => [status, totalMinor])).toContainEqual(
    ['open', 1299n],
  )
})

scenario('given away it stands for nothing, and nothing is given back for it', async (world) => {
  const { codes } = await aBatch(world)
  const ana = await world.customer('ana').orders({ voucher: present(codes[0]) })
  await world.settle()
  expect((await ana.order()).status).toBe('ready')
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(0n)
  expect(await owed(world, 'deferred/EUR')).toBe(0n)
  const back = await read(world.shop, (tx) => previewCancel(tx, world.shop, ana.subscriptionId, world.shop.now()))
  expect(back.refund.minor).toBe(0n)
})

scenario('of ten who redeem the same code at once one gets it', async (world) => {
  const { codes } = await aBatch(world, { price: tenEuros })
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, (_, at) => world.customer(`one${at}`).orders({ voucher: present(codes[0]) })),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await world.settle()
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(1_000n)
})

scenario('for a line that is there it pays the next period; the open invoice is taken back', async (world) => {
  const { codes } = await aBatch(world, { price: tenEuros, count: 3 })
  const ana = await world.customer('ana').buys()
  await world.until('2026-02-25')
  await redeemOnto(world.shop, present(codes[0]), ana.subscriptionId)
  await world.settle()
  expect((await ana.subscription()).paidThrough?.toString().slice(0, 10)).toBe('2026-03-31')
  expect((await world.customer('ana').invoices()).filter(({ status }) => status === 'open')).toEqual([])
  // Suspended for want of money, a voucher brings it back.
  await world.until('2026-04-05')
  expect((await ana.subscription()).status).toBe('suspended')
  await redeemOnto(world.shop, present(codes[1]), ana.subscriptionId)
  await world.settle()
  expect((await ana.subscription()).status).toBe('active')
  expect(await refusalOf(redeemOnto(world.shop, present(codes[1]), ana.subscriptionId))).toBe('/voucher used')
  const other = await anotherPlan(world, { name: 'Other', amount: 900n })
  const { codes: others } = await aBatch(world, { planId: other })
  expect(await refusalOf(redeemOnto(world.shop, present(others[0]), ana.subscriptionId))).toBe('/voucher not_for_plan')
  // Refused, it is still good.
  await world.customer('ben').orders({ voucher: present(others[0]) })
})

scenario('codes are shown once and only their hashes are kept; anew only while none is redeemed', async (world) => {
  const { batchId, codes } = await aBatch(world)
  const stored = await read(world.shop, (tx) =>
    rows(tx, sql<{ row: string }>`select v::text as row from vouchers v where business_id = current_business()`),
  )
  for (const code of codes) expect(JSON.stringify(stored)).not.toContain(code.replaceAll('-', ''))
  expect(await refusalOf(makeCodes(world.shop, batchId, { anew: false }))).toBe('conflict')
  const [again] = await makeCodes(world.shop, batchId, { anew: true })
  expect(await refusalOf(world.customer('ana').orders({ voucher: present(codes[0]) }))).toBe('/voucher unknown')
  await world.customer('ana').orders({ voucher: present(again).code })
  expect(await refusalOf(makeCodes(world.shop, batchId, { anew: true }))).toBe('conflict')
})

scenario('one or all unused are taken back, and are owed no more', async (world) => {
  const { batchId, codes } = await aBatch(world, { price: tenEuros, count: 3 })
  const [first] = await read(world.shop, (tx) => vouchersOf(tx, batchId, { search: '1' }, { limit: 5 }))
  await voidVouchers(world.shop, { batchId, voucherId: present(first).id }, 'torn')
  expect(await refusalOf(world.customer('ana').orders({ voucher: present(codes[0]) }))).toBe('/voucher void')
  await world.customer('ana').orders({ voucher: present(codes[1]) })
  await world.settle()
  expect(await voidVouchers(world.shop, { batchId }, 'the kiosk closed')).toBe(1)
  expect(await refusalOf(voidVouchers(world.shop, { batchId }, 'again'))).toBe('conflict')
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(0n)
  expect(await owed(world, `clearing/EUR/${batchId}`)).toBe(-1_000n)
  expect(await read(world.shop, (tx) => readBatch(tx, batchId))).toMatchObject({ unused: 0, redeemed: 1, voided: 2 })
})

scenario('its last day ends it; a plan that is not sold any more is still delivered', async (world) => {
  const lastUseAt = Temporal.Instant.from('2026-03-01T00:00:00Z')
  const { codes } = await aBatch(world, { lastUseAt })
  const plan = present(await read(world.shop, (tx) => findPlan(tx, world.planId)))
  await transaction(world.shop, 'off', (tx) => savePlan(tx, world.shop, { ...plan, active: false }, plan.id))
  await anotherPlan(world, { name: 'Other', amount: 900n })
  const ana = await world.customer('ana').orders({ voucher: present(codes[0]) })
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'ready', planId: plan.id })
  await world.until('2026-03-01T01:00:00Z')
  expect(await refusalOf(redeemOnto(world.shop, present(codes[1]), 'sub_x'))).toBe('/voucher expired')
})

scenario('ten thousand at once, and not one more', async (world) => {
  const facts = { name: 'Many', planId: world.planId, value: null, price: tenEuros, soldTo: '', lastUseAt: null }
  const make = (count: number) =>
    transaction(world.shop, 'many', (tx) => makeBatch(tx, world.shop, { ...facts, count }, world.shop.now()))
  const id = await make(10_000)
  const codes = await makeCodes(world.shop, id, { anew: false })
  expect(new Set(codes.map(({ code }) => code)).size).toBe(10_000)
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(10_000_000n)
  expect(await refusalOf(make(10_001))).toBe('/count out_of_range')
  expect(await refusalOf(make(0))).toBe('/count out_of_range')
})

scenario('one over money goes to the balance once, and pays what is owed', async (world) => {
  const facts = { planId: null, value: { minor: 2_000n, currency: 'EUR' }, count: 3 }
  const { batchId, codes } = await aBatch(world, { ...facts, price: { minor: 1_800n, currency: 'EUR' } })
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(5_400n)
  const ana = await world.customer('ana').buys()
  const id = await world.customer('ana').id()
  await world.until('2026-02-25')
  const [code = '', second = '', third = ''] = codes
  // It is for no line, and its holder is told what to do with it.
  expect(await refusalOf(redeemOnto(world.shop, code, ana.subscriptionId))).toBe('/voucher for_money')
  expect(await refusalOf(world.customer('ben').orders({ voucher: code }))).toBe('/voucher for_money')
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => redeemMoney(world.shop, code, id)))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await world.settle()
  // The open renewal is paid; what the kiosk paid and what the shop gave beside it are two things.
  expect((await world.customer('ana').invoices()).map(({ status }) => status)).toEqual(['paid', 'paid'])
  expect(await owed(world, `customer/EUR/${id}`)).toBe(701n)
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(3_600n)
  expect(await owed(world, 'write_off/EUR')).toBe(-200n)
  expect(await refusalOf(redeemMoney(world.shop, code, id))).toBe('/voucher used')
  expect(await refusalOf(redeemMoney(world.shop, second, 'cus_00000000000000000000000000'))).toBe('not_found')
  await voidVouchers(world.shop, { batchId }, 'lost')
  expect(await refusalOf(redeemMoney(world.shop, third, id))).toBe('/voucher void')
  expect(await owed(world, 'deferred/EUR/vouchers')).toBe(0n)
  const { codes: forPlan } = await aBatch(world)
  expect(await refusalOf(redeemMoney(world.shop, present(forPlan[0]), id))).toBe('/voucher for_plan')
})

scenario('a voucher is for a plan or for money, and sold for no more than it is good for', async (world) => {
  const value = { minor: 2_000n, currency: 'EUR' }
  const make = (facts: object) => refusalOf(aBatch(world, facts))
  expect(await make({ value })).toBe('/plan_id one_of')
  expect(await make({ planId: null })).toBe('/plan_id one_of')
  expect(await make({ planId: null, value: { minor: 0n, currency: 'EUR' } })).toBe('/value/amount out_of_range')
  const sold = (minor: bigint, currency: string) => make({ planId: null, value, price: { minor, currency } })
  expect(await sold(2_001n, 'EUR')).toBe('/price/amount out_of_range')
  expect(await sold(100n, 'USD')).toBe('/price/currency mismatch')
  expect(await make({ planId: null, value, price: null })).toBe(null)
})
