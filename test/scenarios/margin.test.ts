/** What lines bring in and what they cost: by month, plan and line, with what nobody knows told as such. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { marginByLine, marginByPlan, marginOf } from '#modules/analytics/margin.ts'
import { monthsBetween, revenueByPeriod } from '#modules/analytics/revenue.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { buyCredits } from '#modules/reselling/buy-credits.ts'
import { enterCreditLot, undoCreditLot, unpricedCredits } from '#modules/reselling/credit-lots.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { xuiResellerHouse } from '../support/panel-houses.ts'
import { joins, sells } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { payInvoice, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const eur = (minor: bigint) => ({ minor, currency: 'EUR' })
const margins = (shop: World['shop'], from: string, to: string) =>
  read(shop, (tx) => marginByPlan(tx, monthsBetween(from, to), shop.zone))

scenario(
  'an account at a supplier’s panel: the oldest credits first, over the time that they kept the line',
  { start: '2026-04-16T00:00:00Z', zone: 'UTC', house: xuiResellerHouse },
  async (world) => {
    const at = (day: string) => Temporal.Instant.from(`${day}T00:00:00Z`)
    const lot = (creditsMilli: bigint, minor: bigint, day: string) =>
      enterCreditLot(world.shop, {
        panelId: world.panelId,
        creditsMilli,
        boughtAt: at(day),
        cost: eur(minor),
        note: '',
      })
    const ana = await world.customer('ana').buys()
    // A line costs two credits, of which nobody has said what they cost.
    const [april] = await margins(world.shop, '2026-04', '2026-04')
    expect(april).toMatchObject({ of: 'plan', planId: world.planId, earned: 649n, cost: 0n, unknownMilli: 1000n })
    expect(april && marginOf(april)).toBeNull()
    // Three at 0.50, then more at 0.80: the second line takes one of each.
    await lot(3_000n, 150n, '2026-04-01')
    const dear = await lot(10_000n, 800n, '2026-04-02')
    await world.customer('ben').buys()
    const both = await margins(world.shop, '2026-04', '2026-05')
    expect(both.map(({ month, earned, cost, unknownMilli }) => [month, earned, cost, unknownMilli])).toEqual([
      // Half of 1.00 and half of 1.30.
      ['2026-04', 1298n, 115n, 0n],
      ['2026-05', 1300n, 115n, 0n],
    ])
    const revenue = await read(world.shop, (tx) => revenueByPeriod(tx, monthsBetween('2026-04', '2026-05'), 'UTC'))
    expect(both.map(({ earned }) => earned)).toEqual(revenue.map(({ earned }) => earned))
    const lines = await read(world.shop, (tx) => marginByLine(tx, '2026-04', world.planId, 'UTC'))
    expect(lines.map(({ earned, cost }) => [earned, cost])).toEqual(
      expect.arrayContaining([
        [649n, 50n],
        [649n, 65n],
      ]),
    )
    expect(lines.map(({ subscriptionId }) => subscriptionId)).toContain(ana.subscriptionId)
    // Taken back, the half of it is not known again.
    await undoCreditLot(world.shop, dear)
    await undoCreditLot(world.shop, dear)
    expect((await margins(world.shop, '2026-04', '2026-04'))[0]).toMatchObject({ cost: 75n, unknownMilli: 500n })
    // What goes back is taken off on its day, from the line that it was paid for.
    const payment = present((await ana.payments()).at(-1))
    await refundPayment(world.shop, payment.id, eur(300n), 'late')
    await world.settle()
    const [less] = await margins(world.shop, '2026-04', '2026-04')
    expect(less).toMatchObject({ earned: 1298n, refunded: 300n })
    const after = await read(world.shop, (tx) => marginByLine(tx, '2026-04', world.planId, 'UTC'))
    expect(after.filter(({ refunded }) => refunded > 0n).map(({ subscriptionId }) => subscriptionId)).toEqual([
      ana.subscriptionId,
    ])
    await expect(lot(1_000n, 1n, '2027-01-01')).rejects.toMatchObject({ fields: [{ pointer: '/bought_at' }] })
    await expect(
      enterCreditLot(world.shop, {
        panelId: 'pnl_x',
        creditsMilli: 1n,
        boughtAt: at('2026-04-01'),
        cost: eur(1n),
        note: '',
      }),
    ).rejects.toMatchObject({ fields: [{ pointer: '/panel_id' }] })
  },
)

scenario(
  'credits of a supplier here: bought ones cost what their invoice says, given ones what somebody enters',
  { start: '2026-04-16T00:00:00Z', zone: 'UTC' },
  async (world) => {
    const pack = await transaction(world.shop, 'pack', (tx) =>
      savePack(tx, world.shop, { name: 'Ten', creditsMilli: 10_000n, currency: 'EUR', priceMinor: 900n, active: true }),
    )
    const south = await joins(world, { slug: 'south', credits: 1_000n, zone: 'UTC' })
    await sells(world, south, 'anabella')
    expect(await margins(south, '2026-04', '2026-05')).toMatchObject([
      { month: '2026-04', cost: 0n, unknownMilli: 500n },
      { month: '2026-05', cost: 0n, unknownMilli: 500n },
    ])
    const bought = await buyCredits(south, pack.id)
    await payInvoice(world.stage, bought.invoiceId)
    await world.settle()
    await sells(world, south, 'benedict')
    expect(await margins(south, '2026-04', '2026-05')).toMatchObject([
      { month: '2026-04', cost: 45n, unknownMilli: 500n },
      { month: '2026-05', cost: 45n, unknownMilli: 500n },
    ])
    const [given, ...none] = await read(south, unpricedCredits)
    expect([given?.creditsMilli, none]).toEqual([1_000n, []])
    const enter = () => enterCreditLot(south, { transferId: given?.transferId ?? '', cost: eur(50n), note: 'cash' })
    await enter()
    await expect(enter()).rejects.toMatchObject({ code: 'conflict' })
    expect(await read(south, unpricedCredits)).toEqual([])
    const [april] = await margins(south, '2026-04', '2026-05')
    expect(april).toMatchObject({ cost: 70n, unknownMilli: 0n })
    // The supplier earned the pack, on his own panel; it is nobody's plan.
    expect(await margins(world.shop, '2026-04', '2026-04')).toMatchObject([{ of: 'other', earned: 900n, cost: 0n }])
    expect(await read(world.shop, unpricedCredits)).toEqual([])
  },
)
