import { describe, expect, it } from 'vitest'
import { deriveKey, equalSecrets, newDataKey, openDataKey, readablePassword, seal, unseal } from './crypto.ts'

const key = new Uint8Array(32).fill(7)

describe('a sealed text', () => {
  it('opens with its key at its place', () => {
    expect(unseal(key, 'biz_1/line_1', seal(key, 'biz_1/line_1', 'k7mw-p3xq'))).toBe('k7mw-p3xq')
  })

  it('is another each time, and shows nothing of the text', () => {
    const [a, b] = [seal(key, 'here', 'same'), seal(key, 'here', 'same')]
    expect(a).not.toBe(b)
    expect(Buffer.from(a, 'base64url').includes('same')).toBe(false)
  })

  it('does not open elsewhere, with another key, cut short or altered in any byte', () => {
    const sealed = seal(key, 'biz_1/line_1', 'secret')
    expect(() => unseal(key, 'biz_2/line_1', sealed)).toThrow()
    expect(() => unseal(new Uint8Array(32).fill(8), 'biz_1/line_1', sealed)).toThrow()
    const bytes = Buffer.from(sealed, 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const altered = Buffer.from(bytes)
      altered[index] = (altered[index] ?? 0) ^ 1
      expect(() => unseal(key, 'biz_1/line_1', altered.toString('base64url'))).toThrow()
      expect(() => unseal(key, 'biz_1/line_1', bytes.subarray(0, index).toString('base64url'))).toThrow()
    }
  })
})

it('wraps a data key for one business only', () => {
  const { key: made, wrapped } = newDataKey(key, 'biz_1')
  expect(Buffer.from(openDataKey(key, 'biz_1', wrapped))).toEqual(Buffer.from(made))
  expect(() => openDataKey(key, 'biz_2', wrapped)).toThrow()
})

it('derives a key per purpose', () => {
  expect(deriveKey(key, 'links')).toEqual(deriveKey(key, 'links'))
  expect(deriveKey(key, 'links')).not.toEqual(deriveKey(key, 'cursors'))
})

it('compares secrets of any length', () => {
  expect(equalSecrets('abc', 'abc')).toBe(true)
  expect(equalSecrets('abc', 'abcd')).toBe(false)
  expect(equalSecrets('', 'a')).toBe(false)
})

it('makes passwords that can be read from a screen across the room', () => {
  const many = Array.from({ length: 500 }, () => readablePassword())
  expect(many.every((each) => /^[a-hjkmnp-z2-9]{10}$/.test(each))).toBe(true)
  expect(new Set(many).size).toBe(500)
})
