/** A buyer takes his money back through his bank, and how that ends. The money leaves when it is taken and returns when it is not lost. */
import { z } from 'zod'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'
import { newId, type SandboxEvent, type SandboxPayment, takenOf } from './payments.ts'

export type SandboxDispute = {
  id: string
  account: string
  payment: string
  reference: string
  amount: number
  currency: string
  /** `asked`: the bank only asks; `taken`: the money is gone until the verdict. */
  status: 'asked' | 'taken' | 'won' | 'lost' | 'closed'
  reason: string
  opened_at: string
  evidence_due_by: string
  evidence: Record<string, unknown> | null
}

export const NewDispute = z.strictObject({
  id: z.string(),
  reason: z.string().max(200).default('fraudulent'),
  asks: z.boolean().default(false),
})
/** A verdict can be turned. */
export const Turn = z.enum(['taken', 'won', 'lost', 'closed'])

const daysToAnswer = 10

export type Disputes = ReturnType<typeof openDisputes>

export function openDisputes(
  kit: Kit,
  paymentOf: (id: string) => Promise<SandboxPayment>,
  tell: (event: SandboxEvent) => Promise<void>,
) {
  const disputes = kit.store.shelf<SandboxDispute>('disputes')
  const of = (payment: string) => [...disputes.values()].find((each) => each.payment === payment)

  async function keep(dispute: SandboxDispute, type: string): Promise<SandboxDispute> {
    disputes.put(dispute.id, dispute)
    const { id, account, reference, payment, amount } = dispute
    kit.did(type, { id, payment, reference, amount })
    await tell({ type, payment: { id: payment, account, reference }, dispute: id })
    return dispute
  }

  function read(id: string, account?: string): SandboxDispute {
    const dispute = disputes.get(id)
    if (!dispute || (account !== undefined && dispute.account !== account))
      throw new Refused(404, 'not_found', `no dispute ${id}`)
    return dispute
  }

  return {
    of,
    read,

    /** What was not refunded, once per payment. */
    async open({ id, reason, asks }: z.infer<typeof NewDispute>): Promise<SandboxDispute> {
      const payment = await paymentOf(id)
      const { amount: taken, currency } = takenOf(payment)
      const amount = taken - payment.refunds.reduce((sum, each) => sum + each.amount, 0)
      if (payment.status !== 'paid' || amount <= 0 || of(id) !== undefined)
        throw new Refused(409, 'not_disputable', 'only paid money can be disputed, and once')
      const { account, reference } = payment
      const now = kit.now()
      return keep(
        {
          ...{ id: newId('sbd'), account, payment: id, reference, amount, currency, reason, evidence: null },
          status: asks ? 'asked' : 'taken',
          opened_at: now.toString(),
          evidence_due_by: now.add({ hours: 24 * daysToAnswer }).toString(),
        },
        'dispute.opened',
      )
    },

    async turn(id: string, status: z.infer<typeof Turn>): Promise<SandboxDispute> {
      const dispute = read(id)
      return dispute.status === status ? dispute : keep({ ...dispute, status }, `dispute.${status}`)
    },

    /** Once: what was sent cannot be added to. */
    async answer(id: string, account: string, evidence: Record<string, unknown>): Promise<SandboxDispute> {
      const dispute = read(id, account)
      if (dispute.evidence !== null) throw new Refused(409, 'evidence_sent', 'evidence was sent already')
      if (dispute.status !== 'asked' && dispute.status !== 'taken')
        throw new Refused(409, 'dispute_decided', `the dispute is ${dispute.status}`)
      return keep({ ...dispute, evidence }, 'dispute.answered')
    },
  }
}
