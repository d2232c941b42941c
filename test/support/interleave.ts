/**
 * Two transactions on two real connections, stepped through every order of their statements. A side that waits for the other's lock is parked
 * until the lock is free, as PostgreSQL itself says (`pg_blocking_pids`). Each order is run from its start: the first takes the left side where both
 * could go on, the next turns the last such choice round, until there is none left to turn.
 */
import type pg from 'pg'
import type { App } from '#app.ts'
import { type Database, openDatabase } from '#platform/db/connection.ts'
import type { Log } from '#platform/log.ts'

type Waiting = { free: boolean; go(): Promise<unknown> }

/** One connection, whose statements wait to be let go while a run is on. */
class Side {
  readonly db: Database
  pid = 0
  active = false
  finished = true
  inFlight = false
  readonly deadlocks: unknown[] = []
  readonly #waiting: Waiting[] = []
  readonly #isStep: (text: string) => boolean
  #told: () => void = () => {}

  constructor(url: string, log: Log, isStep: (text: string) => boolean) {
    this.#isStep = isStep
    this.db = openDatabase({ url, log, max: 1 })
    this.db.pool.on('connect', (client) => this.#guard(client))
  }

  get ready(): boolean {
    return !this.inFlight && this.#waiting.length > 0
  }

  /** Resolves when something has happened here, or after some milliseconds. */
  news(most: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, most)
      this.#told = () => {
        clearTimeout(timer)
        done()
      }
    })
  }

  begin(work: () => Promise<unknown>): Promise<unknown> {
    this.active = true
    this.finished = false
    return work().then(
      (value) => this.#end({ value }),
      (error: unknown) => this.#end({ error }),
    )
  }

  step(): void {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.inFlight = true
    const over = () => {
      this.inFlight = false
      this.#letFree()
      this.#told()
    }
    next.go().then(over, (error: { code?: string }) => {
      if (error.code === '40P01') this.deadlocks.push(error)
      over()
    })
  }

  #end<T>(result: T): T {
    this.finished = true
    this.active = false
    this.#told()
    return result
  }

  /** What is no step leaves with the step before it. */
  #letFree(): void {
    while (this.#waiting[0]?.free) void this.#waiting.shift()?.go()
  }

  #guard(client: pg.PoolClient): void {
    this.pid = (client as unknown as { processID: number }).processID
    const query = client.query as unknown as (...values: unknown[]) => Promise<unknown>
    client.query = ((...values: unknown[]) => {
      const asked = values[0]
      const text = typeof asked === 'string' ? asked : (asked as pg.QueryConfig).text
      const free = !this.#isStep(text)
      if (!this.active || (free && this.#waiting.length === 0 && !this.inFlight)) return query.apply(client, values)
      return new Promise((done, failed) => {
        const go = () => {
          const answer = query.apply(client, values)
          answer.then(done, failed)
          return answer.catch((error: unknown) => {
            if (!free) throw error
          })
        }
        this.#waiting.push({ free, go })
        this.#told()
      })
    }) as unknown as typeof client.query
  }
}

export type Run = { results: [unknown, unknown]; order: string; parked: number; deadlocks: number }

export type Interleaver = {
  /** The same app, on the connection of one side. */
  apps: [App, App]
  /** Runs both works in every order; `before` makes the ground anew each time, `after` looks at what came of it. Answers how many orders there are. */
  everyOrder(given: {
    before: () => Promise<void>
    works: [() => Promise<unknown>, () => Promise<unknown>]
    after: (run: Run) => Promise<void>
  }): Promise<number>
  close(): Promise<void>
}

export function interleaver(app: App, url: string, isStep: (text: string) => boolean): Interleaver {
  const sides: [Side, Side] = [new Side(url, app.log, isStep), new Side(url, app.log, isStep)]
  const referee = openDatabase({ url, log: app.log, max: 1 })

  const isBlocked = async ({ pid }: Side): Promise<boolean> =>
    (await referee.pool.query('select cardinality(pg_blocking_pids($1)) > 0 as blocked', [pid])).rows[0]?.blocked ===
    true

  /** Until it waits to be let go, waits for a lock, or is through. True: it waits for a lock. */
  async function settled(side: Side): Promise<boolean> {
    while (!side.finished && !side.ready) {
      const news = side.news(side.inFlight ? 2 : 1_000)
      if (side.finished || side.ready) return false
      await news
      if (side.inFlight && (await isBlocked(side)) && side.inFlight) return true
    }
    return false
  }

  /** `choices`: who goes on where both can; what it does not say is the first. Answers all that were made. */
  async function once(works: [() => Promise<unknown>, () => Promise<unknown>], choices: readonly number[]) {
    const made: number[] = []
    let order = ''
    let parked = 0
    const results = Promise.all([sides[0].begin(works[0]), sides[1].begin(works[1])])
    for (;;) {
      const blocked = [await settled(sides[0]), await settled(sides[1])]
      if (sides[0].finished && sides[1].finished) break
      const able = [0, 1].filter((side) => sides[side]?.ready)
      if (blocked.includes(true)) parked += 1
      if (able.length === 0) {
        await Promise.race(sides.filter(({ finished }) => !finished).map((side) => side.news(2)))
        continue
      }
      const next = able.length === 2 ? (choices[made.length] ?? 0) : (able[0] ?? 0)
      if (able.length === 2) made.push(next)
      order += 'ab'[next]
      sides[next]?.step()
    }
    return { made, order, parked, results: (await results) as [unknown, unknown] }
  }

  return {
    apps: [
      { ...app, db: sides[0].db },
      { ...app, db: sides[1].db },
    ],
    async everyOrder({ before, works, after }) {
      let choices: number[] | null = []
      const seen = new Set<string>()
      while (choices !== null) {
        await before()
        const { made, order, parked, results }: Awaited<ReturnType<typeof once>> = await once(works, choices)
        const deadlocks = sides.reduce((sum, side) => sum + side.deadlocks.splice(0).length, 0)
        await after({ results, order, parked, deadlocks })
        seen.add(made.join(''))
        const turn: number = made.lastIndexOf(0)
        choices = turn < 0 ? null : [...made.slice(0, turn), 1]
      }
      return seen.size
    },
    async close() {
      await Promise.all([...sides.map(({ db }) => db.close()), referee.close()])
    },
  }
}
