import { describe, expect, test } from 'vitest'
import { isSuccess, toDecimalString, toExpiry, toFlag, toInt, toInts, toText, toTexts } from './normalize.ts'

const nothing = undefined

test.each([
  [true, true],
  [1, true],
  ['1', true],
  ['true', true],
  [' OK ', true],
  ['success', true],
  ['Success', true],
  ['on', true],
  ['yes', true],
  ['STATUS_SUCCESS', true],
  ['STATUS_SUCCESS_MULTI', true],
  [false, false],
  [0, false],
  [2, false],
  ['0', false],
  ['', false],
  [null, false],
  [nothing, false],
  ['STATUS_FAILURE', false],
  ['STATUS_SUCCESSOR', false],
  ['failed', false],
  ['unsuccess', false],
  [{}, false],
  [[], false],
  [200, false],
])('isSuccess(%j) is %j', (value, wanted) => expect(isSuccess(value)).toBe(wanted))

test.each([
  [true, true],
  [1, true],
  ['1', true],
  ['on', true],
  ['yes', true],
  [-1, true],
  ['2', true],
  [false, false],
  [0, false],
  ['0', false],
  ['', false],
  [' ', false],
  ['off', false],
  ['No', false],
  ['null', false],
  ['false', false],
  [null, nothing],
  [nothing, nothing],
  [Number.NaN, nothing],
  [{}, nothing],
  [[], nothing],
])('toFlag(%j) is %j', (value, wanted) => expect(toFlag(value)).toBe(wanted))

test.each([
  [12, 12],
  ['12', 12],
  [' 12 ', 12],
  ['12.0', 12],
  ['-3', -3],
  [0, 0],
  ['0', 0],
  ['', nothing],
  [null, nothing],
  ['abc', nothing],
  ['12.5', nothing],
  [12.5, nothing],
  ['1e3', nothing],
  ['0x10', nothing],
  [Number.NaN, nothing],
  ['99999999999999999999', nothing],
  [true, nothing],
  [[5], nothing],
])('toInt(%j) is %j', (value, wanted) => expect(toInt(value)).toBe(wanted))

test.each([
  [485, '485'],
  [485.5, '485.5'],
  ['485.0000', '485.0000'],
  ['1,194.44', '1194.44'],
  ['1,234,567', '1234567'],
  [' -3.5 ', '-3.5'],
  ['1.194,44', nothing],
  ['1,19', nothing],
  ['12,3456', nothing],
  ['', nothing],
  ['abc', nothing],
  [1e21, nothing],
  [null, nothing],
])('toDecimalString(%j) is %j', (value, wanted) => expect(toDecimalString(value)).toBe(wanted))

test.each([
  ['a', 'a'],
  [5, '5'],
  ['', ''],
  [null, null],
  [nothing, null],
  [{}, null],
])('toText(%j) is %j', (value, wanted) => {
  expect(toText(value)).toBe(wanted)
})

describe('expiry', () => {
  const end = '2025-12-31T23:59:59Z'
  test.each([
    [1767225599, end],
    ['1767225599', end],
    [1767225599000, end],
    ['1767225599000', end],
    [' 1767225599 ', end],
    ['2026-07-31 23:59:59', '2026-07-31T21:59:59Z'],
    ['2026-12-31', '2026-12-30T23:00:00Z'],
    ['2026-12-31 23:59', '2026-12-31T22:59:00Z'],
    ['31-12-2026 23:59', '2026-12-31T22:59:00Z'],
    ['2026-12-31T23:59:59Z', '2026-12-31T23:59:59Z'],
    ['2026-12-31T23:59:59+02:00', '2026-12-31T21:59:59Z'],
  ])('%j in Paris is %s', (value, wanted) => expect(toExpiry(value, 'Europe/Paris')?.toString()).toBe(wanted))

  test.each([null, '', '0', 0, false, 'null', 'Unlimited', 'never', '0000-00-00 00:00:00', '0000-00-00'])(
    '%j is never',
    (value) => {
      expect(toExpiry(value, 'UTC')).toBeNull()
    },
  )

  test.each([nothing, true, {}, [], 'soon', '2026-13-01', '2026-02-30', '12/31/2026', -5, 1.5, Number.NaN])(
    '%j cannot be read',
    (value) => {
      expect(toExpiry(value, 'UTC')).toBeUndefined()
    },
  )
})

test.each([
  ['[1,2,3]', [1, 2, 3]],
  [
    [3, 1, 2, 1],
    [1, 2, 3],
  ],
  [
    ['1', ' 2 '],
    [1, 2],
  ],
  ['["2","1"]', [1, 2]],
  ['1,2,3', [1, 2, 3]],
  ['7', [7]],
  [7, [7]],
  [{ 0: 1, 2: 5 }, [1, 5]],
  ['{"0":1,"2":"5"}', [1, 5]],
  ['', []],
  ['[]', []],
  [null, []],
  ['null', []],
  [[], []],
  [{}, []],
  [nothing, nothing],
  ['[1,', nothing],
  ['abc', nothing],
  [[{}], nothing],
  [true, nothing],
  [['a'], nothing],
])('toInts(%j) is %j', (value, wanted) => expect(toInts(value)).toEqual(wanted))

test('texts keep their order, commas inside JSON and repeats', () => {
  expect(toTexts('["VLC/3, really","a","a"]')).toEqual(['VLC/3, really', 'a', 'a'])
  expect(toTexts('1.2.3.4, 5.6.7.8')).toEqual(['1.2.3.4', '5.6.7.8'])
})
