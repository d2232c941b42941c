/** The simulation as a test: as many seeds as a run of all tests has time for; `npm run simulate` lives any number. */
import { expect, inject, test } from 'vitest'
import { simulate } from './crew.ts'
import type { Told } from './run-seed.ts'

async function live(seeds: readonly number[], days: number, processes = 2): Promise<Told[]> {
  const results: Told[] = []
  await simulate({
    serverUrl: inject('serverUrl'),
    templateName: inject('templateName'),
    seeds,
    days,
    subscriptions: [30, 60],
    processes,
    told: (result) => results.push(result) > 0,
  })
  return results
}

const faultsOf = (results: readonly Told[]) => new Set(results.flatMap(({ faults }) => Object.keys(faults)))

const mustStrike = [
  ...['crash', 'clock_back', 'clock_ahead', 'duplicate_notice'],
  ...['timeout_before', 'timeout_after', 'http_500', 'html', 'null', 'down', 'slow'].map((fault) => `gateway_${fault}`),
  ...['notice_lost', 'notice_held', 'notice_twice'].map((fault) => `gateway_${fault}`),
  ...['timeout_before', 'timeout_after', 'http_500', 'html', 'null', 'empty', 'truncated', 'down'].map(
    (fault) => `panel_${fault}`,
  ),
  'mail_refusing',
]
const mostSpared = 3

test('the same seed gives the same log, and another seed another', { timeout: 300_000 }, async () => {
  const [first, second, other] = await live([7, 7, 8], 12, 1)
  expect(first).toEqual(second)
  expect(first?.broken).toEqual([])
  expect(first?.hash).not.toBe(other?.hash)
})

test('shops live for two months among mishaps, and no invariant breaks', { timeout: 900_000 }, async () => {
  const results = await live([1, 2, 3, 4], 60)
  expect(results.flatMap(({ seed, broken }) => broken.map((each) => `seed ${seed}: ${each}`))).toEqual([])
  // A fault that never struck proves nothing. In four shops chance may spare a few kinds; which, changes with every act that is added.
  const struck = faultsOf(results)
  expect(mustStrike.filter((fault) => !struck.has(fault)).slice(mostSpared)).toEqual([])
})
