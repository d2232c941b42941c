/** Takes the port before there is anything behind it: whoever comes early is asked to wait, and a taken port is known at once. */

import { type Serving, serve } from './server/serve.ts'
import type { Server } from './server.ts'

export type Gate = Serving & { admit(server: Pick<Server, 'fetch'>): void }

export async function openGate(at: { port: number; host: string }): Promise<Gate> {
  let server: Pick<Server, 'fetch'> | null = null
  const serving = await serve(
    { fetch: (request: Request, env: never) => (server === null ? starting(request) : server.fetch(request, env)) },
    at,
  )
  return {
    ...serving,
    admit(arrived) {
      server = arrived
    },
  }
}

/** Alive, but not ready. */
function starting(request: Request): Response {
  const { pathname } = new URL(request.url)
  if (pathname === '/healthz') return Response.json({ ok: true })
  if (pathname === '/readyz') return Response.json({ ok: false, reason: 'starting' }, { status: 503 })
  return new Response('Linekeeper is starting. Please try again in a moment.\n', {
    status: 503,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'retry-after': '3',
      refresh: '3',
      'cache-control': 'no-store',
    },
  })
}
