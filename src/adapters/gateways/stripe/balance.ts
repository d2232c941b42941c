/** Stripe's balance: each movement on it with what Stripe kept, and what went to the bank. */
import { z } from 'zod'
import type { ListedMove, ListedPayout } from '../gateway.ts'
import { fromStripeAmount } from './amounts.ts'
import { paymentKey } from './snapshot.ts'

const words = z.string().nullish()

/** Of what a movement is about, as far as it names a payment: a charge, a refund, a dispute. */
const Source = z.object({
  id: z.string(),
  object: z.string(),
  amount: z.int().nullish(),
  currency: words,
  payment_intent: words,
  charge: words,
  metadata: z.record(z.string(), z.string()).nullish(),
})

const Movement = z.object({
  id: z.string(),
  amount: z.int(),
  created: z.int(),
  currency: z.string(),
  fee: z.int(),
  source: z.union([z.string(), Source]).nullish(),
  type: z.string(),
})
type Movement = z.infer<typeof Movement>

export const BalancePage = z.object({ data: z.array(Movement), has_more: z.boolean() })
export const expandMoves = ['data.source']

const Payout = z.object({
  id: z.string(),
  amount: z.int(),
  arrival_date: z.int(),
  currency: z.string(),
  statement_descriptor: words,
  status: z.string(),
})

export const PayoutPage = z.object({ data: z.array(Payout), has_more: z.boolean() })

/** `adjustment` is a dispute where it is about one. What fails gives its money back under a type of its own. */
const kinds: Readonly<Record<string, ListedMove['kind']>> = {
  charge: 'payment',
  payment: 'payment',
  refund: 'refund',
  payment_refund: 'refund',
  refund_failure: 'refund',
  payment_failure_refund: 'refund',
  stripe_fee: 'fee',
  stripe_fx_fee: 'fee',
}

/** What went to the bank is told by its payout; only what Stripe kept for sending it at once is a move. */
export function moveOf(movement: Movement): ListedMove[] {
  const source = typeof movement.source === 'object' ? (movement.source ?? null) : null
  const amount = fromStripeAmount(movement.amount, movement.currency)
  const fee = fromStripeAmount(movement.fee, movement.currency)
  const at = Temporal.Instant.fromEpochMilliseconds(movement.created * 1000)
  const about = { captureId: null, ourRef: null, disputeRef: null, original: null }
  if (movement.type.startsWith('payout')) {
    if (fee.minor === 0n) return []
    return [{ ...about, ref: movement.id, kind: 'fee', amount: { ...fee, minor: 0n }, fee, at }]
  }
  const kind = source?.object === 'dispute' ? 'dispute' : (kinds[movement.type] ?? 'other')
  // What Stripe bills by itself is a movement that is nothing but a fee.
  if (kind === 'fee' && fee.minor === 0n) {
    const kept = { ...amount, minor: -amount.minor }
    return [{ ...about, ref: movement.id, kind, amount: { ...amount, minor: 0n }, fee: kept, at }]
  }
  const named = kind === 'payment' || kind === 'refund' || kind === 'dispute' ? source : null
  return [
    {
      ref: movement.id,
      kind,
      captureId: named?.payment_intent ?? (kind === 'payment' ? named?.id : named?.charge) ?? null,
      ourRef: kind === 'payment' ? (named?.metadata?.[paymentKey] ?? null) : null,
      disputeRef: kind === 'dispute' ? (named?.id ?? null) : null,
      amount,
      fee,
      original: named === null ? null : originalOf(named, movement),
      at,
    },
  ]
}

/** In the currency that the buyer paid, where Stripe keeps our balance in another. */
function originalOf({ amount, currency }: z.infer<typeof Source>, movement: Movement): ListedMove['original'] {
  if (!currency || typeof amount !== 'number' || currency === movement.currency) return null
  return fromStripeAmount(movement.amount < 0 ? -amount : amount, currency)
}

const states: Readonly<Record<string, ListedPayout['state']>> = {
  paid: 'arrived',
  failed: 'failed',
  canceled: 'failed',
}

export function payoutOf(payout: z.infer<typeof Payout>): ListedPayout {
  const amount = fromStripeAmount(payout.amount, payout.currency)
  return {
    ref: payout.id,
    amount,
    fee: { ...amount, minor: 0n },
    state: states[payout.status] ?? 'coming',
    arrivesOn: Temporal.Instant.fromEpochMilliseconds(payout.arrival_date * 1000)
      .toZonedDateTimeISO('UTC')
      .toPlainDate()
      .toString(),
    bankText: payout.statement_descriptor ?? null,
  }
}
