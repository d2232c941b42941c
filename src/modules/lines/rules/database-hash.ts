/**
 * The hash by which PostgreSQL spreads texts and numbers (`hashtextextended` and its like: lookup3, 64 bits, over little-endian words), counted
 * on our side too, so that both can say eight bytes for a row without either sending it. A database that counts otherwise, such as one on a
 * big-endian machine, agrees with nothing here: what is built on it must be right then, too, and may only be slower.
 */

/** Two halves, as signed numbers. It is carried on: each value is hashed with what the values before it gave as its seed. */
export type Hash64 = { high: number; low: number }

/** 0x9e3779b9 and 3923095, to which the length is added. */
const start = (0x9e3779b9 + 3923095) | 0

let a = 0
let b = 0
let c = 0
/** All letters of a text, one over the other. */
let letters = 0

/** `hashtextextended`. False for what is not plain ASCII, and then nothing was added. */
export function addText(hash: Hash64, text: string): boolean {
  const { length } = text
  begin(hash, length)
  letters = 0
  let at = 0
  for (; at + 12 <= length; at += 12) {
    a = (a + wordAt(text, at)) | 0
    b = (b + wordAt(text, at + 4)) | 0
    c = (c + wordAt(text, at + 8)) | 0
    mix()
  }
  for (let rest = 0; at + rest < length; rest++) {
    const letter = text.charCodeAt(at + rest)
    letters |= letter
    if (rest < 4) a = (a + (letter << (8 * rest))) | 0
    else if (rest < 8) b = (b + (letter << (8 * (rest - 4)))) | 0
    // The lowest byte is the length's.
    else c = (c + (letter << (8 * (rest - 7)))) | 0
  }
  if (letters > 127) return false
  end(hash)
  return true
}

/** `hashint8extended` of a whole number from 0 to 2^53, and `hashint4extended` of those that fit it. */
export function addNumber(hash: Hash64, value: number): void {
  begin(hash, 4)
  a = (a + ((value % 0x100000000) ^ Math.floor(value / 0x100000000))) | 0
  end(hash)
}

function wordAt(text: string, at: number): number {
  const [first, second] = [text.charCodeAt(at), text.charCodeAt(at + 1)]
  const [third, fourth] = [text.charCodeAt(at + 2), text.charCodeAt(at + 3)]
  letters |= first | second | third | fourth
  return first | (second << 8) | (third << 16) | (fourth << 24)
}

function begin({ high, low }: Hash64, length: number): void {
  a = b = c = (start + length) | 0
  if (high === 0 && low === 0) return
  a = (a + high) | 0
  b = (b + low) | 0
  mix()
}

const turn = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

function mix(): void {
  a = ((a - c) ^ turn(c, 4)) | 0
  c = (c + b) | 0
  b = ((b - a) ^ turn(a, 6)) | 0
  a = (a + c) | 0
  c = ((c - b) ^ turn(b, 8)) | 0
  b = (b + a) | 0
  a = ((a - c) ^ turn(c, 16)) | 0
  c = (c + b) | 0
  b = ((b - a) ^ turn(a, 19)) | 0
  a = (a + c) | 0
  c = ((c - b) ^ turn(b, 4)) | 0
  b = (b + a) | 0
}

function end(hash: Hash64): void {
  c = ((c ^ b) - turn(b, 14)) | 0
  a = ((a ^ c) - turn(c, 11)) | 0
  b = ((b ^ a) - turn(a, 25)) | 0
  c = ((c ^ b) - turn(b, 16)) | 0
  a = ((a ^ c) - turn(c, 4)) | 0
  b = ((b ^ a) - turn(a, 14)) | 0
  c = ((c ^ b) - turn(b, 24)) | 0
  hash.high = b
  hash.low = c
}
