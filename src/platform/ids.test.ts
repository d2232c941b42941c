import { expect, it } from 'vitest'
import { stoppedClock } from './clock.ts'
import { isId, newId } from './ids.ts'

it('sorts by birth, also within one millisecond', () => {
  const clock = stoppedClock('2026-01-31T12:00:00Z')
  const made: string[] = []
  for (let day = 0; day < 3; day++) {
    for (let index = 0; index < 200; index++) made.push(newId('sub', clock))
    clock.advance({ milliseconds: 1 })
  }
  expect(made.toSorted()).toEqual(made)
  expect(new Set(made).size).toBe(600)
})

it('tells its own from what cannot be one', () => {
  const clock = stoppedClock('2026-01-31T12:00:00Z')
  expect(isId('sub', newId('sub', clock))).toBe(true)
  expect(['inv_01', newId('inv', clock), `${newId('sub', clock)}x`, '../sub'].map((text) => isId('sub', text))).toEqual(
    [false, false, false, false],
  )
})
