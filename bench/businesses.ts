/**
 * `businesses`: how long the operator waits for a page or an answer of the API while 1, 1,000 and 10,000 businesses live in the database.
 * Each size is a database of its own; a whole house is started for each in turn, so that its worker's rounds are part of what is measured.
 * The figure is the worst of its ratios: the kind of request that many neighbours slow down most. `BUSINESSES=20000` takes another size.
 */
import { type Figure, median } from './figure.ts'
import { type RunningHouse, startHouseProcess } from './house.ts'
import { type ManyBusinesses, startManyBusinesses } from './many-businesses.ts'

const most = Number(process.env.BUSINESSES ?? 10_000)

export async function businesses(quick: boolean): Promise<Figure[]> {
  const sizes = quick ? [1, Math.min(most, 500)] : [1, most / 10, most]
  // The worst of eight ratios lies above the truth by as much as its medians wander: so there are many requests for each.
  const [runs, each] = quick ? [1, 30] : [7, 150]
  const many = await startManyBusinesses()
  try {
    const taken = new Map<string, number[]>()
    for (const size of sizes) await many.ofSize(size)
    for (let run = 0; run < runs; run++)
      for (const size of sizes) {
        const house = await startHouseProcess(await many.ofSize(size), many.bench.app.masterKey)
        try {
          for (const [kind, ask] of Object.entries(kindsOf(many, house))) {
            const ms = await medianOf(ask, each)
            const name = `${kind}_${size}`
            taken.set(name, [...(taken.get(name) ?? []), ms])
          }
        } finally {
          await house.stop()
        }
      }
    const beside = Object.fromEntries([...taken].map(([name, values]) => [name, median(values)]))
    const kinds = [...new Set([...taken.keys()].map((name) => name.replace(/_\d+$/, '')))]
    const ratios = kinds.flatMap((kind) =>
      sizes.slice(1).map((size) => (beside[`${kind}_${size}`] ?? 0) / (beside[`${kind}_1`] ?? 1)),
    )
    const largest = sizes.at(-1) ?? 1
    const ratio = Math.max(...ratios)
    return [
      {
        figure: 'businesses',
        value: Math.max(...kinds.map((kind) => beside[`${kind}_${largest}`] ?? 0)),
        unit: 'ms',
        beside,
        ratio,
        target: 1.2,
        met: ratio <= 1.2,
        runs,
      },
    ]
  } finally {
    await many.close()
  }
}

function kindsOf({ apiKey, cookie, subscriptionId }: ManyBusinesses, house: RunningHouse) {
  const program = { authorization: `Bearer ${apiKey}` }
  const ask = (path: string, headers: Record<string, string>) => async () => {
    const { status, ms } = await house.get(path, headers)
    if (status !== 200) throw new Error(`${path} answered ${status}`)
    return ms
  }
  return {
    storefront: ask('/plans', {}),
    console: ask('/admin', { cookie }),
    api_list: ask('/api/v1/subscriptions?limit=50', program),
    api_get: ask(`/api/v1/subscriptions/${subscriptionId}`, program),
  }
}

/** The first third compiles and warms, and is not counted. */
async function medianOf(ask: () => Promise<number>, count: number): Promise<number> {
  const values: number[] = []
  for (let n = -Math.ceil(count / 2); n < count; n++) {
    const ms = await ask()
    if (n >= 0) values.push(ms)
  }
  return median(values)
}
