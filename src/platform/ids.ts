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
  | 'stm'
  | 'gmv'
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
  | 'acd'
  | 'acp'
  | 'bim'
  | 'ben'
  | 'dsp'
  | 'pyo'
  | 'aff'
  | 'rfl'
  | 'cmm'
  | 'apo'
  | 'gwl'
  | 'clf'
  | 'rst'
  | 'rpo'

/** Ids of one millisecond count up, so that what one process wrote sorts in the order in which it was written. */
let last = { time: -1, text: '', count: 0 }

/** `newId('sub', clock)` is `sub_01jd…`: 10 characters of milliseconds, 4 that count within one, 12 of chance. */
export function newId(prefix: IdPrefix, clock: Pick<Clock, 'now'>): string {
  const time = clock.now().epochMilliseconds
  if (time === last.time) last.count += 1
  else last = { time, text: digits(time, 10), count: 0 }
  return `${prefix}_${last.text}${digits(last.count, 4)}${randomCharacters(12)}`
}

/** The lowest `length` digits of a whole number to the base 32. */
function digits(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = alphabet.charAt(rest % 32) + text
  return text
}

/** `count` characters of 5 bits each, without characters that are easily mistaken. */
export function randomCharacters(count: number): string {
  let text = ''
  for (const byte of randomBytes(count)) text += alphabet.charAt(byte & 31)
  return text
}

/** Whether a text can be an id of that prefix at all: a malformed id is answered like an absent one. */
export const isId = (prefix: IdPrefix, text: string): boolean =>
  new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(text)
