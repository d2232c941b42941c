/**
 * `rehearsal`: sixty days over 10,000 subscriptions, told beforehand; each pays as he did before, so that every one goes through two of its
 * periods. Beside it: the time that this process itself was at work, which a busy machine does not lengthen.
 */
import { transaction } from '#app.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { manySubscriptions } from '../test/support/many-subscriptions.ts'
import { type Figure, median } from './figure.ts'
import { type Bench, notice, startBench } from './world.ts'

const subscriptions = 10_000
const allowedSeconds = 3

export async function rehearsal(quick: boolean): Promise<Figure[]> {
  const bench = await startBench()
  const runs = quick ? 3 : 7
  try {
    await sellOne(bench)
    await transaction(bench.shop, 'bench', (tx) => manySubscriptions(tx, subscriptions))
    await bench.app.db.pool.query('analyze')
    const taken = { wall: [] as number[], cpu: [] as number[] }
    // One that is not counted: the first reads and compiles for all.
    for (let run = -1; run < runs; run++) {
      const [began, work] = [performance.now(), process.cpuUsage()]
      const told = await rehearse(bench.shop, { days: 60, payments: run % 2 === 0 ? 'nobody' : 'as_before' })
      const spent = process.cpuUsage(work)
      if (told.subscriptions !== subscriptions + 1 || told.rows.length < 9 * subscriptions)
        throw new Error(`${told.rows.length} rows of ${told.subscriptions} subscriptions`)
      if (run < 0) continue
      taken.wall.push((performance.now() - began) / 1_000)
      taken.cpu.push((spent.user + spent.system) / 1_000_000)
    }
    const value = median(taken.wall)
    const ratio = value / allowedSeconds
    return [
      {
        figure: 'rehearsal',
        value,
        unit: 's',
        beside: { cpu: median(taken.cpu), allowed: allowedSeconds },
        ratio,
        target: 1,
        met: ratio <= 1,
        runs,
      },
    ]
  } finally {
    await bench.close()
  }
}

async function sellOne(bench: Bench): Promise<void> {
  const [order] = await bench.prepare(1)
  if (order === undefined) throw new Error('no order')
  const reached = bench.sinks.reached(1)
  const { body, headers } = notice(order)
  await fetch(bench.noticeUrl, { method: 'POST', body, headers }).then((answer) => answer.text())
  await reached
}
