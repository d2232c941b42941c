/** Answers outgoing requests by functions of this process instead of sockets: the same requests and faults, no ports. */
import { type Exchange, type Wire, type WireAnswer, WireFault } from './wire.ts'

/**
 * By origin (`http://panel.example:8080`). A rejected promise or `Response.error()` is a connection that broke after the request
 * was sent; a rejection whose cause has the code ECONNREFUSED, as the platform's `fetch` has it, is a host that is not there.
 */
export type InProcessApps = Readonly<Record<string, InProcessApp>>

export type InProcessApp = (request: Request) => Response | Promise<Response>

/** The app of an origin may also be looked up. */
export function inProcessExchange(apps: InProcessApps | ((origin: string) => InProcessApp | undefined)): Exchange {
  return async (wire) => {
    const app = typeof apps === 'function' ? apps(wire.url.origin) : apps[wire.url.origin]
    if (!app) throw connectionRefused()
    const gone = new AbortController()
    try {
      return await Promise.race([answerOf(app, wire, gone.signal), overdue(wire, gone.signal)])
    } finally {
      gone.abort()
    }
  }
}

async function answerOf(app: InProcessApp, wire: Wire, signal: AbortSignal): Promise<WireAnswer> {
  const { method, headers } = wire
  const body = typeof wire.body === 'string' || wire.body === null ? wire.body : new Uint8Array(wire.body)
  try {
    const response = await app(new Request(wire.url, { method, headers, body, signal, redirect: 'manual' }))
    if (response.type === 'error') throw new Error('the app broke the connection')
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (bytes.length > wire.maxBytes)
      throw new WireFault('response_too_large', `the answer is larger than ${wire.maxBytes} bytes`, { sent: true })
    return { status: response.status, headers: response.headers, body: bytes }
  } catch (cause) {
    if (cause instanceof WireFault) throw cause
    if (isRefusal(cause)) throw connectionRefused()
    throw new WireFault('connection_lost', 'the connection ended before the answer was complete', { sent: true, cause })
  }
}

function overdue(wire: Wire, answered: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = () =>
      reject(new WireFault('timeout', `no complete answer within ${wire.timeoutMs} ms`, { sent: true }))
    const timer = setTimeout(late, wire.timeoutMs)
    answered.addEventListener('abort', () => clearTimeout(timer), { once: true })
    wire.signal?.addEventListener('abort', () =>
      reject(new WireFault('aborted', 'the request was given up', { sent: true })),
    )
  })
}

const connectionRefused = () =>
  new WireFault('connection_refused', 'the host refuses connections on this port', { sent: false })

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
