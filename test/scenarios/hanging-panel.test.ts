/** One panel's trouble delays nobody else: calls that hang hold neither the places of other panels' lines nor those of anything else. */
import { expect } from 'vitest'
import { type App, transaction } from '#app.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { openShop } from '#modules/people/business.ts'
import { giveFreeDays } from '#modules/subscriptions/by-hand.ts'
import { scenario } from '../support/scenario.ts'
import { type LineInHand, present } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** How long each call to the sick panel takes, in real time. */
const hangsMs = 9_000
/** More than the process has places, four in each of its two ways. */
const many = 24

/** Lines of the first panel, and one of another that answers. */
async function sold(world: World): Promise<{ stuck: LineInHand[]; other: LineInHand }> {
  const stuck: LineInHand[] = []
  for (let index = 0; index < many; index++) stuck.push(await (await world.customer(`viewer${index}`).buys()).line())
  const panel = await world.addPanel('panel-b')
  await world.mapTo(panel.id)
  return { stuck, other: await (await world.customer('ana').buys()).line() }
}

/** Seconds until the other panel was asked about its line, when those of the sick one came first. `app`: in whose hands they are. */
async function delay(world: World, { stuck, other }: Awaited<ReturnType<typeof sold>>, app: App): Promise<number> {
  const shop = await openShop(app, world.businessId, 'system')
  const lookAt = ({ id }: LineInHand) => transaction(shop, 'look', (tx) => reconcileNow(tx, shop, id, shop.now()))
  const { foundAt: before } = await other.stored()
  for (const line of stuck) await lookAt(line)
  await new Promise((done) => setTimeout(done, 200))
  const began = performance.now()
  await lookAt(other)
  while ((await other.stored()).foundAt?.epochMilliseconds === before?.epochMilliseconds)
    if (performance.now() - began > hangsMs * 2) throw new Error('the other panel was never asked')
    else await new Promise((done) => setTimeout(done, 50))
  return (performance.now() - began) / 1_000
}

for (const [way, appOf] of [
  ['in the process that took them', (_: World, [app]: readonly App[]) => present(app)],
  ['by the queue', (world: World) => world.app],
] as const)
  scenario(
    `a panel that hangs delays another panel's line by moments only, ${way}`,
    { seconds: 150 },
    async (world) => {
      const lines = await sold(world)
      world.clock.advance({ minutes: 5 })
      await world.strike('panel', { fault: 'slow', ms: hangsMs })
      await world.withWorkers(1, async (apps) => {
        expect(await delay(world, lines, appOf(world, apps))).toBeLessThan(hangsMs / 1_000 - 3)
        world.heal('panel')
      })
      for (const line of [...lines.stuck, lines.other]) expect((await line.stored()).differs).toEqual([])
    },
  )

scenario(
  'a line that is wished otherwise while the panel still makes it is made once, and gets what was wished last',
  {
    seconds: 60,
  },
  async (world) => {
    await world.strike('panel', { fault: 'slow', ms: 3_000, action: 'create_line' })
    await world.withWorkers(1, async () => {
      const order = await world.customer('ana').orders()
      await order.pays()
      const line = await order.line()
      const since = performance.now()
      const waitFor = async (what: () => Promise<boolean>) => {
        while (!(await what()))
          if (performance.now() - since > 40_000) throw new Error('it never came to that')
          else await new Promise((done) => setTimeout(done, 50))
      }
      await waitFor(async () => (await line.stored()).wanted === 'active')
      await new Promise((done) => setTimeout(done, 1_000)) // It is being made.
      expect((await line.stored()).remoteId).toBe(null)
      await giveFreeDays(world.shop, order.subscriptionId, 3, 'sorry')
      await waitFor(async () => (await line.stored()).doneRevision === (await line.stored()).revision)
      await new Promise((done) => setTimeout(done, 3_500)) // Whoever else is at it comes to its end, too.
      const { paidThrough } = await order.subscription()
      expect(await line.onPanel()).toMatchObject({ username: 'ana' })
      expect(await line.stored()).toMatchObject({ username: 'ana', paidUntil: paidThrough, trouble: null, differs: [] })
    })
    const made = world.truth().filter(({ action }) => action === 'create_line')
    expect(made.length).toBe(2) // The live test's, and this one.
  },
)
