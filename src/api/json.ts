/**
 * Reads a JSON body more strictly than `JSON.parse`: what two readers could understand differently (a key twice, broken UTF-8, half
 * a character) and what no field of ours may hold (NUL) is refused, and so is nesting that only serves to hurt.
 */
import { type FieldError, Refusal } from '#platform/errors.ts'

const deepest = 20

/** `bad_request` for what is no JSON, `invalid_input` for what is JSON with texts that cannot be stored. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  checkStructure(text)
  const value = parse(text)
  const faults = [...faultyTexts(value, '')]
  if (faults.length > 0) throw new Refusal('invalid_input', 'Some texts cannot be stored.', faults)
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refusal('bad_request', 'The body is not UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('bad_request', 'The body is not JSON.')
  }
}

/** Strings whole, then what gives structure; everything else is for `JSON.parse` to judge. Linear in the length of the text. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs

/** Keys are compared as they are read, so `"a"` and `"\u0061"` are the same key. */
function checkStructure(text: string): void {
  const open: (Set<string> | null)[] = []
  let last = ''
  for (const [found] of text.matchAll(token)) {
    if (found === '{' || found === '[') open.push(found === '{' ? new Set() : null)
    if (found === '}' || found === ']') open.pop()
    if (open.length > deepest) throw new Refusal('bad_request', `The body is nested deeper than ${deepest} levels.`)
    if (found === ':') addKey(open.at(-1), last)
    last = found
  }
}

function addKey(keys: Set<string> | null | undefined, quoted: string): void {
  if (!keys || !quoted.startsWith('"')) return
  const key = parse(quoted) as string
  if (keys.has(key)) throw new Refusal('bad_request', `The key "${key.slice(0, 40)}" stands twice in one object.`)
  keys.add(key)
}

function* faultyTexts(value: unknown, pointer: string): Generator<FieldError> {
  if (typeof value === 'string') {
    if (value.includes('\0')) yield { pointer, code: 'nul', detail: 'This text holds a NUL character.' }
    if (!value.isWellFormed()) yield { pointer, code: 'surrogate', detail: 'This text holds half a character.' }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) yield* faultyTexts(each, `${pointer}/${pointerPart(key)}`)
  }
}

/** RFC 6901. */
export const pointerPart = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1')
