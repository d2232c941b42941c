import { describe, expect, test } from 'vitest'
import { looksLikeMag, macFaults, parseMac } from './mac.ts'

const mac = '00:1A:79:AB:CD:EF'

describe('a MAC address', () => {
  test.each([
    mac,
    '00:1a:79:ab:cd:ef',
    '00-1A-79-AB-CD-EF',
    '001a.79ab.cdef',
    '001A79ABCDEF',
    '  00 1a 79 ab cd ef ',
    '00:1А:79:АВ:СD:ЕF', // Cyrillic А, В, С, Е.
  ])('%s is read', (text) => expect(parseMac(text)).toEqual({ mac }))

  test.each([
    ['', 'length'],
    ['00:1A:79:AB:CD', 'length'],
    ['00:1A:79:AB:CD:EF:01', 'length'],
    ['00:1A:79:AB:CD:EG', 'not_hex'],
    ['0O:1A:79:AB:CD:EF', 'not_hex'],
    ['00:00:00:00:00:00', 'not_a_device'],
    ['FF:FF:FF:FF:FF:FF', 'not_a_device'],
    ['01:00:5E:00:00:FB', 'not_a_device'],
  ] as const)('%s is told as %s', (text, fault) => {
    expect(parseMac(text)).toEqual({ fault })
    expect(macFaults[fault]).toMatch(/MAC address/)
  })

  test('the prefixes of MAG boxes are a hint', () => {
    expect(looksLikeMag(mac)).toBe(true)
    expect(looksLikeMag('10:27:BE:00:00:01')).toBe(true)
    expect(looksLikeMag('10:27:BF:00:00:01')).toBe(false)
  })
})
