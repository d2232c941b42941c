/** `orders` and `orders-latency`: signed notice in → credentials accepted by the SMTP sink, ours and the reference path, interleaved. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Figure, median, quantile } from './figure.ts'
import { type Reference, startReference } from './reference.ts'
import { prepareTpcb, runTpcb } from './tpcb.ts'
import { type Bench, notice, noticeSecret, type Order, startBench } from './world.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 32 })

export async function orders(quick: boolean): Promise<Figure[]> {
  const bench = await startBench()
  const reference = await startReference(bench.databaseUrl, bench.sinks, noticeSecret)
  await prepareTpcb(bench.databaseUrl)
  const [runs, count] = quick ? [2, 200] : [5, 500]
  const rates: { ours: number[]; reference: number[]; limit: number[] } = { ours: [], reference: [], limit: [] }
  try {
    await round(bench, reference, quick ? 100 : 300) // Warm.
    await analyze(bench)
    for (let run = 0; run < runs; run++) {
      const { ours, theirs } = await round(bench, reference, count)
      rates.ours.push(ours)
      rates.reference.push(theirs)
      rates.limit.push(await runTpcb(bench.databaseUrl, quick ? 1_000 : 3_000))
    }
    const ratios = rates.ours.map((value, index) => value / (rates.reference[index] ?? 1))
    return [
      {
        figure: 'orders',
        value: median(rates.ours),
        unit: 'orders/s',
        beside: { reference: median(rates.reference), limit: median(rates.limit) },
        ratio: median(ratios),
        target: 0.5,
        met: median(ratios) >= 0.5,
        runs,
      },
      await latency(bench, reference, quick ? 20 : 300),
    ]
  } finally {
    await reference.close()
    await bench.close()
    agent.destroy()
  }
}

async function round(bench: Bench, reference: Reference, count: number): Promise<{ ours: number; theirs: number }> {
  const ours = await saturate(bench, bench.noticeUrl, await bench.prepare(count))
  const paid = await bench.prepare(count)
  await reference.add(paid)
  return { ours, theirs: await saturate(bench, reference.url, paid) }
}

/** All notices at once over 32 connections; the clock stops when every login was accepted. */
async function saturate(bench: Bench, url: string, paid: Order[]): Promise<number> {
  await quiet(bench)
  await bench.sinks.reset()
  const started = performance.now()
  const reached = bench.sinks.reached(paid.length)
  await Promise.all(paid.map((order) => send(url, order)))
  await inTime(reached, 60_000)
  return paid.length / ((performance.now() - started) / 1000)
}

/** A database that has run for a while knows its tables; one that was empty a moment ago plans for empty ones. */
const analyze = (bench: Bench) => bench.app.db.pool.query('analyze')

/** Mails of the preparation (order received) must not count or compete. */
async function quiet(bench: Bench): Promise<void> {
  let before = -1
  await until(async () => {
    const { mails } = await bench.sinks.count()
    const still = mails === before
    before = mails
    if (!still) await new Promise((done) => setTimeout(done, 300))
    return still
  }, 60_000)
}

async function latency(bench: Bench, reference: Reference, count: number): Promise<Figure> {
  const paid = await bench.prepare(count * 2)
  await reference.add(paid.slice(count))
  await quiet(bench)
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let index = 0; index < count; index++) {
    const [mine, other] = [paid[index], paid[count + index]]
    if (mine === undefined || other === undefined) break
    ours.push(await timeOne(bench, bench.noticeUrl, mine))
    theirs.push(await timeOne(bench, reference.url, other))
  }
  const ratio = quantile(ours, 0.5) / quantile(theirs, 0.5)
  const tail = quantile(ours, 0.99) / quantile(theirs, 0.99)
  return {
    figure: 'orders-latency',
    value: quantile(ours, 0.5),
    unit: 'ms',
    beside: {
      reference: quantile(theirs, 0.5),
      p99: quantile(ours, 0.99),
      reference_p99: quantile(theirs, 0.99),
      ratio_p99: tail,
    },
    ratio,
    target: 2,
    met: ratio <= 2 && tail <= 3,
    runs: count,
  }
}

async function timeOne(bench: Bench, url: string, order: Order): Promise<number> {
  await bench.sinks.reset()
  const started = performance.now()
  const reached = bench.sinks.reached(1)
  await send(url, order)
  await inTime(reached, 20_000)
  return performance.now() - started
}

function send(url: string, order: Order): Promise<void> {
  const { body, headers } = notice(order)
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) } },
      (res) => {
        res.resume()
        res.on('end', () =>
          res.statusCode === 200 ? resolve() : reject(new Error(`notice answered ${res.statusCode}`)),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

const inTime = (reached: Promise<void>, milliseconds: number): Promise<void> =>
  Promise.race([
    reached,
    sleep(milliseconds, undefined, { ref: false }).then(() => {
      throw new Error('it did not come to an end in time')
    }),
  ])

async function until(done: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const started = performance.now()
  while (!(await done()))
    if (performance.now() - started > milliseconds) throw new Error('it did not come to an end in time')
}
