import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../log.ts'
import type { Handlers } from './handlers.ts'
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
