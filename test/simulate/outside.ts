/** The other companies' machines of a simulated world: a panel, a gateway and a mail server that fail when told, and count it when they did. */
import type { OutgoingMessage, Transport } from '#adapters/transports/transport.ts'
import type { Chance } from '../../src/demo/chance.ts'
import type { Deliver } from '../../src/imitations/gateways/sandbox/notices.ts'
import { sandboxWith } from '../../src/imitations/gateways/sandbox.ts'
import type { Imitation } from '../../src/imitations/kit.ts'
import { xui } from '../../src/imitations/panels/xui.ts'
import type { SeedLog } from './log.ts'

export const origins = { panel: 'http://panel.test', gateway: 'http://pay.test' }

export type Letter = OutgoingMessage & { at: Temporal.Instant }
export type MailMood = 'well' | 'refusing' | 'rejecting' | 'forgetful' | 'locked'
export type Outside = Awaited<ReturnType<typeof openOutside>>

export async function openOutside(now: () => Temporal.Instant, chance: Chance, log: SeedLog, deliver: Deliver) {
  const panel = await xui.create({ folder: null, now, publicUrl: () => origins.panel })
  const gateway = await sandboxWith(deliver).create({
    folder: null,
    now,
    publicUrl: () => origins.gateway,
    options: { settle_after_ms: '' },
  })
  counting('panel', panel, log)
  counting('gateway', gateway, log)
  const mail = openMail(now, chance, log)
  return {
    panel,
    gateway,
    mail,
    apps: {
      [origins.panel]: (request: Request) => panel.app.fetch(request),
      [origins.gateway]: (request: Request) => gateway.app.fetch(request),
    },
    async close(): Promise<void> {
      await panel.close()
      await gateway.close()
    },
  }
}

/** What happens at the gateway without us: nothing of it passes our door. */
export const postToGateway = ({ gateway }: Outside, path: string, body: unknown): Promise<void> =>
  postTo(gateway, path, body)

/** What its own people do with a machine of another company. */
export async function postTo({ app }: Pick<Imitation, 'app'>, path: string, body: unknown): Promise<void> {
  const answer = await app.fetch(
    new Request(`http://by-hand.test${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`)
}

/** A fault that was switched on may never strike, so it is counted where it does. */
function counting(whom: string, { faults }: Imitation, log: SeedLog): void {
  const { take, strikes, isDown } = faults
  const struck = (name: string, action: string) => {
    log.count(`${whom}_${name}`)
    log.note(`${whom} ${name} at ${action}`)
  }
  faults.take = (action, accept) => {
    const fault = take(action, accept)
    if (fault !== null) struck(fault.fault, action)
    return fault
  }
  faults.strikes = (name, action) => {
    const hit = strikes(name, action)
    if (hit) struck(name, action)
    return hit
  }
  faults.isDown = () => {
    const down = isDown()
    if (down) struck('down', 'a call')
    return down
  }
}

/** A mail server as the transport sees it; the wire to a real one is tested where the transport is. */
function openMail(now: () => Temporal.Instant, chance: Chance, log: SeedLog) {
  const letters: Letter[] = []
  let mood: MailMood = 'well'

  const transport: Transport = {
    async send(message) {
      if (mood !== 'well' && chance.next() < 0.7) {
        log.count(`mail_${mood}`)
        // It took the letter and the connection broke before it could say so; or it did not take it. We cannot know.
        if (mood === 'forgetful' && chance.next() < 0.5) letters.push({ ...message, at: now() })
        return { outcome: outcomes[mood], detail: `the mail server is ${mood}` }
      }
      letters.push({ ...message, at: now() })
      return { outcome: 'accepted', detail: '250 taken' }
    },
    checkConnection: async () => ({ outcome: 'accepted', detail: '250 fine' }),
    close: async () => {},
  }
  return {
    transport,
    letters: letters as readonly Letter[],
    mood: (to: MailMood) => {
      mood = to
    },
  }
}

const outcomes = {
  refusing: 'unavailable',
  rejecting: 'rejected',
  forgetful: 'ambiguous',
  locked: 'auth_failed',
} as const
