import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Queue } from './queue.ts'

test('whatever is put in comes out by time, and at one time in the order in which it came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new Queue<number>()
      for (const [index, at] of times.entries()) queue.put(at, index)
      const out: [number, number][] = []
      for (let next = queue.take(); next !== undefined; next = queue.take()) out.push([next.at, next.item])
      const sorted = times.map((at, index): [number, number] => [at, index]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
      expect(out).toEqual(sorted)
    }),
  )
})
