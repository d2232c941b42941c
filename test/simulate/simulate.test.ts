/** A glance at the simulation: `npm test` lives many more seeds after all tests (`test/support/run-all.ts`), `npm run simulate` any number. */
import { expect, inject, test } from 'vitest'
import { never } from './counters.ts'
import { simulate } from './crew.ts'
import type { Told } from './run-seed.ts'

async function live(seeds: readonly number[], days: number, { processes = 2, moveIn = 0 } = {}): Promise<Told[]> {
  const results: Told[] = []
  await simulate({
    serverUrl: inject('serverUrl'),
    templateName: inject('templateName'),
    seeds,
    days,
    subscriptions: [30, 60],
    processes,
    moveIn,
    told: (result) => results.push(result) > 0,
  })
  return results
}

// Once in a while, on a machine under load, two logs of one seed differed in one place that nobody has found yet: what differs twice has a cause.
test('the same seed gives the same log, and another seed another', { timeout: 300_000, retry: 1 }, async () => {
  const [first, second, other] = await live([7, 7, 8], 12, { processes: 1 })
  expect(first).toEqual(second)
  expect(first?.broken).toEqual([])
  expect(first?.hash).not.toBe(other?.hash)
})

test('a shop moves in with the lines it has, and lives on with them', { timeout: 300_000 }, async () => {
  const results = await live([1, 2], 8, { moveIn: 25 })
  expect(results.flatMap(({ seed, broken }) => broken.map((each) => `seed ${seed}: ${each}`))).toEqual([])
  expect(results.map(({ acts }) => acts['moved in with its lines'])).toEqual([1, 1])
})

test('three shops live for a month among mishaps, and no invariant breaks', { timeout: 600_000 }, async () => {
  const results = await live([1, 2, 3], 30)
  expect(results.flatMap(({ seed, broken }) => broken.map((each) => `seed ${seed}: ${each}`))).toEqual([])
  expect(never({}, {})).toContain('crash')
  const { faults, acts } = results.reduce(
    (all, each) => ({ faults: { ...all.faults, ...each.faults }, acts: { ...all.acts, ...each.acts } }),
    { faults: {}, acts: {} },
  )
  // A fault that never struck proves nothing; in three shops chance spares many kinds, in all of `npm test` none.
  expect(never(faults, acts).length).toBeLessThan(never({}, {}).length / 2)
})
