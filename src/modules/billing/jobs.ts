/** Job names and payloads of this room. */
import { z } from 'zod'
import { defineJob } from '#platform/jobs.ts'

export const processNoticeJob = defineJob('process-notice', z.object({ businessId: z.string(), noticeId: z.string() }))
export const refreshPaymentJob = defineJob(
  'refresh-payment',
  z.object({ businessId: z.string(), paymentId: z.string() }),
)
export const refreshRefundJob = defineJob('refresh-refund', z.object({ businessId: z.string(), refundId: z.string() }))
export const fulfilInvoiceJob = defineJob('fulfil-invoice', z.object({ businessId: z.string(), invoiceId: z.string() }))
/** A payment changed without being final money: orders show it. Tied to `checkout`. */
export const paymentMovedJob = defineJob('payment-moved', z.object({ businessId: z.string(), invoiceId: z.string() }))
