/**
 * Takes chance and the machine's clock away from this process, so that a seed is all that decides: ids, secrets and waits come out
 * of one seeded sequence. Built-in modules are changed here and nowhere in the product, which asks `node:crypto` as ever.
 */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { type Chance, chanceOf } from '../../src/demo/chance.ts'

let chance: Chance = chanceOf(0)
let moments = 0

/** From here on everything that looks like chance follows from `seed`. */
export function standStill(seed: number): void {
  chance = chanceOf(seed)
  moments = 0
}

/** One look at the stopwatch is half a millisecond: what is kept for a second is kept for two thousand looks. */
performance.now = () => (moments += 0.5)
Math.random = () => chance.next()

/** Who lets time pass between two calls, so that a panel is not asked too often, is not waited for: it has passed on the stopwatch. */
const passes = async <T>(ms = 0, value?: T): Promise<T | undefined> => {
  moments += ms
  return timers.setImmediate(value)
}
Object.assign(timers, { setTimeout: passes })

function bytes(count: number): Buffer {
  const made = Buffer.alloc(count)
  for (let at = 0; at < count; at++) made[at] = Math.floor(chance.next() * 256)
  return made
}

Object.assign(crypto, {
  randomBytes: bytes,
  randomUUID: () => {
    const hex = bytes(16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  },
})
syncBuiltinESMExports()
