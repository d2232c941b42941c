/** What every handler of the server knows of its request. */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

export type Env = {
  /** The socket's side of the request; absent when a test calls `fetch` itself. */
  Bindings: Partial<HttpBindings>
  Variables: {
    requestId: string
    /** The caller's network address, behind trusted proxies only. */
    address: string
    /** The pattern of the route, for metrics: never the path. */
    route?: string
  }
}

export const socketAddress = (c: Context<Env>): string => c.env?.incoming?.socket.remoteAddress ?? ''

export const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address)
