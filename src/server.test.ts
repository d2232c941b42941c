import { createServer as listenTo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import type { WebHandler } from '#web/handler.ts'
import { createWorld, type World } from '../test/support/world.ts'
import { emptyWorld } from './modules/people/people.test-support.ts'
import { createServer, type Server, serve } from './server.ts'

let world: World
let server: Server
const seen: { path: string; business: string | null; basePath: string }[] = []

beforeAll(async () => {
  world = await createWorld()
  const limits = createRateLimits(world.app)
  const web: WebHandler = async (request, { business, basePath }) => {
    seen.push({ path: new URL(request.url).pathname, business: business?.slug ?? null, basePath })
    return new Response('a page', { headers: { 'content-security-policy': "default-src 'self'" } })
  }
  server = createServer(world.app, {
    web,
    signIn: createSignIn(world.app, { limits, sendMagicLink: async () => {} }),
    limits,
  })
})
afterAll(() => world.close())

const ask = (path: string, init: RequestInit = {}) => server.request(`http://shop.example${path}`, init)

test('health, readiness and an unknown address of the API', async () => {
  expect(await (await ask('/healthz')).json()).toEqual({ ok: true })
  expect((await ask('/readyz')).status).toBe(200)
  const unknown = await ask('/api/nowhere')
  expect(unknown.status).toBe(404)
  expect(unknown.headers.get('content-type')).toBe('application/problem+json')
  expect(await unknown.json()).toMatchObject({ code: 'not_found', request_id: unknown.headers.get('x-request-id') })
})

test('every answer says what a browser may do with it', async () => {
  for (const path of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/v1/openapi.json',
    '/api/docs',
    '/api/docs/errors',
    '/hooks/x',
    '/auth/x',
    '/',
    '/admin',
    '/api/v1/orders',
  ]) {
    const { headers } = await ask(path)
    expect(headers.get('content-security-policy'), path).toMatch(/default-src/)
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('referrer-policy'), path).toBeTruthy()
    expect(headers.get('strict-transport-security'), path).toBeTruthy()
    expect(headers.get('cache-control'), path).toBeTruthy()
    expect(headers.get('x-request-id'), path).toMatch(/^req_/)
  }
})

test('metrics are for callers on this machine, not for those whom a proxy brings', async () => {
  const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
    server.request('http://shop.example/metrics', { headers }, { incoming: { socket: { remoteAddress } } } as never)
  expect((await from('127.0.0.1')).status).toBe(200)
  expect(await (await from('::1')).text()).toContain('linekeeper_http_requests_total')
  expect((await from('198.51.100.7')).status).toBe(404)
  expect((await from('127.0.0.1', { 'x-forwarded-for': '198.51.100.7' })).status).toBe(404)
})

test('a page belongs to the business of its slug, else of its host, else to the operator; the console to none yet', async () => {
  seen.length = 0
  for (const path of ['/plans', '/s/northwind/plans', '/s/nobody/plans', '/admin/orders', '/assets/x.js'])
    await ask(path)
  expect(seen).toEqual([
    { path: '/plans', business: 'northwind', basePath: '' },
    { path: '/s/northwind/plans', business: 'northwind', basePath: '/s/northwind' },
    { path: '/s/nobody/plans', business: null, basePath: '' },
    { path: '/admin/orders', business: null, basePath: '' },
    { path: '/assets/x.js', business: null, basePath: '' },
  ])
})

test('a body larger than its cap is refused, with and without a length', async () => {
  const large = 'x'.repeat(3 * 1024 * 1024)
  expect((await ask('/checkout', { method: 'POST', body: large })).status).toBe(413)
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(256 * 1024)) })
  const refused = await ask('/hooks/gwa_00000000000000000000000000', {
    method: 'POST',
    body: endless,
    duplex: 'half',
  } as RequestInit)
  expect(refused.status).toBe(413)
})

test('F83: a notice: stored once, forged, for nobody, not sent by POST', async () => {
  const gateway = (await transaction(world.shop, 'read', listGateways)).find(({ kind }) => kind === 'sandbox')
  const forged = await ask(`/hooks/${gateway?.id}`, { method: 'POST', body: '{}' })
  expect([forged.status, (await forged.json()).code]).toEqual([400, 'bad_request'])
  for (const id of ['gwa_00000000000000000000000000', 'x', '%00'])
    expect((await ask(`/hooks/${id}`, { method: 'POST', body: '{}' })).status).toBe(404)
  const wrong = await ask(`/hooks/${gateway?.id}`)
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
})

test('a person sees a sentence where a program sees a problem', async () => {
  const response = await ask('/api/nowhere', { headers: { accept: 'text/html' } })
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await response.text()).toContain('not_found, req_')
})

test('the reference and the page of errors come from here, and each code has its place', async () => {
  expect(await (await ask('/api/docs')).text()).toContain('/api/docs/scalar.js')
  const bundle = await ask('/api/docs/scalar.js', { headers: { 'accept-encoding': 'gzip' } })
  expect([bundle.status, bundle.headers.get('content-encoding')]).toEqual([200, 'gzip'])
  expect(await (await ask('/api/docs/errors')).text()).toContain('<h2 id="idempotency_mismatch">')
})

test('it listens, answers, finishes what runs when it stops, and tells when the port is taken', async () => {
  let finish = () => {}
  const slow = { fetch: () => new Promise<Response>((done) => (finish = () => done(new Response('late')))) }
  const serving = await serve(slow, { port: 0, host: '127.0.0.1' })
  const answer = fetch(serving.url)
  await expect.poll(() => finish.toString().includes('done')).toBe(true)
  const closed = serving.close()
  await expect(fetch(serving.url)).rejects.toThrow()
  finish()
  expect(await (await answer).text()).toBe('late')
  await closed

  const other = listenTo().listen(0, '127.0.0.1')
  await new Promise((ready) => other.once('listening', ready))
  const { port } = other.address() as { port: number }
  await expect(serve(slow, { port, host: '127.0.0.1' })).rejects.toThrow(`Port ${port} is taken`)
  await new Promise((done) => other.close(done))
})

test('a fault of ours tells nothing of itself', async () => {
  const failing = createServer(world.app, {
    web: () => Promise.reject(new Error('select secret from table')),
    signIn: createSignIn(world.app, { limits: createRateLimits(world.app), sendMagicLink: async () => {} }),
    limits: createRateLimits(world.app),
  })
  const response = await failing.request('http://shop.example/plans')
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('select')
})

test('where nobody sells yet, the first page leads to where one begins', async () => {
  const empty = await emptyWorld()
  const limits = createRateLimits(empty.app)
  const signIn = createSignIn(empty.app, { limits, sendMagicLink: async () => {} })
  const fresh = createServer(empty.app, { web: async () => new Response('a page'), signIn, limits })
  const answer = await fresh.request('http://shop.example/')
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/admin'])
  await empty.close()
})
