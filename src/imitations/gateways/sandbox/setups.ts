/** Pages on which a method is kept without a payment. A refused card leaves the page open for another; what is kept or over stays so. */
import { z } from 'zod'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'
import type { ChargeOutcome, Methods } from './methods.ts'
import { type DeclineCode, newId, type SandboxEvent, webAddress } from './payments.ts'

export const NewSetup = z.strictObject({
  reference: z.string().min(1).max(100),
  return_url: webAddress,
  cancel_url: webAddress,
  expires_at: z.iso.datetime({ offset: true }),
  save_for: z.string().min(1).max(100),
})

export type SandboxSetup = z.infer<typeof NewSetup> & {
  id: string
  account: string
  created_at: string
  status: 'open' | 'declined' | 'saved' | 'expired'
  decline_code: DeclineCode | null
  /** The method that was kept. */
  saved: string | null
}

/** What a buyer can choose on such a page. */
export const SetupHow = z.enum(['pay', 'decline'])

export type Setups = ReturnType<typeof openSetups>

export function openSetups(kit: Kit, methods: Methods, tell: (event: SandboxEvent) => Promise<void>) {
  const setups = kit.store.shelf<SandboxSetup>('setups')

  async function change(setup: SandboxSetup, type: string, to: Partial<SandboxSetup>): Promise<SandboxSetup> {
    const changed = { ...setup, ...to }
    setups.put(changed.id, changed)
    kit.did(type, { id: changed.id, reference: changed.reference })
    await tell({ type, payment: changed })
    return changed
  }

  async function read(id: string, account?: string): Promise<SandboxSetup> {
    const setup = setups.get(id)
    if (!setup || (account !== undefined && setup.account !== account))
      throw new Refused(404, 'not_found', `no setup ${id}`)
    const waits = setup.status === 'open' || setup.status === 'declined'
    const isPast = Temporal.Instant.compare(setup.expires_at, kit.now()) <= 0
    return waits && isPast ? change(setup, 'setup.expired', { status: 'expired' }) : setup
  }

  return {
    read,
    has: (id: string): boolean => setups.get(id) !== undefined,

    create(account: string, asked: z.infer<typeof NewSetup>): SandboxSetup {
      const fresh = { status: 'open' as const, decline_code: null, saved: null }
      const setup = { ...asked, ...fresh, id: newId('sbs'), account, created_at: kit.now().toString() }
      setups.put(setup.id, setup)
      kit.did('setup.created', { id: setup.id, reference: setup.reference })
      return setup
    },

    async choose(
      id: string,
      how: z.infer<typeof SetupHow>,
      code: DeclineCode = 'do_not_honor',
      laterCharges: ChargeOutcome = 'pay',
    ): Promise<SandboxSetup> {
      const setup = await read(id)
      if (setup.status !== 'open' && setup.status !== 'declined') return setup
      if (how === 'decline') return change(setup, 'setup.declined', { status: 'declined', decline_code: code })
      const { id: saved } = methods.keep(setup, setup.save_for, [laterCharges])
      return change(setup, 'setup.saved', { status: 'saved', decline_code: null, saved })
    },
  }
}
