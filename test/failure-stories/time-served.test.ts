/** What went wrong elsewhere, told as our own stories: time that was sold twice, or never served and billed; money with the wrong sign. */
import { expect } from 'vitest'
import { changePlan } from '#modules/billing/change-plan.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { stoppedClock } from '#platform/clock.ts'
import { withClient } from '#platform/db/connection.ts'
import { money } from '#platform/money.ts'
import { refuseOtherClock } from '../../src/store.ts'
import { connectionAddOn } from '../support/add-ons.ts'
import { anotherPlan } from '../support/plans.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const invoicesOf = (world: World, name: string) => world.customer(name).invoices()
const rowsOf = async <Row extends Record<string, unknown>>(world: World, text: string): Promise<Row[]> =>
  (await world.db.pool.query<Row>(text)).rows

scenario('F47: who pays late gets his whole month from then on, never an end that is over already', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.until('2026-03-06T20:00:00Z') // Suspended three days ago; the old month ended six days ago.
  await world.customer('ana').paysOpenInvoice()
  expect(await ana.subscription()).toMatchObject({ status: 'active' })
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-04-06T19:00:00Z')
  await world.until('2026-04-01T12:00:00Z')
  expect(await ana.subscription()).toMatchObject({ status: 'active' })
  expect(await (await ana.line()).onPanel()).toMatchObject({ enabled: true })
})

scenario('F48: a plan with something beside it buys one period, at the sale and at each renewal', async (world) => {
  const addOnId = await connectionAddOn(world, 300n)
  const ana = await world.customer('ana').buys({ addOns: [{ addOnId, quantity: 2 }] })
  expect((await ana.items()).length).toBeGreaterThan(1)
  expect(await ana.periods()).toHaveLength(1)
  await world.until('2026-02-26')
  await ana.renews()
  expect((await ana.periods()).map(({ starts, ends }) => [String(starts), String(ends)])).toEqual([
    ['2026-01-31T12:00:00Z', '2026-02-28T12:00:00Z'],
    ['2026-02-28T12:00:00Z', '2026-03-31T11:00:00Z'],
  ])
})

/** Ends of paid time and steps, as instants. */
async function aLife(world: World): Promise<string[]> {
  const ana = await world.customer('ana').buys()
  await world.until('2026-03-29T10:00:00Z') // The night in which clocks change in Berlin.
  const { rows } = await world.db.pool.query<{ step: string; at: Temporal.Instant }>(
    `select step, at from steps_done order by at, step`,
  )
  return [String((await ana.subscription()).paidThrough), ...rows.map(({ step, at }) => `${step} ${at}`)]
}

scenario('F49: a database whose clock is another is refused at the start', async (world) => {
  const now = Temporal.Now.instant()
  const at = (seconds: number) => stoppedClock(now.add({ seconds }).toString())
  await refuseOtherClock(world.databaseUrl, at(20))
  await expect(refuseOtherClock(world.databaseUrl, at(3_600))).rejects.toThrow(
    /is 3[56]\d\d seconds behind this machine's/,
  )
  await expect(refuseOtherClock(world.databaseUrl, at(-3_600))).rejects.toThrow(/seconds ahead of this machine's/)
})

let inOneZone: string[] | null = null
scenario('F49: instants are what they are where app and database live in one zone', async (world) => {
  inOneZone = await aLife(world)
  expect(inOneZone[0]).toBe('2026-02-28T12:00:00Z')
  expect(inOneZone).toContain('suspend 2026-03-03T12:00:00Z')
})
scenario(
  'F49: and where app, database and shop live in three',
  {
    through: async (url) => {
      await withClient(url, async (client) => {
        const { rows } = await client.query<{ name: string }>('select current_database() as name')
        await client.query(`alter database "${rows[0]?.name}" set TimeZone = 'Asia/Kathmandu'`)
      })
      process.env.TZ = 'America/Sao_Paulo'
      return { url, named: true }
    },
  },
  async (world) => {
    try {
      expect(await rowsOf(world, `select current_setting('TimeZone') as zone`)).toEqual([{ zone: 'Asia/Kathmandu' }])
      expect(new Date(0).getTimezoneOffset()).toBe(180)
      expect(await aLife(world)).toEqual(inOneZone)
    } finally {
      delete process.env.TZ
    }
  },
)

scenario('F51: an order that was paid late is billed once, and its time begins with the payment', async (world) => {
  await anotherPlan(world, { name: 'Six hours', amount: 199n, termUnit: 'hour', termCount: 6 })
  const ana = await world.customer('ana').orders({ plan: 'Six hours' })
  await ana.pays('pay', 'manual')
  await world.until('2026-02-01T08:00:00Z') // Three times six hours have passed over it.
  await markReceived(world.shop, { invoiceId: ana.invoiceId, amount: money(199, 'EUR'), reference: 'BANK 7' })
  await world.settle()
  expect((await ana.periods()).map(({ starts, ends }) => [String(starts), String(ends)])).toEqual([
    ['2026-02-01T08:00:00Z', '2026-02-01T14:00:00Z'],
  ])
  expect(await invoicesOf(world, 'ana')).toHaveLength(1)
})

scenario('F52: who comes back months later owes one period, not all that he was away for', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.until('2026-06-10T12:00:00Z')
  expect(await ana.subscription()).toMatchObject({ status: 'terminated' })
  expect(await invoicesOf(world, 'ana')).toHaveLength(2)
  await world.customer('ana').paysOpenInvoice()
  expect(String((await ana.subscription()).paidThrough)).toBe('2026-07-10T12:00:00Z')
  await world.pass({ hours: 24 })
  expect((await invoicesOf(world, 'ana')).map(({ status }) => status)).toEqual(['paid', 'paid'])
  expect(await ana.periods()).toHaveLength(2)
})

scenario(
  'F55: whatever is changed, no movement of money is negative and nobody’s balance falls below nothing',
  async (world) => {
    const basic = await anotherPlan(world, { name: 'Basic monthly', amount: 799n, connections: 1 })
    const premium = await anotherPlan(world, { name: 'Premium monthly', amount: 1999n })
    const ana = await world.customer('ana').buys()
    const to = async (planId: string) => {
      const { fingerprint } = await read(world.shop, (tx) =>
        previewPlanChange(tx, world.shop, ana.subscriptionId, planId, world.shop.now()),
      )
      await changePlan(world.shop, ana.subscriptionId, planId, fingerprint)
      await world.settle()
    }
    await world.until('2026-02-10')
    await to(premium)
    await world.customer('ana').paysOpenInvoice()
    await world.pass({ hours: 20 })
    await to(basic)
    await world.until('2026-02-26')
    await ana.renews()
    await world.until('2026-03-02')
    expect(await ana.subscription()).toMatchObject({ planId: basic })
    expect(await rowsOf(world, 'select id from transfers where amount <= 0')).toEqual([])
    expect(await rowsOf(world, 'select id from accounts where balance < 0 or held < 0')).toEqual([])
    expect(await rowsOf(world, 'select id from invoice_items where total_minor < 0')).toEqual([])
  },
)

scenario('F56: what the books took in is what the invoices asked for, also where an old price holds', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.tamper(
    `update plan_prices set amount_minor = 1999 where plan_id = '${(await ana.subscription()).planId}'`,
  )
  await world.until('2026-02-26')
  await ana.renews()
  const [sums] = await rowsOf<{ asked: string; taken: string; sold: string }>(
    world,
    `select (select sum(total_minor) from invoices where status = 'paid')::text as asked,
      (select sum(amount) from transfers where debit_account like 'clearing/%')::text as taken,
      (select sum(amount) from transfers where debit_account like 'customer/%')::text as sold`,
  )
  expect(sums).toEqual({ asked: String(2 * 1299), taken: String(2 * 1299), sold: String(2 * 1299) })
})

scenario('F57: what is free is free alone: the set-up beside it is asked for, once', async (world) => {
  await anotherPlan(world, {
    name: 'Gift',
    amount: 0n,
    prices: [{ currency: 'EUR', amountMinor: 0n, setupMinor: 500n }],
  })
  const ana = await world.customer('ana').orders({ plan: 'Gift' })
  expect((await ana.items()).map(({ kind, totalMinor }) => [kind, totalMinor])).toEqual([
    ['period', 0n],
    ['setup', 500n],
  ])
  await world.settle()
  expect(await ana.order()).toMatchObject({ status: 'awaiting_payment' })
  await ana.pays()
  await world.settle()
  expect((await ana.payments()).map(({ receivedMinor }) => receivedMinor)).toEqual([500n])
  await world.until('2026-03-02')
  const [, renewal] = (await invoicesOf(world, 'ana')).toReversed()
  expect(renewal).toMatchObject({ totalMinor: 0n, status: 'paid' })
  expect(await ana.periods()).toHaveLength(2)
})
