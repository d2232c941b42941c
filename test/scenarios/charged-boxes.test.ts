/** Boxes at a panel that charges our account for each: exactly what was due is spent, whatever is lost on the way and whoever works on it. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { changeMac } from '#modules/lines/change-mac.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { xuiResellerDefaults } from '../../src/imitations/panels/xui-reseller.ts'
import { xuiResellerBoxHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z', house: xuiResellerBoxHouse }
const price = 2
const [mac, second] = ['00:1A:79:12:34:56', '00:1A:79:AB:CD:EF']

const boxAt = async (world: World, address: string = mac) =>
  (await world.linesOnPanel()).find((row) => row.mac === address)
const endsAt = (row: Record<string, unknown> | undefined) =>
  Temporal.Instant.fromEpochMilliseconds(Number(row?.exp_date) * 1_000).toString()

async function expectSpent(world: World, terms: number): Promise<void> {
  const answer = await world.panel.app.fetch(new Request(`${world.panelOrigin}/__credits`))
  const { credits, charges } = (await answer.json()) as { credits: number; charges: unknown[] }
  expect([charges.length, credits]).toEqual([terms, Number(xuiResellerDefaults.credits) - terms * price])
}

scenario(
  'a box is sold, renewed, moved to another address, suspended, resumed and ended for three terms',
  start,
  async (world) => {
    const ana = await world.customer('ana').buys({ mac })
    const line = await ana.line()
    expect(await line.stored()).toMatchObject({ kind: 'mag', heldMac: mac, differs: [], trouble: null })
    expect(await boxAt(world)).toMatchObject({ enabled: 1, is_mag: 1, package_id: 2 })
    await expectSpent(world, 1)
    await ana.renews()
    expect(endsAt(await boxAt(world))).toBe('2026-06-01T12:00:00Z')
    await expectSpent(world, 2)
    for (let n = 0; n < 3; n++) {
      await transaction(world.shop, 'look-again', (tx) => reconcileNow(tx, world.shop, line.id, world.shop.now()))
      await world.settle()
    }
    await transaction(world.shop, 'another-box', (tx) =>
      changeMac(tx, world.shop, line.id, { typed: second, limited: true }, world.shop.now()),
    )
    await world.settle()
    expect([await boxAt(world), (await boxAt(world, second))?.enabled]).toEqual([undefined, 1])
    await world.until('2026-06-05T12:00:00Z')
    expect(await boxAt(world, second)).toMatchObject({ enabled: 0 })
    await expectSpent(world, 2)
    await ana.renews()
    expect(await boxAt(world, second)).toMatchObject({ enabled: 1 })
    await expectSpent(world, 3)
    await world.until('2026-07-20T12:00:00Z')
    expect(await line.stored()).toMatchObject({ wanted: 'ended', heldMac: null })
    expect(await boxAt(world, second)).toBeUndefined()
    await expectSpent(world, 3)
  },
)

for (const fault of ['timeout_after', 'timeout_before', 'empty'])
  scenario(`${fault}: a box and its renewal whose answers are lost cost two terms`, start, async (world) => {
    const executes = fault !== 'timeout_before'
    await world.strike('panel', { fault, action: 'create_mag', times: 1, executes })
    const ana = await world.customer('ana').buys({ mac })
    await world.pass({ minutes: 10 })
    expect(endsAt(await boxAt(world))).toMatch(/^2026-05-01T12/)
    await expectSpent(world, 1)
    await world.strike('panel', { fault, action: 'edit_mag', times: 1, executes })
    await ana.renews()
    await world.pass({ minutes: 10 })
    expect(endsAt(await boxAt(world))).toMatch(/^2026-06-01T12/)
    await expectSpent(world, 2)
    expect(await (await ana.line()).stored()).toMatchObject({ spending: null, trouble: null, needsReview: false })
    expect(await world.linesOnPanel()).toHaveLength(1)
  })

scenario(
  'two workers, lost answers and a panel that loses debits which meet: every box is bought once',
  { ...start, house: { ...xuiResellerBoxHouse, options: { charge_ms: '15' } } },
  async (world) => {
    const buyers = Array.from({ length: 6 }, (_, n) => ({
      who: world.customer(`viewer${n}`),
      mac: `00:1A:79:00:00:0${n + 1}`,
    }))
    await world.strike('panel', { fault: 'timeout_after', action: 'create_mag', times: 2 })
    await world.strike('panel', { fault: 'timeout_before', action: 'create_mag', times: 2 })
    await world.withWorkers(2, async () => {
      const orders = await Promise.all(buyers.map(({ who, mac }) => who.orders({ mac })))
      await Promise.all(orders.map((each) => each.pays()))
    })
    await world.pass({ minutes: 30 })
    const rows = await world.linesOnPanel()
    expect(rows.map((row) => row.mac).sort()).toEqual(buyers.map(({ mac }) => mac))
    expect(rows.every(({ enabled }) => enabled === 1)).toBe(true)
    await expectSpent(world, 6)
  },
)
