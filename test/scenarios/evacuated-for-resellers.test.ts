/** A parent evacuates his panel: the lines that resellers and their resellers have there go with it, and home again. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { evacuatePanel, goOn, rollBack, standardWaves, stopEvacuation } from '#modules/lines/evacuate-panel.ts'
import { countsOf, movesOfEvacuation, readEvacuation } from '#modules/lines/moves.ts'
import { lineColumns } from '#modules/lines/queries.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import type { Line } from '#modules/lines/rules.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { rows, run, sql } from '#platform/db.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const wish = { reason: 'sold to Mr. Secret', tells: true, keepDays: 7 }
const viewers = { viewer_scheme: 'http', viewer_host: 'new.example', viewer_port: 8080 }

const linesOf = (shop: Shop): Promise<Line[]> =>
  read(shop, (tx) =>
    rows(tx, sql<Line>`select ${lineColumns} from lines where business_id = current_business() order by username`),
  )

async function branch(world: World) {
  const south = await joins(world, { slug: 'south', credits: 50_000n })
  const deep = await joins(world, { slug: 'deep', under: south, credits: 20_000n })
  await world.customer('ana').buys()
  for (const name of ['kim', 'lou', 'max']) await sells(world, south, name)
  await sells(world, deep, 'zoe')
  const other = await world.addPanel('panel-b', { viewers })
  await world.mapTo(world.panelId, other.id)
  const id = await transaction(world.shop, 'evacuate', (tx) =>
    evacuatePanel(tx, world.shop, {
      ...standardWaves,
      ...wish,
      panelId: world.panelId,
      toPanelId: null,
      canary: 2,
      wave: 2,
    }),
  )
  const state = () => read(world.shop, (tx) => readEvacuation(tx, id))
  const counts = () => read(world.shop, async (tx) => countsOf(tx, await readEvacuation(tx, id)))
  const act = async (which: typeof goOn) => {
    await transaction(world.shop, 'act', (tx) => which(tx, world.shop, id))
    await world.settle()
  }
  return { south, deep, other, id, state, counts, act }
}

scenario(
  'lines of a reseller and of his reseller go in the same waves, for no credits; each is told by whom he bought from; all go home',
  async (world) => {
    const { south, deep, other, id, state, counts, act } = await branch(world)
    const shops = [world.shop, south, deep]
    const wallets = async () => [await walletOf(south), await walletOf(deep)]
    const [lines, paid] = [(await Promise.all(shops.map(linesOf))).flat(), await wallets()]
    await world.settle()
    // The canary is full with his own line and one of a reseller's.
    expect(await state()).toMatchObject({ state: 'waiting', waveNumber: 1 })
    expect(await counts()).toMatchObject({ left: 3, done: 2, ofResellers: { left: 3, done: 1 } })
    await act(goOn)
    await world.pass({ minutes: 10 })
    expect(world.failures).toEqual([])
    expect(await state()).toMatchObject({ state: 'finished' })
    expect(await counts()).toMatchObject({ left: 0, done: 5, ofResellers: { left: 0, done: 4, waiting: 0 } })
    for (const shop of shops)
      for (const line of await linesOf(shop)) {
        expect(line).toMatchObject({ panelId: other.id, panelBusinessId: world.businessId, differs: [] })
        const before = present(lines.find((each) => each.id === line.id))
        expect([line.username, line.password, line.wantedUntil, line.paidUntil]).toEqual([
          before.username,
          before.password,
          before.wantedUntil,
          before.paidUntil,
        ])
        expect(await other.line(line.username)).toMatchObject({ enabled: 1 })
        expect((await world.linesOnPanel(line.username))[0]).toMatchObject({ enabled: 0 })
      }
    expect(await wallets()).toEqual(paid)
    const told = (await parsedMails(world.mailbox.mails)).filter(({ subject }) => /new address/.test(subject ?? ''))
    expect(told).toHaveLength(5)
    for (const mail of told) {
      expect(mail.text).toContain('new.example')
      expect(mail.text).not.toContain('Secret')
      const name = [mail.to].flat()[0]?.text ?? ''
      if (/kim|lou|max/.test(name)) expect(mail.from?.text).toContain('south TV')
      if (/zoe/.test(name)) expect(mail.from?.text).toContain('deep TV')
    }
    // The owner reads his own move, and no other; what they left is nobody's orphan.
    expect(await read(world.shop, (tx) => movesOfEvacuation(tx, id, null, { limit: 9 }))).toHaveLength(1)
    await world.pass({ minutes: 20 })
    await transaction(world.shop, 'compare', (tx) => compareNow(tx, world.shop, world.panelId, {}, world.shop.now()))
    await world.settle()
    expect(await read(world.shop, (tx) => listDifferences(tx, {}, { limit: 9 }))).toEqual([])

    await act(rollBack)
    await world.pass({ minutes: 10 })
    expect(await state()).toMatchObject({ state: 'finished', back: true })
    expect(await counts()).toMatchObject({ left: 5, back: 5, ofResellers: { left: 4, back: 4 } })
    for (const shop of shops)
      for (const line of await linesOf(shop)) {
        expect(line).toMatchObject({ panelId: world.panelId, differs: [] })
        expect((await world.linesOnPanel(line.username))[0]).toMatchObject({ enabled: 1 })
        expect(await other.line(line.username)).toMatchObject({ enabled: 0 })
      }
    await world.pass({ days: 8 })
    for (const shop of shops)
      for (const { username } of await linesOf(shop)) expect(await other.line(username)).toBeNull()
    expect(await wallets()).toEqual(paid)
  },
)

scenario(
  'a stop holds for resellers, too; nobody is left behind as finished; who has no place says so',
  async (world) => {
    const { south, other, state, counts, act } = await branch(world)
    await world.settle()
    await other.strike({ fault: 'down' })
    await act(goOn)
    await world.pass({ minutes: 1 })
    expect(await counts()).toMatchObject({ waiting: 2, ofResellers: { waiting: 2 } })
    await act(stopEvacuation)
    expect(await state()).toMatchObject({ state: 'stopped' })
    expect(await counts()).toMatchObject({ waiting: 0, left: 3, ofResellers: { waiting: 0, left: 3 } })
    other.heal()
    await world.pass({ hours: 1 })
    expect(await counts()).toMatchObject({ done: 2, left: 3 })
    for (const line of await linesOf(south)) {
      const on =
        line.panelId === other.id ? await other.line(line.username) : (await world.linesOnPanel(line.username))[0]
      expect(on).toMatchObject({ enabled: 1 })
    }
    // There is one place more: the others stay, are served, and the owner is told instead of "finished".
    const holds = (capacity: number | null) =>
      transaction(world.shop, 'holds', (tx) =>
        run(
          tx,
          sql`update panels set capacity = ${capacity} where business_id = current_business() and id = ${other.id}`,
        ),
      )
    await holds(3)
    await world.pass({ minutes: 1 })
    await act(goOn)
    await world.pass({ hours: 1 })
    expect(await state()).toMatchObject({
      state: 'stopped',
      stoppedBecause: '2 lines are still on Panel A, 2 of them your resellers’; 2 moves were refused.',
    })
    expect(await counts()).toMatchObject({ left: 2, done: 3 })
    await holds(null)
    await world.pass({ minutes: 1 })
    await act(goOn)
    await world.pass({ hours: 1 })
    expect(await state()).toMatchObject({ state: 'finished' })
    expect(await counts()).toMatchObject({ left: 0, done: 5 })
  },
)

scenario('a reseller who joined before the other panel was mapped: his copy of the product follows', async (world) => {
  const { south, deep, other, act, counts } = await branch(world)
  await world.settle()
  await act(goOn)
  await world.pass({ minutes: 10 })
  expect(await counts()).toMatchObject({ left: 0 })
  // What they sell next goes where the owner sells, and a plan shared anew stays whole.
  await sells(world, deep, 'new')
  expect((await linesOf(deep)).find(({ username }) => username === 'new')).toMatchObject({ panelId: other.id })
  await transaction(south, 'share', (tx) =>
    sharePlan(tx, south, { resellerId: deep.businessId, planId: world.planId, ...standardTerms }),
  )
  expect((await linesOf(deep)).every(({ panelId }) => panelId === other.id)).toBe(true)
})
