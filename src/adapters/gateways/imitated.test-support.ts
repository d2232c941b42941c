/** What the worlds of the gateway contract have in common: each stands on an imitation that can be told and broken. */
import type { Served } from '#imitations/kit.ts'
import type { StoppedClock } from '#platform/clock.ts'
import type { GatewayWorld, NoticeListener } from './contract.ts'

type Common = Pick<GatewayWorld, 'now' | 'pass' | 'fail' | 'heal' | 'notices' | 'stop'>
type Calls = Record<Parameters<GatewayWorld['fail']>[1], string>

/** `program('/__pay', { … })`: what only the imitation can be told. */
export const programOf = (served: Served) => async (path: string, body: object) => {
  const response = await fetch(`${served.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}

const patience = () => new Promise((resolve) => setTimeout(resolve, 50)) // The listener closes in the background.

/** `calls`: what our kinds of call are there, `POST /v1/payments`. */
export const imitated = (served: Served, listener: NoticeListener, clock: StoppedClock, calls: Calls): Common => ({
  now: clock.now,
  pass: clock.advance,
  fail: async (fault, on, times) => {
    const down = fault === 'down'
    const ms = fault === 'slow' ? 300 : 0
    served.faults.add({ fault, action: down ? null : calls[on], times: times ?? null, ms })
    if (down) await patience()
  },
  heal: async () => {
    served.faults.clear()
    await patience()
  },
  notices: listener.take,
  async stop() {
    await served.close()
    await listener.close()
  },
})
