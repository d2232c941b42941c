/** Job names and payloads of this room. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { defineJob, enqueue } from '#platform/jobs.ts'
import type { NoticeWithPayment } from './queries.ts'

/** `found`: what the statement that kept the notice found with it; only within the process that received it. */
export const processNoticeJob = defineJob(
  'process-notice',
  z.object({ businessId: z.string(), noticeId: z.string(), found: z.custom<NoticeWithPayment[]>().optional() }),
  { swept: true },
)
export const refreshPaymentJob = defineJob(
  'refresh-payment',
  z.object({ businessId: z.string(), paymentId: z.string() }),
  { swept: true },
)
export const refreshRefundJob = defineJob(
  'refresh-refund',
  z.object({ businessId: z.string(), refundId: z.string() }),
  { swept: true },
)
export const fulfilInvoiceJob = defineJob(
  'fulfil-invoice',
  z.object({ businessId: z.string(), invoiceId: z.string() }),
  { swept: true },
)
/** A customer's balance pays what it covers. */
export const spendBalanceJob = defineJob('spend-balance', z.object({ businessId: z.string(), customerId: z.string() }))
export const spendBalanceSoon = (tx: Tx, shop: Shop, customerId: string): Promise<void> =>
  enqueue(tx, spendBalanceJob, { businessId: shop.businessId, customerId }, `balance/${customerId}`)

/** A change of plan whose time has come: its period begins, or nobody paid for it. */
export const movePlanChangeJob = defineJob(
  'move-plan-change',
  z.object({ businessId: z.string(), changeId: z.string() }),
  { swept: true },
)
/** An add-on's time has come: the period begins that was sold with it, or nobody paid for it. */
export const moveAddOnsJob = defineJob(
  'move-add-ons',
  z.object({ businessId: z.string(), subscriptionId: z.string() }),
  { swept: true },
)
/** A try to collect an invoice from a kept method is due. */
export const collectInvoiceJob = defineJob(
  'collect-invoice',
  z.object({ businessId: z.string(), invoiceId: z.string() }),
  { swept: true },
)
export const forgetMethodJob = defineJob('forget-method', z.object({ businessId: z.string(), methodId: z.string() }), {
  swept: true,
})
/** What became of a page on which a method is kept without a payment. */
export const refreshSetupJob = defineJob('refresh-setup', z.object({ businessId: z.string(), setupId: z.string() }), {
  swept: true,
})
/** Our books beside a gateway's own list. A comparison that is broken off is taken up again within the hour by the upkeep. */
export const compareGatewayJob = defineJob(
  'compare-gateway',
  z.object({ businessId: z.string(), comparisonId: z.string() }),
)
/** What a gateway kept and paid out. A reading that is broken off is taken up again within the hour by the upkeep. */
export const readBalanceJob = defineJob(
  'read-balance',
  z.object({ businessId: z.string(), gatewayAccountId: z.string() }),
)
/** Entries of a bank's file that nobody has looked at. */
export const matchEntriesJob = defineJob('match-entries', z.object({ businessId: z.string(), importId: z.string() }), {
  swept: true,
})
/** A kept card may expire before it is charged again: is its customer to be told? */
export const watchCardJob = defineJob('watch-card', z.object({ businessId: z.string(), methodId: z.string() }), {
  swept: true,
})
/** A payment changed without being final money: orders show it. Tied to `checkout`. */
export const paymentMovedJob = defineJob('payment-moved', z.object({ businessId: z.string(), invoiceId: z.string() }))

/** Whoever sold by this invoice may have to say something else now: a payment moved, or what was paid has to wait. */
export const paymentMoved = (tx: Tx, shop: Shop, { invoiceId }: { invoiceId: string }): Promise<void> =>
  enqueue(tx, paymentMovedJob, { businessId: shop.businessId, invoiceId }, `moved/${invoiceId}`)
