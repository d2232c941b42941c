/** What a dispute is, and how far the books are from what its gateway says. Values only. */
import type { DisputeSnapshot } from '#adapters/gateways/gateway.ts'
import type { Instant } from '#platform/time.ts'

export type DisputeStatus = DisputeSnapshot['status']

export type Dispute = {
  id: string
  paymentId: string
  customerId: string
  gatewayAccountId: string
  /** The gateway's id of it; null: staff entered it, and staff say how it ends. */
  remoteRef: string | null
  kind: DisputeSnapshot['kind']
  status: DisputeStatus
  currency: string
  amountMinor: bigint
  /** Taken and not given back; of that what counts as lost; what the gateway keeps for its trouble. */
  withdrawnMinor: bigint
  lostMinor: bigint
  feeMinor: bigint
  moves: number
  reason: string
  evidenceDueAt: Instant | null
  evidenceSentAt: Instant | null
  evidenceSentBy: string | null
  /** Since when its customer may buy again. */
  releasedAt: Instant | null
  releasedBy: string | null
  /** Subscriptions that were suspended for it. */
  suspended: string[]
  by: string
  openedAt: Instant
  createdAt: Instant
  askedAt: Instant
  closedAt: Instant | null
}

/** Why a step of a policy is passed over. */
export const frozenReason = 'a payment of this customer is disputed'

export const isDecided = (status: DisputeStatus): boolean => ['won', 'lost', 'closed'].includes(status)

/** The customer was right to be served, or nothing was taken from us: he may buy again by himself. */
export const clears = (status: DisputeStatus): boolean => status === 'won' || status === 'closed'

/** What a dispute took or may still take of its payment: another one can be about the rest only. Minor units. */
export function claimOf({ status, amountMinor, withdrawnMinor }: Dispute): bigint {
  if (clears(status)) return withdrawnMinor
  return withdrawnMinor > amountMinor ? withdrawnMinor : amountMinor
}

export type Money = Pick<Dispute, 'withdrawnMinor' | 'lostMinor' | 'feeMinor'>

/** What the books should say: they follow what has moved, and count as lost what is gone once the verdict is there, in whatever order. */
export const moneyOf = (told: { status: DisputeStatus; withdrawn: bigint; fee: bigint }): Money => ({
  withdrawnMinor: told.withdrawn,
  lostMinor: told.status === 'lost' ? told.withdrawn : 0n,
  feeMinor: told.fee,
})

type Place = 'clearing' | 'disputed' | 'loss' | 'fees'

export type Move = { from: Place; to: Place; amount: bigint }

/**
 * From what the books say to what they should. A loss is taken back before money returns, and money leaves before it is lost, so that no
 * step needs what is not there yet. A fee that was given back comes from the fees.
 */
export function movesBetween(before: Money, after: Money): Move[] {
  const move = (from: Place, to: Place, amount: bigint): Move[] => (amount > 0n ? [{ from, to, amount }] : [])
  const lost = after.lostMinor - before.lostMinor
  const gone = after.withdrawnMinor - before.withdrawnMinor
  const fee = after.feeMinor - before.feeMinor
  return [
    ...move('loss', 'disputed', -lost),
    ...move('clearing', 'disputed', gone),
    ...move('disputed', 'clearing', -gone),
    ...move('disputed', 'loss', lost),
    ...move('clearing', 'fees', fee),
    ...move('fees', 'clearing', -fee),
  ]
}
