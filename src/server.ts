/**
 * The HTTP face: one `fetch` from request to answer, composed of health, metrics, gateway notices, questions of media servers, sign-in, the API and the pages.
 * Every request gets an id, the caps on what it may send, and headers that let a browser do no more than it must.
 */
import { type Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import { routePath } from 'hono/route'
import { mostStatementBytes } from '#adapters/statements/statement.ts'
import { createApi } from '#api/api.ts'
import { limitBody } from '#api/body.ts'
import { docs } from '#api/docs.ts'
import { type Env, isLoopback, socketAddress } from '#api/env.ts'
import { problem } from '#api/problem.ts'
import type { App } from '#app.ts'
import type { RateLimits } from '#modules/people/rate-limits.ts'
import { clientAddress } from '#modules/people/rate-limits.ts'
import type { SignIn } from '#modules/people/sign-in.ts'
import { stopwatch } from '#platform/clock.ts'
import { Refusal } from '#platform/errors.ts'
import { live, ready } from '#platform/health.ts'
import { newId } from '#platform/ids.ts'
import { countRequest, metricsContentType, metricsText } from '#platform/metrics.ts'
import type { WebHandler } from '#web/handler.ts'
import { access } from './server/access.ts'
import { hardened } from './server/headers.ts'
import { hooks } from './server/hooks.ts'
import { pages } from './server/pages.ts'
import { sandboxPages } from './server/sandbox.ts'
import { viewerPages } from './server/viewers.ts'

export { serve } from './server/serve.ts'

export type ServerParts = {
  /** Storefront, portal and console. Null: a server for programs only (tests, a process behind another front). */
  web: WebHandler | null
  signIn: SignIn
  limits: RateLimits
  /** The demo world's own pages (`/demo/mail`, the sandbox's payment page); every page of the web is marked as demo then. */
  demo?: { fetch(request: Request): Response | Promise<Response> } | undefined
  /** `/metrics` for everybody who reaches this port. Default: only a caller on this machine, and not through a proxy. */
  publicMetrics?: boolean
}

export type Server = Hono<Env>

const kibibyte = 1024

export function createServer(app: App, parts: ServerParts): Server {
  const server = new Hono<Env>()

  server.use(async (c, next) => {
    const started = stopwatch()
    c.set('requestId', newId('req', app.clock))
    c.set('address', clientAddress(c.req.raw.headers, socketAddress(c), app.config.trustProxy))
    await next()
    c.res = hardened(app, c.res, c.get('requestId'))
    countRequest(method(c), c.get('route') ?? known(routePath(c, -1)), c.res.status, (stopwatch() - started) / 1000)
  })
  // Pages and lists shrink to a fifth; a stream of events is left as it is, and a phone's line is what they travel on.
  server.use(compress())
  server.onError((error, c) => problem(app, c, error))

  server.get('/healthz', (c) => c.json(live()))
  server.get('/readyz', async (c) => {
    const health = await ready(app.db)
    return c.json(health, health.ok ? 200 : 503)
  })
  server.get('/metrics', async (c) => {
    if (!parts.publicMetrics && !isLocal(c)) throw new Refusal('not_found', 'There is no such page.')
    return c.text(await metricsText(app.db), 200, { 'content-type': metricsContentType })
  })

  server.route('/hooks', hooks(app))
  server.route('/access', access(app))
  server.route('/sandbox', sandboxPages(app))
  server.route('/', viewerPages(app))
  server.route('/api/docs', docs())
  server.route('/api/v1', createApi(app, parts))
  server.all('/api/*', () => {
    throw new Refusal('not_found', 'There is no such address.')
  })

  server.use('/auth/*', limitBody(64 * kibibyte))
  server.all('/auth/*', (c) => parts.signIn.handler(c.req.raw))
  const { demo } = parts
  if (demo !== undefined) server.all('/demo/*', (c) => demo.fetch(c.req.raw))
  const usual = limitBody(2 * kibibyte * kibibyte)
  const statements = limitBody(mostStatementBytes + kibibyte * kibibyte)
  server.use((c, next) => (/^\/admin\/bank(\.data)?$/.test(c.req.path) ? statements : usual)(c, next))
  server.all('*', pages(app, parts))
  return server
}

/** A scrape from this machine. What a proxy beside us forwards comes from loopback too, but carries its header. */
const isLocal = (c: Context<Env>): boolean =>
  isLoopback(socketAddress(c)) && !c.req.raw.headers.has('x-forwarded-for') && !c.req.raw.headers.has('forwarded')

/** Labels of metrics come from closed lists, whatever callers send. */
const method = (c: Context<Env>): string =>
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(c.req.method) ? c.req.method : 'other'
const known = (route: string): string => (route === '' || route === '/*' || route === '*' ? 'pages' : route)
