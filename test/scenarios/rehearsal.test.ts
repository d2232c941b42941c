/** The rehearsal tells what will happen: the same steps at the same minute, the same messages, the same money. And it writes nothing. */
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { holdSuspension, setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { defaultPolicyId } from '#modules/subscriptions/rules/choice.ts'
import type { Step } from '#modules/subscriptions/rules/step.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { rows, sql } from '#platform/db.ts'
import { manySubscriptions } from '../support/many-subscriptions.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

type Fact = { at: string; what: string; of: string; more: string }

/** What the engine did and what left because of it, from `from` on. */
const whatHappened = async (world: World, from: Temporal.Instant) => {
  const facts = await read(world.shop, async (tx) => ({
    steps: await rows(
      tx,
      sql<Fact>`select at::text as at, step as what, subscription_id as of, outcome || '/' || reason as more from steps_done where at >= ${from}`,
    ),
    mails: await rows(
      tx,
      sql<Fact>`select created_at::text as at, template as what, coalesce(about->>'subscription_id', (select i.subscription_id from invoice_items i
        where i.business_id = m.business_id and i.invoice_id = m.about->>'invoice_id' limit 1)) as of, '' as more from messages m where created_at >= ${from}`,
    ),
    invoices: await rows(
      tx,
      sql<Fact>`select v.issued_at::text as at, v.total_minor || ' ' || v.currency as what, i.subscription_id as of, '' as more
        from invoices v join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id where v.issued_at >= ${from}`,
    ),
  }))
  return { steps: sorted(facts.steps), mails: sorted(facts.mails), invoices: sorted(facts.invoices) }
}

const sorted = (facts: readonly Fact[]) =>
  facts.map(({ at, what, of }) => `${Temporal.Instant.from(at.replace(' ', 'T'))} ${what} ${of}`).sort()

/** The same of a rehearsal. */
const whatWasTold = ({ rows: told }: Awaited<ReturnType<typeof rehearse>>) => {
  const fact = (at: Temporal.Instant, what: string, of: string): Fact => ({ at: at.toString(), what, of, more: '' })
  return {
    steps: sorted(
      told.flatMap((row) =>
        row.outcome === 'waits' || row.action === 'payment' ? [] : [fact(row.at, row.step, row.subscriptionId)],
      ),
    ),
    mails: sorted(told.flatMap((row) => row.mails.map((mail) => fact(row.at, mail, row.subscriptionId)))),
    invoices: sorted(
      told.flatMap((row) =>
        row.action === 'issue_invoice' && row.outcome === 'done' && row.amount !== null
          ? [fact(row.at, `${row.amount.minor} ${row.amount.currency}`, row.subscriptionId)]
          : [],
      ),
    ),
  }
}

scenario('B-03: sixty days are told beforehand, to the minute and the cent', async (world) => {
  const { shop } = world
  await world.customer('ana').buys()
  await world.pass({ hours: 31 })
  const ben = await world.customer('ben').buys()
  await world.pass({ hours: 50, minutes: 13 })
  const cem = await world.customer('cem').buys()
  const dora = await world.customer('dora').buys()
  await world.until('2026-02-25')
  await transaction(shop, 'hold', (tx) =>
    holdSuspension(
      tx,
      shop,
      ben.subscriptionId,
      Temporal.Instant.from('2026-03-20T10:00:00Z'),
      shop.now(),
      'he is abroad',
    ),
  )
  await transaction(shop, 'stop', (tx) => setAutoRenew(tx, shop, cem.subscriptionId, false, shop.now()))
  // Money is on its way when her suspension comes due, and never arrives.
  await world.until('2026-03-02')
  await world.customer('ana').paysOpenInvoice('later')
  const from = shop.now()
  const told = await rehearse(shop, { days: 60 })
  await world.pass({ days: 60 })
  const happened = await whatHappened(world, from.add({ milliseconds: 1 }))
  expect(whatWasTold(told)).toEqual(happened)
  expect(happened.steps.length).toBeGreaterThan(10)
  expect(told.rows.filter(({ outcome }) => outcome === 'waits').map(({ reason }) => reason)).toContain(
    'a payment is on its way',
  )
  expect(told.summary.totals.map(({ action, count }) => [action, count])).toContainEqual(['terminate', 4])
  expect((await dora.subscription()).status).toBe('terminated')
})

/** Every table of the product, as one text: whatever changes, changes it. */
async function fingerprint(world: World): Promise<string[]> {
  const { rows: tables } = await world.db.pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'auth', 'graphile_worker') order by 1`,
  )
  const seen: string[] = []
  for (const { name } of tables) {
    const { rows: found } = await world.db.pool.query<{ all: string }>(
      `select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as all from ${name} t`,
    )
    seen.push(`${name} ${found[0]?.all}`)
  }
  return seen
}

scenario('a rehearsal of a changed policy tells what differs, and changes no table', async (world) => {
  const { shop } = world
  await world.customer('ana').buys()
  await world.customer('ben').buys()
  await world.until('2026-02-26')
  const steps: Step[] = [
    { key: 'invoice', action: 'issue_invoice', offset_hours: -168 },
    { key: 'remind_day1', action: 'remind', offset_hours: 24 },
    { key: 'suspend', action: 'suspend', offset_hours: 72 },
    { key: 'terminate', action: 'terminate', offset_hours: 168 },
  ]
  const before = await fingerprint(world)
  expect(before.length).toBeGreaterThan(40)
  const told = await rehearse(shop, { days: 30, policy: { id: defaultPolicyId, steps } })
  expect(await fingerprint(world)).toEqual(before)
  expect(told.compared?.summary.totals).toContainEqual({ action: 'remind', count: 4, mails: 4, sums: [] })
  expect(told.summary.totals).toContainEqual({ action: 'remind', count: 2, mails: 2, sums: [] })
  const [lost, gained] = [
    told.compared?.differences.filter(({ after }) => after === null).map(({ before: row }) => row?.step),
    told.compared?.differences.filter(({ before: row }) => row === null).map(({ after }) => after?.step),
  ]
  expect(new Set(lost)).toEqual(new Set(['remind_1d', 'remind_0d']))
  expect(new Set(gained)).toEqual(new Set(['remind_day1']))

  // Saved, it does exactly that.
  await transaction(shop, 'save-policy', (tx) =>
    savePolicy(tx, shop, { id: defaultPolicyId, name: 'Standard', steps }, shop.now()),
  )
  const from = shop.now()
  await world.pass({ days: 30 })
  expect(whatWasTold(told)).toEqual(await whatHappened(world, from))
})

scenario('who pays as before is expected to, and the renewals follow each other', async (world) => {
  const { shop } = world
  const ana = await world.customer('ana').buys()
  await world.until('2026-02-27T08:00:00Z') // A day and a bit before the end.
  await ana.renews()
  await world.until('2026-03-15')
  const told = await rehearse(shop, { days: 60, payments: 'as_before' })
  const money = told.rows.filter(({ action }) => action === 'payment')
  expect(money.map(({ at }) => at.toString().slice(0, 10))).toEqual(['2026-03-30', '2026-04-29'])
  expect(told.summary.totals.find(({ action }) => action === 'payment')?.sums).toEqual([
    { minor: 2598n, currency: 'EUR' },
  ])
  expect(told.rows.some(({ action }) => action === 'suspend')).toBe(false)

  // She does as she always did.
  const from = shop.now()
  for (const { at } of money) {
    await world.until(at.toString())
    await ana.renews()
  }
  await world.until(from.add({ hours: 60 * 24 }).toString())
  expect(whatWasTold(told)).toEqual(await whatHappened(world, from))
})

scenario(
  'what is due between two milliseconds is foretold like everything else',
  { start: '2026-01-31T12:00:00.123456Z' },
  async (world) => {
    const ana = await world.customer('ana').buys()
    const { rows: told } = await rehearse(world.shop, { days: 60, payments: 'nobody' })
    const steps = told.map(({ action }) => action)
    expect(steps).toContain('issue_invoice')
    expect(steps.at(-1)).toBe('terminate')
    expect(told.at(-1)?.subscriptionId).toBe(ana.subscriptionId)
  },
)

test('ten thousand subscriptions, sixty days ahead, within seconds', async () => {
  const world = await createWorld()
  const { shop } = world
  await world.customer('ana').buys()
  const count = 10_000
  await transaction(shop, 'many', (tx) => manySubscriptions(tx, count))
  await world.db.pool.query('analyze')
  const times: number[] = []
  for (const payments of ['nobody', 'as_before'] as const) {
    const started = process.cpuUsage()
    const told = await rehearse(shop, { days: 60, payments })
    times.push(process.cpuUsage(started).user / 1_000)
    expect(told.subscriptions).toBe(count + 1)
    expect(told.summary.totals.find(({ action }) => action === 'issue_invoice')?.count).toBe(count + 1)
  }
  // The figure is three seconds; on a machine that others use, the time of this process tells more than the clock on the wall.
  process.stdout.write(`rehearsal of 60 days over ${count}: ${times.map(Math.round).join(', ')} ms\n`)
  expect(Math.min(...times)).toBeLessThan(6_000)
  await world.close()
}, 240_000)
