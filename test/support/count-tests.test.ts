import { expect, it } from 'vitest'
import { countTests } from './count-tests.ts'

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
