/**
 * Notices that an imitated provider sends: at least once, repeated until they are taken. Faults that its kind lists beside its own:
 * `notice_lost`, `notice_held` (until `POST /__deliver`), `notice_twice`; their action is the notice's type.
 *
 *     POST /__deliver {"reversed":true}   sends everything that waits, newest first
 */
import { z } from 'zod'
import type { Kit } from '../kit.ts'

export const noticeFaults = ['notice_lost', 'notice_held', 'notice_twice'] as const

export type Notice = {
  /** The provider's word for what happened. */
  type: string
  url: string
  contentType: string
  body: string
}

type Waiting = Notice & { id: string; attempts: number }

export type Notices = {
  /** Nothing is sent where there is no address. Returns at once: it leaves after the answer, as from another machine. */
  tell(notice: Notice): void
  close(): void
}

const mostAttempts = 12
const longestWaitMs = 60_000

/** `sign` makes the headers of one try: a repeat may be signed anew. Answers the control `/__deliver` by itself. */
export function openNotices(kit: Kit, sign: (notice: Notice, attempt: number) => Record<string, string>): Notices {
  const waiting = kit.store.shelf<Waiting>('notices')
  const timers = new Set<NodeJS.Timeout>()

  async function attempt(notice: Waiting): Promise<void> {
    const headers = { 'content-type': notice.contentType, ...sign(notice, notice.attempts) }
    const status = await post(notice, headers)
    if (status >= 200 && status < 300) return void waiting.delete(notice.id)
    const again = { ...notice, attempts: notice.attempts + 1 }
    waiting.put(notice.id, again)
    if (again.attempts < mostAttempts) later(again)
  }

  function later(notice: Waiting): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        if (waiting.get(notice.id)) void attempt(notice)
      },
      Math.min(1_000 * 2 ** notice.attempts, longestWaitMs),
    )
    timer.unref()
    timers.add(timer)
  }

  kit.app.post('/__deliver', async (c) => {
    const { reversed } = Delivering.parse(await c.req.json().catch(() => ({})))
    const all = [...waiting.values()]
    for (const notice of reversed ? all.toReversed() : all) await attempt(notice)
    return c.json({ delivered: all.length })
  })

  return {
    tell(notice) {
      if (notice.url === '' || kit.faults.strikes('notice_lost', notice.type)) return
      const kept = { ...notice, id: String(kit.store.next('notice')), attempts: 0 }
      waiting.put(kept.id, kept)
      if (kit.faults.strikes('notice_held', notice.type)) return
      const twice = kit.faults.strikes('notice_twice', notice.type)
      setImmediate(() => void attempt(kept).then(() => (twice ? attempt(kept) : undefined)))
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

const Delivering = z.object({ reversed: z.boolean().default(false) })

/** The HTTP status; 0 when there was none. */
async function post({ url, body }: Notice, headers: Record<string, string>): Promise<number> {
  const signal = AbortSignal.timeout(10_000)
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}
