import { describe, expect, test } from 'vitest'
import { Refusal } from '#platform/errors.ts'
import { parseJson, pointerPart } from './json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const refusal = (input: string | Uint8Array): Refusal => {
  try {
    parseJson(typeof input === 'string' ? bytes(input) : input)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('it was taken')
}

test('reads what is JSON', () => {
  for (const value of [
    { a: [1, { a: 'x:"{[' }], b: { a: null } },
    [],
    'a "quoted" \\ text',
    12.5,
    null,
    { '': 1, é: '😀' },
  ])
    expect(parseJson(bytes(JSON.stringify(value)))).toEqual(value)
})

describe('refuses', () => {
  const unreadable: [string, string | Uint8Array][] = [
    ['no JSON', '{"a":}'],
    ['nothing', ' '],
    ['a comment', '{"a":1} // yes'],
    ['half a text', '{"a":"b'],
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, written differently', '{"a":1,"\\u0061":2}'],
    ['a key twice, deep inside', '{"x":[{"a":{"b":1,"c":2,"b":3}}]}'],
    ['broken UTF-8', new Uint8Array([0x22, 0xc3, 0x28, 0x22])],
    ['21 levels', '['.repeat(21) + ']'.repeat(21)],
    ['100,000 levels', '['.repeat(100_000)],
  ]
  test.each(unreadable)('%s: bad_request', (_name, input) => expect(refusal(input).code).toBe('bad_request'))

  test.each([
    ['NUL', '{"a":{"b/c":["x\\u0000"]}}', '/a/b~1c/0', 'nul'],
    ['half a character', '{"a":"\\ud800"}', '/a', 'surrogate'],
  ])('%s: invalid_input, at its field', (_name, input, pointer, code) =>
    expect(refusal(input)).toMatchObject({ code: 'invalid_input', fields: [{ pointer, code }] }),
  )
})

test('pointers are escaped', () => expect(pointerPart('a~b/c')).toBe('a~0b~1c'))
