import { expect, test } from 'vitest'
import { eachKey, keySetOf } from './key-set.ts'

const written = (...keys: bigint[]) => {
  const bytes = Buffer.alloc(keys.length * 8)
  for (const [at, key] of keys.entries()) bytes.writeBigInt64BE(key, at * 8)
  return bytes
}
const read = (bytes: Uint8Array) => {
  const keys: { high: number; low: number }[] = []
  eachKey(bytes, (key) => keys.push({ ...key }))
  return keys
}

test('it knows what it holds, and which of it was not seen', () => {
  const many = Array.from({ length: 1_000 }, (_, n) => BigInt.asIntN(64, BigInt(n) * 0x9e3779b97f4a7c15n))
  const keys = keySetOf(written(...many))
  expect(keys.unseen().sort()).toEqual([...many].sort())
  for (const key of read(written(...many.slice(1)))) expect(keys.see(key)).toBe(true)
  expect(keys.see({ high: 5, low: 5 })).toBe(false)
  expect(keys.unseen()).toEqual([0n])
})

test('keys that would stand at the same place are told apart, and one that comes twice is one', () => {
  const keys = keySetOf(written(1n << 32n, 2n << 32n, -1n, -1n))
  expect(keys.see({ high: 3, low: 0 })).toBe(false)
  expect(keys.see({ high: 2, low: 0 })).toBe(true)
  expect(keys.see({ high: 2, low: 0 })).toBe(true)
  expect(keys.see({ high: -1, low: -1 })).toBe(true)
  expect(keys.unseen()).toEqual([1n << 32n])
})

test('of nothing it knows nothing', () => {
  const keys = keySetOf(new Uint8Array())
  expect(keys.see({ high: 0, low: 0 })).toBe(false)
  expect(keys.unseen()).toEqual([])
})
