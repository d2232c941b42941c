/** The sandbox's account of itself: what moved on a balance and what it keeps of it, and what goes to the bank. No money exists here. */
import { z } from 'zod'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'
import type { SandboxDispute } from './disputes.ts'
import { newId, type SandboxPayment, takenOf } from './payments.ts'

export type SandboxMove = {
  id: string
  kind: 'payment' | 'refund' | 'dispute'
  payment: string
  reference: string
  dispute: string | null
  amount: number
  fee: number
  currency: string
  at: string
}

export type SandboxPayout = {
  id: string
  account: string
  amount: number
  currency: string
  status: 'coming' | 'arrived' | 'failed'
  arrives_on: string
  created_at: string
  moves: string[]
}

export const NewPayout = z.strictObject({
  account: z.string(),
  currency: z.string().default('EUR'),
  status: z.enum(['coming', 'arrived']).default('arrived'),
})
export const PayoutTurn = z.strictObject({ payout: z.string(), to: z.enum(['arrived', 'failed']) })

/** 1.5 of a hundred and 25, as cards cost; a refund costs nothing and gives nothing back. */
const feeOf = (amount: number): number => Math.min(amount, Math.round(amount * 0.015) + 25)

export type Balance = ReturnType<typeof openBalance>

export function openBalance(
  kit: Kit,
  paymentsOf: (account: string) => SandboxPayment[],
  disputeOf: (payment: string) => SandboxDispute | undefined,
) {
  const payouts = kit.store.shelf<SandboxPayout>('payouts')

  /** Oldest first; a name stays the same however often it is asked. */
  function moves(account: string): SandboxMove[] {
    return paymentsOf(account)
      .filter(({ status }) => status === 'paid')
      .flatMap((payment): SandboxMove[] => {
        const { id, reference, paid_at } = payment
        const { amount, currency } = takenOf(payment)
        const about = { payment: id, reference, dispute: null, currency, fee: 0 }
        const at = paid_at ?? payment.created_at
        const dispute = disputeOf(id)
        const taken = dispute && (dispute.status === 'taken' || dispute.status === 'won' || dispute.status === 'lost')
        return [
          { ...about, id: `${id}_in`, kind: 'payment', amount, fee: feeOf(amount), at },
          ...payment.refunds.map((each) => ({
            ...{ ...about, id: `${each.id}_out`, kind: 'refund' as const, amount: -each.amount, at: each.created_at },
          })),
          ...(taken ? [disputed(about, dispute, 'out')] : []),
          ...(dispute?.status === 'won' ? [disputed(about, dispute, 'back')] : []),
        ]
      })
  }

  const disputed = (
    about: Pick<SandboxMove, 'payment' | 'reference' | 'currency' | 'fee'>,
    { id, amount, opened_at }: SandboxDispute,
    way: 'out' | 'back',
  ): SandboxMove => ({
    ...about,
    id: `${id}_${way}`,
    kind: 'dispute',
    dispute: id,
    amount: way === 'out' ? -amount : amount,
    at: opened_at,
  })

  const ofAccount = (account: string) => [...payouts.values()].filter((each) => each.account === account)

  function read(id: string, account?: string): SandboxPayout {
    const found = payouts.get(id)
    if (!found || (account !== undefined && found.account !== account))
      throw new Refused(404, 'not_found', `no payout ${id}`)
    return found
  }

  return {
    moves,
    payouts: ofAccount,
    movesOf(id: string, account: string): SandboxMove[] {
      const names = new Set(read(id, account).moves)
      return moves(account).filter((each) => names.has(each.id))
    },

    /** All that has not gone to the bank yet. */
    payOut({ account, currency, status }: z.infer<typeof NewPayout>): SandboxPayout {
      const gone = new Set(ofAccount(account).flatMap((each) => (each.status === 'failed' ? [] : each.moves)))
      const waiting = moves(account).filter((each) => each.currency === currency && !gone.has(each.id))
      const amount = waiting.reduce((sum, each) => sum + each.amount - each.fee, 0)
      if (amount <= 0) throw new Refused(409, 'nothing_to_pay_out', 'nothing waits to be paid out')
      const now = kit.now()
      const payout: SandboxPayout = {
        ...{ id: newId('sbp'), account, amount, currency, status, moves: waiting.map(({ id }) => id) },
        arrives_on: now.toZonedDateTimeISO('UTC').toPlainDate().toString(),
        created_at: now.toString(),
      }
      payouts.put(payout.id, payout)
      kit.did('payout.created', { id: payout.id, amount, currency })
      return payout
    },

    turn({ payout: id, to }: z.infer<typeof PayoutTurn>): SandboxPayout {
      const turned = { ...read(id), status: to }
      payouts.put(id, turned)
      kit.did(`payout.${to}`, { id })
      return turned
    },
  }
}
