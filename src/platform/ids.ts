/** Ids are ours: a prefix and 26 characters of a time-ordered random id, made before the first call, sorted by birth. */
import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32: no i, l, o, u.

/** Prefixes of design and API. A prefix tells staff and programs what an id names. */
export type IdPrefix =
  | 'biz'
  | 'rin'
  | 'cmv'
  | 'pck'
  | 'cro'
  | 'clt'
  | 'cus'
  | 'prod'
  | 'plan'
  | 'ord'
  | 'inv'
  | 'item'
  | 'pay'
  | 'pm'
  | 'pms'
  | 'ref'
  | 'gwa'
  | 'gcm'
  | 'mdf'
  | 'ntc'
  | 'sub'
  | 'per'
  | 'line'
  | 'pan'
  | 'call'
  | 'msg'
  | 'tpl'
  | 'evt'
  | 'key'
  | 'mem'
  | 'rol'
  | 'act'
  | 'acc'
  | 'trf'
  | 'hold'
  | 'att'
  | 'inc'
  | 'rec'
  | 'dif'
  | 'note'
  | 'run'
  | 'mov'
  | 'eva'
  | 'lef'
  | 'ado'
  | 'adl'
  | 'pol'
  | 'poc'
  | 'req'
  | 'usr'
  | 'gua'
  | 'all'
  | 'chg'
  | 'hh'
  | 'pau'
  | 'tra'
  | 'ovr'
  | 'out'
  | 'pcm'
  | 'pch'
  | 'pex'
  | 'cpn'
  | 'cpu'
  | 'vcb'
  | 'vch'
  | 'quo'
  | 'cn'
  | 'ses'
  | 'lnk'
  | 'whk'
  | 'addon'
  | 'aoc'
  | 'acs'
  | 'bim'
  | 'ben'
  | 'dsp'
  | 'pyo'
  | 'aff'
  | 'rfl'
  | 'cmm'
  | 'apo'

/** Ids of one millisecond count up, so that what one process wrote sorts in the order in which it was written. */
let last = { time: 0n, count: 0 }

/** `newId('sub', clock)` is `sub_01jd…`: 10 characters of milliseconds, 4 that count within one, 12 of chance. */
export function newId(prefix: IdPrefix, clock: Pick<Clock, 'now'>): string {
  const time = BigInt(clock.now().epochMilliseconds)
  last = time === last.time ? { time, count: last.count + 1 } : { time, count: 0 }
  return `${prefix}_${digits(time, 10)}${digits(BigInt(last.count), 4)}${randomCharacters(12)}`
}

/** The lowest `length` digits of a number to the base 32. */
function digits(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest >>= 5n) text = alphabet.charAt(Number(rest & 31n)) + text
  return text
}

/** `count` characters of 5 bits each, without characters that are easily mistaken. */
export function randomCharacters(count: number): string {
  return Array.from(randomBytes(count), (byte) => alphabet.charAt(byte & 31)).join('')
}

/** Whether a text can be an id of that prefix at all: a malformed id is answered like an absent one. */
export const isId = (prefix: IdPrefix, text: string): boolean =>
  new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(text)
