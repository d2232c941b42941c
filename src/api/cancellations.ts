/** The end before its time: at the end of what is paid, or now with what the refund policy gives back. */
import { cancelAtEnd, cancelNow, previewCancel, undoCancel } from '#modules/billing/cancel-subscription.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { toJson } from '#platform/money.ts'
import { type Call, route } from './route.ts'
import { atOr, byId, money, resource, time, words, z } from './schemas.ts'

const Canceled = resource('Cancellation', {
  subscription_id: z.string(),
  status: z.string(),
  cancel_at_end: z.boolean(),
  auto_renew: z.boolean(),
  paid_through: time.nullable(),
  terminated_at: time.nullable(),
})

const CancelPreview = resource('CancellationPreview', {
  refund: money.openapi({ description: 'What goes back if it ends now.' }),
  parts: z.array(z.strictObject({ payment_id: z.string(), amount: money })),
  gives_up_rest: z
    .boolean()
    .openapi({ description: 'Who gets money for the rest gives it up; else it is there should he come back.' }),
  policy: z.enum(['none', 'prorated', 'full_within']),
  paid_through: time.nullable(),
  fingerprint: z
    .string()
    .openapi({ description: 'Send it with `cancel_now` within half an hour: exactly this happens, or nothing.' }),
})

const read = (call: Call<{ id: string }>): Promise<z.input<typeof Canceled>> =>
  call.read(async (tx) => {
    const found = await readSubscription(tx, call.params.id)
    return {
      subscription_id: found.id,
      status: found.status,
      cancel_at_end: found.cancelAtEnd,
      auto_renew: found.autoRenew,
      paid_through: atOr(found.paidThrough),
      terminated_at: atOr(found.terminatedAt),
      livemode: call.shop.livemode,
    }
  })

const reason = words(200)

export const cancellations = [
  route({
    method: 'get',
    path: '/subscriptions/{id}/cancel/preview',
    scope: 'subscriptions:read',
    summary: 'Tells what would go back if the subscription ended now, by the refund policy.',
    params: byId('sub'),
    answer: CancelPreview,
    refuses: ['conflict'],
    handle: (call) =>
      call.read(async (tx) => {
        const shown = await previewCancel(tx, call.shop, call.params.id, call.now)
        return {
          refund: toJson(shown.refund),
          parts: shown.parts.map(({ paymentId, amount }) => ({ payment_id: paymentId, amount: toJson(amount) })),
          gives_up_rest: shown.givesUp,
          policy: shown.policy.kind,
          paid_through: atOr(shown.subscription.paidThrough),
          fingerprint: shown.fingerprint,
          livemode: call.shop.livemode,
        }
      }),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/cancel',
    scope: 'subscriptions:write',
    summary: 'Cancels at the end of paid time: nothing is cut before, nothing is asked for any more.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ reason }),
    answer: Canceled,
    refuses: ['conflict'],
    handle: async (call) => {
      await cancelAtEnd(call.shop, call.params.id, call.body.reason)
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/cancel_now',
    scope: 'refunds:write',
    summary: 'Ends it now and gives back what was previewed.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ fingerprint: words(60), reason }),
    answer: Canceled,
    refuses: ['conflict'],
    handle: async (call) => {
      await read(call)
      await cancelNow(call.shop, call.params.id, call.body.fingerprint, call.body.reason)
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/undo_cancel',
    scope: 'subscriptions:write',
    summary: 'Takes a planned end back; a renewal invoice that was withdrawn for it is issued again.',
    needsKey: true,
    params: byId('sub'),
    answer: Canceled,
    refuses: ['conflict'],
    handle: async (call) => {
      await undoCancel(call.shop, call.params.id)
      return read(call)
    },
    retell: read,
  }),
]
