/** Methods that the sandbox keeps for a shop, and what happens when one is charged: that is scripted, since there is no bank. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'
import { DeclineCode, newId, type SandboxPayment } from './payments.ts'

/** What becomes of a charge: `pay`, `later` (pending first), `never` (pending for ever), or declined with that code. */
export const ChargeOutcome = z.enum(['pay', 'later', 'never', ...DeclineCode.options])
export type ChargeOutcome = z.infer<typeof ChargeOutcome>

export type SandboxMethod = {
  id: string
  account: string
  customer: string
  brand: string
  last4: string
  exp_month: number
  exp_year: number
  fingerprint: string
  /** One per charge; the last stays. */
  outcomes: ChargeOutcome[]
  forgotten: boolean
}

export type Methods = ReturnType<typeof openMethods>

export function openMethods(kit: Kit) {
  const methods = kit.store.shelf<SandboxMethod>('methods')

  function find(id: string, account?: string): SandboxMethod {
    const method = methods.get(id)
    if (!method || (account !== undefined && method.account !== account))
      throw new Refused(404, 'not_found', `no method ${id}`)
    return method
  }

  return {
    find,

    /** The same customer's card has the same fingerprint, however often it is kept. */
    keep(
      payment: Pick<SandboxPayment, 'account' | 'reference'>,
      customer: string,
      outcomes: ChargeOutcome[],
    ): SandboxMethod {
      const last4 = '4242'
      const method: SandboxMethod = {
        id: newId('sbm'),
        account: payment.account,
        customer,
        brand: 'sandbox',
        last4,
        exp_month: 12,
        exp_year: kit.now().toZonedDateTimeISO('UTC').year + 3,
        fingerprint: createHash('sha256').update(`${payment.account}/${customer}/${last4}`).digest('hex').slice(0, 24),
        outcomes,
        forgotten: false,
      }
      methods.put(method.id, method)
      kit.did('method.kept', { id: method.id, reference: payment.reference })
      return method
    },

    /** What the next charge brings; the script moves on. */
    next(id: string, account: string): { method: SandboxMethod; outcome: ChargeOutcome } {
      const method = find(id, account)
      if (method.forgotten) throw new Refused(409, 'method_gone', 'this method is kept no more')
      const [outcome = 'pay', ...rest] = method.outcomes
      if (rest.length > 0) methods.put(id, { ...method, outcomes: rest })
      return { method, outcome }
    },

    script(id: string, outcomes: ChargeOutcome[]): SandboxMethod {
      const scripted = { ...find(id), outcomes }
      methods.put(id, scripted)
      return scripted
    },

    of: (customer: string): SandboxMethod[] => [...methods.values()].filter((each) => each.customer === customer),

    forget(id: string, account: string): { id: string } {
      methods.put(id, { ...find(id, account), forgotten: true })
      kit.did('method.forgotten', { id })
      return { id }
    },
  }
}

/** What the API tells of a method: not what it will do. */
export const shownMethod = ({ outcomes: _, account: __, forgotten: ___, ...method }: SandboxMethod) => method
