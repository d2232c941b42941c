/** A line that rests: what a pause would mean, the pause, going on. */
import { pauseSubscription, pausesOf, previewPause, resumePaused } from '#modules/subscriptions/pause.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { type Call, route } from './route.ts'
import { atOr, byId, instantIn, resource, time, words, z } from './schemas.ts'

const PauseOut = resource('Pause', {
  subscription_id: z.string(),
  status: z.string(),
  paused_at: time.nullable(),
  resumes_at: time.nullable().openapi({ description: 'When it goes on by itself.' }),
  paid_through: time
    .nullable()
    .openapi({ description: 'While it rests this moves on, second by second, once it goes on.' }),
})

const PausePreview = resource('PausePreview', {
  possible: z.boolean(),
  because: z.enum(['state', 'count', 'days']).nullable().openapi({
    description: 'Why not: it does not run, or it rested as often, or for as many days, as a year allows.',
  }),
  kept_seconds: z.int().nullable().openapi({ description: 'Paid time that is kept.' }),
  latest_end: time.nullable().openapi({ description: 'When it would go on by itself at the latest.' }),
  pauses_left: z.int().nullable(),
  days_left: z.int().nullable(),
})

const read = (call: Call<{ id: string }>): Promise<z.input<typeof PauseOut>> =>
  call.read(async (tx) => {
    const { id, status, pausedAt, paidThrough } = await readSubscription(tx, call.params.id)
    const open = (await pausesOf(tx, id)).find(({ ends }) => ends === null)
    return {
      subscription_id: id,
      status,
      paused_at: atOr(pausedAt),
      resumes_at: atOr(open?.resumesAt ?? null),
      paid_through: atOr(paidThrough),
      livemode: call.shop.livemode,
    }
  })

export const pauses = [
  route({
    method: 'get',
    path: '/subscriptions/{id}/pause/preview',
    scope: 'subscriptions:read',
    summary: 'Tells whether a subscription can be paused, what is kept, and until when at the latest.',
    params: byId('sub'),
    answer: PausePreview,
    handle: (call) =>
      call.read(async (tx) => {
        const offer = await previewPause(tx, call.shop, await readSubscription(tx, call.params.id), call.now)
        return {
          possible: offer.possible,
          because: offer.possible ? null : offer.because,
          kept_seconds: offer.possible ? Math.floor(offer.keptSeconds) : null,
          latest_end: offer.possible ? offer.latest.toString() : null,
          pauses_left: offer.possible ? offer.pausesLeft : null,
          days_left: offer.possible ? offer.daysLeft : null,
          livemode: call.shop.livemode,
        }
      }),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/pause',
    scope: 'subscriptions:write',
    summary: 'Lets the line rest: it is switched off, and the paid time that is left is kept.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({
      until: instantIn.optional().openapi({ description: 'Goes on by itself then; never later than `latest_end`.' }),
      reason: words(200).optional(),
    }),
    answer: PauseOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { until, reason } = call.body
      await pauseSubscription(call.shop, call.params.id, { until: until ?? null, reason: reason ?? '' })
      return read(call)
    },
    retell: read,
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/end_pause',
    scope: 'subscriptions:write',
    summary: 'Goes on: the line is up again, and the paid time ends later by as long as it rested.',
    needsKey: true,
    params: byId('sub'),
    answer: PauseOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await resumePaused(call.shop, call.params.id)
      return read(call)
    },
    retell: read,
  }),
]
