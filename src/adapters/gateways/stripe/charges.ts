/** Stripe's list of charges: the money that came, whatever page or method it came by. */
import { z } from 'zod'
import type { ListedMoney } from '../gateway.ts'
import { fromStripeAmount } from './amounts.ts'
import { paymentKey } from './snapshot.ts'

const Charge = z.object({
  id: z.string(),
  amount_captured: z.int(),
  amount_refunded: z.int(),
  created: z.int(),
  currency: z.string(),
  metadata: z.record(z.string(), z.string()).nullish(),
  paid: z.boolean(),
  payment_intent: z.string().nullish(),
  status: z.string(),
})
type Charge = z.infer<typeof Charge>

export const ChargePage = z.object({ data: z.array(Charge), has_more: z.boolean() })

export const isTaken = ({ paid, status, amount_captured: taken }: Charge): boolean =>
  paid && status === 'succeeded' && taken > 0

/** A charge has what its intent was told, and is known by it; one that was made without an intent has a name of its own. */
export const listedOf = (charge: Charge): ListedMoney => ({
  remoteRef: charge.payment_intent ?? null,
  ourRef: charge.metadata?.[paymentKey] ?? null,
  captureId: charge.payment_intent ?? charge.id,
  received: fromStripeAmount(charge.amount_captured, charge.currency),
  refunded: fromStripeAmount(charge.amount_refunded, charge.currency),
  at: Temporal.Instant.fromEpochMilliseconds(charge.created * 1000),
})
