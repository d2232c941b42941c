/** Which invoice a notice of BTCPay's is about. What happened to it is asked, not believed. */
import { z } from 'zod'
import { NoticeError, type VerifiedNotice } from '../gateway.ts'
import { noticeJson } from '../signed-notice.ts'

const Delivery = z.object({
  deliveryId: z.string().min(1).max(200),
  /** A redelivery has an id of its own and names the first one. */
  originalDeliveryId: z.string().max(200).nullish(),
  type: z.string(),
  timestamp: z.int(),
  storeId: z.string(),
  invoiceId: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
})

/** `body` is already proved to be the server's. One webhook can serve several stores: another store's is not ours to read. */
export function readNotice(body: Uint8Array, storeId: string): VerifiedNotice {
  const delivery = Delivery.safeParse(noticeJson(body)).data
  if (!delivery) throw new NoticeError('forged', 'the signed body is not a delivery')
  if (delivery.storeId !== storeId) throw new NoticeError('forged', 'a notice of another store')
  const { deliveryId, originalDeliveryId, type, timestamp, invoiceId, metadata } = delivery
  const ourRef = typeof metadata?.orderId === 'string' ? metadata.orderId : null
  return {
    dedupeKey: originalDeliveryId || deliveryId,
    eventType: type,
    occurredAt: Temporal.Instant.fromEpochMilliseconds(timestamp * 1000),
    hints: invoiceId && type.startsWith('Invoice') ? [{ object: 'payment', remoteRef: invoiceId, ourRef, type }] : [],
  }
}
