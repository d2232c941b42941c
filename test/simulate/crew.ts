/** Lives many seeds, several at a time, each process with one world at once on a copy of the template. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { databaseOf, query } from '../support/database-server.ts'
import { coreOf } from './cores.ts'
import type { Order, Told } from './run-seed.ts'

export type Run = {
  serverUrl: string
  templateName: string
  seeds: readonly number[]
  days: number
  subscriptions: readonly [number, number]
  moveIn?: number
  sabotage?: string | undefined
  processes?: number
  /** Told of each seed; `false` ends the run after those that are being lived. */
  told(result: Told): boolean
}

export async function simulate(run: Run): Promise<void> {
  const waiting = [...run.seeds]
  let goesOn = true
  const next = () => (goesOn ? waiting.shift() : undefined)
  await Promise.all(
    Array.from({ length: Math.min(run.processes ?? 2, waiting.length) }, async (_, index) => {
      const name = `simulated_${process.pid}_${index}`
      await query(run.serverUrl, `drop database if exists ${name} with (force)`)
      await query(run.serverUrl, `create database ${name} template ${run.templateName}`)
      const { child, death } = await startChild(run, databaseOf(run.serverUrl, name), coreOf(index, run.processes ?? 2))
      try {
        for (let seed = next(); seed !== undefined; seed = next())
          if (!run.told(await Promise.race([lifeOf(run, child, seed), death]))) goesOn = false
      } finally {
        if (child.connected) child.disconnect()
        await query(wiperOf(run.serverUrl), `drop database if exists ${name} with (force)`)
      }
    }),
  )
}

/** Its failure is told to whoever waits for it, later or never. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}

/** `death` fails when the process ends, and is asked for once: each asking would listen to the process for as long as it lives. */
async function startChild(
  { sabotage }: Run,
  url: string,
  core: Record<string, string>,
): Promise<{ child: ChildProcess; death: Promise<never> }> {
  const child = fork(
    join(import.meta.dirname, 'simulate.child.ts'),
    [url, wiperOf(url), ...(sabotage === undefined ? [] : [sabotage])],
    {
      execArgv: [],
      // A transaction inside another is an error here, as it is in tests.
      env: { ...process.env, ...core, VITEST: 'simulate' },
    },
  )
  const death = handled(died(child))
  await Promise.race([once(child, 'message'), death])
  return { child, death }
}

async function lifeOf(run: Run, child: ChildProcess, seed: number): Promise<Told> {
  const answer = once(child, 'message') as Promise<[Told]>
  const order: Order = { seed, days: run.days, subscriptions: run.subscriptions, moveIn: run.moveIn ?? 0 }
  child.send(order)
  const [told] = await answer
  return told
}

async function died(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit')
  throw new Error(`a process of the simulation ended (${signal ?? code})`)
}

/** On a server of our own its superuser; on another, whoever we are there. */
function wiperOf(url: string): string {
  if (process.env.LINEKEEPER_TEST_DATABASE_URL) return url
  const address = new URL(url)
  address.username = 'postgres'
  return address.href
}
