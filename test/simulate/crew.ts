/** Lives many seeds, several at a time, each process with one world at once on a fresh copy of the template. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { databaseOf, query } from '../support/database-server.ts'
import type { Order, Told } from './run-seed.ts'

export type Run = {
  serverUrl: string
  templateName: string
  seeds: readonly number[]
  days: number
  subscriptions: readonly [number, number]
  sabotage?: string | undefined
  processes?: number
  /** Told of each seed; `false` ends the run after those that are being lived. */
  told(result: Told): boolean
}

export async function simulate(run: Run): Promise<void> {
  const waiting = [...run.seeds]
  let goesOn = true
  const databases = databasesOf(run)
  const next = () => (goesOn ? waiting.shift() : undefined)
  const lives = Promise.all(
    Array.from({ length: Math.min(run.processes ?? 2, waiting.length) }, async () => {
      const { child, death } = await startChild(run.sabotage)
      try {
        let database = databases.make()
        for (let seed = next(); seed !== undefined; seed = next()) {
          const url = await database
          // The next one is made while this one lives.
          if (waiting.length > 0) database = databases.make()
          if (!run.told(await Promise.race([lifeOf(run, child, seed, url), death]))) goesOn = false
          databases.drop(url)
        }
      } finally {
        if (child.connected) child.disconnect()
      }
    }),
  )
  await lives.finally(databases.dropAll)
}

/** Copies of the template. Making and dropping one waits for the disk, so that no life waits for either. */
function databasesOf({ serverUrl, templateName }: Run) {
  const made = new Map<string, Promise<string>>()
  const dropped: Promise<void>[] = []
  let count = 0

  async function copy(name: string): Promise<string> {
    await query(serverUrl, `drop database if exists ${name} with (force)`)
    await query(serverUrl, `create database ${name} template ${templateName}`)
    return databaseOf(serverUrl, name)
  }

  function dropNamed(name: string): void {
    made.delete(name)
    dropped.push(handled(query(serverUrl, `drop database if exists ${name} with (force)`)))
  }

  return {
    make(): Promise<string> {
      const name = `simulated_${process.pid}_${count++}`
      const url = handled(copy(name))
      made.set(name, url)
      return url
    },
    drop: (url: string): void => dropNamed(new URL(url).pathname.slice(1)),
    async dropAll(): Promise<void> {
      await Promise.allSettled(made.values())
      for (const name of [...made.keys()]) dropNamed(name)
      await Promise.all(dropped)
    },
  }
}

/** Its failure is told to whoever waits for it, later or never. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

/** `death` fails when the process ends, and is asked for once: each asking would listen to the process for as long as it lives. */
async function startChild(sabotage: string | undefined): Promise<{ child: ChildProcess; death: Promise<never> }> {
  const child = fork(join(import.meta.dirname, 'simulate.child.ts'), sabotage === undefined ? [] : [sabotage], {
    execArgv: [],
    // A transaction inside another is an error here, as it is in tests.
    env: { ...process.env, VITEST: 'simulate' },
  })
  const death = handled(died(child))
  await Promise.race([once(child, 'message'), death])
  return { child, death }
}

async function lifeOf(run: Run, child: ChildProcess, seed: number, url: string): Promise<Told> {
  const answer = once(child, 'message') as Promise<[Told]>
  const order: Order = { seed, days: run.days, subscriptions: run.subscriptions, url }
  child.send(order)
  const [told] = await answer
  return told
}

async function died(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit')
  throw new Error(`a process of the simulation ended (${signal ?? code})`)
}
