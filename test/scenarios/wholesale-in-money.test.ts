/** Decision 0086: with a credit that is sold at par, a price list in credits is one in money, to the last cent and on both sides. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { marginByPlan } from '#modules/analytics/margin.ts'
import { buyCredits } from '#modules/reselling/buy-credits.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { walletEntries } from '#modules/reselling/queries.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { payInvoice, present, read } from '../support/stories.ts'

scenario(
  'what is paid in, what a line costs with its breakpoint, what is left and what was earned are the same number of money as of credits',
  { start: '2026-04-16T00:00:00Z', zone: 'UTC' },
  async (world) => {
    const euro = await transaction(world.shop, 'pack', (tx) =>
      savePack(tx, world.shop, {
        name: 'Paid in',
        creditsMilli: 1_000n,
        currency: 'EUR',
        priceMinor: 100n,
        active: true,
      }),
    )
    const south = await joins(world, { slug: 'south', zone: 'UTC' })
    const agreed = { ...standardTerms, costMilli: 3_490n, breaks: [{ from: 3, costMilli: 3_290n }] }
    await transaction(world.shop, 'share', (tx) =>
      sharePlan(tx, world.shop, { resellerId: south.businessId, planId: world.planId, ...agreed }),
    )
    const paid = await buyCredits(south, euro.id, 12)
    await payInvoice(world.stage, paid.invoiceId)
    await world.settle()
    expect(formatCredits((await walletOf(south)).balance)).toBe('12')
    for (const name of ['anabella', 'benjamin', 'cemal']) await sells(world, south, name)
    // 12.00 less 3.49, 3.49 and, as the third of the month, 3.29.
    expect(formatCredits((await walletOf(south)).balance)).toBe('1.73')
    // A fourth would cost more than is left: it waits, and nothing goes below nothing.
    await sells(world, south, 'dora')
    expect(await walletOf(south)).toMatchObject({ balance: 1_730n, held: 0n, waiting: 1 })
    const more = await buyCredits(south, euro.id, 2)
    await payInvoice(world.stage, more.invoiceId)
    await world.settle()
    await world.settle()
    expect(await walletOf(south)).toMatchObject({ balance: 440n, waiting: 0 })
    // His lines cost him in money what the wallet gave: 14.00 less 0.44.
    const months = ['2026-04', '2026-05']
    const margin = await read(south, (tx) => marginByPlan(tx, months, 'UTC'))
    expect(margin.reduce((sum, { cost }) => sum + cost, 0n)).toBe(1_356n)
    expect(margin.every(({ unknownMilli, currency }) => unknownMilli === 0n && currency === 'EUR')).toBe(true)
    // The supplier earned what was paid in.
    const earned = await read(world.shop, (tx) => marginByPlan(tx, ['2026-04'], 'UTC'))
    expect(earned).toMatchObject([{ of: 'other', earned: 1_400n }])
    const entries = await read(south, (tx) => walletEntries(tx, south.businessId, 20))
    expect(entries.map(({ amount }) => formatCredits(amount)).toSorted()).toEqual(
      ['-3.29', '-3.29', '-3.49', '-3.49', '12', '2'].toSorted(),
    )
    expect(present(entries[0]).balance).toBe(440n)
  },
)
