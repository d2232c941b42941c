/**
 * How often something may be tried: per account, per network and for the whole installation, counted in the database so that
 * all processes count together. When the database does not answer, each process counts for itself.
 */
import { isIP } from 'node:net'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { App } from '#app.ts'
import { sha256 } from '#platform/crypto.ts'
import type { Database } from '#platform/db/connection.ts'
import { executed, inTransaction, run, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

/** `[points, seconds]`: so many in so long. */
type Quota = readonly [points: number, seconds: number]
type Quotas = { account?: Quota; network?: Quota; everyone?: Quota }

const minutes = 60

/** An account is a mail address, a customer or a key; a network is an IPv4 address or an IPv6 /64. */
export const standardLimits = {
  sign_in: { account: [10, 15 * minutes], network: [50, 15 * minutes], everyone: [1_200, minutes] },
  // Per account better-auth itself counts: five tries a challenge, ten in a row lock the second factor for 15 minutes.
  second_factor: { network: [50, 15 * minutes] },
  magic_link: { account: [5, 15 * minutes], network: [20, 15 * minutes], everyone: [600, minutes] },
  use_link: { network: [60, 15 * minutes] },
  checkout: { account: [20, 10 * minutes], network: [60, 10 * minutes], everyone: [6_000, minutes] },
  username: { network: [60, 10 * minutes] },
  coupon: { account: [20, 10 * minutes], network: [40, 10 * minutes] },
  show_secret: { account: [60, 10 * minutes] },
  api_key: { network: [60, 5 * minutes] },
  api: { account: [1_200, minutes], network: [6_000, minutes] },
} as const satisfies Record<string, Quotas>

export type Limit = keyof typeof standardLimits
/** `account` is hashed before it is counted: the table holds no address. */
export type Who = { account?: string | undefined; network?: string | undefined }
/** The tightest of the quotas that were counted. */
export type LimitState = {
  limit: Limit | 'business'
  quota: number
  windowSeconds: number
  remaining: number
  resetSeconds: number
}

/** `rate_limited`, with what `RateLimit` headers and `Retry-After` say. */
export class RateLimited extends Refusal {
  readonly state: LimitState
  /** `what`: of whom or what there were too many. */
  constructor(state: LimitState, what = 'Too many attempts') {
    super('rate_limited', `${what}: please try again in ${sayWait(state.resetSeconds)}.`)
    this.state = state
  }
}

const sayWait = (seconds: number) => {
  if (seconds <= 60) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
  return seconds <= 7_200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3_600)} hours`
}

export type RateLimits = {
  /** Counts one attempt; throws `RateLimited` when it is one too many. */
  count(limit: Limit, who: Who): Promise<LimitState>
  /** Counts one request of a business that may make so many a minute, `evenly`, whoever makes them; throws `RateLimited`. */
  countBusiness(businessId: string, perMinute: number): Promise<LimitState>
  /** What a success earns: the account starts afresh. Networks and the whole do not, or one good account would pay for many bad ones. */
  forgive(limit: Limit, account: string): Promise<void>
}

export function createRateLimits(app: Pick<App, 'db'>, limits: Record<Limit, Quotas> = standardLimits): RateLimits {
  const limiterOf = limiters(app.db)
  return {
    async count(limit, who) {
      const states: LimitState[] = []
      // One after the other, the narrowest last: a network that is stopped cannot use up the account of somebody else.
      for (const [part, key] of partsOf(who)) {
        const quota = limits[limit][part]
        if (quota === undefined) continue
        states.push(await consume(limiterOf(`${limit}:${part}`, quota), limit, quota, key))
      }
      return states.reduce((a, b) => (b.remaining < a.remaining ? b : a), states[0] ?? unlimited(limit))
    },
    async countBusiness(businessId, perMinute) {
      const { even, reserve } = evenly(perMinute)
      const within = (quota: Quota, part: string) =>
        consume(limiterOf(`business:${perMinute}${part}`, quota), 'business', quota, businessId, tooMuch)
      if (even === null) return within(reserve, '')
      try {
        return await within(even, ':even')
      } catch (refused) {
        if (!(refused instanceof RateLimited)) throw refused
        // Its next share of time comes sooner than a new reserve.
        return within(reserve, ':reserve').catch((error: unknown) => {
          throw error instanceof RateLimited ? refused : error
        })
      }
    },
    async forgive(limit, account) {
      const quota = limits[limit].account
      if (quota !== undefined) await limiterOf(`${limit}:account`, quota).delete(hidden(account))
    },
  }
}

const tooMuch = 'This shop is asked too much'
/** So much of a minute is dealt out, in shares of so many requests at least. */
const [evenShare, leastShare] = [0.8, 5]

/**
 * A minute's requests, dealt out: four fifths in shares of a second or a few, the rest in reserve for a moment when many come together. Who
 * asks for all at once is neither dead for the rest of the minute, nor so loud in its first seconds that others wait.
 */
export function evenly(perMinute: number): { even: Quota | null; reserve: Quota } {
  const perSecond = (evenShare * perMinute) / minutes
  const seconds = Math.max(1, Math.ceil(leastShare / perSecond))
  if (4 * seconds > minutes) return { even: null, reserve: [perMinute, minutes] }
  const share = Math.floor(perSecond * seconds)
  return { even: [share, seconds], reserve: [perMinute - Math.floor((share * minutes) / seconds), minutes] }
}

const unlimited = (limit: Limit): LimitState => ({
  limit,
  quota: Number.MAX_SAFE_INTEGER,
  windowSeconds: 1,
  remaining: Number.MAX_SAFE_INTEGER,
  resetSeconds: 0,
})

function partsOf({ account, network }: Who): [keyof Quotas, string][] {
  const parts: [keyof Quotas, string][] = [['everyone', '*']]
  if (network !== undefined) parts.push(['network', networkOf(network)])
  if (account !== undefined) parts.push(['account', hidden(account)])
  return parts
}

const hidden = (account: string) => sha256(account.trim().toLowerCase()).toString('base64url')

async function consume(
  limiter: RateLimiterPostgres,
  limit: LimitState['limit'],
  quota: Quota,
  key: string,
  what?: string,
): Promise<LimitState> {
  const [points, windowSeconds] = quota
  const state = (result: RateLimiterRes): LimitState => ({
    limit,
    quota: points,
    windowSeconds,
    remaining: result.remainingPoints,
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  })
  try {
    return state(await limiter.consume(key))
  } catch (refused) {
    if (refused instanceof RateLimiterRes) throw new RateLimited(state(refused), what)
    throw refused
  }
}

function limiters(db: Database): (name: string, quota: Quota) => RateLimiterPostgres {
  const made = new Map<string, RateLimiterPostgres>()
  return (name, [points, duration]) => {
    const known = made.get(name)
    if (known !== undefined) return known
    const fresh = new RateLimiterPostgres({
      storeClient: { query: (query: Statement) => inAuth(db, query) },
      storeType: 'pool',
      schemaName: 'auth',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false, // The nightly upkeep does it: `forgetOldAttempts`.
      keyPrefix: name,
      points,
      duration,
      // A caller who hammers on is refused from memory and costs the database nothing.
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration }),
    })
    made.set(name, fresh)
    return fresh
  }
}

type Statement = { text: string; values: unknown[] }

/** Counting need not survive a crash, so its commit waits for no disk. Numbers of milliseconds come back as text, which it expects. */
const inAuth = (db: Database, { text, values }: Statement) =>
  inTransaction(db, { role: 'auth' }, 'rate-limit', async (tx) => {
    executed(tx, 'set local synchronous_commit = off').catch(() => {}) // Its failure fails the next statement too.
    return executed(tx, { text, values, types: { getTypeParser: () => (value: string) => value } })
  }).then((result) => ({ ...result, rowCount: result.rowCount, rows: result.rows.map(withNumbers) }))

const withNumbers = (row: Record<string, string>) => ({
  ...row,
  points: Number(row.points),
  expire: Number(row.expire),
})

/** Nightly upkeep. */
export const forgetOldAttempts = (app: App): Promise<number> =>
  inTransaction(app.db, { role: 'auth' }, 'forget-attempts', (tx) =>
    run(tx, sql`delete from auth.rate_limits where expire < ${app.clock.now().epochMilliseconds}`),
  )

/** The headers of the IETF draft `RateLimit`, and `Retry-After` when nothing remains. */
export function limitHeaders(
  { limit, quota, windowSeconds, remaining, resetSeconds }: LimitState,
  refused = false,
): Record<string, string> {
  const name = limit.replaceAll('_', '-')
  return {
    'RateLimit-Policy': `"${name}";q=${quota};w=${windowSeconds}`,
    RateLimit: `"${name}";r=${Math.max(0, remaining)};t=${resetSeconds}`,
    ...(refused ? { 'Retry-After': String(resetSeconds) } : {}),
  }
}

/**
 * The caller's address: the socket's, or with a trusted proxy the last entry of `X-Forwarded-For`, which that proxy wrote itself.
 * Earlier entries are whatever the caller claimed.
 */
export function clientAddress(headers: Headers, socketAddress: string, trustProxy: boolean): string {
  const last = trustProxy ? headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  const claimed = last === undefined ? undefined : plainAddress(last)
  return claimed !== undefined && isIP(claimed) > 0 ? claimed : plainAddress(socketAddress)
}

/** Without port, brackets, zone, and the IPv6 clothes of an IPv4 address. */
function plainAddress(text: string): string {
  const inner = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text
  return inner
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
    .toLowerCase()
}

/** One household has a whole /64 of IPv6 addresses and may change among them at will. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const missing = tail === undefined ? 0 : 8 - before.length - after.length
  return `${[...before, ...Array.from({ length: missing }, () => '0'), ...after].slice(0, 4).join(':')}::/64`
}
