/** Credits that last for a time: what is too old leaves, what is held stays, and the holder hears of it before. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { listAttention } from '#modules/people/attention.ts'
import { expireAll, lostSoon } from '#modules/reselling/expire-credits.ts'
import { giveCredits, moveCredits } from '#modules/reselling/move-credits.ts'
import { ownWallet, walletEntries } from '#modules/reselling/queries.ts'
import { saveTerms } from '#modules/reselling/save-terms.ts'
import { upkeep } from '../../src/upkeep.ts'
import { dyingAt } from '../support/dying.ts'
import { joins, sells } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const lasts = (world: World, { businessId }: Shop, creditsLastDays: number | null) =>
  transaction(world.shop, 'terms', (tx) =>
    saveTerms(tx, world.shop, businessId, { recovers: 'nothing', creditsLastDays }),
  )
const give = (world: World, { businessId: resellerId }: Shop, amountMilli: bigint) =>
  giveCredits(world.shop, { resellerId, amountMilli, reason: 'paid' })
const free = async (reseller: Shop) => {
  const { balance, held } = present(await read(reseller, ownWallet))
  return balance - held
}
const warned = async (reseller: Shop) =>
  (await read(reseller, listAttention)).filter(({ kind }) => kind === 'credits_expire').length
const lost = async (world: World, { businessId }: Shop) =>
  (await read(world.shop, (tx) => walletEntries(tx, businessId, 50))).flatMap(({ purpose, amount, reason }) =>
    purpose === 'credits_expired' ? [[amount, reason]] : [],
  )

scenario(
  'the oldest go first: used ones are not lost, younger ones stay, and the holder is told before',
  async (world) => {
    const south = await joins(world, { slug: 'south', credits: 10_000n })
    await lasts(world, south, 60)
    await world.until('2026-02-20')
    await give(world, south, 4_000n)
    await sells(world, south, 'lea')
    await expireAll(world.app)
    expect([await free(south), await warned(south)]).toEqual([13_000n, 0])
    await world.until('2026-03-20')
    await upkeep(world.app)
    // Lea's periods cost one credit each; both came of the oldest.
    const before = await free(south)
    expect(await warned(south)).toBe(1)
    expect(await read(south, (tx) => lostSoon(tx, south.businessId, south.now()))).toEqual({
      lastDays: 60,
      milli: before - 4_000n,
    })
    await world.until('2026-04-03')
    await upkeep(world.app)
    expect(await free(south)).toBe(4_000n)
    expect((await lost(world, south)).map(([, reason]) => reason)).toEqual(['Not used within 60 days'])
    await upkeep(world.app)
    expect(await lost(world, south)).toHaveLength(1)
    expect((await world.proof()).broken).toEqual([])
  },
)

scenario('without days they last for ever; what was moved begins anew with its new holder', async (world) => {
  const [south, north] = [
    await joins(world, { slug: 'south', credits: 5_000n }),
    await joins(world, { slug: 'north', credits: 5_000n }),
  ]
  await lasts(world, north, 30)
  await world.until('2026-02-25')
  const move = { resellerId: south.businessId, toId: north.businessId, amountMilli: 2_000n, reason: 'a favor' }
  await moveCredits(world.shop, move)
  await world.until('2026-03-10')
  await expireAll(world.app)
  expect([await free(south), await free(north)]).toEqual([3_000n, 2_000n])
  await lasts(world, north, null)
  await world.until('2026-06-01')
  await expireAll(world.app)
  expect([await free(south), await free(north)]).toEqual([3_000n, 2_000n])
})

scenario('killed anywhere, they are lost once', async (world) => {
  const south = await joins(world, { slug: 'south', credits: 5_000n })
  await lasts(world, south, 30)
  const died: string[] = []
  for (let deadly = 1; ; deadly++) {
    await world.until(
      Temporal.PlainDate.from('2026-03-10')
        .add({ days: 40 * (deadly - 1) })
        .toString(),
    )
    const { points, dead } = await dyingAt(deadly, () => upkeepOf(world))
    if (dead) died.push(points.at(-1) ?? '')
    await upkeepOf(world)
    expect([await free(south), (await lost(world, south)).length]).toEqual([0n, deadly])
    if (!dead) break
    await give(world, south, 1_000n)
  }
  expect(died).toEqual(expect.arrayContaining(['expire-credits:before-commit', 'expire-credits:after-commit']))
})

/** The round itself tells a failure to the log, and goes on. */
const upkeepOf = async (world: World) => {
  const failures = world.failures.length
  await expireAll(world.app)
  world.failures.length = failures
}
