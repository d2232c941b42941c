/** For the tests of the API: a world behind the server, and calls whose every answer is held against its declared schema. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { createBusiness, openShop } from '#modules/people/business.ts'
import { createRateLimits, standardLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { createWorld, type WorldOptions } from '../../test/support/world.ts'
import { createServer } from '../server.ts'
import { Problem } from './openapi.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

export type Json = Record<string, unknown> & { id: string }
export type Answer = { status: number; body: Json; headers: Headers; text: string }
export type Options = { key?: string | null; body?: unknown; raw?: BodyInit; once?: string | null; type?: string }

export const origin = 'http://api.example'

type Limits = Partial<Parameters<typeof createRateLimits>[1]>

export async function apiWorld(options: WorldOptions = {}, given: Limits = {}) {
  const world = await createWorld(options)
  const { app } = world
  // The table is gone through in seconds.
  const limits = createRateLimits(app, { ...standardLimits, api: { account: [1_000_000, 60] }, api_key: {}, ...given })
  const server = createServer(app, {
    web: null,
    limits,
    signIn: createSignIn(app, { limits, sendMagicLink: async () => {} }),
  })

  const business = (slug: string) =>
    createBusiness(
      app,
      { slug, name: slug, mode: 'test', zone: 'Europe/Berlin', currency: 'EUR', country: 'DE' },
      app.clock.now(),
    )

  async function keyFor(businessId: string, scopes: readonly string[] = ['all']): Promise<string> {
    const shop = await openShop(app, businessId, 'system')
    const made = await transaction(shop, 'test-key', (tx) =>
      createApiKey(tx, shop, { name: 'test', scopes }, app.clock.now()),
    )
    return made.key
  }

  const key = await keyFor(world.businessId)
  let count = 0

  /** `once: null` sends no idempotency key. */
  async function ask(method: string, path: string, given: Options = {}): Promise<Answer> {
    const headers = new Headers()
    const sent = given.raw ?? (given.body === undefined ? undefined : JSON.stringify(given.body))
    if (sent !== undefined) headers.set('content-type', given.type ?? 'application/json')
    if (given.key !== null) headers.set('authorization', `Bearer ${given.key ?? key}`)
    if (given.once !== null && method !== 'GET') headers.set('idempotency-key', given.once ?? `test-${++count}`)
    const response = await server.request(`${origin}/api/v1${path}`, {
      method,
      headers,
      ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.clone().text()
    const body = response.headers.get('content-type')?.includes('json') ? await response.json() : null
    checkAnswer(method, path, response, body)
    return { status: response.status, body, headers: response.headers, text }
  }

  /** An answer that must be there. */
  async function done(method: string, path: string, body?: unknown, given: Options = {}): Promise<Json> {
    const answer = await ask(method, path, { ...given, ...(body === undefined ? {} : { body }) })
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
    return answer.body
  }

  return { world, app, server, key, ask, done, business, keyFor, close: () => world.close() }
}

export type ApiWorld = Awaited<ReturnType<typeof apiWorld>>

/** What every answer is held against, wherever it comes from. */
function checkAnswer(method: string, path: string, response: Response, body: unknown): void {
  const type = response.headers.get('content-type') ?? ''
  expect(response.headers.get('cache-control')).toBe('no-store')
  if (response.status >= 400) {
    expect(type, `${method} ${path}`).toBe('application/problem+json')
    const problem = Problem.parse(body)
    expect(problem.status).toBe(response.status)
    expect(problem.type).toContain(`/api/docs/errors#${problem.code}`)
    return
  }
  const route = routeOf(method, path)
  if (route === undefined) return
  expect(response.status).toBe(route.status ?? 200)
  expect(response.headers.get('ratelimit')).toBeTruthy()
  if (route.answer === null) expect(type).toBe(route.media)
  else route.answer.parse(body)
}

export function routeOf(method: string, path: string): Route | undefined {
  const plain = path.split('?')[0] ?? ''
  const fits = (each: Route) =>
    each.method.toUpperCase() === method && new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain)
  // A fixed path stands before a pattern, as in the table.
  return routes.find((each) => fits(each) && !each.path.includes('{')) ?? routes.find(fits)
}

/** Pays, or does something else, on the sandbox gateway's page. */
export const payAt = (world: ApiWorld['world'], payUrl: unknown, how = 'pay'): Promise<void> =>
  atGateway(world, '/__pay', { id: String(payUrl).split('/').at(-1), how })

/** Tells the gateway of a further account of ours. */
export const openAccount = (
  world: ApiWorld['world'],
  apiKey: string,
  secret: string,
  noticeUrl: unknown,
): Promise<void> => atGateway(world, '/__accounts', { api_key: apiKey, notice_secret: secret, notice_url: noticeUrl })

async function atGateway(world: ApiWorld['world'], path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const request = new Request(`${world.gatewayOrigin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect((await world.gateway.app.fetch(request)).status).toBeLessThan(300)
}

/** A sold plan: one id of each kind, for tests that need something to be there. */
export async function soldPlan({ world, done }: ApiWorld, more: Record<string, unknown> = {}) {
  const [plan] = (await done('GET', '/plans')).data as Json[]
  const [gateway] = (await done('GET', '/gateways')).data as Json[]
  const order = await done('POST', '/orders', {
    plan_id: plan?.id,
    email: 'ana@example.net',
    username: 'ana84',
    gateway: gateway?.id,
    ...more,
  })
  await payAt(world, order.pay_url)
  await world.settle()
  const ready = await done('GET', `/orders/${order.id}?expand=customer,invoice`)
  expect(ready.status).toBe('ready')
  return { plan, gateway, order: ready }
}
