import { expect, test } from 'vitest'
import { checkCharacter, grouped, newCode, readCode, stateOf } from './rules.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

test('a code is read however it is typed, and never the same twice', () => {
  const codes = Array.from({ length: 2_000 }, newCode)
  expect(new Set(codes).size).toBe(codes.length)
  for (const code of codes) {
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    const plain = code.replaceAll('-', '')
    expect(readCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)).toBe(plain)
    expect(readCode(plain.replaceAll('0', 'O').replaceAll('1', 'l'))).toBe(plain)
    expect(grouped(plain)).toBe(code)
  }
})

test('one slip is always noticed, two neighbours that changed places nearly always', () => {
  const plain = newCode().replaceAll('-', '')
  for (let at = 0; at < plain.length; at++)
    for (const other of alphabet)
      if (other !== plain[at]) expect(readCode(plain.slice(0, at) + other + plain.slice(at + 1))).toBeNull()
  let passed = 0
  for (const a of alphabet)
    for (const b of alphabet) {
      const [one, two] = [`${a}${b}`, `${b}${a}`]
      if (a !== b && checkCharacter(`000${one}`) === checkCharacter(`000${two}`)) passed++
    }
  // Only the first and the last character of the alphabet for each other.
  expect(passed).toBe(2)
})

test.each(['', 'K3M9', 'K3M9-0000-0000-000U', '0'.repeat(17), 'ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ'])('%s is no code', (typed) => {
  expect(readCode(typed)).toBeNull()
})

test('what is unused ends with its last day', () => {
  const at = (text: string) => Temporal.Instant.from(text)
  const last = at('2026-06-01T00:00:00Z')
  expect(stateOf('unused', last, at('2026-05-31T23:59:59Z'))).toBe('unused')
  expect(stateOf('unused', last, last)).toBe('expired')
  expect(stateOf('redeemed', last, last)).toBe('redeemed')
  expect(stateOf('unused', null, last)).toBe('unused')
})
