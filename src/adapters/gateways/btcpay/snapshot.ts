/** An invoice of BTCPay's and what reached it: settled coins count, whatever the invoice's own word for it is. */
import { z } from 'zod'
import { compare, fromDecimal, type Money, zero } from '#platform/money.ts'
import { add, type Decimal, decimalOf, exactly, floorTo, noAmount, nothing, times } from '../decimals.ts'
import { failureOf } from '../declines.ts'
import type { ListedMoney, PaymentSnapshot, PaymentStatus } from '../gateway.ts'

/** Beside BTCPay's own `orderId`, which is our reference. */
export const attemptKey = 'linekeeper_attempt'

export const Invoice = z.object({
  id: z.string(),
  amount: z.string(),
  currency: z.string(),
  checkoutLink: z.url(),
  createdTime: z.int(),
  status: z.string(),
  additionalStatus: z.string().default('None'),
  metadata: z.record(z.string(), z.unknown()).nullish(),
})
export type Invoice = z.infer<typeof Invoice>

export const PaymentMethods = z.array(
  z.object({
    paymentMethodId: z.string(),
    rate: z.string().nullish(),
    payments: z.array(z.object({ value: z.string(), status: z.string() })),
  }),
)
export type PaymentMethods = z.infer<typeof PaymentMethods>

/**
 * `received`: an invoice that settled was paid, exactly or with more (`PaidOver`), also where the store tolerates a little less or
 * staff there say so. Else it is what settled of too little or too late, at the invoice's own rate, rounded down.
 */
export function snapshotOf(invoice: Invoice, methods: PaymentMethods, livemode: boolean): PaymentSnapshot {
  const requested = amountOf(invoice)
  const worth = worthOf(methods, requested.currency, 'Settled')
  const received = invoice.status === 'Settled' && compare(worth, requested) < 0 ? requested : worth
  const status = statusOf(invoice, methods, received)
  const paid = status === 'succeeded'
  const ourRef = invoice.metadata?.orderId
  return {
    remoteRef: invoice.id,
    ourRef: typeof ourRef === 'string' ? ourRef : null,
    status,
    requested,
    received: paid ? received : zero(requested.currency),
    captureId: paid ? invoice.id : null,
    livemode,
    failure: status === 'failed' ? failureOf('unknown', 'invalid') : null,
    refunds: [],
    method: paid ? { kind: kindOf(methods), brand: null, last4: null } : null,
    saved: null,
  }
}

const withCoins = new Set(['PaidPartial', 'PaidLate', 'PaidOver'])

/** The list does not say what came: whatever had coins is asked about. */
export function listedOf({ id, status, additionalStatus, createdTime, metadata }: Invoice): ListedMoney[] {
  if (status !== 'Settled' && !(withCoins.has(additionalStatus) && ['Expired', 'Invalid'].includes(status))) return []
  const ourRef = typeof metadata?.orderId === 'string' ? metadata.orderId : null
  const at = Temporal.Instant.fromEpochMilliseconds(createdTime * 1000)
  return [{ remoteRef: id, ourRef, captureId: id, received: null, refunded: null, at }]
}

/** Never paid by coins that were only seen: a transaction can be replaced. What settled after the end is money all the same. */
function statusOf({ status, additionalStatus }: Invoice, methods: PaymentMethods, received: Money): PaymentStatus {
  switch (status) {
    case 'New':
      return 'requires_action'
    case 'Settled':
      return 'succeeded'
    case 'Expired':
    case 'Invalid':
      if (received.minor > 0n) return 'succeeded'
      if (status === 'Expired') return isSeen(methods) ? 'processing' : 'expired'
      return additionalStatus === 'Marked' ? 'canceled' : 'failed'
    default:
      return 'processing' // Also for a word we do not know: no success and no end.
  }
}

const isSeen = (methods: PaymentMethods) =>
  methods.some(({ payments }) => payments.some(({ status }) => status === 'Processing'))

function worthOf(methods: PaymentMethods, currency: string, status: string): Money {
  const worth = methods.flatMap(({ rate, payments }) =>
    payments.filter((each) => each.status === status).map(({ value }) => times(exact(value), exact(rate ?? '0'))),
  )
  return floorTo(currency, worth.reduce(add, nothing))
}

/** The kind of coins of which most came: `BTC-CHAIN`, `BTC-LN`. */
function kindOf(methods: PaymentMethods): string {
  const [most] = methods.toSorted((a, b) => b.payments.length - a.payments.length)
  return most !== undefined && most.payments.length > 0 ? most.paymentMethodId.slice(0, 40) : 'btcpay'
}

const exact = (text: string): Decimal => exactly('btcpay', text)

function amountOf({ amount, currency }: Invoice): Money {
  const read = decimalOf(amount) && fromDecimal(amount.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''), currency)
  if (read) return read
  throw noAmount('btcpay', `${amount} ${currency}`)
}
