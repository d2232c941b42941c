/**
 * `noisy`: how long the others wait while one business asks for all it can get. The operator's programs ask at an even pace, of two processes in
 * turn, alone and beside a reseller who asks ten times as often as his limit allows; the figure is how much longer the slowest hundredth takes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Shop, transaction } from '#app.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { openShop } from '#modules/people/business.ts'
import { saveLimits } from '#modules/people/limits.ts'
import { systemClock } from '#platform/clock.ts'
import { openDatabase, withClient } from '#platform/db/connection.ts'
import { type Figure, median, quantile } from './figure.ts'
import { type RunningHouse, startHouseProcess } from './house.ts'
import { startManyBusinesses } from './many-businesses.ts'

const perMinute = 600
const target = 2
/** Of each kind of caller: a key may ask 1,200 times a minute, and is not what is measured. */
const keys = 4

export async function noisy(quick: boolean): Promise<Figure[]> {
  const [runs, asked] = quick ? [2, 100] : [5, 300]
  const many = await startManyBusinesses()
  const closers: (() => Promise<void>)[] = [() => many.close()]
  try {
    const url = await many.ofSize(3)
    const db = openDatabase({ url, log: many.bench.app.log, max: 2 })
    closers.unshift(() => db.close())
    const app = { ...many.bench.app, db }
    const operator = await openShop(app, many.bench.shop.businessId, 'system')
    const reseller = await openShop(app, await firstReseller(url, operator), 'system')
    await transaction(operator, 'bench', (tx) =>
      saveLimits(tx, operator, reseller.businessId, {
        requestsPerMinute: perMinute,
        mailsPerDay: null,
        linesPerDay: null,
        trialsPerDay: null,
      }),
    )
    const [quiet, loud] = [await callersOf(operator, 1), await callersOf(reseller, 2)]
    const houses: RunningHouse[] = []
    for (const role of ['all', 'web'] as const) {
      const house = await startHouseProcess(url, app.masterKey, role)
      houses.push(house)
      closers.unshift(() => house.stop())
    }
    const paced = async () => quantile(await askEvenly(houses, quiet, asked), 0.99)
    await paced() // Warm.
    const taken = { alone: [] as number[], beside: [] as number[] }
    let [answered, refused] = [0, 0]
    for (let run = 0; run < runs; run++) {
      taken.alone.push(await paced())
      const noise = makeNoise(houses, loud)
      await sleep(1_000)
      taken.beside.push(await paced())
      const counts = await noise.stop()
      answered += counts.answered
      refused += counts.refused
    }
    const ratio = median(taken.beside.map((value, run) => value / (taken.alone[run] ?? 1)))
    const beside = { alone: median(taken.alone), answered, refused }
    return [
      { figure: 'noisy', value: median(taken.beside), unit: 'ms', beside, ratio, target, met: ratio <= target, runs },
    ]
  } finally {
    for (const close of closers) await close()
  }
}

async function firstReseller(url: string, operator: Shop): Promise<string> {
  let found = ''
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      'select business_id as id from business_paths where ancestor_id = $1 and depth = 1 limit 1',
      [operator.businessId],
    )
    found = rows[0]?.id ?? ''
  })
  return found
}

type Caller = Record<string, string>

/** Keys of one business, each from an address of its own. */
async function callersOf(shop: Shop, network: number): Promise<Caller[]> {
  const made: Caller[] = []
  for (let n = 0; n < keys; n++) {
    const wanted = { name: `Bench ${n}`, scopes: ['subscriptions:read'] as const }
    const { key } = await transaction(shop, 'bench', (tx) =>
      createApiKey(tx, shop, { ...wanted, scopes: [...wanted.scopes] }, systemClock.now()),
    )
    made.push({ authorization: `Bearer ${key}`, 'x-forwarded-for': `198.51.${network}.${n + 1}` })
  }
  return made
}

const path = '/api/v1/subscriptions?limit=50'

/** One at a time, 25 a second. Answers milliseconds each. */
async function askEvenly(
  houses: readonly RunningHouse[],
  callers: readonly Caller[],
  count: number,
): Promise<number[]> {
  const taken: number[] = []
  for (let n = 0; n < count; n++) {
    const { status, ms } = await ask(houses, callers, n)
    if (status !== 200) throw new Error(`the quiet one was answered ${status}`)
    taken.push(ms)
    await sleep(Math.max(0, 40 - ms))
  }
  return taken
}

const ask = (houses: readonly RunningHouse[], callers: readonly Caller[], n: number) =>
  (houses[n % houses.length] as RunningHouse).get(path, callers[n % callers.length])

/** Begins a request each so many milliseconds, whether or not those before were answered. */
function makeNoise(houses: readonly RunningHouse[], callers: readonly Caller[]) {
  const counts = { answered: 0, refused: 0 }
  const open = new Set<Promise<void>>()
  let begun = 0
  const timer = setInterval(
    () => {
      const one = ask(houses, callers, begun++).then(({ status }) => {
        if (status === 200) counts.answered += 1
        else if (status === 429) counts.refused += 1
        else throw new Error(`the noisy one was answered ${status}`)
      })
      open.add(one)
      void one.finally(() => open.delete(one))
    },
    60_000 / (perMinute * 10),
  )
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      return counts
    },
  }
}
