/**
 * Storefront, portal and console as one function from request to response, for a server in the same process. It serves
 * what `ensureBuilt` built; the pages' rooms are imported by Node itself, so they share their state with everything else.
 */
import { pathToFileURL } from 'node:url'
import { createRequestHandler, RouterContextProvider, type ServerBuild } from 'react-router'
import { loadAssets } from './assets.ts'
import { buildFolder } from './build/ensure-built.ts'
import { type WebContext, webContext } from './context.ts'
import { speakOwnLanguage } from './own-language.ts'
import { refusalsAsPages } from './refusals-as-pages.ts'
import { securityHeaders } from './security-headers.ts'

export { ensureBuilt } from './build/ensure-built.ts'
export { webContextOf } from './context.ts'

export type WebHandler = (request: Request, context: WebContext) => Promise<Response>
type PageHandler = ReturnType<typeof createRequestHandler>

/** `folder` holds `client/` and `server/`; the default is the project's `build/`. Loading begins at once. */
export function createWebHandler({ folder = buildFolder }: { folder?: string } = {}): WebHandler {
  const loading = load(folder)
  loading.catch(() => {}) // Told by the first request instead of ending the process.

  return async (request, context) => {
    const { asset, pages } = await loading
    const file = await asset(request)
    if (file) return file
    if (isForeignPost(request, context)) return refused(context)
    await speakOwnLanguage(request, context)

    const provider = new RouterContextProvider()
    provider.set(webContext, context)
    const response = await pages(context.basePath)(request, provider)
    return secured(response, request, context)
  }
}

async function load(folder: string) {
  const built = (await import(pathToFileURL(`${folder}/server/index.js`).href)) as ServerBuild
  // The router compares scheme, host and port of `Origin` with the request; behind a proxy the scheme differs. We compare below.
  const build = refusalsAsPages({ ...built, allowedActionOrigins: ['**'] })
  const handlers = new Map<string, PageHandler>()

  /** One handler per base path, since links and redirects of `/s/<slug>` carry it; the few latest are kept. */
  const pages = (basePath: string): PageHandler => {
    const known = handlers.get(basePath)
    if (known) return known
    const handler = createRequestHandler({ ...build, basename: basePath || '/' }, 'production')
    if (handlers.size >= 200) handlers.delete(handlers.keys().next().value ?? '')
    handlers.set(basePath, handler)
    return handler
  }
  return { asset: await loadAssets(`${folder}/client`), pages }
}

/** A form on somebody else's site must not act with our cookies. */
function isForeignPost(request: Request, { app }: WebContext): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false
  if (request.headers.get('sec-fetch-site') === 'cross-site') return true
  const origin = request.headers.get('origin')
  if (origin === null) return false
  const ours = [new URL(request.url).host, URL.parse(app.publicUrl)?.host]
  return !ours.includes(URL.parse(origin)?.host ?? '')
}

const refused = ({ requestId }: WebContext): Response =>
  new Response(`This form was sent from another site. Nothing was changed. (forbidden, ${requestId})\n`, {
    status: 403,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })

function secured(response: Response, request: Request, context: WebContext): Response {
  const headers = new Headers(response.headers)
  const https = new URL(request.url).protocol === 'https:' || context.app.publicUrl.startsWith('https:')
  for (const [name, value] of Object.entries(securityHeaders({ ...context, https }))) {
    if (!headers.has(name)) headers.set(name, value)
  }
  headers.set('x-request-id', context.requestId)
  // Pages show what belongs to one person; a route that may be kept longer says so itself.
  if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store')
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
