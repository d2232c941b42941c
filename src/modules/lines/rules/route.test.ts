/** Where a new line goes: what must hold for any panels, and the cases that people ask about. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { barrierOf, type RoutePanel, roomOf, route } from './route.ts'

const plain: RoutePanel = {
  id: 'a',
  name: 'A',
  tested: true,
  drained: false,
  weight: 1,
  capacity: null,
  reserved: 0,
  used: 0,
  countries: [],
  sick: false,
  workedOn: false,
  position: 0,
}
const panel = (id: string, more: Partial<RoutePanel> = {}): RoutePanel => ({ ...plain, id, name: id, ...more })

const countries = fc.subarray(['DE', 'AT', 'FR'])
const anyPanel = fc
  .record({
    tested: fc.boolean(),
    drained: fc.boolean(),
    weight: fc.integer({ min: 0, max: 3 }),
    capacity: fc.option(fc.integer({ min: 1, max: 9 })),
    kept: fc.integer({ min: 0, max: 9 }),
    used: fc.integer({ min: 0, max: 12 }),
    countries,
    sick: fc.boolean(),
    workedOn: fc.boolean(),
    position: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ kept, ...facts }) => ({ ...facts, reserved: facts.capacity === null ? 0 : Math.min(kept, facts.capacity) }))
const anyPanels = fc
  .array(anyPanel, { maxLength: 6 })
  .map((all) => all.map((each, index) => panel(`pan_${index}`, each)))
const anyCountry = fc.option(fc.constantFrom('DE', 'AT', 'FR', 'US'))

describe('for any panels', () => {
  test('one is chosen exactly when one is open, and never one that is barred or full', () => {
    fc.assert(
      fc.property(anyPanels, anyCountry, (panels, country) => {
        const { chosen, because } = route(panels, country)
        const open = panels.filter((each) => barrierOf(each, country) === null)
        expect(chosen === null).toBe(open.length === 0)
        expect(because === null).toBe(chosen === null)
        const taken = open.find(({ id }) => id === chosen)
        if (taken !== undefined) expect(roomOf(taken) ?? 1).toBeGreaterThan(0)
        expect(open.map(({ id }) => id).includes(chosen ?? open[0]?.id ?? '')).toBe(open.length > 0)
      }),
    )
  })

  test('the order in which they are read decides nothing, and each has one standing', () => {
    fc.assert(
      fc.property(anyPanels, anyCountry, fc.integer(), (panels, country, seed) => {
        const told = route(panels, country)
        const shuffled = panels.toSorted((a, b) => ((a.used * 7 + seed) % 5) - ((b.used * 7 + seed) % 5)).toReversed()
        expect(route(shuffled, country)).toEqual(told)
        expect(told.panels.map(({ id }) => id).sort()).toEqual(panels.map(({ id }) => id).sort())
        expect(told.panels.filter(({ standing }) => standing === 'chosen').map(({ id }) => id)).toEqual(
          told.chosen === null ? [] : [told.chosen],
        )
      }),
    )
  })

  test('one that answers is never passed over for one in trouble', () => {
    fc.assert(
      fc.property(anyPanels, anyCountry, (panels, country) => {
        const chosen = panels.find(({ id }) => id === route(panels, country).chosen)
        if (chosen === undefined || !(chosen.sick || chosen.workedOn)) return
        const well = panels.filter((each) => barrierOf(each, country) === null && !each.sick && !each.workedOn)
        expect(well).toEqual([])
      }),
    )
  })

  test('sold one by one until nothing is left, no panel holds more than sales may fill, and all of that', () => {
    fc.assert(
      fc.property(anyPanels, anyCountry, (panels, country) => {
        const now = panels.map((each) => ({ ...each, capacity: each.capacity ?? 5 }))
        for (let sold = 0; sold < 100; sold++) {
          const { chosen } = route(now, country)
          if (chosen === null) break
          const at = now.find(({ id }) => id === chosen)
          if (at !== undefined) at.used++
        }
        for (const [index, each] of now.entries()) {
          const before = panels[index]?.used ?? 0
          if (each.used > before) expect(each.used).toBeLessThanOrEqual(each.capacity - each.reserved)
          if (barrierOf({ ...each, used: 0, reserved: 0 }, country) === null)
            expect(roomOf(each)).toBeLessThanOrEqual(0)
        }
      }),
    )
  })

  test('weights are kept: a panel of weight 3 gets three lines for each of one of weight 1', () => {
    const now = [panel('one'), panel('three', { weight: 3 })]
    for (let sold = 0; sold < 400; sold++) {
      const at = now.find(({ id }) => id === route(now, null).chosen)
      if (at !== undefined) at.used++
    }
    expect(now.map(({ used }) => used)).toEqual([100, 300])
  })
})

describe('told in words', () => {
  test.each<[string, RoutePanel[], string | null, string | null, string | null]>([
    ['nothing is mapped', [], null, null, null],
    ['one panel', [panel('a')], null, 'a', 'only'],
    ['one that is left', [panel('a', { drained: true }), panel('b')], null, 'b', 'only_left'],
    ['the other does not answer', [panel('a', { sick: true }), panel('b', { used: 9 })], null, 'b', 'answers'],
    ['the other is worked on', [panel('a', { workedOn: true }), panel('b', { used: 9 })], null, 'b', 'answers'],
    ['the only one is worked on', [panel('a', { workedOn: true })], null, 'a', 'only'],
    ['one for his country', [panel('a'), panel('b', { countries: ['AT'], used: 9 })], 'AT', 'b', 'near'],
    ['one for another country', [panel('a', { used: 9 }), panel('b', { countries: ['AT'] })], 'DE', 'a', 'only_left'],
    ['nobody knows his country', [panel('a', { used: 9 }), panel('b', { countries: ['AT'] })], null, 'a', 'near'],
    ['only for others', [panel('a', { countries: ['AT'] })], 'DE', null, null],
    ['most room', [panel('a', { used: 2 }), panel('b', { used: 1 })], null, 'b', 'room'],
    [
      'a share of what they hold',
      [panel('small', { capacity: 10, used: 5 }), panel('big', { capacity: 100, used: 20 })],
      null,
      'big',
      'room',
    ],
    ['alike', [panel('a', { position: 1 }), panel('b')], null, 'b', 'first'],
    ['the last places are kept', [panel('a', { capacity: 10, reserved: 2, used: 8 })], null, null, null],
    ['not tested', [panel('a', { tested: false })], null, null, null],
    ['no weight', [panel('a', { weight: 0 })], null, null, null],
  ])('%s', (_, panels, country, chosen, because) => {
    expect(route(panels, country)).toMatchObject({ chosen, because })
  })
})
