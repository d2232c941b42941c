/**
 * `reconcile`: one panel with 100,000 lines, all of which we keep, is compared with what we keep: listed, each page compared and stored,
 * weighed, finished. Beside it listing them only, by the same adapter, page after page. One line in a hundred was changed by hand.
 */
import pg from 'pg'
import { transaction } from '#app.ts'
import { checkPanel, compareNow } from '#modules/lines/check-panel.ts'
import { saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import { openPanel } from '#modules/lines/panels.ts'
import { readReconciliation } from '#modules/lines/reconciliations.ts'
import { type Figure, median } from './figure.ts'
import { populate } from './sweep.ts'
import { type Bench, startBench } from './world.ts'

const target = 1.3
/** Each of so many lines has more connections over there than we wish. */
const oneChanged = 100
const until = '2030-01-01T00:00:00Z'

export async function reconcile(quick: boolean): Promise<Figure[]> {
  const [count, runs] = quick ? [10_000, 3] : [100_000, 5]
  const bench = await startBench({ working: false, lines: { count, until } })
  try {
    await keepLines(bench, count)
    const [taken, listing, growth]: [number[], number[], number[]] = [[], [], []]
    await compare(bench, count) // Warm, and from here on the differences are known.
    for (let run = 0; run < runs; run++) {
      listing.push(await list(bench, count))
      const before = process.memoryUsage.rss()
      taken.push(await compare(bench, count))
      growth.push((process.memoryUsage.rss() - before) / 1_048_576)
    }
    const ratios = taken.map((value, index) => value / (listing[index] ?? 1))
    return [
      {
        figure: 'reconcile',
        value: count / median(taken),
        unit: 'lines/s',
        beside: { seconds: median(taken), reference: median(listing), lines: count, rss_growth_mb: median(growth) },
        ratio: median(ratios),
        target,
        met: median(ratios) <= target,
        runs,
      },
    ]
  } finally {
    await bench.close()
  }
}

/** Lines that were delivered and read back yesterday, under the numbers that the panel gave them. */
async function keepLines(bench: Bench, count: number): Promise<void> {
  const { databaseUrl, shop } = bench
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(`set role linekeeper_app; set app.business = '${shop.businessId}'`)
    await populate(client, bench, count)
    await client.query(
      `update lines set remote_id = (10000000 + right(id, 12)::int)::text, wanted_until = $1, found_at = now() - interval '1 day',
        connections = 1 + (right(id, 12)::int % ${oneChanged} = 0)::int`,
      [until],
    )
    await client.query('reset role')
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
  await transaction(shop, 'bench', (tx) =>
    saveDifferenceSettings(tx, shop, { every_hours: 0, requests_per_second: 50, read_days: 0, mends: [] }),
  )
}

async function list({ app, shop, panelId }: Bench, count: number): Promise<number> {
  const opened = await openPanel(app, shop.businessId, panelId)
  const started = performance.now()
  let listed = 0
  for await (const page of opened.panel.listLines?.() ?? []) listed += page.length
  if (listed !== count) throw new Error(`${listed} lines were listed`)
  return (performance.now() - started) / 1000
}

async function compare({ shop, panelId }: Bench, count: number): Promise<number> {
  const started = performance.now()
  const { id } = await transaction(shop, 'bench', (tx) => compareNow(tx, shop, panelId, {}, shop.now()))
  await checkPanel(shop, panelId)
  const seconds = (performance.now() - started) / 1000
  const { state, listed, differing } = await transaction(shop, 'bench', (tx) => readReconciliation(tx, id))
  if (state !== 'done' || listed !== count || differing !== count / oneChanged)
    throw new Error(`the comparison ended ${state}: ${listed} listed, ${differing} differing`)
  return seconds
}
