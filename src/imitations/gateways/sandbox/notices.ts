/** Tells the shop that something changed: signed, at least once, repeated until it is taken. */
import { createHmac } from 'node:crypto'
import type { Kit } from '../../kit.ts'
import { newId, type SandboxEvent } from './payments.ts'

/** How a notice travels: answers the HTTP status, throws when there was none. */
export type Deliver = (notice: { url: string; headers: Record<string, string>; body: string }) => Promise<number>

export type SandboxAccount = { api_key: string; notice_url: string; notice_secret: string }

type Waiting = { id: string; account: string; body: string; attempts: number }

const longestWaitMs = 60_000
const mostAttempts = 12

/**
 * Over the network (no `deliver`) notices leave in the background and repeat by themselves; with a `deliver` of the caller's the
 * first try is awaited and repeats happen only on `flush`, so that a simulation stays in step.
 */
export function openNotices(
  kit: Kit,
  accountOf: (apiKey: string) => SandboxAccount | undefined,
  deliver: Deliver | null,
) {
  const waiting = kit.store.shelf<Waiting>('notices')
  const timers = new Set<NodeJS.Timeout>()

  async function attempt(notice: Waiting): Promise<void> {
    const account = accountOf(notice.account)
    if (!account || account.notice_url === '') return void waiting.delete(notice.id)
    const status = await (deliver ?? overNetwork)({
      url: account.notice_url,
      headers: {
        'content-type': 'application/json',
        'sandbox-signature': sign(account.notice_secret, notice.body, kit.now()),
      },
      body: notice.body,
    }).catch(() => 0)
    if (status >= 200 && status < 300) return void waiting.delete(notice.id)
    const attempts = notice.attempts + 1
    waiting.put(notice.id, { ...notice, attempts })
    if (deliver === null && attempts < mostAttempts) later(Math.min(1_000 * 2 ** attempts, longestWaitMs), notice.id)
  }

  function later(ms: number, id: string): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      const notice = waiting.get(id)
      if (notice) void attempt(notice)
    }, ms)
    timer.unref()
    timers.add(timer)
  }

  return {
    async tell({ type, payment, dispute }: SandboxEvent): Promise<void> {
      if (kit.faults.strikes('notice_lost', type)) return
      const { id, reference } = payment
      const data = { id, reference, ...(dispute === undefined ? {} : { dispute }) }
      const event = { id: newId('sbe'), type, created_at: kit.now().toString(), data }
      const notice = { id: event.id, account: payment.account, body: JSON.stringify(event), attempts: 0 }
      waiting.put(notice.id, notice)
      if (kit.faults.strikes('notice_held', type)) return
      const twice = kit.faults.strikes('notice_twice', type)
      const sent = attempt(notice).then(() => (twice ? attempt(notice) : undefined))
      if (deliver !== null) await sent
    },
    /** Sends everything that waits, now. */
    async flush(): Promise<number> {
      const all = [...waiting.values()]
      for (const notice of all) await attempt(notice)
      return all.length
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** `t=<seconds>,v1=<hex HMAC-SHA256 of "seconds.body">`. */
function sign(secret: string, body: string, now: Temporal.Instant): string {
  const seconds = Math.floor(now.epochMilliseconds / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

const overNetwork: Deliver = async ({ url, headers, body }) => {
  const signal = AbortSignal.timeout(10_000)
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
  await response.body?.cancel()
  return response.status
}
