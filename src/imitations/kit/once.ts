/** Idempotency keys as most providers have them: the same key and request get the first answer again, for a while. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { Kit } from '../kit.ts'

type Kept = { request: string; status: number; body: unknown; at: string }

export type Answered = { status: number; body: unknown }

/** `mismatch` answers a request that differs under a known key. Answers of the server's own trouble are not kept. */
export function openOnce(kit: Kit, keep: Temporal.DurationLike, mismatch: (kept: Answered) => Answered) {
  const kept = kit.store.shelf<Kept>('idempotency')
  return async (c: Context, act: () => Answered): Promise<Answered> => {
    const key = c.req.header('idempotency-key')
    if (key === undefined) return act()
    const place = `${c.req.header('authorization') ?? ''}/${key}`
    const request = createHash('sha256')
      .update(`${c.req.path}\n${await c.req.text()}`)
      .digest('hex')
    const before = kept.get(place)
    const fresh = before && Temporal.Instant.compare(kit.now(), Temporal.Instant.from(before.at).add(keep)) < 0
    if (before && fresh) return before.request === request ? before : mismatch(before)
    const { status, body } = act()
    kept.put(place, { request, status, body, at: kit.now().toString() })
    return { status, body }
  }
}
