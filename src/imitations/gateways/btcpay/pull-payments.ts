/** Pull payments of one imitated store: what is given back waits for its buyer to say where to. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { PayPage } from '../../kit/pay-page.ts'
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'

const NewRefund = z.object({
  name: z.string().max(50).nullish(),
  description: z.string().nullish(),
  refundVariant: z.literal('Custom'),
  customAmount: z.string().regex(/^\d+(\.\d+)?$/),
  customCurrency: z.string(),
})

export const payoutStates = ['AwaitingApproval', 'AwaitingPayment', 'InProgress', 'Completed', 'Cancelled'] as const
type PayoutState = (typeof payoutStates)[number]

type PullPayment = {
  id: string
  name: string
  description: string
  amount: string
  currency: string
  archived: boolean
}
type Payout = { id: string; pullPaymentId: string; originalAmount: string; state: PayoutState }

export function openPullPayments(kit: Kit, publicUrl: () => string, claims: 'by_hand' | 'at_once') {
  const pulls = kit.store.shelf<PullPayment>('pull_payments')
  const payouts = kit.store.shelf<Payout>('payouts')

  const read = (id: string): PullPayment => {
    const found = pulls.get(id)
    if (found) return found
    throw new Refused(404, 'pullpayment-not-found', 'The pull payment was not found')
  }
  const payoutsOf = (id: string) => [...payouts.values()].filter(({ pullPaymentId }) => pullPaymentId === id)
  const shown = (pull: PullPayment) => ({
    ...pull,
    autoApproveClaims: true,
    BOLT11Expiration: '30',
    viewLink: `${publicUrl()}/pull-payments/${pull.id}`,
  })

  function claim(id: string, state: PayoutState = 'AwaitingPayment', amount?: string) {
    const pull = read(id)
    if (pull.archived) throw new Refused(400, 'archived', 'This pull payment has been archived')
    const taken = payoutsOf(id).filter((each) => each.state !== 'Cancelled')
    const left = Number(pull.amount) - taken.reduce((sum, each) => sum + Number(each.originalAmount), 0)
    const wanted = amount ?? left.toFixed(2)
    if (Number(wanted) <= 0 || Number(wanted) > left + 1e-9)
      throw new Refused(400, 'overdraft', 'The payout amount is higher than what is left')
    const made: Payout = { id: newId(), pullPaymentId: id, originalAmount: wanted, state }
    payouts.put(made.id, made)
    kit.did('refund_claimed', { pull_payment: id })
    return made
  }

  return {
    claim,
    shown: (id: string) => shown(read(id)),
    find: (id: string): PullPayment | undefined => pulls.get(id),
    all: (archived: boolean) =>
      [...pulls.values()].filter((each) => archived || !each.archived).map((each) => shown(each)),
    payouts: (id: string, canceled: boolean) =>
      payoutsOf(read(id).id).filter(({ state }) => canceled || state !== 'Cancelled'),

    refund(invoice: { id: string; status: string; additionalStatus: string }, json: unknown) {
      const { name, description, customAmount: amount, customCurrency: currency } = NewRefund.parse(json)
      if (invoice.status !== 'Settled' && !['PaidLate', 'PaidPartial', 'PaidOver'].includes(invoice.additionalStatus))
        throw new Refused(422, 'non-refundable', 'Cannot refund this invoice')
      const made: PullPayment = {
        id: newId(),
        name: name ?? `Refund ${invoice.id}`,
        description: description ?? '',
        ...{ amount, currency, archived: false },
      }
      pulls.put(made.id, made)
      kit.did('refund_offered', { invoice: invoice.id, pull_payment: made.id })
      if (claims === 'at_once') claim(made.id, 'Completed')
      return shown(made)
    },

    /** All that was claimed goes on, or is canceled by the operator. */
    move(id: string, state: PayoutState) {
      for (const each of payoutsOf(id).filter((payout) => payout.state !== 'Cancelled'))
        payouts.put(each.id, { ...each, state })
      if (state === 'Completed') kit.did('refund_sent', { pull_payment: id })
      return payoutsOf(id)
    },

    archive(id: string) {
      pulls.put(id, { ...read(id), archived: true })
      for (const each of payoutsOf(id).filter(({ state }) => state.startsWith('Awaiting')))
        payouts.put(each.id, { ...each, state: 'Cancelled' })
      return shown(read(id))
    },
  }
}

/** What a buyer sees of money that waits for him. */
export const claimPage = (
  { amount, currency, description }: PullPayment,
  left: boolean,
): Omit<PayPage, 'provider'> => ({
  amount: `${amount} ${currency}`,
  what: description || 'Refund',
  said: left ? 'Say where the coins shall go.' : 'Claimed. (No coins move.)',
  choices: left ? [{ value: 'claim', label: 'Send the coins to my wallet', detail: 'at once' }] : [],
})

const newId = (): string => randomBytes(20).toString('base64url').replace(/[-_]/g, '').slice(0, 22)
