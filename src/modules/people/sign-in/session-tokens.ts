/**
 * better-auth stores the token of a session as the cookie carries it. Here it is hashed on its way into the table and put back on
 * its way out, so that a copy of the database opens no session.
 */
import type { BetterAuthOptions } from 'better-auth'
import type { DBAdapter, Where } from 'better-auth/types'
import { sha256 } from '#platform/crypto.ts'

type Adapter = DBAdapter<BetterAuthOptions>
type Row = Record<string, unknown>

const mark = 'sha256:'

/** Rows read in a list carry the hash itself; deleting by it must still find the row. A cookie with it is worthless: it is signed. */
const stored = (token: string) => (token.startsWith(mark) ? token : mark + sha256(token).toString('base64url'))

export function hashSessionTokens(inner: Adapter): Adapter {
  return {
    ...inner,
    create: async <T extends Row, R = T>(given: Parameters<Adapter['create']>[0] & { data: Omit<T, 'id'> }) => {
      const row = await inner.create<T, R>({ ...given, data: hashedIn(given.model, given.data) })
      return restored(given.model, row, (given.data as Row).token)
    },
    findOne: async <T>(given: Parameters<Adapter['findOne']>[0]) => {
      const row = await inner.findOne<T>({ ...given, where: hashedWhere(given.model, given.where) })
      return row && restored(given.model, row, tokenIn(given.where))
    },
    findMany: (given) => inner.findMany({ ...given, ...whereOf(given) }),
    count: (given) => inner.count({ ...given, ...whereOf(given) }),
    update: async <T>(given: Parameters<Adapter['update']>[0]) => {
      const where = hashedWhere(given.model, given.where)
      const row = await inner.update<T>({ ...given, where, update: hashedIn(given.model, given.update) })
      return row && restored(given.model, row, tokenIn(given.where))
    },
    updateMany: (given) =>
      inner.updateMany({ ...given, ...whereOf(given), update: hashedIn(given.model, given.update) }),
    delete: (given) => inner.delete({ ...given, where: hashedWhere(given.model, given.where) }),
    deleteMany: (given) => inner.deleteMany({ ...given, where: hashedWhere(given.model, given.where) }),
    consumeOne: (given) => inner.consumeOne({ ...given, where: hashedWhere(given.model, given.where) }),
    incrementOne: (given) => inner.incrementOne({ ...given, where: hashedWhere(given.model, given.where) }),
  }
}

const whereOf = ({ model, where }: { model: string; where?: Where[] | undefined }) =>
  where === undefined ? {} : { where: hashedWhere(model, where) }

function hashedWhere(model: string, where: Where[]): Where[] {
  if (model !== 'session') return where
  return where.map((each) => (each.field === 'token' ? { ...each, value: hashedValue(each.value) } : each))
}

function hashedValue(value: Where['value']): Where['value'] {
  if (typeof value === 'string') return stored(value)
  return Array.isArray(value) ? value.map((each) => stored(String(each))) : value
}

function hashedIn<T>(model: string, data: T): T {
  if (model !== 'session' || typeof data !== 'object' || data === null || !('token' in data)) return data
  return { ...data, token: stored(String(data.token)) }
}

const tokenIn = (where: Where[]): unknown =>
  where.find(({ field, operator }) => field === 'token' && (operator ?? 'eq') === 'eq')?.value

/** The caller keeps working with the token that he came with. */
function restored<R>(model: string, row: R, token: unknown): R {
  return model === 'session' && typeof token === 'string' ? { ...row, token } : row
}
