/** Acts out the faults that every imitation has. Nothing here knows what is being imitated. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Next } from 'hono'
import { type Fault, type Faults, isCommon } from './faults.ts'

/** How an in-process `fetch` fails when the connection breaks: the shape that Node's own `fetch` has. */
export class ConnectionLost extends TypeError {
  constructor(code: 'ECONNREFUSED' | 'ECONNRESET') {
    super('fetch failed', { cause: Object.assign(new Error(code), { code }) })
    this.name = 'TypeError'
  }
}

/**
 * One middleware in front of a kind's routes. The kind's own faults (`credits_out`) are left to the kind, which asks
 * for them by name.
 */
export function actOut(faults: Faults, actionOf: (c: Context) => string | Promise<string>) {
  return async (c: Context, next: Next): Promise<Response | undefined> => {
    if (c.req.path.startsWith('/__')) return void (await next()) // The kind's own controls are never in trouble.
    if (faults.isDown()) return cut(c, 'ECONNREFUSED')
    if (faults.list().length === 0) return void (await next())

    const fault = faults.take(await actionOf(c), isCommon)
    if (!fault) return void (await next())
    if (fault.executes || fault.fault === 'timeout_after' || needsAnswer.has(fault.fault)) await next()
    return misbehave(c, fault, next)
  }
}

const needsAnswer = new Set(['truncated', 'notice'])

async function misbehave(c: Context, fault: Fault, next: Next): Promise<Response | undefined> {
  switch (fault.fault) {
    case 'down':
      return cut(c, 'ECONNREFUSED')
    case 'timeout_before':
    case 'timeout_after':
      await pause(c, fault.ms ?? 0)
      return cut(c, 'ECONNRESET')
    case 'slow':
      await pause(c, fault.ms ?? 2000)
      return fault.executes ? undefined : void (await next())
    case 'truncated': {
      const text = await c.res.text()
      return answer(c, c.res.status, text.slice(0, Math.floor(text.length / 2)))
    }
    case 'notice':
      return answer(
        c,
        c.res.status,
        `<br />\n<b>Notice</b>:  Undefined index: id in <b>/home/panel/www/api.php</b><br />\n${await c.res.text()}`,
      )
    case 'html':
      return answer(c, 200, '<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in</body></html>')
    case 'null':
      return answer(c, 200, 'null', 'application/json')
    case 'empty':
      return answer(c, 200, '')
    default: {
      const status = Number(fault.fault.slice('http_'.length))
      const answered = answer(
        c,
        status,
        `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`,
      )
      if (status === 429 || status === 503) answered?.headers.set('retry-after', '1')
      return answered
    }
  }
}

/** After `next()` Hono takes a new answer only through `c.res`; before it, only as the returned value. */
function answer(c: Context, status: number, body: string, type = 'text/html; charset=utf-8'): Response | undefined {
  const response = new Response(body, { status, headers: { 'content-type': type } })
  if (!c.finalized) return response
  c.res = undefined // Else Hono merges the old headers, the old length among them.
  c.res = response
  return undefined
}

/** Over TCP the socket is reset; in process `fetch` rejects as it would for a caller on another machine. */
function cut(c: Context, code: 'ECONNREFUSED' | 'ECONNRESET'): Response | undefined {
  const socket = socketOf(c)
  if (!socket) throw new ConnectionLost(code)
  socket.resetAndDestroy()
  if (!c.finalized) return RESPONSE_ALREADY_SENT
  c.res = undefined
  c.res = RESPONSE_ALREADY_SENT
  return undefined
}

function socketOf(c: Context) {
  const env = c.env as { incoming?: import('node:http').IncomingMessage } | undefined
  return env?.incoming?.socket as import('node:net').Socket | undefined
}

/** Waits, until the caller hangs up: then a timer left behind would keep the process alive for nobody. */
function pause(c: Context, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve()
  const { signal } = c.req.raw
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      if (socketOf(c)) resolve()
      else reject(signal.reason) // As the caller's own `fetch` would.
    })
  })
}
