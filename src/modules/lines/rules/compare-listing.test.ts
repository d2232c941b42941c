import { describe, expect, test } from 'vitest'
import type { ListedLine } from '#adapters/panels/panel.ts'
import { instant } from '#platform/time.ts'
import {
  absent,
  comparePage,
  compareWhole,
  doubtOf,
  type Kept,
  leftToClear,
  mostMended,
  type Powers,
} from './compare-listing.ts'

const at = instant('2026-03-01T12:00:00Z')
const later = instant('2026-04-01T12:00:00Z')
const over = instant('2026-02-01T12:00:00Z')
const powers: Powers = { absolute: true, charged: false, canDelete: true }
const nobody = { ids: new Set<string>(), names: new Set<string>() }

const line = (more: Partial<Kept> = {}): Kept => ({
  id: 'line_a',
  username: 'ana',
  remoteId: '7',
  box: false,
  wanted: 'active',
  wantedUntil: later,
  connections: 2,
  quiet: true,
  foundAt: over,
  price: { minor: 1000n, currency: 'EUR', term: { unit: 'month', count: 1 } },
  ...more,
})
const row = (more: Partial<ListedLine> = {}): ListedLine => ({
  ref: '7',
  username: 'ana',
  marker: 'ref:line_a',
  enabled: true,
  banned: false,
  expiresAt: later,
  maxConnections: 2,
  ...more,
})
const theBox = { ref: 'mag:3', username: 'hidden', mac: '00:1A:79:00:00:01', maxConnections: 1 }
const compared = (r: Partial<ListedLine>, k: Partial<Kept> | null, p = powers, others = nobody) => {
  const { findings, strays } = comparePage([row(r)], k === null ? [] : [line(k)], others, p, at)
  if (strays.length > 0) return 'stray'
  const [found] = findings
  return found === undefined ? 'agrees' : `${found.kind} ${found.shape}${found.safe ? ' safe' : ''}`
}

test('where grace costs credits, a line that ended with what was paid is as it should be', () => {
  const charged = { absolute: false, charged: true, canDelete: true }
  const grace = { paidUntil: over }
  expect(compared({ expiresAt: over }, grace, charged)).toBe('agrees')
  expect(compared({ expiresAt: over }, { paidUntil: later }, charged)).toBe('paid_not_served expired')
  expect(compared({ expiresAt: over }, grace)).toBe('paid_not_served expired safe')
  expect(compared({ enabled: false }, grace, charged)).toBe('paid_not_served disabled safe')
  expect(absent(line(grace), charged, at)).toBeNull()
  expect(absent(line({ paidUntil: later }), charged, at)).toMatchObject({ kind: 'paid_not_served', shape: 'absent' })
})

describe('one row beside its line', () => {
  test.each<[string, Partial<ListedLine>, Partial<Kept> | null, string]>([
    ['in step', {}, {}, 'agrees'],
    ['found by name where nobody marked it', { marker: null }, {}, 'agrees'],
    ['an end within a minute', { expiresAt: later.add({ seconds: 59 }) }, {}, 'agrees'],
    ['switched off', { enabled: false }, {}, 'paid_not_served disabled safe'],
    ['banned is not ours to undo', { banned: true }, {}, 'paid_not_served banned'],
    ['over there', { expiresAt: over }, {}, 'paid_not_served expired safe'],
    ['two fields', { maxConnections: 5, expiresAt: null }, {}, 'edited_by_hand expires_at=never connections=5 safe'],
    ['another name, our mark', { username: 'anna' }, {}, 'edited_by_hand username=anna safe'],
    ['a box is listed by its address', { username: '00:1A:79:00:00:01', maxConnections: 1 }, { box: true }, 'agrees'],
    ['suspended and off', { enabled: false }, { wanted: 'suspended' }, 'agrees'],
    ['suspended and playing', {}, { wanted: 'suspended' }, 'served_not_paid plays safe'],
    ['suspended and over there', { expiresAt: over }, { wanted: 'suspended' }, 'agrees'],
    ['ended and playing', {}, { wanted: 'ended', remoteId: null }, 'expired_active plays safe'],
    ['ended and switched off', { enabled: false }, { wanted: 'ended', remoteId: null }, 'agrees'],
    ['its end has passed, and it plays', {}, { wantedUntil: over }, 'expired_active plays safe'],
    ['never paid', {}, { wanted: 'none', remoteId: null }, 'served_not_paid plays'],
    ['another number', { ref: '8' }, {}, 'stray'],
    ['the box beside its login', theBox, { coupledMac: theBox.mac }, 'agrees'],
    ['it plays by itself', theBox, { coupledMac: theBox.mac, wanted: 'suspended' }, 'served_not_paid plays safe'],
    ['it does not play', { ...theBox, enabled: false }, { coupledMac: theBox.mac }, 'paid_not_served disabled safe'],
    ['a second box under the mark', { ...theBox, mac: '00:1A:79:00:00:02' }, { coupledMac: theBox.mac }, 'stray'],
    ["somebody's mark under our name", { marker: 'ref:other' }, {}, 'orphan ana ref:other'],
    ['an ended line left its name', { marker: null }, { wanted: 'ended' }, 'orphan ana'],
    ['nobody knows it', { marker: null }, null, 'orphan ana'],
    ['the reconciler is at it', { enabled: false }, { quiet: false }, 'agrees'],
    ['read back after the page', { enabled: false }, { foundAt: later }, 'agrees'],
  ])('%s', (_name, r, k, expected) => expect(compared(r, k)).toBe(expected))

  test('what packages decide is not compared, and nothing that costs is safe', () => {
    const sold: Powers = { absolute: false, charged: true, canDelete: true }
    expect(compared({ maxConnections: 5, expiresAt: later.add({ hours: 99 }) }, {}, sold)).toBe('agrees')
    expect(compared({ expiresAt: over }, {}, sold)).toBe('paid_not_served expired')
    expect(compared({ enabled: false }, {}, sold)).toBe('paid_not_served disabled safe')
  })
  test("other sellers' lines are known, by mark or by name", () => {
    expect(compared({}, null, powers, { ...nobody, ids: new Set(['line_a']) })).toBe('agrees')
    expect(compared({ marker: null }, null, powers, { ...nobody, names: new Set(['ana']) })).toBe('agrees')
    expect(compared({}, null, powers, { ...nobody, names: new Set(['ana']) })).toBe('orphan ana ref:line_a')
  })
  test.each([
    ['on', {}, []],
    ['off', {}, ['lef_a']],
    ['off', { enabled: false }, []],
    ['off', { expiresAt: over }, []],
    ['gone', { enabled: false }, ['lef_a']],
    ['given_up', {}, ['lef_a']],
    ['off', { marker: 'ref:other' }, []],
    ['off', { marker: null }, ['lef_a']],
  ] as const)('what a moved line left, and is %s, listed as %j', (state, r, again) =>
    expect(leftToClear([row(r)], [{ id: 'lef_a', lineId: 'line_a', username: 'ana', state }], at)).toEqual(again),
  )
  test.each([
    ['a term', { enabled: false }, 1000n],
    ['half a month that was given', { expiresAt: later.add({ seconds: 1_314_900 }) }, 500n],
    ['for ever', { expiresAt: null }, 1000n],
    ['connections have no price here', { maxConnections: 9 }, null],
    ['an end that is too early costs nothing', { expiresAt: later.subtract({ hours: 9 }) }, null],
  ])('at stake: %s', (_name, r, minor) => {
    const [found] = comparePage([row(r)], [line()], nobody, powers, at).findings
    expect(found?.value).toEqual(minor === null ? null : { minor, currency: 'EUR' })
  })
})

describe('a line that was looked up whole', () => {
  const coupled = { coupledMac: theBox.mac }
  test.each<[string, Partial<ListedLine>, Partial<Kept>, string]>([
    ['with its box', { mac: theBox.mac }, coupled, 'agrees'],
    ['its box is not there', { mac: null }, coupled, 'paid_not_served box_absent safe'],
    ['its box has another address', { mac: '00:1A:79:00:00:02' }, coupled, 'paid_not_served box_absent safe'],
    ['none was sold with it', { mac: null }, {}, 'agrees'],
    ['its login counts first', { mac: null, enabled: false }, coupled, 'paid_not_served disabled safe'],
    [
      'suspended and off, nobody misses it',
      { mac: null, enabled: false },
      { ...coupled, wanted: 'suspended' },
      'agrees',
    ],
    ['its end has passed', { mac: null, enabled: false }, { ...coupled, wantedUntil: over }, 'agrees'],
    ['the reconciler is at it', { mac: null }, { ...coupled, quiet: false }, 'agrees'],
    ['read back since', { mac: null }, { ...coupled, foundAt: later }, 'agrees'],
    ['asleep: not unasked', { mac: null }, { ...coupled, asleep: true }, 'paid_not_served box_absent'],
  ])('%s', (_name, r, k, expected) => {
    const found = compareWhole(row(r), line(k), powers, at)
    expect(found === null ? 'agrees' : `${found.kind} ${found.shape}${found.safe ? ' safe' : ''}`).toBe(expected)
  })
  test('a listing says which boxes it showed, on a row of their own or on that of the login', () => {
    const seen = (r: Partial<ListedLine>) => comparePage([row(r)], [line(coupled)], nobody, powers, at).boxes
    expect(seen(theBox)).toEqual([`line_a ${theBox.mac}`])
    expect(seen({ mac: theBox.mac })).toEqual([`line_a ${theBox.mac}`])
    expect(seen({ ...theBox, mac: '00:1A:79:00:00:02' })).toEqual([])
    expect(seen({})).toEqual([])
  })
})

test.each([
  [{ listed: 0, lastListed: null, expected: 0, missing: 0 }, null],
  [{ listed: 0, lastListed: 5, expected: 0, missing: 0 }, null],
  [{ listed: 0, lastListed: 11, expected: 0, missing: 0 }, /no line at all/],
  [{ listed: 0, lastListed: null, expected: 1, missing: 1 }, /no line at all/],
  [{ listed: 90, lastListed: 100, expected: 20, missing: 10 }, null],
  [{ listed: 900, lastListed: null, expected: 900, missing: 91 }, /left out 91/],
  [{ listed: 90, lastListed: null, expected: 90, missing: 0, boxes: 40, missingBoxes: 10 }, null],
  [
    { listed: 90, lastListed: null, expected: 90, missing: 0, boxes: 40, missingBoxes: 11 },
    /left out 11 of our 40 boxes/,
  ],
  [{ listed: 69, lastListed: 100, expected: 0, missing: 0 }, /69 lines, and 100/],
  [{ listed: 3, lastListed: 10, expected: 3, missing: 0 }, null],
])('whether a list is believed: %o', (told, doubt) => {
  if (doubt === null) expect(doubtOf(told)).toBeNull()
  else expect(doubtOf(told)).toMatch(doubt)
})

test('one in twenty, ten in any case', () => expect([0, 200, 1_000].map(mostMended)).toEqual([10, 10, 50]))
