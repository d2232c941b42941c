/** IPNs of NOWPayments': what is signed is not the body but the same JSON with sorted keys. */
import { z } from 'zod'
import { sha256 } from '#platform/crypto.ts'
import { NoticeError, type VerifiedNotice } from '../gateway.ts'
import { noticeJson } from '../signed-notice.ts'
import { Id } from './snapshot.ts'

/**
 * The body with the keys of every object sorted, at every depth, without spaces. A body that does not read and write back as itself
 * (keys that occur twice, numbers that are rounded) would be signed as something else than it says, and is refused.
 */
export function canonical(body: Uint8Array): string {
  const value = noticeJson(body)
  const text = new TextDecoder().decode(body)
  const withoutSpaces = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
  if (JSON.stringify(value) !== withoutSpaces)
    throw new NoticeError('forged', 'the body does not read as it is written')
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}

const Ipn = z.object({
  payment_id: Id,
  parent_payment_id: Id.nullish(),
  payment_status: z.string(),
  order_id: z.string().nullish(),
})

/** `body` is already proved to be theirs. It has no id and no time: the same words again are the same notice. */
export function readNotice(body: Uint8Array): VerifiedNotice {
  const ipn = Ipn.safeParse(noticeJson(body)).data
  if (!ipn) throw new NoticeError('forged', 'the signed body is not a payment')
  const { payment_id, parent_payment_id, payment_status, order_id } = ipn
  const type = `payment.${payment_status}`
  return {
    dedupeKey: `${payment_id}/${payment_status}/${sha256(canonical(body)).toString('hex').slice(0, 32)}`,
    eventType: type,
    occurredAt: null,
    hints: [{ object: 'payment', remoteRef: parent_payment_id ?? payment_id, ourRef: order_id ?? null, type }],
  }
}
