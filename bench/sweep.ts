/**
 * `sweep`: many subscriptions of which one in thirty is due for its renewal invoice. Measured from the start of a worker as `serve` runs
 * it until invoices, items, messages, history and next steps of all due ones are written; mails stay queued. Beside it one statement in
 * SQL that writes the same rows into the same tables, by the same role. Each round has due rows of its own, ours and the statement's in turn.
 */
import pg from 'pg'
import { type Figure, median } from './figure.ts'
import { type Bench, startBench } from './world.ts'

/** One in so many is due. */
export const shareOf = 30

type Taken = { ours: number[]; reference: number[]; growth: number[] }

/** Ours and the statement in turn, over so many subscriptions. `after`: what else is measured in the house that it leaves. */
export async function measureSweep(
  count: number,
  runs: number,
  after: (bench: Bench, client: pg.Client) => Promise<void> = async () => {},
): Promise<{ taken: Taken; due: number }> {
  const bench = await startBench({ working: false })
  const client = new pg.Client({ connectionString: bench.databaseUrl })
  await client.connect()
  await client.query(`set role linekeeper_app; set app.business = '${bench.shop.businessId}'`)
  const taken: Taken = { ours: [], reference: [], growth: [] }
  const due = Math.ceil(count / shareOf)
  try {
    await populate(client, bench, count)
    for (let run = 0; run < runs; run++) {
      await makeDue(bench, client, 2 * run)
      const { seconds, growth } = await byEngine(bench, client)
      taken.ours.push(seconds)
      taken.growth.push(growth)
      await prove(client, 2 * run)
      await makeDue(bench, client, 2 * run + 1)
      taken.reference.push(await byStatement(client))
      await prove(client, 2 * run + 1)
    }
    await after(bench, client)
    return { taken, due }
  } finally {
    await client.end()
    await bench.close()
  }
}

export async function sweep(quick: boolean): Promise<Figure[]> {
  const [count, runs] = quick ? [50_000, 3] : [1_000_000, 3]
  const { taken, due } = await measureSweep(count, runs)
  const ratios = taken.ours.map((value, index) => value / (taken.reference[index] ?? 1))
  return [
    {
      figure: 'sweep',
      value: median(taken.ours),
      unit: 's',
      beside: {
        reference: median(taken.reference),
        subscriptions: count,
        due,
        due_per_second: due / median(taken.ours),
        rss_growth_mb: Math.max(...taken.growth),
      },
      ratio: median(ratios),
      target: 4,
      met: median(ratios) <= 4,
      runs,
    },
  ]
}

/** Subscriptions in the middle of their paid time. Those of `i % 30 = round` end so that their invoice is due in that round. */
export async function populate(client: pg.Client, { shop, planId, panelId }: Bench, count: number): Promise<void> {
  const numbered = `generate_series(1, ${count}) i, lateral (select lpad(i::text, 12, '0') as n) k`
  const ends = `(date_trunc('second', now()) + case when i % ${shareOf} < 10 then interval '6 days 23 hours' else interval '8 days' + (i % 20) * interval '1 day' end)`
  await client.query(
    `insert into policies (business_id, id, version, name, steps, current, created_at, created_by)
     values (current_business(), 'pol_bench', 1, 'Bench', $1, true, now(), 'system')`,
    [
      JSON.stringify([
        { key: 'invoice', action: 'issue_invoice', offset_days: -7 },
        { key: 'remind_3d', action: 'remind', offset_days: -3 },
        { key: 'suspend', action: 'suspend', offset_hours: 72 },
        { key: 'terminate', action: 'terminate', offset_days: 14 },
      ]),
    ],
  )
  await client.query(`insert into customers (business_id, id, email, name, country, created_at)
    select current_business(), 'cus_' || n, 'viewer' || n || '@example.net', 'Viewer ' || i, 'DE', now() from ${numbered}`)
  await client.query(
    `insert into subscriptions (business_id, id, customer_id, plan_id, status, zone, anchor_day, paid_through, currency, price_minor, term_unit, term_count, policy_id,
      policy_version, cut_off_at, next_step_at, next_step, created_at)
    select current_business(), 'sub_' || n, 'cus_' || n, $1, 'active', $2, 1, ${ends}, 'EUR', 1299, 'month', 1, 'pol_bench', 1, ${ends} + interval '72 hours',
      now() + interval '60 days', 'invoice', now() - interval '23 days' from ${numbered}`,
    [planId, shop.zone],
  )
  await client.query(`insert into periods (business_id, id, subscription_id, starts, ends, kind, created_at)
    select current_business(), 'per_' || n, 'sub_' || n, now() - interval '23 days', ${ends}, 'paid', now() - interval '23 days' from ${numbered}`)
  await client.query(
    `insert into lines (business_id, id, customer_id, subscription_id, panel_business_id, panel_id, kind, username, password, marker, connections, package, wanted,
      wanted_until, done_revision, activated_at, created_at)
    select current_business(), 'line_' || n, 'cus_' || n, 'sub_' || n, current_business(), $1, 'line', 'viewer' || n, '', 'ref:line_' || n, 1, '{"bouquets":[1]}', 'active',
      ${ends} + interval '72 hours', 1, now(), now() from ${numbered}`,
    [panelId],
  )
}

const ofRound = (round: number): string => `right(id, 12)::bigint % ${shareOf} = ${round}`

async function makeDue(bench: Bench, client: pg.Client, round: number): Promise<void> {
  await client.query(`update subscriptions set next_step_at = now() - interval '1 minute' where ${ofRound(round)}`)
  // A database that has run for a while knows its tables, and neither side waits for the other's pages.
  await bench.app.db.pool.query('vacuum analyze')
}

async function byEngine(bench: Bench, client: pg.Client): Promise<{ seconds: number; growth: number }> {
  const before = process.memoryUsage.rss()
  let most = before
  const started = performance.now()
  const worker = await bench.startWorker({ jobs: ['execute-steps', 'execute-step-set'], kinds: ['subscription'] })
  for (;;) {
    most = Math.max(most, process.memoryUsage.rss())
    const { rows } = await client.query('select from subscriptions where next_step_at <= now() limit 1')
    if (rows.length === 0) break
    await new Promise((next) => setTimeout(next, 20))
  }
  const seconds = (performance.now() - started) / 1000
  await worker.stop()
  return { seconds, growth: (most - before) / 1_048_576 }
}

/** What the engine writes for an invoice that falls due, as a set: with the numbers in one go, and the ids made by the database. */
async function byStatement(client: pg.Client): Promise<number> {
  const started = performance.now()
  await client.query(`with due as materialized (
      select s.*, substr(s.id, 5) as n, c.email, c.name, c.language, p.name as plan,
        s.paid_through - interval '3 days' as remind_at
      from subscriptions s join customers c on c.business_id = s.business_id and c.id = s.customer_id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      where s.next_step_at <= now() order by s.id for update of s),
    seller as (select jsonb_build_object('name', name, 'address', '[]'::jsonb, 'vatId', null, 'email', support_email) as party from businesses where id = current_business()),
    counter as (
      insert into invoice_series (business_id, series, last_number) select current_business(), 'INV-REF', count(*) from due
      on conflict (business_id, series) do update set last_number = invoice_series.last_number + excluded.last_number returning last_number),
    invoiced as (
      insert into invoices (business_id, id, customer_id, status, series, number, currency, net_minor, tax_minor, total_minor, purpose, due_at, document, created_at, issued_at)
      select business_id, 'inv_' || n || 'reference', customer_id, 'open', 'INV-REF', last_number - row_number() over (order by id) + 1, currency, price_minor, 0, price_minor, 'renewal', paid_through,
        jsonb_build_object('seller', party, 'buyer', jsonb_build_object('name', name, 'email', email, 'address', '["DE"]'::jsonb, 'vatId', null), 'language', language, 'zone', zone),
        now(), now() from due, counter, seller),
    items as (
      insert into invoice_items (business_id, id, invoice_id, subscription_id, plan_id, kind, description, term_unit, term_count, period_start, net_minor, total_minor)
      select business_id, 'item_' || n || 'reference', 'inv_' || n || 'reference', id, plan_id, 'period', plan || ' from ' || paid_through::date, term_unit, term_count, paid_through,
        price_minor, price_minor from due),
    claimed as (
      insert into message_claims (business_id, claim, message_id)
      select business_id, 'renewal_invoice/' || id || '/' || paid_through || '/invoice', 'msg_' || n || 'reference' from due),
    queued as (
      insert into messages (business_id, id, template, kind, customer_id, to_address, language, about, status, next_try_at, created_at)
      select business_id, 'msg_' || n || 'reference', 'renewal_invoice', 'service', customer_id, email, language,
        jsonb_build_object('subscription_id', id, 'period_end', paid_through, 'invoice_id', 'inv_' || n || 'reference'), 'queued', now(), now() from due),
    history as (
      insert into events (business_id, id, at, type, actor, subject_type, subject_id, customer_id, data)
      select business_id, 'evt_' || n || 'reference', now(), 'invoice.issued', 'system', 'invoice', 'inv_' || n || 'reference', customer_id, jsonb_build_object('subscription', id)
      from due),
    remembered as (
      insert into steps_done (business_id, subscription_id, period_end, step, outcome, reason, due_at, at)
      select business_id, id, paid_through, 'invoice', 'done', 'invoice inv_' || n || 'reference', paid_through - interval '7 days', now() from due)
    update subscriptions s set next_step_at = d.remind_at, next_step = 'remind_3d' from due d where s.business_id = d.business_id and s.id = d.id`)
  return (performance.now() - started) / 1000
}

/** Both must have done the same: else the figure compares nothing. */
async function prove(client: pg.Client, round: number): Promise<void> {
  const { rows } = await client.query<
    Record<string, boolean>
  >(`with due as (select * from subscriptions where ${ofRound(round)})
    select (select count(*) from due) as due,
      (select bool_and(next_step = 'remind_3d' and version = 1) from due) as asleep,
      (select count(*) from due join invoice_items i on i.business_id = due.business_id and i.subscription_id = due.id
        join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status = 'open' and v.number is not null
        join events e on e.business_id = v.business_id and e.subject_id = v.id and e.type = 'invoice.issued') as invoiced,
      (select count(*) from due join steps_done d on d.business_id = due.business_id and d.subscription_id = due.id and d.outcome = 'done') as remembered,
      (select count(*) from due join messages m on m.business_id = due.business_id and m.about ->> 'subscription_id' = due.id and m.status = 'queued') as told`)
  const [found] = rows
  const { due, asleep, invoiced, remembered, told } = found ?? {}
  if (!asleep || invoiced !== due || remembered !== due || told !== due)
    throw new Error(
      `round ${round} is not as it should be: ${JSON.stringify(found, (_key, value) => (typeof value === 'bigint' ? Number(value) : value))}`,
    )
}
