import { expect, it } from 'vitest'
import { countTests, doubtful, withSecondTry } from './count-tests.ts'

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each) => ({ status: each })),
})
const report = (...testResults: ReturnType<typeof file>[]) => ({ testResults })

it.each([
  ['all passed', report(file('passed', 'passed', 'passed')), true, { passed: 2, failed: 0 }],
  ['one failed', report(file('failed', 'passed', 'failed')), false, { passed: 1, failed: 1 }],
  ['a test that was skipped', report(file('passed', 'passed', 'skipped')), true, { passed: 1, failed: 1 }],
  ['a test that is still to be written', report(file('passed', 'todo')), true, { passed: 0, failed: 1 }],
  ['a file that does not load', report(file('passed', 'passed'), file('failed')), false, { passed: 1, failed: 1 }],
  ['a fault outside any test', report(file('passed', 'passed')), false, { passed: 1, failed: 1 }],
  ['no report', null, false, { passed: 0, failed: 1 }],
  ['a report of another shape', { results: [] }, true, { passed: 0, failed: 1 }],
])('counts %s', (_, given, succeeded, counts) => {
  expect(countTests(given, succeeded)).toEqual(counts)
})

const named = (name: string, ...tests: string[]) => ({
  name,
  status: tests.every((each) => each === 'passed') ? 'passed' : 'failed',
  assertionResults: tests.map((status) => ({ status })),
})

it('runs again what failed, and counts how that ended', () => {
  const first = { testResults: [named('a', 'passed'), named('b', 'failed', 'passed')] }
  expect(doubtful(first)).toEqual(['b'])
  const counted = (second: unknown) => countTests(withSecondTry(first, second), true)
  expect(counted({ testResults: [named('b', 'passed', 'passed')] })).toEqual({ passed: 3, failed: 0 })
  expect(counted({ testResults: [named('b', 'failed', 'passed')] })).toEqual({ passed: 2, failed: 1 })
  expect(counted({ testResults: [named('b', 'passed', 'skipped')] })).toEqual({ passed: 2, failed: 1 })
  // A second try that did not take place excuses nothing.
  for (const none of [null, { testResults: [] }, { testResults: [named('c', 'passed')] }])
    expect(counted(none)).toEqual({ passed: 0, failed: 1 })
})

it('does not run again what is no accident, or what is well', () => {
  expect(doubtful({ testResults: [named('a', 'passed')] })).toEqual([])
  expect(doubtful({ testResults: ['a', 'b', 'c', 'd'].map((name) => named(name, 'failed')) })).toEqual([])
  expect(doubtful(null)).toEqual([])
})
