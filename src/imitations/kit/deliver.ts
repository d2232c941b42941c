/** Notices of imitations that keep a queue of their own: how they leave the house, and what is told while the API is down. */
import { Hono } from 'hono'
import type { Kit } from '../kit.ts'

/** How a notice leaves the house. Answers the receiver's status; throws when there is none. */
export type Deliver = (url: string, body: string, headers: Record<string, string>) => Promise<number>

/** Over the network, with the time-out that Stripe has; a redirect counts as a failure there, too. */
export const overHttp =
  (closing: AbortSignal): Deliver =>
  async (url, body, headers) => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(20_000)])
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal })
    await answer.body?.cancel()
    return answer.status
  }

/** `send` sends what is due and answers how much that was. One at a time: a second call waits, then looks again. */
export function pumpOf(kit: Kit, closing: AbortSignal, send: () => Promise<number>): () => Promise<number> {
  let running: Promise<number> = Promise.resolve(0)
  return () => {
    running = running.then(async () => {
      if (closing.aborted) return 0
      const sent = await send()
      if (sent > 0) await kit.store.flush()
      return sent
    })
    return running
  }
}

/** The controls stand in front of the faults: a test can settle a payment while the API is down. */
export function withControls(kit: Kit, own: Hono): Hono {
  const app = new Hono()
  app.onError((error) => {
    throw error
  })
  app.route('/', own)
  app.all('*', (c) => kit.app.fetch(c.req.raw, c.env))
  return app
}
