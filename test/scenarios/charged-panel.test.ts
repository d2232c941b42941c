/** A panel that charges our account for each line and each extension: exactly what was due is spent, whatever is lost on the way. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { findPanel } from '#modules/lines/panels.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { listAttention } from '#modules/people/attention.ts'
import { accountRunway } from '#modules/reselling/forecast.ts'
import { xuiResellerDefaults } from '../../src/imitations/panels/xui-reseller.ts'
import { type PanelHouse, xuiResellerHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z', house: xuiResellerHouse }
const price = 2
const first = Number(xuiResellerDefaults.credits)

type Charge = { line: number; action: string; credits: number }

async function account(world: World): Promise<{ credits: number; charges: Charge[] }> {
  const answer = await world.panel.app.fetch(new Request(`${world.panelOrigin}/__credits`))
  return (await answer.json()) as { credits: number; charges: Charge[] }
}

/** What the panel has of ours, what it took, and what we believe: one sum. */
async function expectSpent(world: World, terms: number): Promise<void> {
  const { credits, charges } = await account(world)
  expect(charges).toHaveLength(terms)
  expect(credits).toBe(first - terms * price)
  expect(Number((await read(world.shop, (tx) => findPanel(tx, world.panelId)))?.credits)).toBe(credits)
}

const until = async (purchase: Purchase) => (await (await purchase.line()).onPanel())?.until
const lookAgain = async (world: World, purchase: Purchase) => {
  const { id } = await purchase.line()
  await transaction(world.shop, 'look-again', (tx) => reconcileNow(tx, world.shop, id, world.shop.now()))
  await world.settle()
}

scenario('a sale, an early renewal, a suspension and a return cost three terms', start, async (world) => {
  await expectSpent(world, 0) // The live test made a trial.
  const ana = await world.customer('ana').buys()
  expect(await until(ana)).toBe('2026-05-01T12:00:00Z')
  await expectSpent(world, 1)
  await ana.renews()
  expect(await until(ana)).toBe('2026-06-01T12:00:00Z')
  await expectSpent(world, 2)
  for (let n = 0; n < 3; n++) await lookAgain(world, ana)
  await world.until('2026-06-05T12:00:00Z')
  expect(await ana.subscription()).toMatchObject({ status: 'suspended' })
  expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 0 })
  await expectSpent(world, 2)
  await world.customer('ana').paysOpenInvoice()
  expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: true, until: '2026-07-05T12:00:00Z' })
  await expectSpent(world, 3)
  expect((await (await ana.line()).stored()).differs).toEqual([])
})

scenario(
  'how long our account lasts: by what calls took of late, and by the renewals that come',
  start,
  async (world) => {
    const ahead = () => read(world.shop, (tx) => accountRunway(tx, world.panelId, world.shop.now()))
    expect(await ahead()).toMatchObject({ usedMilli: 0n, renewals: 0, endsAt: null })
    await world.customer('ana').buys()
    await world.pass({ hours: 24 * 17 })
    await world.customer('ben').buys()
    // Ana's renewal is within the next days, Ben's is not; what his line took is of late.
    const free = BigInt((first - 2 * price) * 1_000)
    expect(await ahead()).toMatchObject({
      freeMilli: free,
      usedMilli: 2_000n,
      comingMilli: 2_000n,
      renewals: 1,
      wouldWait: 0,
    })
    await world.tamper(`update panels set credits = 1.5 where id = '${world.panelId}'`)
    expect(await ahead()).toMatchObject({
      freeMilli: 1_500n,
      wouldWait: 1,
      endsAt: Temporal.Instant.from('2026-04-29T04:00:00Z'),
    })
  },
)

scenario('a panel that charges nothing has no account to forecast', async (world) => {
  expect(await read(world.shop, (tx) => accountRunway(tx, world.panelId, world.shop.now()))).toBeNull()
})

for (const fault of ['timeout_after', 'timeout_before', 'http_502', 'null', 'empty'])
  scenario(`${fault}: a sale and a renewal whose answers are lost cost two terms`, start, async (world) => {
    const executes = fault !== 'timeout_before'
    await world.strike('panel', { fault, action: 'create_line', times: 1, executes })
    const ana = await world.customer('ana').buys()
    await world.pass({ minutes: 10 })
    expect(await until(ana)).toMatch(/^2026-05-01T12/)
    await expectSpent(world, 1)
    await world.strike('panel', { fault, action: 'edit_line', times: 1, executes })
    await ana.renews()
    await world.pass({ minutes: 10 })
    expect(await until(ana)).toMatch(/^2026-06-01T12/)
    await expectSpent(world, 2)
    expect(await (await ana.line()).stored()).toMatchObject({ spending: null, trouble: null, needsReview: false })
    expect(await world.linesOnPanel()).toHaveLength(1)
  })

scenario('before it pays again, it looks twice', start, async (world) => {
  const ana = await world.customer('ana').buys()
  await world.strike('panel', { fault: 'timeout_before', action: 'edit_line', times: 1 })
  await ana.renews()
  const line = await ana.line()
  expect(await line.stored()).toMatchObject({ trouble: 'ambiguous', spending: { looks: 0, price: '2.0000' } })
  await world.pass({ seconds: 20 })
  expect(await line.stored()).toMatchObject({ trouble: 'unavailable', spending: { looks: 1 } })
  await expectSpent(world, 1)
  await world.pass({ minutes: 10 })
  await expectSpent(world, 2)
})

scenario('who waited long for his panel soon hears what became of his call', start, async (world) => {
  await world.strike('panel', { fault: 'down' })
  const ana = await world.customer('ana').buys()
  await world.pass({ hours: 2 })
  const line = await ana.line()
  expect((await line.stored()).tries).toBeGreaterThan(5)
  world.heal('panel')
  await world.strike('panel', { fault: 'timeout_after', action: 'create_line', times: 1 })
  await world.pass({ minutes: 12 }) // The panel is asked again within ten.
  expect(await line.stored()).toMatchObject({ trouble: null, tries: 0 })
  await expectSpent(world, 1)
})

scenario(
  'a panel that takes credits and gives no time is for a person, who may buy once more',
  start,
  async (world) => {
    const ana = await world.customer('ana').buys()
    await world.strike('panel', { fault: 'charge_only', action: 'edit_line', times: 1 })
    await ana.renews()
    await world.pass({ hours: 3 })
    const line = await ana.line()
    expect(await line.stored()).toMatchObject({ needsReview: true, spending: { looks: 1 } })
    expect((await line.stored()).lastAnswer).toMatch(
      /cost 2\.0000 gave no time, but our account there went from 498\.0000 to 496\.0000/,
    )
    expect(await until(ana)).toBe('2026-05-01T12:00:00Z')
    await expectSpent(world, 2)
    const open = await read(world.shop, (tx) => listAttention(tx))
    expect(open.map(({ kind }) => kind)).toContain('line_needs_review')
    await lookAgain(world, ana)
    expect(await until(ana)).toBe('2026-06-01T12:00:00Z')
    await expectSpent(world, 3)
  },
)

scenario('a process that died after it was charged finds what it had written down', start, async (world) => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  const remote = (await line.stored()).remoteId ?? ''
  await world.strike('panel', { fault: 'down' })
  await ana.renews()
  world.heal('panel')
  await world.tamper(`insert into panel_charges (business_id, panel_id, seq, line_business_id, line_id, price, balance, state, asked_at)
    values ('${world.businessId}', '${world.panelId}', 2, '${world.businessId}', '${line.id}', 2, 498, 'asked', '${world.clock.now()}')`)
  const spending = { seq: 2, price: '2.0000', balance: '498.0000', looks: 0 }
  await world.tamper(`update lines set spending = '${JSON.stringify(spending)}' where id = '${line.id}'`)
  const { access_code, api_key } = xuiResellerDefaults
  const body = new URLSearchParams({
    api_key,
    action: 'edit_line',
    id: remote,
    package: '2',
    reseller_notes: `ref:${line.id}`,
  })
  await world.panel.app.fetch(new Request(`${world.panelOrigin}/${access_code}/`, { method: 'POST', body }))
  await world.pass({ minutes: 30 })
  expect(await until(ana)).toBe('2026-06-01T12:00:00Z')
  expect((await account(world)).charges).toHaveLength(2)
  expect(await line.stored()).toMatchObject({ spending: null, trouble: null })
})

const withoutLock: PanelHouse = { ...xuiResellerHouse, options: { charge_ms: '15', credits: String(first) } }

scenario(
  'two workers and a panel that loses debits which meet: every term is paid once, and the balance agrees',
  { ...start, house: withoutLock },
  async (world) => {
    const buyers = Array.from({ length: 8 }, (_, n) => world.customer(`viewer${n}`))
    await world.strike('panel', { fault: 'timeout_after', action: 'create_line', times: 2 })
    await world.strike('panel', { fault: 'timeout_before', action: 'create_line', times: 2 })
    await world.withWorkers(2, async () => {
      const orders = await Promise.all(buyers.map((each) => each.orders()))
      await Promise.all(orders.map((each) => each.pays()))
    })
    await world.pass({ minutes: 30 })
    const lines = await world.linesOnPanel()
    expect(lines).toHaveLength(8)
    expect(lines.every(({ enabled }) => enabled === 1)).toBe(true)
    await expectSpent(world, 8)
    const { charges } = await account(world)
    expect(new Set(charges.map(({ line }) => line)).size).toBe(8)
  },
)

scenario(
  'an account without credits waits, is told of, and goes on by itself',
  { ...start, house: { ...xuiResellerHouse, options: { credits: '1' } } },
  async (world) => {
    const ana = await world.customer('ana').buys()
    expect(await (await ana.line()).stored()).toMatchObject({ trouble: 'rejected', needsReview: false, spending: null })
    const top = new Request(`${world.panelOrigin}/__credits`, {
      method: 'POST',
      body: JSON.stringify({ credits: 9 }),
      headers: { 'content-type': 'application/json' },
    })
    await world.panel.app.fetch(top)
    await world.pass({ minutes: 15 })
    expect(await world.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
    expect((await account(world)).credits).toBe(8)
  },
)
