/** GoCardless' notices: up to 250 events that have nothing to do with each other, in any order, signed as a whole and without a time. */
import { z } from 'zod'
import { sha256 } from '#platform/crypto.ts'
import { type Hint, NoticeError, type VerifiedNotice } from '../gateway.ts'
import { ourRefOf } from './objects.ts'

const words = z.string().nullish()
const Told = z.object({
  events: z
    .array(
      z.object({
        id: z.string(),
        created_at: words,
        resource_type: z.string(),
        action: z.string(),
        links: z.object({ payment: words, billing_request: words, refund: words }).nullish(),
        resource_metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
      }),
    )
    .min(1)
    .max(1_000),
})
type Told = z.infer<typeof Told>['events'][number]

/** `wasPaid` asks whether a payment that failed had been confirmed before. The same events again are the same notice. */
export async function noticeOf(
  json: unknown,
  wasPaid: (paymentId: string) => Promise<boolean>,
): Promise<VerifiedNotice> {
  const told = Told.safeParse(json).data
  if (!told) throw new NoticeError('forged', 'the signed body holds no events')
  const ids = told.events.map(({ id }) => id).sort()
  const types = [...new Set(told.events.map(({ resource_type, action }) => `${resource_type}.${action}`))]
  const hints: Hint[] = []
  for (const event of told.events) hints.push(...(await hintsOf(event, wasPaid)))
  return {
    dedupeKey: sha256(ids.join()).toString('hex').slice(0, 40),
    eventType: types.length <= 3 ? types.join(', ') : `${types.slice(0, 3).join(', ')} and more`,
    occurredAt: null,
    hints,
  }
}

/** What leads to nothing (created, submitted, paid out) is not asked after. */
const moved = new Set(['confirmed', 'failed', 'cancelled', 'customer_approval_denied'])
const takenBack = new Set(['charged_back', 'chargeback_cancelled', 'late_failure_settled'])

async function hintsOf(event: Told, wasPaid: (paymentId: string) => Promise<boolean>): Promise<Hint[]> {
  const { resource_type: resource, action, links, resource_metadata: metadata } = event
  const hint = (object: Hint['object'], remoteRef: string | null | undefined): Hint[] =>
    remoteRef ? [{ object, remoteRef, ourRef: ourRefOf({ metadata }), type: `${resource}.${action}` }] : []
  // Of one payment there is one: what the bank took back, and gave again.
  const dispute = (payment: string) => hint('dispute', payment).map((each) => ({ ...each, disputeRef: payment }))
  if (resource === 'billing_requests' && (action === 'fulfilled' || action === 'cancelled'))
    return hint('payment', links?.billing_request)
  if (resource === 'refunds' && action !== 'created') return hint('refund', links?.payment ?? links?.refund)
  if (resource !== 'payments' || !links?.payment) return []
  if (takenBack.has(action)) return dispute(links.payment)
  if (!moved.has(action)) return []
  const late = action === 'failed' && (await wasPaid(links.payment))
  return late ? dispute(links.payment) : hint('payment', links.payment)
}
