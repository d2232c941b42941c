/**
 * Passwords: argon2id of the runtime, its parameters stored with each hash. Hashing takes 19 MiB and tens of milliseconds of a
 * core, so only few run at once and the rest of the house stays alive under a flood of sign-ins.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { commonPasswords } from './common-passwords.ts'

const derive = promisify(argon2)

type Parameters = { memory: number; passes: number; parallelism: number }

/** OWASP's least: 19 MiB, two passes, one lane. Raising it upgrades each hash when its owner signs in. */
const wanted: Parameters = { memory: 19_456, passes: 2, parallelism: 1 }
const shape = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

export const longestPassword = 128

/** In PHC format: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await stretch(password, salt, wanted, 32)
  const { memory, passes, parallelism } = wanted
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const parts = parse(stored)
  if (parts === null) return false
  const hash = await stretch(password, parts.salt, parts.parameters, parts.hash.length)
  return timingSafeEqual(hash, parts.hash)
}

/** Whether a hash was made with weaker or other parameters than those of today. */
export function isOutdated(stored: string): boolean {
  const { memory, passes, parallelism } = parse(stored)?.parameters ?? {}
  return memory !== wanted.memory || passes !== wanted.passes || parallelism !== wanted.parallelism
}

/** What is wrong with a new password, beside its field; null when it will do. Length and being unknown count, composition does not. */
export function faultOf(password: string, email: string): FieldError | null {
  const fault = (code: string, detail: string): FieldError => ({ pointer: '/password', code, detail })
  const plain = password.normalize('NFC')
  if ([...plain].length < 8) return fault('too_short', 'Use at least 8 characters.')
  if ([...plain].length > longestPassword) return fault('too_long', `Use at most ${longestPassword} characters.`)
  if (isGuessable(plain.toLowerCase(), email.toLowerCase()))
    return fault('too_common', 'This password is among the first that are tried: choose another.')
  return null
}

function isGuessable(password: string, email: string): boolean {
  const core = password.replace(/[\d\W_]+$/, '')
  const [local = ''] = email.split('@')
  if (commonPasswords.has(password) || (core.length >= 5 && commonPasswords.has(core))) return true
  if (new Set(password).size < 4) return true
  return password === email || (local.length >= 4 && core === local)
}

function parse(stored: string) {
  const [, memory, passes, parallelism, salt, hash] = shape.exec(stored) ?? []
  if (salt === undefined || hash === undefined) return null
  const parameters: Parameters = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return { parameters, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

const most = { running: 2, waiting: 200 }
let running = 0
const waiting: (() => void)[] = []

/** Two at a time; beyond a long queue callers are asked to come back, before memory or patience run out. */
async function stretch(
  password: string,
  salt: Uint8Array,
  { memory, passes, parallelism }: Parameters,
  length: number,
): Promise<Buffer> {
  if (running < most.running) running++
  else {
    if (waiting.length >= most.waiting)
      throw new Refusal('unavailable', 'Too many people are signing in: please try again.')
    await new Promise<void>((turn) => waiting.push(turn))
  }
  try {
    const message = password.normalize('NFC')
    return await derive('argon2id', { message, nonce: salt, parallelism, tagLength: length, memory, passes })
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}
