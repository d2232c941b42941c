/**
 * `provisioning`: lines on ten panels become due at once, one of the panels answers much later than the others; measured until all of
 * them were made and read back. Beside it the same number of lines on the slow panel alone. The panels are in two other processes; the
 * worker is as `serve` runs it.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import { transaction } from '#app.ts'
import { reconcileLineJob } from '#modules/lines/jobs.ts'
import { savePanel } from '#modules/lines/panels.ts'
import { sealPassword } from '#modules/lines/passwords.ts'
import { nudge } from '#platform/jobs.ts'
import { type Figure, median } from './figure.ts'
import { populate } from './sweep.ts'
import { type Bench, startBench } from './world.ts'

const target = 1.5
const panels = 10
/** How much later the slow panel answers each call. */
const slowMs = 250
/** Jobs at once, as in a process of `serve`. */
const concurrency = 8

export async function provisioning(quick: boolean): Promise<Figure[]> {
  const [each, runs] = quick ? [20, 3] : [50, 5]
  const bench = await startBench({ working: false })
  const [quickOnes, slowOne] = [await startPanels(panels - 1, 0), await startPanels(1, slowMs)]
  const client = new pg.Client({ connectionString: bench.databaseUrl })
  await client.connect()
  try {
    const ids = await keepPanels(bench, [...slowOne.urls, ...quickOnes.urls])
    const batches = await prepareLines(bench, client, { ids, each, runs: runs + 1 })
    const worker = await bench.startWorker({ jobs: [reconcileLineJob.name], kinds: ['line'], concurrency })
    const [alone, together]: [number[], number[]] = [[], []]
    for (const [run, { slow, all }] of batches.entries()) {
      const seconds = { alone: await provision(bench, client, slow), together: await provision(bench, client, all) }
      if (run === 0) continue // Warm.
      alone.push(seconds.alone)
      together.push(seconds.together)
    }
    await worker.stop()
    const ratios = together.map((value, index) => value / (alone[index] ?? 1))
    return [
      {
        figure: 'provisioning',
        value: (each * panels) / median(together),
        unit: 'lines/s',
        beside: {
          seconds: median(together),
          reference: median(alone),
          panels,
          lines_per_panel: each,
          slow_answer_ms: slowMs,
        },
        ratio: median(ratios),
        target,
        met: median(ratios) <= target,
        runs,
      },
    ]
  } finally {
    await client.end()
    quickOnes.stop()
    slowOne.stop()
    await bench.close()
  }
}

async function startPanels(count: number, ms: number): Promise<{ urls: string[]; stop(): void }> {
  const child = fork(join(import.meta.dirname, 'panel-sinks.ts'), [String(count), String(ms)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const urls = await new Promise<string[]>((resolve, reject) => {
    child.once('message', (message) => resolve(message as string[]))
    child.once('exit', () => reject(new Error('the panels did not start')))
  })
  return { urls, stop: () => child.disconnect() }
}

/** The first is the slow one. */
const keepPanels = ({ shop }: Bench, urls: readonly string[]): Promise<string[]> =>
  transaction(shop, 'bench', async (tx) => {
    const ids: string[] = []
    for (const [index, url] of urls.entries()) {
      const id = await savePanel(tx, shop, {
        name: `Panel ${index}`,
        kind: 'xui',
        weight: 1,
        capacity: null,
        drained: false,
        settings: {
          url: `${url}/k3Fa9xQp/`,
          api_key: '0123456789abcdef0123456789abcdef',
          viewer_scheme: 'http',
          viewer_host: `tv${index}.example`,
          viewer_port: 8080,
        },
      })
      ids.push(id)
    }
    return ids
  })

type Batch = { slow: string[]; all: string[] }

/** Paid lines that no panel has heard of. A batch has its own ones: a line is made once. */
async function prepareLines(
  bench: Bench,
  client: pg.Client,
  { ids, each, runs }: { ids: readonly string[]; each: number; runs: number },
): Promise<Batch[]> {
  const ofBatch = each * (panels + 1)
  const names = Array.from({ length: ofBatch * runs }, (_, index) => `line_${String(index + 1).padStart(12, '0')}`)
  // Of each batch the first lines are the slow panel's alone, and the others go round.
  const home = (index: number) => (index % ofBatch < each ? ids[0] : ids[(index % ofBatch) % panels])
  await client.query(`set role linekeeper_app; set app.business = '${bench.shop.businessId}'`)
  await populate(client, bench, names.length)
  await client.query(
    `update lines l set panel_id = n.panel, password = n.password, wanted = 'active', done_revision = 0, activated_at = null, package = '{"bouquets":[1],"outputs":["hls","ts"]}'
      from unnest($1::text[], $2::text[], $3::text[]) as n (id, panel, password) where l.business_id = current_business() and l.id = n.id`,
    [names, names.map((_, index) => home(index)), names.map((id) => sealPassword(bench.shop, id, 'benchmark1'))],
  )
  await client.query('reset role')
  await client.query('vacuum analyze')
  return Array.from({ length: runs }, (_, run) => {
    const mine = names.slice(run * ofBatch, (run + 1) * ofBatch)
    return { slow: mine.slice(0, each), all: mine.slice(each) }
  })
}

async function provision({ app, shop }: Bench, client: pg.Client, lines: readonly string[]): Promise<number> {
  await client.query('update lines set next_try_at = now() where id = any ($1::text[])', [lines])
  const started = performance.now()
  for (const lineId of lines) await nudge(app.db, reconcileLineJob, { businessId: shop.businessId, lineId })
  for (;;) {
    const { rows } = await client.query<{ left: number; troubled: string | null }>(
      `select (count(*) filter (where done_revision < revision or remote_id is null))::int as left, min(trouble) as troubled from lines where id = any ($1::text[])`,
      [lines],
    )
    const { left, troubled } = rows[0] ?? { left: 1, troubled: null }
    if (troubled !== null) throw new Error(`a line was not made: ${troubled}`)
    if (left === 0) return (performance.now() - started) / 1000
    await new Promise((next) => setTimeout(next, 20))
  }
}
