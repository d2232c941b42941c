/** Listens on a port and stops gracefully: no new connections, what runs is finished, ten seconds at most. */
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { StartError } from '#platform/errors.ts'

export type Serving = {
  /** Where a browser on this machine finds it. */
  url: string
  port: number
  /** Resolves when the last answer left, or after ten seconds. Repeating it is no error. */
  close(): Promise<void>
}

type Fetching = { fetch: (request: Request, env: never) => Response | Promise<Response> }

/** A caller who sends slower than this, or more than this in headers, holds no connection for long. */
const limits = { headersTimeout: 15_000, requestTimeout: 60_000, keepAliveTimeout: 5_000, maxHeaderSize: 16 * 1024 }
const graceMilliseconds = 10_000

/** Throws a `StartError`, one sentence, when the port cannot be had. Port 0 takes a free one. */
export async function serve(server: Fetching, { port, host }: { port: number; host: string }): Promise<Serving> {
  const listener = createAdaptorServer({
    fetch: (request, env) => server.fetch(request, env as never),
    serverOptions: limits,
  })
  await new Promise<void>((listening, failed) => {
    listener.once('error', (error: NodeJS.ErrnoException) => failed(startError(error, port, host)))
    listener.listen(port, host, listening)
  })
  const taken = (listener.address() as AddressInfo).port
  let closing: Promise<void> | null = null
  return {
    url: `http://${shownHost(host)}:${taken}`,
    port: taken,
    close: () => {
      closing ??= stop(listener)
      return closing
    },
  }
}

type Listener = ReturnType<typeof createAdaptorServer>

function stop(listener: Listener): Promise<void> {
  const idle = () => 'closeIdleConnections' in listener && listener.closeIdleConnections()
  return new Promise((stopped) => {
    // A connection that was busy when we stopped becomes idle with its last answer: its browser would keep it open.
    const sweep = setInterval(idle, 50)
    const impatient = setTimeout(
      () => 'closeAllConnections' in listener && listener.closeAllConnections(),
      graceMilliseconds,
    )
    listener.close(() => {
      clearInterval(sweep)
      clearTimeout(impatient)
      stopped()
    })
    idle()
  })
}

const shownHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::' || host === '') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function startError(error: NodeJS.ErrnoException, port: number, host: string): StartError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(`Port ${port} is taken by another program: stop that one, or set PORT to a free port.`)
    case 'EACCES':
      return new StartError(`Port ${port} may not be used by this user: set PORT to one above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`HOST is "${host}", which is no address of this machine.`)
    default:
      return new StartError(`The server cannot listen on ${host}:${port}: ${error.message}.`)
  }
}
