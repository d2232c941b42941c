/** The reseller: his credits in ten-thousandths, his rights, and the log of what he was charged. */
import { z } from 'zod'
import type { Kit, Shelf } from '../../kit.ts'
import type { xuiResellerDefaults } from '../xui-reseller.ts'

export type Settings = { [Name in keyof typeof xuiResellerDefaults]: string }
export type Account = ReturnType<typeof openAccount>

/** Who he is on the panel; lines of other owners are not his. */
export const reseller = { id: 152, username: 'myreseller', member_group_id: 3, owner_id: 1 }

type Charge = { seq: number; line: number; action: string; package: number; credits: number }
const scale = 10_000

type AccountSettings = Pick<Settings, 'credits' | 'trials' | 'credit_form' | 'charge_ms'>

export function openAccount(kit: Kit, settings: AccountSettings) {
  const state: Shelf<number> = kit.store.shelf('reseller')
  const charged: Shelf<Charge> = kit.store.shelf('charges')
  if (state.get('credits') === undefined) state.put('credits', Math.round(Number(settings.credits) * scale))
  if (state.get('trials') === undefined) state.put('trials', Number(settings.trials))

  const read = (name: 'credits' | 'trials') => state.get(name) ?? 0

  return {
    credits: () => read('credits') / scale,
    charges: () => [...charged.values()],
    topUp(credits: number): number {
      state.put('credits', read('credits') + Math.round(credits * scale))
      return read('credits') / scale
    },
    written: () =>
      settings.credit_form === 'decimal' ? (read('credits') / scale).toFixed(4) : String(read('credits') / scale),
    covers: (price: number) => read('credits') >= Math.round(price * scale),
    trialsLeft: () => read('trials'),
    spendTrial: () => state.put('trials', read('trials') - 1),

    /** Older builds read the balance, and write it back a moment later: whoever came in between is forgotten. */
    async charge(action: string, line: number, packageId: number, price: number): Promise<void> {
      const before = read('credits')
      const ms = Number(settings.charge_ms)
      if (ms > 0) await new Promise((done) => setTimeout(done, ms))
      state.put('credits', (ms > 0 ? before : read('credits')) - Math.round(price * scale))
      const seq = kit.store.next('charge')
      charged.put(seq, { seq, line, action, package: packageId, credits: price })
      kit.did('charge', { id: line, credits: price })
    },
  }
}

const TopUp = z.strictObject({ credits: z.number() })

/** A test's hand on the account: what it has and was charged, and more for it. */
export function addCredits({ app }: Kit, account: Account): void {
  app.get('/__credits', (c) => c.json({ credits: account.credits(), charges: account.charges() }))
  app.post('/__credits', async (c) => c.json({ credits: account.topUp(TopUp.parse(await c.req.json()).credits) }))
}
