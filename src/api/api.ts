/**
 * REST under `/api/v1`. The table of routes is all there is: who calls is asked first, then whether this key may, then what came is
 * read, and only then is anything done. A request that changes something and carries a key is done once.
 */
import { type Context, Hono } from 'hono'
import type { App, Shop } from '#app.ts'
import { transaction } from '#app.ts'
import { authenticateKey, type KeyCaller } from '#modules/people/api-keys.ts'
import { openShop } from '#modules/people/business.ts'
import { answerOnce, requestHashOf } from '#modules/people/idempotency.ts'
import { type LimitState, limitHeaders, type RateLimits, type Who } from '#modules/people/rate-limits.ts'
import { scopeAllows } from '#modules/people/scopes.ts'
import type { SignIn } from '#modules/people/sign-in.ts'
import { Refusal } from '#platform/errors.ts'
import { limitBody } from './body.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Env } from './env.ts'
import { readBody, readParams, readQuery } from './input.ts'
import { openApiDocument } from './openapi.ts'
import { absent, problem } from './problem.ts'
import { type Call, checkRoutes, type Route } from './route.ts'
import { routes } from './routes.ts'

/** Larger than any request that a person would write; lists are sent in parts. */
const mostBytes = 256 * 1024

type Parts = { limits: RateLimits; signIn: Pick<SignIn, 'createUser'> }

export function createApi(app: App, parts: Parts, table: readonly Route[] = routes): Hono<Env> {
  checkRoutes(table)
  const api = new Hono<Env>()
  api.onError((error, c) => problem(app, c, isAbsent(error) ? new Refusal('not_found', absent) : error))
  api.get('/openapi.json', (c) => c.json(openApiDocument(table)))
  const large = new Map(
    table.flatMap((each) => (each.mostBytes ? [[`/api/v1${each.path}`, limitBody(each.mostBytes)]] : [])),
  )
  const usual = limitBody(mostBytes)
  api.use((c, next) => (large.get(c.req.path) ?? usual)(c, next))
  for (const route of table) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    api.on(route.method.toUpperCase(), path, (c) => answer(app, parts, route, c))
  }
  api.all('*', (c) => {
    const allowed = methodsOf(table, c.req.path.replace(/^\/api\/v1/, ''))
    if (allowed.length === 0) throw new Refusal('not_found', 'There is no such address.')
    c.header('Allow', allowed.join(', '))
    throw new Refusal('method_not_allowed', `This address takes ${allowed.join(', ')}.`)
  })
  return api
}

const isAbsent = (error: unknown): boolean => error instanceof Refusal && error.code === 'not_found'

function methodsOf(table: readonly Route[], path: string): string[] {
  const matches = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  return table.filter((each) => matches(each.path)).map((each) => each.method.toUpperCase())
}

async function answer(app: App, { limits, signIn }: Parts, route: Route, c: Context<Env>): Promise<Response> {
  c.set('route', `/api/v1${route.path}`)
  const caller = await callerOf(app, limits, c)
  const origin = { address: c.get('address'), agent: c.req.header('user-agent') ?? '' }
  const shop = { ...(await openShop(app, caller.businessId, `key:${caller.keyId}`, c.get('requestId'))), origin }
  const state = await countCall(limits, shop, { account: caller.keyId, network: c.get('address') })
  for (const [name, value] of Object.entries(limitHeaders(state))) c.header(name, value)
  if (!scopeAllows(caller.scopes, route.scope))
    throw new Refusal('forbidden', `This key may not do this: it needs the scope ${route.scope}.`)

  const url = new URL(c.req.url)
  const params = readParams(route, c.req.param())
  const query = readQuery(route, url)
  const bytes = route.body === null ? new Uint8Array() : new Uint8Array(await c.req.arrayBuffer())
  const body = readBody(route, c.req.header('content-type') ?? null, bytes)
  const callIn = callsOf(app, route, caller, { params, query, body, signIn })

  if (route.method === 'get') return shown(route, await route.handle(callIn(shop)), c)
  const key = idempotencyKey(route, c.req.header('idempotency-key'))
  if (key === null) return shown(route, await route.handle(callIn(shop)), c)
  const request = {
    caller: shop.actor,
    key,
    requestHash: requestHashOf(c.req.method, url.pathname + url.search, bytes),
  }
  const status = route.status ?? 200
  const once = await answerOnce(
    shop,
    request,
    async (within) => ({ status, body: await route.handle(callIn(within)) }),
    async (within, subject) => ({
      status,
      body: await (route.retell?.(callIn(within), subject) ?? route.handle(callIn(within))),
    }),
  )
  if (once.replayed) c.header('Idempotent-Replayed', 'true')
  return shown(route, once.body, c)
}

/**
 * Of the key and of the business, what leaves less. The business first: one that asks too much is refused from memory, and writes no
 * counts that others wait for.
 */
async function countCall(limits: RateLimits, shop: Shop, who: Who): Promise<LimitState> {
  const { requestsPerMinute } = shop.limits
  const all = requestsPerMinute === null ? null : await limits.countBusiness(shop.businessId, requestsPerMinute)
  const own = await limits.count('api', who)
  return all !== null && all.remaining < own.remaining ? all : own
}

/** Wrong keys are counted per network: who guesses is stopped long before he could find one. */
async function callerOf(app: App, limits: RateLimits, c: Context<Env>): Promise<KeyCaller> {
  const key = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (key === undefined) throw new Refusal('unauthenticated', 'Send an API key: Authorization: Bearer lk_…')
  try {
    return await authenticateKey(app, key, app.clock.now())
  } catch (error) {
    if (error instanceof Refusal) await limits.count('api_key', { network: c.get('address') })
    throw error
  }
}

function idempotencyKey(route: Route, sent: string | undefined): string | null {
  if (sent === undefined) {
    if (!route.needsKey) return null
    throw new Refusal('idempotency_key_required', 'Send an Idempotency-Key header: a random value, new for each act.')
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(sent))
    throw new Refusal('bad_request', 'An Idempotency-Key has 1 to 255 printable characters without spaces.')
  return sent
}

type Read = { params: unknown; query: unknown; body: unknown; signIn: Parts['signIn'] }

/** What a handler works with, for the shop that it is run in: with an idempotency key that is another one. */
function callsOf(app: App, route: Route, caller: KeyCaller, read: Read): (shop: Shop) => Call {
  const { limit = 50, cursor, ...filter } = read.query as { limit?: number; cursor?: string }
  const name = `${caller.businessId} ${route.path} ${JSON.stringify(filter)} ${JSON.stringify(read.params)}`
  const before = cursor === undefined ? undefined : readCursor(app, name, cursor)
  return (shop) => ({
    app,
    shop,
    now: shop.now(),
    caller,
    ...read,
    page: { limit: limit + 1, before },
    allows: (scope) => scopeAllows(caller.scopes, scope),
    read: (work) => transaction(shop, `read-${route.path.split('/')[1]}`, work),
    write: (commit, work) => transaction(shop, commit, work),
    list: (rows, show, at) => {
      const shownRows = rows.slice(0, limit)
      const last = rows.length > limit ? shownRows.at(-1) : undefined
      return {
        data: shownRows.map(show),
        next_cursor: last === undefined ? null : writeCursor(app, name, { at: at(last), id: last.id }),
        has_more: last !== undefined,
        livemode: shop.livemode,
      }
    },
  })
}

function shown(route: Route, body: unknown, c: Context<Env>): Response {
  if (route.answer === null)
    return c.body(body as Uint8Array<ArrayBuffer> | ReadableStream, 200, {
      'content-type': route.media ?? 'application/pdf',
    })
  return c.json(body as object, route.status ?? 200)
}
