import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../log.ts'
import { type Handlers, mostSlow } from './handlers.ts'
import { startLocalRunner } from './local.ts'

/** A runner of one lane whose jobs end when they are let go. */
function laneOf() {
  const begun: string[] = []
  let letGo = () => {}
  const run = async (name: unknown) => {
    begun.push(name as string)
    await new Promise<void>((resolve) => {
      letGo = resolve
    })
  }
  const handlers: Handlers = new Map([['known', { payload: z.string(), run }]])
  const runner = startLocalRunner({ handlers, concurrency: 1, log: silentLog })
  const step = async () => {
    letGo()
    await sleep(5)
  }
  return { runner, begun, step }
}

it('takes what goes on before what is new, each in its order', async () => {
  const { runner, begun, step } = laneOf()
  for (const name of ['a', 'b']) runner.offer('known', name)
  for (const name of ['on-1', 'on-2']) runner.offer('known', name, true)
  expect(runner.waiting()).toBe(3)
  for (let turn = 0; turn < 4; turn++) await step()
  expect(begun).toEqual(['a', 'on-1', 'on-2', 'b'])
})

it('who runs for long gives his place to others, up to a bound, and is waited for at the end', async () => {
  const [begun, letGo] = [[] as string[], [] as (() => void)[]]
  const run = async (name: unknown) => {
    begun.push(name as string)
    await new Promise<void>((resolve) => letGo.push(resolve))
  }
  const handlers: Handlers = new Map([['known', { payload: z.string(), run }]])
  const runner = startLocalRunner({ handlers, concurrency: 1, log: silentLog, slowAfterMs: 20 })
  const names = Array.from({ length: mostSlow + 2 }, (_, index) => `job-${index}`)
  for (const name of names) runner.offer('known', name)
  expect(begun).toEqual(names.slice(0, 1))
  await sleep(20 * (mostSlow + 4))
  expect(begun).toEqual(names.slice(0, mostSlow))
  let stopped = false
  const stopping = runner.stop(5_000).then(() => {
    stopped = true
  })
  await sleep(20)
  expect(stopped).toBe(false)
  for (const go of letGo) go()
  await stopping
  expect(begun).toEqual(names.slice(0, mostSlow))
})

it('says whether what goes on is begun soon: a lane is near, the task is known, and nothing stops', async () => {
  const { runner, step } = laneOf()
  expect(runner.soon('known')).toBe(true)
  expect(runner.soon('stranger')).toBe(false)
  runner.offer('known', 'a')
  expect(runner.soon('known')).toBe(true)
  runner.offer('known', 'on-1', true)
  expect(runner.soon('known')).toBe(false)
  const stopped = runner.stop(1_000)
  expect(runner.soon('known')).toBe(false)
  await step()
  await step()
  await stopped
})

it('a stop finishes what goes on, leaves what is new, and takes nothing more', async () => {
  const { runner, begun, step } = laneOf()
  for (const name of ['a', 'b']) runner.offer('known', name)
  runner.offer('known', 'on-1', true)
  const stopped = runner.stop(5_000)
  runner.offer('known', 'late', true)
  await step()
  await step()
  await stopped
  expect(begun).toEqual(['a', 'on-1'])
})

it('a stop that takes too long leaves the rest', async () => {
  const { runner, begun, step } = laneOf()
  runner.offer('known', 'a')
  runner.offer('known', 'on-1', true)
  await runner.stop(20)
  await step()
  expect(begun).toEqual(['a'])
})
