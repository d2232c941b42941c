import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allOf, breaksFrom, breaksInRow, dipsOf, eachOf, faultOfBreaks } from './rules.ts'

const price = {
  priceMinor: 300n,
  breaks: [
    { from: 3, amountMinor: 250n },
    { from: 5, amountMinor: 180n },
  ],
}

test.each([
  [1, 300n, 300n],
  [2, 300n, 600n],
  [3, 250n, 750n],
  [4, 250n, 1000n],
  [5, 180n, 900n],
  [49, 180n, 8820n],
])('%i pieces cost %s each, %s in all', (quantity, each, all) => {
  expect([eachOf(price, quantity), allOf(price, quantity)]).toEqual([each, all])
})

test('where more cost less in all, it is said; beyond what can be had it does not matter', () => {
  expect(dipsOf(price, 49)).toEqual([{ quantity: 5, total: 900n, before: 1000n }])
  expect(dipsOf(price, 4)).toEqual([])
})

test('breakpoints begin at two and rise', () => {
  expect(faultOfBreaks([{ from: 2 }, { from: 9 }])).toBeNull()
  expect(faultOfBreaks([{ from: 1 }])).not.toBeNull()
  expect(faultOfBreaks([{ from: 9 }, { from: 9 }])).not.toBeNull()
})

describe('any table', () => {
  const tables = fc
    .record({
      priceMinor: fc.bigInt({ min: 0n, max: 100_000n }),
      breaks: fc.uniqueArray(
        fc.record({ from: fc.integer({ min: 2, max: 49 }), amountMinor: fc.bigInt({ min: 0n, max: 100_000n }) }),
        { selector: ({ from }) => from, maxLength: 6 },
      ),
    })
    .map((table) => ({ ...table, breaks: table.breaks.sort((a, b) => a.from - b.from) }))

  test('is in order, comes out of its row as it went in, and warns exactly where one more costs less', () =>
    fc.assert(
      fc.property(tables, (table) => {
        expect(faultOfBreaks(table.breaks)).toBeNull()
        expect(breaksFrom(breaksInRow(table.breaks))).toEqual(table.breaks)
        const cheaper = Array.from({ length: 48 }, (_, index) => index + 2).filter(
          (quantity) => allOf(table, quantity) < allOf(table, quantity - 1),
        )
        expect(dipsOf(table, 49).map(({ quantity }) => quantity)).toEqual(cheaper)
      }),
    ))

  test('asks the same for a number, whichever numbers came before it', () =>
    fc.assert(
      fc.property(tables, fc.array(fc.integer({ min: 0, max: 49 }), { maxLength: 8 }), (table, steps) => {
        // Differences from number to number add up to the last number alone.
        const sum = steps.reduce(
          ({ at, paid }, next) => ({ at: next, paid: paid + allOf(table, next) - allOf(table, at) }),
          { at: 0, paid: 0n },
        )
        expect(sum.paid).toBe(allOf(table, steps.at(-1) ?? 0))
      }),
    ))
})
