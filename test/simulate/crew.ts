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
  const next = () => (goesOn ? waiting.shift() : undefined)
  await Promise.all(
    Array.from({ length: Math.min(run.processes ?? 2, waiting.length) }, async (_, index) => {
      const child = await startChild(run.sabotage)
      try {
        for (let seed = next(); seed !== undefined; seed = next())
          if (!run.told(await lifeOf(run, child, seed, `simulated_${process.pid}_${index}`))) goesOn = false
      } finally {
        if (child.connected) child.disconnect()
      }
    }),
  )
}

async function startChild(sabotage: string | undefined): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'simulate.child.ts'), sabotage === undefined ? [] : [sabotage], {
    execArgv: [],
    // A transaction inside another is an error here, as it is in tests.
    env: { ...process.env, VITEST: 'simulate' },
  })
  await Promise.race([once(child, 'message'), died(child)])
  return child
}

async function lifeOf(run: Run, child: ChildProcess, seed: number, name: string): Promise<Told> {
  await query(run.serverUrl, `drop database if exists ${name} with (force)`)
  await query(run.serverUrl, `create database ${name} template ${run.templateName}`)
  try {
    const answer = once(child, 'message') as Promise<[Told]>
    const order: Order = {
      seed,
      days: run.days,
      subscriptions: run.subscriptions,
      url: databaseOf(run.serverUrl, name),
    }
    child.send(order)
    const [told] = await Promise.race([answer, died(child)])
    return told
  } finally {
    await query(run.serverUrl, `drop database if exists ${name} with (force)`)
  }
}

async function died(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit')
  throw new Error(`a process of the simulation ended (${signal ?? code})`)
}
