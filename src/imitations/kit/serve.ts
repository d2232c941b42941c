/** Puts an imitation on the network. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { CreateImitation, Imitation, ImitationKind } from '../kit.ts'

export type Served = {
  /** Where it is reached, without a slash at the end. */
  url: string
  port: number
  /** The same `/__…` routes on a listener of their own, which still answers while `down` has closed the first one. */
  controlUrl: string
  /** The faults at hand, for a test in the same process. */
  faults: Imitation['faults']
  close(): Promise<void>
}

export type ServeOptions = Omit<CreateImitation, 'publicUrl'> & {
  /** 0 takes a free port. */
  port: number
  host?: string
  /** What the imitation calls itself in links, when that is not its own address (behind a proxy). */
  publicUrl?: string
}

/**
 * Listens until closed. While the fault `down` is on without an end the listener is really closed, so that callers
 * are refused before they have sent anything; it comes back on the same port.
 */
export async function serveImitation(kind: ImitationKind, options: ServeOptions): Promise<Served> {
  const host = options.host ?? '127.0.0.1'
  let url = options.publicUrl ?? ''
  const imitation = await kind.create({ ...options, publicUrl: () => url })
  const server = createAdaptorServer({ fetch: imitation.app.fetch }) as Server
  const control = createAdaptorServer({ fetch: (request, env) => controlOnly(imitation, request, env) }) as Server

  let port: number
  try {
    port = await listen(server, options.port, host)
    await listen(control, 0, '127.0.0.1')
  } catch (error) {
    await Promise.all([stop(server), imitation.close()])
    throw error
  }
  url ||= `http://${nameOf(host)}:${port}`

  let switching: Promise<unknown> = Promise.resolve()
  imitation.faults.onChange(() => {
    switching = switching.then(async () => {
      if (imitation.faults.isDown() && server.listening) await stopListening(server)
      else if (!imitation.faults.isDown() && !server.listening) await listen(server, port, host)
    })
  })

  return {
    url,
    port,
    controlUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    faults: imitation.faults,
    async close() {
      await switching
      await Promise.all([stop(server), stop(control)])
      await imitation.close()
    },
  }
}

type Fetching = { fetch(request: Request, env: object): Response | Promise<Response> }

/** The bare listener, for an imitation that runs already. */
export async function serveApp(
  app: Fetching,
  at: { port: number; host: string },
): Promise<Pick<Served, 'port' | 'close'>> {
  const server = createAdaptorServer({ fetch: (request, env) => app.fetch(request, env) }) as Server
  return { port: await listen(server, at.port, at.host), close: () => stop(server) }
}

/** An address that means "every interface" is none that a caller could use. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function controlOnly(imitation: Imitation, request: Request, env: unknown): Promise<Response> {
  if (!new URL(request.url).pathname.startsWith('/__')) return new Response('not found\n', { status: 404 })
  return imitation.app.fetch(request, env as object)
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** New callers are refused at once; the request in hand (it may be the one that switched the fault on) is answered. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close()
    server.closeIdleConnections()
    setImmediate(resolve)
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      server.closeAllConnections()
      return resolve()
    }
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
