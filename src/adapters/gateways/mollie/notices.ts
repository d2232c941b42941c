/** What a notice of Mollie's is worth: an id in a form, believed once Mollie itself has answered for it. */
import { sha256 } from '#platform/crypto.ts'
import { type Hint, NoticeError, type VerifiedNotice } from '../gateway.ts'
import { type MolliePayment, ourRefOf, setupRefOf } from './snapshot.ts'

/** The id that the form names; null for an id of something else (orders, links), which is none of ours. */
export function paymentIdOf(body: Uint8Array): string | null {
  const id = new URLSearchParams(new TextDecoder().decode(body)).get('id')
  if (id === null || !/^\w{1,64}$/.test(id)) throw new NoticeError('forged', 'the body names no id')
  return /^tr_\w+$/.test(id) ? id : null
}

/**
 * Told twice is known once: the key is what the payment is now. Of an id that Mollie does not know one notice is kept and nothing
 * follows from it; the answer is the same, so that nobody learns which ids exist.
 */
export function noticeOf(id: string | null, payment: MolliePayment | null): VerifiedNotice {
  if (id === null || payment === null)
    return { dedupeKey: 'unknown', eventType: 'payment.unknown', occurredAt: null, hints: [] }
  const state = sha256(JSON.stringify([payment.status, payment._embedded]))
    .toString('hex')
    .slice(0, 32)
  const type = `payment.${payment.status}`
  return {
    dedupeKey: `${id}/${state}`,
    eventType: type,
    occurredAt: null,
    hints: [
      { object: objectOf(payment), remoteRef: id, ourRef: ourRefOf(payment) ?? setupRefOf(payment), type },
      ...disputesOf(payment, type),
    ],
  }
}

/** Each time that a bank took the money back, and whether it has come again since, is asked for by itself. */
const disputesOf = (payment: MolliePayment, type: string): Hint[] =>
  (payment._embedded?.chargebacks ?? []).map((each) => ({
    object: 'dispute',
    remoteRef: payment.id,
    ourRef: ourRefOf(payment),
    type,
    disputeRef: `${payment.id}/${each.id}`,
  }))

function objectOf({ _embedded }: MolliePayment): Hint['object'] {
  return _embedded?.refunds?.length ? 'refund' : 'payment'
}
