/** What a change made of something, for the history: how each field was and how it is now. */
import { isDeepStrictEqual } from 'node:util'

/** Longer texts are told by how they begin: history is no second copy of them. */
const mostCharacters = 300

/** What the event says itself, or nobody chose. */
const ofEveryRow = ['id', 'version', 'createdAt']

export type Untold = {
  /** Fields that are credentials: only that they were set otherwise. */
  secret?: readonly string[]
  /** Fields with names or addresses of persons, which history does not keep, and pictures: only that they are others now. */
  personal?: readonly string[]
}

export type Changes = { from?: Record<string, unknown>; to?: Record<string, unknown> }

/**
 * `from` and `to` of the fields of `after` that differ from `before`, as `data` of an event keeps them; nothing where none does. Fields that `after`
 * does not name stayed. Null: it is new, and there is only what it is now.
 */
export function changesOf(before: object | null, after: object, { secret = [], personal = [] }: Untold = {}): Changes {
  const was: Record<string, unknown> = { ...before }
  const is: Record<string, unknown> = { ...after }
  // What was not there and what is left out are the same nothing: a stored row has no other.
  const changed = Object.keys(is).filter(
    (name) => !ofEveryRow.includes(name) && !isDeepStrictEqual(plain(was[name]), plain(is[name])),
  )
  if (changed.length === 0) return {}
  const shown = (of: Record<string, unknown>) =>
    Object.fromEntries(changed.map((name) => [snake(name), toldOf(name, of[name])]))
  const toldOf = (name: string, value: unknown) => {
    if (isNothing(value)) return null
    if (secret.includes(name)) return '(secret)'
    return personal.includes(name) ? '(not kept)' : short(plain(value))
  }
  return before === null ? { to: shown(is) } : { from: shown(was), to: shown(is) }
}

const isNothing = (value: unknown) => value === undefined || value === null || value === ''

/** As it is kept in JSON: numbers of any size as text, instants in UTC, names as everywhere in the API, whatever order fields came in. */
function plain(value: unknown): unknown {
  if (isNothing(value)) return null
  if (typeof value === 'bigint' || value instanceof Temporal.Instant) return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value as object)
      .filter(([, each]) => !isNothing(each))
      .map(([name, each]) => [snake(name), plain(each)]),
  )
}

function short(value: unknown): unknown {
  if (typeof value === 'string' && value.length > mostCharacters) return `${value.slice(0, mostCharacters)}…`
  if (Array.isArray(value)) return value.map(short)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, short(each)]))
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
