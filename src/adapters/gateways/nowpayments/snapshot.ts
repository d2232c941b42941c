/** Payments of NOWPayments' and what arrived by them. Only what is finished, or sent for good though too little, is money. */
import { z } from 'zod'
import { compare, fromDecimal, type Money, plus, zero } from '#platform/money.ts'
import { type Decimal, exactly, noAmount, portion } from '../decimals.ts'
import { failureOf } from '../declines.ts'
import type { PaymentSnapshot, PaymentStatus } from '../gateway.ts'

export const Id = z.union([z.string(), z.int()]).transform(String)
/** Numbers or text, as the endpoint likes. */
const Amount = z.union([z.string(), z.number()]).transform(String)

export const CoinPayment = z.object({
  payment_id: Id,
  payment_status: z.string(),
  price_amount: Amount,
  price_currency: z.string(),
  pay_amount: Amount,
  pay_currency: z.string(),
  actually_paid: Amount.nullish(),
  order_id: z.string().nullish(),
  payment_extra_ids: z.array(Id).nullish(),
})
export type CoinPayment = z.infer<typeof CoinPayment>

const statuses: Record<string, PaymentStatus> = {
  waiting: 'requires_action',
  finished: 'succeeded',
  partially_paid: 'succeeded',
  failed: 'failed',
  refunded: 'canceled',
  expired: 'expired',
}

/** `more`: what was sent to the same address again. `confirmed` and `sending` are on their way. */
export function snapshotOf(first: CoinPayment, more: readonly CoinPayment[], livemode: boolean): PaymentSnapshot {
  const requested = priceOf(first)
  const received = [first, ...more].map(arrived).reduce(plus, zero(requested.currency))
  const paid = received.minor > 0n
  const status = paid ? 'succeeded' : (statuses[first.payment_status] ?? 'processing')
  return {
    remoteRef: first.payment_id,
    ourRef: first.order_id ?? null,
    status,
    requested,
    received,
    captureId: paid ? first.payment_id : null,
    livemode,
    failure: status === 'failed' ? failureOf('unknown', 'failed') : null,
    refunds: [],
    method: paid ? { kind: first.pay_currency.toLowerCase(), brand: null, last4: null } : null,
    saved: null,
  }
}

/** Finished is at least the price; else the price's part that was sent, rounded down. */
function arrived(payment: CoinPayment): Money {
  const price = priceOf(payment)
  if (statuses[payment.payment_status] !== 'succeeded') return zero(price.currency)
  const sent = portion(price, exact(payment.actually_paid ?? '0'), exact(payment.pay_amount))
  return payment.payment_status === 'finished' && compare(sent, price) < 0 ? price : sent
}

function priceOf({ price_amount, price_currency }: CoinPayment): Money {
  const price = fromDecimal(price_amount, price_currency.toUpperCase())
  if (price !== null) return price
  throw noAmount('nowpayments', `${price_amount} ${price_currency}`)
}

const exact = (text: string): Decimal => exactly('nowpayments', text)
