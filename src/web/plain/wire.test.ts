import { expect, test } from 'vitest'
import { macText } from './wire.ts'

test.each([
  ['001a79123456', '00:1A:79:12:34:56'],
  ['00-1a-79', '00:1A:79'],
  ['00:1A:7', '00:1A:7'],
  ['xx00 1a.79', '00:1A:79'],
  ['001a7912345678', '00:1A:79:12:34:56'],
  ['', ''],
])('%s is shown as %s while it is typed', (typed, shown) => {
  expect(macText(typed)).toBe(shown)
})
