/** Which payment an event of Stripe's is about. What happened to it is asked, not believed. */
import { z } from 'zod'
import { type Hint, NoticeError, type VerifiedNotice } from '../gateway.ts'
import { noticeJson } from '../signed-notice.ts'
import { paymentKey } from './snapshot.ts'

const idOf = z.union([z.string(), z.object({ id: z.string() }).transform((each) => each.id)]).nullish()

const Event = z.object({
  id: z.string().startsWith('evt_'),
  object: z.literal('event'),
  type: z.string(),
  created: z.int().positive(),
  livemode: z.boolean(),
  data: z.object({
    object: z.object({
      id: z.string().nullish(),
      client_reference_id: z.string().nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
      payment_intent: idOf,
    }),
  }),
})
type Subject = z.infer<typeof Event>['data']['object']

/** `body` is already proved to be Stripe's. A mode that is not the account's is refused: its objects are not ours to fetch. */
export function readEvent(body: Uint8Array, livemode: boolean): VerifiedNotice {
  const event = Event.safeParse(noticeJson(body)).data
  if (!event) throw new NoticeError('forged', 'the signed body is not an event')
  if (event.livemode !== livemode)
    throw new NoticeError(
      'forged',
      `a ${event.livemode ? 'live' : 'test'} event came to a ${livemode ? 'live' : 'test'} account`,
    )
  return {
    dedupeKey: event.id,
    eventType: event.type,
    occurredAt: Temporal.Instant.fromEpochMilliseconds(event.created * 1000),
    hints: hintsOf(event.type, event.data.object),
  }
}

function hintsOf(type: string, subject: Subject): Hint[] {
  const ourRef = subject.client_reference_id ?? subject.metadata?.[paymentKey] ?? null
  const hint = (object: Hint['object'], remoteRef: string | null | undefined): Hint[] =>
    remoteRef ? [{ object, remoteRef, ourRef, type }] : []

  if (type.startsWith('checkout.session.') || type.startsWith('payment_intent.')) return hint('payment', subject.id)
  if (type.startsWith('charge.dispute.'))
    return hint('dispute', subject.payment_intent).map((each) => ({
      ...each,
      ...(subject.id ? { disputeRef: subject.id } : {}),
    }))
  if (type === 'charge.refunded' || type.startsWith('refund.') || type.startsWith('charge.refund.'))
    return hint('refund', subject.payment_intent)
  return []
}
