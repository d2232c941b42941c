/** Coupons as stories: who gets one, what it takes off and for how long, and what it never does. */
import { describe, expect } from 'vitest'
import { transaction } from '#app.ts'
import { rows, sql } from '#platform/db.ts'
import { connectionAddOn } from '../../../test/support/add-ons.ts'
import { aCoupon } from '../../../test/support/coupons.ts'
import { anotherPlan } from '../../../test/support/plans.ts'
import { scenario } from '../../../test/support/scenario.ts'
import { type Purchase, present, read } from '../../../test/support/stories.ts'
import type { World } from '../../../test/support/world.ts'
import { previewCancel } from '../billing/cancel-subscription.ts'
import { renewalInvoice } from '../billing/invoices.ts'
import { previewPlanChange } from '../billing/preview-plan-change.ts'
import { itemsOf } from '../billing/queries.ts'
import { standingOf } from '../billing/standing.ts'
import { replaceRenewal } from '../billing/withdraw-invoice.ts'
import { findCoupon, saveCoupon } from '../catalog/coupons.ts'
import { cancelOrder } from '../checkout/cancel-order.ts'
import { rehearse } from '../dunning/rehearse.ts'
import { usesOfCoupon } from './coupons.ts'
import { previewCampaign } from './preview-campaign.ts'
import { saveCampaign } from './price-campaigns.ts'
import { readSubscription } from './queries.ts'

const asked = (world: World, invoiceId: string) =>
  read(world.shop, async (tx) =>
    (await itemsOf(tx, invoiceId)).map(({ kind, description, totalMinor }) => [kind, description, totalMinor]),
  )

/** What each of its invoices that is not taken back asks for in all. */
const totals = async (world: World, name: string) =>
  (await world.customer(name).invoices())
    .filter(({ status }) => status !== 'void')
    .map(({ totalMinor, status }) => [totalMinor, status])
    .reverse()

const renews = async (world: World, { subscriptionId }: Purchase, name: string) => {
  const invoice = present(
    await transaction(world.shop, 'ask', (tx) => renewalInvoice(tx, world.shop, subscriptionId, world.shop.now())),
  )
  await world.customer(name).paysOpenInvoice()
  await world.settle()
  return invoice
}

const fieldsOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    (error: { fields?: { pointer: string; code: string }[] }) =>
      error.fields?.map(({ pointer, code }) => `${pointer} ${code}`) ?? error,
  )

scenario(
  'S1-20: a coupon takes off its rows for as many periods as it promised, and the price stays the price',
  async (world) => {
    const id = await aCoupon(world, { code: 'SPRING20', percent: 2_000, periods: 2 })
    const ana = await world.customer('ana').buys({ coupon: ' spring20 ' })
    expect(await asked(world, ana.invoiceId)).toEqual([
      ['period', 'Family monthly, 1 month', 1299n],
      ['discount', 'Coupon SPRING20: 20 % off (1 of 2)', -260n],
    ])
    expect((await ana.subscription()).priceMinor).toBe(1299n)
    await world.until('2026-02-25')
    // Before it is paid and after: the second period is at the discount, the third is not.
    const before = await read(world.shop, (tx) => standingOf(tx, world.shop, ana.subscriptionId))
    expect(before?.price.minor).toBe(1039n)
    const second = await renews(world, ana, 'ana')
    expect(await asked(world, second.id)).toContainEqual(['discount', 'Coupon SPRING20: 20 % off (2 of 2)', -260n])
    const third = await renews(world, ana, 'ana')
    expect(third.totalMinor).toBe(1299n)
    expect(await totals(world, 'ana')).toEqual([
      [1039n, 'paid'],
      [1039n, 'paid'],
      [1299n, 'paid'],
    ])
    const [use] = await read(world.shop, (tx) => usesOfCoupon(tx, id, { limit: 10 }))
    expect(use).toMatchObject({ status: 'used', given: 2, takenMinor: 520n, subscriptionId: ana.subscriptionId })
  },
)

scenario('an invoice that was taken back used up no period', async (world) => {
  await aCoupon(world, { periods: 2 })
  const ana = await world.customer('ana').buys({ coupon: 'HALF' })
  await world.until('2026-02-25')
  const [open] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
  expect(open?.totalMinor).toBe(649n)
  await transaction(world.shop, 'replace', async (tx) => {
    const { paidThrough } = await readSubscription(tx, ana.subscriptionId)
    const how = { unlessBusy: false, again: true }
    await replaceRenewal(tx, world.shop, ana.subscriptionId, present(paidThrough), how, world.shop.now())
  })
  await world.customer('ana').paysOpenInvoice()
  await world.settle()
  await renews(world, ana, 'ana')
  expect(await totals(world, 'ana')).toEqual([
    [649n, 'paid'],
    [649n, 'paid'],
    [1299n, 'paid'],
  ])
})

describe('who gets it', () => {
  const refusals: [string, Parameters<typeof aCoupon>[1], string][] = [
    ['not known', { code: 'OTHER' }, 'unknown'],
    ['switched off', { active: false }, 'expired'],
    ['over', { endsAt: Temporal.Instant.from('2026-01-30T00:00:00Z') }, 'expired'],
    ['not begun', { startsAt: Temporal.Instant.from('2027-01-01T00:00:00Z') }, 'not_started'],
    ['used up', { stock: 0 }, 'sold_out'],
    [
      'no amount in the currency',
      { percent: null, sums: [{ currency: 'USD', amountMinor: 5n, minimumMinor: 0n }] },
      'currency',
    ],
    ['too small an order', { sums: [{ currency: 'EUR', amountMinor: null, minimumMinor: 1_300n }] }, 'minimum'],
  ]
  scenario('each refusal names the field, and nothing is ordered', async (world) => {
    for (const [at, [, facts, code]] of refusals.entries()) {
      const id = await aCoupon(world, facts)
      expect(await fieldsOf(world.customer('ana').orders({ coupon: 'half' })), code).toEqual([`/coupon ${code}`])
      // Out of the way of the next one.
      const coupon = present(await read(world.shop, (tx) => findCoupon(tx, id)))
      await transaction(world.shop, 'aside', (tx) =>
        saveCoupon(tx, world.shop, { ...coupon, code: `OLD-${at}` }, coupon.id),
      )
    }
    const other = await anotherPlan(world, { name: 'Other', amount: 900n })
    await aCoupon(world, { planIds: [other] })
    expect(await fieldsOf(world.customer('ana').orders({ coupon: 'half' }))).toEqual(['/coupon not_for_plan'])
    expect(await world.customer('ana').invoices()).toEqual([])
  })

  scenario('F58: once per customer, also in two orders at once', async (world) => {
    const id = await aCoupon(world)
    const both = await Promise.allSettled([
      world.customer('ana').orders({ coupon: 'HALF' }),
      world.customer('ana').orders({ coupon: 'HALF' }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await fieldsOf(world.customer('ana').orders({ coupon: 'HALF' }))).toEqual(['/coupon used'])
    await world.customer('ben').orders({ coupon: 'HALF' })
    expect(present(await read(world.shop, (tx) => findCoupon(tx, id))).taken).toBe(2)
  })

  scenario('new customers only: who paid before is none', async (world) => {
    await aCoupon(world, { newCustomers: true })
    await world.customer('ana').buys()
    expect(await fieldsOf(world.customer('ana').orders({ coupon: 'HALF' }))).toEqual(['/coupon not_new'])
    await world.customer('ben').buys({ coupon: 'HALF' })
  })

  scenario(
    'F38: the last one goes to one of ten orders at once, and comes back when that is given up',
    async (world) => {
      const id = await aCoupon(world, { stock: 1 })
      const names = Array.from({ length: 10 }, (_, at) => `buyer${at}`)
      const all = await Promise.allSettled(names.map((name) => world.customer(name).orders({ coupon: 'HALF' })))
      const [got, ...more] = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      expect(more).toEqual([])
      const left = () => read(world.shop, async (tx) => present(await findCoupon(tx, id)).taken)
      expect(await left()).toBe(1)
      await cancelOrder(world.shop, present(got).orderId)
      await cancelOrder(world.shop, present(got).orderId)
      expect(await left()).toBe(0)
      // Not paid in its time: it comes back, too.
      await world.customer('cem').orders({ coupon: 'HALF' })
      expect(await fieldsOf(world.customer('dora').orders({ coupon: 'HALF' }))).toEqual(['/coupon sold_out'])
      await world.until('2026-02-03')
      expect(await left()).toBe(0)
      await world.customer('dora').buys({ coupon: 'HALF' })
      expect(await left()).toBe(1)
      const coupon = present(await read(world.shop, (tx) => findCoupon(tx, id)))
      expect(
        await fieldsOf(
          transaction(world.shop, 'less', (tx) => saveCoupon(tx, world.shop, { ...coupon, stock: 0 }, coupon.id)),
        ),
      ).toEqual(['/stock out_of_range'])
    },
  )
})

scenario('F67: all of the price off asks for nothing, and the order is set up', async (world) => {
  await aCoupon(world, { percent: 10_000, periods: 2 })
  const ana = await world.customer('ana').orders({ coupon: 'HALF' })
  await world.settle()
  expect((await ana.order()).status).toBe('ready')
  // And so is the next period, which nobody has to ask for.
  await world.until('2026-03-01')
  expect(await totals(world, 'ana')).toEqual([
    [0n, 'paid'],
    [0n, 'paid'],
  ])
  await world.until('2026-03-29')
  expect((await totals(world, 'ana')).at(-1)).toEqual([1299n, 'open'])
})

scenario('F54, F66: what was not paid is not given back', async (world) => {
  await aCoupon(world, { code: 'ALL', percent: 10_000 })
  await aCoupon(world)
  const free = await world.customer('ana').orders({ coupon: 'ALL' })
  await world.settle()
  const paid = await world.customer('ben').buys({ coupon: 'HALF' })
  const back = (each: Purchase) =>
    read(world.shop, (tx) => previewCancel(tx, world.shop, each.subscriptionId, world.shop.now()))
  expect((await back(free)).refund?.minor ?? 0n).toBe(0n)
  expect((await back(paid)).refund?.minor ?? 0n).toBeLessThanOrEqual(649n)
  const cheaper = await anotherPlan(world, { name: 'Small', amount: 500n })
  const down = await read(world.shop, (tx) =>
    previewPlanChange(tx, world.shop, free.subscriptionId, cheaper, world.shop.now()),
  )
  expect(down.credit.minor).toBe(0n)
})

scenario('F57: it is for plan and add-ons, not for what is paid once', async (world) => {
  const extra = await connectionAddOn(world, 300n)
  await aCoupon(world, { percent: null, sums: [{ currency: 'EUR', amountMinor: 5_000n, minimumMinor: 0n }] })
  const set = await anotherPlan(world, {
    name: 'With set-up',
    amount: 1_000n,
    prices: [{ currency: 'EUR', amountMinor: 1_000n, setupMinor: 700n }],
  })
  const ana = await world.customer('ana').orders({ planId: set, coupon: 'HALF' })
  expect((await world.customer('ana').invoices())[0]?.totalMinor).toBe(700n)
  expect((await asked(world, ana.invoiceId)).find(([kind]) => kind === 'discount')?.[2]).toBe(-1_000n)
  const ben = await world.customer('ben').orders({ addOns: [{ addOnId: extra, quantity: 2 }], coupon: 'HALF' })
  expect((await asked(world, ben.invoiceId)).find(([kind]) => kind === 'discount')?.[2]).toBe(-1_899n)
})

scenario(
  'a rehearsal and a campaign know it: the discount ends where it ends, and is never the agreed price',
  async (world) => {
    await aCoupon(world, { periods: 3 })
    const ana = await world.customer('ana').buys({ coupon: 'HALF' })
    await world.until('2026-02-25')
    await renews(world, ana, 'ana')
    const { rows: foreseen } = await rehearse(world.shop, { days: 75, payments: 'as_before' })
    const amounts = foreseen
      .filter(({ action, subscriptionId }) => action === 'issue_invoice' && subscriptionId === ana.subscriptionId)
      .map(({ amount }) => amount?.minor)
    expect(amounts).toEqual([649n, 1299n])
    const campaign = await transaction(world.shop, 'save', (tx) =>
      saveCampaign(
        tx,
        world.shop,
        {
          name: 'Spring',
          condition: null,
          change: { by: 'percent', percent: 10, round_to: 1 },
          effectiveAt: Temporal.Instant.from('2026-06-01T00:00:00Z'),
          noticeDays: 30,
          consent: 'notice',
          silence: 'keep',
          note: '',
        },
        world.shop.now(),
      ),
    )
    const preview = await read(world.shop, (tx) => previewCampaign(tx, campaign, { limit: 10 }, world.shop.now()))
    expect(preview.rows.map(({ subscription, newMinor }) => [subscription.priceMinor, newMinor])).toEqual([
      [1299n, 1429n],
    ])
    expect(
      await read(world.shop, (tx) =>
        rows(
          tx,
          sql<{ minor: bigint }>`select price_minor as minor from subscriptions where business_id = current_business()`,
        ),
      ),
    ).toEqual([{ minor: 1299n }])
  },
)
